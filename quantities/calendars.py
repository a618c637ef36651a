"""Time-of-use bands: what the clock on the wall, the day of the week, the season and the public holidays make of time.

Clause: "Peak is Monday to Friday from 08:00 to 20:00 local time, public holidays in Bavaria excepted, from October to
March; all other time is off-peak."
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Annotated, Self

import holidays
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from quantities.document import checked
from quantities.errors import Invalid
from quantities.period import Period

_MIDNIGHT = time(0)


class UnknownHolidays(Invalid):
    """Public holidays are named by an ISO 3166 code of a country, or of a country and its part, as in DE-BY."""


class Day(StrEnum):
    """A day of the week, or a public holiday, which is none of them."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
    HOLIDAY = "holiday"


_WEEKDAYS = list(Day)[:7]


def _clock(found: object) -> object:
    return _MIDNIGHT if found == "24:00" else found


Clock = Annotated[time, BeforeValidator(_clock)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Part):
    """From one time of the local clock to another; over midnight if the second is not later; equal: the whole day."""

    start: Clock
    end: Clock

    def covers(self, clock: time) -> bool:
        """Tell whether a time of the clock lies within."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


class Season(_Part):
    """From one day of the year to another, both in it, as in 10-01 to 03-31; over the year's end if need be."""

    first: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
    last: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]

    def covers(self, day: date) -> bool:
        """Tell whether a day lies within."""
        found = f"{day:%m-%d}"
        if self.first <= self.last:
            return self.first <= found <= self.last
        return found >= self.first or found <= self.last


class Band(_Part):
    """A band: what all of its conditions meet.

    Attributes:
        name: how it is priced and shown.
        days: on which days; all, unless some are named.
        hours: at which hours; all, unless some are named. Hours over midnight are those of each day by itself.
        seasons: in which parts of the year; all, unless some are named.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    days: tuple[Day, ...] = ()
    hours: tuple[Hours, ...] = ()
    seasons: tuple[Season, ...] = ()

    def covers(self, day: date, kind: Day, clock: time) -> bool:
        """Tell whether a moment lies within."""
        return (
            (not self.days or kind in self.days)
            and (not self.hours or any(each.covers(clock) for each in self.hours))
            and (not self.seasons or any(each.covers(day) for each in self.seasons))
        )


def _known(code: str) -> str:
    _public_holidays(code, 2026)
    return code


class Calendar(_Part):
    """Bands in the order in which they are asked; the first that covers a moment has it.

    Attributes:
        bands: at least one.
        otherwise: the band of all other time.
        holidays: whose public holidays, as in DE or DE-BY; none, unless they are named.
        extra_holidays: further days that are treated as such.
    """

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    otherwise: Annotated[str, Field(min_length=1, max_length=200)]
    holidays: Annotated[str, checked(_known)] | None = None
    extra_holidays: tuple[date, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all bands, that of all other time last."""
        return (*(band.name for band in self.bands), self.otherwise)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        if len(set(self.names)) < len(self.names):
            raise ValueError("each band has a name of its own")
        return self

    def kind_of(self, day: date) -> Day:
        """Say what a day is."""
        is_holiday = day in self.extra_holidays or (
            self.holidays is not None and day in _public_holidays(self.holidays, day.year)
        )
        return Day.HOLIDAY if is_holiday else _WEEKDAYS[day.weekday()]

    def band_at(self, wall: datetime) -> str:
        """Name the band of a moment, by what the clock on the wall shows."""
        day, clock = wall.date(), wall.time()
        kind = self.kind_of(day)
        return next((band.name for band in self.bands if band.covers(day, kind, clock)), self.otherwise)

    def pieces(self, period: Period, where: tzinfo) -> Iterator[tuple[str, Period]]:
        """Cut a period into the longest pieces of one band each, in order of time.

        The clock on the wall decides: an hour that it shows twice is twice in its band, one that it leaves out never.
        """
        clocks = {_MIDNIGHT} | {
            edge for band in self.bands for hours in band.hours for edge in (hours.start, hours.end)
        }
        name, start = "", period.start
        for steady, ahead in period.steadily(where):
            naive = (steady.start + ahead).replace(tzinfo=None), (steady.end + ahead).replace(tzinfo=None)
            days = [naive[0].date() + timedelta(days=n) for n in range((naive[1].date() - naive[0].date()).days + 1)]
            walls = sorted(datetime.combine(day, clock) for day in days for clock in clocks)
            edges = [naive[0], *(wall for wall in walls if naive[0] < wall < naive[1]), naive[1]]
            for wall, _ in pairwise(edges):
                band, at = self.band_at(wall), steady.start + (wall - naive[0])
                if band != name:
                    if start < at:
                        yield name, Period(start, at)
                    name, start = band, at
        yield name, Period(start, period.end)


@cache
def _public_holidays(code: str, year: int) -> frozenset[date]:
    country, _, part = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as error:
        raise UnknownHolidays(f"{code}: {error}"[:200], found=code, expected="as in DE or DE-BY") from error
