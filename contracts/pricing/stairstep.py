"""Stairstep price: one amount for all use within a band.

Clause: "Up to 1,000 m³ a month cost 50 EUR, up to 5,000 m³ 200 EUR, more 350 EUR."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Priced
from contracts.pricing.tiers import require_rising, tier_labels
from contracts.rated_line import RatedLine
from quantities.document import YesOrNo
from quantities.money import Amount
from quantities.quantity import Magnitude
from quantities.terms import Terms


class StairStep(Terms):
    """A band of use with one amount; its bound belongs to it, and the last band has none."""

    prices: ClassVar = ("amount",)

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    amount: Amount


def _checked(steps: tuple[StairStep, ...]) -> tuple[StairStep, ...]:
    require_rising([step.up_to for step in steps])
    return steps


Steps: TypeAlias = Annotated[tuple[StairStep, ...], Field(min_length=1), AfterValidator(_checked)]


class Stairstep(Priced):
    """One amount for all use, by the band that it reaches.

    Attributes:
        steps: rising.
        at_zero: whether the first step's amount is due without any use.
    """

    kind: Literal["stairstep"] = "stairstep"
    arithmetic: Literal[1] = 1
    steps: Steps
    at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line with the amount of its band."""
        if not quantity and not self.at_zero:
            return ()
        labels = tier_labels([step.up_to for step in self.steps], self.unit)
        part = next(at for at, step in enumerate(self.steps) if step.up_to is None or quantity <= step.up_to)
        return (RatedLine(part, Decimal(1), "each", self.steps[part].amount, labels[part]),)
