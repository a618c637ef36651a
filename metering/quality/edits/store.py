"""Readings set or verified by hand: prepared by one person, released by another, with a recorded reason.

*Set* writes or withdraws the value of an extent; the reading is marked as edited. *Verify* confirms readings that
failed a check (ESPI quality 18), and closes the findings over their extent. The database refuses a release by the
person who prepared the edit, unless the tenant's four-eyes rule is off, which is recorded.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Session, col, select

from metering.deliveries.receipt import Receipt, Sender
from metering.deliveries.store import record_readings
from metering.fleet.store import StoredRegister, register_of_key
from metering.log import store
from metering.log.columns import Readings, readings_of_series
from metering.log.reading import Quality
from metering.quality.validation.store import close_findings
from metering.tables import EditRow, RegisterRow, SeriesRow, within_tenant
from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict, Invalid, NotFound
from quantities.number import plain, trimmed
from quantities.period import Period, utc


class EditKind(StrEnum):
    """The kinds of edits."""

    SET = "set"
    VERIFY = "verify"


class UnknownEdit(NotFound):
    """There is no edit of that number here."""


class EditAlreadyReleased(Conflict):
    """The edit is already released."""

    slug = "edit-already-released"


class SamePerson(Conflict):
    """The person who prepared the edit cannot release it."""


class UnfitEdit(Invalid):
    """The edit is incomplete, or the register cannot show its value."""


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit: who prepared what and why, and who released it in which batch, if anyone has."""

    id: int
    register: str
    kind: EditKind
    start: datetime
    end: datetime
    value: Decimal | None
    reason: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    batch: int | None


def prepare_set(
    session: Session, key: str, start: datetime, end: datetime | None, value: Decimal | None, why: Sender
) -> Edit:
    """Prepare a value for an extent of time, or for an instant of a register that is read at instants.

    Args:
        session: states the tenant.
        key: of the register.
        start: of the extent.
        end: of the extent; None: ``start`` plus the register's interval.
        value: in the register's unit; None withdraws the reading.
        why: who prepares it, when, and the reason.

    Raises:
        NoSuchRegister: no register has that key.
        UnfitEdit: the register cannot have such a reading, or there is no reason.
    """
    register = register_of_key(session, key)
    of, start = register.register, utc(start)
    if of.at_instants:
        end = start
    elif end is None and of.interval is not None:
        end = start + of.interval
    if end is None or (end <= start and not of.at_instants):
        raise UnfitEdit("an end after the start is needed", found=str(end), expected=f"after {start.isoformat()}")
    end = utc(end)
    if value is not None and not of.shows(value):
        raise UnfitEdit(
            f"{key} cannot show {plain(value)}", found=plain(value), expected=f"a multiple of {of.resolution}"
        )
    if value is not None and value < 0 and not of.signed:
        raise UnfitEdit(f"{key} does not fall below zero", found=plain(value), expected="at least 0")
    return _prepare(session, register, EditKind.SET, (start, end), value, why)


def prepare_verify(session: Session, key: str, period: Period, why: Sender) -> Edit:
    """Prepare to verify all readings of a register that start in a period.

    Raises:
        NoSuchRegister: no register has that key.
        UnfitEdit: there is no reason.
    """
    return _prepare(session, register_of_key(session, key), EditKind.VERIFY, (period.start, period.end), None, why)


def release(session: Session, number: int, by: Sender) -> Receipt:
    """Release an edit that another person prepared; this writes its readings to the log.

    Raises:
        UnknownEdit: no edit has that number.
        EditAlreadyReleased: it was released before.
        SamePerson: the same person prepared it, and the four-eyes rule is on.
    """
    edit = select(EditRow).where(col(EditRow.id) == number).with_for_update()
    row = session.exec(edit.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownEdit(f"there is no edit {number}", found=number)
    if row.released_by is not None:
        raise EditAlreadyReleased(f"edit {number} was released by {row.released_by}", found=number)
    if row.prepared_by == by.recorded_by and keeps_four_eyes(session):
        raise SamePerson(f"{by.recorded_by} prepared edit {number}", found=by.recorded_by, expected="another person")
    register = _by_series(session, row.series)
    reason = f"{row.reason} (prepared by {row.prepared_by}, released by {by.recorded_by})"
    sender = Sender(f"edit {number}", row.prepared_by, by.recorded_at, reason)
    made = _set(register, row) if EditKind(row.kind) is EditKind.SET else _verified(session, register, row)
    receipt = record_readings(session, sender, row.kind, register, made)
    if EditKind(row.kind) is EditKind.VERIFY:
        close_findings(session, row.series, Period(row.start, row.end), receipt.batch)
    row.released_by, row.released_at, row.batch = by.recorded_by, by.recorded_at, receipt.batch
    session.flush()
    return receipt


def edits(session: Session, *, waiting: bool = False) -> list[Edit]:
    """List all edits, or only those that wait for a release; the newest first."""
    rows = (
        select(EditRow, RegisterRow.key)
        .join(SeriesRow, within_tenant(SeriesRow.id, EditRow.series))
        .join(RegisterRow, within_tenant(RegisterRow.id, SeriesRow.register_id))
        .order_by(col(EditRow.id).desc())
    )
    if waiting:
        rows = rows.where(col(EditRow.released_by).is_(None))
    return [_edit(row, key) for row, key in session.exec(rows)]


def _edit(row: EditRow, key: str) -> Edit:
    return Edit(
        id=row.id,
        register=key,
        kind=EditKind(row.kind),
        start=row.start,
        end=row.end,
        value=None if row.value is None else trimmed(row.value),
        reason=row.reason,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        released_by=row.released_by,
        released_at=row.released_at,
        batch=row.batch,
    )


def _prepare(
    session: Session,
    register: StoredRegister,
    kind: EditKind,
    extent: tuple[datetime, datetime],
    value: Decimal | None,
    why: Sender,
) -> Edit:
    if not why.reason:
        raise UnfitEdit("what is done by hand has a reason", expected="a reason")
    row = EditRow(
        series=register.series,
        kind=kind.value,
        start=extent[0],
        end=extent[1],
        value=value,
        reason=why.reason,
        prepared_by=why.recorded_by,
        prepared_at=why.recorded_at,
    )
    session.add(row)
    session.flush()
    return Edit(
        id=row.id,
        register=register.register.key,
        kind=kind,
        start=row.start,
        end=row.end,
        value=value,
        reason=row.reason,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        released_by=None,
        released_at=None,
        batch=None,
    )


def _set(register: StoredRegister, row: EditRow) -> Readings:
    return readings_of_series(register.series, [(row.start, row.end, row.value, int(Quality.MANUALLY_EDITED))])


def _verified(session: Session, register: StoredRegister, row: EditRow) -> Readings:
    known = store.readings_as_of(session, [register.series], Period(row.start, row.end))
    verified = int(Quality.VERIFIED)
    rows = [(reading.start, reading.end, reading.value, verified) for reading in known if reading.value is not None]
    return readings_of_series(register.series, rows)


def _by_series(session: Session, series: int) -> StoredRegister:
    key = session.exec(
        select(RegisterRow.key)
        .join(SeriesRow, within_tenant(SeriesRow.register_id, RegisterRow.id))
        .where(col(SeriesRow.id) == series)
    ).one()
    return register_of_key(session, key)
