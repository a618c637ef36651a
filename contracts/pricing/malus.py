"""Malus: the percentage that an availability takes off a price, in a straight line or by bands.

Clauses: "The price is multiplied by 100 % - 2 × (98 % - A); below 70 % nothing is due." And: "For each tenth of a point
below 97 % the lump sum falls by 0.1 %, below 85 % by 0.2 %, below 80 % by 0.3 %, below 75 % by 0.4 %."
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from quantities.arithmetic import added, product, quotient
from quantities.number import exact_context
from quantities.quantity import Magnitude
from quantities.terms import Terms

_HUNDRED, _ZERO = Decimal(100), Decimal(0)
Percent: TypeAlias = Annotated[Magnitude, Field(ge=0, le=100)]


class Linear(Terms):
    """A number of percent off for every point below the guarantee; below ``nothing_below`` the whole price.

    The price jumps at ``nothing_below``. Above the guarantee nothing is added: that would be a bonus.
    """

    kind: Literal["linear"] = "linear"
    guarantee: Percent
    factor: Annotated[Magnitude, Field(gt=0)]
    nothing_below: Percent | None = None

    def percent(self, availability: Decimal) -> Decimal:
        """Compute the percentage of the price that an availability takes off, from 0 to 100."""
        if self.nothing_below is not None and availability < self.nothing_below:
            return _HUNDRED
        return min(_HUNDRED, product(self.factor, max(_ZERO, self.guarantee - availability)))


class PartOfStep(StrEnum):
    """How a part of a step counts: as a ``full`` step, as its ``part``, or as ``none``."""

    FULL = "full"
    PART = "part"
    NONE = "none"


class MalusBand(Terms):
    """The percentage off for every step below a mark."""

    below: Percent
    percent: Percent


class Progressive(Terms):
    """A percentage off for every step below a mark, and another one below the next mark."""

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
        """Compute the percentage of the price that an availability takes off, from 0 to 100."""
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
        with exact_context():
            return (points / self.step).to_integral_value(mode)


Malus: TypeAlias = Annotated[Linear | Progressive, Field(discriminator="kind")]
