"""A site that is being read: what it asks of its registers, and the rows that the answers make.

Each question is a register and a usage query, so that whoever reads many sites asks each of them once: what a weather
station says of a month is the same for all sites under it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from metering.consumption.use import Use
from metering.fleet.meter import Register, RegisterKind
from metering.load_profile.profile import LoadProfile, ProfileQuery
from metering.usage.aggregation import Aggregation, Granularity, UsageQuery, UsageSeries, sub_periods, unit_shown
from quantities.arithmetic import added
from quantities.calendars import Calendar
from quantities.conversion import conversion
from quantities.period import Period, zone
from savings.energy_rules import EnergyRules
from savings.plan import ALL, ReportingRow
from savings.row_rules import RowRules
from savings.rows import (
    TEMPERATURE,
    DriverAggregation,
    DriverRows,
    Interval,
    Row,
    RowEnergy,
    Series,
    driver_rows,
    energy_of_rows,
    hours_of,
    in_unit,
)
from savings.site.complete_rows import complete_row, energy_by_row
from savings.site.evidence import CountedCell, evidence_of_cells
from savings.site.request import SiteQuestion, SiteRequest
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

#: The key of a register, and what it is asked.
RegisterQuestion: TypeAlias = tuple[str, UsageQuery]
#: Answers such a question.
Answers: TypeAlias = Callable[[str, UsageQuery], Sequence[UsageSeries]]


@dataclass(frozen=True, slots=True)
class RowFrame:
    """What the rows of many sites have in common: all but their energy.

    Attributes:
        rows: their periods and drivers.
        hours: how many hours of each row each band has.
        uses: the evidence of the drivers' registers, by their keys.
    """

    rows: DriverRows
    hours: tuple[Mapping[str, Decimal], ...]
    uses: Mapping[str, Use]


@dataclass(frozen=True, slots=True)
class _DriverQueries:
    """What the register of a driver is asked.

    Attributes:
        of_rows: its value in each row, which is its evidence.
        finer: its values in shorter steps, if those make the rows.
        reads: of a level, how many reads each of these steps has.
        is_counted: whether these steps are sums.
    """

    of_rows: UsageQuery
    finer: UsageQuery | None = None
    reads: UsageQuery | None = None
    is_counted: bool = False

    @property
    def all(self) -> list[UsageQuery]:
        return [query for query in (self.of_rows, self.finer, self.reads) if query is not None]


class _DividedEnergy(Protocol):
    """What divides the energy of a row among its bands; None if a band of it was not measured at all."""

    def by_band(self, row: Row, bands: Sequence[str], rules: EnergyRules) -> dict[str, Decimal] | None: ...


@dataclass(frozen=True, slots=True)
class _WholeRow:
    """A row of which every step was read: its bands are the sums of their steps, and one alone is all of it."""

    energy: Decimal
    values: Mapping[str, Decimal]

    def by_band(self, row: Row, bands: Sequence[str], rules: EnergyRules) -> dict[str, Decimal]:
        return {bands[0]: self.energy} if len(bands) == 1 else {band: self.values[band] for band in bands}


@dataclass(slots=True)
class _RowEnergies:
    """The energies of rows, by their periods, with what divides them, and what each register counted."""

    of_rows: dict[Period, RowEnergy] = field(default_factory=dict)
    divided: dict[Period, _DividedEnergy] = field(default_factory=dict)
    cells: dict[str, Sequence[CountedCell]] = field(default_factory=dict)


@dataclass(frozen=True)
class SiteReader:
    """A site that is being read over some days.

    Attributes:
        question: what is read.
        registers: as declared, by their keys.
    """

    question: SiteQuestion
    registers: Mapping[str, Register]

    @property
    def request(self) -> SiteRequest:
        """Which registers, and what the rows are."""
        return self.question.request

    @cached_property
    def where(self) -> ZoneInfo:
        """The time zone of the local days and hours."""
        return zone(self.question.zone_name)

    @cached_property
    def unit(self) -> str:
        """The unit of the energies."""
        first = self.registers[self.request.energies[0]]
        return self.request.unit or first.use_unit or first.unit

    @cached_property
    def rules(self) -> RowRules | None:
        """The rules of its rows; None by arithmetic 1, where a row that lacks a reading is missing."""
        method = self.request.method
        return method if method is not None and method.is_one_rule else None

    @property
    def _granularity(self) -> Granularity:
        return GRANULARITY[self.request.rows]

    @property
    def _bands(self) -> Calendar | None:
        return self.request.calendar if self.request.rows is not Interval.HOUR else None

    @property
    def _energy_keys(self) -> tuple[str, ...]:
        return (*self.request.energies, *self.request.less)

    def _query(
        self, every: Granularity, aggregation: Aggregation = Aggregation.SUM, bands: Calendar | None = None
    ) -> UsageQuery:
        return UsageQuery(self.question.period, every, aggregation, bands, edges=self.question.edges)

    @cached_property
    def profile_query(self) -> tuple[str, ProfileQuery] | None:
        """The one register whose load profile is the site's energy; None where its energy is asked for as cells.

        A profile adds up steps as they were counted: those of several registers, or in another unit, are each made into
        the site's energy first.
        """
        if self.rules is None or len(self._energy_keys) > 1:
            return None
        (key,) = self._energy_keys
        register = self.registers[key]
        if register.kind is not RegisterKind.INTERVAL or register.interval is None:
            return None
        if conversion(unit_shown(Aggregation.SUM, register), self.unit) != 1:
            return None
        step = step_of(self.request.rows, [register])
        zeros_matter = self.rules.energy_rules.zero_is_missing
        query = ProfileQuery(self.question.period, self._granularity, step, self._bands, self.where, zeros_matter)
        return key, query

    @cached_property
    def energy_query(self) -> UsageQuery:
        """What each register of energy is asked where that is not its load profile."""
        if self.rules is None:
            return self._query(self._granularity, bands=self._bands)
        step = step_of(self.request.rows, [self.registers[key] for key in self._energy_keys])
        return self._query(step, bands=self._bands)

    def energy_questions(self) -> list[RegisterQuestion]:
        """What is asked of the registers of energy where that is not a load profile."""
        return [(key, self.energy_query) for key in self._energy_keys]

    def driver_questions(self) -> list[RegisterQuestion]:
        """What is asked of the drivers' registers."""
        return [
            (key, query) for name, key in self.request.drivers.items() for query in self._driver_queries(name, key).all
        ]

    def _driver_queries(self, name: str, key: str) -> _DriverQueries:
        request, register = self.request, self.registers[key]
        is_sum = request.driver_aggregations.get(name, DriverAggregation.MEAN) is DriverAggregation.SUM
        aggregation = Aggregation.SUM if is_sum else Aggregation.MEAN
        if self.rules is None:
            # The model of a billing period takes the temperature of each of its days.
            by_days = request.rows is Interval.BILLING and name == TEMPERATURE
            return _DriverQueries(self._query(Granularity.DAY if by_days else self._granularity, aggregation))
        of_rows, hours = self._query(self._granularity, aggregation), self._query(Granularity.HOUR, Aggregation.MEAN)
        if register.kind is RegisterKind.INSTANTANEOUS and not is_sum:
            return _DriverQueries(of_rows, hours, self._query(Granularity.HOUR, Aggregation.COUNT))
        if name == TEMPERATURE:
            return _DriverQueries(of_rows, hours)
        step = step_of(request.rows, [register])
        if step is self._granularity and step is not Granularity.HOUR:
            return _DriverQueries(of_rows)
        return _DriverQueries(of_rows, self._query(step), is_counted=True)

    @cached_property
    def frame_key(self) -> tuple[object, ...]:
        """What the frame of its rows depends on: sites with the same have one frame."""
        request, question = self.request, self.question
        return (
            request.rows,
            question.zone_name,
            question.period,
            question.edges,
            self.rules is not None and self.rules.energy_rules.by_hours,
            request.calendar,
            tuple(request.drivers.items()),
            tuple(request.driver_aggregations.items()),
            tuple(request.units.items()),
            tuple(request.modes.items()),
        )

    def frame(self, answers: Answers) -> RowFrame:
        """What its rows have in common with those of every site of the same ``frame_key``, by its method's rules."""
        request = self.request
        series, uses = dict[str, Series](), dict[str, Use]()
        for name, key in request.drivers.items():
            queries = self._driver_queries(name, key)
            of_rows = answers(key, queries.of_rows)
            uses[key] = evidence_of_cells(self.registers[key], of_rows, self.question.period)
            series[name] = self._driver_series(key, queries, of_rows, answers)
        periods = tuple(sub_periods(self.question.period, self._granularity, self.where))
        rows = driver_rows(
            request.rows,
            self.question.zone_name,
            periods,
            series,
            driver_aggregations=request.driver_aggregations,
            modes=request.modes,
            degrees=request.units.get(TEMPERATURE),
            by_hours=self.rules is not None and self.rules.energy_rules.by_hours,
        )
        return RowFrame(rows, tuple(self._hours_by_band(period) for period in periods), uses)

    def _driver_series(
        self, key: str, queries: _DriverQueries, of_rows: Sequence[UsageSeries], answers: Answers
    ) -> Series:
        if queries.finer is None:
            return series_of_cells(of_rows)
        finer = answers(key, queries.finer)
        if queries.reads is not None:
            return level_series(finer, answers(key, queries.reads))
        if not queries.is_counted:
            return series_of_cells(finer)
        return series_of_steps(energy_by_step(self.registers[key], finer, finer[0].unit))

    def _hours_by_band(self, period: Period) -> dict[str, Decimal]:
        """The hours of a row in each band; a row of one hour is in the band in which it begins."""
        calendar = self.request.calendar
        if calendar is None:
            return {ALL: hours_of(period)}
        if self.request.rows is Interval.HOUR:
            return {calendar.band_at(period.start.astimezone(self.where).replace(tzinfo=None)): hours_of(period)}
        by_band: dict[str, list[Decimal]] = defaultdict(list)
        for band, piece in calendar.pieces(period, self.where):
            by_band[band].append(hours_of(piece))
        return {band: added(hours) for band, hours in by_band.items()}

    def rows(
        self, rules: RowRules, frame: RowFrame, profile: LoadProfile | None, answers: Answers
    ) -> tuple[tuple[ReportingRow, ...], dict[str, Use]]:
        """The rows by a method's rules, out of steps where there are any: the same rows as those of a file.

        Args:
            rules: of the method.
            frame: what the rows have besides their energy.
            profile: of the register that is asked for one; None where energy is asked for as cells.
            answers: to the site's further questions.

        Returns:
            The rows; and the evidence of every register, by its key.
        """
        if profile is not None and self.profile_query is not None:
            energies = self._by_profile(self.profile_query[0], profile, frame, rules.energy_rules)
        else:
            energies = self._by_cells(frame, answers, rules.energy_rules)
        rows = frame.rows.with_energies([energies.of_rows[period] for period in frame.rows.periods])
        reporting = []
        for row, hours in zip(rows, frame.hours, strict=True):
            measured = energies.divided[row.period].by_band(row, tuple(hours), rules.energy_rules)
            kept = row if measured is not None else without_band(row)
            reporting.append(ReportingRow(kept, measured or {}, hours))
        uses = {
            key: evidence_of_cells(self.registers[key], cells, self.question.period)
            for key, cells in energies.cells.items()
        }
        return tuple(reporting), {**uses, **frame.uses}

    def _by_profile(self, key: str, profile: LoadProfile, frame: RowFrame, rules: EnergyRules) -> _RowEnergies:
        """Rows whose every step was read are the sums of their cells; the others are made out of their steps."""
        energies = _RowEnergies()
        for period, cells in profile.cells.items():
            by_band = {cell.cell.band or ALL: cell.value for cell in cells}
            energy = added(by_band.values())
            energies.of_rows[period] = RowEnergy(energy, rules.basis(energy), sum(cell.zeros for cell in cells))
            energies.divided[period] = _WholeRow(energy, by_band)
        steps = [step for of_period in profile.steps.values() for step in of_period]
        if steps:
            by_step = energy_by_step(self.registers[key], steps, self.unit, band=ALL)
            self._add(energies, SiteEnergy.of([by_step], self.unit), tuple(profile.steps), frame, rules)
        energies.cells[key] = [*(cell for cells in profile.cells.values() for cell in cells), *steps]
        return energies

    def _by_cells(self, frame: RowFrame, answers: Answers, rules: EnergyRules) -> _RowEnergies:
        energies, of_registers = _RowEnergies(), []
        for key in self._energy_keys:
            energies.cells[key] = cells = answers(key, self.energy_query)
            sign = 1 if key in self.request.energies else -1
            of_registers.append(energy_by_step(self.registers[key], cells, self.unit, sign=sign, band=ALL))
        self._add(energies, SiteEnergy.of(of_registers, self.unit), frame.rows.periods, frame, rules)
        return energies

    @staticmethod
    def _add(
        energies: _RowEnergies, energy: SiteEnergy, periods: Sequence[Period], frame: RowFrame, rules: EnergyRules
    ) -> None:
        """Add rows that are made out of steps."""
        used = energy_of_rows(energy.series, periods, frame.rows.where, rules, frame.rows.least)
        energies.of_rows |= dict(zip(periods, used, strict=True))
        energies.divided |= dict.fromkeys(periods, energy)

    def complete_rows(self, answers: Answers) -> tuple[tuple[ReportingRow, ...], dict[str, Use]]:
        """The rows as by arithmetic 1, where one that lacks a reading is missing; and the evidence by register."""
        request, uses = self.request, dict[str, Use]()
        energies: list[dict[Period, dict[str, Decimal | None]]] = []
        for key in self._energy_keys:
            cells = answers(key, self.energy_query)
            uses[key] = evidence_of_cells(self.registers[key], cells, self.question.period)
            sign = 1 if key in request.energies else -1
            energies.append(energy_by_row(self.registers[key], cells, self.unit, sign))
        drivers: dict[str, dict[Period, Decimal | None]] = {}
        for name, key in request.drivers.items():
            cells = answers(key, self._driver_queries(name, key).of_rows)
            uses[key] = evidence_of_cells(self.registers[key], cells, self.question.period)
            values = [cell.value for cell in cells]
            if name in request.units:
                values = in_unit(values, cells[0].unit, request.units[name])
            drivers[name] = {cell.part.period: value for cell, value in zip(cells, values, strict=True)}
        rows = tuple(
            complete_row(request, period, self.where, self._hours_by_band(period), energies, drivers)
            for period in sub_periods(self.question.period, self._granularity, self.where)
        )
        return rows, uses
