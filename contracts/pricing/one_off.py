"""One-off amounts: once, on a day.

Clause: "Installation is charged at 2,500 EUR; a deposit of 10,000 EUR is paid at the start and given back at the end."
"""

from datetime import date
from typing import ClassVar, Literal

from contracts.clause import RatedLine, Rule, Usage, lump
from quantities.money import Amount


class OneOff(Rule):
    """An amount, once; a deposit's return is another, below zero, with the charge's nature ``deposit`` like the first.

    Attributes:
        amount: of either sign.
        on: the day; billed with the period that it is in.
    """

    counts: ClassVar[bool] = False
    prices: ClassVar = ("amount",)

    kind: Literal["one_off"] = "one_off"
    arithmetic: Literal[1] = 1
    amount: Amount
    on: date

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period: one line in the one that has the day."""
        return (lump(0, self.amount, str(self.on)),) if usage.has(self.on) else ()
