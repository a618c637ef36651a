"""Graduated price: each unit is charged at the rate of the tier it falls in.

Clause: "The first 10 MWh of cooling in a billing period cost 95 EUR/MWh, every further MWh 80 EUR/MWh."
"""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contracts.clause import RatedLine, Rule, Terms, Usage, in_unit
from contracts.money import Amount
from metering.meter import UnitSymbol
from metering.number import plain
from metering.quantity import Magnitude


class Tier(Terms):
    """A stretch of use with one price."""

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None  # inclusive, in the rule's unit; None: open end
    unit_price: Amount  # per unit, unrounded


def ascending_and_open_ended(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    """Refuse tiers out of order, and a bounded last one, which would give the use above it away."""
    bounds = [tier.up_to for tier in tiers]
    if bounds[-1] is not None:
        raise ValueError("the last tier has no up_to: use above it would cost nothing")
    inner = [bound for bound in bounds[:-1] if bound is not None]
    if len(inner) != len(bounds) - 1 or any(before >= after for before, after in pairwise(inner)):
        raise ValueError("tiers rise: each up_to is above the one before, and only the last has none")
    return tiers


class Graduated(Rule):
    """So much for the first units, so much for the next."""

    kind: Literal["graduated"] = "graduated"
    arithmetic: Literal[1] = 1  # a change of the arithmetic is a new number; the old one stays callable
    unit: UnitSymbol
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1), AfterValidator(ascending_and_open_ended)]

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the use of one billing period.

        Args:
            usage: in any unit of the kind of ``unit``.

        Returns:
            One line per tier reached, in tier order. Quantities are in ``unit`` and add up to ``usage``; amounts are
            unrounded.

        Raises:
            IncompatibleUnit: ``usage`` is of another kind.
            NegativeUse: there is less than none to rate.
        """
        used, floor, lines = in_unit(usage, self.unit), Decimal(0), []
        for part, tier in enumerate(self.tiers):
            ceiling = used if tier.up_to is None else min(used, tier.up_to)
            if ceiling <= floor:
                break
            reach = f"above {plain(floor)}" if tier.up_to is None else f"{plain(floor)} to {plain(tier.up_to)}"
            lines.append(RatedLine(part, ceiling - floor, self.unit, tier.unit_price, f"{reach} {self.unit}"))
            floor = ceiling
        return tuple(lines)
