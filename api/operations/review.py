"""Readings reviewed, as use cases: deliveries, history, findings, checks asked again, edits by two, estimates."""

from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from api.operations.fleet import find_register
from api.operations.readings import alone_or_not, as_made
from metering.deliveries import history
from metering.deliveries.batch_query import BatchQuery
from metering.deliveries.history import Batch, BatchDetails, ReadingVersion
from metering.deliveries.reading_query import ReadingQuery
from metering.deliveries.receipt import Sender
from metering.deliveries.store import rerun_checks
from metering.quality.edits import store as edit_store
from metering.quality.edits.edit_query import EditQuery
from metering.quality.edits.store import Edit, EditKind, Extent
from metering.quality.estimation import store as estimation_store
from metering.quality.estimation.store import Filled
from metering.quality.validation import store as validation_store
from metering.quality.validation.finding_query import FindingQuery
from metering.quality.validation.store import OpenFinding
from quantities.days import period_of
from quantities.listing import ListPage
from quantities.period import Period


def batches(session: Session, query: BatchQuery) -> ListPage[Batch]:
    """List deliveries in pages, the newest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return history.batches(session, query)


def batch(session: Session, number: int) -> BatchDetails:
    """Show one delivery: how its file was read, and the first thousand reasons why rows of it are not stored, by line.

    Raises:
        UnknownBatch: there is none of that number.
    """
    return history.batch_details(session, number)


def readings(session: Session, key: str, query: ReadingQuery) -> ListPage[ReadingVersion]:
    """List the readings of a register that start in a time, by start and batch, in pages.

    Raises:
        NoSuchRegister: there is no register of that key.
        EmptyPeriod: the time does not end after it starts.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    register = find_register(session, key)
    return history.readings_listed(session, register, period_of(query.first, query.last, register.zone), query)


def findings(session: Session, query: FindingQuery) -> ListPage[OpenFinding]:
    """List the readings in question in pages, in order of time.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return validation_store.listed(session, query)


def check_again(session: Session, key: str, period: Period, *, who: str, at: datetime) -> tuple[int, int]:
    """Run the checks of a register over a period again, after they were changed.

    Returns:
        The number of the batch that records it, and how many findings are new.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    return rerun_checks(session, Sender(f"checks of {key}", who, at), key, period)


def estimate(session: Session, key: str, period: Period, *, reason: str, who: str, at: datetime) -> Filled | Edit:
    """Estimate the missing intervals of a register; a reading that comes later replaces the estimate.

    Where bills rest on that time, nothing is estimated until another person releases it.

    Raises:
        NoSuchRegister: there is no interval register of that key.
        NothingMissing: nothing is missing, or nothing can be said about it.
        CountedLess: the counter rose by less than what is known already.
    """
    sender = Sender(f"estimates of {key}", who, at, reason)
    extent = Extent(find_register(session, key).series, period.start, period.end)

    def estimated() -> Filled:
        return estimation_store.estimate(session, sender, key, period)

    filled = alone_or_not(session, estimated, lambda filled: filled.receipt.batch)
    return filled or as_made(session, edit_store.prepare_change(session, EditKind.ESTIMATE, extent, sender))


def prepare_value(
    session: Session,
    key: str,
    start: datetime,
    end: datetime | None,
    value: Decimal | None,
    *,
    reason: str,
    who: str,
    at: datetime,
) -> Edit:
    """Prepare a reading by hand; another person releases it.

    Args:
        session: states the tenant.
        key: the register's.
        start: of the reading.
        end: of it; where there is none, the register's interval says.
        value: in the register's unit; None withdraws the reading.
        reason: why.
        who: prepares it.
        at: the instant of recording.

    Raises:
        NoSuchRegister: there is no register of that key.
        UnfitEdit: the register cannot have such a reading, or there is no reason.
    """
    why = Sender(f"edit of {key}", who, at, reason)
    return as_made(session, edit_store.prepare_set(session, key, start, end, value, why))


def prepare_verification(session: Session, key: str, period: Period, *, reason: str, who: str, at: datetime) -> Edit:
    """Prepare to verify readings that failed a check; another person releases it.

    Raises:
        NoSuchRegister: there is no register of that key.
        UnfitEdit: there is no reason.
    """
    why = Sender(f"edit of {key}", who, at, reason)
    return as_made(session, edit_store.prepare_verify(session, key, period, why))


def edits(session: Session, query: EditQuery) -> ListPage[Edit]:
    """List what was prepared by hand in pages, the newest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return edit_store.edits(session, query)
