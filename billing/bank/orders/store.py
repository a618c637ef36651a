"""Rows ⇄ values of orders to banks: what happens to them is added as events; the machine says where they stand."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlmodel import Session, col, select

from billing.bank.mandates.mandate import DebitScheme, SequenceType
from billing.bank.orders.payment_to_make import (
    AccountToPay,
    AddressToPay,
    BankOrderState,
    PaymentMade,
    PaymentPurpose,
    PaymentToMake,
)
from billing.bank.orders.state import OF_A_PERSON, OPEN, BankOrderHappening, BankOrderNotSo, after
from billing.bank.orders.tables import BankOrderEventRow, BankOrderRow
from billing.bank.tables import BankEntryRow
from billing.invoices.store import refuse_void
from billing.payments.gateway import OrderedMovement
from billing.payments.orders.state import OrderState
from billing.payments.tables import GatewayOrderRow
from billing.receivables.allocating import in_minor_units
from billing.receivables.issued import account_of, by_key, document, today_of
from billing.receivables.standings import standings_now
from billing.receivables.store import lock_account, party_names
from billing.tables import InvoiceRow
from contracts.party_profiles.store import known_of
from contracts.tables import PartyRow
from metering.log.list_page import Listing
from quantities.errors import Conflict, Invalid, NotFound
from quantities.listing import ListPage, ListQuery
from quantities.number import plain


class UnknownBankOrder(NotFound):
    """There is no order to a bank of that number here."""


class PaymentAskedOtherwise(Conflict):
    """Another payment was asked for under the key."""


class PaymentNotPossible(Invalid):
    """A payment by a bank cannot be as it is stated."""


class RefundNotOpen(Conflict):
    """There is not so much to be given back by a bank."""


class NoAccountToPay(Conflict):
    """No account is known that could be paid to."""


@dataclass(frozen=True, slots=True)
class BankOrderEvent:
    """What happened to an order to a bank; ``by`` is None where the product itself did it."""

    kind: BankOrderHappening
    at: datetime
    file: int | None
    entry: int | None
    payment: int | None
    amount: Decimal | None
    detail: str
    by: str | None


@dataclass(frozen=True, slots=True)
class KnownBankOrder:
    """An order to a bank with what happened to it.

    Attributes:
        id: its number.
        reference: ours of it, which the bank hands through (end-to-end).
        purpose: ``collection``, or what a payment is for.
        key: of whoever asked for a payment; empty without one.
        document: the number of the document that is collected or given back; empty without one.
        supplier: whose bank is asked.
        party: who is debited, or paid.
        currency: of the amount.
        amount: in its file; before, what was asked for; None where what is open is collected.
        scheme: of a debit.
        sequence: of a debit, once it is in a file.
        due_on: not before this day.
        day: on which the bank is to do it, once it is in a file.
        account: of the other side, once it is known.
        holder: of that account.
        state: where it stands.
        held: why it is not put into a file, or why the bank did not do it.
        waits: whether a person is asked.
        file: the number of its file.
        payment: the number of the payment that it became.
        entry: the number of the bank's entry by which it was booked.
        asked_by: None where the contract says so.
        asked_at: when.
        events: in their order.
    """

    id: int
    reference: str
    purpose: str
    key: str
    document: str
    supplier: str
    party: str
    currency: str
    amount: Decimal | None
    scheme: DebitScheme | None
    sequence: SequenceType | None
    due_on: date
    day: date | None
    account: str
    holder: str
    state: BankOrderState
    held: str
    waits: bool
    file: int | None
    payment: int | None
    entry: int | None
    asked_by: str | None
    asked_at: datetime
    events: tuple[BankOrderEvent, ...]


class BankOrderQuery(ListQuery):
    """Which orders to banks are listed: in a state, or that wait for a person; in the order in which they were made."""

    SORTS: ClassVar[tuple[str, ...]] = ("order",)

    state: Annotated[BankOrderState | None, Field(description="Only those in this state.")] = None
    waiting: Annotated[bool | None, Field(description="Only those of which a person is asked, or only others.")] = None


_STATEMENT: Any = select(BankOrderRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(BankOrderRow.id),
    sorts={"order": col(BankOrderRow.id)},
    filters={
        "state": lambda state: col(BankOrderRow.state) == state,
        "waiting": lambda waits: col(BankOrderRow.waits) if waits else ~col(BankOrderRow.waits),
    },
    named="order",
)


def bank_orders(session: Session, query: BankOrderQuery) -> ListPage[KnownBankOrder]:
    """List orders to banks in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(known_bank_orders(session, [row[0] for row in page.rows])))


def waiting_bank_orders(session: Session) -> list[KnownBankOrder]:
    """List the orders of which a person is asked, the first first."""
    chosen = select(BankOrderRow).where(col(BankOrderRow.waits)).order_by(col(BankOrderRow.id))
    return known_bank_orders(session, session.exec(chosen).all())


def bank_order(session: Session, number: int) -> KnownBankOrder:
    """Read an order to a bank.

    Raises:
        UnknownBankOrder: there is none of that number here.
    """
    row = session.exec(select(BankOrderRow).where(BankOrderRow.id == number)).one_or_none()
    if row is None:
        raise _unknown(number)
    return known_bank_orders(session, [row])[0]


def locked_order(session: Session, number: int) -> BankOrderRow:
    """Find an order, and let nobody else change it until the transaction ends.

    Raises:
        UnknownBankOrder: there is none of that number here.
    """
    chosen = select(BankOrderRow).where(BankOrderRow.id == number).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise _unknown(number)
    return row


def _unknown(number: int) -> UnknownBankOrder:
    return UnknownBankOrder(f"there is no order {number} to a bank here", found=number)


@dataclass(frozen=True, slots=True)
class OrderActor:
    """Who acts on orders, and when; ``by`` is None for the product itself."""

    by: str | None
    at: datetime


def ask_payment(session: Session, payment: PaymentToMake, actor: OrderActor) -> KnownBankOrder:
    """Ask for a payment; under the same key it is the same order.

    Raises:
        PaymentNotPossible: there is no such party, or the amount is not above zero.
        AmountNotRounded: it has more places than its currency.
        PaymentAskedOtherwise: another amount, account or party was asked for under the key.
    """
    amount = in_minor_units(payment.amount, payment.currency, "/amount")
    if amount <= 0:
        detail = f"{plain(amount)} {payment.currency} cannot be paid"
        raise PaymentNotPossible(detail, place="/amount", found=plain(amount), expected="an amount above zero")
    issuer_id, party_id = _party(session, payment.supplier), _party(session, payment.payee)
    row = BankOrderRow(
        purpose=payment.purpose.value,
        key=payment.key or None,
        issuer_id=issuer_id,
        party_id=party_id,
        currency=payment.currency,
        asked=amount,
        due_on=payment.pay_on,
        account="".join(payment.account.number.split()),
        holder=payment.account.holder,
        bic=payment.account.bic,
        bank=payment.account.bank,
        bank_code=payment.account.bank_code,
        country=payment.address.country,
        town=payment.address.town,
        post_code=payment.address.post_code,
        address="\n".join(payment.address.lines),
        their_reference=payment.reference,
        words=payment.text,
        asked_by=actor.by,
        asked_at=actor.at,
    )
    before = session.exec(select(BankOrderRow).where(BankOrderRow.key == payment.key)).first() if payment.key else None
    if before is not None:
        _refuse_other(row, before)
        return known_bank_orders(session, [before])[0]
    return _added(session, row)


def _refuse_other(new: BankOrderRow, before: BankOrderRow) -> None:
    names = ("purpose", "issuer_id", "party_id", "currency", "asked", "account")
    if any(getattr(new, name) != getattr(before, name) for name in names):
        asked = f"{plain(before.asked or Decimal(0))} {before.currency} to {before.account}"
        detail = f"order {before.id}, {asked}, has the key {before.key!r}"
        raise PaymentAskedOtherwise(detail, found=before.key, expected=f"{asked}, or another key")


def _added(session: Session, row: BankOrderRow) -> KnownBankOrder:
    session.add(row)
    session.flush()
    session.refresh(row)
    return known_bank_orders(session, [row])[0]


def _party(session: Session, name: str) -> int:
    known = session.exec(select(PartyRow.id).where(PartyRow.name == name)).first()
    if known is None:
        detail = f"there is no party {name!r} here"
        raise PaymentNotPossible(detail, place="/payee", found=name, expected="a party of a contract")
    return known


class SessionPayments:
    """The port of ``payment_to_make`` over a session: what is asked for is a part of its transaction."""

    def __init__(self, session: Session, actor: OrderActor) -> None:
        """Ask within a transaction, as somebody."""
        self._session = session
        self._actor = actor

    def ask(self, payment: PaymentToMake) -> int:
        """Order a payment (``ask_payment``), and say the number of the order."""
        return ask_payment(self._session, payment, self._actor).id

    def made(self, key: str) -> PaymentMade | None:
        """Say how the payment of a key stands; None where none was asked for."""
        row = self._session.exec(select(BankOrderRow).where(BankOrderRow.key == key)).first()
        if row is None:
            return None
        entry = None if row.entry_id is None else _entry(self._session, row.entry_id)
        return PaymentMade(row.id, BankOrderState(row.state), row.held, None if entry is None else entry.booked_on)

    def came_back(self) -> Sequence[str]:
        """Name the payments to payees that were not done, or were returned, by their keys."""
        row, failed = BankOrderRow, (BankOrderState.RETURNED.value, BankOrderState.REFUSED.value)
        chosen = select(row.key).where(row.purpose == PaymentPurpose.PAYOUT.value, col(row.state).in_(failed))
        return [key for key in self._session.exec(chosen) if key is not None]

    def withdraw(self, key: str, reason: str) -> None:
        """Take a payment back that no file has yet (``withdraw_order``)."""
        row = self._session.exec(select(BankOrderRow).where(BankOrderRow.key == key)).first()
        if row is None:
            raise UnknownBankOrder(f"no payment was asked for as {key!r}", found=key)
        withdraw_order(self._session, row.id, reason, self._actor)


def _entry(session: Session, number: int) -> BankEntryRow:
    return session.exec(select(BankEntryRow).where(BankEntryRow.id == number)).one()


@dataclass(frozen=True, slots=True)
class BankRefundWanted:
    """What is to be given back by our bank.

    Attributes:
        credit_note: the number of the document that gives it back.
        supplier: whose, where several have one of that number.
        amount: above zero; None: all that is open of it.
    """

    credit_note: str
    supplier: str | None = None
    amount: Decimal | None = None


def ask_bank_refund(session: Session, wanted: BankRefundWanted, actor: OrderActor) -> KnownBankOrder:
    """Ask for what a credit note gives back to be paid to the customer's account, which its profile states.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, DocumentVoid: there is no such credit note.
        RefundNotOpen: not so much of it is open, or it is given back by another order.
        NoAccountToPay: the customer's profile has no account for the currency.
        AmountNotRounded: the amount has more places than its currency.
    """
    note = document(session, wanted.credit_note, wanted.supplier)
    lock_account(session, account_of(note))
    session.refresh(note)
    refuse_void(note)
    left = -standings_now(session, [note], actor.at)[note.id].open
    amount = in_minor_units(left if wanted.amount is None else wanted.amount, note.currency, "/amount")
    if not 0 < amount <= left:
        detail = f"{plain(max(left, Decimal(0)))} {note.currency} is open of {wanted.credit_note}"
        raise RefundNotOpen(detail, place="/amount", found=plain(amount), expected=f"{plain(left)} at most")
    _refuse_second(session, note)
    today = today_of(note, actor.at)
    account, address = _account_of(session, note.inputs.customer.name, note.currency, today)
    return _added(
        session,
        BankOrderRow(
            purpose=PaymentPurpose.REFUND.value,
            issuer_id=note.issuer_id,
            party_id=note.customer_id,
            currency=note.currency,
            asked=amount,
            invoice_id=note.id,
            due_on=today,
            account=account.number,
            holder=account.holder,
            bic=account.bic,
            bank=account.bank,
            country=address.country or note.inputs.customer.country,
            town=address.town,
            post_code=address.post_code,
            address="\n".join(address.lines),
            words=f"{note.inputs.supplier.name} {wanted.credit_note}",
            asked_by=actor.by,
            asked_at=actor.at,
        ),
    )


_NOT_ENDED = (
    OrderState.DUE,
    OrderState.SENDING,
    OrderState.WAITS,
    OrderState.PROCESSING,
    OrderState.UNKNOWN,
)


def _refuse_second(session: Session, note: InvoiceRow) -> None:
    """Refuse a refund of a credit note that another order gives back, by a bank or by a gateway."""
    row, gateway = BankOrderRow, GatewayOrderRow
    by_bank = select(row.id).where(row.invoice_id == note.id, col(row.state).in_([state.value for state in OPEN]))
    by_gateway = select(gateway.id).where(
        gateway.invoice_id == note.id,
        gateway.movement == OrderedMovement.REFUND.value,
        col(gateway.state).in_([state.value for state in _NOT_ENDED]),
    )
    other = session.exec(by_bank).first() or session.exec(by_gateway).first()
    if other is not None:
        detail = f"order {other} gives {note.number} back"
        raise RefundNotOpen(detail, place="/document", found=note.number, expected="a document of no other order")


def _account_of(session: Session, party: str, currency: str, day: date) -> tuple[AccountToPay, AddressToPay]:
    profile = known_of(session, [party]).on(party, day)
    bank = None if profile is None else profile.bank_for(currency)
    if profile is None or bank is None:
        detail = f"the profile of {party} that counts on {day} has no account for {currency}"
        raise NoAccountToPay(detail, found=party, expected=f"a profile with an account for {currency}")
    holder = bank.holder or profile.full_name or party
    account = AccountToPay(holder, "".join(bank.account.split()), bank.bic or "", bank.bank or "")
    return account, AddressToPay("", profile.city or "", profile.post_code or "", profile.address)


def withdraw_order(session: Session, number: int, reason: str, actor: OrderActor) -> KnownBankOrder:
    """Take back an order that no file has.

    Raises:
        UnknownBankOrder: there is none of that number.
        BankOrderNotSo: it is in a file, or ended.
    """
    row = locked_order(session, number)
    happens(session, row, BankOrderHappening.WITHDRAWN, actor, detail=reason)
    return saved(session, row)


def order_again(session: Session, number: int, reason: str, actor: OrderActor) -> KnownBankOrder:
    """Make another order for what was refused, returned or withdrawn: under a reference of its own.

    Raises:
        UnknownBankOrder: there is none of that number.
        BankOrderNotSo: it is open or done, or whoever asked for it decides about another one.
        DocumentVoid: its document is void.
        RefundNotOpen: another order of the document is open.
    """
    row = locked_order(session, number)
    if row.state in OPEN or row.state == BankOrderState.DONE or row.key is not None:
        detail = f"order {number} is {row.state}, or asked for as {row.key}"
        raise BankOrderNotSo(detail, found=row.state, expected="one that was refused, returned or withdrawn")
    if row.invoice_id is not None:
        invoice = by_key(session, [row.invoice_id])[row.invoice_id]
        lock_account(session, account_of(invoice))
        session.refresh(invoice)
        refuse_void(invoice)
        _refuse_second(session, invoice)
    copied = ("purpose", "issuer_id", "party_id", "currency", "asked", "invoice_id", "scheme", "due_on", "noticed_on")
    of_payment = ("account", "holder", "bic", "bank", "bank_code", "country", "town", "post_code", "address")
    names = copied if row.scheme else (*copied, *of_payment, "their_reference", "words")
    new = BankOrderRow(**{name: getattr(row, name) for name in names}, asked_by=actor.by, asked_at=actor.at)
    session.add(new)
    session.flush()
    row.waits = False
    add_event(session, row, BankOrderHappening.NOTED, actor, detail=f"order {new.id} is made instead: {reason}")
    return saved(session, new)


def notice_by_letter(session: Session, number: int, day: date, actor: OrderActor) -> KnownBankOrder:
    """Record that the customer was told of a debit by a letter, on a day.

    Raises:
        UnknownBankOrder: there is none of that number.
        BankOrderNotSo: it is no debit that is due.
    """
    row = locked_order(session, number)
    if row.state != BankOrderState.DUE or row.scheme is None:
        detail = f"order {number} is {row.state}"
        raise BankOrderNotSo(detail, found=row.state, expected="a debit that is due")
    row.noticed_on, row.held, row.waits = day, "", False
    add_event(session, row, BankOrderHappening.NOTICED, actor, detail=f"told by a letter on {day}")
    return saved(session, row)


def happens(
    session: Session,
    row: BankOrderRow,
    happening: BankOrderHappening,
    actor: OrderActor,
    *,
    detail: str = "",
    file: int | None = None,
    entry: int | None = None,
    payment: int | None = None,
) -> None:
    """Let something happen to an order that is locked: the machine says where it stands then, and an event is added.

    Raises:
        BankOrderNotSo: it cannot happen.
    """
    state = after(BankOrderState(row.state), happening)
    row.state, row.held, row.waits = state.value, "", state in OF_A_PERSON
    add_event(session, row, happening, actor, detail=detail, file=file, entry=entry, payment=payment)


def add_event(
    session: Session,
    row: BankOrderRow,
    happening: BankOrderHappening,
    actor: OrderActor,
    *,
    detail: str = "",
    file: int | None = None,
    entry: int | None = None,
    payment: int | None = None,
) -> None:
    """Add an event beside an order, wherever it stands."""
    session.add(
        BankOrderEventRow(
            order_id=row.id,
            kind=happening.value,
            at=actor.at,
            file_id=row.file_id if file is None else file,
            entry_id=entry,
            payment_id=payment,
            amount=row.amount,
            detail=detail,
            recorded_by=actor.by,
        )
    )


def saved(session: Session, row: BankOrderRow) -> KnownBankOrder:
    """Write an order, and read it as it stands then."""
    session.flush()
    session.refresh(row)
    return known_bank_orders(session, [row])[0]


def _events(session: Session, keys: Collection[int]) -> Mapping[int, list[BankOrderEventRow]]:
    chosen = select(BankOrderEventRow).where(col(BankOrderEventRow.order_id).in_(sorted(keys)))
    events: dict[int, list[BankOrderEventRow]] = defaultdict(list)
    for event in session.exec(chosen.order_by(col(BankOrderEventRow.id))):
        events[event.order_id].append(event)
    return events


def known_bank_orders(session: Session, rows: Sequence[BankOrderRow]) -> list[KnownBankOrder]:
    """Read orders with their events, in their order."""
    events = _events(session, [row.id for row in rows])
    documents = by_key(session, (row.invoice_id for row in rows if row.invoice_id is not None))
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.party_id)})
    return [
        KnownBankOrder(
            id=row.id,
            reference=row.reference,
            purpose=row.purpose,
            key=row.key or "",
            document="" if row.invoice_id is None else documents[row.invoice_id].number or "",
            supplier=names.get(row.issuer_id, ""),
            party=names.get(row.party_id, ""),
            currency=row.currency,
            amount=row.asked if row.amount is None else row.amount,
            scheme=None if row.scheme is None else DebitScheme(row.scheme),
            sequence=None if row.sequence is None else SequenceType(row.sequence),
            due_on=row.due_on,
            day=row.day,
            account=row.account,
            holder=row.holder,
            state=BankOrderState(row.state),
            held=row.held,
            waits=row.waits,
            file=row.file_id,
            payment=row.payment_id,
            entry=row.entry_id,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            events=tuple(
                BankOrderEvent(
                    kind=BankOrderHappening(event.kind),
                    at=event.at,
                    file=event.file_id,
                    entry=event.entry_id,
                    payment=event.payment_id,
                    amount=event.amount,
                    detail=event.detail,
                    by=event.recorded_by,
                )
                for event in events.get(row.id, ())
            ),
        )
        for row in rows
    ]
