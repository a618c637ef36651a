"""Buy-out: what the customer pays to own the equipment, by how long the contract has lasted.

Clause: "After 36 months the customer may buy the machine for 18,000 EUR, after 48 months for 9,000 EUR."
"""

from datetime import date
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Rule
from contracts.pricing.completed_months import months_between
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import Usage
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.terms import Terms


class Residual(Terms):
    """The amount that is left to pay from a number of full months on."""

    prices: ClassVar = ("amount",)

    from_month: Annotated[WholeNumber, Field(ge=0)]
    amount: Annotated[Amount, Field(ge=0)]


def _rising(schedule: tuple[Residual, ...]) -> tuple[Residual, ...]:
    if any(before.from_month >= after.from_month for before, after in pairwise(schedule)):
        raise ValueError("a schedule rises: each month comes after the one before it")
    return schedule


Schedule: TypeAlias = Annotated[tuple[Residual, ...], Field(min_length=1), AfterValidator(_rising)]


def residual(schedule: Schedule, months: int) -> Residual | None:
    """Find the entry of a schedule after a number of full months; None before its first entry."""
    return next((entry for entry in reversed(schedule) if months >= entry.from_month), None)


class BuyOut(Rule):
    """What the customer pays to own the equipment.

    Attributes:
        schedule: by full months since the contract's start; before its first entry there is no buy-out.
        on: the day of the buy-out; none until an amendment states it.
    """

    counts: ClassVar[bool] = False

    kind: Literal["buy_out"] = "buy_out"
    arithmetic: Literal[1, 2] = 2
    schedule: Schedule
    on: date | None = None

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate one billing period: one line if the day of the buy-out lies in it."""
        if self.on is None or not usage.has(self.on):
            return ()
        months = months_between(usage.life.starts, self.on, self.arithmetic)
        left = residual(self.schedule, months)
        return () if left is None else (lump(0, left.amount, f"bought after {months} months"),)
