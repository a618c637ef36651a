"""Volume price: all units are charged at the rate of the tier that their number reaches.

Clause: "Up to 10,000 sheets a month each costs 0.014 EUR; who takes more pays 0.012 EUR for each of them."
"""

from decimal import Decimal
from typing import Literal

from contracts.clause import Priced, RatedLine
from contracts.pricing.tiers import Tiers, reaches
from quantities.document import YesOrNo


class Volume(Priced):
    """One price for all units, by how many there are. Where a tier is crossed the total falls: that is its nature.

    Attributes:
        tiers: rising; the bound belongs to the lower one.
        flat_fee_at_zero: whether no use at all costs the first tier's flat fee.
    """

    kind: Literal["volume"] = "volume"
    arithmetic: Literal[1] = 1
    tiers: Tiers
    flat_fee_at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price so much of ``unit``: the flat fee of the tier reached, if it has one, and all units at its price."""
        if not quantity and not self.flat_fee_at_zero:
            return ()
        labels = reaches([tier.up_to for tier in self.tiers], self.unit)
        part = next(at for at, tier in enumerate(self.tiers) if tier.up_to is None or quantity <= tier.up_to)
        return self.tiers[part].lines(part, quantity, self.unit, labels[part])
