"""Fixed steps: a price that rises, or falls, by agreed percentages on agreed days.

Clause: "The rent rises by 2 % on each 1 January, for the first time in 2027."
"""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.indexation.lookup import IndexFactor, Lookup
from quantities.arithmetic import product, quotient
from quantities.document import WholeNumber
from quantities.number import plain
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_HUNDRED, _ONE = Decimal(100), Decimal(1)


class FixedStep(Terms):
    """From a day on, the price of the day before is changed by so many percent; below zero it falls."""

    first: date
    percent: Magnitude


class Stepped(Terms):
    """A price that moves by agreed steps, each a percentage of the price after the step before."""

    kind: Literal["stepped"] = "stepped"
    steps: Annotated[tuple[FixedStep, ...], Field(min_length=1)]
    factor_places: Annotated[WholeNumber, Field(ge=1, le=12)] = 6

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if any(before.first >= after.first for before, after in pairwise(self.steps)):
            raise ValueError("steps follow on each other in time")
        return self

    def review_days(self, first: date, after_last: date) -> tuple[date, ...]:
        """List the days of steps after a first day and before another one."""
        return tuple(step.first for step in self.steps if first < step.first < after_last)

    def factor(self, on: date, lookup: Lookup) -> IndexFactor:
        """Multiply the steps up to a day, that day included; rounded once, half away from zero."""
        factor, shown = _ONE, []
        for step in self.steps:
            if step.first <= on:
                factor = quotient(product(factor, _HUNDRED + step.percent), _HUNDRED)
                shown.append(f"{step.first}: {plain(step.percent)} %")
        return IndexFactor(Rounding.HALF_UP.to_places(factor, self.factor_places), "; ".join(shown), ())
