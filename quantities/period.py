"""Periods of time: half-open, between UTC instants, divided by the local calendar of a site.

A local day lasts 23, 24 or 25 hours; where a zone once skipped a date, that day has no time at all. Zone rules come
from the pinned ``tzdata`` distribution, never from the machine, so a period gives the same instants years later.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cache
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import tzdata

from quantities.errors import Invalid

TZDATA_VERSION = tzdata.IANA_VERSION
#: The smallest unit of time used here, and the number of them in an hour.
MICROSECOND = timedelta(microseconds=1)
HOUR_US = 3_600_000_000
_YEARS = (1900, 2200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownZone(Invalid):
    """The time zone is unknown."""


class NaiveInstant(Invalid):
    """The instant has no offset from UTC."""


class ImplausibleInstant(Invalid):
    """The instant is not between the years 1900 and 2200."""


class EmptyPeriod(Invalid):
    """The period does not end after it starts."""


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        UnknownZone: the pinned data has no such zone; ``expected`` lists the nearest names.
    """
    known = _zone_names()
    if name not in known:
        nearest = get_close_matches(name, known, n=3)
        raise UnknownZone(f"{name!r} is no IANA time zone", found=name, expected=nearest)
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def utc(instant: datetime) -> datetime:
    """Express an instant in UTC.

    Raises:
        NaiveInstant: it has no offset from UTC, so the instant is not known.
        ImplausibleInstant: its year is outside 1900 to 2199.
    """
    if instant.utcoffset() is None:
        raise NaiveInstant(found=instant.isoformat(), expected=f"{instant.isoformat()}Z or another offset")
    plausible(instant)
    return instant.astimezone(UTC)


def plausible(day: date) -> None:
    """Refuse a day or a local time outside the supported years 1900 to 2199.

    Raises:
        ImplausibleInstant: its year is outside them.
    """
    if not _YEARS[0] <= day.year < _YEARS[1]:
        raise ImplausibleInstant(found=day.isoformat(), expected=f"{_YEARS[0]} to {_YEARS[1]}")


def nearest_supported(day: date, where: tzinfo) -> date:
    """The day itself where it can be billed, else the nearest day that can.

    A day can be billed if its start and its end are supported instants in UTC: from 1 January 1900 (2 January in a zone
    ahead of UTC) to 30 December 2199, because a day ends at the midnight that begins the next day.
    """
    first, last = date(_YEARS[0], 1, 1), date(_YEARS[1], 1, 1) - timedelta(days=2)
    if day <= first and midnight(first, where).year < _YEARS[0]:
        first += timedelta(days=1)
    return min(max(day, first), last)


def midnight(day: date, where: tzinfo) -> datetime:
    """The first instant of a local day, in UTC.

    Where the clock is put forward over midnight, the day starts at that change; where midnight occurs twice, at the
    first. A date that the zone skipped (Apia, 30 December 2011) starts where the next day does.

    Raises:
        ImplausibleInstant: its year is outside 1900 to 2199.
    """
    plausible(day)
    wanted = datetime(day.year, day.month, day.day)  # noqa: DTZ001 a wall clock reading, not yet an instant
    guess = wanted.replace(tzinfo=where).astimezone(UTC)
    if guess.astimezone(where).replace(tzinfo=None) == wanted:
        return guess
    # Midnight does not exist. With the offset before the change the guess is too late, with the one after it too early;
    # the start of the day is found between both by bisection.
    short = wanted.replace(tzinfo=where, fold=1).astimezone(UTC)
    low, high = 0, int((guess - short).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if (short + timedelta(seconds=middle)).astimezone(where).replace(tzinfo=None) < wanted:
            low = middle + 1
        else:
            high = middle
    return short + timedelta(seconds=low)


@cache
def offset_changes(where: tzinfo, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """The instants of a UTC year at which a zone's offset from UTC changes, with the offset from then on."""
    changes = []
    low = datetime(year, 1, 1, tzinfo=UTC)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    while low < end:
        high = min(low + timedelta(days=1), end)
        before = offset(low, where)
        if offset(high, where) != before:
            left, right = 0, int((high - low).total_seconds())
            while right - left > 1:
                middle = (left + right) // 2
                if offset(low + timedelta(seconds=middle), where) == before:
                    left = middle
                else:
                    right = middle
            change = low + timedelta(seconds=right)
            changes.append((change, offset(change, where)))
        low = high
    return tuple(changes)


def offset(instant: datetime, where: tzinfo) -> timedelta:
    """How far a zone's clocks are ahead of UTC at an instant."""
    return instant.astimezone(where).utcoffset() or timedelta()


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The instants from ``start`` (included) to ``end`` (excluded), both kept in UTC.

    Raises:
        NaiveInstant: ``start`` or ``end`` has no offset from UTC.
        EmptyPeriod: ``end`` is not after ``start``.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", utc(self.start))
        object.__setattr__(self, "end", utc(self.end))
        if self.end <= self.start:
            start, end = self.start.isoformat(), self.end.isoformat()
            raise EmptyPeriod(
                f"the end {end} does not come after the start {start}", found=end, expected=f"after {start}"
            )

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= utc(instant) < self.end

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    @classmethod
    def of_days(cls, first: date, after_last: date, where: tzinfo) -> "Period":
        """The local days from ``first`` (included) to ``after_last`` (excluded)."""
        return cls(midnight(first, where), midnight(after_last, where))

    @classmethod
    def of_month(cls, year: int, month: int, where: tzinfo) -> "Period":
        """One local calendar month."""
        first = date(year, month, 1)
        return cls.of_days(first, _first_of_next_month(first), where)

    @property
    def duration(self) -> timedelta:
        """The elapsed time of the period, which may differ from what the local clock shows."""
        return self.end - self.start

    def meet(self, other: "Period") -> "Period | None":
        """The part that both periods share; None if they share nothing."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def covers(self, other: "Period") -> bool:
        """Whether the other period lies wholly within this one."""
        return self.start <= other.start and other.end <= self.end

    def split(self, *instants: datetime) -> "tuple[Period, ...]":
        """Cut at those of the instants that lie inside; the parts are in order of time and cover the period once."""
        inside = sorted({utc(instant) for instant in instants if self.start < utc(instant) < self.end})
        return tuple(Period(start, end) for start, end in pairwise([self.start, *inside, self.end]))

    def days(self, where: tzinfo) -> "Iterator[tuple[date, Period]]":
        """Cut at every local midnight; the first and the last part may be shorter than their day."""
        return self._cut(where, lambda day: day + timedelta(days=1))

    def months(self, where: tzinfo) -> "Iterator[tuple[date, Period]]":
        """Cut at the start of every local month; a part comes with the first day of its month."""
        for first, part in self._cut(where, _first_of_next_month):
            yield first.replace(day=1), part

    def hours(self, where: tzinfo) -> "Iterator[Period]":
        """Cut where the local clock shows a full hour; where it is moved by less than an hour, a part is shorter."""
        for steady, ahead in self.steadily(where):
            past = (steady.start + ahead - _EPOCH) % timedelta(hours=1)
            count = (steady.duration + past) // timedelta(hours=1) + 1
            yield from steady.split(*(steady.start - past + timedelta(hours=at) for at in range(1, count)))

    def steadily(self, where: tzinfo) -> "Iterator[tuple[Period, timedelta]]":
        """Cut where a zone's offset from UTC changes; a part comes with its offset."""
        years = range(self.start.year - 1, self.end.year + 1)
        moved = [at for year in years for at, _ in offset_changes(where, year)]
        for part in self.split(*moved):
            yield part, offset(part.start, where)

    def _cut(self, where: tzinfo, following: Callable[[date], date]) -> "Iterator[tuple[date, Period]]":
        day, start = self.start.astimezone(where).date(), self.start
        while start < self.end:
            after = following(day)
            end = min(midnight(after, where), self.end)
            if start < end:  # a date that its zone skipped has no part
                yield day, Period(start, end)
            day, start = after, end


def _first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
