"""Indexation: prices that follow published indices, with a lag, weights, a collar and a threshold; or fixed steps.

Clause: "P = P0 × (0.10 + 0.30 × L/L0 + 0.30 × I/I0 + 0.30 × M/M0), reviewed each year with the values of nine months
before; a review moves the price if it differs by at least 3 %, and by 5 % at most."
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar

from pydantic import Field, model_validator

from contracts.schedule import BillingInterval
from quantities.arithmetic import added, product, quotient
from quantities.document import WholeNumber
from quantities.errors import Conflict
from quantities.months import anchored
from quantities.names import Name
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

_HUNDRED, _ONE = Decimal(100), Decimal(1)

Month: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class IndexValueMissing(Conflict):
    """A price that follows an index waits until the value that its clause names is known."""


@dataclass(frozen=True, slots=True)
class IndexValue:
    """A published value of an index.

    Attributes:
        index: its name.
        month: which month it is of, as in 2026-03.
        value: as published, brought to the base of the series where that was changed.
        provisional: whether its publisher may still revise it.
        id: the row that says so.
    """

    index: str
    month: str
    value: Decimal
    provisional: bool = False
    id: int = 0


AnyTerms = TypeVar("AnyTerms", bound=Terms)

#: How a value is found: by index and month; None where there is none yet.
Lookup: TypeAlias = Callable[[str, str], IndexValue | None]


class Weighted(Terms):
    """An index with its weight.

    Attributes:
        index: a series of index values.
        weight: its part of the price.
        base: the value at which the price was agreed; that of ``base_month``, unless it is said.
        base_month: of which month.
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
    """How far a review must be off before it moves the price: in percent of it, or, for one index, in its points."""

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
        fixed: the part of the price that follows nothing.
        terms: the indices; with ``fixed`` the weights add up to 1.
        lag_months: a review takes the values of so many months before its own.
        every: how often the price is reviewed.
        first_review: on which day first, and then each ``every``; before it the price is as agreed.
        at_most_percent: a review raises the price by no more.
        at_least_percent: a review changes the price by no less, where below zero it lets it fall so far; 0 never lets
            it fall.
        ceiling: of the factor on the agreed price, over all reviews.
        floor: of the same.
        threshold: how far a review must be off before it moves the price.
        factor_places: to how many places the factor is rounded, half away from zero.
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
        """List the days of review up to a day, that one included."""
        months, day, at = self.every.months, self.first_review, 0
        while day <= until:
            yield day
            at += months
            day = anchored(self.first_review.year, self.first_review.month + at, self.first_review.day)

    def factor(self, on: date, lookup: Lookup) -> "IndexFactor":
        """Follow the reviews up to a day.

        Raises:
            IndexValueMissing: a value that a review needs is not known.
        """
        used: dict[tuple[str, str], IndexValue] = {}
        current, steps = _ONE, []
        known = {term.index: self._base(term, lookup, used) for term in self.terms}
        last_values = dict(known)
        for day in self.reviews(on):
            month = _month_before(day, self.lag_months)
            values = {term.index: _value(term.index, month, lookup, used) for term in self.terms}
            parts = (product(term.weight, quotient(values[term.index], known[term.index])) for term in self.terms)
            raw = Rounding.HALF_UP.to_places(added((self.fixed, *parts)), self.factor_places)
            if self._is_within_threshold(raw, current, values, last_values):
                continue
            last_values = values
            current = self._collared(raw, current)
            shown = ", ".join(f"{name} {plain(trimmed(value))}" for name, value in values.items())
            steps.append(f"{day}: {shown} of {month} → {plain(trimmed(current))}")
        return IndexFactor(current, "; ".join(steps), tuple(used.values()))

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
        return abs(quotient(product(raw - current, _HUNDRED), current)) < (self.threshold.percent or Decimal(0))

    def _collared(self, raw: Decimal, current: Decimal) -> Decimal:
        if self.at_most_percent is not None:
            raw = min(raw, quotient(product(current, _HUNDRED + self.at_most_percent), _HUNDRED))
        if self.at_least_percent is not None:
            raw = max(raw, quotient(product(current, _HUNDRED + self.at_least_percent), _HUNDRED))
        raw = raw if self.ceiling is None else min(raw, self.ceiling)
        raw = raw if self.floor is None else max(raw, self.floor)
        return Rounding.HALF_UP.to_places(raw, self.factor_places)


class FixedStep(Terms):
    """From a day on, the price as it then is rises, or falls, by so many percent."""

    first: date
    percent: Magnitude


class Stepped(Terms):
    """A price that moves by agreed steps, each on the one before."""

    kind: Literal["stepped"] = "stepped"
    steps: Annotated[tuple[FixedStep, ...], Field(min_length=1)]
    factor_places: Annotated[WholeNumber, Field(ge=1, le=12)] = 6

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if any(before.first >= after.first for before, after in pairwise(self.steps)):
            raise ValueError("steps follow on each other in time")
        return self

    def factor(self, on: date, lookup: Lookup) -> "IndexFactor":
        """Multiply the steps up to a day."""
        current, shown = _ONE, []
        for step in self.steps:
            if step.first <= on:
                current = quotient(product(current, _HUNDRED + step.percent), _HUNDRED)
                shown.append(f"{step.first}: {plain(step.percent)} %")
        return IndexFactor(Rounding.HALF_UP.to_places(current, self.factor_places), "; ".join(shown), ())


IndexClause: TypeAlias = Annotated[Following | Stepped, Field(discriminator="kind")]


class Indexed(Terms):
    """How a charge's prices move.

    Attributes:
        clause: by indices or by steps.
        only: which of the rule's amounts move, by their names; all of its prices, unless some are named.
        price_places: to how many places a moved price is rounded, half away from zero; not at all, unless it is said.
    """

    clause: IndexClause
    only: tuple[str, ...] = ()
    price_places: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None


@dataclass(frozen=True, slots=True)
class IndexFactor:
    """What the agreed prices are multiplied by, why, and the values that it rests on."""

    value: Decimal
    calculation: str
    values: tuple[IndexValue, ...]


def moved(terms: AnyTerms, factor: Decimal, indexed: Indexed) -> AnyTerms:
    """Multiply the prices of a rule, and of all that it is made of."""
    changed: dict[str, Any] = {}
    for name in type(terms).model_fields:
        value = getattr(terms, name)
        if name in type(terms).prices and (not indexed.only or name in indexed.only):
            changed[name] = _moved_price(value, factor, indexed.price_places)
        elif isinstance(value, Terms):
            changed[name] = moved(value, factor, indexed)
        elif isinstance(value, tuple) and value and isinstance(value[0], Terms):
            changed[name] = tuple(moved(each, factor, indexed) for each in value)
    return terms.model_copy(update=changed) if changed else terms


def price_names(terms: type[Terms] | Terms) -> frozenset[str]:
    """Name the amounts of a rule that can move."""
    names = set(terms.prices)
    for each in (getattr(terms, name) for name in type(terms).model_fields) if isinstance(terms, Terms) else ():
        for part in each if isinstance(each, tuple) else (each,):
            names |= price_names(part) if isinstance(part, Terms) else set()
    return frozenset(names)


def _moved_price(value: Any, factor: Decimal, places: int | None) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {name: _moved_price(each, factor, places) for name, each in value.items()}
    price = product(value, factor)
    return trimmed(price) if places is None else Rounding.HALF_UP.to_places(price, places)


def _value(index: str, month: str, lookup: Lookup, used: dict[tuple[str, str], IndexValue]) -> Decimal:
    found = value_of(index, month, lookup)
    used[index, month] = found
    return found.value


def value_of(index: str, month: str, lookup: Lookup) -> IndexValue:
    """Find a value that a price needs.

    Raises:
        IndexValueMissing: it is not known yet.
    """
    found = lookup(index, month)
    if found is None:
        raise IndexValueMissing(f"{index} has no value for {month}", found=f"{index} {month}")
    return found


def _month_before(day: date, months: int) -> str:
    return f"{anchored(day.year, day.month - months, 1):%Y-%m}"
