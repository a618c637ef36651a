"""A reading: what a register showed at an instant, or counted over an interval, as delivered by one batch.

A reading is ``(series, start, batch)`` → ``end, value, quality``. An interval has an extent; a read of a counter or of
a gauge has none (``end == start``). Rows are never changed: a correction is a row with the same ``(series, start)`` in
a later batch, and a row with value ``None`` withdraws the reading.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from quantities.errors import Invalid


class Quality(IntEnum):
    """ESPI ``QualityOfReading``. The code itself is stored; whether it is billable or estimated is derived from it.

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
        """Whether the value was not measured. An actual reading replaces an estimate and is never added to it."""
        return self in _ESTIMATED

    @classmethod
    def named(cls, text: str) -> "Quality | None":
        """The quality of a name or an ESPI code, in capitals or not; empty means valid; None for anything else."""
        if not text:
            return cls.VALID
        wanted = text.casefold()
        return next((known for known in cls if wanted in (known.name.casefold(), str(known.value))), None)

    @property
    def billable(self) -> bool:
        """Whether the value may be billed without a release by a person."""
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
        value: in the register's unit, before its multiplier; ``None`` withdraws the reading of earlier batches.
        quality: the ESPI code.
        batch: the delivery that it came with.
        line: its line in the delivery's source, from 1; 0 where the source has no lines.
    """

    series: int
    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality = Quality.VALID
    batch: int = 0
    line: int = 0


#: The most rows of one delivery that are refused one by one; with more, the format or a setting is wrong, not the rows.
REFUSED_MAX = 100_000


class TooManyRefused(Invalid):
    """Too many rows of the delivery are refused."""


def limit_refusals(refused: int, code: str = "") -> None:
    """Stop a delivery most of whose rows are refused, before its verdicts use too much memory.

    Raises:
        TooManyRefused: more than ``REFUSED_MAX`` rows are refused.
    """
    if refused > REFUSED_MAX:
        raise TooManyRefused(
            f"more than {REFUSED_MAX} rows are refused, the last as {code}",
            found=code,
            expected=f"at most {REFUSED_MAX}",
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why one row of a delivery is not stored.

    Attributes:
        line: its place in the source, from 1.
        code: the kind of fault, for programs.
        found: the text of the row.
        expected: what would be right, such as the nearest allowed spelling.
    """

    line: int
    code: str
    found: str
    expected: str
