"""A site's stored energy and drivers as series, by which they become the same rows as those of a file."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from metering.fleet.meter import Register
from metering.load_profile.profile import SHORTEST_DAY
from metering.usage.aggregation import Granularity, UsageSeries
from quantities.arithmetic import added, product, quotient
from quantities.conversion import conversion
from quantities.period import MICROSECOND, Period
from quantities.quantity import times
from savings.energy_rules import EnergyRules
from savings.rows import Interval, Row, Series

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
GRANULARITY: Mapping[Interval, Granularity] = {
    Interval.HOUR: Granularity.HOUR,
    Interval.DAY: Granularity.DAY,
    Interval.BILLING: Granularity.MONTH,
}


def step_of(rows: Interval, registers: Sequence[Register]) -> Granularity:
    """The steps in which energy is read: hours where every register has them, else days, else whole rows."""
    intervals = [register.interval for register in registers]
    known = [interval for interval in intervals if interval is not None]
    if len(known) < len(intervals):
        return GRANULARITY[rows]
    if max(known) <= _HOUR:
        return Granularity.HOUR
    return Granularity.DAY if max(known) <= _DAY and rows is not Interval.HOUR else GRANULARITY[rows]


@dataclass(slots=True)
class StepEnergy:
    """The energy of one register or of a site in one step.

    Attributes:
        by_band: the energy by band.
        is_estimated: whether a part of it is an estimate, or was filled by the mean of what was read.
        rests_on_estimates: whether less than half of its time was measured without estimates.
    """

    by_band: dict[str, Decimal] = field(default_factory=dict)
    is_estimated: bool = False
    rests_on_estimates: bool = False

    @property
    def total(self) -> Decimal:
        """The energy of all bands."""
        return added(self.by_band.values())


def energy_by_step(
    register: Register, cells: Sequence[UsageSeries], unit: str, *, sign: int = 1, band: str = ""
) -> dict[Period, StepEnergy | None]:
    """A register's energy by step, in ``unit`` and with ``sign``.

    A step of which at least half was read is filled by the mean of that (CalTRACK 2.2.2.1); another one is None.

    Args:
        register: whose energy it is.
        cells: of each step and band, in order of time.
        unit: of the energies.
        sign: −1 for what is subtracted.
        band: the name of the only band where cells have none.
    """
    of_step: dict[Period, list[UsageSeries]] = defaultdict(list)
    for cell in cells:
        of_step[cell.part.period].append(cell)
    return {step: _energy_of_step(register, parts, unit, sign, band) for step, parts in of_step.items()}


def _energy_of_step(
    register: Register, cells: Sequence[UsageSeries], unit: str, sign: int, band: str
) -> StepEnergy | None:
    length = sum((piece.duration for cell in cells for piece in cell.part.pieces), timedelta())
    read = _time_read(register, cells, length)
    if not read or read * 2 < length:
        return None
    measured = _time_measured(register, cells, read)
    energy = StepEnergy(is_estimated=measured < length, rests_on_estimates=measured * 2 < length)
    fill = quotient(Decimal(length // MICROSECOND), Decimal(read // MICROSECOND)) if read < length else Decimal(1)
    for cell in cells:
        value = Decimal(0) if cell.value is None else times(cell.value * sign, conversion(cell.unit, unit))
        energy.by_band[cell.part.band or band] = value if fill == 1 else product(value, fill)
    return energy


def _time_read(register: Register, cells: Sequence[UsageSeries], length: timedelta) -> timedelta:
    """How much of a step was read: all or nothing by a register without an interval, or with one of days."""
    interval = register.interval
    if interval is None:
        return timedelta() if any(cell.value is None for cell in cells) else length
    count = sum(cell.count for cell in cells)
    if interval >= SHORTEST_DAY:
        return length if count else timedelta()
    return min(length, count * interval)


def _time_measured(register: Register, cells: Sequence[UsageSeries], read: timedelta) -> timedelta:
    """How much of the time that was read is no estimate: of a counter nothing, where a read at an edge is one."""
    estimated, count = sum(cell.estimated for cell in cells), sum(cell.count for cell in cells)
    if not estimated:
        return read
    return timedelta() if register.interval is None else read * (count - estimated) // count


@dataclass(frozen=True, slots=True)
class SiteEnergy:
    """The energy of a site by step: over all registers, and by band."""

    series: Series
    by_step: Mapping[Period, StepEnergy | None]

    @classmethod
    def of(cls, registers: Sequence[Mapping[Period, StepEnergy | None]], unit: str) -> "SiteEnergy":
        """Add up registers, each with its sign; a step that one of them lacks is missing."""
        by_step: dict[Period, StepEnergy | None] = {}
        for step in registers[0]:
            parts = [energy for register in registers if (energy := register.get(step)) is not None]
            if len(parts) < len(registers):
                by_step[step] = None
                continue
            bands = dict.fromkeys(band for part in parts for band in part.by_band)
            sums = {band: added(part.by_band.get(band, Decimal(0)) for part in parts) for band in bands}
            by_step[step] = StepEnergy(
                by_band=sums,
                is_estimated=any(part.is_estimated for part in parts),
                rests_on_estimates=any(part.rests_on_estimates for part in parts),
            )
        values = tuple(None if energy is None else energy.total for energy in by_step.values())
        known = [(step.start, energy) for step, energy in by_step.items() if energy is not None]
        estimates = frozenset(start for start, energy in known if energy.rests_on_estimates)
        partly = frozenset(start for start, energy in known if energy.is_estimated)
        return cls(Series(tuple(by_step), values, unit, estimates, partly), by_step)

    def by_band(self, row: Row, bands: Sequence[str], rules: EnergyRules) -> dict[str, Decimal] | None:
        """Divide a row's energy among its bands, as its measured steps are.

        Returns:
            The energies, which add up to that of the row; None if a band of it was not measured at all.
        """
        if row.energy is None:
            return None
        if len(bands) == 1:
            return {bands[0]: row.energy}
        steps = self.series.periods
        low, high = (bisect_left(steps, at, key=_start) for at in (row.period.start, row.period.end))
        known = [energy for step in steps[low:high] if (energy := self.by_step[step]) is not None]
        valid = [energy for energy in known if rules.value(energy.total) is not None]
        sums = {
            band: added(energy.by_band[band] for energy in valid if band in energy.by_band)
            for band in bands
            if any(band in energy.by_band for energy in valid)
        }
        return _filled(sums, row.energy) if len(sums) == len(bands) else None


def _start(period: Period) -> datetime:
    return period.start


def _filled(sums: Mapping[str, Decimal], whole: Decimal) -> dict[str, Decimal]:
    """Scale energies by band so that they add up to the whole; the last band takes the rest."""
    total = added(sums.values())
    if total == whole or not total:
        return dict(sums)
    *first, last = sums
    scaled = {band: quotient(product(sums[band], whole), total) for band in first}
    return {**scaled, last: whole - added(scaled.values())}


def level_series(cells: Sequence[UsageSeries], reads: Sequence[UsageSeries]) -> Series:
    """A level by hours: a read counts for as long as reads are usually apart, and no longer.

    Args:
        cells: the mean of each hour.
        reads: the number of reads in each hour.

    Returns:
        The hours; one without a read within the usual distance before it has no value.
    """
    at_read = [at for at, cell in enumerate(reads) if cell.value]
    apart = sorted(later - earlier for earlier, later in pairwise(at_read))
    usual = apart[(len(apart) - 1) // 2] if apart else 1
    values: list[Decimal | None] = []
    since = usual - at_read[0] if at_read and at_read[0] < usual else usual
    for cell, count in zip(cells, reads, strict=True):
        since = 0 if count.value else since + 1
        values.append(cell.value if since < usual else None)
    return Series(tuple(cell.part.period for cell in cells), tuple(values), cells[0].unit if cells else "")


def series_of_steps(by_step: Mapping[Period, StepEnergy | None]) -> Series:
    """A driver that is counted, by steps."""
    return SiteEnergy.of([by_step], "").series


def series_of_cells(cells: Sequence[UsageSeries]) -> Series:
    """A driver by rows."""
    unit = cells[0].unit if cells else ""
    return Series(tuple(cell.part.period for cell in cells), tuple(cell.value for cell in cells), unit)


def without_band(row: Row) -> Row:
    """A row of which a band was not measured at all: what of the whole is of which band, nobody knows."""
    return replace(row, energy=None)
