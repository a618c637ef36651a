"""Use over a period, from what a register showed.

An interval register's use is the sum of the intervals that start in the period, and an event register's the sum of its
events. A cumulative register's is the difference of what it shows at the two edges, plus what each exchange, reset or
rollover between them gained: so the use over a period equals the sum over any partition of it, and no step between is
differenced. What a level comes to and how long a state lasts is in level.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from metering.log.reading import Reading
from quantities.errors import Conflict
from quantities.number import ARITHMETIC_DIGITS, settled
from quantities.period import MICROSECOND, Period

#: A fall is a rollover only from the last tenth of the range to its first.
_NEAR = Decimal("0.1")
#: No reading is of more time than a leap year.
EXTENT_MAX = timedelta(days=366)


class EventKind(StrEnum):
    """Why a cumulative register's figures do not follow on."""

    EXCHANGE = "exchange"
    RESET = "reset"
    ROLLOVER = "rollover"


class BoundaryRule(StrEnum):
    """What counts where no reading falls on the edge of a period, as its contract says.

    ``last_read``: a counter stands as it was last read, an interval counts where it starts; what is missing now counts
    next time. ``interpolated``: on the straight line between the readings on both sides, and so marked as estimated;
    until there is one on the far side, it cannot be counted. ``exact``: it cannot be counted without one.
    """

    LAST_READ = "last_read"
    INTERPOLATED = "interpolated"
    EXACT = "exact"


class NothingRead(Conflict):
    """Use is counted from readings; a period without any is a question for a person, and not free."""


class NoReadAtEdge(Conflict):
    """The contract counts between readings at the edges of its periods, or beyond them, and there is none."""


@dataclass(frozen=True, slots=True)
class RegisterEvent:
    """Where figures do not follow on.

    Attributes:
        at: the read from which the new figures count.
        kind: exchange and reset are declared; a rollover is detected near the modulus.
        gained: closing minus opening, or the modulus: what differencing the reads on both sides misses.
    """

    at: datetime
    kind: EventKind
    gained: Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """What was used over a period, as of a watermark.

    Attributes:
        quantity: in the register's unit, multiplied, exact.
        count: how many readings it rests on.
        total: their sum before the multiplier: with ``count`` enough to notice a reading that is gone.
        estimated: how many of them no meter stands behind.
        expected: how many there would be without a gap, where the register declares its interval.
        first: where the evidence begins; a boundary read may lie before the period.
        last: where it ends.
        batch: the newest batch that it rests on; 0 where nothing was read.
        questionable: how many readings an invoice may not rest on without a person's leave.
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
) -> Use:
    """Count an interval register from the sum that the database made.

    Args:
        period: what is counted.
        count: how many readings start in it.
        total: their sum.
        estimated: how many of them no meter stands behind.
        questionable: how many of them wait for a person.
        batch: the newest of theirs.
        multiplier: figures times this are use.
        interval: how long one lasts, where that is declared.
        shares: what of the interval across the period's start belongs to it, and what of the one across its end does
            not, where edges are interpolated.
        from_: where the interval across the start begins, if that counts.
    """
    expected = None if interval is None else period.duration // interval
    with localcontext(prec=ARITHMETIC_DIGITS):
        total = total + shares[0] - shares[1]
        estimated += sum(1 for share in shares if share)
        first = min(period.start, from_ or period.start)
        return Use(total * multiplier, count, total, estimated, first, period.end, batch, expected, questionable)


def share_across(edge: datetime, across: Reading | None, edges: BoundaryRule) -> Decimal:
    """Find what of an interval lies behind an edge that it reaches across, by time, to 15 decimal places.

    Raises:
        NoReadAtEdge: the contract counts whole intervals only.
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
    return _portion(across.value, across.end - edge, across.end - across.start)


def _portion(amount: Decimal, part: timedelta, whole: timedelta) -> Decimal:
    with localcontext(prec=ARITHMETIC_DIGITS):
        return settled(amount * (part // MICROSECOND) / (whole // MICROSECOND))


@dataclass(frozen=True, slots=True)
class Boundary:
    """The live reads of a counter around an edge of a period.

    Attributes:
        before: the last at or before it.
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
    """Count a cumulative register between the two edges of a period.

    Args:
        period: what is counted.
        opening: the reads around its start. A counter that begins in the period counts from its first read.
        closing: the reads around its end.
        events: exchanges, resets and rollovers, in order of time.
        multiplier: figures times this are use.
        edges: what counts where no read falls on an edge.

    Returns:
        Use whose evidence reaches from the read before the start to just past the period's end, or to the read after it
        where that counts: a late read nearer to an edge would change it.

    Raises:
        NothingRead: there are no two reads to count between.
        NoReadAtEdge: ``edges`` asks for a read that is not there.
    """
    first = opening.before or (opening.after if edges is BoundaryRule.LAST_READ else None)
    last = closing.before
    if first is None or last is None:
        raise NothingRead(f"no read opens or closes {period}", found="no read", expected=str(period))
    if edges is BoundaryRule.LAST_READ and last.start <= first.start:
        raise NothingRead(f"no read after {first.start.isoformat()} in {period}", found=first.start.isoformat())
    low, from_ = _at_edge(period.start, replace(opening, before=first), events, edges)
    high, to = _at_edge(period.end, closing, events, edges)
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
        return Use(total * multiplier, len(reads), total, estimated, starts, ends, batch, None, questionable)


def _at_edge(
    edge: datetime, around: Boundary, events: Sequence[RegisterEvent], edges: BoundaryRule
) -> tuple[Decimal, tuple[Reading, ...]]:
    """Say what a counter showed at an edge, counted from the read before it, and what read after it that rests on."""
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
        return before.value + _portion(rise, edge - before.start, after.start - before.start), (after,)


def rolled_over(before: Decimal, after: Decimal, modulus: Decimal) -> bool:
    """Tell a rollover from a fall that needs a person: only near the modulus, on both sides of it."""
    return before >= modulus * (1 - _NEAR) and after <= modulus * _NEAR
