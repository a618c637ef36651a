"""Maluses: how many percent of a price an availability takes off, in a straight line or by bands.

Clauses: "The price is multiplied by 100 % - 2 × (98 % - A); below 70 % nothing is due." And: "For each tenth of a point
below 97 % the lump sum falls by 0.1 %, below 85 % by 0.2 %, below 80 % by 0.3 %, below 75 % by 0.4 %."
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.number import exactly
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
Percent: TypeAlias = Annotated[Magnitude, Field(ge=0, le=100)]


class Linear(Terms):
    """So many percent off for each point below the guarantee, all of it below another mark.

    The price jumps at ``nothing_below``; above the guarantee nothing is added, or a malus would become a bonus.
    """

    kind: Literal["linear"] = "linear"
    guarantee: Percent
    factor: Annotated[Magnitude, Field(gt=0)]
    nothing_below: Percent | None = None

    def percent(self, availability: Decimal) -> Decimal:
        """Say how many percent of the price an availability takes off, none to all."""
        if self.nothing_below is not None and availability < self.nothing_below:
            return _HUNDRED
        return min(_HUNDRED, product(self.factor, max(_ZERO, self.guarantee - availability)))


class PartOfStep(StrEnum):
    """What a part of a step counts: in ``full``, in ``part``, or ``none``."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class MalusBand(Terms):
    """Below a mark, so many percent off for each step."""

    below: Percent
    percent: Percent


class Progressive(Terms):
    """So many percent off for each step below a mark, more below the next; each step bears its own band's rate."""

    kind: Literal["progressive"] = "progressive"
    step: Annotated[Magnitude, Field(gt=0)] = Decimal("0.1")
    part_of_step: PartOfStep = PartOfStep.FULL
    bands: Annotated[tuple[MalusBand, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fall(self) -> Self:
        if any(before.below <= after.below for before, after in pairwise(self.bands)):
            raise ValueError("bands fall: each begins below the one before")
        return self

    def percent(self, availability: Decimal) -> Decimal:
        """Say how many percent of the price an availability takes off, none to all."""
        off = _ZERO
        floors = [*(band.below for band in self.bands[1:]), _ZERO]
        for band, floor in zip(self.bands, floors, strict=True):
            points = band.below - max(floor, availability)
            if points <= 0:
                break
            off = added((off, product(self._steps(points), band.percent)))
        return min(_HUNDRED, off)

    def _steps(self, points: Decimal) -> Decimal:
        if self.part_of_step is PartOfStep.PART:
            return quotient(points, self.step)
        mode = ROUND_CEILING if self.part_of_step is PartOfStep.FULL else ROUND_FLOOR
        with exactly():
            return (points / self.step).to_integral_value(mode)


Malus: TypeAlias = Annotated[Linear | Progressive, Field(discriminator="kind")]
