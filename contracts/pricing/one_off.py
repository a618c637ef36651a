"""One-off amount: due once, on a day.

Clause: "Installation is charged at 2,500 EUR; a deposit of 10,000 EUR is paid at the start and given back at the end."
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import Usage
from quantities.document import YesOrNo
from quantities.money import Amount


class OneOff(Rule):
    """An amount, once.

    A deposit and its return are two charges of the nature ``deposit``, the return below zero. Of the nature
    ``prepayment`` it is claimed by a document of its own, and another charge draws on it.

    Attributes:
        amount: above or below zero.
        on: the day; the amount is billed with the period in which it lies. One before the contract's start is billed
            with the first period; arithmetic 1 never billed it.
        in_advance: whether it is on the invoice of the period before that; of the first one it is due at the start.
    """

    counts: ClassVar[bool] = False
    prices: ClassVar = ("amount",)

    kind: Literal["one_off"] = "one_off"
    arithmetic: Literal[1, 2] = 2
    amount: Amount
    on: date
    in_advance: Annotated[YesOrNo, Field(exclude_if=lambda in_advance: not in_advance)] = False

    @property
    def billed_in_advance(self) -> bool:
        """Whether it is billed before the period in which it falls."""
        return self.in_advance

    @property
    def claimed_on(self) -> date | None:
        """Its day."""
        return self.on

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period: one line if the day lies in it, or before the contract's first period."""
        is_due = usage.has(self.on) if self.arithmetic == 1 else usage.falls_due(self.on)
        return (lump(0, self.amount, str(self.on)),) if is_due else ()
