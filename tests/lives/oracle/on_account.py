"""What of a use is billed on account, and settled when a window ends: docs/pricing.md (instalments).

Nothing is kept: the period that ends a window rates each of its days again, and takes off what was billed on account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from tests.lives.oracle.last_place import minor_units, rounded
from tests.lives.oracle.rules import (
    NATURES,
    ZERO,
    RatedLine,
    Stretch,
    a_day,
    bounds,
    closes,
    period_first,
    rate,
    stretch_part,
)

#: Numbers of lines that no rule has.
_ON_ACCOUNT, _LESS = 9_000, 9_001
#: Of a part whose price has moved within the window, each further price is a line of its own.
_STEP = 100


def billed(history: Sequence[Stretch]) -> list[RatedLine]:
    """The lines of the last stretch: what its days come to, or an instalment, or the settlement of its window."""
    now, lines = history[-1], rate(history)  # what cannot be rated is not billed on account either
    terms = now.charge.get("instalments")
    if not terms:
        return lines
    per = terms.get("per", "year")
    nature = now.charge.get("nature") or NATURES.get(now.charge["rule"]["kind"], "consideration")
    if not closes(history, per):
        due = instalment(history)
        return [RatedLine(_ON_ACCOUNT, due, nature)] if due else []
    window = bounds(history, now, per)
    places = [
        place
        for place, stretch in enumerate(history)
        if stretch.charge.get("instalments") and bounds(history, stretch, per) == window
    ]
    lines = joined([line for place in places for line in rate(history[: place + 1])])
    less = sum((instalment(history[: place + 1]) for place in places[:-1]), ZERO)
    return [*lines, RatedLine(_LESS, -less, nature)] if less else lines


def joined(lines: Sequence[RatedLine]) -> list[RatedLine]:
    """What the lines of a window come to, part by part and price by price: each such sum is rounded once."""
    sums: dict[tuple[int, Fraction | None, str], RatedLine] = {}
    for line in lines:
        price = line.amount / line.quantity if line.quantity else None
        same = sums.get((line.part, price, line.nature))
        amount, quantity = (
            (line.amount, line.quantity) if same is None else (same.amount + line.amount, same.quantity + line.quantity)
        )
        sums[line.part, price, line.nature] = replace(line, amount=amount, quantity=quantity)
    told, taken = list[RatedLine](), set[int]()
    for line in sums.values():
        part = line.part
        while part in taken:
            part += _STEP
        taken.add(part)
        told.append(replace(line, part=part))
    return told


def instalment(history: Sequence[Stretch]) -> Fraction:
    """What the days are billed on account, to the cent; nothing in the period with which the window ends."""
    now = history[-1]
    terms = now.charge["instalments"]
    ends = bounds(history, now, terms.get("per", "year"))[1]
    if now.whole_after_last >= min(ends, now.ends or ends):
        return ZERO
    begins = period_first(history, now)
    valid = [Fraction(one["amount"]) for one in terms["amounts"] if is_for(one, begins)]
    if not valid:
        return ZERO
    mode = str((now.document.get("settings") or {}).get("rounding", "half_up"))
    due = valid[-1] * stretch_part(history, "calendar_days")
    return Fraction(rounded(due, mode, minor_units(now.document["currency"])))


def is_for(one: Mapping[str, Any], begins: date) -> bool:
    """Whether an instalment is for a period that begins on a day."""
    first, months = one.get("first"), {int(month) for month in one.get("months") or ()}
    return (first is None or a_day(first) <= begins) and (not months or begins.month in months)
