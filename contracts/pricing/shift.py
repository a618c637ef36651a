"""Shift multiplier: the whole fee is multiplied by a factor that depends on the use.

Clause: "The weekly rate is for one shift of 40 hours; above it, up to 80 hours, one and a half times the rate is due
for the whole week, above that twice the rate."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo

from contracts.clause import Priced
from contracts.pricing.tiers import AboveLastTier, priced_within, reached, require_rising, tier_labels
from contracts.rated_line import RatedLine
from quantities.money import Amount
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms


class ShiftStep(Terms):
    """The factor on the fee up to a bound of the use; the last has none, unless the rule says what is above."""

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    factor: Annotated[Magnitude, Field(ge=0)]


def _checked(steps: tuple[ShiftStep, ...], info: ValidationInfo) -> tuple[ShiftStep, ...]:
    require_rising([step.up_to for step in steps], above_last=info.data.get("above_last"))
    return steps


ShiftSteps: TypeAlias = Annotated[tuple[ShiftStep, ...], Field(min_length=1), AfterValidator(_checked)]


class Shift(Priced):
    """A fee times the factor of the step that the window's use reaches.

    Attributes:
        fee: for one shift.
        above_last: what use above the last step is, where that one has a bound; free, its factor stays as it is.
        steps: rising; a bound belongs to the lower step.
    """

    prices: ClassVar = ("fee",)

    kind: Literal["shift"] = "shift"
    arithmetic: Literal[1] = 1
    fee: Annotated[Amount, Field(ge=0)]
    above_last: AboveLastTier = None
    steps: ShiftSteps

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line, whose quantity is the factor.

        Raises:
            UseAboveLastTier: it is above the last step, and refused.
        """
        bounds = [step.up_to for step in self.steps]
        labels = tier_labels(bounds, self.unit)
        at = reached(bounds, priced_within(quantity, bounds, self.above_last, self.unit))
        calculation = f"{plain(quantity)} {self.unit} are {labels[at]}"
        return (RatedLine(0, self.steps[at].factor, "each", self.fee, labels[at], calculation),)
