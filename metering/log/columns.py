"""Many readings as columns: integers in numpy, values as decimals in Arrow; no floats."""

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

# By Arrow's own allocator the first use of memory costs a file as much as its parsing: it takes huge pages, which the
# system has to clear before anything is written to them. numpy's arrays are of the system's allocator anyway.
pa.set_memory_pool(pa.system_memory_pool())

Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

#: The type of values: 38 digits, 12 of them decimals.
VALUE = pa.decimal128(38, DECIMAL_PLACES_MAX)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
#: The limits of the supported years: the start of 1900 and of 2200.
EARLIEST_US, LATEST_US = -2_208_988_800 * SECOND_US, 7_258_118_400 * SECOND_US
#: Microseconds since 1900 take 54 bits; a sort key has 63 bits, so 9 bits are left to number series.
_START_BITS = 54
SERIES_MAX = 1 << (63 - _START_BITS)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings, or rows of the log, as columns of equal length.

    Attributes:
        series: number of the series; its meaning (database id, or position in a list) depends on the owner.
        start: microseconds since 1970, UTC.
        end: likewise; equal to ``start`` for a read at an instant.
        value: of type ``VALUE``, before the register's multiplier; null withdraws the reading.
        quality: code of ``Quality``.
        line: number of the line in its source; 0 if it has none.
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
        """Some of the rows, by their positions in any order or by a mask."""
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

    def between(self, first: int, stop: int) -> "Readings":
        """The rows from one position up to another, not copied."""
        parts = {column.name: getattr(self, column.name)[first:stop] for column in fields(self)}
        return Readings(**parts)

    @property
    def is_live(self) -> Flags:
        """A mask of the rows that have a value."""
        if not self.value.null_count:
            return np.ones(len(self), np.bool_)
        return np.asarray(self.value.is_valid().to_numpy(zero_copy_only=False))

    @classmethod
    def of(cls, *parts: "Readings") -> "Readings":
        """Concatenate parts; of no parts, an empty one."""
        with_rows = [part for part in parts if len(part)]
        if not with_rows:
            nothing = np.zeros(0, np.int64)
            return cls(nothing, nothing, nothing, pa.array([], VALUE), nothing, nothing)
        if len(with_rows) == 1:
            return with_rows[0]
        joined = {
            column.name: np.concatenate([getattr(part, column.name) for part in with_rows])
            for column in fields(cls)
            if column.name != "value"
        }
        return cls(value=pa.concat_arrays([part.value for part in with_rows]), **joined)


def readings_of_series(series: int, rows: Sequence[tuple[datetime, datetime, Decimal | None, int]]) -> Readings:
    """A few rows of one series as columns; a row is start, end, value, quality. They have no line in a source."""
    return Readings(
        np.full(len(rows), series, np.int64),
        np.array([micros(start) for start, _, _, _ in rows], np.int64),
        np.array([micros(end) for _, end, _, _ in rows], np.int64),
        pa.array([value for _, _, value, _ in rows], VALUE),
        np.array([quality for _, _, _, quality in rows], np.int64),
        np.zeros(len(rows), np.int64),
    )


def readings_at_instants(rows: Sequence[tuple[int, datetime, Decimal, int]], quality: int) -> Readings:
    """A few readings at instants as columns; a row is the series, the instant, the value, and the line in the source.

    Args:
        rows: by series and instant.
        quality: of all of them.
    """
    starts = np.array([micros(instant) for _, instant, _, _ in rows], np.int64)
    return Readings(
        np.array([series for series, _, _, _ in rows], np.int64),
        starts,
        starts,
        pa.array([value for _, _, value, _ in rows], VALUE),
        np.full(len(rows), quality, np.int64),
        np.array([line for _, _, _, line in rows], np.int64),
    )


def micros(instant: datetime) -> int:
    """The microseconds from 1970 to an instant; a local time without a zone is taken as if it were UTC."""
    return (instant.replace(tzinfo=instant.tzinfo or UTC) - _EPOCH) // MICROSECOND


def instant_of(us: int) -> datetime:
    """The instant of microseconds since 1970."""
    return _EPOCH + int(us) * MICROSECOND


def duration_us(duration: timedelta) -> int:
    """The microseconds of a duration."""
    return duration // MICROSECOND


def decimal_words(decimals: pa.Array) -> tuple[Ints, Ints]:
    """The low and the high 64-bit word that a decimal has in memory; undefined for nulls."""
    if not len(decimals):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = np.frombuffer(decimals.buffers()[1], np.int64)[2 * decimals.offset : 2 * (decimals.offset + len(decimals))]
    return pairs[0::2], pairs[1::2]


def sort_keys(rank: Ints, start: Ints) -> Ints:
    """One number per row that sorts by series, then by start.

    Args:
        rank: number of the series, below ``SERIES_MAX``.
        start: microseconds, from 1900 to 2200.
    """
    return (rank << _START_BITS) | (start - EARLIEST_US)


def series_ranks(*series: Ints) -> Sequence[Ints]:
    """Number the series that occur in any of the arrays from 0 on; one array of numbers per argument."""
    runs = [_run_starts(numbers) for numbers in series]
    known = np.unique(np.concatenate([numbers[starts] for numbers, starts in zip(series, runs, strict=True)]))
    return [
        np.repeat(np.searchsorted(known, numbers[starts]), np.diff(starts, append=len(numbers)))
        for numbers, starts in zip(series, runs, strict=True)
    ]


def distinct(series: Ints) -> list[int]:
    """The numbers of the series that occur, ascending."""
    return [int(number) for number in np.unique(series[_run_starts(series)])]


def changes(numbers: Ints) -> Flags:
    """A mask of the rows whose number is another than that of the row before; of the first row too."""
    begins = np.ones(len(numbers), np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=begins[1:])
    return begins


def _run_starts(series: Ints) -> Ints:
    """Where the number changes: rows mostly lie together by series, so there are far fewer runs than rows."""
    return np.flatnonzero(changes(series))


def sort_order(series: Ints, start: Ints, line: Ints) -> Ints:
    """The positions that sort rows by series, start and line; ``line`` may be empty, if starts are unique."""
    by: tuple[Ints, ...] = (start, series)
    if len(series) and series.max() < SERIES_MAX:
        by = (sort_keys(series, start),)
    if len(line) and bool((line[1:] < line[:-1]).any()):
        by = (line, *by)
    return np.argsort(by[0], kind="stable") if len(by) == 1 else np.lexsort(by)
