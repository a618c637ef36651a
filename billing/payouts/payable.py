"""What of a payee's documents is payable on a day: from the documents and what was settled of them alone.

    a payee's document → the part of it that comes of one customer's document → the share in which that one is settled
    → less what waits its days, or is kept as a reserve → less what earlier payouts have of it → what a payout has of it

Nothing is carried from day to day: each position is worked out anew from facts, so a payment that is reversed, a
document that is corrected and a reserve whose days are over come out by themselves. What is less than nothing stays so
until later parts outweigh it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from quantities.money import Money, UnsplittableAmount

_NOTHING = Decimal(0)
_HUNDRED = Decimal(100)


class PayablePartKind(StrEnum):
    """What a part is of.

    ``document``: between the supplier and the payee: what it sells, or the commission (below zero). ``sale``: what is
    sold to a customer in the payee's own name, and collected by the supplier. ``fee``: what a gateway kept of a
    customer's payment, as far as the payee bears it (below zero).
    """

    DOCUMENT = "document"
    SALE = "sale"
    FEE = "fee"


class PartKey(NamedTuple):
    """Which part it is.

    Attributes:
        kind: what it is of.
        paper: the key of the payee's document; None of a sale and of a fee.
        invoice: the key of the customer's document that it comes of.
    """

    kind: PayablePartKind
    paper: int | None
    invoice: int


class SettledOn(NamedTuple):
    """What of a customer's document was settled on a day; below zero: taken back."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HoldingTerms:
    """How long what is settled waits, and what of it is kept.

    Attributes:
        days_after: for so many days all of it waits.
        reserve_percent: of what came within the days of the reserve, so much is kept.
        reserve_days: for so many days.
    """

    days_after: int = 0
    reserve_percent: Decimal = _NOTHING
    reserve_days: int = 0


@dataclass(frozen=True, slots=True)
class PayablePart:
    """A part of what a payee is owed, with the customer's document that it comes of.

    Attributes:
        key: which part.
        number: of the document that says it.
        amount: with tax, in whole minor units: above zero what the payee is owed, below zero what it owes.
        payable: of the customer's document.
        settled: of the customer's document, in any order; what is settled as it is issued is settled so.
        since: the day from which on it is owed at all.
        terms: how long it waits.
    """

    key: PartKey
    number: str
    amount: Decimal
    payable: Decimal
    settled: Sequence[SettledOn]
    since: date
    terms: HoldingTerms = HoldingTerms()


@dataclass(frozen=True, slots=True)
class PartPosition:
    """Where a part stands on a day; all amounts of the sign of the part, in whole minor units.

    Attributes:
        key: which part.
        number: of the document that says it.
        amount: owed as a whole, once the customer's document is settled as a whole.
        earned: owed by now.
        waiting: of what is earned, what waits its days.
        reserved: of what is earned, what is kept besides that.
        paid: what earlier payouts have of it, less what later ones took off.
    """

    key: PartKey
    number: str
    amount: Decimal
    earned: Decimal
    waiting: Decimal
    reserved: Decimal
    paid: Decimal

    @property
    def payable(self) -> Decimal:
        """What a payout made now has of it; below zero it is taken off."""
        return self.earned - self.waiting - self.reserved - self.paid


def split_gross(gross: Decimal, weights: Mapping[int, Decimal], currency: str) -> dict[int, Decimal]:
    """Split the gross amount of a payee's document over the customers' documents that its lines come of.

    Args:
        gross: of it.
        weights: by the key of the customer's document, what its lines come to with tax, not rounded.
        currency: of all.

    Returns:
        By the same keys, in whole minor units; the last has the rest, so that they add up.

    Raises:
        UnsplittableAmount: there is nothing to split it by.
    """
    if not weights:
        raise UnsplittableAmount(f"{gross} {currency} comes of no document")
    *first, last = weights
    parts = {key: Money(weights[key], currency).rounded().amount for key in first}
    parts[last] = gross - sum(parts.values(), _NOTHING)
    return parts


def positions(
    parts: Iterable[PayablePart], paid: Mapping[PartKey, Decimal], today: date, currency: str
) -> list[PartPosition]:
    """Say where all parts of a payee in one currency stand.

    What a payee has of one customer's document counts as a whole: where it comes to less than nothing, it counts at
    once; otherwise each part of it counts in the share in which the document is settled.

    Args:
        parts: all that the payee was ever owed, void documents among them with nothing.
        paid: what payouts that count have of each part; of one that is owed no more, all of it is too much.
        today: the day in the supplier's books.
        currency: of all.
    """
    parts = list(parts)
    sums: dict[int, Decimal] = {}
    for part in parts:
        sums[part.key.invoice] = sums.get(part.key.invoice, _NOTHING) + part.amount
    known = [
        _position(part, paid.get(part.key, _NOTHING), today, currency, at_once=sums[part.key.invoice] < 0)
        for part in parts
    ]
    gone = paid.keys() - {part.key for part in parts}
    return known + [
        _stands(PayablePart(key, "", _NOTHING, _NOTHING, (), today), paid[key]) for key in sorted(gone, key=str)
    ]


def _position(part: PayablePart, paid: Decimal, today: date, currency: str, *, at_once: bool) -> PartPosition:
    if part.since > today:
        return _stands(part, paid)
    if at_once or part.payable <= 0:
        return _stands(part, paid, earned=part.amount)
    terms, earned = part.terms, _share(part, _settled(part, today), currency)
    waiting = earned - _share(part, _stood(part, today, terms.days_after), currency)
    reserved = _NOTHING
    if terms.reserve_percent:
        recent = earned - _share(part, _stood(part, today, terms.reserve_days), currency)
        kept = Money(recent * terms.reserve_percent / _HUNDRED, currency).rounded().amount
        reserved = max(kept - waiting, _NOTHING) if earned > 0 else min(kept - waiting, _NOTHING)
    return _stands(part, paid, earned=earned, waiting=waiting, reserved=reserved)


def _stands(
    part: PayablePart,
    paid: Decimal,
    *,
    earned: Decimal = _NOTHING,
    waiting: Decimal = _NOTHING,
    reserved: Decimal = _NOTHING,
) -> PartPosition:
    return PartPosition(
        key=part.key,
        number=part.number,
        amount=part.amount,
        earned=earned,
        waiting=waiting,
        reserved=reserved,
        paid=paid,
    )


def _settled(part: PayablePart, day: date) -> Decimal:
    """Add up what was settled of the customer's document by a day; no more counts than all, no less than 0."""
    settled = sum((one.amount for one in part.settled if one.day <= day), _NOTHING)
    return max(_NOTHING, min(settled, part.payable))


def _stood(part: PayablePart, today: date, days: int) -> Decimal:
    """Say what of the customer's document has been settled for so many days: what was taken back since came last."""
    first = today - timedelta(days=days)
    return min(_settled(part, day) for day in {first, *(one.day for one in part.settled if first < one.day <= today)})


def _share(part: PayablePart, settled: Decimal, currency: str) -> Decimal:
    """The part in the share that is settled: rounded from the whole each time, so that the last has the rest."""
    if settled == part.payable:
        return part.amount
    return Money(part.amount * settled / part.payable, currency).rounded().amount


class PlannedLine(NamedTuple):
    """What a payout has of a part; below zero it is taken off."""

    key: PartKey
    number: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PayeeBalance:
    """What a payee has in one currency on a day.

    Attributes:
        earned: owed by now, of all that was ever owed.
        waiting: of that, what waits its days.
        reserved: of that, what is kept.
        paid: what payouts have of it, less what was taken back.
        lines: what a payout made now would have, of each part that it has anything of.
    """

    earned: Decimal
    waiting: Decimal
    reserved: Decimal
    paid: Decimal
    lines: tuple[PlannedLine, ...]

    @property
    def payable(self) -> Decimal:
        """What can be paid out now; below zero it is carried, and set off against what comes."""
        return self.earned - self.waiting - self.reserved - self.paid


def balance(known: Iterable[PartPosition]) -> PayeeBalance:
    """Add up where the parts of a payee stand."""
    known = list(known)
    return PayeeBalance(
        earned=sum((one.earned for one in known), _NOTHING),
        waiting=sum((one.waiting for one in known), _NOTHING),
        reserved=sum((one.reserved for one in known), _NOTHING),
        paid=sum((one.paid for one in known), _NOTHING),
        lines=tuple(PlannedLine(one.key, one.number, one.payable) for one in known if one.payable),
    )


def lines_to_take_back(lines: Sequence[PlannedLine], amounts: Sequence[Decimal]) -> list[tuple[PlannedLine, ...]]:
    """Divide what a payee has too much over the payouts that it is taken back of.

    Args:
        lines: as a payout would have them; they come to less than nothing.
        amounts: what is taken back of each, above zero; together no more than that.

    Returns:
        For each amount, lines that come to it below zero. What the payee has coming stands in the first.
    """
    coming = [line for line in lines if line.amount > 0]
    owed = [line for line in lines if line.amount < 0]
    taken, carry = [], sum((line.amount for line in coming), _NOTHING)
    for amount in amounts:
        wanted, of_it = amount + carry, list(coming)
        while wanted > 0:
            line = owed.pop(0)
            part = min(wanted, -line.amount)
            of_it.append(line._replace(amount=-part))
            if part < -line.amount:
                owed.insert(0, line._replace(amount=line.amount + part))
            wanted -= part
        taken.append(tuple(of_it))
        coming, carry = [], _NOTHING
    return taken
