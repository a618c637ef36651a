"""Shift multiplier: the whole fee is multiplied by how much the equipment is worked.

Clause: "The weekly rate is for one shift of 40 hours; above it, up to 80 hours, one and a half times the rate is due
for the whole week, above that twice the rate."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Priced, RatedLine
from contracts.pricing.tiers import reaches, rising
from quantities.money import Amount
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.terms import Terms


class ShiftStep(Terms):
    """So many times the fee, up to so much use; the last has no bound."""

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    factor: Annotated[Magnitude, Field(ge=0)]


def _checked(steps: tuple[ShiftStep, ...]) -> tuple[ShiftStep, ...]:
    rising([step.up_to for step in steps])
    return steps


ShiftSteps: TypeAlias = Annotated[tuple[ShiftStep, ...], Field(min_length=1), AfterValidator(_checked)]


class Shift(Priced):
    """A fee times what the use of the window makes of it.

    Attributes:
        fee: for one shift.
        steps: rising; the bound belongs to the lower one.
    """

    prices: ClassVar = ("fee",)

    kind: Literal["shift"] = "shift"
    arithmetic: Literal[1] = 1
    fee: Annotated[Amount, Field(ge=0)]
    steps: ShiftSteps

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price so much of ``unit``: one line, its quantity how many times the fee is due."""
        labels = reaches([step.up_to for step in self.steps], self.unit)
        at = next(at for at, step in enumerate(self.steps) if step.up_to is None or quantity <= step.up_to)
        calculation = f"{plain(quantity)} {self.unit} are {labels[at]}"
        return (RatedLine(0, self.steps[at].factor, "each", self.fee, labels[at], calculation),)
