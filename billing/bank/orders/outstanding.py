"""Orders that the bank has and has not booked, as what it books is matched against them: values and their rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.bank.statements.entry import BankEntry


@dataclass(frozen=True, slots=True)
class OutstandingOrder:
    """An order that was taken to the bank.

    Attributes:
        order: its number.
        reference: ours of it (end-to-end).
        message_id: of its file.
        batch_id: of its batch.
        account: ours.
        currency: of its amount.
        amount: as the bank books it: above zero what is collected, below zero what is paid.
    """

    order: int
    reference: str
    message_id: str
    batch_id: str
    account: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaidByOrder:
    """A payment that the bank has booked: it may come back.

    Attributes:
        order: its number.
        reference: ours of it (end-to-end).
        account: ours.
        currency: of its amount.
        amount: below zero.
        booked_on: the day.
    """

    order: int
    reference: str
    account: str
    currency: str
    amount: Decimal
    booked_on: date


def orders_named(entry: BankEntry, orders: Iterable[OutstandingOrder]) -> tuple[OutstandingOrder, ...]:
    """Find the orders that an entry names: one by our reference, else all of a batch, else all of a file.

    A table of a bank has no element for the identifications: there they are looked for in what is written.
    """
    known = tuple(orders)
    words = frozenset((entry.references.end_to_end, *entry.references.batches, *entry.text.split()))
    for names in (
        [order for order in known if order.reference in words],
        [order for order in known if order.batch_id in words],
        [order for order in known if order.message_id in words],
    ):
        if names:
            return tuple(names)
    return ()


def are_booked_by(entry: BankEntry, orders: Sequence[OutstandingOrder]) -> bool:
    """Tell whether an entry is the sum of orders, on their account and in their currency."""
    places = {(order.account, order.currency) for order in orders}
    total = sum((order.amount for order in orders), Decimal(0))
    amounts = {entry.amount} if entry.before_charges is None else {entry.amount, entry.before_charges}
    return places == {(entry.account, entry.currency)} and total in amounts
