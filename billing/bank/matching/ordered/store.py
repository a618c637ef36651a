"""Entries that a person says are what a bank was asked for: whole files, orders, or several of both in one sum."""

from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from billing.bank.entries.store import EntryState, bank_entry, hold_bank
from billing.bank.matching.decision import MatchRule
from billing.bank.matching.store import MatchActor, match_row, settle, waiting_entry
from billing.bank.order_files.store import order_file
from billing.bank.orders.outstanding import OutstandingOrder, are_booked_by
from billing.bank.orders.recorded import BookedEntry, book_orders, outstanding_orders
from billing.bank.orders.store import OrderActor, bank_order
from billing.bank.statements.entry import NOTHING, BankEntry
from quantities.errors import Conflict, Invalid


class NoOrderNamed(Invalid):
    """Neither a file nor an order is named."""


class OrdersNotOutstanding(Conflict):
    """The bank does not have what is named, or has booked it already."""


class BookingDiffers(Conflict):
    """The orders do not come to what the bank has booked."""


@dataclass(frozen=True, slots=True)
class OrdersBookedAsked:
    """What a person says an entry books.

    Attributes:
        entry: its number.
        files: the numbers of files; of each what the bank has not booked or refused yet.
        orders: the numbers of single orders besides.
    """

    entry: int
    files: tuple[int, ...] = ()
    orders: tuple[int, ...] = ()


def book_by_person(session: Session, asked: OrdersBookedAsked, actor: MatchActor) -> None:
    """Record that an entry books orders, as a person says; their sum is exactly the entry's.

    Nothing is decided by it over money that a file has not decided: two people have seen what the orders are for.

    Raises:
        UnknownBankEntry, BankEntrySettled: there is no such entry that waits.
        NoOrderNamed: nothing is named.
        UnknownOrderFile, UnknownBankOrder: there is no such file, or order.
        OrdersNotOutstanding: the bank does not have one of them, or nothing of a file, any more.
        BookingDiffers: they come to another sum, or are of another account or currency.
        UsufructError: a payment cannot be recorded (``billing.receivables.store.record_payment``).
    """
    hold_bank(session)
    row = waiting_entry(session, asked.entry)
    entry = bank_entry(row)
    named = _named(session, asked)
    refuse_another_sum(entry, named)
    numbers = [order.order for order in named]
    payments = book_orders(
        session, numbers, BookedEntry(row.id, entry.received_on, entry.amount), OrderActor(actor.by, actor.at)
    )
    alone = payments.get(numbers[0]) if len(numbers) == 1 else None
    if alone is not None:  # a return names it as any receipt
        session.add(match_row(row.id, alone, MatchRule.PERSON, NOTHING, actor))
    settle(row, EntryState.ORDERED if alone is None else EntryState.MATCHED, "", actor)
    session.flush()


def _named(session: Session, asked: OrdersBookedAsked) -> list[OutstandingOrder]:
    if not asked.files and not asked.orders:
        detail = "neither a file nor an order is named"
        raise NoOrderNamed(detail, place="/files", found="", expected="a file, or an order")
    outstanding = {order.order: order for order in outstanding_orders(session)}
    named: dict[int, OutstandingOrder] = {}
    for number in dict.fromkeys(asked.files):
        message = order_file(session, number).message_id
        left = {order.order: order for order in outstanding.values() if order.message_id == message}
        if not left:
            raise _not_outstanding(f"file {number}", "a file of which the bank has orders that it has not booked")
        named |= left
    for number in dict.fromkeys(asked.orders):
        bank_order(session, number)
        if number not in outstanding:
            raise _not_outstanding(f"order {number}", "an order that the bank has and has not booked")
        named[number] = outstanding[number]
    return [named[number] for number in sorted(named)]


def _not_outstanding(what: str, expected: str) -> OrdersNotOutstanding:
    return OrdersNotOutstanding(f"the bank has nothing of {what} to book", place=what, found=what, expected=expected)


def refuse_another_sum(entry: BankEntry, orders: list[OutstandingOrder]) -> None:
    """See that orders come to an entry, on its account and in its currency.

    Raises:
        BookingDiffers: they do not.
    """
    if are_booked_by(entry, orders):
        return
    sums: dict[tuple[str, str], Decimal] = {}
    for order in orders:
        place = (order.account, order.currency)
        sums[place] = sums.get(place, NOTHING) + order.amount
    come_to = "; ".join(f"{amount:f} {currency} on {account}" for (account, currency), amount in sorted(sums.items()))
    booked = f"{entry.amount:f} {entry.currency} on {entry.account}"
    raise BookingDiffers(
        f"the orders come to {come_to}, and the bank has booked {booked}",
        place="/files",
        found=come_to,
        expected=booked,
    )
