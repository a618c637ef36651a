"""Pass-through: what the supplier paid others is charged on, as it was or with a mark-up.

Clause: "Electricity and disposal are charged at cost, plus 3 % for handling."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import RatedLine, Rule, Usage, in_unit, lump
from quantities.arithmetic import product, quotient
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)


class PassThrough(Rule):
    """Cost, and so many percent of it.

    The register's events are amounts of the contract's currency, in the unit ``one``.

    Attributes:
        markup_percent: on top of it.
        at_most: for a billing period.
    """

    prices: ClassVar = ("at_most",)

    kind: Literal["pass_through"] = "pass_through"
    arithmetic: Literal[1] = 1
    markup_percent: Annotated[Magnitude, Field(ge=0)] = Decimal(0)
    at_most: Annotated[Amount, Field(ge=0)] | None = None

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the costs of one billing period: one line.

        Raises:
            IncompatibleUnit: ``usage`` is no amount.
            NegativeUse: there is less than none to rate.
        """
        cost = in_unit(usage, "one")
        amount = quotient(product(cost, _HUNDRED + self.markup_percent), _HUNDRED)
        calculation = f"{plain(trimmed(cost))} at cost + {plain(self.markup_percent)} %" if self.markup_percent else ""
        if self.at_most is not None and amount > self.at_most:
            calculation = f"{calculation or plain(trimmed(cost))}, at most {plain(self.at_most)}"
            amount = self.at_most
        return (lump(0, amount, "at cost", calculation),)
