"""Percentage of other charges.

Clause: "The platform's fee is 8 % of what is charged for use."
"""

from decimal import Decimal
from typing import ClassVar, Literal

from contracts.clause import OverAmounts
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import Usage
from quantities.arithmetic import product, quotient
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)


class PercentageOf(OverAmounts):
    """A percentage of the sum of other charges."""

    is_of_their_kind: ClassVar[bool] = False

    kind: Literal["percentage_of"] = "percentage_of"
    arithmetic: Literal[1] = 1
    percent: Magnitude

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the amounts of other charges: one line."""
        calculation = f"{plain(trimmed(self.percent))} % of {plain(trimmed(usage.amount))}"
        amount = quotient(product(usage.amount, self.percent), _HUNDRED)
        return (lump(0, amount, f"{plain(trimmed(self.percent))} %", calculation),)
