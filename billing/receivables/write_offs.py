"""Rows ⇄ values of write-offs: prepared by one person of the supplier, released by another; then they count.

Up to the tenant's limit, of all that is written off of a document, one person is enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select, text

from billing.invoices.store import refuse_void
from billing.receivables.allocating import in_minor_units, refuse_more_than_open
from billing.receivables.issued import account_of, by_key, document, today_of
from billing.receivables.payment_query import WriteOffQuery, WriteOffState
from billing.receivables.standing import Settlement
from billing.receivables.standings import settlements
from billing.receivables.store import lock_account
from billing.tables import InvoiceRow, WriteOffRow
from contracts.release.store import OwnWork, Releasing
from metering.log.list_page import Listing
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage

_NOTHING = Decimal(0)


class UnknownWriteOff(NotFound):
    """There is no write-off of that number here."""


class WriteOffReleased(Conflict):
    """The write-off is released already."""


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What is given up of a document; it counts once it is released.

    Attributes:
        id: its number.
        document: its document's number.
        customer: who owed it.
        currency: of the amount.
        amount: of the document's sign; of the other one it takes back what was written off.
        reason: why.
        prepared_by: by whom.
        prepared_at: when.
        released_by: by whom; None while it waits.
        released_at: when.
        counts_on: the day as of which it counts.
    """

    id: int
    document: str
    customer: str
    currency: str
    amount: Decimal
    reason: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    counts_on: date | None


def prepare_write_off(
    session: Session, number: str, supplier: str | None, amount: Decimal, *, reason: str, releasing: Releasing
) -> WriteOff:
    """Write off a part of a document, or all that is open of it; another person releases it.

    Args:
        session: states the tenant.
        number: of the document.
        supplier: whose, where several have one of that number.
        amount: of the document's sign; of the other one it takes back what was written off.
        reason: why.
        releasing: who acts, and whether one is enough.

    Returns:
        The write-off; released already where four eyes are off, or the tenant's limit lets one person do it.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        DocumentVoid: it is void.
        AmountNotRounded, AllocationOfNothing, MoreThanOpen: the amount cannot be.
    """
    billed = document(session, number, supplier)
    amount = in_minor_units(amount, billed.currency, "/amount")
    lock_account(session, account_of(billed))
    session.refresh(billed)
    refuse_void(billed)
    _refuse_too_much(session, billed, amount)
    at = _instant(releasing)
    row = WriteOffRow(
        invoice_id=billed.id,
        customer_id=billed.customer_id,
        amount=amount,
        reason=reason,
        prepared_by=releasing.by or "",
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    if releasing.alone or session.execute(_IS_SMALL, {"number": row.id}).scalar_one():
        _release(row, billed, releasing)
        session.flush()
    session.refresh(row)
    return _known(row, billed)


def release_write_off(session: Session, number: int, releasing: Releasing) -> WriteOff:
    """Release a write-off that another person has prepared: it counts from today on.

    Raises:
        UnknownWriteOff: there is none of that number.
        WriteOffReleased: it was released before.
        OwnWork: the same person has prepared it.
        DocumentVoid: its document is void by now.
        MoreThanOpen: so much is not open any more.
    """
    row = session.exec(select(WriteOffRow).where(WriteOffRow.id == number)).one_or_none()
    if row is None:
        raise UnknownWriteOff(f"there is no write-off {number} here", found=number)
    billed = by_key(session, [row.invoice_id])[row.invoice_id]
    lock_account(session, account_of(billed))
    session.refresh(row)
    if row.released_by is not None:
        detail = f"write-off {number} was released by {row.released_by}"
        raise WriteOffReleased(detail, found=number, expected="one that waits")
    refuse_own_write_off(session, number, row.prepared_by, releasing)
    session.refresh(billed)
    refuse_void(billed)
    _refuse_too_much(session, billed, row.amount)
    _release(row, billed, releasing)
    session.flush()
    session.refresh(row)
    return _known(row, billed)


def refuse_own_write_off(session: Session, number: int, prepared_by: str, releasing: Releasing) -> None:
    """Refuse whoever releases a write-off that the same person has prepared; up to the tenant's limit one is enough.

    Raises:
        OwnWork: the same person has.
    """
    if not session.execute(_IS_SMALL, {"number": number}).scalar_one():
        releasing.check(prepared_by)


def _instant(releasing: Releasing) -> datetime:
    if releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    return releasing.at


def _release(row: WriteOffRow, billed: InvoiceRow, releasing: Releasing) -> None:
    at = _instant(releasing)
    row.released_by, row.released_at, row.counts_on = releasing.by, at, today_of(billed, at)


def _refuse_too_much(session: Session, billed: InvoiceRow, amount: Decimal) -> None:
    settled: Sequence[Settlement] = settlements(session, [billed.id]).get(billed.id, [])
    open_ = billed.payable - sum((settlement.amount for settlement in settled), _NOTHING)
    written_off = sum((settlement.written_off for settlement in settled), _NOTHING)
    refuse_more_than_open(amount, payable=billed.payable, open_=open_, written_off=written_off)


# text: a function of the database, which the trigger on write-offs asks as well
_IS_SMALL = text("select write_off_is_small(w) from write_off w where w.id = :number")


def waiting_write_offs(session: Session) -> list[WriteOff]:
    """List the write-offs that wait for another person, the oldest first."""
    chosen = select(WriteOffRow).where(col(WriteOffRow.released_at).is_(None)).order_by(col(WriteOffRow.id))
    return _all_known(session, session.exec(chosen).all())


def write_offs(session: Session, query: WriteOffQuery, *, as_customer: bool = False) -> ListPage[WriteOff]:
    """List write-offs in pages, the oldest first; a customer sees those alone that count.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    conditions = (col(WriteOffRow.released_at).is_not(None),) if as_customer else ()
    page = _LISTING.page(session, query, *conditions)
    return page.of(tuple(_all_known(session, [row[0] for row in page.rows])))


def _all_known(session: Session, rows: Sequence[WriteOffRow]) -> list[WriteOff]:
    documents = by_key(session, (row.invoice_id for row in rows))
    return [_known(row, documents[row.invoice_id]) for row in rows]


def _known(row: WriteOffRow, billed: InvoiceRow) -> WriteOff:
    return WriteOff(
        id=row.id,
        document=billed.number or "",
        customer=billed.inputs.customer.name,
        currency=billed.currency,
        amount=row.amount,
        reason=row.reason,
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        released_by=row.released_by,
        released_at=row.released_at,
        counts_on=row.counts_on,
    )


def _in_state(state: WriteOffState) -> ColumnElement[bool]:
    is_released = col(WriteOffRow.released_at).is_not(None)
    return {WriteOffState.WAITING: ~is_released, WriteOffState.RELEASED: is_released}.get(state, true())


_STATEMENT: Any = select(WriteOffRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(WriteOffRow.id),
    sorts={"write_off": col(WriteOffRow.id)},
    filters={"state": _in_state},
    named="write_off",
)
