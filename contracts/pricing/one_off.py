"""One-off amount: due once, on a day.

Clause: "Installation is charged at 2,500 EUR; a deposit of 10,000 EUR is paid at the start and given back at the end."
"""

from datetime import date
from typing import ClassVar, Literal

from contracts.clause import Rule
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import Usage
from quantities.money import Amount


class OneOff(Rule):
    """An amount, once.

    A deposit and its return are two charges of the nature ``deposit``, the return below zero.

    Attributes:
        amount: above or below zero.
        on: the day; the amount is billed with the period in which it lies.
    """

    counts: ClassVar[bool] = False
    prices: ClassVar = ("amount",)

    kind: Literal["one_off"] = "one_off"
    arithmetic: Literal[1] = 1
    amount: Amount
    on: date

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period: one line if the day lies in it."""
        return (lump(0, self.amount, str(self.on)),) if usage.has(self.on) else ()
