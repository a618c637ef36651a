"""Maximum spend: what charges together come to at most.

Clause: "Rent is capped at the weekly rate of 1,350 USD, however many days are worked."
"""

from decimal import Decimal
from typing import ClassVar, Literal

from contracts.clause import CarriedState, Nature, RatedLine, Usage, lump
from contracts.pricing.bound import Bound
from quantities.arithmetic import added
from quantities.number import plain, trimmed


class MaximumSpend(Bound):
    """What is above a maximum, given back as soon as it is exceeded."""

    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION

    kind: Literal["maximum_spend"] = "maximum_spend"
    arithmetic: Literal[1] = 1

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges: one negative line, if they exceed the window's maximum."""
        bound, so_far = self.bound(usage), self.so_far(usage)
        before = added((so_far, usage.amount.copy_negate()))
        above = max(Decimal(0), so_far - bound) - max(Decimal(0), before - bound)
        if not above:
            return ()
        calculation = f"{plain(trimmed(so_far))} so far, at most {plain(trimmed(bound))}"
        return (lump(0, above.copy_negate(), "above the maximum", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry what the window came to."""
        return usage.carry(self.per, {"amount": self.so_far(usage)})
