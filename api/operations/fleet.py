"""The fleet as use cases: declared, read back as a document, and its registers listed or looked up by key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from api.audit.note import made
from billing.sources import store as sources
from metering.deliveries.receipt import Sender
from metering.fleet import store
from metering.fleet.meter import Fleet, Site
from metering.fleet.register_query import RegisterQuery
from metering.fleet.store import DeclaredCounts, NewApproval, NoSuchRegister, StoredRegister
from metering.quality.edits import store as edit_store
from metering.quality.edits.store import Edit, EditKind, Extent
from metering.records.waiting_delivery import WaitingDelivery
from quantities.counted import counted
from quantities.days import period_of
from quantities.listing import ListPage
from quantities.period import Period


@dataclass(frozen=True, slots=True)
class DeclaredFleet:
    """How many parts of a fleet are new, and the edits that wait: meters that are approved until another day."""

    counts: DeclaredCounts
    waiting: tuple[Edit, ...] = ()


def declare(session: Session, fleet: Fleet, *, who: str, at: datetime) -> DeclaredFleet:
    """Declare sites, assets, meters and registers; what is declared already must be as it was.

    Where bills rest on a meter, another day of its approval waits for another person.

    Args:
        session: states the tenant.
        fleet: the document.
        who: declares it.
        at: the instant.

    Raises:
        RegisterChanged: something that is declared already differs.
        NameTaken: another register has one of a register's names.
    """
    approvals = store.new_approvals(session, fleet)
    billed = sources.billed_registers(session, [series for new in approvals for series in new.series])
    resting = [new for new in approvals if billed & set(new.series)]
    waiting = [_wait(session, new, Sender(f"approval of {new.meter}", who, at)) for new in resting]
    counts = store.declare(session, fleet, approvals_wait={new.meter for new in resting})
    made(session, f"{counted(counts.registers, 'register')} more")
    return DeclaredFleet(counts, tuple(waiting))


def _wait(session: Session, new: NewApproval, sender: Sender) -> Edit:
    delivery = WaitingDelivery(source=new.meter, approved_until=new.until)
    moment = Extent(new.series[0], sender.recorded_at, sender.recorded_at)
    return edit_store.prepare_change(session, EditKind.APPROVAL, moment, sender, delivery)


def fleet(session: Session) -> tuple[Site, ...]:
    """Read the whole fleet back, as the document that would declare it."""
    return store.fleet(session)


def list_registers(session: Session, query: RegisterQuery) -> ListPage[StoredRegister]:
    """List registers in pages, with what they belong to, by key.

    Raises:
        UnknownSort: there is no such order.
    """
    return store.listed(session, query)


def find_register(session: Session, key: str) -> StoredRegister:
    """Look up one register.

    Raises:
        NoSuchRegister: there is none of that key.
    """
    return find_registers(session, [key])[key]


def find_registers(session: Session, keys: Iterable[str]) -> dict[str, StoredRegister]:
    """Look up several registers; the answer is in the order of the keys, each of them once.

    Raises:
        NoSuchRegister: there is none of one of the keys.
    """
    wanted = list(dict.fromkeys(keys))
    stored = store.registers(session, wanted)
    missing = next((key for key in wanted if key not in stored), None)
    if missing is not None:
        raise NoSuchRegister(f"there is no register {missing!r} here", found=missing)
    return {key: stored[key] for key in wanted}


def span_of(session: Session, key: str, first: date | datetime, last: date | datetime) -> Period:
    """Say which time is meant of a register: days are those of its site, the last one included.

    Raises:
        NoSuchRegister: there is none of that key.
        EmptyPeriod: the time does not end after it starts.
    """
    return period_of(first, last, find_register(session, key).zone)
