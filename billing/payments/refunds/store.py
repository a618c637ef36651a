"""Rows ⇄ values of refunds: prepared by one person of the supplier, released by another; then the gateway is asked.

Up to the tenant's limit, of all that is given back of a payment, one person is enough. What is prepared counts against
what is left of the payment from then on, so that two who prepare at once do not give back more than was paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select, text

from billing.payments.orders.asked.store import RefundTooLarge, RefundWanted, ask_refund
from billing.payments.orders.store import FOR_A_DOCUMENT, locked
from billing.payments.queries import RefundQuery, RefundState
from billing.payments.tables import GatewayOrderRow, RefundRow
from billing.receivables.allocating import in_minor_units
from billing.receivables.issued import by_key, document
from billing.receivables.store import party_names, payment
from contracts.release.store import OwnWork, Releasing
from metering.log.list_page import Listing
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage
from quantities.number import plain


class UnknownRefund(NotFound):
    """There is no refund of that number here."""


class RefundDone(Conflict):
    """The refund is released or withdrawn already."""


class NotPaidByGateway(Conflict):
    """The payment did not come by a gateway."""


@dataclass(frozen=True, slots=True)
class RefundPrepared:
    """What is to be given back of a payment.

    Attributes:
        payment: its number.
        amount: above zero; None: all of it.
        credit_note: the number of the document that gives it back; None: what is on account is.
        reason: why.
    """

    payment: int
    amount: Decimal | None
    credit_note: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class KnownRefund:
    """A refund, and who has seen it.

    Attributes:
        id: its number.
        payment: the number of the payment that it gives back.
        customer: who gets it, by name.
        supplier: who gives it, by name.
        credit_note: the number of the document that gives it back; empty where it is of what is on account.
        currency: of the amount.
        amount: above zero.
        reason: why.
        order: the number of the order to the gateway; None until it is released.
        prepared_by: by whom.
        prepared_at: when.
        released_by: by whom; None while it waits.
        released_at: when.
        withdrawn_by: by whom; None while it is not.
        withdrawn_at: when.
    """

    id: int
    payment: int
    customer: str
    supplier: str
    credit_note: str
    currency: str
    amount: Decimal
    reason: str
    order: int | None
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def prepare_refund(session: Session, prepared: RefundPrepared, releasing: Releasing) -> KnownRefund:
    """Prepare a refund of a payment that came by a gateway; another person releases it.

    Args:
        session: states the tenant.
        prepared: what of which payment.
        releasing: who acts, and whether one is enough.

    Returns:
        The refund; released already where four eyes are off, or the tenant's limit lets one person do it.

    Raises:
        UnknownPayment: there is none of that number.
        NotPaidByGateway: no gateway can give it back.
        RefundTooLarge: not so much of it is left; or, as it is released at once, not on account or of the credit note.
        AmountNotRounded: the amount has more places than its currency.
        UnknownInvoice, DocumentNotIssued, DocumentVoid: there is no such credit note.
    """
    paid = _order_of(session, prepared.payment)
    left = (paid.amount or Decimal(0)) - _asked_of(session, paid)
    amount = left if prepared.amount is None else in_minor_units(prepared.amount, paid.currency, "/amount")
    if not 0 < amount <= left:
        detail = f"{plain(left)} {paid.currency} of payment {prepared.payment} is left to be given back"
        raise RefundTooLarge(detail, place="/amount", found=plain(amount), expected=f"{plain(left)} at most")
    note = None
    if prepared.credit_note is not None:
        supplier = party_names(session, {paid.issuer_id})[paid.issuer_id]
        note = document(session, prepared.credit_note, supplier).id
    at = _instant(releasing)
    row = RefundRow(
        of_id=paid.id,
        customer_id=paid.party_id,
        payment_id=prepared.payment,
        invoice_id=note,
        currency=paid.currency,
        amount=amount,
        reason=prepared.reason,
        prepared_by=releasing.by or "",
        prepared_at=at,
    )
    session.add(row)
    session.flush()
    if releasing.alone or _is_small(session, row.id):
        _release(session, row, releasing)
    session.refresh(row)
    return _known(session, [row])[0]


def release_refund(session: Session, number: int, releasing: Releasing) -> KnownRefund:
    """Release a refund that another person has prepared: the gateway is asked at once.

    Raises:
        UnknownRefund: there is none of that number.
        RefundDone: it was released or withdrawn before.
        OwnWork: the same person has prepared it.
        RefundTooLarge: so much is not on account, or open of the credit note, any more.
        DocumentVoid: its credit note is void by now.
    """
    row = _waiting(session, number)
    refuse_own_refund(session, number, row.prepared_by, releasing)
    _release(session, row, releasing)
    session.refresh(row)
    return _known(session, [row])[0]


def withdraw_refund(session: Session, number: int, releasing: Releasing) -> KnownRefund:
    """Take back a refund that waits; nobody gains by it, so one person is enough.

    Raises:
        UnknownRefund: there is none of that number.
        RefundDone: it was released or withdrawn before.
    """
    row = _waiting(session, number)
    row.withdrawn_by, row.withdrawn_at = releasing.by, _instant(releasing)
    session.flush()
    session.refresh(row)
    return _known(session, [row])[0]


def refuse_own_refund(session: Session, number: int, prepared_by: str, releasing: Releasing) -> None:
    """Refuse whoever releases a refund that the same person has prepared; up to the tenant's limit one is enough.

    Raises:
        OwnWork: the same person has.
    """
    if not _is_small(session, number):
        releasing.check(prepared_by)


def refunds(session: Session, query: RefundQuery) -> ListPage[KnownRefund]:
    """List refunds in pages, the oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_known(session, [row[0] for row in page.rows])))


def waiting_refunds(session: Session) -> list[KnownRefund]:
    """List the refunds that wait for another person, the oldest first."""
    chosen = select(RefundRow).where(_in_state(RefundState.WAITING)).order_by(col(RefundRow.id))
    return _known(session, session.exec(chosen).all())


def _release(session: Session, row: RefundRow, releasing: Releasing) -> None:
    at = _instant(releasing)
    row.released_by, row.released_at = releasing.by, at
    session.flush()
    session.refresh(row)  # the database says who acts
    note = None if row.invoice_id is None else by_key(session, [row.invoice_id])[row.invoice_id].number
    wanted = RefundWanted(row.of_id, row.amount, note, row.reason)
    row.order_id = ask_refund(session, wanted, by=row.released_by or "", at=at).id
    session.flush()


def _order_of(session: Session, number: int) -> GatewayOrderRow:
    """Find the order that brought a payment, locked: what is left of it is worked out by one at a time."""
    payment(session, number)
    chosen = select(GatewayOrderRow.id).where(
        GatewayOrderRow.payment_id == number,
        col(GatewayOrderRow.movement).in_([movement.value for movement in FOR_A_DOCUMENT]),
    )
    key = session.exec(chosen).one_or_none()
    if key is None:
        detail = f"payment {number} did not come by a gateway, or counts no more"
        raise NotPaidByGateway(detail, found=number, expected="a payment by card or direct debit")
    return locked(session, key)


def _asked_of(session: Session, paid: GatewayOrderRow) -> Decimal:
    """Add up what is given back of a payment, will be, or waits to be released."""
    order = GatewayOrderRow
    made = select(order).where(
        order.of_id == paid.id, order.movement == "refund", col(order.state).not_in(["refused", "withdrawn"])
    )
    waiting = select(RefundRow).where(RefundRow.of_id == paid.id, _in_state(RefundState.WAITING))
    asked = sum((row.asked or Decimal(0) for row in session.exec(made)), Decimal(0))
    return asked + sum((row.amount for row in session.exec(waiting)), Decimal(0))


def _waiting(session: Session, number: int) -> RefundRow:
    chosen = select(RefundRow).where(RefundRow.id == number).execution_options(populate_existing=True)
    row = session.exec(chosen).one_or_none()
    if row is None:
        raise UnknownRefund(f"there is no refund {number} here", found=number)
    locked(session, row.of_id)  # the order first, and then its account: whoever releases at the same moment waits here
    session.refresh(row)
    done = row.released_by or row.withdrawn_by
    if done is not None:
        what = "released" if row.released_by is not None else "withdrawn"
        raise RefundDone(f"refund {number} was {what} by {done}", found=number, expected="one that waits")
    return row


def _instant(releasing: Releasing) -> datetime:
    if releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    return releasing.at


def _is_small(session: Session, number: int) -> bool:
    return bool(session.execute(_IS_SMALL, {"number": number}).scalar_one())


# text: a function of the database, which the trigger on refunds asks as well
_IS_SMALL = text("select refund_is_small(r) from refund r where r.id = :number")


def _known(session: Session, rows: Sequence[RefundRow]) -> list[KnownRefund]:
    notes = by_key(session, (row.invoice_id for row in rows if row.invoice_id is not None))
    of_orders = select(GatewayOrderRow.id, GatewayOrderRow.issuer_id).where(
        col(GatewayOrderRow.id).in_([row.of_id for row in rows])
    )
    issuers = dict(session.exec(of_orders).all())
    names = party_names(session, {*issuers.values(), *(row.customer_id for row in rows)})
    return [
        KnownRefund(
            id=row.id,
            payment=row.payment_id,
            customer=names.get(row.customer_id, ""),
            supplier=names.get(issuers[row.of_id], ""),
            credit_note="" if row.invoice_id is None else notes[row.invoice_id].number or "",
            currency=row.currency,
            amount=row.amount,
            reason=row.reason,
            order=row.order_id,
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            released_by=row.released_by,
            released_at=row.released_at,
            withdrawn_by=row.withdrawn_by,
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    ]


def _in_state(state: RefundState) -> ColumnElement[bool]:
    is_released, is_withdrawn = col(RefundRow.released_at).is_not(None), col(RefundRow.withdrawn_at).is_not(None)
    return {
        RefundState.WAITING: ~is_released & ~is_withdrawn,
        RefundState.RELEASED: is_released,
        RefundState.WITHDRAWN: is_withdrawn,
    }.get(state, true())


_STATEMENT: Any = select(RefundRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(RefundRow.id),
    sorts={"refund": col(RefundRow.id)},
    filters={"state": _in_state},
    named="refund",
)
