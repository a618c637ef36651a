"""The rows of a site from stored readings as of a watermark: energy by band, temperature and further drivers."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from metering.consumption.reach import Reach
from metering.consumption.store import Window, reaches
from metering.consumption.use import BoundaryRule, Use
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.usage.aggregation import Aggregation, Granularity, UsageQuery, UsageSeries, sub_periods
from metering.usage.store import usage_series
from quantities.arithmetic import added, quotient
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.period import Period, zone
from quantities.quantity import times
from savings.energy_rules import EnergyRules
from savings.operating_schedule import OperatingSchedule, mode_shares
from savings.plan import ALL, Plan, ReportingRow, SavingsResult, savings_result
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row, Series, hours_of, in_unit, rows_of
from savings.site_rows import (
    GRANULARITY,
    SiteEnergy,
    energy_by_step,
    level_series,
    series_of_cells,
    series_of_steps,
    step_of,
    without_band,
)


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """What to read of a site.

    Attributes:
        energies: the keys of the registers whose use is added up.
        unit: the unit of the energy; by default that of the first of these registers.
        less: the keys of the registers whose use is subtracted.
        drivers: the key of each driver's register, by the driver's name.
        driver_aggregations: sum or mean for each driver; the mean by default.
        rows: the length of a row; a billing period is here a calendar month.
        units: the unit that each driver is converted to, by name; by default that of its register.
        modes: the drivers that follow from a calendar, by name.
        calendar: the calendar of price bands, if energy is told apart by band.
        method: of the baseline that the rows are of, whose rules say what a value of energy is. Without one, and by
            arithmetic 1, a row that lacks a reading is missing, and a zero is judged by the row.
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
    method: RowRules | None = None


@dataclass(frozen=True, slots=True)
class SiteRows:
    """The rows of a site, and the evidence for them.

    Attributes:
        rows: in order of time.
        unit: the unit of the energies.
        uses: what each register counted, by its key, as evidence.
        reaches: the instants in which another reading may change that, likewise.
        registers: the registers, by key.
    """

    rows: tuple[ReportingRow, ...]
    unit: str
    uses: Mapping[str, Use]
    reaches: Mapping[str, Reach]
    registers: Mapping[str, StoredRegister]


def rows_of_site(
    session: Session, request: SiteRequest, period: Period, zone_name: str, edges: BoundaryRule, watermark: int
) -> SiteRows:
    """The rows of a site over a period, from stored readings.

    Args:
        session: a session that states the tenant.
        request: which registers, and what the rows are.
        period: whole local days.
        zone_name: the time zone of the local days and hours; a weather station may stand in another one.
        edges: what a counter counted up to an instant at which it was not read.
        watermark: the last batch that counts.
    """
    where = zone(zone_name)
    keys = dict.fromkeys((*request.energies, *request.less, *request.drivers.values()))
    by_key = {key: replace(register, zone=where) for key, register in registers(session, keys).items()}
    first = by_key[request.energies[0]].register
    site = _Site(
        session=session,
        request=request,
        by_key=by_key,
        period=period,
        edges=edges,
        watermark=watermark,
        where=where,
        unit=request.unit or first.use_unit or first.unit,
    )
    method = request.method
    rows = site.by_rules(method, zone_name) if method is not None and method.is_one_rule else site.by_rows()
    windows = [Window(register, period, edges) for register in by_key.values()]
    reach_of = dict(zip(by_key, reaches(session, windows, watermark), strict=True))
    return SiteRows(rows, site.unit, site.uses, reach_of, by_key)


@dataclass(slots=True)
class _Site:
    """A site that is being read."""

    session: Session
    request: SiteRequest
    by_key: Mapping[str, StoredRegister]
    period: Period
    edges: BoundaryRule
    watermark: int
    where: ZoneInfo
    unit: str
    uses: dict[str, Use] = field(default_factory=dict)

    @property
    def granularity(self) -> Granularity:
        return GRANULARITY[self.request.rows]

    @property
    def bands(self) -> Calendar | None:
        return self.request.calendar if self.request.rows is not Interval.HOUR else None

    def cells(
        self, key: str, every: Granularity, aggregation: Aggregation = Aggregation.SUM, bands: Calendar | None = None
    ) -> tuple[UsageSeries, ...]:
        query = UsageQuery(self.period, every, aggregation, bands, edges=self.edges)
        return usage_series(self.session, [self.by_key[key]], query, self.watermark)[0]

    def proven(self, key: str, cells: Sequence[UsageSeries]) -> None:
        self.uses[key] = _evidence(self.by_key[key], cells, self.period)

    def by_rules(self, method: RowRules, zone_name: str) -> tuple[ReportingRow, ...]:
        """The rows by the method's rules, out of hours where there are any: the same rows as those of a file."""
        request, rules = self.request, method.energy_rules
        energy = self._energy()
        series = {name: self._driver(name, key) for name, key in request.drivers.items()}
        rows = rows_of(
            request.rows,
            zone_name,
            energy.series,
            series,
            driver_aggregations=request.driver_aggregations,
            within=self.period,
            modes=request.modes,
            degrees=request.units.get(TEMPERATURE),
            rules=rules,
            periods=list(sub_periods(self.period, self.granularity, self.where)),
        )
        return tuple(self._with_bands(row, energy, rules) for row in rows)

    def _energy(self) -> SiteEnergy:
        keys = (*self.request.energies, *self.request.less)
        step = step_of(self.request.rows, [self.by_key[key].register for key in keys])
        energies = []
        for key in keys:
            cells = self.cells(key, step, bands=self.bands)
            self.proven(key, cells)
            sign = 1 if key in self.request.energies else -1
            energies.append(energy_by_step(self.by_key[key].register, cells, self.unit, sign=sign, band=ALL))
        return SiteEnergy.of(energies, self.unit)

    def _driver(self, name: str, key: str) -> Series:
        register = self.by_key[key].register
        is_sum = self.request.driver_aggregations.get(name, DriverAggregation.MEAN) is DriverAggregation.SUM
        aggregation = Aggregation.SUM if is_sum else Aggregation.MEAN
        of_rows = self.cells(key, self.granularity, aggregation)
        self.proven(key, of_rows)
        if register.kind is RegisterKind.INSTANTANEOUS and not is_sum:
            hours = self.cells(key, Granularity.HOUR, Aggregation.MEAN)
            return level_series(hours, self.cells(key, Granularity.HOUR, Aggregation.COUNT))
        if name == TEMPERATURE:
            return series_of_cells(self.cells(key, Granularity.HOUR, Aggregation.MEAN))
        step = step_of(self.request.rows, [register])
        if step is self.granularity and step is not Granularity.HOUR:
            return series_of_cells(of_rows)
        cells = self.cells(key, step)
        return series_of_steps(energy_by_step(register, cells, cells[0].unit))

    def _with_bands(self, row: Row, energy: SiteEnergy, rules: EnergyRules) -> ReportingRow:
        hours = _hours_by_band(self.request, row.period, self.where)
        measured = energy.by_band(row, list(hours), rules)
        return ReportingRow(row if measured is not None else without_band(row), measured or {}, hours)

    def by_rows(self) -> tuple[ReportingRow, ...]:
        """The rows as by arithmetic 1: one that lacks a reading is missing."""
        request = self.request
        energies: list[dict[Period, dict[str, Decimal | None]]] = []
        for key in (*request.energies, *request.less):
            cells = self.cells(key, self.granularity, bands=self.bands)
            self.proven(key, cells)
            energies.append(
                _energy_by_row(self.by_key[key], cells, self.unit, sign=1 if key in request.energies else -1)
            )
        drivers: dict[str, dict[Period, Decimal | None]] = {}
        for name, key in request.drivers.items():
            # The model of a billing period takes the temperature of each of its days.
            finer = Granularity.DAY if request.rows is Interval.BILLING and name == TEMPERATURE else self.granularity
            is_sum = request.driver_aggregations.get(name, DriverAggregation.MEAN) is DriverAggregation.SUM
            cells = self.cells(key, finer, Aggregation.SUM if is_sum else Aggregation.MEAN)
            self.proven(key, cells)
            values = [cell.value for cell in cells]
            if name in request.units:
                values = in_unit(values, cells[0].unit, request.units[name])
            drivers[name] = {cell.part.period: value for cell, value in zip(cells, values, strict=True)}
        return tuple(
            _reporting_row(request, row_period, self.where, energies, drivers)
            for row_period in sub_periods(self.period, self.granularity, self.where)
        )


def _energy_by_row(
    register: StoredRegister, cells: Sequence[UsageSeries], unit: str, sign: int
) -> dict[Period, dict[str, Decimal | None]]:
    """A register's use by row and band, in ``unit`` and with ``sign``.

    None where there are fewer readings than the register's interval makes in the time of that row and band.
    """
    energy: dict[Period, dict[str, Decimal | None]] = defaultdict(dict)
    counts: dict[tuple[Period, str], int] = defaultdict(int)
    lengths: dict[tuple[Period, str], timedelta] = {}
    for cell in cells:
        row, band = cell.part.period, cell.part.band or ALL
        counts[row, band] += cell.count
        lengths[row, band] = sum((piece.duration for piece in cell.part.pieces), timedelta())
        value = None if cell.value is None else times(cell.value * sign, conversion(cell.unit, unit))
        known = [number for number in (energy[row].get(band), value) if number is not None]
        energy[row][band] = added(known) if known else None
    interval = register.register.interval
    for (row, band), count in counts.items():
        if interval is not None and count * interval < lengths[row, band]:
            energy[row][band] = None
    return energy


def _evidence(register: StoredRegister, cells: Sequence[UsageSeries], period: Period) -> Use:
    """The evidence of a register: the number of its readings and the sum of its rows, or of a level their mean.

    A value read at an instant holds until the next reading, so the evidence of such a register begins a day before.
    """
    ahead = timedelta(days=1) if register.register.at_instants else timedelta()
    known = [cell.value for cell in cells if cell.value is not None]
    total = added(known)
    if register.register.kind is RegisterKind.INSTANTANEOUS and known:
        total = quotient(total, Decimal(len(known)))
    return Use(
        quantity=total,
        count=sum(cell.count for cell in cells),
        total=total,
        estimated=sum(cell.estimated for cell in cells),
        first=period.start - ahead,
        last=period.end,
        batch=0,
        questionable=sum(cell.questionable for cell in cells),
    )


def _reporting_row(
    request: SiteRequest,
    period: Period,
    where: tzinfo,
    energies: Sequence[Mapping[Period, Mapping[str, Decimal | None]]],
    drivers: Mapping[str, Mapping[Period, Decimal | None]],
) -> ReportingRow:
    hours = _hours_by_band(request, period, where)
    measured: dict[str, Decimal | None] = {}
    for band in hours:
        asked = band if request.rows is not Interval.HOUR else ALL
        of_band = [of_register.get(period, {}).get(asked) for of_register in energies]
        measured[band] = None if None in of_band else added(energy for energy in of_band if energy is not None)
    known = {band: energy for band, energy in measured.items() if energy is not None}
    temperatures: tuple[Decimal | None, ...] = ()
    days = 1
    if request.rows is Interval.BILLING:
        of_days = [day for _, day in period.days(where)]
        days = len(of_days)
        if TEMPERATURE in drivers:
            temperatures = tuple(drivers[TEMPERATURE].get(day) for day in of_days)
    elif TEMPERATURE in drivers:
        temperatures = (drivers[TEMPERATURE].get(period),)
    further = {name: values.get(period) for name, values in drivers.items() if name != TEMPERATURE}
    row = Row(
        period=period,
        local=period.start.astimezone(where),
        energy=added(known.values()) if len(known) == len(measured) else None,
        temperatures=temperatures,
        drivers=further | mode_shares(request.modes, period, where),
        days=days,
    )
    return ReportingRow(row, known, hours)


def _hours_by_band(request: SiteRequest, period: Period, where: tzinfo) -> dict[str, Decimal]:
    """The hours of a row in each band; a row of one hour is in the band in which it begins."""
    if request.calendar is None:
        return {ALL: hours_of(period)}
    if request.rows is Interval.HOUR:
        return {request.calendar.band_at(period.start.astimezone(where).replace(tzinfo=None)): hours_of(period)}
    by_band: dict[str, list[Decimal]] = defaultdict(list)
    for band, piece in request.calendar.pieces(period, where):
        by_band[band].append(hours_of(piece))
    return {band: added(hours) for band, hours in by_band.items()}


def measure(
    session: Session,
    plan: Plan,
    period: Period,
    zone_name: str,
    edges: BoundaryRule,
    watermark: int,
    *,
    covered: bool = True,
    factor_days: Collection[date] = (),
) -> tuple[SiteRows, SavingsResult]:
    """Measure the saving of some days by an M&V plan.

    Args:
        session: a session that states the tenant.
        plan: how the saving is measured.
        period: whole local days.
        zone_name: the time zone of the local days.
        edges: what a counter counted up to an instant at which it was not read.
        watermark: the last batch that counts.
        covered: whether the days must be covered by themselves.
        factor_days: the days on which a factor changes that the saving is converted by.

    Returns:
        The rows as they were read, and the saving.

    Raises:
        CoverageTooLow: fewer rows count than the plan agrees.
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
        method=option.method,
    )
    site = rows_of_site(session, request, period, zone_name, edges, watermark)
    return site, savings_result(plan, site.rows, covered=covered, factor_days=factor_days)
