"""Prices that follow published indices, with a lag, weights, a collar and a threshold.

Clause: "P = P0 × (0.10 + 0.30 × L/L0 + 0.30 × I/I0 + 0.30 × M/M0), reviewed each year with the values of nine months
before; a review moves the price if it differs by at least 3 %, and by 5 % at most."
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.indexation.lookup import IndexFactor, IndexValue, Lookup, Month, value_of
from contracts.schedule import BillingInterval
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.exact import half_up, settled
from quantities.months import anchored
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_HUNDRED, _ONE = Decimal(100), Decimal(1)


class Weighted(Terms):
    """An index with its weight.

    Attributes:
        index: the name of the index.
        weight: its share of the price.
        base: the value on which the agreed price rests; the value of ``base_month`` where that is named instead.
        base_month: the month of that value.
    """

    index: Name
    weight: Annotated[Magnitude, Field(gt=0)] = _ONE
    base: Annotated[Magnitude, Field(gt=0)] | None = None
    base_month: Month | None = None

    @model_validator(mode="after")
    def _has_a_base(self) -> Self:
        if (self.base is None) is (self.base_month is None):
            raise ValueError("an index is compared with a base or with the value of a base_month: name one")
        return self


class Threshold(Terms):
    """The smallest change that moves the price: in percent of the current factor, or in points of a single index."""

    percent: Annotated[Magnitude, Field(gt=0)] | None = None
    points: Annotated[Magnitude, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) is (self.points is None):
            raise ValueError("a threshold is in percent or in points: name one")
        return self


class Following(Terms):
    """A price that follows indices: P = P0 × (fixed + Σ weight × I / I0).

    Attributes:
        fixed: the share of the price that follows no index.
        terms: the indices; with ``fixed`` the weights add up to 1.
        lag_months: a review uses the values of the month that lies so many months before it.
        every: how often the price is reviewed.
        first_review: the day of the first review; until then the price is the agreed one.
        at_most_percent: the most by which one review raises the price.
        at_least_percent: the lowest change by one review: -3 lets it fall by 3 percent, 0 never lets it fall.
        ceiling: the highest factor on the agreed price, over all reviews.
        floor: the lowest factor on the agreed price, over all reviews.
        threshold: the smallest change that moves the price; a review below it leaves the price as it is.
        factor_places: to how many places the factor is rounded, half away from zero.
        arithmetic: its number, as of a rule; terms that were stored without one go on with 1.
    """

    kind: Literal["following"] = "following"
    fixed: Annotated[Magnitude, Field(ge=0, lt=1)] = Decimal(0)
    terms: Annotated[tuple[Weighted, ...], Field(min_length=1)]
    lag_months: Annotated[WholeNumber, Field(ge=0, le=60)] = 0
    every: Literal[
        BillingInterval.MONTH,
        BillingInterval.TWO_MONTHS,
        BillingInterval.QUARTER,
        BillingInterval.HALF_YEAR,
        BillingInterval.YEAR,
    ] = BillingInterval.YEAR
    first_review: date
    at_most_percent: Annotated[Magnitude, Field(ge=0)] | None = None
    at_least_percent: Annotated[Magnitude, Field(le=0)] | None = None
    ceiling: Annotated[Magnitude, Field(ge=1)] | None = None
    floor: Annotated[Magnitude, Field(le=1, ge=0)] | None = None
    threshold: Threshold | None = None
    factor_places: Annotated[WholeNumber, Field(ge=1, le=12)] = 6
    arithmetic: Literal[1, 2] = 2

    @model_validator(mode="after")
    def _weights_are_whole(self) -> Self:
        whole = added((self.fixed, *(term.weight for term in self.terms)))
        if whole != 1:
            raise ValueError(
                f"the weights add up to 1, and not to {plain(whole)}: on the first day the price is the agreed one"
            )
        if self.threshold is not None and self.threshold.points is not None and len(self.terms) > 1:
            raise ValueError("points are of one index: with several, a threshold is in percent")
        return self

    def reviews(self, until: date) -> Iterator[date]:
        """List the days of review up to a day, that day included."""
        months, day, at = self.every.months, self.first_review, 0
        while day <= until:
            yield day
            at += months
            day = anchored(self.first_review.year, self.first_review.month + at, self.first_review.day)

    def review_days(self, first: date, after_last: date) -> tuple[date, ...]:
        """List the days of review after a first day and before another one."""
        return tuple(day for day in self.reviews(after_last) if first < day < after_last)

    def factor(self, on: date, lookup: Lookup) -> IndexFactor:
        """Compute the factor on the agreed price after all reviews up to a day, that day included.

        Raises:
            IndexValueMissing: a value that a review needs is not published yet.
        """
        used: dict[tuple[str, str], IndexValue] = {}
        current, steps = _ONE, []
        bases = {term.index: self._base(term, lookup, used) for term in self.terms}
        last_values = dict(bases)  # of the last review that moved the price
        for day in self.reviews(on):
            month = _month_before(day, self.lag_months)
            values = {term.index: _value(term.index, month, lookup, used) for term in self.terms}
            raw = self._raw(values, bases)
            if self._is_within_threshold(raw, current, values, last_values):
                continue
            last_values = values
            current = self._collared(raw, current)
            shown = ", ".join(f"{name} {plain(trimmed(value))}" for name, value in values.items())
            steps.append(f"{day}: {shown} of {month} → {plain(trimmed(current))}")
        return IndexFactor(current, "; ".join(steps), tuple(used.values()))

    def _raw(self, values: Mapping[str, Decimal], bases: Mapping[str, Decimal]) -> Decimal:
        """Compute the factor of some values, rounded once; arithmetic 1 rounded each quotient of an index before."""
        if self.arithmetic == 1:
            parts = (product(term.weight, quotient(values[term.index], bases[term.index])) for term in self.terms)
            return Rounding.HALF_UP.to_places(added((self.fixed, *parts)), self.factor_places)
        moved = Fraction(self.fixed)
        for term in self.terms:
            moved += Fraction(term.weight) * Fraction(values[term.index]) / Fraction(bases[term.index])
        return half_up(settled(moved), self.factor_places)

    def _base(self, term: Weighted, lookup: Lookup, used: dict[tuple[str, str], IndexValue]) -> Decimal:
        return term.base if term.base is not None else _value(term.index, term.base_month or "", lookup, used)

    def _is_within_threshold(
        self, raw: Decimal, current: Decimal, values: Mapping[str, Decimal], last: Mapping[str, Decimal]
    ) -> bool:
        if self.threshold is None:
            return False
        if self.threshold.points is not None:
            (index,) = values
            return abs(values[index] - last[index]) < self.threshold.points
        percent, change = self.threshold.percent or Decimal(0), product(abs(raw - current), _HUNDRED)
        return quotient(change, current) < percent if self.arithmetic == 1 else change < product(percent, current)

    def _collared(self, raw: Decimal, current: Decimal) -> Decimal:
        """Limit a new factor: first the change by this review, then the factor over all reviews."""
        if self.at_most_percent is not None:
            raw = min(raw, quotient(product(current, _HUNDRED + self.at_most_percent), _HUNDRED))
        if self.at_least_percent is not None:
            raw = max(raw, quotient(product(current, _HUNDRED + self.at_least_percent), _HUNDRED))
        raw = raw if self.ceiling is None else min(raw, self.ceiling)
        raw = raw if self.floor is None else max(raw, self.floor)
        return Rounding.HALF_UP.to_places(raw, self.factor_places)


def _value(index: str, month: str, lookup: Lookup, used: dict[tuple[str, str], IndexValue]) -> Decimal:
    """Find a value and note that it was used."""
    value = value_of(index, month, lookup)
    used[index, month] = value
    return value.value


def _month_before(day: date, months: int) -> str:
    return f"{anchored(day.year, day.month - months, 1):%Y-%m}"
