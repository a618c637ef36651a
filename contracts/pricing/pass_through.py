"""Pass-through: the supplier's costs for others are charged on, at cost or with a mark-up.

Clause: "Electricity and disposal are charged at cost, plus 3 % for handling."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import OfPeriod
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import Usage, in_unit
from quantities.arithmetic import product, quotient
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)


class PassThrough(OfPeriod):
    """Costs, and a percentage of them.

    The register's events are amounts in the contract's currency, in the unit ``one``.

    Attributes:
        markup_percent: added to the costs.
        at_most: the highest amount of a billing period.
    """

    prices: ClassVar = ("at_most",)

    kind: Literal["pass_through"] = "pass_through"
    arithmetic: Literal[1] = 1
    markup_percent: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    at_most: Annotated[Amount, Field(ge=0)] | None = None

    @property
    def priced_unit(self) -> str:
        """Amounts of money are counted without a unit."""
        return "one"

    def of_period(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the costs of one billing period: one line.

        Raises:
            IncompatibleUnit: ``usage`` is in another unit than ``one`` or ``%``.
            NegativeUse: the costs are below zero.
        """
        cost = in_unit(usage, "one")
        amount = quotient(product(cost, _HUNDRED + self.markup_percent), _HUNDRED)
        calculation = f"{plain(trimmed(cost))} at cost + {plain(self.markup_percent)} %" if self.markup_percent else ""
        if self.at_most is not None and amount > self.at_most:
            calculation = f"{calculation or plain(trimmed(cost))}, at most {plain(self.at_most)}"
            amount = self.at_most
        return (lump(0, amount, "at cost", calculation),)
