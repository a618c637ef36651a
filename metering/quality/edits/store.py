"""Readings set or verified by hand: prepared by one person, released by another, with a reason on the record.

To *set* puts a value in the place of an extent, or withdraws it; the reading is marked as edited. To *verify* says of
readings that failed a check that they are true (ESPI quality 18); what was in question over their extent is answered.
The database refuses a release by whoever prepared, unless the tenant has switched that off, on the record.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session

from metering.deliveries.store import NoSuchRegister, Receipt, Sender, record
from metering.fleet.store import StoredRegister, registers
from metering.log import store
from metering.log.columns import Readings, of_series
from metering.log.reading import Quality
from metering.tables import EditRow
from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict, Invalid, NotFound
from quantities.number import plain
from quantities.period import Period, utc


class EditKind(StrEnum):
    """What is done by hand."""

    SET = "set"
    VERIFY = "verify"


class UnknownEdit(NotFound):
    """There is no edit of that number here."""


class EditAlreadyReleased(Conflict):
    """An edit is released once; what it wrote changes only by another."""

    slug = "edit-already-released"


class SamePerson(Conflict):
    """What one has prepared another releases."""


class UnfitEdit(Invalid):
    """A reading set by hand is one that its register could have shown."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What someone wants to do by hand, and what became of it."""

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
    """Prepare a value for an extent, or for an instant of a register that is read at instants.

    Args:
        session: states the tenant.
        key: the register's.
        start: of the extent.
        end: of it; without one the register's interval.
        value: in the register's unit; None withdraws.
        why: who, when, and the reason.

    Raises:
        NoSuchRegister: there is no register of that key.
        UnfitEdit: no such reading can be.
    """
    register = _register(session, key)
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
    """Prepare to verify every reading of a register that starts in a period.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    return _prepare(session, _register(session, key), EditKind.VERIFY, (period.start, period.end), None, why)


def release(session: Session, number: int, by: Sender) -> Receipt:
    """Release what another has prepared: now it is written.

    Raises:
        UnknownEdit: there is no edit of that number.
        EditAlreadyReleased: it is written already.
        SamePerson: whoever releases it has prepared it, and the tenant keeps to four eyes.
    """
    row = session.get(EditRow, (_tenant(session), number), with_for_update=True)
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
    receipt = record(session, sender, row.kind, register, made)
    if EditKind(row.kind) is EditKind.VERIFY:
        session.execute(_ANSWER, {"batch": receipt.batch, "series": row.series, "start": row.start, "end": row.end})
    row.released_by, row.released_at, row.batch = by.recorded_by, by.recorded_at, receipt.batch
    session.flush()
    return receipt


def edits(session: Session, *, waiting: bool = False) -> list[Edit]:
    """List what was done by hand, or what waits for another person, the newest first."""
    return [Edit(row[0], row[1], EditKind(row[2]), *row[3:]) for row in session.execute(_LISTED, {"waiting": waiting})]


_LISTED = text(
    """
    select e.id, r.key, e.kind, e.start, e."end", trim_scale(e.value), e.reason, e.prepared_by, e.prepared_at,
           e.released_by, e.released_at, e.batch
    from edit e join series s on s.id = e.series join register r on r.id = s.register_id
    where not :waiting or e.released_by is null order by e.id desc
    """
)
_ANSWER = text(
    """update finding set closed_batch = :batch
       where series = :series and closed_batch is null and start < :end and "end" > :start"""
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
        row.id, register.register.key, kind, row.start, row.end, value, row.reason, row.prepared_by, row.prepared_at,
        None, None, None,
    )  # fmt: skip


def _set(register: StoredRegister, row: EditRow) -> Readings:
    return of_series(register.series, [(row.start, row.end, row.value, int(Quality.MANUALLY_EDITED))])


def _verified(session: Session, register: StoredRegister, row: EditRow) -> Readings:
    known = store.readings_as_of(session, [register.series], Period(row.start, row.end))
    verified = int(Quality.VERIFIED)
    rows = [(each.start, each.end, each.value, verified) for each in known if each.value is not None]
    return of_series(register.series, rows)


def _register(session: Session, key: str) -> StoredRegister:
    found = registers(session, [key]).get(key)
    if found is None:
        raise NoSuchRegister(f"there is no register {key!r}", found=key)
    return found


def _by_series(session: Session, series: int) -> StoredRegister:
    key = session.execute(
        text("select r.key from series s join register r on r.id = s.register_id where s.id = :s"), {"s": series}
    ).scalar_one()
    return _register(session, key)


def _tenant(session: Session) -> int:
    return int(session.execute(text("select current_setting('app.tenant')::int")).scalar_one())
