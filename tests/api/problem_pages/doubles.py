"""Refusals that nobody provokes from outside at will: each is brought about by a call, with as small a double as does it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa

from metering.consumption.level import level_use
from metering.fleet.meter import Register, RegisterKind
from metering.log import store as log
from metering.log.reading import REFUSED_MAX, limit_refusals
from metering.quality.edits import store as edits
from metering.quality.estimation.gaps import fill
from metering.records.document import DOCUMENT_SCHEMA, read_document
from metering.records.waiting_delivery import WaitingDelivery
from quantities.errors import UsufructError
from quantities.gas import GasState
from quantities.money import Money
from quantities.period import Period, utc
from tests.api.problem_pages.contract_doubles import OF_CONTRACTS
from tests.api.problem_pages.doubles_of_api import DOUBLES_OF_API
from tests.api.problem_pages.doubles_of_bank_orders import DOUBLES_OF_BANK_ORDERS
from tests.api.problem_pages.doubles_of_billing import DOUBLES_OF_BILLING
from tests.api.problem_pages.doubles_of_clearance import DOUBLES_OF_CLEARANCE
from tests.api.problem_pages.doubles_of_faults import OF_FAULTS
from tests.api.problem_pages.house import NOW, House
from tests.api.problem_pages.savings_doubles import OF_SAVINGS

ONE_EURO, ONE_DOLLAR = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")


def of_the_framework(house: House) -> None:
    raise UsufructError("Not Acceptable")


class Large(bytes):
    """A file that says that it is large."""

    __slots__ = ()

    def __len__(self) -> int:
        return edits.WAITING_BYTES_MAX + 1


def too_large_to_wait(house: House) -> object:
    unread = cast("Any", None)  # nothing else of it is looked at before
    return edits.prepare_change(unread, edits.EditKind.DELIVER, unread, unread, payload=Large())


def use_of_a_temperature(house: House) -> object:
    outside = Register(key="outside.degc", kind=RegisterKind.INSTANTANEOUS, unit="degC", resolution=Decimal("0.1"))
    return level_use(Period(NOW, NOW + timedelta(days=1)), [], outside)


#: By name: what raises it. Each says in docs/problems/ why it comes from within.
DOUBLES: Mapping[str, Callable[[House], object]] = {
    **OF_SAVINGS,
    **OF_CONTRACTS,
    **OF_FAULTS,
    "comes-to-nothing": use_of_a_temperature,
    "counted-less": lambda house: fill([], cast("Any", None), Decimal("0.1"), Decimal("-0.4")),
    "impossible-state": lambda house: GasState("colder than cold", Decimal(-300), Decimal(1)),
    "mixed-currencies": lambda house: ONE_EURO + ONE_DOLLAR,
    "naive-instant": lambda house: utc(datetime(2026, 1, 1)),  # noqa: DTZ001 that is the fault
    "newer-schema": lambda house: read_document(WaitingDelivery, {"schema": DOCUMENT_SCHEMA + 1}),
    "not-a-log-table": lambda house: log.append(cast("Any", None), pa.table({"value": ["1"]})),
    "not-exact": lambda house: Money(cast("Any", 0.1), "EUR"),
    "too-large-to-wait": too_large_to_wait,
    "too-many-refused": lambda house: limit_refusals(REFUSED_MAX + 1, "not_a_number"),
    "unsplittable-amount": lambda house: ONE_EURO.split([Decimal(0), Decimal(0)]),
    "usufruct-error": of_the_framework,
    **DOUBLES_OF_BILLING,
    **DOUBLES_OF_BANK_ORDERS,
    **DOUBLES_OF_CLEARANCE,
    **DOUBLES_OF_API,
}
