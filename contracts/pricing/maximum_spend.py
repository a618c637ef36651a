"""Maximum spend: the most that charges add up to in a window.

Clause: "Rent is capped at the weekly rate of 1,350 USD, however many days are worked."
"""

from decimal import Decimal
from typing import ClassVar, Literal

from contracts.pricing.bound import Bound
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from quantities.arithmetic import added
from quantities.number import plain, trimmed


class MaximumSpend(Bound):
    """Gives back what charges exceed a maximum by, in the period in which they exceed it."""

    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION

    kind: Literal["maximum_spend"] = "maximum_spend"
    arithmetic: Literal[1, 2] = 2

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges: one negative line, if they exceed the window's maximum."""
        bound, so_far = self.bound(usage), self.so_far(usage)
        before = added((so_far, usage.amount.copy_negate()))
        beyond = [max(Decimal(0), added((amount, bound.copy_negate()))) for amount in (so_far, before)]
        above = added((beyond[0], beyond[1].copy_negate()))
        if not above:
            return ()
        calculation = f"{plain(trimmed(so_far))} so far, at most {plain(trimmed(bound))}"
        return (lump(0, above.copy_negate(), "above the maximum", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's sum of charges."""
        return usage.carry(self.per, {"amount": self.so_far(usage)})
