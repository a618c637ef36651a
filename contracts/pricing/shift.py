"""Shift multiplier: the whole fee is multiplied by a factor that depends on the use.

Clause: "The weekly rate is for one shift of 40 hours; above it, up to 80 hours, one and a half times the rate is due
for the whole week, above that twice the rate."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Priced
from contracts.pricing.tiers import require_rising, tier_labels
from contracts.rated_line import RatedLine
from quantities.money import Amount
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms


class ShiftStep(Terms):
    """The factor on the fee up to a bound of the use; the last one has no bound."""

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    factor: Annotated[Magnitude, Field(ge=0)]


def _checked(steps: tuple[ShiftStep, ...]) -> tuple[ShiftStep, ...]:
    require_rising([step.up_to for step in steps])
    return steps


ShiftSteps: TypeAlias = Annotated[tuple[ShiftStep, ...], Field(min_length=1), AfterValidator(_checked)]


class Shift(Priced):
    """A fee times the factor of the step that the window's use reaches.

    Attributes:
        fee: for one shift.
        steps: rising; a bound belongs to the lower step.
    """

    prices: ClassVar = ("fee",)

    kind: Literal["shift"] = "shift"
    arithmetic: Literal[1] = 1
    fee: Annotated[Amount, Field(ge=0)]
    steps: ShiftSteps

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line, whose quantity is the factor."""
        labels = tier_labels([step.up_to for step in self.steps], self.unit)
        at = next(at for at, step in enumerate(self.steps) if step.up_to is None or quantity <= step.up_to)
        calculation = f"{plain(quantity)} {self.unit} are {labels[at]}"
        return (RatedLine(0, self.steps[at].factor, "each", self.fee, labels[at], calculation),)
