"""The values of usage cells, computed from totals of readings, from uses, or from the reads of a level."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from metering.consumption import level
from metering.consumption.use import NothingRead, Use
from metering.fleet.meter import Dimensions, Register, RegisterKind
from metering.log.reading import Reading
from metering.usage.aggregation import (
    Aggregation,
    DemandBlock,
    UsageCell,
    UsageQuery,
    UsageSeries,
    highest,
    unit_shown,
)
from quantities.errors import UsufructError
from quantities.number import ARITHMETIC_DIGITS, QUOTIENT_STEP, rounded_quotient, trimmed
from quantities.period import HOUR_US, MICROSECOND, Period


@dataclass(slots=True)
class CellTotals:
    """CellTotals of the readings of one cell and one combination of dimensions, before the multiplier.

    Attributes:
        total: sum of the values.
        count: number of readings.
        estimated: number of estimates among them.
        questionable: number of those that may not be billed until a person has released them.
        last_at: start of the last reading.
        last: value of the last reading.
        values: the distinct values, where they were asked for.
    """

    total: Decimal = Decimal(0)
    count: int = 0
    estimated: int = 0
    questionable: int = 0
    last_at: datetime | None = None
    last: Decimal | None = None
    values: frozenset[Decimal] = frozenset()


def series_of_totals(
    register: Register,
    query: UsageQuery,
    cells: Sequence[UsageCell],
    totals: Mapping[tuple[int, Dimensions], CellTotals],
) -> tuple[UsageSeries, ...]:
    """The values of a register, in order of cells and of dimensions.

    Args:
        register: whose readings they are.
        query: what is asked.
        cells: of the query.
        totals: by the position of the cell and the dimensions. A cell without totals gets an error.
    """
    unit, results = unit_shown(query.aggregation, register), []
    combinations = sorted({dimensions for _, dimensions in totals}) or [()]
    for place, cell in enumerate(cells):
        for dimensions in combinations:
            of_cell = totals.get((place, dimensions))
            if of_cell is None:
                results.append(UsageSeries(cell, dimensions, None, unit, error=_no_reading(register)))
                continue
            results.append(
                UsageSeries(
                    cell,
                    dimensions,
                    trimmed(_value(of_cell, cell, register, query.aggregation)),
                    unit,
                    count=of_cell.count,
                    estimated=of_cell.estimated,
                    questionable=of_cell.questionable,
                )
            )
    return tuple(results)


def _value(totals: CellTotals, cell: UsageCell, register: Register, aggregation: Aggregation) -> Decimal:
    with localcontext(prec=ARITHMETIC_DIGITS):
        match aggregation:
            case Aggregation.COUNT:
                return Decimal(totals.count)
            case Aggregation.UNIQUE:
                return Decimal(len(totals.values))
            case Aggregation.LAST:
                return (totals.last or Decimal(0)) * register.multiplier
            case Aggregation.MEAN:
                return _per_hour(totals.total * register.multiplier, _duration(cell))
            case _:
                return totals.total * register.multiplier


def _duration(cell: UsageCell) -> timedelta:
    return sum((piece.duration for piece in cell.pieces), timedelta())


def _per_hour(used: Decimal, over: timedelta) -> Decimal:
    """Use per hour; a quotient with more than 15 decimal places is rounded half-even to 15."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        return rounded_quotient(used * HOUR_US / (over // MICROSECOND))


def _no_reading(register: Register) -> str:
    return f"no reading of {register.key}"


def peak(
    register: Register,
    query: UsageQuery,
    cell: UsageCell,
    candidates: Sequence[DemandBlock],
    multiplier: Decimal = Decimal(1),
) -> UsageSeries:
    """The demand of a cell: the average power over the block with the highest use.

    Args:
        register: whose readings they are.
        query: what is asked; it has the duration of a block.
        cell: the block must begin in it.
        candidates: blocks, in order of time.
        multiplier: power is that of the block times this; 1, if the blocks' use has been multiplied already.
    """
    unit, block = unit_shown(query.aggregation, register), highest(candidates, cell)
    if block is None:
        return UsageSeries(cell, (), None, unit, error=_no_reading(register))
    with localcontext(prec=ARITHMETIC_DIGITS):
        power = _per_hour(block.used * multiplier, timedelta(minutes=query.block_minutes))
    return UsageSeries(
        cell,
        (),
        trimmed(power),
        unit,
        count=block.count,
        estimated=block.estimated,
        questionable=block.questionable,
        at=block.start,
    )


def peaks_of_uses(
    register: Register,
    query: UsageQuery,
    cells: Sequence[UsageCell],
    periods: Sequence[Period],
    uses: Sequence[Use | UsufructError],
) -> tuple[UsageSeries, ...]:
    """The demand of every cell, from the uses of consecutive blocks; blocks that cannot be counted are left out."""
    candidates = [
        DemandBlock(period.start, use.quantity, use.count, use.estimated, use.questionable)
        for period, use in zip(periods, uses, strict=True)
        if isinstance(use, Use)
    ]
    return tuple(peak(register, query, cell, candidates) for cell in cells)


def series_of_uses(
    register: Register, query: UsageQuery, cells: Sequence[UsageCell], uses: Sequence[Use | UsufructError]
) -> tuple[UsageSeries, ...]:
    """The sum or mean of every cell, from the uses of its pieces; a cell with an uncountable piece gets an error.

    Args:
        register: whose use it is.
        query: what is asked.
        cells: of the query.
        uses: one per piece of every cell, in order.
    """
    unit, place, results = unit_shown(query.aggregation, register), 0, []
    for cell in cells:
        of_cell = uses[place : place + len(cell.pieces)]
        place += len(cell.pieces)
        fault = next((use for use in of_cell if isinstance(use, UsufructError)), None)
        if fault is not None:
            is_unread = isinstance(fault, NothingRead)
            results.append(UsageSeries(cell, (), None, unit, error=str(fault), is_unread=is_unread))
            continue
        counted = [use for use in of_cell if isinstance(use, Use)]
        with localcontext(prec=ARITHMETIC_DIGITS):
            used = sum((use.quantity for use in counted), Decimal(0))
        if query.aggregation is Aggregation.MEAN:
            used = _per_hour(used, _duration(cell))
        results.append(
            UsageSeries(
                cell,
                (),
                trimmed(used),
                unit,
                count=sum(use.count for use in counted),
                estimated=sum(use.estimated for use in counted),
                questionable=sum(use.questionable for use in counted),
            )
        )
    return tuple(results)


def use_of_reads(period: Period, reads: Sequence[Reading], register: Register) -> Use | UsufructError:
    """The use of a level or state register over a period, or the error that says why it cannot be counted.

    Args:
        period: to be counted.
        reads: live reads in order of time, from at or before the period to its end or later; they may reach beyond it.
        register: whose reads they are.
    """
    count = level.state_use if register.kind is RegisterKind.STATE else level.level_use
    try:
        return count(period, reads_around(period, reads), register)
    except UsufructError as fault:
        return fault


def reads_around(period: Period, reads: Sequence[Reading]) -> Sequence[Reading]:
    """Of reads in order of time: from the last one at or before the period's start to the first at or after its end."""
    low = max(0, bisect_right(reads, period.start, key=_start) - 1)
    high = bisect_right(reads, period.end - MICROSECOND, key=_start) + 1
    return reads[low:high]


def _start(read: Reading) -> datetime:
    return read.start


def mean_level(register: Register, query: UsageQuery, cell: UsageCell, reads: Sequence[Reading]) -> UsageSeries:
    """The time-weighted mean of a level over a cell, rounded half-even to 15 decimal places."""
    unit = unit_shown(query.aggregation, register)
    weighted, over, count, estimated, questionable = Decimal(0), 0, 0, 0, 0
    for piece in cell.pieces:
        segments = list(level.level_segments(piece, reads_around(piece, reads), register))
        if not segments:
            continue
        us = sum(segment.microseconds for segment in segments)
        with localcontext(prec=ARITHMETIC_DIGITS):
            weighted += level.mean_of(segments) * us
        over += us
        counted = {segment.read.start: segment.read for segment in segments}.values()
        count += len(counted)
        estimated += sum(read.quality.estimated for read in counted)
        questionable += sum(not read.quality.billable for read in counted)
    if not over:
        return UsageSeries(cell, (), None, unit, error=_no_reading(register))
    with localcontext(prec=ARITHMETIC_DIGITS):
        value = (weighted / over * register.multiplier).quantize(QUOTIENT_STEP)
    return UsageSeries(cell, (), trimmed(value), unit, count=count, estimated=estimated, questionable=questionable)
