"""The rows of a site out of stored readings: energy by band, temperature and what else drives it, as of a watermark."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from decimal import Decimal

from sqlmodel import Session

from metering.consumption.use import BoundaryRule, Use
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.usage.aggregation import Aggregation, Granularity, UsageQuery, UsageSeries, cut
from metering.usage.store import answer
from quantities.arithmetic import added, quotient
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.period import Period, zone
from quantities.quantity import times
from savings.operating_schedule import OperatingSchedule, modes_of
from savings.plan import ALL, Plan, ReportingRow, SavingsResult, saved
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row, expressed, hours_of

_EVERY: Mapping[Interval, Granularity] = {
    Interval.HOUR: Granularity.HOUR,
    Interval.DAY: Granularity.DAY,
    Interval.BILLING: Granularity.MONTH,
}


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """What is asked of a site.

    Attributes:
        energies: the keys of registers whose use is added up.
        unit: that they are counted in; that of the first of them, unless it is said.
        less: and taken off.
        drivers: the keys of registers, by the driver's name.
        driver_aggregations: how each driver comes to a row; its mean, unless it is named.
        rows: what a row is; of billing periods, a calendar month.
        units: that drivers are wanted in, by name; each in its register's own, unless it is named.
        modes: drivers that a calendar tells.
        calendar: of bands.
    """

    energies: Sequence[str]
    unit: str | None
    less: Sequence[str]
    drivers: Mapping[str, str]
    driver_aggregations: Mapping[str, DriverAggregation]
    rows: Interval
    units: Mapping[str, str]
    modes: Mapping[str, OperatingSchedule]
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class SiteRows:
    """What a site's registers said.

    Attributes:
        slices: in order of time.
        unit: of the energies.
        uses: by register: what it said, as evidence.
        registers: by key.
    """

    slices: tuple[ReportingRow, ...]
    unit: str
    uses: Mapping[str, Use]
    registers: Mapping[str, StoredRegister]


def slices_of(
    session: Session, wanted: SiteRequest, period: Period, zone_name: str, edges: BoundaryRule, watermark: int
) -> SiteRows:
    """Lay out the rows of a period.

    Args:
        session: states the tenant.
        wanted: of which registers.
        period: whole local days.
        zone_name: whose local days and hours; a weather station may stand in another zone.
        edges: what a counter says where it was not read.
        watermark: the last batch that counts.
    """
    where = zone(zone_name)
    keys = dict.fromkeys((*wanted.energies, *wanted.less, *wanted.drivers.values()))
    known = {key: replace(each, zone=where) for key, each in registers(session, keys).items()}
    every = _EVERY[wanted.rows]
    banded = wanted.calendar if every is not Granularity.HOUR else None
    rows = list(cut(period, every, where))
    uses: dict[str, Use] = {}
    first = known[wanted.energies[0]].register
    unit = wanted.unit or first.use_unit or first.unit
    energies: list[dict[Period, dict[str, Decimal | None]]] = []
    for key in (*wanted.energies, *wanted.less):
        question = UsageQuery(period, every, Aggregation.SUM, banded, edges=edges)
        (answers,) = answer(session, [known[key]], question, watermark)
        uses[key] = _evidence(known[key], answers, period)
        energies.append(_by_row(known[key], answers, unit, sign=1 if key in wanted.energies else -1))
    drivers: dict[str, dict[Period, Decimal | None]] = {}
    for name, key in wanted.drivers.items():
        finer = Granularity.DAY if wanted.rows is Interval.BILLING and name == TEMPERATURE else every
        aggregation = (
            Aggregation.SUM
            if wanted.driver_aggregations.get(name, DriverAggregation.MEAN) is DriverAggregation.SUM
            else Aggregation.MEAN
        )
        (answers,) = answer(session, [known[key]], UsageQuery(period, finer, aggregation, edges=edges), watermark)
        uses[key] = _evidence(known[key], answers, period)
        values = [each.value for each in answers]
        if name in wanted.units:
            values = expressed(values, answers[0].unit, wanted.units[name])
        drivers[name] = {each.part.period: value for each, value in zip(answers, values, strict=True)}
    slices = tuple(_slice(wanted, row, where, energies, drivers) for row in rows)
    return SiteRows(slices, unit, uses, known)


def _by_row(
    register: StoredRegister, answers: Sequence[UsageSeries], unit: str, sign: int
) -> dict[Period, dict[str, Decimal | None]]:
    """Sum a register's answers by row and band; None where less was read than its interval asks for."""
    found: dict[Period, dict[str, Decimal | None]] = defaultdict(dict)
    counts: dict[tuple[Period, str], int] = defaultdict(int)
    lengths: dict[tuple[Period, str], timedelta] = {}
    for each in answers:
        band = each.part.band or ALL
        place = (each.part.period, band)
        counts[place] += each.count
        lengths[place] = sum((piece.duration for piece in each.part.pieces), timedelta())
        value = None if each.value is None else times(each.value * sign, conversion(each.unit, unit))
        before = found[each.part.period].get(band)
        known = [number for number in (before, value) if number is not None]
        found[each.part.period][band] = added(known) if known else None
    step = register.register.interval
    for (row, band), count in counts.items():
        if step is not None and count * step < lengths[row, band]:
            found[row][band] = None
    return found


def _evidence(register: StoredRegister, answers: Sequence[UsageSeries], period: Period) -> Use:
    """Write down what a register said: how many readings, and the sum of its rows; of a level their mean.

    What is read at instants says something until the next read, so its evidence begins a day before.
    """
    ahead = timedelta(days=1) if register.register.at_instants else timedelta()
    known = [each.value for each in answers if each.value is not None]
    total = added(known)
    if register.register.kind is RegisterKind.INSTANTANEOUS and known:
        total = quotient(total, Decimal(len(known)))
    return Use(
        total,
        sum(each.count for each in answers),
        total,
        sum(each.estimated for each in answers),
        period.start - ahead,
        period.end,
        0,
        questionable=sum(each.questionable for each in answers),
    )


def _slice(
    wanted: SiteRequest,
    period: Period,
    where: tzinfo,
    energies: Sequence[Mapping[Period, Mapping[str, Decimal | None]]],
    drivers: Mapping[str, Mapping[Period, Decimal | None]],
) -> ReportingRow:
    local = period.start.astimezone(where)
    hours = _hours(wanted, period, where)
    measured: dict[str, Decimal | None] = {}
    for band in hours:
        of_band = [each.get(period, {}).get(band if wanted.rows is not Interval.HOUR else ALL) for each in energies]
        measured[band] = None if None in of_band else added(each for each in of_band if each is not None)
    whole = None if None in measured.values() else added(each for each in measured.values() if each is not None)
    temperatures: tuple[Decimal | None, ...] = ()
    days = 1
    if wanted.rows is Interval.BILLING:
        of_days = [day for _, day in period.days(where)]
        days = len(of_days)
        if TEMPERATURE in drivers:
            temperatures = tuple(drivers[TEMPERATURE].get(day) for day in of_days)
    elif TEMPERATURE in drivers:
        temperatures = (drivers[TEMPERATURE].get(period),)
    further = {name: values.get(period) for name, values in drivers.items() if name != TEMPERATURE}
    further |= modes_of(wanted.modes, period, where)
    row = Row(period, local, whole, temperatures, further, days)
    return ReportingRow(row, {band: each for band, each in measured.items() if each is not None}, hours)


def _hours(wanted: SiteRequest, period: Period, where: tzinfo) -> dict[str, Decimal]:
    """Say how many hours each band has in a row; an hour is in the band that it begins in."""
    if wanted.calendar is None:
        return {ALL: hours_of(period)}
    if wanted.rows is Interval.HOUR:
        return {wanted.calendar.band_at(period.start.astimezone(where).replace(tzinfo=None)): hours_of(period)}
    found: dict[str, list[Decimal]] = defaultdict(list)
    for band, piece in wanted.calendar.pieces(period, where):
        found[band].append(hours_of(piece))
    return {band: added(each) for band, each in found.items()}


def measure(
    session: Session, plan: Plan, period: Period, zone_name: str, edges: BoundaryRule, watermark: int
) -> tuple[SiteRows, SavingsResult]:
    """Measure what some days saved by an M&V plan, row by row.

    Args:
        session: states the tenant.
        plan: how.
        period: whole local days.
        zone_name: whose.
        edges: what a counter says where it was not read.
        watermark: the last batch that counts.

    Raises:
        CoverageTooLow: too little of them was measured.
    """
    option = plan.option
    request = SiteRequest(
        energies=option.registers,
        unit=option.counts_in,
        less=option.less,
        drivers=option.drivers,
        driver_aggregations=option.driver_aggregations,
        rows=option.rows,
        units=option.units,
        modes=option.modes,
        calendar=plan.calendar,
    )
    rows = slices_of(session, request, period, zone_name, edges, watermark)
    return rows, saved(plan, rows.slices)
