"""Early exit: what ending before the agreed term costs.

Clause: "Who ends the contract early, on 90 days' notice, pays the investment not yet written off and the profit lost
for the months to the term, at most six of them."
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.clause import Rule
from contracts.pricing.buy_out import Schedule, residual
from contracts.pricing.completed_months import months_between
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import Usage
from quantities.document import WholeNumber
from quantities.money import Amount


class EarlyExit(Rule):
    """What an end before the agreed term costs: the investment not written off, and the lost profit of some months.

    Attributes:
        term_ends: the agreed end.
        exits: the day on which the contract ends instead; none until an amendment states it.
        unamortised: the investment not written off, by full months since the contract's start.
        lost_profit_a_month: for every full month that is missing to the term.
        months_at_most: the highest number of months of lost profit.
    """

    counts: ClassVar[bool] = False
    nature: ClassVar[Nature] = Nature.DAMAGES
    prices: ClassVar = ("lost_profit_a_month",)

    kind: Literal["early_exit"] = "early_exit"
    arithmetic: Literal[1, 2] = 2
    term_ends: date
    exits: date | None = None
    unamortised: Schedule
    lost_profit_a_month: Annotated[Amount, Field(ge=0)] = Decimal(0)
    months_at_most: Annotated[WholeNumber, Field(ge=0)] | None = None

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period: at most two lines, in the period whose last day is the day before the exit."""
        if self.exits is None or self.exits >= self.term_ends:
            return ()
        if not usage.period.first < self.exits <= usage.period.after_last:
            return ()
        lines, months = [], months_between(usage.life.starts, self.exits, self.arithmetic)
        left = residual(self.unamortised, months)
        if left is not None and left.amount:
            lines.append(lump(0, left.amount, f"not written off after {months} months"))
        missing = months_between(self.exits, self.term_ends, self.arithmetic)
        counted = missing if self.months_at_most is None else min(missing, self.months_at_most)
        if counted and self.lost_profit_a_month:
            calculation = f"{missing} months to {self.term_ends}"
            lines.append(RatedLine(1, Decimal(counted), "each", self.lost_profit_a_month, "lost profit", calculation))
        return tuple(lines)
