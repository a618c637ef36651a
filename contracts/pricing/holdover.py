"""Holdover: equipment that is kept beyond its term costs more.

Clause: "Who keeps the machine beyond the term pays 125 % of the day rate for each day until it is returned."
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage
from quantities.arithmetic import product, quotient
from quantities.money import Amount
from quantities.number import plain
from quantities.quantity import Magnitude

_HUNDRED = Decimal(100)


class Holdover(Rule):
    """A raised day rate for every day on which the equipment is kept beyond its term.

    Attributes:
        day_rate: for a day within the term.
        percent: of the day rate, for a day beyond it.
        term_ends: the first day beyond the term.
        returned: the day on which the equipment came back; none while it is kept.
    """

    counts: ClassVar[bool] = False
    prices: ClassVar = ("day_rate",)

    kind: Literal["holdover"] = "holdover"
    arithmetic: Literal[1, 2] = 2
    day_rate: Annotated[Amount, Field(ge=0)]
    percent: Annotated[Magnitude, Field(gt=0)] = Decimal(125)
    term_ends: date
    returned: date | None = None

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period: one line for its days beyond the term, if any."""
        kept = usage.period.meet(self.term_ends, self.returned)
        if kept is not None and self.arithmetic > 1:  # arithmetic 1 billed suspended days
            kept = kept.without_paused(usage.life.paused)
        if kept is None or not kept.days:
            return ()
        price = quotient(product(self.day_rate, self.percent), _HUNDRED)
        calculation = f"{plain(self.percent)} % of {plain(self.day_rate)}"
        return (RatedLine(0, Decimal(kept.days), "d", price, f"kept from {kept.first}", calculation),)
