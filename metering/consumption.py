"""Use over a period, from what a register showed.

An interval register's use is the sum of the intervals that start in the period. A cumulative register's is the
difference of two boundary reads, the last at or before each edge, plus what each exchange, reset or rollover between
them gained: so the use over a period equals the sum over any partition of it, and no step between is differenced.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from metering.errors import Conflict
from metering.number import ARITHMETIC_DIGITS
from metering.period import Period
from metering.reading import Reading

#: A fall is a rollover only from the last tenth of the range to its first.
_NEAR = Decimal("0.1")


class EventKind(StrEnum):
    """Why a cumulative register's figures do not follow on."""

    EXCHANGE = "exchange"
    RESET = "reset"
    ROLLOVER = "rollover"


class NothingRead(Conflict):
    """Use is counted from readings; a period without any is a question for a person, and not free."""


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
    """

    quantity: Decimal
    count: int
    total: Decimal
    estimated: int
    first: datetime
    last: datetime
    batch: int
    expected: int | None = None


def interval_use(
    period: Period,
    *,
    count: int,
    total: Decimal,
    estimated: int,
    batch: int,
    multiplier: Decimal,
    interval: timedelta | None,
) -> Use:
    """Count an interval register from the sum that the database made."""
    expected = None if interval is None else period.duration // interval
    with localcontext(prec=ARITHMETIC_DIGITS):
        return Use(total * multiplier, count, total, estimated, period.start, period.end, batch, expected)


def cumulative_use(
    period: Period,
    opening: Reading | None,
    closing: Reading | None,
    events: Sequence[RegisterEvent],
    multiplier: Decimal,
) -> Use:
    """Count a cumulative register between two boundary reads.

    Args:
        period: what is counted.
        opening: the last read at or before its start; for a register that begins in it, its first read.
        closing: the last read at or before its end.
        events: those after ``opening`` and up to ``closing``.
        multiplier: figures times this are use.

    Returns:
        Use whose evidence reaches from the opening read to just past the period's end: a late read nearer to an edge
        would change it.

    Raises:
        NothingRead: there are no two reads to count between.
    """
    if opening is None or closing is None or opening.value is None or closing.value is None:
        raise NothingRead(f"no read opens or closes {period}", found="no read", expected=str(period))
    if closing.start <= opening.start:
        raise NothingRead(f"no read after {opening.start.isoformat()} in {period}", found=opening.start.isoformat())
    with localcontext(prec=ARITHMETIC_DIGITS):
        total = closing.value - opening.value + sum((event.gained for event in events), Decimal(0))
        estimated = int(opening.quality.estimated) + int(closing.quality.estimated)
        batch = max(opening.batch, closing.batch)
        first = min(opening.start, period.start)
        return Use(total * multiplier, 2, total, estimated, first, period.end + timedelta(microseconds=1), batch)


def rolled_over(before: Decimal, after: Decimal, modulus: Decimal) -> bool:
    """Tell a rollover from a fall that needs a person: only near the modulus, on both sides of it."""
    return before >= modulus * (1 - _NEAR) and after <= modulus * _NEAR
