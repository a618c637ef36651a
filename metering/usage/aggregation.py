"""Usage queries: how a period is divided into cells, and how the readings of a cell are aggregated.

A query divides a period into sub-periods (hours, days, months, or the whole) and, if it has a calendar, every
sub-period into its bands. A cell is a sub-period restricted to one band. Aggregations are the sum, the highest demand,
the mean, the number of readings, the last reading, and the number of distinct values.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from enum import StrEnum

from metering.consumption.use import BoundaryRule
from metering.fleet.meter import Dimensions, Register, RegisterKind
from quantities.calendars import Calendar
from quantities.errors import Invalid
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import Period
from quantities.quantity import POWER_UNITS

_BLOCKS_MAX = 1_000_000


class Aggregation(StrEnum):
    """How the readings of a cell are aggregated.

    ``sum``: the use, in the register's unit of use. ``demand``: the highest average power over any block. ``mean``: the
    time-weighted mean of a level, or the use per hour. ``count``: the number of readings. ``last``: the last reading.
    ``unique``: the number of distinct values.
    """

    SUM = "sum"
    DEMAND = "demand"
    MEAN = "mean"
    COUNT = "count"
    LAST = "last"
    UNIQUE = "unique"


class Granularity(StrEnum):
    """The sub-periods that a period is divided into."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    WHOLE = "whole"


class TooManyParts(Invalid):
    """The question has more than a million answers."""


class NoBlocks(Invalid):
    """The register's interval does not fit a sliding demand."""


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """What is asked of registers.

    Attributes:
        period: to be divided and counted.
        every: the sub-periods that it is divided into.
        aggregation: how the readings of a cell are aggregated.
        calendar: divides every sub-period into bands; None: no bands.
        block_minutes: duration of the blocks of a demand.
        sliding: whether a block may start at any interval; otherwise at multiples of its duration from local midnight.
        by: dimensions that are kept apart; over all others, readings are added up.
        edges: the value of a counter where no read falls on the edge of a cell.
        clock: by which sub-periods are divided; without it, by that of the register's site.
    """

    period: Period
    every: Granularity = Granularity.WHOLE
    aggregation: Aggregation = Aggregation.SUM
    calendar: Calendar | None = None
    block_minutes: int = 15
    sliding: bool = False
    by: tuple[str, ...] = ()
    edges: BoundaryRule = BoundaryRule.LAST_READ
    clock: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class UsageCell:
    """One cell of the result: a sub-period, restricted to one time-of-use band.

    Attributes:
        period: the sub-period.
        band: name of the band; None without a calendar.
        pieces: the parts of the sub-period in this band, in order of time.
    """

    period: Period
    band: str | None
    pieces: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class UsageSeries:
    """The value of one cell and one combination of dimensions.

    Attributes:
        part: the cell.
        dimensions: the dimensions that the query keeps apart.
        value: None if there is no reading, or the readings cannot be counted.
        unit: of the value.
        count: number of readings that it is computed from.
        estimated: number of estimates among them.
        questionable: number of those that may not be billed until a person has released them.
        at: of a demand, the start of its block.
        error: why there is no value.
        is_unread: whether that is because nothing was read in the cell.
    """

    part: UsageCell
    dimensions: Dimensions
    value: Decimal | None
    unit: str
    count: int = 0
    estimated: int = 0
    questionable: int = 0
    at: datetime | None = None
    error: str | None = None
    is_unread: bool = False


def usage_cells(query: UsageQuery, where: tzinfo) -> Iterator[UsageCell]:
    """Divide the period of a query into cells, in order of time and of bands."""
    for whole in sub_periods(query.period, query.every, query.clock or where):
        if query.calendar is None:
            yield UsageCell(whole, None, (whole,))
            continue
        by_band: dict[str, list[Period]] = defaultdict(list)
        for band, piece in query.calendar.pieces(whole, where):
            by_band[band].append(piece)
        for band in query.calendar.names:
            if by_band[band]:
                yield UsageCell(whole, band, tuple(by_band[band]))


def sub_periods(period: Period, every: Granularity, where: tzinfo) -> Iterable[Period]:
    """Divide a period by the local clock."""
    match every:
        case Granularity.HOUR:
            return period.hours(where)
        case Granularity.DAY:
            return (part for _, part in period.days(where))
        case Granularity.MONTH:
            return (part for _, part in period.months(where))
        case Granularity.WHOLE:
            return (period,)


def blocks(period: Period, minutes: int, where: tzinfo) -> list[Period]:
    """Divide a period into blocks, which start at multiples of their duration from every local midnight.

    Raises:
        TooManyParts: there would be more than a million blocks.
    """
    step = timedelta(minutes=minutes)
    if period.duration // step > _BLOCKS_MAX:
        asked = f"{period.duration // step} blocks"
        raise TooManyParts(asked, place="block_minutes", found=asked, expected=f"at most {_BLOCKS_MAX}")
    cut_blocks: list[Period] = []
    for day, part in period.days(where):
        whole = Period.of_days(day, day + timedelta(days=1), where)
        cut_blocks += part.split(*(whole.start + step * at for at in range(1, -(-(whole.duration) // step))))
    return cut_blocks


@dataclass(frozen=True, slots=True)
class DemandBlock:
    """The use from an instant on, over a block or over one of the steps of a sliding block."""

    start: datetime
    used: Decimal
    count: int = 1
    estimated: int = 0
    questionable: int = 0


def sliding(steps: Sequence[DemandBlock], step: timedelta, width: timedelta) -> list[DemandBlock]:
    """The blocks that begin at every step: sums of consecutive steps; a block with a missing step is left out.

    Args:
        steps: in order of time; missing steps are left out.
        step: duration of a step.
        width: duration of a block, a whole number of steps.

    Raises:
        NoBlocks: ``width`` is not a multiple of ``step``.
    """
    if not step or width % step:
        detail, expected = f"{width} is no whole number of {step}", f"a multiple of {step}"
        raise NoBlocks(detail, place="block_minutes", found=str(width), expected=expected)
    size = width // step
    totals = []
    for at in range(len(steps) - size + 1):
        window = steps[at : at + size]
        if window[-1].start - window[0].start == width - step:
            with localcontext(prec=ARITHMETIC_DIGITS):
                totals.append(
                    DemandBlock(
                        window[0].start,
                        sum((block.used for block in window), Decimal(0)),
                        sum(block.count for block in window),
                        sum(block.estimated for block in window),
                        sum(block.questionable for block in window),
                    )
                )
    return totals


def highest(candidates: Iterable[DemandBlock], cell: UsageCell) -> DemandBlock | None:
    """The block with the highest use of those that begin in a cell; of equal ones the first; None if there is none."""
    inside = [block for block in candidates if any(block.start in piece for piece in cell.pieces)]
    return max(inside, key=lambda block: block.used, default=None)


def unit_counted(aggregation: Aggregation, register: Register) -> str | None:
    """Derive the unit of what an aggregation of a register's readings comes to.

    Returns:
        A listed unit, in which a contract can price it; None where there is no such unit, and it cannot be billed: a
        level without use over time (degrees) has no sum, and kilograms an hour are no listed unit.
    """
    match aggregation:
        case Aggregation.COUNT | Aggregation.UNIQUE:
            return "each"
        case Aggregation.MEAN | Aggregation.LAST if register.kind is RegisterKind.INSTANTANEOUS:
            return register.unit
        case Aggregation.LAST if register.kind is RegisterKind.STATE:
            return "one"  # the code of a state is a bare number
        case Aggregation.SUM | Aggregation.LAST:
            return register.use_unit
        case Aggregation.DEMAND | Aggregation.MEAN:
            return POWER_UNITS.get(register.use_unit or "")


def unit_shown(aggregation: Aggregation, register: Register) -> str:
    """Name the unit of an answer: ``unit_counted``, or in words where no listed unit says it."""
    unit = register.use_unit or register.unit
    in_words = f"{unit} an hour" if aggregation in (Aggregation.DEMAND, Aggregation.MEAN) else unit
    return unit_counted(aggregation, register) or in_words
