"""Rows ⇄ values of sendings and payments. Facts are added, and never changed: what is undone is another fact.

Whoever changes what is open of an account's documents locks the account first, and reads what is open after that: so of
two at once the second sees what the first has left. A trigger refuses the same, whatever writes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.invoices.store import refuse_void
from billing.receivables.allocating import (
    AllocatedAmount,
    OpenDocument,
    PaymentOnAccount,
    allocations_in_minor_units,
    check_allocations,
    in_minor_units,
    shares_of,
)
from billing.receivables.issued import (
    AccountKey,
    account_key,
    account_of,
    by_key,
    document,
    of_number,
    refuse_ahead,
    supplier_names,
    tax_groups,
    today_of,
    today_of_account,
)
from billing.receivables.payment_query import PaymentQuery
from billing.receivables.standings import settlements
from billing.records.discount import DiscountShareRecord, DiscountShares
from billing.tables import InvoiceRow, PaymentAllocationRow, PaymentRow, ReceivablesAccountRow, SendingRow
from contracts.tables import PartyRow
from metering.log.list_page import Listing
from metering.tables import one_of, within_tenant
from quantities.errors import Conflict, Invalid, NotFound
from quantities.listing import ListPage
from quantities.money import Money
from quantities.number import plain

_NOTHING = Decimal(0)


class UnknownPayment(NotFound):
    """There is no payment of that number here."""


class ReferenceTaken(Conflict):
    """Another payment has this reference."""


class PaymentReversed(Conflict):
    """The payment is reversed, or reverses another."""


class AllocationOfAnotherAccount(Invalid):
    """The document is of another customer or supplier than the payment."""


class AllocationInAnotherCurrency(Invalid):
    """The document is in another currency than the payment."""


class DayBeforeIssue(Invalid):
    """The day lies before the document's date."""


class DayBeforePayment(Invalid):
    """The day lies before the payment, or before what it was allocated to."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A document as it was sent."""

    number: str
    sent_on: date
    how: str
    note: str
    recorded_by: str
    recorded_at: datetime


def record_sending(
    session: Session,
    number: str,
    supplier: str | None,
    *,
    sent_on: date | None,
    how: str,
    note: str,
    by: str,
    at: datetime,
) -> Sending:
    """Record that a document was sent.

    Args:
        session: states the tenant.
        number: of the document.
        supplier: whose, where several have one of that number.
        sent_on: the day; today in the supplier's books without it.
        how: ``mail``, ``portal`` or ``hand``.
        note: in words; may be empty.
        by: who records it.
        at: now.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        DocumentVoid: it is void.
        DayAhead, DayBeforeIssue: the day cannot be.
    """
    row = document(session, number, supplier)
    lock_account(session, account_of(row))  # whoever voids it holds the same lock
    session.refresh(row)
    refuse_void(row)
    today = today_of(row, at)
    day = sent_on or today
    refuse_ahead(day, today, "/on")
    if row.issued_on is not None and day < row.issued_on:
        detail = f"{number} is dated {row.issued_on}, and cannot be sent on {day}"
        raise DayBeforeIssue(detail, place="/on", found=str(day), expected=f"{row.issued_on} at the earliest")
    sending = SendingRow(
        invoice_id=row.id, customer_id=row.customer_id, sent_on=day, how=how, note=note, recorded_by=by, recorded_at=at
    )
    session.add(sending)
    session.flush()
    session.refresh(sending)
    return _sending(number, sending)


def sendings(session: Session, number: str, supplier: str | None) -> list[Sending]:
    """List when a document was sent, in the order in which it was recorded.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
    """
    row = document(session, number, supplier)
    chosen = select(SendingRow).where(SendingRow.invoice_id == row.id).order_by(col(SendingRow.id))
    return [_sending(number, sending) for sending in session.exec(chosen)]


def _sending(number: str, row: SendingRow) -> Sending:
    return Sending(number, row.sent_on, row.how, row.note, row.recorded_by, row.recorded_at)


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment as it is to be recorded.

    Attributes:
        customer: by name.
        supplier: by name; None while one alone bills the customer.
        currency: of all amounts.
        amount: received; below zero paid back; zero where documents are set off against each other.
        received_on: the day.
        reference: of the bank, or of whoever records it; one payment of a supplier has it.
        payer: who paid, where it was another than the customer.
        allocations: to which documents; what is left stays on account.
    """

    customer: str
    supplier: str | None
    currency: str
    amount: Decimal
    received_on: date
    reference: str
    payer: str = ""
    allocations: tuple[AllocatedAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedAllocation:
    """What of a payment went to a document as of a day, and whether it was recorded with the payment."""

    document: str
    amount: Decimal
    discount: Decimal
    shares: tuple[DiscountShareRecord, ...]
    counts_on: date
    is_first: bool


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """A payment with what it was allocated to.

    Attributes:
        id: its number.
        supplier: who received it, by name; empty where a customer asks and nothing of it was issued.
        customer: whose account it is on.
        currency: of its amounts.
        amount: received, or paid back.
        received_on: the day.
        reference: of it.
        payer: who paid, where it was another.
        reverses: the number of the payment that it reverses.
        reversed_by: the number of the payment that reverses it.
        recorded_by: by whom.
        recorded_at: when.
        allocations: in the order in which they were recorded.
    """

    id: int
    supplier: str
    customer: str
    currency: str
    amount: Decimal
    received_on: date
    reference: str
    payer: str
    reverses: int | None
    reversed_by: int | None
    recorded_by: str
    recorded_at: datetime
    allocations: tuple[RecordedAllocation, ...] = field(default_factory=tuple)

    @property
    def remainder(self) -> Decimal:
        """What of it is allocated to nothing; of one that is reversed, the reversal has the opposite."""
        return self.amount - sum((allocation.amount for allocation in self.allocations), _NOTHING)

    @property
    def at_first(self) -> frozenset[tuple[str, Decimal, Decimal]]:
        """What it was allocated to when it was recorded."""
        return frozenset(
            (allocation.document, allocation.amount, allocation.discount)
            for allocation in self.allocations
            if allocation.is_first
        )


def record_payment(session: Session, new: NewPayment, *, by: str, at: datetime) -> tuple[RecordedPayment, bool]:
    """Record a payment and allocate it; the same payment once more changes nothing.

    Args:
        session: states the tenant.
        new: the payment.
        by: who records it.
        at: now.

    Returns:
        The payment, and whether it is a new one: false where it was recorded before, by its reference and all else.

    Raises:
        UnknownAccount, WhichSupplier: there is no such account.
        ReferenceTaken: another payment has the reference.
        DayAhead, AmountNotRounded: the payment itself cannot be.
        UnknownInvoice, DocumentNotIssued, AllocationOfAnotherAccount, AllocationInAnotherCurrency, DocumentVoid: a
            document is none of the account, or is void.
        UsufructError: an allocation does not fit (``allocating.check_allocations``).
    """
    key = account_key(session, new.customer, new.currency, new.supplier)
    new = replace(
        new,
        amount=in_minor_units(new.amount, new.currency, "/amount"),
        allocations=allocations_in_minor_units(new.allocations, new.currency),
    )
    account = lock_account(session, key)
    of_reference = select(PaymentRow).where(
        PaymentRow.issuer_id == key.issuer_id, PaymentRow.reference == new.reference
    )
    before = session.exec(of_reference).first()
    if before is not None:
        known = _recorded(session, [before])[0]
        _refuse_other_content(new, key, before, known)
        return known, False
    refuse_ahead(new.received_on, today_of_account(session, key, at), "/received_on")
    documents = _documents(session, key, new.allocations)
    paid = PaymentOnAccount(new.amount, new.amount, new.received_on, on_account(session, account), is_new=True)
    check_allocations(paid, new.allocations, _opened(session, documents), key.currency)
    row = PaymentRow(
        account_id=account,
        issuer_id=key.issuer_id,
        customer_id=key.customer_id,
        currency=key.currency,
        amount=new.amount,
        received_on=new.received_on,
        reference=new.reference,
        payer=new.payer,
        recorded_by=by,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    _allocate(session, row, list(zip(new.allocations, documents, strict=True)), by=by, at=at, day=None)
    return payment(session, row.id), True


def _refuse_other_content(new: NewPayment, key: AccountKey, row: PaymentRow, known: RecordedPayment) -> None:
    given = frozenset((one.document, one.amount, one.discount) for one in new.allocations)
    stated = (key.customer_id, key.currency, new.amount, new.received_on, new.payer, given)
    stored = (row.customer_id, row.currency, row.amount, row.received_on, row.payer, known.at_first)
    if stated != stored or row.reverses_id is not None:
        paid = f"{plain(row.amount)} {row.currency} of {row.received_on}"
        detail = f"payment {row.id}, {paid}, has the reference {new.reference!r}, and is another one"
        raise ReferenceTaken(
            detail, place="/reference", found=new.reference, expected=f"the same payment, {paid}, or another reference"
        )


def allocate_payment(
    session: Session, number: int, allocations: Sequence[AllocatedAmount], *, by: str, at: datetime
) -> RecordedPayment:
    """Allocate what of a payment is on account; it counts from today on, a cash discount by the day of the payment.

    Raises:
        UnknownPayment: there is none of that number.
        PaymentReversed: it is reversed, or reverses another.
        UnknownInvoice, DocumentNotIssued, AllocationOfAnotherAccount, AllocationInAnotherCurrency, DocumentVoid: a
            document is none of the account, or is void.
        UsufructError: an allocation does not fit (``allocating.check_allocations``).
    """
    row = _locked(session, number)
    _refuse_reversed(session, row)
    key = AccountKey(row.issuer_id, row.customer_id, row.currency)
    allocations = allocations_in_minor_units(allocations, key.currency)
    documents = _documents(session, key, allocations)
    remainder = _recorded(session, [row])[0].remainder
    paid = PaymentOnAccount(row.amount, remainder, row.received_on, on_account(session, row.account_id), is_new=False)
    check_allocations(paid, allocations, _opened(session, documents), key.currency)
    today = today_of_account(session, key, at)
    _allocate(session, row, list(zip(allocations, documents, strict=True)), by=by, at=at, day=today)
    return payment(session, number)


def reverse_payment(
    session: Session, number: int, *, reference: str, on: date | None, by: str, at: datetime
) -> RecordedPayment:
    """Reverse a payment: another one of the opposite amount, which takes back all that it was allocated to.

    Args:
        session: states the tenant.
        number: of the payment.
        reference: of the reversal, as the bank states it.
        on: the day; today in the supplier's books without it.
        by: who records it.
        at: now.

    Returns:
        The reversal.

    Raises:
        UnknownPayment: there is none of that number.
        PaymentReversed: it is reversed already, or reverses another.
        ReferenceTaken: another payment has the reference.
        DayAhead, DayBeforePayment: the day cannot be.
    """
    row = _locked(session, number)
    _refuse_reversed(session, row)
    key = AccountKey(row.issuer_id, row.customer_id, row.currency)
    taken = select(PaymentRow.id).where(PaymentRow.issuer_id == key.issuer_id, PaymentRow.reference == reference)
    if (other := session.exec(taken).first()) is not None:
        detail = f"payment {other} has the reference {reference!r}"
        raise ReferenceTaken(detail, place="/reference", found=reference, expected="another reference")
    today = today_of_account(session, key, at)
    day = on or today
    refuse_ahead(day, today, "/on")
    of_payment = select(PaymentAllocationRow).where(PaymentAllocationRow.payment_id == row.id)
    allocated = session.exec(of_payment.order_by(col(PaymentAllocationRow.id))).all()
    earliest = max([row.received_on, *(allocation.counts_on for allocation in allocated)])
    if day < earliest:
        detail = f"payment {number} counts on {earliest}, and cannot be reversed on {day}"
        raise DayBeforePayment(detail, place="/on", found=str(day), expected=f"{earliest} at the earliest")
    reversal = PaymentRow(
        account_id=row.account_id,
        issuer_id=row.issuer_id,
        customer_id=row.customer_id,
        currency=row.currency,
        amount=-row.amount,
        received_on=day,
        reference=reference,
        payer=row.payer,
        reverses_id=row.id,
        recorded_by=by,
        recorded_at=at,
    )
    session.add(reversal)
    session.flush()
    for allocation in allocated:
        session.add(_taken_back(allocation, reversal, day))
    session.flush()
    return payment(session, reversal.id)


def _taken_back(allocation: PaymentAllocationRow, reversal: PaymentRow, day: date) -> PaymentAllocationRow:
    shares = allocation.shares
    return PaymentAllocationRow(
        payment_id=reversal.id,
        invoice_id=allocation.invoice_id,
        customer_id=allocation.customer_id,
        amount=-allocation.amount,
        discount=-allocation.discount,
        shares=None
        if shares is None
        else DiscountShares(
            shares=tuple(
                share.model_copy(update={"taxable": -share.taxable, "tax": -share.tax}) for share in shares.shares
            )
        ),
        counts_on=day,
        is_first=True,
        recorded_by=reversal.recorded_by,
        recorded_at=reversal.recorded_at,
    )


def payment(session: Session, number: int) -> RecordedPayment:
    """Read a payment.

    Raises:
        UnknownPayment: there is none of that number here.
    """
    row = session.exec(select(PaymentRow).where(PaymentRow.id == number)).one_or_none()
    if row is None:
        raise UnknownPayment(f"there is no payment {number} here", found=number)
    return _recorded(session, [row])[0]


def payments(session: Session, query: PaymentQuery) -> ListPage[RecordedPayment]:
    """List payments in pages, in the order in which they were recorded.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_recorded(session, [row[0] for row in page.rows])))


def lock_account(session: Session, key: AccountKey) -> int:
    """Lock an account until the transaction ends, the first time by making its row; say its key."""
    values = {"issuer_id": key.issuer_id, "customer_id": key.customer_id, "currency": key.currency}
    session.execute(insert(ReceivablesAccountRow).values(**values).on_conflict_do_nothing())
    row = ReceivablesAccountRow
    chosen = select(row.id).where(
        row.issuer_id == key.issuer_id, row.customer_id == key.customer_id, row.currency == key.currency
    )
    return session.exec(chosen.with_for_update()).one()


def on_account(session: Session, account: int) -> Decimal:
    """Add up what of an account's payments is allocated to nothing, by all that is recorded."""
    paid = select(func.coalesce(func.sum(PaymentRow.amount), 0)).where(PaymentRow.account_id == account)
    allocated = (
        select(func.coalesce(func.sum(PaymentAllocationRow.amount), 0))
        .join(PaymentRow, within_tenant(PaymentRow.id, PaymentAllocationRow.payment_id))
        .where(PaymentRow.account_id == account)
    )
    return Decimal(session.exec(paid).one()) - Decimal(session.exec(allocated).one())


def _locked(session: Session, number: int) -> PaymentRow:
    """Find a payment and lock its account."""
    row = session.exec(select(PaymentRow).where(PaymentRow.id == number)).one_or_none()
    if row is None:
        raise UnknownPayment(f"there is no payment {number} here", found=number)
    lock_account(session, AccountKey(row.issuer_id, row.customer_id, row.currency))
    return row


def _refuse_reversed(session: Session, row: PaymentRow) -> None:
    if row.reverses_id is not None:
        detail = f"payment {row.id} reverses payment {row.reverses_id}"
        raise PaymentReversed(detail, found=row.id, expected="a payment that reverses none")
    reversal = session.exec(select(PaymentRow.id).where(PaymentRow.reverses_id == row.id)).first()
    if reversal is not None:
        detail = f"payment {row.id} is reversed by payment {reversal}"
        raise PaymentReversed(detail, found=row.id, expected="a payment that is not reversed")


def _documents(session: Session, key: AccountKey, allocations: Sequence[AllocatedAmount]) -> list[InvoiceRow]:
    """Find the document of each allocation among those of the account."""
    return [
        _of_account(session, key, allocation.document, f"/allocations/{place}/document")
        for place, allocation in enumerate(allocations)
    ]


def _of_account(session: Session, key: AccountKey, number: str, place: str) -> InvoiceRow:
    rows = of_number(session, number)
    of_issuer = [row for row in rows if row.issuer_id == key.issuer_id]
    if not rows:
        document(session, number)  # raises
    row = (of_issuer or list(rows))[0]
    if account_of(row).issuer_id != key.issuer_id or row.customer_id != key.customer_id:
        parties = f"{row.inputs.supplier.name} to {row.inputs.customer.name}"
        detail = f"{number} is of {parties}, and the payment is on another account"
        raise AllocationOfAnotherAccount(detail, place=place, found=number, expected="a document of the same account")
    if row.currency != key.currency:
        detail = f"{number} is in {row.currency}, and the payment in {key.currency}"
        raise AllocationInAnotherCurrency(detail, place=place, found=row.currency, expected=key.currency)
    session.refresh(row)  # as it is once the account is locked
    refuse_void(row, place)
    return row


def _opened(session: Session, rows: Sequence[InvoiceRow]) -> list[OpenDocument]:
    """Say what is open of documents, by all that is recorded."""
    settled = settlements(session, [row.id for row in rows])
    return [
        OpenDocument(
            number=row.number or "",
            gross=row.gross,
            open=row.payable - sum((settlement.amount for settlement in settled.get(row.id, ())), _NOTHING),
            discounted=sum((settlement.discount for settlement in settled.get(row.id, ())), _NOTHING),
            issued_on=row.issued_on or date.min,
            steps=row.inputs.cash_discount,
        )
        for row in rows
    ]


def _allocate(
    session: Session,
    row: PaymentRow,
    chosen: Sequence[tuple[AllocatedAmount, InvoiceRow]],
    *,
    by: str,
    at: datetime,
    day: date | None,
) -> None:
    """Store allocations that are checked, in the order of the documents' keys."""
    for allocation, billed in sorted(chosen, key=lambda pair: pair[1].id):
        shares = None
        if allocation.discount:
            groups = tax_groups(session, billed.id)
            shares = DiscountShares(
                shares=tuple(
                    DiscountShareRecord(
                        category=share.group.tax.category.value,
                        rate_percent=share.group.tax.rate,
                        taxable=share.taxable,
                        tax=share.tax,
                    )
                    for share in shares_of(Money(allocation.discount, row.currency), groups)
                )
            )
        session.add(
            PaymentAllocationRow(
                payment_id=row.id,
                invoice_id=billed.id,
                customer_id=row.customer_id,
                amount=allocation.amount,
                discount=allocation.discount,
                shares=shares,
                counts_on=max(filter(None, (day, row.received_on, billed.issued_on))),
                is_first=day is None,
                recorded_by=by,
                recorded_at=at,
            )
        )
    session.flush()


def _recorded(session: Session, rows: Sequence[PaymentRow]) -> list[RecordedPayment]:
    """Read payments with their allocations, in their order."""
    keys = [row.id for row in rows]
    allocated = select(PaymentAllocationRow).where(col(PaymentAllocationRow.payment_id).in_(keys))
    by_payment: dict[int, list[PaymentAllocationRow]] = defaultdict(list)
    for allocation in session.exec(allocated.order_by(col(PaymentAllocationRow.id))):
        by_payment[allocation.payment_id].append(allocation)
    documents = by_key(session, (one.invoice_id for several in by_payment.values() for one in several))
    reversed_by = dict(
        session.exec(select(PaymentRow.reverses_id, PaymentRow.id).where(col(PaymentRow.reverses_id).in_(keys))).all()
    )
    names = party_names(session, {row.issuer_id for row in rows} | {row.customer_id for row in rows})
    return [
        RecordedPayment(
            id=row.id,
            supplier=names.get(row.issuer_id, ""),
            customer=names.get(row.customer_id, ""),
            currency=row.currency,
            amount=row.amount,
            received_on=row.received_on,
            reference=row.reference,
            payer=row.payer,
            reverses=row.reverses_id,
            reversed_by=reversed_by.get(row.id),
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
            allocations=tuple(_allocation(one, documents) for one in by_payment[row.id]),
        )
        for row in rows
    ]


def _allocation(row: PaymentAllocationRow, documents: Mapping[int, InvoiceRow]) -> RecordedAllocation:
    return RecordedAllocation(
        document=documents[row.invoice_id].number or "",
        amount=row.amount,
        discount=row.discount,
        shares=() if row.shares is None else row.shares.shares,
        counts_on=row.counts_on,
        is_first=row.is_first,
    )


def party_names(session: Session, keys: set[int]) -> Mapping[int, str]:
    """Name parties by their keys: those that are visible here, and suppliers by the newest document that names them."""
    names = dict(session.exec(select(PartyRow.id, PartyRow.name).where(one_of(col(PartyRow.id), keys))).all())
    missing = sorted(keys - names.keys())
    return {**names, **supplier_names(session, one_of(col(InvoiceRow.issuer_id), missing))} if missing else names


def of_name(name: str) -> Any:
    """Select the key of the party of a name, for a comparison within a statement."""
    return select(PartyRow.id).where(PartyRow.name == name).scalar_subquery()


def _of_customer(name: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = col(PaymentRow.customer_id) == of_name(name)
    return condition


_STATEMENT: Any = select(PaymentRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(PaymentRow.id),
    sorts={"payment": col(PaymentRow.id), "received_on": col(PaymentRow.received_on)},
    filters={
        "customer": _of_customer,
        "reference": lambda reference: col(PaymentRow.reference) == reference,
        "currency": lambda currency: col(PaymentRow.currency) == currency,
        "received_from": lambda day: col(PaymentRow.received_on) >= day,
        "received_to": lambda day: col(PaymentRow.received_on) <= day,
    },
    named="payment",
)
