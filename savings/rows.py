"""Rows: energy and its drivers over hours, local days or billing periods, out of series of any interval.

Values of shorter intervals are added up (energy, production) or averaged over time (temperature, an operating mode of 0
or 1). A row with too few readings has no value: nothing is guessed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from quantities.arithmetic import added, product, quotient
from quantities.errors import Invalid
from quantities.period import HOUR_US, MICROSECOND, Period, zone
from quantities.quantity import convert_all
from savings.energy_rules import EnergyBasis, EnergyRules
from savings.operating_schedule import OperatingSchedule, mode_shares

#: The name of the temperature among the drivers.
TEMPERATURE = "temperature"
_HALF = Decimal("0.5")
#: Of a month that hourly readings make up; CalTRACK 2.2.3.2 asks as much of a billing period's temperatures.
_BILLING_LEAST = Decimal("0.9")
_HOURS_A_DAY = 24


class OverlappingPeriods(Invalid):
    """Periods of the series overlap."""


class Interval(StrEnum):
    """The length of a row of a model."""

    HOUR = "hour"
    DAY = "day"
    BILLING = "billing"


class DriverAggregation(StrEnum):
    """How the values of shorter intervals become the value of a row: their sum, or their mean over time."""

    SUM = "sum"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Series:
    """Measured values over time.

    Attributes:
        periods: in order of time, without overlaps; gaps are allowed.
        values: one for each period; None where it is missing.
        unit: the unit of the values.
        estimates: the starts of the periods whose values are estimates: less than half of their time was measured.
        partly: the starts of other periods of which a part was filled, or is an estimate.
    """

    periods: tuple[Period, ...]
    values: tuple[Decimal | None, ...]
    unit: str = ""
    estimates: frozenset[datetime] = frozenset()
    partly: frozenset[datetime] = frozenset()

    def __post_init__(self) -> None:
        for before, after in pairwise(self.periods):
            if after.start < before.end:
                expected = f"from {before.end.isoformat()} on"
                raise OverlappingPeriods(f"{after} begins within {before}", found=str(after), expected=expected)

    def within(self, whole: Period) -> "Series":
        """The series without the periods that are not wholly inside ``whole``."""
        kept = [at for at, period in enumerate(self.periods) if whole.covers(period)]
        periods, values = tuple(self.periods[at] for at in kept), tuple(self.values[at] for at in kept)
        return replace(self, periods=periods, values=values)

    def with_holes(self, most: int = 7) -> "Series":
        """The series with the time between two periods as missing values of the usual length, at most ``most`` of them.

        A line that is not there and a line without a value are the same gap.
        """
        lengths = sorted(period.duration for period in self.periods)
        periods, values = list(self.periods[:1]), list(self.values[:1])
        for before, period, value in zip(self.periods, self.periods[1:], self.values[1:], strict=False):
            usual = lengths[len(lengths) // 2]
            for at in range(min(most, (period.start - before.end) // usual)):
                periods.append(Period(before.end + usual * at, before.end + usual * (at + 1)))
                values.append(None)
            periods.append(period)
            values.append(value)
        return replace(self, periods=tuple(periods), values=tuple(values))

    def bridged(self, most: int = 6) -> "Series":
        """The series with short gaps filled by linear interpolation: at most ``most`` missing values (CalTRACK 2.2.4).

        Missing values before the first known one and after the last stay missing.
        """
        values, known = list(self.values), [at for at, value in enumerate(self.values) if value is not None]
        for before, after in pairwise(known):
            if not 1 < after - before <= most + 1:
                continue
            first, last = self.values[before], self.values[after]
            if first is None or last is None:
                continue
            for at in range(before + 1, after):
                part = product(last - first, Decimal(at - before))
                values[at] = added((first, quotient(part, Decimal(after - before))))
        return replace(self, values=tuple(values))


@dataclass(frozen=True, slots=True)
class Row:
    """An hour, a day or a billing period.

    Attributes:
        period: from when to when.
        local: its start on the local clock.
        energy: the energy used; None if too little of it was measured.
        temperatures: one value, the mean temperature; for a billing period one for each of its days, None where too
            little is known. Empty if the model uses no temperature.
        drivers: the further drivers, by name; None where too little is known.
        days: the number of days of a billing period; 1 for an hour or a day.
        basis: what the energy rests on.
        zeros: how many of its values are zero, whether they count or not.
        rests_on_estimates: whether less of it was measured than a row needs, and estimates make up for the rest.
    """

    period: Period
    local: datetime
    energy: Decimal | None = None
    temperatures: tuple[Decimal | None, ...] = ()
    drivers: Mapping[str, Decimal | None] = field(default_factory=dict)
    days: int = 1
    basis: EnergyBasis = EnergyBasis.MEASURED
    zeros: int = 0
    rests_on_estimates: bool = False

    @property
    def is_known(self) -> bool:
        """True if every driver has a value."""
        return None not in self.temperatures and None not in self.drivers.values()

    @property
    def is_complete(self) -> bool:
        """True if its energy and every driver have a value."""
        return self.energy is not None and self.is_known

    @property
    def is_measured(self) -> bool:
        """True if it is complete, and enough of its energy was measured without estimates."""
        return self.is_complete and not self.rests_on_estimates


def resampled(
    series: Series, rows: Sequence[Period], aggregation: DriverAggregation, least: Decimal = _HALF
) -> list[Decimal | None]:
    """The value of a series in each of other, longer periods.

    Args:
        series: the measured values.
        rows: the periods asked for, in order.
        aggregation: the sum of the values within a row, or their mean over time.
        least: the fraction of a row that must be measured. A sum is scaled up to the whole row, as if the missing time
            were like the measured time (CalTRACK 2.2.2.1).

    Returns:
        One value for each row; None if less than ``least`` is measured. A value whose period straddles the edge of a
        row counts for the row's mean, by the time that it shares, but not for its sum.
    """
    starts = [period.start for period in series.periods]
    results: list[Decimal | None] = []
    for row in rows:
        at = max(0, bisect_right(starts, row.start) - 1)
        known, terms = timedelta(), list[Decimal]()
        while at < len(starts) and starts[at] < row.end:
            period, value = series.periods[at], series.values[at]
            at += 1
            shared = row.meet(period)
            if value is None or shared is None or (aggregation is DriverAggregation.SUM and shared != period):
                continue
            known += shared.duration
            terms.append(
                value
                if aggregation is DriverAggregation.SUM
                else product(value, Decimal(shared.duration // MICROSECOND))
            )
        measured, whole = Decimal(known // MICROSECOND), Decimal(row.duration // MICROSECOND)
        if not known or not _is_enough(known, row, least):
            results.append(None)
        elif aggregation is DriverAggregation.MEAN:
            results.append(quotient(added(terms), measured))
        elif known == row.duration:
            results.append(added(terms))
        else:
            results.append(quotient(product(added(terms), whole), measured))
    return results


@dataclass(frozen=True, slots=True)
class RowEnergy:
    """The energy of a row, and what it rests on.

    Attributes:
        energy: the energy; None if too little of it is known.
        basis: what it rests on.
        zeros: how many of its values are zero, whether they count or not.
        rests_on_estimates: whether too little of it would be known without its estimates.
    """

    energy: Decimal | None
    basis: EnergyBasis
    zeros: int
    rests_on_estimates: bool = False


def energy_of_rows(
    series: Series, rows: Sequence[Period], where: tzinfo, rules: EnergyRules, least: Decimal = _HALF
) -> list[RowEnergy]:
    """Decide what the energy of each row is: the one place where zeros, gaps and estimates are judged.

    Args:
        series: the measured energy.
        rows: the periods asked for, in order.
        where: the time zone of the hours that shorter values are added up to.
        rules: what a value is.
        least: the fraction of a row that must be measured.
    """
    if rules.by_hours:
        series = _by_hours(series, where)
    valid = replace(series, values=tuple(map(rules.value, series.values)))
    starts = [period.start for period in series.periods]
    results = []
    for row, energy in zip(rows, resampled(valid, rows, DriverAggregation.SUM, least), strict=True):
        inside = [at for at in _positions(starts, row) if series.periods[at].end <= row.end]
        known = [series.periods[at] for at in inside if valid.values[at] is not None]
        measured = [period for period in known if period.start not in series.estimates]
        is_whole = _length(measured) == row.duration and not any(period.start in series.partly for period in measured)
        zeros = sum(series.values[at] == 0 for at in inside)
        basis = rules.basis(energy, is_estimated=not is_whole)
        rests_on_estimates = energy is not None and not _is_enough(_length(measured), row, least)
        results.append(RowEnergy(energy, basis, zeros, rests_on_estimates))
    return results


def _is_enough(known: timedelta, row: Period, least: Decimal) -> bool:
    return Decimal(known // MICROSECOND) >= product(Decimal(row.duration // MICROSECOND), least)


def _length(periods: Iterable[Period]) -> timedelta:
    return sum((period.duration for period in periods), timedelta())


def _positions(starts: Sequence[datetime], row: Period) -> range:
    return range(bisect_left(starts, row.start), bisect_left(starts, row.end))


def _by_hours(series: Series, where: tzinfo) -> Series:
    """Values of less than an hour added up to hours; an hour of which at least half is measured is filled."""
    lengths = sorted(period.duration for period in series.periods)
    if not lengths or lengths[len(lengths) // 2] >= timedelta(hours=1):
        return series
    hours = tuple(Period(series.periods[0].start, series.periods[-1].end).hours(where))
    of_hours = energy_of_rows(series, hours, where, EnergyRules(by_hours=False))
    pairs = list(zip(hours, of_hours, strict=True))
    return Series(
        hours,
        tuple(value.energy for value in of_hours),
        series.unit,
        estimates=frozenset(hour.start for hour, value in pairs if value.rests_on_estimates),
        partly=frozenset(hour.start for hour, value in pairs if value.basis is EnergyBasis.ESTIMATED),
    )


@dataclass(frozen=True, slots=True)
class DriverRows:
    """Rows without their energy: sites under one weather, with the same calendars, share them.

    Attributes:
        interval: the length of a row.
        where: the time zone of the local days and hours.
        periods: of the rows, in order.
        temperatures: of each row.
        drivers: the further drivers of each row.
    """

    interval: Interval
    where: ZoneInfo
    periods: tuple[Period, ...]
    temperatures: Sequence[tuple[Decimal | None, ...]]
    drivers: Sequence[Mapping[str, Decimal | None]]

    def energies(self, energy: Series, rules: EnergyRules | None = None) -> list[RowEnergy]:
        """Decide what the energy of each row is; by default a zero is a zero, and values count as they are."""
        return energy_of_rows(energy, self.periods, self.where, rules or EnergyRules(by_hours=False), self.least)

    @property
    def least(self) -> Decimal:
        """The fraction of a row's energy that must be measured."""
        return _BILLING_LEAST if self.interval is Interval.BILLING else _HALF

    def with_energies(self, used: Sequence[RowEnergy]) -> tuple[Row, ...]:
        """The rows with the energy of each."""
        return tuple(
            Row(
                period=period,
                local=period.start.astimezone(self.where),
                energy=energy.energy,
                temperatures=temperatures,
                drivers=drivers,
                days=len(tuple(period.days(self.where))) if self.interval is Interval.BILLING else 1,
                basis=energy.basis,
                zeros=energy.zeros,
                rests_on_estimates=energy.rests_on_estimates,
            )
            for period, temperatures, drivers, energy in zip(
                self.periods, self.temperatures, self.drivers, used, strict=True
            )
        )


def rows_of(
    interval: Interval,
    zone_name: str,
    energy: Series,
    drivers: Mapping[str, Series],
    driver_aggregations: Mapping[str, DriverAggregation] | None = None,
    within: Period | None = None,
    modes: Mapping[str, OperatingSchedule] | None = None,
    degrees: str | None = None,
    *,
    rules: EnergyRules | None = None,
) -> tuple[Row, ...]:
    """The rows of a model, out of the series of energy and drivers.

    Args:
        interval: the length of a row.
        zone_name: the time zone of the local days and hours.
        energy: the energy of the site; billing rows are its own periods.
        drivers: by name; temperature among them where the model needs it. Short gaps in the temperature are filled by
            interpolation.
        driver_aggregations: sum or mean for each driver; the mean by default.
        within: from when to when; by default, from the first to the last reading of the energy.
        modes: the drivers that follow from a calendar, by name.
        degrees: the unit that temperatures are converted to; the mean of a row is converted, not each reading.
        rules: what a value of the energy is; by default a zero is a zero, and values count as they are.

    Returns:
        In order of time. A local day of less than 22 hours, at the edge of ``within``, is no row.
    """
    where = zone(zone_name)
    span = within or Period(energy.periods[0].start, energy.periods[-1].end)
    rows = driver_rows(
        interval,
        zone_name,
        [period for period in _row_periods(interval, span, energy, where) if span.covers(period)],
        drivers,
        driver_aggregations=driver_aggregations,
        modes=modes,
        degrees=degrees,
        by_hours=rules is not None and rules.by_hours,
    )
    return rows.with_energies(rows.energies(energy, rules))


def driver_rows(
    interval: Interval,
    zone_name: str,
    periods: Sequence[Period],
    drivers: Mapping[str, Series],
    driver_aggregations: Mapping[str, DriverAggregation] | None = None,
    modes: Mapping[str, OperatingSchedule] | None = None,
    degrees: str | None = None,
    *,
    by_hours: bool = False,
) -> DriverRows:
    """The rows of a model without their energy; arguments as for ``rows_of``.

    Args:
        interval: the length of a row.
        zone_name: the time zone of the local days and hours.
        periods: those of the rows, in order.
        drivers: their series, by name.
        driver_aggregations: sum or mean for each driver.
        modes: the drivers that follow from a calendar, by name.
        degrees: the unit that temperatures are converted to.
        by_hours: whether time without a temperature is a gap, as a temperature without a value is.
    """
    where = zone(zone_name)
    further = {
        name: resampled(series, periods, (driver_aggregations or {}).get(name, DriverAggregation.MEAN))
        for name, series in drivers.items()
        if name != TEMPERATURE
    }
    weather = drivers.get(TEMPERATURE)
    if weather is not None and by_hours:
        weather = weather.with_holes()
    return DriverRows(
        interval,
        where,
        tuple(periods),
        _temperatures(interval, periods, weather, where, degrees),
        [
            {name: values[at] for name, values in further.items()} | mode_shares(modes or {}, period, where)
            for at, period in enumerate(periods)
        ],
    )


def _row_periods(interval: Interval, span: Period, energy: Series, where: ZoneInfo) -> Iterable[Period]:
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
    of_days = resampled(weather.bridged(), [part for of_period in parts for part in of_period], DriverAggregation.MEAN)
    means = iter(of_days if degrees is None else in_unit(of_days, weather.unit, degrees))
    return [tuple(next(means) for _ in of_period) for of_period in parts]


def in_unit(values: Sequence[Decimal | None], from_: str, to: str) -> list[Decimal | None]:
    """Convert values from one unit to another; missing values stay missing."""
    known = iter(convert_all([value for value in values if value is not None], from_, to))
    return [None if value is None else next(known) for value in values]


def hours_of(period: Period) -> Decimal:
    """The number of hours of a period, fractions included."""
    return quotient(Decimal(period.duration // MICROSECOND), Decimal(HOUR_US))


def values_by_driver(rows: Sequence[Row]) -> dict[str, list[Decimal]]:
    """The known values of each driver over all rows, by name in alphabetical order; temperature is one of them."""
    known: dict[str, list[Decimal]] = {name: [] for name in rows[0].drivers}
    for row in rows:
        for name, value in row.drivers.items():
            if value is not None:
                known[name].append(value)
    if rows[0].temperatures:
        known[TEMPERATURE] = [value for row in rows for value in row.temperatures if value is not None]
    return dict(sorted(known.items()))


def slot_of_week(local: datetime) -> int:
    """The number of an hour in the week, 0 to 167: Monday's first hour is 0."""
    return local.weekday() * _HOURS_A_DAY + local.hour
