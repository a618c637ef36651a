"""A reading: what a register showed or counted, over an extent, as one batch delivered it.

A reading is ``(series, start, batch)`` → ``end, value, quality``. An interval has an extent, a read of a counter or of
a gauge has none (``end == start``). Nothing is edited: a correction is the same ``(series, start)`` in a later batch,
and a value of ``None`` withdraws.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from quantities.errors import Invalid


class Quality(IntEnum):
    """ESPI ``QualityOfReading``, the fine code that is kept; what bills and what counts as estimated is derived.

    Source: NAESB REQ.21 ESPI, ``QualityOfReading``.
    """

    VALID = 0
    MANUALLY_EDITED = 7
    ESTIMATED_REFERENCE_DAY = 8
    ESTIMATED_INTERPOLATION = 9
    QUESTIONABLE = 10
    DERIVED = 11
    PROJECTED = 12
    MIXED = 13
    RAW = 14
    WEATHER_NORMALISED = 15
    OTHER = 16
    VALIDATED = 17
    VERIFIED = 18
    REVENUE = 19

    @property
    def estimated(self) -> bool:
        """Whether no meter stands behind the value; an actual reading replaces it and is never added to it."""
        return self in _ESTIMATED

    @property
    def billable(self) -> bool:
        """Whether an invoice may rest on the value without a person's leave."""
        return self not in _NOT_BILLABLE


_ESTIMATED = frozenset({Quality.ESTIMATED_REFERENCE_DAY, Quality.ESTIMATED_INTERPOLATION, Quality.PROJECTED})
_NOT_BILLABLE = frozenset({Quality.QUESTIONABLE, Quality.PROJECTED, Quality.WEATHER_NORMALISED})


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the log.

    Attributes:
        series: the number of the series.
        start: in UTC.
        end: in UTC; equal to ``start`` for a read at an instant.
        value: in the register's unit, before its multiplier; ``None`` withdraws what an earlier batch said.
        quality: the fine code.
        batch: the delivery it came with.
        line: where it stands in the delivery's source, from 1; 0 where that has no lines.
    """

    series: int
    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality = Quality.VALID
    batch: int = 0
    line: int = 0


#: So many rows of one delivery may be refused; beyond that it is not the rows that are wrong.
REFUSED_MAX = 100_000


class TooManyRefused(Invalid):
    """A delivery is mostly readings; one of which a hundred thousand rows are none is read in the wrong way."""


def limit_refusals(refused: int, code: str = "") -> None:
    """See that a delivery is not refused nearly whole, row by row, which would take more room than it is worth.

    Raises:
        TooManyRefused: more than ``REFUSED_MAX`` rows are.
    """
    if refused > REFUSED_MAX:
        raise TooManyRefused(f"more than {REFUSED_MAX} rows are refused, the last as {code}", found=code, expected="")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why one row of a delivery is not stored.

    Attributes:
        line: its place in the source, from 1.
        code: what is wrong, for a program.
        found: what stands there.
        expected: what would have been right, the nearest allowed spelling among it.
    """

    line: int
    code: str
    found: str
    expected: str
