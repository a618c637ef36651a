"""The figures that a counter showed at both ends of a use, and what happened to it in between, for who reads a bill.

    use = (closing − opening + what exchanges, resets and rollovers gained) × multiplier

Figures are given only where they come to the use that was billed, to the last digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from metering.consumption.use import Boundary, BoundaryRule, EventKind, RegisterEvent, value_at_edge
from metering.log.reading import Reading
from quantities.arithmetic import added
from quantities.errors import UsufructError
from quantities.period import Period


@dataclass(frozen=True, slots=True)
class CounterQuery:
    """Which figures are asked for.

    Attributes:
        series: of the counter.
        extent: of the evidence of its use.
        period: that the use is of; its edges count where figures between two reads are interpolated.
        total: the use before the multiplier, as it was billed.
    """

    series: int
    extent: Period
    period: Period
    total: Decimal


@dataclass(frozen=True, slots=True)
class CounterFigure:
    """What a counter showed at an instant; ``estimated`` where nobody read it so: an estimate, or interpolated."""

    at: datetime
    value: Decimal
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class CounterBreak:
    """An instant from which on a counter counts in other figures.

    Attributes:
        at: the instant.
        kind: why.
        gained: what the difference of the reads on both sides lacks; of a rollover the modulus.
        after: the first of the new figures; None where it was not kept.
    """

    at: datetime
    kind: EventKind
    gained: Decimal
    after: Decimal | None = None

    @property
    def before(self) -> Decimal | None:
        """The last of the old figures, where the first of the new ones is known."""
        return None if self.after is None else added((self.after, self.gained))


@dataclass(frozen=True, slots=True)
class CounterFigures:
    """The figures at both ends of a use, and the breaks in between, in order of time."""

    opening: CounterFigure
    closing: CounterFigure
    breaks: tuple[CounterBreak, ...] = ()

    def with_reads(self, reads: Sequence[Reading | None]) -> "CounterFigures":
        """Add the first of the new figures to each break, where a read of its very instant is known."""
        known = tuple(
            replace(one, after=read.value) if read is not None and read.start == one.at else one
            for one, read in zip(self.breaks, reads, strict=True)
        )
        return replace(self, breaks=known)


def figures_read(
    query: CounterQuery, first: Reading | None, last: Reading | None, events: Sequence[RegisterEvent]
) -> CounterFigures | None:
    """Give the first and the last read of the evidence, where they come to the use; else None.

    Args:
        query: what was billed.
        first: the first live read within its extent.
        last: the last one.
        events: of the counter.
    """
    if first is None or last is None or first.value is None or last.value is None or last.start <= first.start:
        return None
    ends = (_figure(first), _figure(last))
    return _that_come_to(query, ends, _breaks(events, first.start, last.start))


def figures_interpolated(
    query: CounterQuery, opening: Boundary, closing: Boundary, events: Sequence[RegisterEvent]
) -> CounterFigures | None:
    """Give the figures on the straight lines between the reads around both edges, where they come to the use."""
    if opening.before is None or closing.before is None:
        return None
    edges = ((query.period.start, opening), (query.period.end, closing))
    try:
        ends = tuple(_figure_at(edge, around, events) for edge, around in edges)
    except UsufructError:
        return None  # it was billed by another rule
    return _that_come_to(query, (ends[0], ends[1]), _breaks(events, opening.before.start, closing.before.start))


def _figure(read: Reading) -> CounterFigure:
    return CounterFigure(read.start, read.value or Decimal(0), read.quality.estimated)


def _figure_at(edge: datetime, around: Boundary, events: Sequence[RegisterEvent]) -> CounterFigure:
    value, after = value_at_edge(edge, around, events, BoundaryRule.INTERPOLATED)
    is_estimate = bool(after) or (around.before is not None and around.before.quality.estimated)
    return CounterFigure(edge, value, is_estimate)


def _breaks(events: Sequence[RegisterEvent], first: datetime, last: datetime) -> tuple[CounterBreak, ...]:
    return tuple(CounterBreak(event.at, event.kind, event.gained) for event in events if first < event.at <= last)


def _that_come_to(
    query: CounterQuery, ends: tuple[CounterFigure, CounterFigure], breaks: tuple[CounterBreak, ...]
) -> CounterFigures | None:
    opening, closing = ends
    counted = added((closing.value, opening.value.copy_negate(), *(one.gained for one in breaks)))
    return CounterFigures(opening, closing, breaks) if counted == query.total else None
