"""Rows ⇄ what is known for matching; entries matched, recorded as payments, and settled by persons.

One transaction of a tenant matches at a time. What is open was read before the account is locked: where a document was
paid or voided meanwhile, recording refuses, and the entry waits.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select as columns
from sqlalchemy import type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from billing.bank.advices.store import answer_advice, open_advices
from billing.bank.entries.store import EntryState, bank_entry, hold_bank, locked_entry, queue_entry, queued_rows
from billing.bank.matching.books import BankBooks, BookedDocument, EarlierReceipt, bank_books
from billing.bank.matching.decision import (
    BankDecision,
    BookedOrders,
    ExpectedPayout,
    MatchedAmount,
    MatchedDocuments,
    MatchedReturn,
    MatchRule,
    PaymentCameBack,
    QueuedEntry,
    QueueReason,
    ShortReason,
)
from billing.bank.matching.matching import decide
from billing.bank.orders.recorded import (
    BookedEntry,
    book_orders,
    note_returned,
    order_receipts,
    outstanding_orders,
    paid_by_orders,
    take_back_payment,
)
from billing.bank.orders.store import OrderActor
from billing.bank.payers.store import confirmed_payers
from billing.bank.statements.entry import NOTHING, BankEntry
from billing.bank.tables import BankEntryRow, BankMatchRow
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import document, supplier_names
from billing.receivables.standings import DISCOUNTED, OPEN, settlements
from billing.receivables.store import NewPayment, party_names, record_payment, reverse_payment
from billing.receivables.store import payment as recorded
from billing.tables import InvoiceRow, PaymentRow
from contracts.cash_discount import CashDiscount
from metering.tables import within_tenant
from quantities.errors import Conflict, Invalid, UsufructError

#: How long a payment may be taken back: a debit without a mandate for thirteen months.
_RETURNED_WITHIN = timedelta(days=430)
_REFERENCE_MAX = 150


class BankEntrySettled(Conflict):
    """The entry became a payment, or is settled otherwise."""


class EntryIsNoReceipt(Invalid):
    """Nothing was received by the entry that documents could be paid with."""


class NothingMatched(Invalid):
    """No document and no customer is named."""


@dataclass(frozen=True, slots=True)
class MatchActor:
    """Who records what is matched, and when."""

    by: str
    at: datetime


def load_books(session: Session, entries: Sequence[BankEntry]) -> BankBooks:
    """Read all that entries are matched against.

    Args:
        session: states the tenant.
        entries: that are matched. Of what came in before, only what one of them may take back is read, by its amount:
            of all others a year of payments would be read for each statement.
    """
    back = [entry for entry in entries if entry.returned is not None]
    books = bank_books(
        _documents(session),
        confirmed_payers(session),
        advices=open_advices(session),
        orders=outstanding_orders(session),
    )
    if not back:
        return books
    since = min(entry.booked_on for entry in back) - _RETURNED_WITHIN
    amounts = {-amount for entry in back for amount in (entry.amount, entry.before_charges) if amount is not None}
    return replace(
        books,
        receipts=(*_receipts(session, since, amounts), *order_receipts(session, since, amounts=amounts)),
        paid_orders=tuple(paid_by_orders(session, since, amounts=amounts)),
    )


def _documents(session: Session) -> list[BookedDocument]:
    """Read all issued documents, the settled ones too: who names one of these names no other.

    Of each only what is matched with: all of what 100,000 were computed from takes longer than the rest together.
    """
    row = InvoiceRow
    named: list[Any] = [
        col(row.id),
        col(row.number),
        col(row.issuer_id),
        col(row.customer_id),
        col(row.currency),
        col(row.gross),
        col(row.payable),
        OPEN.label("open"),
        DISCOUNTED.label("discounted"),
        type_coerce(row.inputs, JSONB)["cash_discount"].label("steps"),
        col(row.issued_on),
        col(row.voided_on),
    ]
    chosen: Any = columns(*named).where(col(row.number).is_not(None), col(row.within_id).is_(None))
    rows = session.execute(chosen.order_by(col(row.id))).all()
    suppliers = supplier_names(session)
    customers = party_names(session, {one.customer_id for one in rows})
    return [
        BookedDocument(
            number=one.number,
            supplier=suppliers[one.issuer_id],
            customer=customers[one.customer_id],
            currency=one.currency,
            gross=one.gross,
            payable=one.payable,
            open=one.open,
            issued_on=one.issued_on,
            discounted=one.discounted,
            steps=tuple(CashDiscount.model_validate(step) for step in one.steps or ()),
            is_void=one.voided_on is not None,
        )
        for one in rows
    ]


def _receipts(session: Session, since: date, amounts: Collection[Decimal]) -> list[EarlierReceipt]:
    match, entry, reversal = BankMatchRow, BankEntryRow, aliased(PaymentRow)
    chosen: Any = (
        columns(col(match.payment_id), entry, col(reversal.id).label("reversal"))
        .join(entry, within_tenant(entry.id, match.entry_id))
        .join(reversal, within_tenant(reversal.reverses_id, match.payment_id), isouter=True)
        .where(col(entry.state) == EntryState.MATCHED, col(entry.booked_on) >= since, col(entry.amount).in_(amounts))
    )
    return [
        _receipt(payment, bank_entry(row), is_reversed=reversed_by is not None)
        for payment, row, reversed_by in session.execute(chosen.order_by(col(match.id)))
    ]


def _receipt(payment: int, entry: BankEntry, *, is_reversed: bool = False) -> EarlierReceipt:
    return EarlierReceipt(
        payment=payment,
        account=entry.account,
        amount=entry.amount,
        currency=entry.currency,
        booked_on=entry.booked_on,
        end_to_end=entry.references.end_to_end,
        of_bank=entry.references.of_bank,
        party_account=entry.party.account,
        is_reversed=is_reversed,
    )


def match_entries(session: Session, numbers: Iterable[int], actor: MatchActor) -> None:
    """Decide entries in their order and record what they are; the caller holds the bank."""
    rows = [locked_entry(session, number) for number in numbers]
    if not rows:
        return
    entries = [bank_entry(row) for row in rows]
    books = load_books(session, entries)
    for row, entry in zip(rows, entries, strict=True):
        books = _recorded(session, row, entry, decide(entry, books), books, actor=actor)
    session.flush()


def match_queue(session: Session, actor: MatchActor) -> int:
    """Decide again what waits, with what is known now; say how many of it do not wait any more."""
    hold_bank(session)
    waiting = [row.id for row in queued_rows(session)]
    match_entries(session, waiting, actor)
    return len(waiting) - len(queued_rows(session))


def _recorded(
    session: Session,
    row: BankEntryRow,
    entry: BankEntry,
    decision: BankDecision,
    books: BankBooks,
    *,
    actor: MatchActor,
) -> BankBooks:
    """Record a decision; say what is known then."""
    match decision:
        case QueuedEntry():
            queue_entry(row, decision)
        case MatchedDocuments():
            return _paid(session, row, entry, decision, books, actor=actor)
        case MatchedReturn():
            return _taken_back(session, row, decision, books, actor)
        case BookedOrders():
            return _booked(session, row, decision, books, actor)
        case PaymentCameBack():
            return _came_back(session, row, decision, books, actor)
        case ExpectedPayout():
            row.state, row.reason, row.candidates = EntryState.PAYOUT, "", ""
        case _:
            row.state, row.reason, row.candidates = EntryState.NO_PAYMENT, "", ""
    return books


def _paid(
    session: Session,
    row: BankEntryRow,
    entry: BankEntry,
    matched: MatchedDocuments,
    books: BankBooks,
    *,
    actor: MatchActor,
) -> BankBooks:
    try:
        with session.begin_nested():
            payment = _record(session, row.id, entry, matched, actor)
            if matched.advice is not None:
                answer_advice(session, matched.advice, row.id)
    except UsufructError:
        numbers = tuple(part.document for part in matched.amounts)
        queue_entry(row, QueuedEntry(QueueReason.CHANGED_MEANWHILE, numbers))
        return books
    row.state, row.reason, row.candidates = EntryState.MATCHED, "", ""
    books = books.paid(matched.supplier, [(part.document, part.amount, part.discount) for part in matched.amounts])
    books = books.with_receipt(_receipt(payment, entry))
    return books if matched.advice is None else books.without_advice(matched.advice)


def _record(session: Session, number: int, entry: BankEntry, matched: MatchedDocuments, actor: MatchActor) -> int:
    """Record the payment that an entry is; say its number."""
    new = NewPayment(
        customer=matched.customer,
        supplier=matched.supplier or None,
        currency=entry.currency,
        amount=entry.amount,
        received_on=entry.received_on,
        reference=_reference(number, entry),
        payer=entry.party.name,
        allocations=tuple(AllocatedAmount(part.document, part.amount, part.discount) for part in matched.amounts),
    )
    payment, _ = record_payment(session, new, by=actor.by, at=actor.at)
    session.add(
        BankMatchRow(
            entry_id=number,
            payment_id=payment.id,
            rule=matched.rule,
            short=matched.short,
            short_reason=matched.short_reason,
            charges=NOTHING,
            matched_by=actor.by,
            matched_at=actor.at,
        )
    )
    session.flush()
    return payment.id


def _reference(number: int, entry: BankEntry) -> str:
    """Refer to an entry of the bank: by its own identification, and by ours, which no other has."""
    return f"{entry.references.of_bank[:_REFERENCE_MAX]} (bank entry {number})".strip()


def _taken_back(
    session: Session, row: BankEntryRow, matched: MatchedReturn, books: BankBooks, actor: MatchActor
) -> BankBooks:
    entry = bank_entry(row)
    try:
        with session.begin_nested():
            _reverse(session, row.id, entry, matched, MatchRule.REFERENCE, actor)
    except UsufructError:
        queue_entry(row, QueuedEntry(QueueReason.CHANGED_MEANWHILE))
        return books
    row.state, row.reason, row.candidates = EntryState.RETURNED, "", ""
    return _opened_again(session, books.with_reversed(matched.payment), matched.payment)


def _reverse(
    session: Session, number: int, entry: BankEntry, matched: MatchedReturn, rule: MatchRule, actor: MatchActor
) -> None:
    reversal = reverse_payment(
        session, matched.payment, reference=_reference(number, entry), on=entry.booked_on, by=actor.by, at=actor.at
    )
    session.add(match_row(number, reversal.id, rule, matched.charges, actor))
    session.flush()
    note_returned(
        session,
        matched.payment,
        reversal=reversal.id,
        entry=number,
        reason=matched.reason,
        actor=OrderActor(actor.by, actor.at),
    )


def match_row(number: int, payment: int, rule: MatchRule, charges: Decimal, actor: MatchActor) -> BankMatchRow:
    """Say by which rule an entry became a payment, and what the bank took with it."""
    return BankMatchRow(
        entry_id=number,
        payment_id=payment,
        rule=rule,
        short=NOTHING,
        short_reason=None,
        charges=charges,
        matched_by=actor.by,
        matched_at=actor.at,
    )


def _booked(
    session: Session, row: BankEntryRow, booked: BookedOrders, books: BankBooks, actor: MatchActor
) -> BankBooks:
    """Record orders as booked; one that is an entry of its own is matched as a payment is."""
    entry = bank_entry(row)
    try:
        with session.begin_nested():
            of_entry = BookedEntry(row.id, entry.received_on, entry.amount)
            payments = book_orders(session, booked.orders, of_entry, OrderActor(actor.by, actor.at))
            alone = payments.get(booked.orders[0]) if booked.by_reference else None
            if alone is not None:
                session.add(match_row(row.id, alone, MatchRule.ORDER, NOTHING, actor))
                session.flush()
    except UsufructError:
        queue_entry(row, QueuedEntry(QueueReason.CHANGED_MEANWHILE))
        return books
    row.state, row.reason, row.candidates = EntryState.ORDERED if alone is None else EntryState.MATCHED, "", ""
    session.flush()
    own = [] if alone is None else [_receipt(alone, entry)]
    books = books.without_orders(booked.orders)
    books = replace(
        books,
        receipts=(*books.receipts, *own, *order_receipts(session, entry.booked_on, booked.orders)),
        paid_orders=(*books.paid_orders, *paid_by_orders(session, entry.booked_on, booked.orders)),
    )
    for payment in payments.values():
        paid = recorded(session, payment)
        books = books.paid(paid.supplier, [(one.document, one.amount, one.discount) for one in paid.allocations])
    return books


def _came_back(
    session: Session, row: BankEntryRow, back: PaymentCameBack, books: BankBooks, actor: MatchActor
) -> BankBooks:
    """Record that a payment of ours came back: what it gave back is open again."""
    entry = bank_entry(row)
    try:
        with session.begin_nested():
            of_entry = BookedEntry(row.id, entry.booked_on, entry.amount)
            reversal = take_back_payment(session, back.order, of_entry, back.reason, OrderActor(actor.by, actor.at))
            if reversal is not None:
                session.add(match_row(row.id, reversal, MatchRule.ORDER, NOTHING, actor))
                session.flush()
    except UsufructError:
        queue_entry(row, QueuedEntry(QueueReason.CHANGED_MEANWHILE))
        return books
    row.state, row.reason, row.candidates = EntryState.ORDERED if reversal is None else EntryState.RETURNED, "", ""
    books = books.without_orders([back.order])
    if reversal is None:
        return books
    undone = recorded(session, reversal)
    return books.paid(undone.supplier, [(one.document, one.amount, one.discount) for one in undone.allocations])


def _opened_again(session: Session, books: BankBooks, payment: int) -> BankBooks:
    """Say what is known once a payment was taken back: what it had paid is open again."""
    before = recorded(session, payment)
    return books.paid(before.supplier, [(one.document, -one.amount, -one.discount) for one in before.allocations])


@dataclass(frozen=True, slots=True)
class MatchAsked:
    """What a person says an entry is for.

    Attributes:
        entry: its number.
        amounts: documents with what goes to each; None: as much as is open of it, and is left of the entry.
        customer: whose account the rest is on, where no document says so.
        supplier: whose, where several have a document of one number, or bill the customer.
    """

    entry: int
    amounts: tuple[tuple[str, Decimal | None], ...] = ()
    customer: str | None = None
    supplier: str | None = None


def match_by_person(session: Session, asked: MatchAsked, actor: MatchActor) -> None:
    """Record an entry as the payment that a person says it is.

    Raises:
        UnknownBankEntry: there is no such entry.
        BankEntrySettled: it is settled already.
        NothingMatched: neither a document nor a customer is named.
        UsufructError: the payment cannot be (``billing.receivables.store.record_payment``).
    """
    hold_bank(session)
    row = waiting_entry(session, asked.entry)
    entry = bank_entry(row)
    rows = [document(session, number, asked.supplier) for number, _ in asked.amounts]
    if not rows and asked.customer is None:
        detail = "neither a document nor a customer is named"
        raise NothingMatched(detail, place="/documents", found="", expected="a document, or a customer")
    customer = asked.customer or rows[0].inputs.customer.name
    if rows:
        customer = party_names(session, {rows[0].customer_id})[rows[0].customer_id]
    supplier = supplier_names(session)[rows[0].issuer_id] if rows else asked.supplier
    amounts = _amounts(session, rows, asked, entry.amount)
    short = sum((_open(session, one) for one in rows), NOTHING) - sum((part.amount for part in amounts), NOTHING)
    matched = MatchedDocuments(
        rule=MatchRule.PERSON,
        supplier=supplier or "",
        customer=customer,
        amounts=tuple(amounts),
        short=max(short, NOTHING) if entry.amount > 0 else NOTHING,
        short_reason=ShortReason.PART if short > 0 and entry.amount > 0 else None,
    )
    _record(session, row.id, entry, matched, actor)
    settle(row, EntryState.MATCHED, "", actor)
    session.flush()


def waiting_entry(session: Session, number: int) -> BankEntryRow:
    """Find an entry that a person may settle, and lock it.

    Raises:
        UnknownBankEntry, BankEntrySettled: there is no such entry that waits, or is ignored.
    """
    row = locked_entry(session, number)
    if row.state not in {EntryState.QUEUED, EntryState.IGNORED}:
        detail = f"entry {number} is {row.state}"
        raise BankEntrySettled(
            detail, place=f"entry {number}", found=row.state, expected="an entry that waits, or is ignored"
        )
    return row


def _open(session: Session, row: InvoiceRow) -> Decimal:
    settled = settlements(session, [row.id]).get(row.id, [])
    return row.payable - sum((settlement.amount for settlement in settled), NOTHING)


def _amounts(session: Session, rows: Sequence[InvoiceRow], asked: MatchAsked, received: Decimal) -> list[MatchedAmount]:
    """Say what goes to each document: credit notes first, for what they give goes to the others."""
    left, amounts = received, dict[str, Decimal]()
    stated = dict(asked.amounts)
    for row in sorted(rows, key=lambda row: row.gross > 0):
        number = row.number or ""
        open_ = _open(session, row)
        amount = stated.get(number)
        if amount is None:
            amount = open_ if open_ < 0 else max(NOTHING, min(open_, left))
        amounts[number] = amount
        left -= amount
    return [MatchedAmount(number, amounts[number]) for number, _ in asked.amounts]


def return_by_person(session: Session, number: int, payment: int, actor: MatchActor) -> None:
    """Record an entry as the return of a payment, as a person says.

    Raises:
        UnknownBankEntry, BankEntrySettled: there is no such entry that waits.
        EntryIsNoReceipt: nothing went out by it.
        UsufructError: the payment cannot be reversed (``billing.receivables.store.reverse_payment``).
    """
    hold_bank(session)
    row = waiting_entry(session, number)
    entry = bank_entry(row)
    before = recorded(session, payment)
    if entry.amount >= 0 or entry.amount + before.amount > 0 or entry.currency != before.currency:
        detail = f"{entry.amount:f} {entry.currency} does not take back {before.amount:f} {before.currency}"
        expected = f"{-before.amount:f} {before.currency}, or more by the charges"
        raise EntryIsNoReceipt(detail, place="/payment", found=f"{entry.amount:f} {entry.currency}", expected=expected)
    reason = "" if entry.returned is None else entry.returned.reason
    matched = MatchedReturn(payment, -entry.amount - before.amount, reason)
    _reverse(session, row.id, entry, matched, MatchRule.PERSON, actor)
    settle(row, EntryState.RETURNED, "", actor)
    session.flush()


def ignore_entry(session: Session, number: int, reason: str, actor: MatchActor) -> None:
    """Say that an entry is no payment of a document, and why; it can still be matched later.

    Raises:
        UnknownBankEntry, BankEntrySettled: there is no such entry that waits.
    """
    hold_bank(session)
    settle(waiting_entry(session, number), EntryState.IGNORED, reason, actor)
    session.flush()


def settle(row: BankEntryRow, state: EntryState, reason: str, actor: MatchActor) -> None:
    """Note what became of an entry, and by whom; the reason is a person's words."""
    row.state, row.reason, row.candidates = state, reason, ""
    row.settled_by, row.settled_at = actor.by, actor.at
