"""Graduated price: each unit is charged at the rate of the tier it falls in.

Clause: "The first 10 MWh of cooling in a billing period cost 95 EUR/MWh, every further MWh 80 EUR/MWh."
"""

from decimal import Decimal
from typing import Literal

from contracts.clause import Priced
from contracts.pricing.tiers import (
    AboveLastTier,
    Tiers,
    free_above,
    priced_within,
    tier_labels,
)
from contracts.rated_line import RatedLine
from quantities.document import YesOrNo


class Graduated(Priced):
    """Every unit costs the price of its own tier.

    Attributes:
        above_last: what use above the last tier is, where that one has a bound.
        tiers: rising; a bound belongs to the lower tier.
        flat_fee_at_zero: whether the first tier's flat fee is due without any use. Lago and OpenMeter bill it, Kill
            Bill does not.
    """

    kind: Literal["graduated"] = "graduated"
    arithmetic: Literal[1] = 1  # a change of the arithmetic is a new number; the old one stays callable
    above_last: AboveLastTier = None
    tiers: Tiers
    flat_fee_at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``.

        Returns:
            For every tier reached, in their order: its flat fee, if it has one, and its units; and a line for what is
            above the last one and free. The quantities of the units are in ``unit`` and add up to ``quantity``.

        Raises:
            UseAboveLastTier: a part of it is above the last tier, and refused.
        """
        floor, lines, bounds = Decimal(0), list[RatedLine](), [tier.up_to for tier in self.tiers]
        labels, within = tier_labels(bounds, self.unit), priced_within(quantity, bounds, self.above_last, self.unit)
        for part, tier in enumerate(self.tiers):
            ceiling = within if tier.up_to is None else min(within, tier.up_to)
            if ceiling <= floor and not (part == 0 and self.flat_fee_at_zero):
                break
            lines += tier.lines(part, ceiling - floor, self.unit, labels[part])
            floor = ceiling
        return (*lines, *free_above(quantity, bounds, self.unit))
