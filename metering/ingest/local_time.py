"""Local times to instants, by the column; a clock change makes some local times ambiguous or nonexistent."""

from datetime import UTC, datetime, tzinfo

import numpy as np

from metering.log.columns import Flags, Ints, duration_us, instant_of, micros
from quantities.period import offset, offset_changes


def resolve(local_us: Ints, where: tzinfo) -> tuple[Ints, Flags]:
    """Convert local times to instants.

    Args:
        local_us: local times as microseconds since 1970, as if they were UTC.
        where: their zone.

    Returns:
        The instants, and a mask of those that are certain: local times that the clock shows exactly once.
    """
    if not len(local_us):
        return local_us, np.zeros(0, np.bool_)
    first, last = (instant_of(int(edge)).year for edge in (local_us.min(), local_us.max()))
    changes = [change for year in range(first - 1, last + 2) for change in offset_changes(where, year)]
    begin = datetime(first - 1, 1, 1, tzinfo=UTC)
    starts = np.array([-(2**62), *(micros(at) for at, _ in changes)], np.int64)
    offsets = np.array(
        [duration_us(ahead) for ahead in (offset(begin, where), *(after for _, after in changes))], np.int64
    )
    shown_from, shown_to = starts + offsets, np.append(starts[1:], 2**62) + offsets
    at = np.searchsorted(shown_from, local_us, side="right") - 1
    here = local_us < shown_to[at]
    earlier = (at > 0) & (local_us < shown_to[np.maximum(at - 1, 0)])
    return local_us - offsets[at], here & ~earlier
