"""What one person prepares and another releases, with a recorded reason: only then is it written to the log.

*Set* writes or withdraws the value of an extent; the reading is marked as edited. *Verify* confirms readings that
failed a check (ESPI quality 18), and closes the findings over their extent. The others change what bills rest on: a
file that corrects it, a withdrawal, an exchange or a reset, estimates, and until when a meter is approved. The database
refuses a release by the person who prepared the edit, unless the tenant's four-eyes rule is off, which is recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from metering.deliveries.receipt import KeyUsedOtherwise, Receipt, Sender
from metering.deliveries.store import exchange, record_readings, record_without_readings
from metering.fleet.store import StoredRegister, approve_meter, register_of_key
from metering.log import store
from metering.log.columns import Readings, readings_of_series
from metering.log.list_page import Listing
from metering.log.reading import Quality
from metering.log.transaction import watermark
from metering.quality.edits.edit_query import EditQuery
from metering.quality.estimation.store import estimate
from metering.quality.validation.store import close_findings
from metering.records.waiting_delivery import WaitingDelivery
from metering.tables import EditRow, RegisterRow, SeriesRow, within_tenant
from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict, Invalid, NotFound
from quantities.listing import ListPage
from quantities.number import plain, trimmed
from quantities.period import Period, utc


class EditKind(StrEnum):
    """The kinds of edits."""

    SET = "set"
    VERIFY = "verify"
    DELIVER = "deliver"  # a file
    WITHDRAW = "withdraw"
    EXCHANGE = "exchange"
    RESET = "reset"
    ESTIMATE = "estimate"
    APPROVAL = "approval"  # of a meter


class UnknownEdit(NotFound):
    """There is no edit of that number here."""


class EditAlreadyReleased(Conflict):
    """The edit is already released."""

    slug = "edit-already-released"


class SamePerson(Conflict):
    """The person who prepared the edit cannot release it."""


class TooLargeToWait(Invalid):
    """The file is too large to be kept until another person releases it."""


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
        expected = f"after {start.isoformat()}"
        raise UnfitEdit("an end after the start is needed", place="end", found=str(end), expected=expected)
    end = utc(end)
    if value is not None and not of.shows(value):
        raise UnfitEdit(
            f"{key} cannot show {plain(value)}",
            place="value",
            found=plain(value),
            expected=f"a multiple of {of.resolution}",
        )
    if value is not None and value < 0 and not of.signed:
        raise UnfitEdit(f"{key} does not fall below zero", place="value", found=plain(value), expected="at least 0")
    return _prepared(session, register, _row(register, EditKind.SET, (start, end), value, why))


def prepare_verify(session: Session, key: str, period: Period, why: Sender) -> Edit:
    """Prepare to verify all readings of a register that start in a period.

    Raises:
        NoSuchRegister: no register has that key.
        UnfitEdit: there is no reason.
    """
    register = register_of_key(session, key)
    return _prepared(session, register, _row(register, EditKind.VERIFY, (period.start, period.end), None, why))


#: So many bytes of a file are kept; what corrects what is billed is a small part of larger ones, and sent by itself.
WAITING_BYTES_MAX = 64 << 20


@dataclass(frozen=True, slots=True)
class Extent:
    """The series of a register, and a range of it; of what is declared at an instant, from it to it."""

    series: int
    start: datetime
    end: datetime


def prepare_change(
    session: Session,
    kind: EditKind,
    extent: Extent,
    why: Sender,
    delivery: WaitingDelivery | None = None,
    payload: bytes | None = None,
) -> Edit:
    """Prepare what changes what bills rest on; another person releases it.

    Args:
        session: states the tenant.
        kind: what is done then.
        extent: the register and the range; of a file, the first that it corrects of what is billed.
        why: who prepares it, when, and the reason.
        delivery: what else is to be known then.
        payload: of a file, its bytes.

    Raises:
        TooLargeToWait: the file has more than 64 MiB.
    """
    if payload is not None and len(payload) > WAITING_BYTES_MAX:
        detail = "send what corrects billed readings in a file of its own"
        raise TooLargeToWait(detail, found=len(payload), expected=f"at most {WAITING_BYTES_MAX} bytes")
    register = _by_series(session, extent.series)
    reason = why.reason or f"{why.source} changes what is billed"
    why = Sender(why.source, why.recorded_by, why.recorded_at, reason)
    row = _row(register, kind, (extent.start, extent.end), None, why)
    row.delivery, row.payload = delivery, payload
    return _prepared(session, register, row)


@dataclass(frozen=True, slots=True)
class PreparedEdit:
    """An edit with what is known of it besides.

    Attributes:
        edit: who prepared what and why.
        delivery: what was said with it.
        approved_until: the last day of the approval of the register's meter, as it is now; None: it has no end.
    """

    edit: Edit
    delivery: WaitingDelivery
    approved_until: date | None


def find(session: Session, number: int) -> PreparedEdit:
    """Find an edit, released or not.

    Raises:
        UnknownEdit: no edit has that number.
    """
    listed = session.exec(_LISTED.where(col(EditRow.id) == number)).one_or_none()
    if listed is None:
        raise UnknownEdit(f"there is no edit {number}", found=number)
    row, key = listed
    approved_until = register_of_key(session, key).approved_until
    return PreparedEdit(_edit(row, key), row.delivery or WaitingDelivery(), approved_until)


def waiting_for_key(session: Session, sender: Sender, raw: bytes) -> Edit | None:
    """Find the file that waits of an earlier request with the same idempotency key.

    Raises:
        KeyUsedOtherwise: the earlier request had another payload or other parameters.
    """
    if sender.idempotency_key is None:
        return None
    files = _LISTED.where(EditRow.kind == EditKind.DELIVER.value, col(EditRow.released_by).is_(None))
    for row, key in session.exec(files):
        if row.delivery is not None and row.delivery.idempotency_key == sender.idempotency_key:
            if (row.payload, row.delivery.request) != (raw, sender.request):
                raise KeyUsedOtherwise.of(sender.idempotency_key, f"edit {row.id}, which waits with other content")
            return _edit(row, key)
    return None


#: Stores a file that waited: its bytes, what was said about it, and who prepared and released it.
Deliver = Callable[[Session, bytes, WaitingDelivery, Sender], Receipt]


def release(session: Session, number: int, by: Sender, deliver: Deliver | None = None) -> Receipt:
    """Release an edit that another person prepared; this writes its readings to the log.

    Args:
        session: states the tenant.
        number: of the edit.
        by: who releases it, and when.
        deliver: stores a file, where one waited.

    Raises:
        UnknownEdit: no edit has that number.
        EditAlreadyReleased: it was released before.
        SamePerson: the same person prepared it, and the four-eyes rule is on.
    """
    row = _waiting(session, number)
    refuse_same_person(session, _edit(row, ""), by.recorded_by)
    receipt = _written(session, row, _as_both(row, by), deliver)
    row.released_by, row.released_at, row.batch = by.recorded_by, by.recorded_at, receipt.batch
    session.flush()
    if EditKind(row.kind) is EditKind.APPROVAL and row.delivery is not None:
        approve_meter(session, row.series, row.delivery.approved_until)  # the database wants it released by then
    return receipt


def rehearse(session: Session, number: int, by: Sender, deliver: Deliver | None = None) -> Receipt:
    """Write what a release would write, whoever prepared it; whoever calls takes it back.

    Args:
        session: states the tenant; the edit stays locked until its transaction ends.
        number: of the edit.
        by: who looks, and when.
        deliver: stores a file, where one waited.

    Raises:
        UnknownEdit: no edit has that number.
        EditAlreadyReleased: it was released before.
        others: what a release would be refused for.
    """
    row = _waiting(session, number)
    return _written(session, row, _as_both(row, by), deliver)


def refuse_same_person(session: Session, edit: Edit, by: str) -> None:
    """Refuse whoever releases an edit of their own.

    Raises:
        SamePerson: the same person prepared it, and the four-eyes rule is on.
    """
    if edit.prepared_by == by and keeps_four_eyes(session):
        raise SamePerson(f"{by} prepared edit {edit.id}", found=by, expected="another person")


def _waiting(session: Session, number: int) -> EditRow:
    edit = select(EditRow).where(col(EditRow.id) == number).with_for_update()
    row = session.exec(edit.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownEdit(f"there is no edit {number}", found=number)
    if row.released_by is not None:
        detail = f"edit {number} was released by {row.released_by}"
        raise EditAlreadyReleased(detail, found=number, expected="an edit that waits")
    return row


def _as_both(row: EditRow, by: Sender) -> Sender:
    """Say who prepared what is written, and who released it."""
    reason = f"{row.reason} (prepared by {row.prepared_by}, released by {by.recorded_by})"
    return Sender(f"edit {row.id}", row.prepared_by, by.recorded_at, reason)


def _written(session: Session, row: EditRow, sender: Sender, deliver: Deliver | None) -> Receipt:
    if EditKind(row.kind) is EditKind.DELIVER and deliver is not None and row.delivery is not None:
        return deliver(session, row.payload or b"", row.delivery, sender)
    register = _by_series(session, row.series)
    if row.kind in (EditKind.EXCHANGE, EditKind.RESET, EditKind.APPROVAL):
        return _declared(session, row, sender, register)
    if EditKind(row.kind) is EditKind.SET:
        return record_readings(session, sender, row.kind, register, _set(register, row))
    return _written_over(session, row, sender, register)


def _written_over(session: Session, row: EditRow, sender: Sender, register: StoredRegister) -> Receipt:
    """Write what an edit does with the readings of a range."""
    period = Period(row.start, row.end)
    match EditKind(row.kind):
        case EditKind.WITHDRAW:
            return record_readings(session, sender, "withdrawal", register, Readings.of(), period)
        case EditKind.ESTIMATE:
            return estimate(session, sender, register.register.key, period).receipt
        case _:
            receipt = record_readings(session, sender, row.kind, register, _verified(session, register, row))
            close_findings(session, row.series, period, receipt.batch)
            return receipt


def _declared(session: Session, row: EditRow, sender: Sender, register: StoredRegister) -> Receipt:
    delivery = row.delivery or WaitingDelivery()
    if delivery.closing is None or delivery.opening is None:
        return record_without_readings(session, sender, row.kind, register)
    reads = {"closing": delivery.closing, "opening": delivery.opening}
    number = exchange(session, sender, register.register.key, row.start, serial=delivery.serial, **reads)
    return Receipt(number, stored=1, corrected=1, unchanged=0, refused=0)


_LISTED = (
    select(EditRow, RegisterRow.key)
    .options(defer(EditRow.payload))  # type: ignore[arg-type]
    .join(SeriesRow, within_tenant(SeriesRow.id, EditRow.series))
    .join(RegisterRow, within_tenant(RegisterRow.id, SeriesRow.register_id))
)


_LISTING = Listing(
    statement=_LISTED,
    key=col(EditRow.id),
    sorts={"edit": col(EditRow.id)},
    filters={
        "waiting": lambda _: col(EditRow.released_by).is_(None),
        "released": lambda _: col(EditRow.released_by).is_not(None),
        "register_key": lambda key: col(RegisterRow.key) == key,
        "kind": lambda kind: col(EditRow.kind) == kind,
        "prepared_from": lambda instant: col(EditRow.prepared_at) >= instant,
        "prepared_to": lambda instant: col(EditRow.prepared_at) < instant,
    },
    named="edit",
)


def edits(session: Session, query: EditQuery) -> ListPage[Edit]:
    """List edits in pages, the newest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_edit(row[0], row[1]) for row in page.rows))


def waiting_edits(session: Session) -> list[Edit]:
    """List all edits that wait for another person, the oldest first."""
    waiting = _LISTING.chosen(EditQuery(waiting=True)).order_by(col(EditRow.id))
    return [_edit(row, key) for row, key in session.execute(waiting)]


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


def _row(
    register: StoredRegister,
    kind: EditKind,
    extent: tuple[datetime, datetime],
    value: Decimal | None,
    why: Sender,
) -> EditRow:
    if not why.reason:
        raise UnfitEdit("what is done by hand has a reason", place="reason", found="nothing", expected="a reason")
    return EditRow(
        series=register.series,
        kind=kind.value,
        start=extent[0],
        end=extent[1],
        value=value,
        reason=why.reason,
        prepared_by=why.recorded_by,
        prepared_at=why.recorded_at,
    )


def _prepared(session: Session, register: StoredRegister, row: EditRow) -> Edit:
    row.delivery = (row.delivery or WaitingDelivery()).model_copy(update={"known_batch": watermark(session)})
    session.add(row)
    session.flush()
    return _edit(row, register.register.key)


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
