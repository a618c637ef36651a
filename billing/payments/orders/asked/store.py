"""What people and pages ask of orders: a page, a refund, once more, no more."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from billing.invoices.store import refuse_void
from billing.payments.gateway import OrderedMovement, PaymentRail
from billing.payments.orders import state as states
from billing.payments.orders.known.store import KnownOrder, known_orders
from billing.payments.orders.state import OrderHappening, OrderState
from billing.payments.orders.store import FOR_A_DOCUMENT, add_event, happens, locked, open_order
from billing.payments.tables import GatewayOrderRow, SavedMethodRow
from billing.receivables.allocating import in_minor_units
from billing.receivables.issued import AccountKey, account_of, by_key, document
from billing.receivables.standings import standings_now
from billing.receivables.store import lock_account, on_account, party_names
from quantities.errors import Conflict
from quantities.number import plain


class RefundTooLarge(Conflict):
    """There is not so much to be given back by the gateway."""


class AlreadyCollected(Conflict):
    """Another order of the document is open.

    Attributes:
        is_for_good: whether it stays so for now; else another began at the same moment, and asking once more finds it.
    """

    is_for_good = False


def again(session: Session, key: int, *, reason: str, by: str, at: datetime) -> KnownOrder:
    """Have an order tried once more: one that was refused, expired or withdrawn; one that is due is looked at at once.

    Raises:
        UnknownGatewayOrder: there is none of that number.
        DocumentVoid: its document is void.
        AlreadyCollected: another order of the document is open.
        OrderNotSo: it is under way, or done.
    """
    row = locked(session, key)
    if row.invoice_id is not None and row.movement in FOR_A_DOCUMENT:
        invoice = by_key(session, [row.invoice_id])[row.invoice_id]
        lock_account(session, account_of(invoice))
        session.refresh(invoice)
        refuse_void(invoice)
        refuse_second(session, row.invoice_id, but=key, number=invoice.number or "")
    if row.state == OrderState.DUE:
        add_event(session, row, OrderHappening.NOTED, at=at, detail=reason, by=by)
    else:
        happens(session, row, OrderHappening.AGAIN, at=at, detail=reason, by=by)
        row.tries = 0
    row.next_at = at
    return saved(session, row)


def withdraw(session: Session, key: int, *, reason: str, by: str | None, at: datetime) -> KnownOrder:
    """Take back an order of which no money is on its way: one that is due, was refused or has expired.

    Raises:
        UnknownGatewayOrder: there is none of that number.
        OrderNotSo: it is under way, or done.
    """
    row = locked(session, key)
    happens(session, row, OrderHappening.WITHDRAWN, at=at, detail=reason, by=by)
    row.next_at = None
    return saved(session, row)


def refuse_second(session: Session, invoice_id: int, *, but: int | None, number: str) -> None:
    """Refuse an order of a document of which another one is open.

    Raises:
        AlreadyCollected: one is.
    """
    other = open_order(session, invoice_id)
    if other is not None and other.id != but:
        detail = f"order {other.id} of {number} is {other.state}"
        raise AlreadyCollected(detail, found=other.id, expected="a document of which no order is open")


def ask_session(
    session: Session, number: str, supplier: str | None, *, account: str, by: str | None, at: datetime
) -> GatewayOrderRow:
    """Ask for a page in which a document is paid; one that is open is that one, one that has closed begins anew.

    A charge gives way that nobody makes: it is held, or its last attempt failed, or no method is saved for it.

    Args:
        session: states the tenant.
        number: of the document.
        supplier: whose, where several have one of that number.
        account: our name of the gateway account.
        by: who asks; None: whoever has the link.
        at: now.

    Returns:
        The order, locked: due, or with a page that is open.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        DocumentVoid: it is void.
        AlreadyCollected: it is being charged, or will be by itself.
    """
    invoice = document(session, number, supplier)
    before = open_order(session, invoice.id, for_update=True)  # an order first, and then its account, as a claim does
    lock_account(session, account_of(invoice))
    session.refresh(invoice)
    refuse_void(invoice)
    refuse_second(session, invoice.id, but=None if before is None else before.id, number=number)
    if before is not None and before.movement == OrderedMovement.CHARGE:
        _give_way(session, before, number, at)
        before = None
    if before is None:
        page = _of_pages(col(GatewayOrderRow.invoice_id) == invoice.id)
        before = _taken_up(session, page, by, at) or _added(
            session,
            GatewayOrderRow(
                movement=OrderedMovement.SESSION.value,
                account=account,
                issuer_id=invoice.issuer_id,
                party_id=invoice.customer_id,
                currency=invoice.currency,
                invoice_id=invoice.id,
                next_at=at,
                asked_by=by,
                asked_at=at,
            ),
        )
    return before


def _give_way(session: Session, charge: GatewayOrderRow, number: str, at: datetime) -> None:
    """Withdraw a charge of which nothing is under way, and that would not be made now: the customer pays itself.

    One whose last attempt failed gives way as well: the customer pays by something else.
    """
    why = "" if charge.state == OrderState.DUE else "is being charged"
    if not why and not charge.held and not charge.attempts and may_be_charged(session, charge):
        why = "is charged by itself"
    if why:
        refused = AlreadyCollected(
            f"{number} {why}: order {charge.id}", found=charge.id, expected="a document that is not"
        )
        refused.is_for_good = True
        raise refused
    happens(session, charge, OrderHappening.WITHDRAWN, at=at, detail="it is paid by a link")
    charge.next_at = None
    session.flush()


def may_be_charged(session: Session, charge: GatewayOrderRow) -> bool:
    """Whether the customer has saved a method, at whatever account, by which an order may be charged."""
    method = SavedMethodRow
    chosen = select(method.id).where(
        method.issuer_id == charge.issuer_id,
        method.party_id == charge.party_id,
        method.rail == charge.rail,
        col(method.ended_at).is_(None),
    )
    return session.exec(chosen.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class SavingAsked:
    """For whom a method is saved.

    Attributes:
        account: whose it will be charged for: supplier, customer and currency.
        rail: what is saved.
        gateway_account: our name of the gateway account.
    """

    account: AccountKey
    rail: PaymentRail
    gateway_account: str


def ask_saving(session: Session, asked: SavingAsked, *, by: str | None, at: datetime) -> GatewayOrderRow:
    """Ask for a page in which a method is saved and nothing is paid; one that is open is that one.

    Raises:
        AlreadyCollected: another began one at the same moment; once more, and it is that one.
    """
    key, row = asked.account, GatewayOrderRow
    page = _of_pages(
        col(row.invoice_id).is_(None),
        col(row.issuer_id) == key.issuer_id,
        col(row.party_id) == key.customer_id,
        col(row.currency) == key.currency,
        col(row.rail) == asked.rail.value,
    )
    is_open = col(row.state).in_([state.value for state in states.OPEN])
    before = session.exec(page.where(is_open).with_for_update().execution_options(populate_existing=True)).first()
    lock_account(session, key)
    if before is not None:
        return before
    if session.exec(page.where(is_open)).first() is not None:
        raise AlreadyCollected("another page was begun at the same moment", expected="one at a time")
    return _taken_up(session, page, by, at) or _added(
        session,
        GatewayOrderRow(
            movement=OrderedMovement.SESSION.value,
            account=asked.gateway_account,
            issuer_id=key.issuer_id,
            party_id=key.customer_id,
            currency=key.currency,
            rail=asked.rail.value,
            next_at=at,
            asked_by=by,
            asked_at=at,
        ),
    )


def _of_pages(*conditions: ColumnElement[bool]) -> SelectOfScalar[GatewayOrderRow]:
    """Select pages of customers, the newest first."""
    chosen = select(GatewayOrderRow).where(GatewayOrderRow.movement == OrderedMovement.SESSION.value, *conditions)
    return chosen.order_by(col(GatewayOrderRow.id).desc())


def _taken_up(
    session: Session, pages: SelectOfScalar[GatewayOrderRow], by: str | None, at: datetime
) -> GatewayOrderRow | None:
    """Begin a new attempt of the newest page, where it has closed or failed; None where there is none that has."""
    row = session.exec(pages.limit(1).with_for_update().execution_options(populate_existing=True)).first()
    if row is None or row.state not in _CLOSED:
        return None
    happens(session, row, OrderHappening.AGAIN, at=at, detail="the customer asks for the page once more", by=by)
    row.tries, row.next_at = 0, at
    session.flush()
    return row


_CLOSED = frozenset({OrderState.EXPIRED, OrderState.REFUSED})


def _added(session: Session, row: GatewayOrderRow) -> GatewayOrderRow:
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


@dataclass(frozen=True, slots=True)
class RefundWanted:
    """What is to be given back of what was paid.

    Attributes:
        order: the number of the charge or the page that was paid.
        amount: above zero.
        credit_note: the number of the document that gives it back; None: what is on account is.
        reason: why.
    """

    order: int
    amount: Decimal
    credit_note: str | None
    reason: str


def ask_refund(session: Session, wanted: RefundWanted, *, by: str, at: datetime) -> KnownOrder:
    """Ask for money to be given back by the gateway that took it: it is due at once.

    Args:
        session: states the tenant.
        wanted: what of which order.
        by: who asks.
        at: now.

    Raises:
        UnknownGatewayOrder: there is none of that number.
        RefundTooLarge: nothing was paid by it, not so much is left, or neither a credit note nor money on account is
            there for it.
        AmountNotRounded: the amount has more places than its currency.
        UnknownInvoice, DocumentNotIssued, DocumentVoid: there is no such credit note.
    """
    paid = locked(session, wanted.order)
    amount = in_minor_units(wanted.amount, paid.currency, "/amount")
    left = _left_of(session, paid)
    if paid.state not in states.PAID or paid.movement not in FOR_A_DOCUMENT or not 0 < amount <= left:
        detail = f"{plain(left)} {paid.currency} of order {paid.id} is left to be given back"
        raise RefundTooLarge(detail, place="/amount", found=plain(amount), expected=f"{plain(left)} at most")
    key = AccountKey(paid.issuer_id, paid.party_id, paid.currency)
    account, note = lock_account(session, key), None
    if wanted.credit_note is None:
        there = on_account(session, account)
    else:
        supplier = party_names(session, {paid.issuer_id})[paid.issuer_id]
        note = document(session, wanted.credit_note, supplier)
        session.refresh(note)
        refuse_void(note)
        there = -standings_now(session, [note], at)[note.id].open if account_of(note) == key else Decimal(0)
    if amount > there:
        of = "on account" if note is None else f"open of {wanted.credit_note}"
        detail = f"{plain(max(there, Decimal(0)))} {paid.currency} is {of}"
        raise RefundTooLarge(detail, place="/amount", found=plain(amount), expected=f"{plain(there)} at most")
    row = GatewayOrderRow(
        movement=OrderedMovement.REFUND.value,
        account=paid.account,
        issuer_id=paid.issuer_id,
        party_id=paid.party_id,
        currency=paid.currency,
        asked=amount,
        invoice_id=None if note is None else note.id,
        of_id=paid.id,
        method_id=paid.method_id,
        next_at=at,
        asked_by=by,
        asked_at=at,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    add_event(session, row, OrderHappening.NOTED, at=at, detail=wanted.reason, by=by)
    return saved(session, row)


def _left_of(session: Session, paid: GatewayOrderRow) -> Decimal:
    """Work out what may still be given back of a payment, by what was asked for so far."""
    ended = {OrderState.REFUSED, OrderState.WITHDRAWN}
    refund = GatewayOrderRow
    of_it = select(refund).where(refund.of_id == paid.id, refund.movement == OrderedMovement.REFUND.value)
    asked = (one.asked or Decimal(0) for one in session.exec(of_it) if one.state not in ended)
    return (paid.amount or Decimal(0)) - sum(asked, Decimal(0))


def saved(session: Session, row: GatewayOrderRow) -> KnownOrder:
    """Write an order, and read it as it stands then."""
    session.flush()
    session.refresh(row)
    return known_orders(session, [row])[0]
