"""What a bank did of orders, on the books: booked, returned, refused.

What was collected, or given back, becomes a payment in the same transaction as the state. A debit that comes back
reverses its payment, so that the document is open again; the order waits for a person then.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.bank.matching.books import EarlierReceipt
from billing.bank.orders.outstanding import OutstandingOrder, PaidByOrder
from billing.bank.orders.pain002 import BankStatusReport
from billing.bank.orders.payment_to_make import BankOrderState, PaymentPurpose
from billing.bank.orders.state import BankOrderHappening, may_happen
from billing.bank.orders.store import OrderActor, add_event, happens
from billing.bank.orders.tables import BankOrderFileRow, BankOrderRow
from billing.bank.tables import BankEntryRow, BankMatchRow
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import account_of, by_key
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, lock_account, party_names, record_payment, reverse_payment
from metering.tables import one_of, within_tenant
from quantities.errors import NotFound

_NOTHING = Decimal(0)


class UnknownOrderMessage(NotFound):
    """No file of that identification was taken here."""


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """By which entry of the bank something is booked.

    Attributes:
        number: of the entry.
        received_on: the day from which it counts.
        amount: of the entry, signed.
    """

    number: int
    received_on: date
    amount: Decimal


def outstanding_orders(session: Session) -> list[OutstandingOrder]:
    """List the orders that were taken to a bank and are not booked."""
    row, file = BankOrderRow, BankOrderFileRow
    chosen: Any = (
        columns(row, col(file.message_id), col(file.account).label("own"))
        .join(file, within_tenant(file.id, row.file_id))
        .where(col(row.state) == BankOrderState.TAKEN.value)
        .order_by(col(row.id))
    )
    return [
        OutstandingOrder(
            order=order.id,
            reference=order.reference,
            message_id=message_id,
            batch_id=f"{message_id}-{order.batch}",
            account=own,
            currency=order.currency,
            amount=signed(order),
        )
        for order, message_id, own in session.execute(chosen)
    ]


def signed(order: BankOrderRow) -> Decimal:
    """Sign the amount of an order as the bank books it."""
    amount = order.amount or _NOTHING
    return amount if order.scheme is not None else -amount


def order_receipts(
    session: Session, since: date, among: Collection[int] | None = None, *, amounts: Collection[Decimal] | None = None
) -> list[EarlierReceipt]:
    """List what debits of a batch have brought, all, or some by number or amount: a return may take one back."""
    row, entry, match = BankOrderRow, BankEntryRow, BankMatchRow
    matched = select(match.id).where(match.payment_id == row.payment_id).correlate(row).exists()
    chosen = (
        columns(row, entry)
        .join(entry, within_tenant(entry.id, row.entry_id))
        .where(col(row.scheme).is_not(None), col(row.payment_id).is_not(None), col(entry.booked_on) >= since, ~matched)
        .order_by(col(row.id))
    )
    chosen = chosen if among is None else chosen.where(one_of(col(row.id), among))
    chosen = chosen if amounts is None else chosen.where(col(row.amount).in_(amounts))
    return [
        EarlierReceipt(
            payment=order.payment_id or 0,
            account=booked.account,
            amount=order.amount or _NOTHING,
            currency=order.currency,
            booked_on=booked.booked_on,
            end_to_end=order.reference,
            party_account=order.account,
            is_reversed=order.state == BankOrderState.RETURNED,
        )
        for order, booked in session.execute(chosen)
    ]


def paid_by_orders(
    session: Session, since: date, among: Collection[int] | None = None, *, amounts: Collection[Decimal] | None = None
) -> list[PaidByOrder]:
    """List the payments that the bank has booked, all, or some by number or amount (below zero): one may come back."""
    row, entry = BankOrderRow, BankEntryRow
    chosen = (
        columns(row, entry)
        .join(entry, within_tenant(entry.id, row.entry_id))
        .where(col(row.scheme).is_(None), col(row.state) == BankOrderState.DONE.value, col(entry.booked_on) >= since)
        .order_by(col(row.id))
    )
    chosen = chosen if among is None else chosen.where(one_of(col(row.id), among))
    chosen = chosen if amounts is None else chosen.where((-col(row.amount)).in_(amounts))
    return [
        PaidByOrder(order.id, order.reference, booked.account, order.currency, signed(order), booked.booked_on)
        for order, booked in session.execute(chosen)
    ]


def book_orders(session: Session, numbers: Iterable[int], entry: BookedEntry, actor: OrderActor) -> Mapping[int, int]:
    """Record that the bank has booked orders; say, by order, the payment of the customer that each became.

    Raises:
        BankOrderNotSo: one is not with the bank any more.
        UsufructError: a payment cannot be recorded (``billing.receivables.store.record_payment``).
    """
    payments = {}
    for order in _locked(session, numbers):
        payment = None if order.purpose == PaymentPurpose.PAYOUT else _paid(session, order, entry, actor)
        order.entry_id, order.payment_id = entry.number, payment
        happens(session, order, BankOrderHappening.BOOKED, actor, entry=entry.number, payment=payment)
        if payment is not None:
            payments[order.id] = payment
    session.flush()
    return payments


def _locked(session: Session, numbers: Iterable[int]) -> list[BankOrderRow]:
    chosen = select(BankOrderRow).where(one_of(col(BankOrderRow.id), numbers)).order_by(col(BankOrderRow.id))
    return list(session.exec(chosen.with_for_update().execution_options(populate_existing=True)))


def _paid(session: Session, order: BankOrderRow, entry: BookedEntry, actor: OrderActor) -> int:
    """Record what an order brought or gave back: to its document as far as that is open, the rest on account."""
    amount, names = signed(order), party_names(session, {order.issuer_id, order.party_id})
    new = NewPayment(
        customer=names[order.party_id],
        supplier=names[order.issuer_id],
        currency=order.currency,
        amount=amount,
        received_on=entry.received_on,
        reference=f"{order.reference} (bank entry {entry.number})",
        allocations=_allocated(session, order, amount, actor.at),
    )
    return record_payment(session, new, by=actor.by or "", at=actor.at)[0].id


def _allocated(session: Session, order: BankOrderRow, amount: Decimal, now: datetime) -> tuple[AllocatedAmount, ...]:
    if order.invoice_id is None:
        return ()
    invoice = by_key(session, [order.invoice_id])[order.invoice_id]
    lock_account(session, account_of(invoice))
    session.refresh(invoice)
    open_ = standings_now(session, [invoice], now)[invoice.id].open
    if open_ * amount <= 0:
        return ()
    part = min(amount, open_) if amount > 0 else max(amount, open_)
    return (AllocatedAmount(invoice.number or "", part),)


def note_returned(
    session: Session, payment: int, *, reversal: int, entry: int, reason: str, actor: OrderActor
) -> int | None:
    """Note that a debit came back whose payment is reversed; say which order, None where the payment is of none."""
    chosen = select(BankOrderRow).where(BankOrderRow.payment_id == payment).with_for_update()
    order = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        return None
    detail = f"it came back: {reason}" if reason else "it came back"
    happens(session, order, BankOrderHappening.RETURNED, actor, detail=detail, entry=entry, payment=reversal)
    order.held = detail
    session.flush()
    return order.id


def take_back_payment(session: Session, number: int, entry: BookedEntry, reason: str, actor: OrderActor) -> int | None:
    """Record that a payment of ours came back; say the payment that takes it back, None where it was of no customer.

    Raises:
        BankOrderNotSo: it is not booked, or came back before.
        UsufructError: its payment cannot be reversed (``billing.receivables.store.reverse_payment``).
    """
    (order,) = _locked(session, [number])
    back = None
    if order.payment_id is not None:
        reference = f"{order.reference} back (bank entry {entry.number})"
        reversal = reverse_payment(
            session, order.payment_id, reference=reference, on=entry.received_on, by=actor.by or "", at=actor.at
        )
        back = reversal.id
    detail = f"it came back: {reason}" if reason else "it came back"
    happens(session, order, BankOrderHappening.RETURNED, actor, detail=detail, entry=entry.number, payment=back)
    order.held = detail
    session.flush()
    return back


@dataclass(frozen=True, slots=True)
class ReportApplied:
    """What a bank's report came to: orders that it refuses, by number, and references that are none of ours."""

    refused: tuple[int, ...]
    unknown: tuple[str, ...]


def apply_status_report(session: Session, report: BankStatusReport, actor: OrderActor) -> ReportApplied:
    """Record what a bank refuses of a file; the same report once more changes nothing.

    Raises:
        UnknownOrderMessage: no file of that identification was taken here.
    """
    of_message = select(BankOrderFileRow).where(BankOrderFileRow.message_id == report.message_id)
    file = session.exec(of_message).one_or_none()
    if file is None or file.state != "taken":
        detail = f"no file {report.message_id!r} was taken to a bank here"
        expected = "the identification of a file that was"
        raise UnknownOrderMessage(detail, place="OrgnlMsgId", found=report.message_id, expected=expected)
    chosen = select(BankOrderRow).where(BankOrderRow.file_id == file.id).order_by(col(BankOrderRow.id))
    orders = list(session.exec(chosen.with_for_update().execution_options(populate_existing=True)))
    reasons = _reasons(report, orders)
    refused = []
    for order in orders:
        if order.id not in reasons:
            continue
        reason = f"the bank refuses it: {reasons[order.id]}".removesuffix(": ")
        if may_happen(BankOrderState(order.state), BankOrderHappening.REFUSED):
            happens(session, order, BankOrderHappening.REFUSED, actor, detail=reason)
            order.held = reason
            refused.append(order.id)
        elif order.state != BankOrderState.REFUSED:
            add_event(session, order, BankOrderHappening.NOTED, actor, detail=f"{reason}, and it is {order.state}")
    session.flush()
    known = {order.reference for order in orders}
    return ReportApplied(tuple(refused), tuple(name for name, _ in report.orders if name not in known))


def _reasons(report: BankStatusReport, orders: Collection[BankOrderRow]) -> Mapping[int, str]:
    """Say, by order, why the bank refuses it: by itself, with its batch, or with the file."""
    by_reference, by_batch = dict(report.orders), dict(report.batches)
    reasons = {}
    for order in orders:
        batch = f"{report.message_id}-{order.batch}"
        if order.reference in by_reference:
            reasons[order.id] = by_reference[order.reference]
        elif batch in by_batch:
            reasons[order.id] = by_batch[batch]
        elif report.is_refused:
            reasons[order.id] = report.reason
    return reasons
