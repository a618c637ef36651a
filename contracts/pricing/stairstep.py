"""Stairstep price: one amount for all use within a band.

Clause: "Up to 1,000 m³ a month cost 50 EUR, up to 5,000 m³ 200 EUR, more 350 EUR."
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo

from contracts.clause import Priced
from contracts.pricing.tiers import (
    AboveLastTier,
    priced_within,
    reached,
    require_rising,
    tier_labels,
)
from contracts.rated_line import RatedLine
from quantities.document import YesOrNo
from quantities.money import Amount
from quantities.quantity import Magnitude
from quantities.terms import Terms


class StairStep(Terms):
    """A band of use with one amount; its bound belongs to it. The last has none, unless the rule says what is above."""

    prices: ClassVar = ("amount",)

    up_to: Annotated[Magnitude, Field(gt=0)] | None = None
    amount: Amount


def _checked(steps: tuple[StairStep, ...], info: ValidationInfo) -> tuple[StairStep, ...]:
    require_rising([step.up_to for step in steps], above_last=info.data.get("above_last"))
    return steps


Steps: TypeAlias = Annotated[tuple[StairStep, ...], Field(min_length=1), AfterValidator(_checked)]


class Stairstep(Priced):
    """One amount for all use, by the band that it reaches.

    Attributes:
        above_last: what use above the last band is, where that one has a bound; free, its amount stays as it is.
        steps: rising.
        at_zero: whether the first step's amount is due without any use.
    """

    kind: Literal["stairstep"] = "stairstep"
    arithmetic: Literal[1] = 1
    above_last: AboveLastTier = None
    steps: Steps
    at_zero: YesOrNo = True

    def price(self, quantity: Decimal) -> tuple[RatedLine, ...]:
        """Price a quantity in ``unit``: one line with the amount of its band.

        Raises:
            UseAboveLastTier: it is above the last band, and refused.
        """
        if not quantity and not self.at_zero:
            return ()
        bounds = [step.up_to for step in self.steps]
        part = reached(bounds, priced_within(quantity, bounds, self.above_last, self.unit))
        label = tier_labels(bounds, self.unit)[part]
        return (RatedLine(part, Decimal(1), "each", self.steps[part].amount, label),)
