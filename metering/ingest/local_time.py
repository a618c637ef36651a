"""Local times to instants, by the column; a clock change makes some local times ambiguous or nonexistent."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import numpy as np

from metering.log.columns import EARLIEST_US, LATEST_US, Flags, Ints, duration_us, instant_of, micros
from quantities.period import offset, offset_changes, zone


def resolve(shown: Ints, where: tzinfo) -> tuple[Ints, Flags]:
    """Convert local times to instants.

    Args:
        shown: local times as microseconds since 1970, as if they were UTC.
        where: their zone.

    Returns:
        The instants, and a mask of those that are certain: local times that the clock shows exactly once.
    """
    if not len(shown):
        return shown, np.zeros(0, np.bool_)
    starts, offsets = _offsets(shown, where)
    shown_from, shown_to = starts + offsets, np.append(starts[1:], 2**62) + offsets
    at = np.searchsorted(shown_from, shown, side="right") - 1
    here = shown < shown_to[at]
    earlier = (at > 0) & (shown < shown_to[np.maximum(at - 1, 0)])
    return shown - offsets[at], here & ~earlier


def local_us(instants: Ints, where: tzinfo) -> Ints:
    """What the clock shows at instants, as microseconds since 1970, as if it were UTC."""
    if not len(instants):
        return instants
    starts, offsets = _offsets(instants, where)
    return instants + offsets[np.searchsorted(starts, instants, side="right") - 1]


def years_of(times: Ints) -> range:
    """The years from the first to the last of some times; those that are no instants of readings have the nearest."""
    first, last = (instant_of(min(max(int(us), EARLIEST_US), LATEST_US - 1)).year for us in (times.min(), times.max()))
    return range(first, last + 1)


def _offsets(around: Ints, where: tzinfo) -> tuple[Ints, Ints]:
    """From which instants on a zone has which offset from UTC, over the years of some times."""
    years = years_of(around)
    changes = [change for year in range(years.start - 1, years.stop + 1) for change in offset_changes(where, year)]
    begin = datetime(years.start - 1, 1, 1, tzinfo=UTC)
    starts = np.array([-(2**62), *(micros(at) for at, _ in changes)], np.int64)
    offsets = np.array(
        [duration_us(ahead) for ahead in (offset(begin, where), *(after for _, after in changes))], np.int64
    )
    return starts, offsets


def said_zone(name: str | None) -> tzinfo | None:
    """The zone that a sender says: None for ``local`` or nothing, else UTC, an offset that holds all year, or a name.

    Raises:
        UnknownZone: there is no zone of that name.
    """
    if name is None or name.casefold() == "local":
        return None
    if name.upper() in ("UTC", "Z"):
        return UTC
    matched = re.fullmatch(r"(?:UTC)?([+-])(\d{1,2}):?(\d{2})?", name, re.ASCII)
    if matched is None:
        return zone(name)
    ahead = timedelta(hours=int(matched[2]), minutes=int(matched[3] or 0))
    if ahead > timedelta(hours=14):
        return zone(name)  # refused by name
    return timezone(ahead if matched[1] == "+" else -ahead)
