"""Accounts of rows: what each comes to today, and the statement of one over some days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.receivables.issued import (
    AccountKey,
    UnknownAccount,
    account_key,
    account_of,
    by_key,
    newest_of,
    refuse_ahead,
    today_of_account,
)
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import open_documents, standings_now, standings_on
from billing.receivables.statement import (
    AccountBalance,
    AccountEntries,
    Movement,
    MovementKind,
    balance_of,
    entries_between,
)
from billing.receivables.store import party_names
from billing.records.invoicing import InvoicingRecord
from billing.tables import InvoiceRow, PaymentAllocationRow, PaymentRow, ReceivablesAccountRow, WriteOffRow
from contracts.parties import Party
from contracts.tables import PartyRow
from metering.tables import within_tenant
from quantities.errors import Invalid
from quantities.money import Money


class StatementDaysReversed(Invalid):
    """The statement's days end before they begin."""


class WhichCurrency(Invalid):
    """The customer has accounts in several currencies."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account with what it comes to today.

    Attributes:
        supplier: to whom it is owed, by name.
        customer: who owes it, by name.
        currency: of all amounts.
        balance: what it comes to.
    """

    supplier: str
    customer: str
    currency: str
    balance: AccountBalance


@dataclass(frozen=True, slots=True)
class OpenOnStatement:
    """A document that is open at the end of a statement."""

    number: str
    issued_on: date
    due_on: date
    gross: Decimal
    standing: PaymentStanding


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """The statement of an account over some days.

    Attributes:
        supplier: to whom it is owed, by name.
        customer: who owes it, by name.
        parties: the two as the newest document states them; None where nothing was issued by the last day.
        currency: of all amounts.
        first: the first day.
        last: the last day.
        entries: the lines between the two balances.
        balance: what the account comes to at the end of the last day.
        open_documents: what is open then, the oldest first.
        invoicing: how the newest document is made out; None where nothing was issued by the last day.
    """

    supplier: str
    customer: str
    parties: tuple[Party, Party] | None
    currency: str
    first: date
    last: date
    entries: AccountEntries
    balance: AccountBalance
    open_documents: tuple[OpenOnStatement, ...]
    invoicing: InvoicingRecord | None = None


@dataclass(frozen=True, slots=True)
class StatementAsked:
    """Which statement is asked for.

    Attributes:
        customer: whose, by name.
        currency: of which; None where the customer has accounts in one alone.
        supplier: of whom, by name; None where there is one.
        first: the first day; the first of the last day's year without it.
        last: the last day; today in the supplier's books without it.
    """

    customer: str
    currency: str | None = None
    supplier: str | None = None
    first: date | None = None
    last: date | None = None


def accounts(session: Session, now: datetime) -> list[KnownAccount]:
    """List the accounts that are visible here with what they come to today: by customer, supplier and currency."""
    documents: dict[AccountKey, list[InvoiceRow]] = defaultdict(list)
    for row in open_documents(session):
        documents[account_of(row)].append(row)
    stands = standings_now(session, [row for rows in documents.values() for row in rows], now)
    paid = _on_account(session, None)
    keys = {*_accounts_with_documents(session), *paid}
    names = party_names(session, {key.issuer_id for key in keys} | {key.customer_id for key in keys})
    known = [
        KnownAccount(
            supplier=names.get(key.issuer_id, ""),
            customer=names.get(key.customer_id, ""),
            currency=key.currency,
            balance=balance_of([stands[row.id] for row in documents.get(key, ())], paid.get(key, _zero(key.currency))),
        )
        for key in keys
    ]
    return sorted(known, key=lambda account: (account.customer, account.supplier, account.currency))


def account_statement(session: Session, asked: StatementAsked, now: datetime) -> AccountStatement:
    """Write out an account over some days.

    Args:
        session: states the tenant, and the party where a customer asks.
        asked: which.
        now: the instant.

    Raises:
        UnknownAccount, WhichSupplier, WhichCurrency: there is no such account, or there are several.
        StatementDaysReversed: the days end before they begin.
        DayAhead: the last day lies ahead.
    """
    currency = asked.currency or _only_currency(session, asked)
    key = account_key(session, asked.customer, currency, asked.supplier)
    today = today_of_account(session, key, now)
    last = asked.last or today
    first = asked.first or last.replace(month=1, day=1)
    refuse_ahead(last, today, "/query/to")
    if last < first:
        detail = f"{last} is before {first}"
        raise StatementDaysReversed(detail, place="/query/to", found=str(last), expected=f"{first} or later")
    documents = _documents(session, key, last)
    stands = standings_on(session, documents, last, now)
    newest = documents[-1] if documents else newest_of(session, key)
    names = party_names(session, {key.issuer_id, key.customer_id})
    return AccountStatement(
        supplier=newest.inputs.supplier.name if newest else names.get(key.issuer_id, ""),
        customer=names.get(key.customer_id, asked.customer),
        parties=(documents[-1].inputs.supplier, documents[-1].inputs.customer) if documents else None,
        currency=key.currency,
        first=first,
        last=last,
        entries=entries_between(_movements(session, key, documents, last), first, last, _zero(currency)),
        balance=balance_of(list(stands.values()), _on_account(session, last).get(key, _zero(currency))),
        open_documents=tuple(
            OpenOnStatement(row.number or "", row.issued_on or last, row.due_on or last, row.gross, stands[row.id])
            for row in documents
            if stands[row.id].open
        ),
        invoicing=documents[-1].inputs.invoicing if documents else None,
    )


def _zero(currency: str) -> Decimal:
    return Money(Decimal(0), currency).rounded().amount


def _only_currency(session: Session, asked: StatementAsked) -> str:
    """Name the currency of the only account of a customer.

    Raises:
        UnknownAccount: there is none.
        WhichCurrency: there are several.
    """
    of_name = select(PartyRow.id).where(PartyRow.name == asked.customer).scalar_subquery()
    billed = select(InvoiceRow.currency).where(InvoiceRow.customer_id == of_name, col(InvoiceRow.number).is_not(None))
    paid = select(ReceivablesAccountRow.currency).where(ReceivablesAccountRow.customer_id == of_name)
    known: list[str] = sorted({*session.exec(billed.distinct()), *session.exec(paid)})
    if not known:
        detail = f"there is no account of {asked.customer!r} here"
        raise UnknownAccount(detail, found=asked.customer, expected="a customer to whom something was issued")
    if len(known) > 1:
        detail = f"{asked.customer} has accounts in {', '.join(known)}"
        raise WhichCurrency(detail, place="/query/currency", expected=known)
    return known[0]


def _documents(session: Session, key: AccountKey, last: date) -> Sequence[InvoiceRow]:
    """List the documents of an account that were issued by a day and count, in the order of their dates."""
    row = InvoiceRow
    of_account = select(row).where(
        row.issuer_id == key.issuer_id, row.customer_id == key.customer_id, row.currency == key.currency
    )
    issued = of_account.where(
        col(row.number).is_not(None),
        col(row.within_id).is_(None),
        col(row.issued_on) <= last,
        col(row.voided_on).is_(None),
    )
    return session.exec(issued.order_by(col(row.issued_on), col(row.id))).all()


def _accounts_with_documents(session: Session) -> list[AccountKey]:
    row = InvoiceRow
    chosen = select(row.issuer_id, row.customer_id, row.currency).where(col(row.number).is_not(None)).distinct()
    return [AccountKey(*key) for key in session.exec(chosen)]


def _on_account(session: Session, until: date | None) -> Mapping[AccountKey, Decimal]:
    """Add up what of payments is allocated to nothing, at the end of a day or by all that is recorded, by account."""
    row, allocation = PaymentRow, PaymentAllocationRow
    whose = (col(row.issuer_id), col(row.customer_id), col(row.currency))
    paid = columns(*whose, func.sum(col(row.amount)))
    counts = col(InvoiceRow.voided_on).is_(None)  # what is void owes nothing that could be paid, on no day
    allocated = columns(*whose, func.sum(col(allocation.amount))).join(
        allocation, within_tenant(allocation.payment_id, row.id)
    )
    allocated = allocated.join(InvoiceRow, within_tenant(InvoiceRow.id, allocation.invoice_id)).where(counts)
    if until is not None:
        paid = paid.where(col(row.received_on) <= until)
        allocated = allocated.where(col(allocation.counts_on) <= until)
    sums: dict[AccountKey, Decimal] = defaultdict(Decimal)
    for sign, statement in ((1, paid), (-1, allocated)):
        for issuer, customer, currency, amount in session.execute(statement.group_by(*whose)):
            sums[AccountKey(issuer, customer, currency)] += sign * amount
    return sums


def _movements(session: Session, key: AccountKey, documents: Sequence[InvoiceRow], last: date) -> list[Movement]:
    """List all that has changed the balance of an account by a day."""
    numbers = {row.id: row.number or "" for row in documents}
    billed = [
        Movement(row.issued_on, MovementKind.DOCUMENT, row.number or "", row.payable, row.id, due_on=row.due_on)
        for row in documents
        if row.issued_on is not None
    ]
    return [*billed, *_paid(session, key, last), *_written_off(session, numbers, last)]


def _paid(session: Session, key: AccountKey, last: date) -> list[Movement]:
    """List the payments of an account, and the cash discounts that were taken with them of what counts."""
    row, allocation = PaymentRow, PaymentAllocationRow
    of_account = select(row).where(
        row.issuer_id == key.issuer_id, row.customer_id == key.customer_id, row.currency == key.currency
    )
    payments = session.exec(of_account.where(row.received_on <= last).order_by(col(row.id))).all()
    chosen = select(allocation).where(
        col(allocation.payment_id).in_([payment.id for payment in payments]), allocation.counts_on <= last
    )
    allocated = session.exec(chosen.order_by(col(allocation.id))).all()
    documents = by_key(session, (one.invoice_id for one in allocated))
    numbers: dict[int, list[str]] = defaultdict(list)
    for one in allocated:
        numbers[one.payment_id].append(documents[one.invoice_id].number or "")
    paid = [
        Movement(
            payment.received_on,
            MovementKind.PAYMENT,
            payment.reference,
            -payment.amount,
            payment.id,
            tuple(dict.fromkeys(numbers[payment.id])),
        )
        for payment in payments
    ]
    discounts = [
        Movement(
            one.counts_on,
            MovementKind.DISCOUNT,
            documents[one.invoice_id].number or "",
            -one.discount,
            one.id,
        )
        for one in allocated
        if one.discount and documents[one.invoice_id].voided_on is None
    ]
    return [*paid, *discounts]


def _written_off(session: Session, numbers: Mapping[int, str], last: date) -> list[Movement]:
    row = WriteOffRow
    chosen = select(row).where(
        col(row.invoice_id).in_(list(numbers)), col(row.released_at).is_not(None), col(row.counts_on) <= last
    )
    return [
        Movement(
            written_off.counts_on,
            MovementKind.WRITE_OFF,
            numbers[written_off.invoice_id],
            -written_off.amount,
            written_off.id,
        )
        for written_off in session.exec(chosen.order_by(col(row.id)))
        if written_off.counts_on is not None
    ]
