"""Graduated price: each unit is charged at the rate of the tier it falls in.

Clause: "The first 10 MWh of cooling in a billing period cost 95 EUR/MWh, every further MWh 80 EUR/MWh."
"""

from decimal import Decimal
from typing import Literal

from contracts.clause import Priced, RatedLine
from contracts.pricing.tiers import Tiers, reaches
from quantities.document import YesOrNo


class Graduated(Priced):
    """So much for the first units, so much for the next.

    Attributes:
        tiers: rising; the bound belongs to the lower one.
        flat_fee_at_zero: whether no use at all costs the first tier's flat fee. Lago and OpenMeter bill it, Kill Bill
            does not.
    """

    kind: Literal["graduated"] = "graduated"
    arithmetic: Literal[1] = 1  # a change of the arithmetic is a new number; the old one stays callable
    tiers: Tiers
    flat_fee_at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price so much of ``unit``.

        Returns:
            For each tier reached, in tier order, its flat fee if it has one, and its units. Quantities are in ``unit``
            and add up to ``quantity``.
        """
        floor, lines = Decimal(0), list[RatedLine]()
        labels = reaches([tier.up_to for tier in self.tiers], self.unit)
        for part, tier in enumerate(self.tiers):
            ceiling = quantity if tier.up_to is None else min(quantity, tier.up_to)
            if ceiling <= floor and not (part == 0 and self.flat_fee_at_zero):
                break
            lines += tier.lines(part, ceiling - floor, self.unit, labels[part])
            floor = ceiling
        return tuple(lines)
