"""Rows ⇄ values of orders to gateways: what happens to them is added as events; the machine says where they stand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from billing.invoices.store import refuse_void
from billing.payments.gateway import OrderedMovement, PaymentRail
from billing.payments.orders import state as states
from billing.payments.orders.state import OrderHappening, OrderState, after
from billing.payments.queries import GatewayOrderQuery
from billing.payments.tables import GatewayOrderEventRow, GatewayOrderRow, SavedMethodRow
from billing.payouts.transfers.recorded import follow_order
from billing.receivables.allocating import in_minor_units
from billing.receivables.issued import AccountKey, account_of, by_key, document
from billing.receivables.standings import standings_now
from billing.receivables.store import lock_account, of_name, on_account, party_names
from billing.tables import InvoiceRow
from metering.log.list_page import Listing
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage
from quantities.number import plain

#: Of a document one of these at most is open: either brings money for it.
FOR_A_DOCUMENT = frozenset({OrderedMovement.CHARGE, OrderedMovement.SESSION})


class UnknownGatewayOrder(NotFound):
    """There is no order of that number."""


class RefundTooLarge(Conflict):
    """There is not so much to be given back by the gateway."""


class AlreadyCollected(Conflict):
    """Another order of the document is open.

    Attributes:
        is_for_good: whether it stays so for now; else another began at the same moment, and asking once more finds it.
    """

    is_for_good = False


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What happened to an order; ``by`` is None where the product itself did it."""

    attempt: int
    kind: OrderHappening
    at: datetime
    key: str
    amount: Decimal | None
    external: str
    payment: int | None
    detail: str
    by: str | None


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order with all that happened to it, the first first.

    Attributes:
        id: its number.
        reference: our name of it at the gateway.
        movement: what is asked for.
        document: the number of its document; empty where it has none.
        supplier: who asks.
        party: whose money it is.
        account: our name of the gateway account; empty until the first attempt.
        currency: of its amounts.
        amount: of the last attempt, or what was asked for; None while that is open.
        state: where it stands.
        next_at: when it is looked at next.
        attempts: how many were begun.
        external: the gateway's name of it.
        payment: the number of the payment of ours that counts.
        held: why it is not begun, or what is to be known of it.
        waits: whether a person is asked.
        asked_by: who asked for it; None: the contract says so.
        asked_at: when.
        events: what happened.
    """

    id: int
    reference: str
    movement: OrderedMovement
    document: str
    supplier: str
    party: str
    account: str
    currency: str
    amount: Decimal | None
    state: OrderState
    next_at: datetime | None
    attempts: int
    external: str
    payment: int | None
    held: str
    waits: bool
    asked_by: str | None
    asked_at: datetime
    events: tuple[OrderEvent, ...] = field(default_factory=tuple)

    @property
    def why(self) -> str:
        """In words, what is to be known of it: why it is held, or what the last event with words says."""
        if self.held:
            return self.held
        told = [event.detail for event in self.events if event.detail]
        return told[-1] if told and self.state is not OrderState.DONE else ""


def orders(session: Session, *, waiting: bool = False, number: str = "") -> list[KnownOrder]:
    """List orders, the first asked for first.

    Args:
        session: states the tenant.
        waiting: only those of which a person is asked.
        number: only those of the document of that number.
    """
    chosen = select(GatewayOrderRow).order_by(col(GatewayOrderRow.id))
    if waiting:
        chosen = chosen.where(col(GatewayOrderRow.waits))
    if number:
        chosen = chosen.where(_of_document(number))
    return known_orders(session, session.exec(chosen).all())


def listed_orders(session: Session, query: GatewayOrderQuery, *, as_customer: bool = False) -> ListPage[KnownOrder]:
    """List orders in pages, the first asked for first; a customer sees its own, without what happened to them.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    rows = [row[0] for row in page.rows]
    return page.of(tuple(known_orders(session, rows, with_events=not as_customer)))


def _of_document(number: str) -> ColumnElement[bool]:
    return col(GatewayOrderRow.invoice_id).in_(select(InvoiceRow.id).where(InvoiceRow.number == number))


def _of_customer(name: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = col(GatewayOrderRow.party_id) == of_name(name)
    return condition


_STATEMENT: Any = select(GatewayOrderRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(GatewayOrderRow.id),
    sorts={"order": col(GatewayOrderRow.id)},
    filters={
        "state": lambda state: col(GatewayOrderRow.state) == state.value,
        "movement": lambda movement: col(GatewayOrderRow.movement) == movement.value,
        "document": _of_document,
        "customer": _of_customer,
        "waits": lambda waits: col(GatewayOrderRow.waits).is_(waits),
    },
    named="order",
)


def order(session: Session, key: int, *, as_customer: bool = False) -> KnownOrder:
    """Read an order; a customer sees its own, without what happened to it.

    Raises:
        UnknownGatewayOrder: there is none of that number here.
    """
    return known_orders(session, [locked(session, key, for_update=False)], with_events=not as_customer)[0]


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


def open_order(session: Session, invoice_id: int, *, for_update: bool = False) -> GatewayOrderRow | None:
    """Find the charge or page of a document of which money may come."""
    row = GatewayOrderRow
    chosen = select(row).where(
        row.invoice_id == invoice_id,
        col(row.movement).in_([movement.value for movement in FOR_A_DOCUMENT]),
        col(row.state).in_([state.value for state in states.OPEN]),
    )
    chosen = chosen.with_for_update() if for_update else chosen
    return session.exec(chosen.execution_options(populate_existing=True)).first()


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


def happens(
    session: Session,
    row: GatewayOrderRow,
    happening: OrderHappening,
    *,
    at: datetime,
    detail: str = "",
    external: str = "",
    by: str | None = None,
) -> None:
    """Let something happen to an order that is locked: the machine says where it stands then, and an event is added.

    Raises:
        OrderNotSo: it cannot happen.
    """
    row.state = after(OrderState(row.state), happening).value
    row.held = ""
    row.waits = OrderState(row.state) in states.OF_A_PERSON
    add_event(session, row, happening, at=at, detail=detail, external=external, by=by)
    if row.movement in states.OF_PAYEES:
        follow_order(session, row, detail, at=at, by=by)


def add_event(
    session: Session,
    row: GatewayOrderRow,
    happening: OrderHappening,
    *,
    at: datetime,
    detail: str = "",
    external: str = "",
    payment: int | None = None,
    by: str | None = None,
    attempt: int | None = None,
) -> None:
    """Add an event beside an order, wherever it stands."""
    is_claim = happening is OrderHappening.CLAIMED
    session.add(
        GatewayOrderEventRow(
            order_id=row.id,
            attempt=row.attempts if attempt is None else attempt,
            kind=happening.value,
            at=at,
            key=f"{row.reference}.{row.attempts}" if is_claim else "",
            amount=row.amount if is_claim else None,
            external=external,
            payment_id=payment,
            detail=in_one_line(detail),
            recorded_by=by,
        )
    )


_DETAIL_MAX = 1000


def in_one_line(text: str) -> str:
    """Take line breaks and half characters out of what a gateway answered, and its end where it is long."""
    return " ".join(text.encode(errors="replace").decode().replace("\0", "?").split())[:_DETAIL_MAX]


def locked(session: Session, key: int, *, for_update: bool = True) -> GatewayOrderRow:
    """Find an order, and let nobody else change it until the transaction ends.

    Raises:
        UnknownGatewayOrder: none of that number is visible here.
    """
    chosen = select(GatewayOrderRow).where(GatewayOrderRow.id == key).execution_options(populate_existing=True)
    row = session.exec(chosen.with_for_update() if for_update else chosen).one_or_none()
    if row is None:
        raise UnknownGatewayOrder(f"there is no order {key} here", found=key)
    return row


def times_never_made(session: Session, row: GatewayOrderRow) -> int:
    """Count how often nothing was done of an order since a person last had it tried once more."""
    event = GatewayOrderEventRow
    since = select(func.coalesce(func.max(event.id), 0)).where(
        event.order_id == row.id, event.kind == OrderHappening.AGAIN.value
    )
    made = select(func.count()).where(
        event.order_id == row.id, event.kind == OrderHappening.NEVER_MADE.value, event.id > since.scalar_subquery()
    )
    return session.exec(made).one()


def first_page_asked(session: Session, account: str, party: int) -> datetime | None:
    """When the first page of a customer was asked for at a gateway account: the customer was made known for one."""
    of_customer = select(func.min(GatewayOrderRow.asked_at)).where(
        GatewayOrderRow.account == account,
        GatewayOrderRow.party_id == party,
        GatewayOrderRow.movement == OrderedMovement.SESSION.value,
    )
    return session.exec(of_customer).one()


def of_reference(session: Session, reference: str) -> int | None:
    """Find the order that has a reference; None: it is none of ours."""
    return session.exec(select(GatewayOrderRow.id).where(GatewayOrderRow.reference == reference)).one_or_none()


def saved(session: Session, row: GatewayOrderRow) -> KnownOrder:
    """Write an order, and read it as it stands then."""
    session.flush()
    session.refresh(row)
    return known_orders(session, [row])[0]


def _events(session: Session, keys: Collection[int]) -> Mapping[int, list[GatewayOrderEventRow]]:
    chosen = select(GatewayOrderEventRow).where(col(GatewayOrderEventRow.order_id).in_(sorted(keys)))
    events: dict[int, list[GatewayOrderEventRow]] = defaultdict(list)
    for event in session.exec(chosen.order_by(col(GatewayOrderEventRow.id))):
        events[event.order_id].append(event)
    return events


def known_orders(session: Session, rows: Sequence[GatewayOrderRow], *, with_events: bool = True) -> list[KnownOrder]:
    """Read orders in their order, and what happened to them, which is the supplier's own."""
    events = _events(session, [row.id for row in rows]) if with_events else {}
    documents = by_key(session, (row.invoice_id for row in rows if row.invoice_id is not None))
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.party_id)})
    return [
        KnownOrder(
            id=row.id,
            reference=row.reference,
            movement=OrderedMovement(row.movement),
            document="" if row.invoice_id is None else documents[row.invoice_id].number or "",
            supplier=names.get(row.issuer_id, ""),
            party=names.get(row.party_id, ""),
            account=row.account,
            currency=row.currency,
            amount=row.asked if row.amount is None else row.amount,
            state=OrderState(row.state),
            next_at=row.next_at,
            attempts=row.attempts,
            external=row.external,
            payment=row.payment_id,
            held=row.held,
            waits=row.waits,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            events=tuple(
                OrderEvent(
                    attempt=event.attempt,
                    kind=OrderHappening(event.kind),
                    at=event.at,
                    key=event.key,
                    amount=event.amount,
                    external=event.external,
                    payment=event.payment_id,
                    detail=event.detail,
                    by=event.recorded_by,
                )
                for event in events.get(row.id, ())
            ),
        )
        for row in rows
    ]
