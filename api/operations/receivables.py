"""Receivables as use cases: documents sent, payments recorded, write-offs, accounts and their statements."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from api.audit.note import made
from api.operations.letters import letter_of_account
from billing.documents.document import AccountDocument
from billing.receivables import accounts, store, write_offs
from billing.receivables.accounts import AccountStatement, StatementAsked
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.payment_query import PaymentQuery, WriteOffQuery
from billing.receivables.store import NewPayment
from billing.receivables.views import (
    AccountBalanceOut,
    PaymentOut,
    SendingOut,
    WriteOffOut,
    account_balance_out,
    payment_out,
    sending_out,
    write_off_out,
)
from contracts.release.store import releasing
from quantities.listing import ListPage


def record_sending(
    session: Session,
    number: str,
    supplier: str | None,
    *,
    sent_on: date | None,
    how: str,
    note: str,
    who: str,
    at: datetime,
) -> SendingOut:
    """Record that a document was sent (``billing.receivables.store.record_sending`` says what each argument is)."""
    sent = store.record_sending(session, number, supplier, sent_on=sent_on, how=how, note=note, by=who, at=at)
    made(session, f"sending of {number}")
    return sending_out(sent)


def list_sendings(session: Session, number: str, supplier: str | None) -> list[SendingOut]:
    """List when a document was sent."""
    return [sending_out(sent) for sent in store.sendings(session, number, supplier)]


def record_payment(session: Session, new: NewPayment, *, who: str, at: datetime) -> PaymentOut:
    """Record a payment and allocate it; the same payment once more is answered as it stands, and changes nothing.

    Raises:
        UsufructError: ``billing.receivables.store.record_payment`` says which.
    """
    payment, is_new = store.record_payment(session, new, by=who, at=at)
    if is_new:
        made(session, f"payment {payment.id}")
    return payment_out(payment)


def allocate_payment(
    session: Session, number: int, allocations: Sequence[AllocatedAmount], *, who: str, at: datetime
) -> PaymentOut:
    """Allocate what of a payment is on account.

    Raises:
        UsufructError: ``billing.receivables.store.allocate_payment`` says which.
    """
    return payment_out(store.allocate_payment(session, number, allocations, by=who, at=at))


def reverse_payment(
    session: Session, number: int, *, reference: str, on: date | None, who: str, at: datetime
) -> PaymentOut:
    """Reverse a payment: what it was allocated to is open again.

    Raises:
        UsufructError: ``billing.receivables.store.reverse_payment`` says which.
    """
    reversal = store.reverse_payment(session, number, reference=reference, on=on, by=who, at=at)
    made(session, f"payment {reversal.id}")
    return payment_out(reversal)


def find_payment(session: Session, number: int) -> PaymentOut:
    """Read a payment.

    Raises:
        UnknownPayment: there is none of that number here.
    """
    return payment_out(store.payment(session, number))


def list_payments(session: Session, query: PaymentQuery) -> ListPage[PaymentOut]:
    """List payments in pages, in the order in which they were recorded."""
    page = store.payments(session, query)
    return page.of(tuple(payment_out(payment) for payment in page.rows))


def prepare_write_off(
    session: Session, number: str, supplier: str | None, amount: Decimal, *, reason: str, who: str, at: datetime
) -> WriteOffOut:
    """Prepare a write-off, which another person releases; released at once where one person is enough.

    Raises:
        UsufructError: ``billing.receivables.write_offs.prepare_write_off`` says which.
    """
    acts = releasing(session, who, at)
    write_off = write_offs.prepare_write_off(session, number, supplier, amount, reason=reason, releasing=acts)
    made(session, f"write-off {write_off.id}")
    return write_off_out(write_off)


def release_write_off(session: Session, number: int, *, who: str, at: datetime) -> WriteOffOut:
    """Release a write-off that another person has prepared.

    Raises:
        UsufructError: ``billing.receivables.write_offs.release_write_off`` says which.
    """
    return write_off_out(write_offs.release_write_off(session, number, releasing(session, who, at)))


def list_write_offs(session: Session, query: WriteOffQuery, *, as_customer: bool = False) -> ListPage[WriteOffOut]:
    """List write-offs in pages, the oldest first; a customer sees those alone that count."""
    page = write_offs.write_offs(session, query, as_customer=as_customer)
    return page.of(tuple(write_off_out(write_off) for write_off in page.rows))


def list_accounts(session: Session, at: datetime) -> list[AccountBalanceOut]:
    """List what each customer owes each supplier today, by currency; a customer sees its own."""
    return [account_balance_out(account) for account in accounts.accounts(session, at)]


def account_statement(session: Session, asked: StatementAsked, at: datetime) -> AccountStatement:
    """Write out an account over some days.

    Raises:
        UsufructError: ``billing.receivables.accounts.account_statement`` says which.
    """
    return accounts.account_statement(session, asked, at)


def write_account_statement(session: Session, asked: StatementAsked, document: AccountDocument, at: datetime) -> bytes:
    """Write the statement of an account as a document.

    Raises:
        UsufructError: ``billing.receivables.accounts.account_statement`` says which.
    """
    statement = accounts.account_statement(session, asked, at)
    return document.render(statement, letter_of_account(session, statement))
