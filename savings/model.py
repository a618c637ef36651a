"""A model as it is frozen: coefficients, and the exact arithmetic that predicts from them.

No part of the fitting is needed to predict, and no float: a prediction is a sum of products of decimals that anybody
can do again.
"""

from collections.abc import Mapping
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
from savings.statistics.statistic import Statistic, frozen
from savings.statistics.towt import FittedWeek

_ZERO = Decimal(0)


class UnknownDriver(Invalid):
    """A model predicts where everything that drives it is known."""


class Leg(Terms):
    """Energy a degree-day, beyond a balance point."""

    slope: Statistic
    balance_point: Statistic


class LinearModel(Terms):
    """Energy a day, or an hour, as a straight line of each driver and of degree-days beyond balance points.

    Attributes:
        form: by its number of parameters.
        intercept: a day; of the mean, the mean.
        slope: of 2P, a degree.
        heating: below its balance point.
        cooling: above its.
        drivers: energy a unit of each.
    """

    kind: Literal["linear"] = "linear"
    form: Form
    intercept: Statistic
    slope: Statistic | None = None
    heating: Leg | None = None
    cooling: Leg | None = None
    drivers: Mapping[Name, Statistic] = {}

    @classmethod
    def of(cls, found: FittedLine) -> "LinearModel":
        """Freeze what was fitted."""
        return cls(
            form=found.form,
            intercept=frozen(found.intercept),
            slope=None if found.slope is None else frozen(found.slope),
            heating=_leg(found.heating),
            cooling=_leg(found.cooling),
            drivers={name: frozen(found.drivers[name]) for name in sorted(found.drivers)},
        )

    @property
    def needs(self) -> frozenset[str]:
        """What must be known to predict."""
        has_weather = self.slope is not None or self.heating is not None or self.cooling is not None
        return frozenset(self.drivers) | ({TEMPERATURE} if has_weather else frozenset())

    def predict(self, row: Row) -> Decimal:
        """Say what a row uses by the model; of a billing period, each of its days by its own temperature.

        Raises:
            UnknownDriver: something that drives it is not known.
        """
        days = Decimal(row.days)
        terms = [product(self.intercept, days)]
        if TEMPERATURE in self.needs:
            for temperature in row.temperatures or (None,):
                terms += self._of_weather(_known(row, TEMPERATURE, temperature))
        for name, slope in self.drivers.items():
            terms.append(product(slope, _known(row, name, row.drivers.get(name)), days))
        return added(terms)

    def _of_weather(self, temperature: Decimal) -> list[Decimal]:
        found = [] if self.slope is None else [product(self.slope, temperature)]
        if self.heating is not None:
            found.append(product(self.heating.slope, max(_ZERO, self.heating.balance_point - temperature)))
        if self.cooling is not None:
            found.append(product(self.cooling.slope, max(_ZERO, temperature - self.cooling.balance_point)))
        return found


def _leg(found: tuple[float, float] | None) -> Leg | None:
    return None if found is None else Leg(slope=frozen(found[0]), balance_point=frozen(found[1]))


def _known(row: Row, name: str, found: Decimal | None) -> Decimal:
    if found is None:
        raise UnknownDriver(f"{name} is not known at {row.period}", found=name, at=str(row.period))
    return found


class WeekSegment(Terms):
    """Some months' hours of the week, and energy a degree in each stretch of temperature.

    Attributes:
        months: 1 to 12.
        levels: by the slot of the week; None where it was never measured.
        occupied: a 1 or a 0 for each slot.
        bounds: between the stretches of temperature.
        unoccupied: energy a degree in each stretch.
        occupied_slopes: the same, of occupied slots.
        drivers: energy a unit of each.
    """

    months: tuple[int, ...]
    levels: tuple[Statistic | None, ...]
    occupied: Annotated[str, Field(pattern=r"^[01]+$")]
    bounds: tuple[Statistic, ...]
    unoccupied_slopes: tuple[Statistic, ...]
    occupied_slopes: tuple[Statistic, ...]
    drivers: Mapping[Name, Statistic] = {}


class Week(Terms):
    """Energy by the hour of the week, and by stretches of temperature.

    Attributes:
        segments: each month is in one.
    """

    kind: Literal["week"] = "week"
    segments: tuple[WeekSegment, ...]

    @classmethod
    def of(cls, found: FittedWeek) -> "Week":
        """Freeze what was fitted."""
        segments = tuple(
            WeekSegment(
                months=each.months,
                levels=tuple(None if level is None else frozen(level) for level in each.level),
                occupied="".join("01"[is_occupied] for is_occupied in each.occupied),
                bounds=tuple(map(frozen, each.bounds)),
                unoccupied_slopes=tuple(map(frozen, each.unoccupied_slopes)),
                occupied_slopes=tuple(map(frozen, each.occupied_slopes)),
                drivers={name: frozen(each.drivers[name]) for name in sorted(each.drivers)},
            )
            for each in found.segments
        )
        return cls(segments=segments)

    @property
    def needs(self) -> frozenset[str]:
        """What must be known to predict."""
        return frozenset(self.segments[0].drivers) | {TEMPERATURE}

    def predict(self, row: Row) -> Decimal:
        """Say what an hour uses by the model.

        Raises:
            UnknownDriver: something that drives it is not known, or no such hour of the week was in the baseline.
        """
        segment = next(each for each in self.segments if row.local.month in each.months)
        slot = slot_of_week(row.local)
        temperature = _known(row, TEMPERATURE, row.temperatures[0] if row.temperatures else None)
        slopes = segment.occupied_slopes if segment.occupied[slot] == "1" else segment.unoccupied_slopes
        terms = [_known(row, f"hour {slot} of the week", segment.levels[slot])]
        terms += map(product, slopes, stretches(temperature, segment.bounds))
        terms += (product(slope, _known(row, name, row.drivers.get(name))) for name, slope in segment.drivers.items())
        return added(terms)


def stretches(temperature: Decimal, bounds: tuple[Decimal, ...]) -> list[Decimal]:
    """Divide a temperature among the stretches that bounds make (CalTRACK 3.9.2)."""
    if not bounds:
        return [temperature]
    found = [min(temperature, bounds[0])]
    found += (min(max(temperature - low, _ZERO), high - low) for low, high in pairwise(bounds))
    return [*found, max(temperature - bounds[-1], _ZERO)]


#: The union is at once the registry, the stored models' schema and the API's discriminator.
Model: TypeAlias = Annotated[LinearModel | Week, Field(discriminator="kind")]
