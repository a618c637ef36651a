"""What a minimum and a maximum spend have in common: a bound for a window, and the sum of charges in it so far."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.clause import OverAmounts, Stage
from contracts.proration import Proration, window_share
from contracts.rated_usage import Usage
from contracts.schedule import Per
from quantities.arithmetic import product
from quantities.exact import rounded
from quantities.money import Amount


class Bound(OverAmounts):
    """A lowest or highest sum of charges.

    Attributes:
        amount: for a whole window.
        per: the window.
        proration: the bound of a part of a window.
    """

    stage: ClassVar[Stage] = Stage.BOUND
    prices: ClassVar = ("amount",)

    amount: Annotated[Amount, Field(ge=0)]
    per: Per = Per.PERIOD
    proration: Proration = Proration.CALENDAR_DAYS

    @property
    def carries_money(self) -> bool:
        """What it carries is a sum of amounts."""
        return True

    def bound(self, usage: Usage) -> Decimal:
        """Compute the bound of the window; for a part of a window, its share."""
        return product(self.amount, window_share(usage.window(self.per), self.proration, self.number_of_arithmetic))

    def so_far(self, usage: Usage) -> Decimal:
        """Add up the charges of the window, this stretch included."""
        return rounded(usage.so_far(self.per, amount=usage.amount)["amount"])
