"""What a minimum and a maximum spend have in common: an amount for a window, and what charges came to in it so far."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.clause import OverAmounts, Stage, Usage
from contracts.proration import Proration, share
from contracts.schedule import Per
from quantities.arithmetic import product
from quantities.money import Amount


class Bound(OverAmounts):
    """An amount that charges are held against.

    Attributes:
        amount: for a whole window.
        per: the window.
        proration: what a part of a window is bound to.
    """

    stage: ClassVar[Stage] = Stage.BOUND
    prices: ClassVar = ("amount",)

    amount: Annotated[Amount, Field(ge=0)]
    per: Per = Per.PERIOD
    proration: Proration = Proration.CALENDAR_DAYS

    def bound(self, usage: Usage) -> Decimal:
        """What the window's amount is, of a part of it a part."""
        return product(self.amount, share(usage.window(self.per), self.proration))

    def so_far(self, usage: Usage) -> Decimal:
        """What the charges came to in the window, this stretch included."""
        return usage.so_far(self.per, amount=usage.amount)["amount"]
