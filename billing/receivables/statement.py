"""The statement of an account over some days: what was there before, everything since in order, and what is there now.

An account is what one customer owes one supplier in one currency. Its balance is what is open of all documents less
what is on account: to the customer's debit above zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from billing.receivables.standing import PaymentStanding

_NOTHING = Decimal(0)
_UPPER_BOUNDS = (30, 60, 90)


class MovementKind(StrEnum):
    """What changes the balance of an account; on one day in this order."""

    DOCUMENT = "document"
    PAYMENT = "payment"
    DISCOUNT = "discount"
    WRITE_OFF = "write_off"


_ORDER = tuple(MovementKind)


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of an account's balance.

    Attributes:
        on: the day as of which it counts.
        kind: what it is.
        name: the document's number, or the payment's reference.
        amount: by which the balance rises; below zero by which it falls.
        key: of the row, for the order within a day.
        documents: of a payment, to which it was allocated by the end of the days, in order.
        due_on: of a document.
    """

    on: date
    kind: MovementKind
    name: str
    amount: Decimal
    key: int
    documents: tuple[str, ...] = ()
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """A line of a statement: a movement, and the balance after it."""

    movement: Movement
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Aging:
    """What is open and not disputed of the documents above zero, by how many days it is overdue.

    Attributes:
        not_due: due on the day or later.
        days_1_to_30: overdue for so many days; likewise the others.
        over_90: for more.
        credits: what is open of documents below zero, due or not.
    """

    not_due: Decimal = _NOTHING
    days_1_to_30: Decimal = _NOTHING
    days_31_to_60: Decimal = _NOTHING
    days_61_to_90: Decimal = _NOTHING
    over_90: Decimal = _NOTHING
    credits: Decimal = _NOTHING


def aging(standings: Iterable[PaymentStanding], nothing: Decimal = _NOTHING) -> Aging:
    """Sort what is open by how long it is overdue; what is disputed is in none of them.

    Args:
        standings: of the documents of an account.
        nothing: zero, with as many places as the account's currency has.
    """
    late = [nothing] * (len(_UPPER_BOUNDS) + 1)
    not_due = credit = nothing
    for standing in standings:
        if standing.payable < 0:
            credit += standing.open
        elif not standing.days_late:
            not_due += standing.undisputed
        else:
            late[sum(bound < standing.days_late for bound in _UPPER_BOUNDS)] += standing.undisputed
    return Aging(not_due, late[0], late[1], late[2], late[3], credits=credit)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What an account comes to on a day.

    Attributes:
        open: of all documents.
        on_account: what was paid and is allocated to none.
        overdue: what is open, due before the day, and not disputed.
        disputed: what is open and disputed.
        aging: what is open and not disputed, by how long it is overdue.
    """

    open: Decimal
    on_account: Decimal
    overdue: Decimal
    disputed: Decimal
    aging: Aging

    @property
    def balance(self) -> Decimal:
        """What the customer owes in all; below zero what is owed to the customer."""
        return self.open - self.on_account


def balance_of(standings: Sequence[PaymentStanding], on_account: Decimal) -> AccountBalance:
    """Add up where the documents of an account stand on one day.

    Args:
        standings: of its documents.
        on_account: what is on account, with as many places as the account's currency has.
    """
    nothing = on_account * 0
    return AccountBalance(
        open=sum((standing.open for standing in standings), nothing),
        on_account=on_account,
        overdue=sum((standing.undisputed for standing in standings if standing.days_late), nothing),
        disputed=sum((standing.disputed for standing in standings), nothing),
        aging=aging(standings, nothing),
    )


@dataclass(frozen=True, slots=True)
class AccountEntries:
    """The lines of a statement between its two balances."""

    opening: Decimal
    entries: tuple[AccountEntry, ...]
    closing: Decimal


def entries_between(
    movements: Iterable[Movement], first: date, last: date, nothing: Decimal = _NOTHING
) -> AccountEntries:
    """Write out an account from one day to another, both of them included.

    Args:
        movements: of the account, in any order; those after ``last`` do not count.
        first: what is before it is in the opening balance.
        last: the last day.
        nothing: zero, with as many places as the account's currency has.
    """
    ordered = sorted(movements, key=lambda movement: (movement.on, _ORDER.index(movement.kind), movement.key))
    opening = sum((movement.amount for movement in ordered if movement.on < first), nothing)
    balance, entries = opening, list[AccountEntry]()
    for movement in ordered:
        if first <= movement.on < last + timedelta(days=1):
            balance += movement.amount
            entries.append(AccountEntry(movement, balance))
    return AccountEntries(opening, tuple(entries), balance)
