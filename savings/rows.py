"""Rows: energy and what drives it over hours, local days or billing periods, from series of any interval.

What is measured over shorter stretches is added up (energy, production) or averaged over time (temperature, a 0/1
operating mode). A row of which too little is known has no value: nothing is guessed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from quantities.arithmetic import added, product, quotient
from quantities.errors import Invalid
from quantities.period import HOUR_US, MICROSECOND, Period, zone
from quantities.quantity import converted
from savings.operating_schedule import OperatingSchedule, modes_of

#: What temperature is called among the drivers.
TEMPERATURE = "temperature"
_HALF = Decimal("0.5")
_HOURS_A_DAY = 24


class OverlappingPeriods(Invalid):
    """A series says once what was measured over a time."""


class Interval(StrEnum):
    """What a row of a model is."""

    HOUR = "hour"
    DAY = "day"
    BILLING = "billing"


class DriverAggregation(StrEnum):
    """How what is known of parts comes to the whole."""

    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Series:
    """What was measured.

    Attributes:
        periods: in order of time, none overlapping another.
        values: of each; None where it is missing.
        unit: of the values.
    """

    periods: tuple[Period, ...]
    values: tuple[Decimal | None, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        for before, after in pairwise(self.periods):
            if after.start < before.end:
                raise OverlappingPeriods(f"{after} begins within {before}", found=str(after))

    def within(self, whole: Period) -> "Series":
        """Keep the periods that lie in a longer one."""
        kept = [at for at, each in enumerate(self.periods) if whole.covers(each)]
        return Series(tuple(self.periods[at] for at in kept), tuple(self.values[at] for at in kept), self.unit)

    def without_zeros(self) -> "Series":
        """Take zeros for missing: of electricity no meter reads nothing at all (CalTRACK 2.2.1.4)."""
        return Series(self.periods, tuple(each or None for each in self.values), self.unit)

    def bridged(self, most: int = 6) -> "Series":
        """Draw a straight line over at most so many missing values in a row (CalTRACK 2.2.4)."""
        values, known = list(self.values), [at for at, each in enumerate(self.values) if each is not None]
        for before, after in pairwise(known):
            if not 1 < after - before <= most + 1:
                continue
            first, last = self.values[before], self.values[after]
            if first is None or last is None:
                continue
            for at in range(before + 1, after):
                part = product(last - first, Decimal(at - before))
                values[at] = added((first, quotient(part, Decimal(after - before))))
        return Series(self.periods, tuple(values), self.unit)


@dataclass(frozen=True, slots=True)
class Row:
    """An hour, a day or a billing period.

    Attributes:
        period: when.
        local: its start, by the local clock.
        energy: what was used; None where too little of it was measured.
        temperatures: the mean of it; of a billing period, of each of its days. None where too little is known.
        drivers: further ones, by name.
        days: how many a billing period has; one, of what is shorter.
    """

    period: Period
    local: datetime
    energy: Decimal | None = None
    temperatures: tuple[Decimal | None, ...] = ()
    drivers: Mapping[str, Decimal | None] = field(default_factory=dict)
    days: int = 1

    @property
    def is_known(self) -> bool:
        """Whether everything that drives it is known."""
        return None not in self.temperatures and None not in self.drivers.values()

    @property
    def is_complete(self) -> bool:
        """Whether its energy is known as well."""
        return self.energy is not None and self.is_known


def over(
    series: Series, rows: Sequence[Period], how: DriverAggregation, least: Decimal = _HALF
) -> list[Decimal | None]:
    """Bring a series to other periods.

    Args:
        series: what was measured.
        rows: the periods asked for, in order.
        how: what is measured over a part of a row is added up, or averaged over time.
        least: the part of a row that must be measured. Of a sum, what is missing is taken to be as the rest is
            (CalTRACK 2.2.2.1).

    Returns:
        A value for each row; None where less is known. What straddles the edge of a row is no part of its sum.
    """
    starts = [each.start for each in series.periods]
    found: list[Decimal | None] = []
    for row in rows:
        at = max(0, bisect_right(starts, row.start) - 1)
        known, total = timedelta(), list[Decimal]()
        while at < len(starts) and starts[at] < row.end:
            period, value = series.periods[at], series.values[at]
            at += 1
            shared = row.meet(period)
            if value is None or shared is None or (how is DriverAggregation.SUM and shared != period):
                continue
            known += shared.duration
            total.append(
                value if how is DriverAggregation.SUM else product(value, Decimal(shared.duration // MICROSECOND))
            )
        measured, whole = Decimal(known // MICROSECOND), Decimal(row.duration // MICROSECOND)
        if not known or measured < product(whole, least):
            found.append(None)
        elif how is DriverAggregation.MEAN:
            found.append(quotient(added(total), measured))
        elif known == row.duration:
            found.append(added(total))
        else:
            found.append(quotient(product(added(total), whole), measured))
    return found


def rows_of(
    interval: Interval,
    zone_name: str,
    energy: Series,
    drivers: Mapping[str, Series],
    driver_aggregations: Mapping[str, DriverAggregation] | None = None,
    within: Period | None = None,
    modes: Mapping[str, OperatingSchedule] | None = None,
    degrees: str | None = None,
) -> tuple[Row, ...]:
    """Lay out the rows of a model.

    Args:
        interval: of a row.
        zone_name: whose local days and hours they are.
        energy: of the site.
        drivers: by name; temperature among them where a model needs it, short gaps in which are bridged.
        driver_aggregations: how each driver comes to a row; its mean, unless it is said.
        within: from when to when; all that the energy spans, unless it is said.
        modes: drivers that a calendar tells.
        degrees: the unit that means of temperature are converted to: they, and not each reading.
    """
    where = zone(zone_name)
    span = within or Period(energy.periods[0].start, energy.periods[-1].end)
    periods = [period for period in _cut(interval, span, energy, where) if span.covers(period)]
    used = over(energy, periods, DriverAggregation.SUM)
    further = {
        name: over(series, periods, (driver_aggregations or {}).get(name, DriverAggregation.MEAN))
        for name, series in drivers.items()
        if name != TEMPERATURE
    }
    temperatures = _temperatures(interval, periods, drivers.get(TEMPERATURE), where, degrees)
    return tuple(
        Row(
            period,
            period.start.astimezone(where),
            used[at],
            temperatures[at],
            {name: values[at] for name, values in further.items()} | modes_of(modes or {}, period, where),
            len(tuple(period.days(where))) if interval is Interval.BILLING else 1,
        )
        for at, period in enumerate(periods)
    )


def _cut(interval: Interval, span: Period, energy: Series, where: ZoneInfo) -> Iterable[Period]:
    match interval:
        case Interval.HOUR:
            return span.hours(where)
        case Interval.DAY:
            return (part for _, part in span.days(where) if part.duration >= timedelta(hours=_HOURS_A_DAY - 2))
        case Interval.BILLING:
            return energy.periods


def _temperatures(
    interval: Interval, periods: Sequence[Period], weather: Series | None, where: ZoneInfo, degrees: str | None
) -> list[tuple[Decimal | None, ...]]:
    if weather is None:
        return [()] * len(periods)
    parts = [
        [period] if interval is not Interval.BILLING else [day for _, day in period.days(where)] for period in periods
    ]
    of_days = over(weather.bridged(), [part for of_period in parts for part in of_period], DriverAggregation.MEAN)
    means = iter(of_days if degrees is None else expressed(of_days, weather.unit, degrees))
    return [tuple(next(means) for _ in of_period) for of_period in parts]


def expressed(values: Sequence[Decimal | None], from_: str, to: str) -> list[Decimal | None]:
    """Express values of one unit in another; what is missing stays so."""
    known = iter(converted([each for each in values if each is not None], from_, to))
    return [None if each is None else next(known) for each in values]


def hours_of(period: Period) -> Decimal:
    """Say how many hours a period has."""
    return quotient(Decimal(period.duration // MICROSECOND), Decimal(HOUR_US))


def values_by_driver(rows: Sequence[Row]) -> dict[str, list[Decimal]]:
    """Gather the known values of each driver of rows, temperature among them, by name."""
    found: dict[str, list[Decimal]] = {name: [] for name in rows[0].drivers}
    for row in rows:
        for name, value in row.drivers.items():
            if value is not None:
                found[name].append(value)
    if rows[0].temperatures:
        found[TEMPERATURE] = [each for row in rows for each in row.temperatures if each is not None]
    return dict(sorted(found.items()))


def slot_of_week(local: datetime) -> int:
    """Number the hour of the week: Monday's first is 0."""
    return local.weekday() * _HOURS_A_DAY + local.hour
