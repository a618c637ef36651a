"""Other ways to look at use than its sum: the highest demand, the mean, how often, the last, how many different.

A question cuts a period into parts (hours, days, months, the whole) and, where it names a calendar, each part into its
bands. What it asks of each is an aggregation.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from enum import StrEnum

from metering.consumption.use import BoundaryRule
from metering.fleet.meter import Dimensions
from quantities.calendars import Calendar
from quantities.errors import Invalid
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import Period

_BLOCKS_MAX = 1_000_000


class Aggregation(StrEnum):
    """What is asked of the readings of one part.

    ``sum``: use, in the register's unit of use. ``demand``: the highest average power over any block. ``mean``: the
    average over time of a level, or the use an hour. ``count``: how many readings. ``last``: the last of them.
    ``unique``: how many different values.
    """

    SUM = "sum"
    DEMAND = "demand"
    MEAN = "mean"
    COUNT = "count"
    LAST = "last"
    UNIQUE = "unique"


class Granularity(StrEnum):
    """How a period is cut."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    WHOLE = "whole"


class TooManyParts(Invalid):
    """A question has a million answers at most."""


class NoBlocks(Invalid):
    """A sliding demand steps by the register's interval, and a block is a whole number of them."""


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """What is asked.

    Attributes:
        period: over what.
        every: how it is cut.
        aggregation: what of each part.
        calendar: cuts each part into bands.
        block_minutes: how long the block of a demand is.
        sliding: whether a block may start at any interval, or only at multiples of itself from local midnight.
        by: dimensions that are told apart; the others are added up.
        edges: what a counter says where no read of it falls on the edge of a part.
    """

    period: Period
    every: Granularity = Granularity.WHOLE
    aggregation: Aggregation = Aggregation.SUM
    calendar: Calendar | None = None
    block_minutes: int = 15
    sliding: bool = False
    by: tuple[str, ...] = ()
    edges: BoundaryRule = BoundaryRule.LAST_READ


@dataclass(frozen=True, slots=True)
class UsageCell:
    """What is answered about at once: one part of the period, and of it the pieces of one band."""

    period: Period
    band: str | None
    pieces: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class UsageSeries:
    """What one part comes to.

    Attributes:
        part: of the period.
        dimensions: those that are told apart.
        value: None where nothing was read, or nothing that can be counted.
        unit: of the value.
        count: how many readings it rests on.
        estimated: how many of them no meter stands behind.
        questionable: how many of them wait for a person.
        at: for a demand, when its block began.
        error: why there is no value.
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


def parts(question: UsageQuery, where: tzinfo) -> Iterator[UsageCell]:
    """Cut what a question is over into what is answered about at once, in order of time and of bands."""
    for whole in cut(question.period, question.every, where):
        if question.calendar is None:
            yield UsageCell(whole, None, (whole,))
            continue
        by_band: dict[str, list[Period]] = defaultdict(list)
        for band, piece in question.calendar.pieces(whole, where):
            by_band[band].append(piece)
        for band in question.calendar.names:
            if by_band[band]:
                yield UsageCell(whole, band, tuple(by_band[band]))


def cut(period: Period, every: Granularity, where: tzinfo) -> Iterable[Period]:
    """Cut a period by the local clock."""
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
    """Cut a period into blocks that start at multiples of themselves from each local midnight.

    Raises:
        TooManyParts: there are more than a million.
    """
    step = timedelta(minutes=minutes)
    if period.duration // step > _BLOCKS_MAX:
        raise TooManyParts(f"{period.duration // step} blocks", expected=_BLOCKS_MAX)
    found: list[Period] = []
    for day, part in period.days(where):
        whole = Period.of_days(day, day + timedelta(days=1), where)
        found += part.split(*(whole.start + step * at for at in range(1, -(-(whole.duration) // step))))
    return found


@dataclass(frozen=True, slots=True)
class DemandBlock:
    """What was used from an instant on, over a block or one of the steps that it is made of."""

    start: datetime
    used: Decimal
    count: int = 1
    estimated: int = 0
    questionable: int = 0


def sliding(steps: Sequence[DemandBlock], step: timedelta, width: timedelta) -> list[DemandBlock]:
    """Add up the steps of every block that begins at one of them, as far as they follow on each other.

    Args:
        steps: in order of time; none stands for a step that is missing.
        step: how long each is.
        width: how long a block is, a whole number of steps.

    Raises:
        NoBlocks: it is not.
    """
    if not step or width % step:
        raise NoBlocks(f"{width} is no whole number of {step}", found=str(width), expected=f"a multiple of {step}")
    size = width // step
    found = []
    for at in range(len(steps) - size + 1):
        window = steps[at : at + size]
        if window[-1].start - window[0].start == width - step:
            with localcontext(prec=ARITHMETIC_DIGITS):
                found.append(
                    DemandBlock(
                        window[0].start,
                        sum((each.used for each in window), Decimal(0)),
                        sum(each.count for each in window),
                        sum(each.estimated for each in window),
                        sum(each.questionable for each in window),
                    )
                )
    return found


def highest(found: Iterable[DemandBlock], part: UsageCell) -> DemandBlock | None:
    """Find the block of the highest use among those that begin in a part; the first of equal ones."""
    inside = [block for block in found if any(block.start in piece for piece in part.pieces)]
    return max(inside, key=lambda block: block.used, default=None)


#: What is used over an hour in one unit is a power in another.
POWER: Mapping[str, str] = {"Wh": "W", "kWh": "kW", "MWh": "MW", "kvarh": "kvar", "kVAh": "kVA", "m3": "m3/h"}
