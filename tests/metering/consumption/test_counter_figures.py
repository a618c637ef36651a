"""The figures behind a counter's use: shown where they come to the use that was billed, and nowhere else."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from metering.consumption.counter_figures import (
    CounterBreak,
    CounterFigures,
    CounterQuery,
    figures_interpolated,
    figures_read,
)
from metering.consumption.use import Boundary, BoundaryRule, EventKind, RegisterEvent, Use, cumulative_use
from metering.log.reading import Quality, Reading
from quantities.period import Period

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PERIOD = Period(MIDNIGHT, MIDNIGHT + 24 * HOUR)
#: Hours of reads: around the period and in it; the first is before it, and the last behind it.
HOURS = st.lists(st.integers(1, 47), unique=True, max_size=6).map(lambda hours: sorted({0, *hours, 48}))
RISES = st.lists(st.decimals(0, 50, places=1), min_size=9, max_size=9)
BREAKS = st.lists(
    st.tuples(st.integers(1, 47), st.decimals(-20, 20, places=1)), max_size=3, unique_by=lambda one: one[0]
)


def counter(hours: Sequence[int], rises: Sequence[Decimal], breaks: Sequence[tuple[int, Decimal]]) -> list[Reading]:
    """Reads from 12 hours before the period on; each break is read, in new figures that lack what it gained."""
    gained, reads, value = dict(breaks), list[Reading](), Decimal(100)
    for hour, rise in zip(sorted({*hours, *gained}), [*rises, *rises], strict=False):
        value += rise - gained.get(hour, Decimal(0))
        at = MIDNIGHT + (hour - 12) * HOUR
        reads.append(Reading(1, at, at, value, Quality.RAW if hour % 5 else Quality.ESTIMATED_INTERPOLATION, 1))
    return reads


def around(reads: Sequence[Reading], edge: datetime) -> Boundary:
    place = bisect_right([read.start for read in reads], edge)
    return Boundary(reads[place - 1] if place else None, reads[place] if place < len(reads) else None)


def events_of(breaks: Sequence[tuple[int, Decimal]]) -> list[RegisterEvent]:
    return [RegisterEvent(MIDNIGHT + (hour - 12) * HOUR, EventKind.EXCHANGE, gained) for hour, gained in sorted(breaks)]


def counted(reads: Sequence[Reading], events: Sequence[RegisterEvent], rule: BoundaryRule) -> Use | None:
    try:
        opening, closing = around(reads, PERIOD.start), around(reads, PERIOD.end)
        return cumulative_use(PERIOD, opening, closing, events, Decimal(40), rule)
    except Exception:  # noqa: BLE001 whatever cannot be counted is not billed
        return None


def shown(reads: Sequence[Reading], events: Sequence[RegisterEvent], use: Use, total: Decimal) -> CounterFigures | None:
    """As the store asks for them: the first and the last read of the evidence, else the reads around both edges."""
    query = CounterQuery(1, Period(use.first, use.last), PERIOD, total)
    within = [read for read in reads if use.first <= read.start < use.last]
    read = figures_read(query, within[0], within[-1], events)
    return read or figures_interpolated(query, around(reads, PERIOD.start), around(reads, PERIOD.end), events)


@settings(max_examples=30)
@given(HOURS, RISES, BREAKS, st.sampled_from([BoundaryRule.LAST_READ, BoundaryRule.INTERPOLATED]))
def test_they_come_to_the_use_that_was_billed(
    hours: list[int], rises: list[Decimal], breaks: list[tuple[int, Decimal]], rule: BoundaryRule
) -> None:
    reads, events = counter(hours, rises, breaks), events_of(breaks)
    use = counted(reads, events, rule)
    if use is None:
        return
    figures = shown(reads, events, use, use.total)
    assert figures is not None
    gained = sum((one.gained for one in figures.breaks), Decimal(0))
    assert (figures.closing.value - figures.opening.value + gained) * 40 == use.quantity
    assert (figures.opening.estimated or figures.closing.estimated) == bool(use.estimated)


@settings(max_examples=30)
@given(HOURS, RISES, BREAKS, st.decimals("0.001", 5, places=3))
def test_of_another_use_there_are_none(
    hours: list[int], rises: list[Decimal], breaks: list[tuple[int, Decimal]], more: Decimal
) -> None:
    """A use that was counted otherwise, as a demand, is not shown with reads that do not come to it."""
    reads, events = counter(hours, rises, breaks), events_of(breaks)
    use = counted(reads, events, BoundaryRule.LAST_READ)
    if use is None:
        return
    figures = shown(reads, events, use, use.total + more)
    if figures is not None:  # on the straight lines they may come to it, and then they do
        assert figures.opening.estimated or figures.closing.estimated or figures.closing.at == PERIOD.end


def test_a_break_that_was_read_says_what_the_old_figures_ended_with() -> None:
    opened = Reading(1, MIDNIGHT + HOUR, MIDNIGHT + HOUR, Decimal(5), Quality.RAW, 1)
    one = CounterBreak(MIDNIGHT + HOUR, EventKind.EXCHANGE, Decimal(110))
    figures = figures_read(
        CounterQuery(1, PERIOD, PERIOD, Decimal(45)),
        Reading(1, MIDNIGHT, MIDNIGHT, Decimal(100), Quality.RAW, 1),
        Reading(1, MIDNIGHT + 2 * HOUR, MIDNIGHT + 2 * HOUR, Decimal(35), Quality.RAW, 1),
        [RegisterEvent(one.at, one.kind, one.gained)],
    )
    assert figures is not None
    assert (figures.breaks, one.before) == ((one,), None)
    (read,) = figures.with_reads([opened]).breaks
    assert (read.before, read.after) == (Decimal(115), Decimal(5))
    assert figures.with_reads([None]) == figures
