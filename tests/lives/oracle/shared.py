"""Who has which part of what a charge comes to: docs/payees.md and docs/decisions (who shares a charge), in whole coins.

Of charges over the amounts of others nothing is said here: they go with what they are over, in its proportion.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.lives.oracle.last_place import minor_units, rounded


@dataclass(frozen=True)
class Sum:
    """What a charge comes to over the days of one period that are shared alike.

    Attributes:
        document: the contract's version.
        waterfall: of the charge; None: all is the supplier's.
        amount: of all its lines.
        days: how many of them are billed.
        whole: how many the whole period has.
    """

    document: Mapping[str, Any]
    waterfall: Mapping[str, Any] | None
    amount: Decimal
    days: int
    whole: int


def shares(of: Sum) -> dict[str, Decimal]:
    """The shares of all who have a part of it."""
    supplier, places = of.document["supplier"]["name"], minor_units(of.document["currency"])
    if of.waterfall is None:
        return {supplier: of.amount}
    mode = (of.document.get("settings") or {}).get("rounding", "half_up")
    sign, whole = (-1 if of.amount < 0 else 1), abs(of.amount)
    left, part, had = whole, min(Fraction(1), Fraction(of.days, of.whole)), defaultdict[str, Decimal](Decimal)
    for step in of.waterfall.get("steps") or ():
        own = min(left, rounded(_wanted(step, Fraction(whole), Fraction(left), part), mode, places))
        had[step.get("payee") or supplier] += own * sign
        left -= own
    had[of.waterfall.get("rest") or supplier] += left * sign
    return dict(had)


def _wanted(step: Mapping[str, Any], whole: Fraction, left: Fraction, part: Fraction) -> Fraction:
    if step["kind"] == "first":
        return Fraction(step["amount"]) * part
    if step["kind"] == "percent":
        wants = (left if step.get("of") == "rest" else whole) * Fraction(step["percent"]) / 100
    else:
        wants, below = Fraction(0), Fraction(0)
        for tier in step["tiers"]:
            top = min(whole, Fraction(tier["up_to"]) * part) if tier.get("up_to") else whole
            wants += max(Fraction(0), top - below) * Fraction(tier["percent"]) / 100
            below = max(below, top)
    if step.get("most") is not None:
        wants = min(wants, Fraction(step["most"]) * part)
    return max(wants, Fraction(step["least"]) * part) if step.get("least") is not None else wants


def alike(waterfall: Mapping[str, Any] | None) -> str:
    """A waterfall as what tells it from another."""
    return json.dumps(waterfall, sort_keys=True)


def added(parts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Shares taken together."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        for name, amount in part.items():
            sums[name] += amount
    return dict(sums)


def names(documents: Sequence[Mapping[str, Any]]) -> set[str]:
    """The charges that some version shares."""
    return {charge["name"] for document in documents for charge in document["charges"] if charge.get("waterfall")}
