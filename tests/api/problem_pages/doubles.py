"""Refusals that nobody provokes from outside at will: each is brought about by a call, with as small a double as does it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from quantities.errors import UsufructError
from quantities.gas import GasState
from quantities.money import Money
from quantities.period import utc
from tests.api.problem_pages.house import House

ONE_EURO, ONE_DOLLAR = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")


def of_the_framework(house: House) -> None:
    raise UsufructError("Not Acceptable")


#: By name: what raises it. Each says in docs/problems/ why it comes from within.
DOUBLES: Mapping[str, Callable[[House], object]] = {
    "impossible-state": lambda house: GasState("colder than cold", Decimal(-300), Decimal(1)),
    "mixed-currencies": lambda house: ONE_EURO + ONE_DOLLAR,
    "naive-instant": lambda house: utc(datetime(2026, 1, 1)),  # noqa: DTZ001 that is the fault
    "not-exact": lambda house: Money(cast("Any", 0.1), "EUR"),
    "unsplittable-amount": lambda house: ONE_EURO.split([Decimal(0), Decimal(0)]),
    "usufruct-error": of_the_framework,
}
