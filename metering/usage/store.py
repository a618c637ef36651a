"""Usage of many registers at once: one query fetches the readings of all registers, grouped by usage cell."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from typing import Any, TypeAlias

from sqlalchemy import Row, text
from sqlmodel import Session

from metering.consumption import level
from metering.consumption.store import ESTIMATED, QUESTIONABLE, Window, reads_over, uses
from metering.fleet.meter import Dimensions, MachineState, RegisterKind
from metering.fleet.store import StoredRegister
from metering.log.as_of import NOW, newest
from metering.log.reading import Reading
from metering.usage.aggregation import (
    Aggregation,
    DemandBlock,
    NoBlocks,
    UsageCell,
    UsageQuery,
    UsageSeries,
    blocks,
    sliding,
    usage_cells,
)
from metering.usage.results import (
    CellTotals,
    mean_level,
    peak,
    peaks_of_uses,
    reads_around,
    series_of_totals,
    series_of_uses,
    use_of_reads,
)
from quantities.number import ARITHMETIC_DIGITS, trimmed
from quantities.period import Period

_CountMethod: TypeAlias = Callable[[Session, Sequence[StoredRegister], UsageQuery, int], list[tuple[UsageSeries, ...]]]

# text: the as-of rule is a fragment of SQL; and a hot path
_BUCKETS = text(
    f"""
    with newest as ({
        newest("series, start, value, quality", "series = any(:series) and start >= :lowest and start < :highest")
    })
    select series, width_bucket(start, cast(:edges as timestamptz[])) as n, count(value) as readings,
           trim_scale(sum(value)) as total,
           count(value) filter (where quality = any(:estimated)) as estimated,
           count(value) filter (where quality = any(:questionable)) as questionable,
           max(start) as last_at, trim_scale((array_agg(value order by start desc))[1]) as last,
           case when :distinct then array_agg(distinct trim_scale(value)) end as values
    from newest where value is not null group by series, n order by series, n
    """
)


def usage_series(
    session: Session, registers: Sequence[StoredRegister], query: UsageQuery, watermark: int = NOW
) -> list[tuple[UsageSeries, ...]]:
    """The usage of many registers.

    Args:
        session: states the tenant.
        registers: counted in the zones of their own sites.
        query: what is asked of every register.
        watermark: the last batch that counts.

    Returns:
        One tuple per register, in their order: its values in order of time, bands and dimensions. A cell without any
        reading is there too, with an error instead of a value.

    Raises:
        TooManyParts: a demand is asked over too many blocks.
        NoBlocks: a sliding demand is asked of a register without an interval.
    """
    results: dict[int, tuple[UsageSeries, ...]] = {}
    together: dict[tuple[_CountMethod, tzinfo], list[int]] = defaultdict(list)
    for number, register in enumerate(registers):
        together[_COUNTED_BY[register.register.kind], register.zone].append(number)
    for (count, _), numbers in together.items():
        counted = count(session, [registers[number] for number in numbers], query, watermark)
        results |= dict(zip(numbers, counted, strict=True))
    return [results[number] for number in range(len(registers))]


def _sums(
    session: Session, registers: Sequence[StoredRegister], query: UsageQuery, watermark: int
) -> list[tuple[UsageSeries, ...]]:
    """Intervals and events: totals of the readings that start in every cell."""
    cells = list(usage_cells(query, registers[0].zone))
    if query.aggregation is Aggregation.DEMAND:
        return _demands(session, registers, query, cells, watermark)
    edges = sorted({edge for cell in cells for piece in cell.pieces for edge in (piece.start, piece.end)})
    cell_of_bucket = _cell_of_bucket(cells, edges)
    totals: dict[int, dict[tuple[int, Dimensions], CellTotals]] = defaultdict(lambda: defaultdict(CellTotals))
    of_series = {
        series: (register, dimensions)
        for register in registers
        for dimensions, series in _series_by_dimensions(register, query)
    }
    distinct = query.aggregation is Aggregation.UNIQUE
    for row in _buckets(session, list(of_series), edges, watermark, distinct=distinct):
        place = cell_of_bucket.get(row.n)
        if place is None:
            continue
        register, dimensions = of_series[row.series]
        _add(totals[register.series][place, dimensions], row)
    return [series_of_totals(register.register, query, cells, totals[register.series]) for register in registers]


def _series_by_dimensions(register: StoredRegister, query: UsageQuery) -> list[tuple[Dimensions, int]]:
    """The series of a register, with those of their dimensions that the query keeps apart."""
    every = [((), register.series), *register.dimensioned.items()]
    return [(tuple(pair for pair in stated if pair[0] in query.by), series) for stated, series in every]


def _cell_of_bucket(cells: Sequence[UsageCell], edges: Sequence[datetime]) -> dict[int, int]:
    """By number of the bucket between two edges (as of ``width_bucket``), the position of the cell it belongs to."""
    cell_of_bucket: dict[int, int] = {}
    for place, cell in enumerate(cells):
        for piece in cell.pieces:
            low, high = bisect_right(edges, piece.start), bisect_right(edges, piece.end)
            cell_of_bucket |= dict.fromkeys(range(low, high), place)
    return cell_of_bucket


def _buckets(
    session: Session, series: Sequence[int], edges: Sequence[datetime], watermark: int, *, distinct: bool = False
) -> Iterable[Row[Any]]:
    return session.execute(
        _BUCKETS,
        {
            "series": sorted(series),
            "lowest": edges[0],
            "highest": edges[-1],
            "edges": list(edges),
            "watermark": watermark,
            "estimated": ESTIMATED,
            "questionable": QUESTIONABLE,
            "distinct": distinct,
        },
    )


def _add(totals: CellTotals, row: Row[Any]) -> None:
    with localcontext(prec=ARITHMETIC_DIGITS):
        totals.total += row.total
    totals.count += row.readings
    totals.estimated += row.estimated
    totals.questionable += row.questionable
    if totals.last_at is None or row.last_at > totals.last_at:
        totals.last_at, totals.last = row.last_at, row.last
    totals.values |= frozenset(row.values or ())


def _demands(
    session: Session,
    registers: Sequence[StoredRegister],
    query: UsageQuery,
    cells: Sequence[UsageCell],
    watermark: int,
) -> list[tuple[UsageSeries, ...]]:
    """The highest block of every cell, over all dimensions together, because power is that of the whole register."""
    width = timedelta(minutes=query.block_minutes)
    by_minutes: dict[int, list[StoredRegister]] = defaultdict(list)
    for register in registers:
        by_minutes[_minutes_of_blocks(register, query)].append(register)
    totals: dict[int, dict[int, CellTotals]] = defaultdict(lambda: defaultdict(CellTotals))
    for minutes, alike in by_minutes.items():
        periods = blocks(query.period, minutes, alike[0].zone)
        edges = [*(period.start for period in periods), query.period.end]
        register_of = {series: register.series for register in alike for series in register.all_series}
        for row in _buckets(session, list(register_of), edges, watermark):
            if 1 <= row.n <= len(periods):
                _add(totals[register_of[row.series]][row.n - 1], row)
    results = []
    for register in registers:
        periods = blocks(query.period, _minutes_of_blocks(register, query), register.zone)
        steps = [
            DemandBlock(periods[at].start, of_block.total, of_block.count, of_block.estimated, of_block.questionable)
            for at, of_block in sorted(totals[register.series].items())
        ]
        step = register.register.interval
        if query.sliding and step:
            steps = sliding(steps, step, width)
        multiplier = register.register.multiplier
        results.append(tuple(peak(register.register, query, cell, steps, multiplier) for cell in cells))
    return results


def _minutes_of_blocks(register: StoredRegister, query: UsageQuery) -> int:
    """By how many minutes a register's blocks begin one after the other: a sliding one at each of its intervals.

    Raises:
        NoBlocks: the register has no interval to step by.
    """
    step = register.register.interval
    if query.sliding and step is None:
        detail = f"{register.register.key} has no interval to step by"
        raise NoBlocks(detail, found=register.register.key, expected="a register with an interval")
    return step // timedelta(minutes=1) if query.sliding and step else query.block_minutes


def _counters(
    session: Session, registers: Sequence[StoredRegister], query: UsageQuery, watermark: int
) -> list[tuple[UsageSeries, ...]]:
    """Counters: uses between the reads around all edges."""
    cells = list(usage_cells(query, registers[0].zone))
    if query.aggregation in (Aggregation.COUNT, Aggregation.LAST, Aggregation.UNIQUE):
        return _sums(session, registers, query, watermark)
    is_demand = query.aggregation is Aggregation.DEMAND
    whole = blocks(query.period, query.block_minutes, registers[0].zone)
    periods = whole if is_demand else [piece for cell in cells for piece in cell.pieces]
    counted = uses(
        session, [Window(register, period, query.edges) for register in registers for period in periods], watermark
    )
    results: list[tuple[UsageSeries, ...]] = []
    for number, register in enumerate(registers):
        of_register = counted[number * len(periods) : (number + 1) * len(periods)]
        if is_demand:
            results.append(peaks_of_uses(register.register, query, cells, periods, of_register))
        else:
            results.append(series_of_uses(register.register, query, cells, of_register))
    return results


def _levels(
    session: Session, registers: Sequence[StoredRegister], query: UsageQuery, watermark: int
) -> list[tuple[UsageSeries, ...]]:
    """Levels and states: one query fetches all reads; every piece is then counted by itself."""
    cells = list(usage_cells(query, registers[0].zone))
    if query.aggregation in (Aggregation.COUNT, Aggregation.LAST, Aggregation.UNIQUE):
        return _sums(session, registers, query, watermark)
    results: list[tuple[UsageSeries, ...]] = []
    all_reads = reads_over(session, [(register, query.period) for register in registers], watermark)
    for stored, reads in zip(registers, all_reads, strict=True):
        register = stored.register
        if query.aggregation is Aggregation.DEMAND:
            periods = blocks(query.period, query.block_minutes, stored.zone)
            counted = [use_of_reads(period, reads, register) for period in periods]
            results.append(peaks_of_uses(register, query, cells, periods, counted))
        elif query.aggregation is Aggregation.MEAN and register.kind is RegisterKind.INSTANTANEOUS:
            results.append(tuple(mean_level(register, query, cell, reads) for cell in cells))
        else:
            counted = [use_of_reads(piece, reads, register) for cell in cells for piece in cell.pieces]
            results.append(series_of_uses(register, query, cells, counted))
    return results


#: Of a machine in one cell: how long each of its states lasted.
_Durations: TypeAlias = list[tuple[UsageCell, Mapping[MachineState, Decimal]]]


def durations(
    session: Session, registers: Sequence[StoredRegister], query: UsageQuery, watermark: int = NOW
) -> list[_Durations]:
    """How long every state of machines lasted, by state and cause, in every cell of a query.

    Returns:
        For each register the cells in order of time and of bands; durations in its unit, of the states that occurred.
    """
    all_reads = reads_over(session, [(register, query.period) for register in registers], watermark)
    return [_durations(register, query, reads) for register, reads in zip(registers, all_reads, strict=True)]


def _durations(register: StoredRegister, query: UsageQuery, reads: Sequence[Reading]) -> _Durations:
    results: _Durations = []
    for cell in usage_cells(query, register.zone):
        lasted: dict[MachineState, Decimal] = defaultdict(Decimal)
        for piece in cell.pieces:
            for state, time in level.durations(piece, reads_around(piece, reads), register.register).items():
                with localcontext(prec=ARITHMETIC_DIGITS):
                    lasted[state] += time
        results.append((cell, dict(lasted)))
    return results


@dataclass(frozen=True, slots=True)
class Event:
    """An event: when it happened, how often or how much, and the dimensions of its row."""

    at: datetime
    value: Decimal
    dimensions: Dimensions


# text: the as-of rule is a fragment of SQL
_EVENTS = text(
    f"""
    select * from ({
        newest("series, start, trim_scale(value) as value", "series = any(:series) and start >= :low and start < :high")
    }) newest
    where value is not null order by start, series
    """
)


def events(
    session: Session, registers: Sequence[StoredRegister], period: Period, watermark: int = NOW
) -> list[tuple[Event, ...]]:
    """The events of event registers that start in a period, of each in order of time; values are multiplied."""
    of_series: dict[int, tuple[StoredRegister, Dimensions]] = {
        series: (register, dimensions)
        for register in registers
        for dimensions, series in [((), register.series), *register.dimensioned.items()]
    }
    happened: dict[int, list[Event]] = defaultdict(list)
    asked = {"series": sorted(of_series), "low": period.start, "high": period.end, "watermark": watermark}
    with localcontext(prec=ARITHMETIC_DIGITS):
        for row in session.execute(_EVENTS, asked):
            register, dimensions = of_series[row.series]
            value = trimmed(row.value * register.register.multiplier)
            happened[register.series].append(Event(row.start, value, dimensions))
    return [tuple(happened[register.series]) for register in registers]


_COUNTED_BY: Mapping[RegisterKind, _CountMethod] = {
    RegisterKind.INTERVAL: _sums,
    RegisterKind.EVENT: _sums,
    RegisterKind.CUMULATIVE: _counters,
    RegisterKind.INSTANTANEOUS: _levels,
    RegisterKind.STATE: _levels,
}
