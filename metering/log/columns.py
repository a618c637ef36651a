"""Many readings at once, as columns: whole numbers in numpy, values as decimals in Arrow. No float among them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from quantities.number import DECIMAL_PLACES_MAX
from quantities.period import MICROSECOND

Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

#: How a value travels: 38 digits, 12 of them behind the point.
VALUE = pa.decimal128(38, DECIMAL_PLACES_MAX)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
#: The years that a meter can have seen, 1900 and 2200.
EARLIEST_US, LATEST_US = -2_208_988_800 * SECOND_US, 7_258_118_400 * SECOND_US
#: A start takes 54 bits from 1900 on; so few series fit beside it into one key of 63.
_START_BITS = 54
SERIES_MAX = 1 << (63 - _START_BITS)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings, or rows of the log, as columns of one length.

    Attributes:
        series: a number for each series; what it stands for is the owner's to say.
        start: microseconds since 1970, UTC.
        end: likewise; equal to ``start`` for a read at an instant.
        value: as ``VALUE``, before the register's multiplier; null withdraws.
        quality: the fine code.
        line: where it stands in its source.
    """

    series: Ints
    start: Ints
    end: Ints
    value: pa.Array
    quality: Ints
    line: Ints

    def __len__(self) -> int:
        return len(self.series)

    def at(self, places: Ints | Flags) -> "Readings":
        """Pick rows, by number in any order, or by a mask."""
        if places.dtype == np.bool_:
            if places.all():
                return self
            places = np.flatnonzero(places)
        return Readings(
            self.series[places],
            self.start[places],
            self.end[places],
            self.value.take(pa.array(places)),
            self.quality[places],
            self.line[places],
        )

    @property
    def is_live(self) -> Flags:
        """Which rows have a value."""
        return np.asarray(self.value.is_valid().to_numpy(zero_copy_only=False))

    @classmethod
    def of(cls, *parts: "Readings") -> "Readings":
        """Put parts one behind the other; of none, nothing."""
        if not parts:
            nothing = np.zeros(0, np.int64)
            return cls(nothing, nothing, nothing, pa.array([], VALUE), nothing, nothing)
        if len(parts) == 1:
            return parts[0]
        joined = {
            each.name: np.concatenate([getattr(part, each.name) for part in parts])
            for each in fields(cls)
            if each.name != "value"
        }
        return cls(value=pa.concat_arrays([part.value for part in parts]), **joined)


def of_series(series: int, rows: Sequence[tuple[datetime, datetime, Decimal | None, int]]) -> Readings:
    """Lay out a few rows of one series, by start: start, end, value and quality of each, and no line of a source."""
    return Readings(
        np.full(len(rows), series, np.int64),
        np.array([micros(start) for start, _, _, _ in rows], np.int64),
        np.array([micros(end) for _, end, _, _ in rows], np.int64),
        pa.array([value for _, _, value, _ in rows], VALUE),
        np.array([quality for _, _, _, quality in rows], np.int64),
        np.zeros(len(rows), np.int64),
    )


def micros(instant: datetime) -> int:
    """Count the microseconds since 1970 of an instant, or of a wall clock's reading as if it were in UTC."""
    return (instant.replace(tzinfo=instant.tzinfo or UTC) - _EPOCH) // MICROSECOND


def instant_of(us: int) -> datetime:
    """Turn microseconds since 1970 back into an instant."""
    return _EPOCH + int(us) * MICROSECOND


def duration_us(duration: timedelta) -> int:
    """Count the microseconds of a duration."""
    return duration // MICROSECOND


def words(decimals: pa.Array) -> tuple[Ints, Ints]:
    """View decimals as the two 64-bit words that each has in memory, low and high; nulls as anything."""
    if not len(decimals):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = np.frombuffer(decimals.buffers()[1], np.int64)[2 * decimals.offset : 2 * (decimals.offset + len(decimals))]
    return pairs[0::2], pairs[1::2]


def keys(rank: Ints, start: Ints) -> Ints:
    """Make one number of a series and a start, that sorts as both do.

    Args:
        rank: below ``SERIES_MAX``.
        start: from 1900 to 2200.
    """
    return (rank << _START_BITS) | (start - EARLIEST_US)


def ranks(*series: Ints) -> Sequence[Ints]:
    """Number the series that occur from 0 on, alike in all parts."""
    known = np.unique(np.concatenate(series))
    return [np.searchsorted(known, each) for each in series]


def order(series: Ints, start: Ints, line: Ints) -> Ints:
    """Find the order by series, start and line."""
    by: tuple[Ints, ...] = (start, series)
    if len(series) and series.max() < SERIES_MAX:
        by = (keys(series, start),)
    if len(line) and bool((np.diff(line) < 0).any()):
        by = (line, *by)
    return np.argsort(by[0], kind="stable") if len(by) == 1 else np.lexsort(by)
