"""Wall clocks to instants, a column at a time: which are unique, and which a clock change makes ambiguous or void."""

from datetime import UTC, datetime, tzinfo
from functools import cache

import numpy as np

from metering.columns import DAY_US, Flags, Ints, duration_us, instant_of, micros


def resolve(local_us: Ints, where: tzinfo) -> tuple[Ints, Flags]:
    """Find the instants of wall clock readings.

    Args:
        local_us: microseconds since 1970 as the wall clock shows them.
        where: the clock's zone.

    Returns:
        The instants, and which of them are certain: those that the clock shows exactly once.
    """
    if not len(local_us):
        return local_us, np.zeros(0, np.bool_)
    first, last = (instant_of(int(edge)).year for edge in (local_us.min(), local_us.max()))
    changes = [change for year in range(first - 1, last + 2) for change in _changes(where, year)]
    starts = np.array([-(2**62), *(at for at, _ in changes)], np.int64)
    before = _offset_us(instant_of(int(local_us.min()) - 400 * DAY_US), where) if not changes else None
    first_offset = _offset_us(instant_of(changes[0][0] - 1), where) if changes else before
    offsets = np.array([first_offset, *(offset for _, offset in changes)], np.int64)
    shown_from, shown_to = starts + offsets, np.append(starts[1:], 2**62) + offsets
    at = np.searchsorted(shown_from, local_us, side="right") - 1
    here = local_us < shown_to[at]
    earlier = (at > 0) & (local_us < shown_to[np.maximum(at - 1, 0)])
    return local_us - offsets[at], here & ~earlier


@cache
def _changes(where: tzinfo, year: int) -> tuple[tuple[int, int], ...]:
    """Find when the offset changes in a year, and to what, both in microseconds; each change is found by halving."""
    found = []
    low = micros(datetime(year, 1, 1, tzinfo=UTC))
    end = micros(datetime(year + 1, 1, 1, tzinfo=UTC))
    while low < end:
        high = min(low + DAY_US, end)
        if _offset_us(instant_of(low), where) != _offset_us(instant_of(high), where):
            left, right = low, high
            while right - left > 1:
                middle = (left + right) // 2
                if _offset_us(instant_of(middle), where) == _offset_us(instant_of(left), where):
                    left = middle
                else:
                    right = middle
            found.append((right, _offset_us(instant_of(right), where)))
        low = high
    return tuple(found)


def _offset_us(instant: datetime, where: tzinfo) -> int:
    offset = instant.astimezone(where).utcoffset()
    return 0 if offset is None else duration_us(offset)
