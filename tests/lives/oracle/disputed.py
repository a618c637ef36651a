"""What disputes leave out of bills: docs/glossary.md (dispute), docs/pricing.md (discount).

A charge that is priced by days is billed and left out by days; of any other a line is, as a whole. A discount goes with
what it is off: it is divided in the proportion of what the charge comes to on the days that are billed, and on the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from tests.lives.facts import DisputeFact
from tests.lives.oracle.dividing import share
from tests.lives.oracle.last_place import minor_units, spread
from tests.lives.oracle.rules import in_advance, priced_by_days

ZERO = Fraction(0)
#: Days, and whether a dispute leaves them out, with what a charge comes to on them.
Piece = tuple[date, date, bool, Fraction]


def leave_out(
    disputes: Iterable[DisputeFact], contract: str, charges: Iterable[str], document_at: datetime | None
) -> list[DisputeFact]:
    """The disputes of some charges that hold days apart: waived, or open and accepted before the document was made."""
    names = set(charges)
    return [
        dispute
        for dispute in disputes
        if dispute.contract == contract
        and dispute.charge in names
        and (
            dispute.outcome == "waived"
            or (
                dispute.outcome is None
                and dispute.accepted_at is not None
                and (document_at is None or dispute.accepted_at <= document_at)
            )
        )
    ]


def meets(dispute: DisputeFact, first: date, after_last: date) -> bool:
    """Whether some of the days are disputed."""
    return first < dispute.after_last and dispute.first < after_last


def edges(disputes: Iterable[DisputeFact], charge: Mapping[str, Any]) -> set[date]:
    """The days on which a charge begins to be left out, or to be billed again."""
    if not priced_by_days(charge):
        return set()
    return {day for dispute in disputes for day in (dispute.first, dispute.after_last)}


def sides(
    disputes: Sequence[DisputeFact],
    charge: Mapping[str, Any],
    days: tuple[date, date],
    amounts: Iterable[tuple[date, date, Fraction]],
    paused: Sequence[tuple[date, date]],
) -> list[tuple[date, date, Fraction]]:
    """The days of a discount by what of the charge that it is off is left out on them, and what that comes to.

    Args:
        disputes: of the charge, that leave days out.
        charge: that the discount is off.
        days: of the discount.
        amounts: what the charge comes to on days of the period, as it was billed.
        paused: days on which a fee in advance is not due: it is on another document, and is divided by its days.
    """
    pieces = list[Piece]()
    if in_advance(charge):
        inside = sorted(day for day in edges(disputes, charge) if days[0] < day < days[1])
        for first, after_last in zip([days[0], *inside], [*inside, days[1]], strict=True):
            due = (after_last - first).days - sum(share(first, after_last, *pause)[0] for pause in paused)
            pieces.append((first, after_last, _is_out(disputes, first, after_last), Fraction(due)))
    else:
        sums: dict[tuple[date, date], Fraction] = {}
        for first, after_last, amount in amounts:
            met, of_all = share(*days, first, after_last)
            if met:
                sums[first, after_last] = sums.get((first, after_last), ZERO) + amount * Fraction(met, of_all)
        pieces += [(*span, _is_out(disputes, *span), max(ZERO, amount)) for span, amount in sorted(sums.items())]
    joined = []
    for _, together in groupby(pieces, lambda piece: piece[2]):
        alike = list(together)
        joined.append((alike[0][0], alike[-1][1], sum((piece[3] for piece in alike), ZERO)))
    if not joined:  # the charge is of another kind than the discount: nothing of it tells how to divide the line
        return []
    starts = [days[0], *(first for first, _, _ in joined[1:])]
    return [
        (first, after_last, weight)
        for first, after_last, (_, _, weight) in zip(starts, [*starts[1:], days[1]], joined, strict=True)
    ]


def _is_out(disputes: Iterable[DisputeFact], first: date, after_last: date) -> bool:
    return any(meets(dispute, first, after_last) for dispute in disputes)


def in_proportion(amount: Decimal, weights: Sequence[Fraction], currency: str) -> list[Decimal]:
    """An amount in the proportion of weights, to the last place: the parts add up to it."""
    shares = [Fraction(amount) * weight / sum(weights, ZERO) for weight in weights]
    return spread(shares, "half_up", minor_units(currency))
