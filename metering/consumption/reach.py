"""How far a count reaches: the instants in which another reading, late or corrected, may change it.

A counter at an edge rests on the last read before it, and where that is missing on the first one after it. What is
missing is asked for as well: a first read that arrives late lies in the reach of every count that missed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from metering.consumption.use import EXTENT_MAX, Boundary, BoundaryRule
from metering.fleet.meter import Between, Register
from metering.log.reading import Reading
from quantities.period import MICROSECOND, Period


@dataclass(frozen=True, slots=True)
class Reach:
    """Instants from ``start`` to before ``end``; None: without bound."""

    start: datetime | None
    end: datetime | None


#: All instants.
EVER = Reach(None, None)


def reach_of_intervals(period: Period, edges: BoundaryRule) -> Reach:
    """Reach over the intervals, or events, that start in a period, and over those that may straddle its start."""
    if edges is BoundaryRule.LAST_READ:
        return Reach(period.start, period.end)
    return Reach(period.start - EXTENT_MAX, period.end)


def reach_of_counter(period: Period, opening: Boundary, closing: Boundary, edges: BoundaryRule) -> Reach:
    """Reach from the read before a period to the one that closes it.

    Args:
        period: that is counted.
        opening: the reads around its start, as they were found; the one after it only where it was asked for.
        closing: the reads around its end, likewise.
        edges: what counts where no read falls on an edge.
    """
    start = opening.before.start if opening.before is not None else None
    end: datetime | None = period.end + MICROSECOND  # a read on the edge closes the period
    for edge in (opening, closing):
        if edge.before is None or edges is BoundaryRule.INTERPOLATED:
            end = None if edge.after is None or end is None else max(end, edge.after.start + MICROSECOND)
    return Reach(start, end)


def reach_of_reads(period: Period, reads: Sequence[Reading], register: Register) -> Reach:
    """Reach from the read that holds at a period's start to its end; of a line, to the read that it leads to.

    Args:
        period: that is counted.
        reads: from the last up to its start to the first from its end on, where there are such.
        register: of levels or states.
    """
    start = reads[0].start if reads and reads[0].start <= period.start else None
    if register.between is not Between.LINEAR:
        return Reach(start, period.end)
    leads_on = bool(reads) and reads[-1].start >= period.end
    return Reach(start, reads[-1].start + MICROSECOND if leads_on else None)
