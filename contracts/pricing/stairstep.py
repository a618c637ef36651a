"""Stairstep price: one amount for all use within a band.

Clause: "Up to 1,000 m³ a month cost 50 EUR, up to 5,000 m³ 200 EUR, more 350 EUR."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field

from contracts.clause import Priced, RatedLine
from contracts.pricing.tiers import reaches, rising
from quantities.document import YesOrNo
from quantities.money import Amount
from quantities.quantity import Magnitude
from quantities.terms import Terms


class StairStep(Terms):
    """A band with one amount; its bound belongs to it, and the last has none."""

    prices: ClassVar = ("amount",)

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    amount: Amount


def _checked(steps: tuple[StairStep, ...]) -> tuple[StairStep, ...]:
    rising([step.up_to for step in steps])
    return steps


Steps: TypeAlias = Annotated[tuple[StairStep, ...], Field(min_length=1), AfterValidator(_checked)]


class Stairstep(Priced):
    """So much for a band of use.

    Attributes:
        steps: rising.
        at_zero: whether no use at all costs the first step.
    """

    kind: Literal["stairstep"] = "stairstep"
    arithmetic: Literal[1] = 1
    steps: Steps
    at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price so much of ``unit``: one line, the amount of the band."""
        if not quantity and not self.at_zero:
            return ()
        labels = reaches([step.up_to for step in self.steps], self.unit)
        part = next(at for at, step in enumerate(self.steps) if step.up_to is None or quantity <= step.up_to)
        return (RatedLine(part, Decimal(1), "each", self.steps[part].amount, labels[part]),)
