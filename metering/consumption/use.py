"""The use of a register over a period, from its readings.

The use of an interval register is the sum of the intervals that start in the period; of an event register, the sum of
its events. The use of a cumulative register is its reading at the end of the period minus that at the start, plus what
every exchange, reset or rollover in between gained. So the use of a period equals the sum over any partition of it.
Levels and states are in level.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from metering.log.reading import Reading
from quantities.errors import Conflict
from quantities.number import ARITHMETIC_DIGITS, rounded_quotient
from quantities.period import MICROSECOND, Period

#: A fall is a rollover only from the last tenth of the counter's range to its first tenth.
_NEAR = Decimal("0.1")
#: The longest extent of a reading: a leap year.
EXTENT_MAX = timedelta(days=366)


class EventKind(StrEnum):
    """Why the figures of a cumulative register do not continue from the read before."""

    EXCHANGE = "exchange"
    RESET = "reset"
    ROLLOVER = "rollover"


class BoundaryRule(StrEnum):
    """What counts where no reading falls on the edge of a period; a term of the contract.

    ``last_read``: a counter has the value of its last read before the edge; an interval belongs to the period that it
    starts in. ``interpolated``: the value lies on the straight line between the readings on both sides, and counts as
    estimated; without a reading after the edge, the use cannot be counted yet. ``exact``: without a reading on the edge
    the use cannot be counted.
    """

    LAST_READ = "last_read"
    INTERPOLATED = "interpolated"
    EXACT = "exact"


class NothingRead(Conflict):
    """Nothing was read in the period."""


class NoReadAtEdge(Conflict):
    """There is no reading at an edge of the period."""


@dataclass(frozen=True, slots=True)
class RegisterEvent:
    """An event after which a counter's figures start anew.

    Attributes:
        at: the instant of the first read in the new figures.
        kind: exchange and reset are declared; a rollover is detected near the modulus.
        gained: the amount that the difference of the reads on both sides lacks: closing minus opening read, or the
            modulus.
    """

    at: datetime
    kind: EventKind
    gained: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """The use of a register over a period, as of a watermark.

    Attributes:
        quantity: in the register's unit, with the multiplier applied; exact.
        count: number of readings that it is computed from.
        total: their sum before the multiplier; together with ``count`` it shows whether a reading was withdrawn.
        estimated: number of readings that are estimates and not measured.
        first: start of the evidence; a boundary read may lie before the period.
        last: end of the evidence.
        batch: the newest batch among the readings; 0 if there is none.
        expected: number of readings without a gap; None if the register declares no interval.
        questionable: number of readings that may not be billed until a person has released them.
        intervals: number of different intervals that were read; None where it is ``count``, because no interval has
            several readings, one for each combination of dimensions.
        is_read_within: whether a reading lies in the period; of intervals, be it withdrawn since. None does where the
            edges are interpolated and all of the period is on one line, or within one interval.
    """

    quantity: Decimal
    count: int
    total: Decimal
    estimated: int
    first: datetime
    last: datetime
    batch: int
    expected: int | None = None
    questionable: int = 0
    intervals: int | None = None
    is_read_within: bool = True

    @property
    def intervals_read(self) -> int:
        """Number of different intervals that were read."""
        return self.count if self.intervals is None else self.intervals


def expected_intervals(period: Period, interval: timedelta | None) -> int | None:
    """The number of intervals that start in a period at least, if there is no gap; None without an interval.

    A day that the clocks shorten still has its 23 hours counted; of days or weeks that do not fit a whole number of
    times, one more may start in the period.
    """
    return None if interval is None else period.duration // interval


def interval_use(
    period: Period,
    *,
    count: int,
    total: Decimal,
    estimated: int,
    questionable: int,
    batch: int,
    multiplier: Decimal,
    interval: timedelta | None,
    shares: tuple[Decimal, Decimal] = (Decimal(0), Decimal(0)),
    from_: datetime | None = None,
    intervals: int | None = None,
    is_read_within: bool = True,
) -> Use:
    """The use of an interval register, from sums that the database computed.

    Args:
        period: to be counted.
        count: number of readings that start in it.
        total: their sum.
        estimated: number of those that are estimates.
        questionable: number of those that may not be billed until a person has released them.
        batch: the newest batch among them.
        multiplier: use is figures times this.
        interval: duration of one interval, where declared.
        shares: where edges are interpolated: the share of the interval straddling the start that belongs to the
            period, and the share of the one straddling the end that does not.
        from_: start of the interval straddling the period's start, if it counts.
        intervals: number of different intervals among the readings, where that is not ``count``.
        is_read_within: whether any reading starts in the period, be it withdrawn since.
    """
    with localcontext(prec=ARITHMETIC_DIGITS):
        total = total + shares[0] - shares[1]
        estimated += sum(1 for share in shares if share)
        first = min(period.start, from_ or period.start)
        return Use(
            quantity=total * multiplier,
            count=count,
            total=total,
            estimated=estimated,
            first=first,
            last=period.end,
            batch=batch,
            expected=expected_intervals(period, interval),
            questionable=questionable,
            intervals=intervals,
            is_read_within=is_read_within,
        )


def share_across(edge: datetime, across: Reading | None, edges: BoundaryRule) -> Decimal:
    """The part of an interval's value after an edge that it straddles, by time, rounded half-even to 15 decimal places.

    Zero if the interval does not straddle the edge, or if an interval counts where it starts (``LAST_READ``).

    Raises:
        NoReadAtEdge: the contract counts whole intervals only (``EXACT``).
    """
    if (
        across is None
        or across.value is None
        or not across.start < edge < across.end
        or edges is BoundaryRule.LAST_READ
    ):
        return Decimal(0)
    if edges is BoundaryRule.EXACT:
        extent = f"{across.start.isoformat()}/{across.end.isoformat()}"
        raise NoReadAtEdge(f"the interval {extent} reaches across {edge.isoformat()}", found=extent)
    return _share_by_time(across.value, across.end - edge, across.end - across.start)


def _share_by_time(amount: Decimal, part: timedelta, whole: timedelta) -> Decimal:
    with localcontext(prec=ARITHMETIC_DIGITS):
        return rounded_quotient(amount * (part // MICROSECOND) / (whole // MICROSECOND))


@dataclass(frozen=True, slots=True)
class Boundary:
    """The live reads of a counter on both sides of an edge of a period.

    Attributes:
        before: the last at or before the edge.
        after: the first after it.
    """

    before: Reading | None
    after: Reading | None


def cumulative_use(
    period: Period,
    opening: Boundary,
    closing: Boundary,
    events: Sequence[RegisterEvent],
    multiplier: Decimal,
    edges: BoundaryRule = BoundaryRule.LAST_READ,
) -> Use:
    """The use of a cumulative register between the two edges of a period.

    Args:
        period: to be counted.
        opening: the reads around its start. A counter whose first read is in the period counts from that read.
        closing: the reads around its end.
        events: exchanges, resets and rollovers, in order of time.
        multiplier: use is figures times this.
        edges: what counts where no read falls on an edge.

    Returns:
        The use. Its evidence (``first`` to ``last``) begins at the read before the start and ends just after the
        period's end, or at the read after it if that one counts: a late read within it would change the use.

    Raises:
        NothingRead: there are no two reads to count between.
        NoReadAtEdge: ``edges`` requires a read that does not exist.
    """
    first = opening.before or (opening.after if edges is BoundaryRule.LAST_READ else None)
    last = closing.before
    if first is None and edges is not BoundaryRule.LAST_READ:
        raise NoReadAtEdge(f"no read at or before {period.start.isoformat()}", expected=period.start.isoformat())
    if first is None or last is None:
        raise NothingRead(f"no read opens or closes {period}", found="no read", expected=str(period))
    if edges is BoundaryRule.LAST_READ and last.start <= first.start:
        raise NothingRead(f"no read after {first.start.isoformat()} in {period}", found=first.start.isoformat())
    low, from_ = value_at_edge(period.start, replace(opening, before=first), events, edges)
    high, to = value_at_edge(period.end, closing, events, edges)
    with localcontext(prec=ARITHMETIC_DIGITS):
        gained = sum((event.gained for event in events if first.start < event.at <= last.start), Decimal(0))
        total = high - low + gained
    reads = {read.start: read for read in (first, last, *from_, *to)}
    estimated = sum(read.quality.estimated for read in reads.values()) + bool(from_) + bool(to)
    questionable = sum(not read.quality.billable for read in reads.values())
    batch = max(read.batch for read in reads.values())
    starts = min(first.start, period.start)
    ends = max(period.end, *reads) + MICROSECOND
    with localcontext(prec=ARITHMETIC_DIGITS):
        return Use(
            quantity=total * multiplier,
            count=len(reads),
            total=total,
            estimated=estimated,
            first=starts,
            last=ends,
            batch=batch,
            questionable=questionable,
            is_read_within=last.start > first.start,
        )


def value_at_edge(
    edge: datetime, around: Boundary, events: Sequence[RegisterEvent], edges: BoundaryRule
) -> tuple[Decimal, tuple[Reading, ...]]:
    """The counter's value at an edge, in the figures of the read before it; and the read after it, if it was used.

    Raises:
        NoReadAtEdge: ``edges`` requires a read that does not exist.
    """
    before, after = around.before, around.after
    if before is None or before.value is None:
        raise NoReadAtEdge(f"no read at or before {edge.isoformat()}", expected=edge.isoformat())
    if before.start == edge or edges is BoundaryRule.LAST_READ:
        return before.value, ()
    if edges is BoundaryRule.EXACT or after is None or after.value is None:
        reason = "at" if edges is BoundaryRule.EXACT else "yet after"
        raise NoReadAtEdge(f"no read {reason} {edge.isoformat()}", found=before.start.isoformat())
    with localcontext(prec=ARITHMETIC_DIGITS):
        gained = sum((event.gained for event in events if before.start < event.at <= after.start), Decimal(0))
        rise = after.value - before.value + gained
        return before.value + _share_by_time(rise, edge - before.start, after.start - before.start), (after,)


def rolled_over(before: Decimal, after: Decimal, modulus: Decimal) -> bool:
    """Whether a fall is a rollover: the read before is near the modulus, the read after near zero."""
    return before >= modulus * (1 - _NEAR) and after <= modulus * _NEAR
