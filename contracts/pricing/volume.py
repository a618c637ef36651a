"""Volume price: all units cost the price of the tier that their number reaches.

Clause: "Up to 10,000 sheets a month each costs 0.014 EUR; who takes more pays 0.012 EUR for each of them."
"""

from decimal import Decimal
from typing import Literal

from contracts.clause import Priced
from contracts.pricing.tiers import Tiers, tier_labels
from contracts.rated_line import RatedLine
from quantities.document import YesOrNo


class Volume(Priced):
    """One price for all units, by their number. Just above a bound, the total can be lower than just below it.

    Attributes:
        tiers: rising; a bound belongs to the lower tier.
        flat_fee_at_zero: whether the first tier's flat fee is due without any use.
    """

    kind: Literal["volume"] = "volume"
    arithmetic: Literal[1] = 1
    tiers: Tiers
    flat_fee_at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: the flat fee of the tier reached, if it has one, and all units at its price."""
        if not quantity and not self.flat_fee_at_zero:
            return ()
        labels = tier_labels([tier.up_to for tier in self.tiers], self.unit)
        part = next(at for at, tier in enumerate(self.tiers) if tier.up_to is None or quantity <= tier.up_to)
        return self.tiers[part].lines(part, quantity, self.unit, labels[part])
