"""Frozen models: coefficients as decimals, and the exact arithmetic that predicts from them.

Predicting needs neither the fitting code nor floats: a prediction is a sum of products of decimals that anybody can
repeat by hand.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from quantities.arithmetic import added, product
from quantities.errors import Invalid
from quantities.names import Name
from quantities.terms import Terms
from savings.rows import TEMPERATURE, Row, slot_of_week
from savings.statistics.change_point import FittedLine, Form
from savings.statistics.frozen_statistic import Statistic, exact_decimal
from savings.statistics.towt import DAYS_OF_WEEK, FittedWeek

_ZERO = Decimal(0)


class DriverMissing(Invalid):
    """A driver has no value."""


class Leg(Terms):
    """Energy a degree-day on one side of a balance point."""

    slope: Statistic
    balance_point: Statistic


class LinearModel(Terms):
    """Energy a day (or an hour, if rows are hours): linear in each driver and in the degree-days beyond balance points.

    Attributes:
        form: which change-point model, by its number of parameters.
        intercept: energy a day; of the form ``mean``, the mean.
        slope: energy a degree; of the form 2P only.
        heating: energy a heating degree-day, and the balance point.
        cooling: energy a cooling degree-day, and the balance point.
        drivers: energy a unit of each driver, by name.
        summed: the drivers whose value is the sum over a billing period; a unit of it counts once, and not on each day.
    """

    kind: Literal["linear"] = "linear"
    form: Form
    intercept: Statistic
    slope: Statistic | None = None
    heating: Leg | None = None
    cooling: Leg | None = None
    drivers: Mapping[Name, Statistic] = {}
    summed: tuple[Name, ...] = ()

    @classmethod
    def of(cls, fitted: FittedLine, summed: Collection[str] = ()) -> "LinearModel":
        """Freeze a fitted model: each float becomes a decimal with all its digits."""
        return cls(
            form=fitted.form,
            intercept=exact_decimal(fitted.intercept),
            slope=None if fitted.slope is None else exact_decimal(fitted.slope),
            heating=_leg(fitted.heating),
            cooling=_leg(fitted.cooling),
            drivers={name: exact_decimal(fitted.drivers[name]) for name in sorted(fitted.drivers)},
            summed=tuple(sorted(summed)),
        )

    @property
    def needs(self) -> frozenset[str]:
        """The names of the drivers that it predicts from, temperature among them."""
        return frozenset(self.drivers) | ({TEMPERATURE} if self._takes_weather else frozenset())

    @property
    def _takes_weather(self) -> bool:
        return self.slope is not None or self.heating is not None or self.cooling is not None

    def predict(self, row: Row) -> Decimal:
        """The energy of a row by the model, unrounded; a billing period is the sum of its days at their temperatures.

        Raises:
            DriverMissing: a driver of the model has no value in this row.
        """
        days = Decimal(row.days)
        terms = [product(self.intercept, days)]
        if self._takes_weather or TEMPERATURE in self.drivers:
            for temperature in row.temperatures or (None,):
                terms += self._weather_terms(_known(row, TEMPERATURE, temperature))
        for name, slope in self.drivers.items():
            value = _known(row, name, row.drivers.get(name))
            terms.append(product(slope, value) if name in self.summed else product(slope, value, days))
        return added(terms)

    def _weather_terms(self, temperature: Decimal) -> list[Decimal]:
        """The parts of a day's energy that depend on its mean temperature."""
        terms = [] if self.slope is None else [product(self.slope, temperature)]
        if self.heating is not None:
            terms.append(product(self.heating.slope, max(_ZERO, self.heating.balance_point - temperature)))
        if self.cooling is not None:
            terms.append(product(self.cooling.slope, max(_ZERO, temperature - self.cooling.balance_point)))
        return terms


def _leg(fitted: tuple[float, float] | None) -> Leg | None:
    return None if fitted is None else Leg(slope=exact_decimal(fitted[0]), balance_point=exact_decimal(fitted[1]))


def _known(row: Row, name: str, value: Decimal | None) -> Decimal:
    """Return the value, or refuse the row if there is none."""
    if value is None:
        expected = f"a value of {name}"
        raise DriverMissing(
            f"{name} is not known at {row.period}", place=str(row.period), found=name, expected=expected
        )
    return value


class WeekSegment(Terms):
    """The model of some months: a level for each slot of the week, and energy a degree in each temperature bin.

    A slot is an hour of the week, of 168, or a day of it, of 7.

    Attributes:
        months: the months that it predicts, 1 to 12.
        levels: energy by the slot of the week, Monday's first at 0; None if that slot was never measured.
        occupied: one digit for each slot of the week: 1 if it is occupied, else 0.
        bounds: the bounds between temperature bins, rising.
        unoccupied_slopes: energy a degree in each bin, for slots that are not occupied.
        occupied_slopes: the same for occupied slots.
        drivers: energy a unit of each driver, by name.
    """

    months: tuple[int, ...]
    levels: tuple[Statistic | None, ...]
    occupied: Annotated[str, Field(pattern=r"^[01]+$")]
    bounds: tuple[Statistic, ...]
    unoccupied_slopes: tuple[Statistic, ...]
    occupied_slopes: tuple[Statistic, ...]
    drivers: Mapping[Name, Statistic] = {}


class Week(Terms):
    """Energy by the hour or the day of the week and by temperature bins.

    Attributes:
        segments: the models of the months; every month is in exactly one.
    """

    kind: Literal["week"] = "week"
    segments: Annotated[tuple[WeekSegment, ...], Field(min_length=1)]

    @classmethod
    def of(cls, fitted: FittedWeek) -> "Week":
        """Freeze a fitted model: each float becomes a decimal with all its digits."""
        segments = tuple(
            WeekSegment(
                months=segment.months,
                levels=tuple(None if level is None else exact_decimal(level) for level in segment.level),
                occupied="".join("01"[is_occupied] for is_occupied in segment.occupied),
                bounds=tuple(map(exact_decimal, segment.bounds)),
                unoccupied_slopes=tuple(map(exact_decimal, segment.unoccupied_slopes)),
                occupied_slopes=tuple(map(exact_decimal, segment.occupied_slopes)),
                drivers={name: exact_decimal(segment.drivers[name]) for name in sorted(segment.drivers)},
            )
            for segment in fitted.segments
        )
        return cls(segments=segments)

    @property
    def needs(self) -> frozenset[str]:
        """The names of the drivers that it predicts from, temperature among them."""
        return frozenset(self.segments[0].drivers) | {TEMPERATURE}

    def predict(self, row: Row) -> Decimal:
        """The energy of an hour or a day by the model, unrounded.

        Raises:
            DriverMissing: a driver has no value in this row, or the baseline had no such hour or day of the week.
        """
        segment = next(segment for segment in self.segments if row.local.month in segment.months)
        by_day = len(segment.levels) == DAYS_OF_WEEK
        slot = row.local.weekday() if by_day else slot_of_week(row.local)
        temperature = _known(row, TEMPERATURE, row.temperatures[0] if row.temperatures else None)
        slopes = segment.occupied_slopes if segment.occupied[slot] == "1" else segment.unoccupied_slopes
        terms = [_known(row, f"{'day' if by_day else 'hour'} {slot} of the week", segment.levels[slot])]
        terms += map(product, slopes, temperature_bins(temperature, segment.bounds))
        terms += (product(slope, _known(row, name, row.drivers.get(name))) for name, slope in segment.drivers.items())
        return added(terms)


def temperature_bins(temperature: Decimal, bounds: tuple[Decimal, ...]) -> list[Decimal]:
    """The part of a temperature in each of the bins between ``k`` bounds, ``k + 1`` parts (CalTRACK 3.9.2).

    Between the bounds 30 and 45, a temperature of 50 has the parts 30, 15 and 5.
    """
    if not bounds:
        return [temperature]
    parts = [min(temperature, bounds[0])]
    parts += (min(max(temperature - low, _ZERO), high - low) for low, high in pairwise(bounds))
    return [*parts, max(temperature - bounds[-1], _ZERO)]


#: The union is at once the registry, the stored models' schema and the API's discriminator.
Model: TypeAlias = Annotated[LinearModel | Week, Field(discriminator="kind")]
