"""Views: what HTTP answers with and the commands print as JSON, of payments, write-offs, accounts and statements."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from billing.receivables.standing import PaymentStanding, PaymentState
from billing.receivables.statement import AccountBalance, MovementKind
from quantities.money import Amount
from quantities.quantity import Magnitude

if TYPE_CHECKING:  # loading them would cost a command that only shows an invoice
    from billing.receivables.accounts import AccountStatement, KnownAccount
    from billing.receivables.store import RecordedAllocation, RecordedPayment, Sending
    from billing.receivables.write_offs import WriteOff


class StandingOut(BaseModel):
    """Where a document stands with its payment; of a draft nothing is open yet.

    Attributes:
        state: `ready` (a draft), `issued`, `sent`, `partly_paid`, `paid`, `overdue`, `written_off` or `void`.
        open: what is still to be paid; below zero of a credit note that is not settled.
        paid: what was paid, or set off.
        discount: the cash discount that was taken.
        written_off: what was given up.
        disputed: the part of `open` that an open dispute covers; it is not overdue.
        days_late: for how many days the rest is overdue.
        sent_on: when it was sent first.
    """

    state: PaymentState
    open: Amount
    paid: Amount
    discount: Amount
    written_off: Amount
    disputed: Amount
    days_late: int
    sent_on: date | None


class SendingOut(BaseModel):
    """A document as it was sent."""

    document: str
    on: date
    how: str
    note: str
    recorded_by: str
    recorded_at: datetime


class DiscountShareOut(BaseModel):
    """The part of a cash discount that is of one tax."""

    category: str
    rate_percent: Magnitude
    taxable: Amount
    tax: Amount


class AllocationOut(BaseModel):
    """What of a payment went to a document; a cash discount with what of it is of which tax."""

    document: str
    amount: Amount
    discount: Amount
    discount_by_tax: Annotated[list[DiscountShareOut], Field(exclude_if=lambda shares: not shares)] = []
    on: date


class PaymentOut(BaseModel):
    """Money received (above zero), paid back, or none, where documents are set off; `on_account` is to no document."""

    payment: int
    supplier: str
    customer: str
    currency: str
    amount: Amount
    on_account: Amount
    received_on: date
    reference: str
    payer: str
    reverses: int | None
    reversed_by: int | None
    recorded_by: str
    recorded_at: datetime
    allocations: list[AllocationOut]


class WriteOffOut(BaseModel):
    """What is given up of a document; it counts once another person has released it, `on` that day."""

    write_off: int
    document: str
    customer: str
    currency: str
    amount: Amount
    reason: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    on: date | None


class AgingOut(BaseModel):
    """What is open and not disputed, by for how many days it is overdue; what is open of credit notes by itself."""

    not_due: Amount
    days_1_to_30: Amount
    days_31_to_60: Amount
    days_61_to_90: Amount
    over_90: Amount
    credits: Amount


class BalanceOut(BaseModel):
    """What an account comes to: `balance` is what is open less what is on account."""

    balance: Amount
    open: Amount
    on_account: Amount
    overdue: Amount
    disputed: Amount
    aging: AgingOut


class AccountBalanceOut(BalanceOut):
    """What one customer owes one supplier in one currency, today."""

    supplier: str
    customer: str
    currency: str


class EntryOut(BaseModel):
    """A line of a statement: by `amount` the balance rises, or falls where it is below zero."""

    on: date
    kind: MovementKind
    reference: str
    documents: Annotated[list[str], Field(exclude_if=lambda documents: not documents)] = []
    due_on: Annotated[date | None, Field(exclude_if=lambda day: day is None)] = None
    amount: Amount
    balance: Amount


class OpenDocumentOut(BaseModel):
    """A document that is open at the end of a statement."""

    document: str
    issued_on: date
    due_on: date
    gross: Amount
    payment: StandingOut


class AccountStatementOut(BaseModel):
    """The statement of an account from one day to another: two balances, and everything between them in order."""

    supplier: str
    supplier_address: list[str]
    customer: str
    customer_address: list[str]
    currency: str
    first: date
    last: date
    opening: Amount
    entries: list[EntryOut]
    closing: Amount
    at_the_end: BalanceOut
    open_documents: list[OpenDocumentOut]


def standing_out(stands: PaymentStanding) -> StandingOut:
    """Show where a document stands."""
    return StandingOut(
        state=stands.state,
        open=stands.open,
        paid=stands.paid,
        discount=stands.discount,
        written_off=stands.written_off,
        disputed=stands.disputed,
        days_late=stands.days_late,
        sent_on=stands.sent_on,
    )


def sending_out(sending: "Sending") -> SendingOut:
    """Show a sending."""
    return SendingOut(
        document=sending.number,
        on=sending.sent_on,
        how=sending.how,
        note=sending.note,
        recorded_by=sending.recorded_by,
        recorded_at=sending.recorded_at,
    )


def payment_out(payment: "RecordedPayment") -> PaymentOut:
    """Show a payment with its allocations."""
    return PaymentOut(
        payment=payment.id,
        supplier=payment.supplier,
        customer=payment.customer,
        currency=payment.currency,
        amount=payment.amount,
        on_account=payment.remainder,
        received_on=payment.received_on,
        reference=payment.reference,
        payer=payment.payer,
        reverses=payment.reverses,
        reversed_by=payment.reversed_by,
        recorded_by=payment.recorded_by,
        recorded_at=payment.recorded_at,
        allocations=[_allocation_out(allocation) for allocation in payment.allocations],
    )


def _allocation_out(allocation: "RecordedAllocation") -> AllocationOut:
    return AllocationOut(
        document=allocation.document,
        amount=allocation.amount,
        discount=allocation.discount,
        discount_by_tax=[
            DiscountShareOut(
                category=share.category, rate_percent=share.rate_percent, taxable=share.taxable, tax=share.tax
            )
            for share in allocation.shares
        ],
        on=allocation.counts_on,
    )


def write_off_out(write_off: "WriteOff") -> WriteOffOut:
    """Show a write-off."""
    return WriteOffOut(
        write_off=write_off.id,
        document=write_off.document,
        customer=write_off.customer,
        currency=write_off.currency,
        amount=write_off.amount,
        reason=write_off.reason,
        prepared_by=write_off.prepared_by,
        prepared_at=write_off.prepared_at,
        released_by=write_off.released_by,
        released_at=write_off.released_at,
        on=write_off.counts_on,
    )


def balance_out(balance: AccountBalance) -> BalanceOut:
    """Show what an account comes to."""
    aging = balance.aging
    return BalanceOut(
        balance=balance.balance,
        open=balance.open,
        on_account=balance.on_account,
        overdue=balance.overdue,
        disputed=balance.disputed,
        aging=AgingOut(
            not_due=aging.not_due,
            days_1_to_30=aging.days_1_to_30,
            days_31_to_60=aging.days_31_to_60,
            days_61_to_90=aging.days_61_to_90,
            over_90=aging.over_90,
            credits=aging.credits,
        ),
    )


def account_balance_out(account: "KnownAccount") -> AccountBalanceOut:
    """Show an account with what it comes to."""
    return AccountBalanceOut(
        **dict(balance_out(account.balance)),
        supplier=account.supplier,
        customer=account.customer,
        currency=account.currency,
    )


def account_statement_out(statement: "AccountStatement") -> AccountStatementOut:
    """Show a statement of an account."""
    supplier, customer = statement.parties or (None, None)
    return AccountStatementOut(
        supplier=statement.supplier,
        supplier_address=[] if supplier is None else [*supplier.address, supplier.country],
        customer=statement.customer,
        customer_address=[] if customer is None else [*customer.address, customer.country],
        currency=statement.currency,
        first=statement.first,
        last=statement.last,
        opening=statement.entries.opening,
        entries=[
            EntryOut(
                on=entry.movement.on,
                kind=entry.movement.kind,
                reference=entry.movement.name,
                documents=list(entry.movement.documents),
                due_on=entry.movement.due_on,
                amount=entry.movement.amount,
                balance=entry.balance,
            )
            for entry in statement.entries.entries
        ],
        closing=statement.entries.closing,
        at_the_end=balance_out(statement.balance),
        open_documents=[
            OpenDocumentOut(
                document=document.number,
                issued_on=document.issued_on,
                due_on=document.due_on,
                gross=document.gross,
                payment=standing_out(document.standing),
            )
            for document in statement.open_documents
        ],
    )
