"""A late reading, as it happens: a machine, its contract, a month billed, corrected, and the next month's invoice.

In a tenant of its own, so that nobody's bills know of it; each time with a machine and a contract of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from api.audit.note import AuditNote, Door, note
from api.cli.context import FIRST_TENANT
from api.demo.people import FINANCE, MANAGER, METER, enter
from api.operations import contracts, fleet, tenants
from api.operations.billing import bill_everything
from api.operations.readings import ingest
from api.server.database import Access, Database
from api.server.provision import administering
from contracts.contract import Contract
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.ingest import IngestOptions
from quantities.document import parse
from quantities.errors import Conflict

_OPERATION = "trigger late-reading"
_PREFIX = "LATE-"
_UNTIL_DUE = timedelta(hours=36)  # by then a period's end has come in any zone


class NotATrialTenant(Conflict):
    """The tenant has contracts that are no trial."""


@dataclass(frozen=True, slots=True)
class TrialSteps:
    """What is to happen, in a tenant: one step after the other, each given the instant."""

    tenant: int
    steps: Sequence[Callable[[datetime], None]]


def play(access: Access, database: Database, name: str, now: datetime) -> TrialSteps:
    """Make the tenant, where there is none of the name, and say what is to happen in it.

    Raises:
        NotATrialTenant: there is one, with contracts of somebody.
        NoAdministrator: there is none, and nobody is named who may make it.
    """
    with database.transaction() as session:
        everyone = tenants.tenants(session)
    tenant = everyone.get(name)
    if tenant is None:
        with administering(access.administrator) as administrator:
            if not everyone:  # else what is typed without a tenant would be meant for the trial
                tenants.create(administrator, FIRST_TENANT)
            tenant = tenants.create(administrator, name)
    with database.transaction(tenant) as session:
        known = [version.contract.contract for version in contracts.newest(session)]
    if foreign := [reference for reference in known if not reference.startswith(_PREFIX)]:
        raise NotATrialTenant(
            f"{name} has the contract {foreign[0]}",
            place="--tenant",
            found=name,
            expected="a tenant without contracts, or of trials alone",
        )
    trial = _Trial(database, tenant, f"{_PREFIX}{len(known) + 1}", _months_before(now, 3))
    return TrialSteps(tenant, (trial.agree, trial.bill_first_month, trial.correct_it, trial.bill_second_month))


def _months_before(now: datetime, months: int) -> tuple[date, date, date]:
    """The first days of a month that lies so many before, and of the two after it."""
    of_all = now.year * 12 + now.month - 1 - months
    first, second, third = (date((of_all + n) // 12, (of_all + n) % 12 + 1, 1) for n in range(3))
    return first, second, third


@dataclass(frozen=True, slots=True)
class _Trial:
    database: Database
    tenant: int
    reference: str
    months: tuple[date, date, date]

    @property
    def register(self) -> str:
        return f"{self.reference.lower()}.kwh"

    def agree(self, now: datetime) -> None:
        register = {"key": self.register, "kind": "interval", "unit": "kWh", "resolution": "0.1"}
        machine = {"name": self.reference, "meters": [{"name": f"meter of {self.reference}", "registers": [register]}]}
        site = {"name": f"site of {self.reference}", "zone": "Europe/Berlin", "assets": [machine]}
        terms = {
            "contract": self.reference,
            "supplier": {"name": "Trial Works", "country": "DE"},
            "customer": {"name": "Trial Customer", "country": "DE"},
            "assets": [self.reference],
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": str(self.months[0]),
            "charges": [
                {
                    "name": "energy",
                    "register": self.register,
                    "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "0.30"},
                }
            ],
        }
        with self.database.transaction(self.tenant) as session:
            note(session, AuditNote(now, Door.COMMAND_LINE, _OPERATION, f"contract {self.reference}"))
            who = enter(session, MANAGER, now)
            fleet.declare(session, parse(Fleet, {"sites": [site]}), who=who, at=now)
            contracts.record(session, parse(Contract, terms), who=who, at=now)
            contracts.release(session, self.reference, who=enter(session, FINANCE, now), at=now)

    def bill_first_month(self, now: datetime) -> None:
        first, second, _ = self.months
        self._deliver(now, first, second, "500.0")
        self._bill(now, second)

    def correct_it(self, now: datetime) -> None:
        first, second, _ = self.months
        self._deliver(now, first, second, "480.0", reason="the reading came late")

    def bill_second_month(self, now: datetime) -> None:
        _, second, third = self.months
        self._deliver(now, second, third, "510.0")
        self._bill(now, third)

    def _bill(self, now: datetime, ended: date) -> None:
        until = datetime(ended.year, ended.month, ended.day, tzinfo=UTC) + _UNTIL_DUE
        bill_everything(self.database, self.tenant, now, until=until)

    def _deliver(self, now: datetime, first: date, after_last: date, value: str, reason: str | None = None) -> None:
        rows = f"time,end,value,register\n{first} 00:00,{after_last} 00:00,{value},{self.register}\n"
        with self.database.transaction(self.tenant) as session:
            note(session, AuditNote(now, Door.COMMAND_LINE, _OPERATION, f"register {self.register}"))
            sender = Sender("late-reading.csv", enter(session, METER, now), now, reason)
            ingest(session, sender, rows.encode(), IngestOptions())
