"""Time-of-use bands: time divided by the local clock, the day of the week, the season and the public holidays.

Clause: "Peak is Monday to Friday from 08:00 to 20:00 local time, public holidays in Bavaria excepted, from October to
March; all other time is off-peak."
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from quantities.document import checked
from quantities.errors import Invalid
from quantities.period import Period
from quantities.worded import worded

_MIDNIGHT = time(0)


class UnknownHolidays(Invalid):
    """There are no public holidays of that code."""


class Day(StrEnum):
    """The kind of a day: a day of the week, or a public holiday, which counts as no day of the week."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"
    HOLIDAY = "holiday"


_WEEKDAYS = list(Day)[:7]


def _clock(text: object) -> object:
    return _MIDNIGHT if text == "24:00" else text


#: Local time. JSON Schema's own format of a time would need an offset.
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00)$"}),
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Hours(_Part):
    """Hours of the local clock, ``start`` to before ``end``; over midnight if ``end`` is earlier, all day if equal."""

    start: Clock
    end: Clock

    def covers(self, clock: time) -> bool:
        """Whether a time of the clock lies within these hours."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


_DAY_OF_YEAR = worded(r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", "month and day, as in 10-01")


class Season(_Part):
    """Days of the year from ``first`` to ``last``, both included; 10-01 to 03-31 runs past the end of the year."""

    first: Annotated[str, Field(pattern=_DAY_OF_YEAR)]
    last: Annotated[str, Field(pattern=_DAY_OF_YEAR)]

    def covers(self, day: date) -> bool:
        """Whether a day lies within the season."""
        month_day = f"{day:%m-%d}"
        if self.first <= self.last:
            return self.first <= month_day <= self.last
        return month_day >= self.first or month_day <= self.last


class Band(_Part):
    """A band: the time that meets all of its conditions.

    Attributes:
        name: what prices and documents call it.
        days: the days it covers; empty: all days.
        hours: the hours it covers; empty: all hours. Of hours past midnight, the part after midnight belongs to the
            next calendar day, and that day must meet ``days`` and ``seasons`` itself.
        seasons: the parts of the year it covers; empty: the whole year.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    days: tuple[Day, ...] = ()
    hours: tuple[Hours, ...] = ()
    seasons: tuple[Season, ...] = ()

    def covers(self, day: date, kind: Day, clock: time) -> bool:
        """Whether the band covers a moment: a local day, its kind, and the time of the clock."""
        return (
            (not self.days or kind in self.days)
            and (not self.hours or any(hours.covers(clock) for hours in self.hours))
            and (not self.seasons or any(season.covers(day) for season in self.seasons))
        )


def _known_holidays(code: str) -> str:
    public_holidays(code, 2026)
    return code


class Calendar(_Part):
    """Bands in order of precedence: a moment belongs to the first band that covers it.

    Attributes:
        bands: at least one.
        otherwise: the name of the band of all other time.
        holidays: the country or part of a country whose public holidays count, as in DE or DE-BY; None: no holidays.
        extra_holidays: further days that count as public holidays.
    """

    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    otherwise: Annotated[str, Field(min_length=1, max_length=200)]
    holidays: Annotated[str, checked(_known_holidays)] | None = None
    extra_holidays: tuple[date, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all bands; ``otherwise`` is last."""
        return (*(band.name for band in self.bands), self.otherwise)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        if len(set(self.names)) < len(self.names):
            raise ValueError("each band has a name of its own")
        return self

    def kind_of(self, day: date) -> Day:
        """The kind of a day: its day of the week, or a holiday."""
        is_holiday = day in self.extra_holidays or (
            self.holidays is not None and day in public_holidays(self.holidays, day.year)
        )
        return Day.HOLIDAY if is_holiday else _WEEKDAYS[day.weekday()]

    def band_at(self, wall: datetime) -> str:
        """The name of the band of a moment, given as local time without a zone."""
        day, clock = wall.date(), wall.time()
        kind = self.kind_of(day)
        return next((band.name for band in self.bands if band.covers(day, kind, clock)), self.otherwise)

    def pieces(self, period: Period, where: tzinfo) -> Iterator[tuple[str, Period]]:
        """Cut a period into pieces, each as long as possible within one band, in order of time.

        The local clock decides. An hour that the clock shows twice (autumn) is in its band twice; an hour that the
        clock leaves out (spring) is in no piece.
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
def public_holidays(code: str, year: int) -> frozenset[date]:
    """Find the public holidays of a year.

    Args:
        code: of a country or of a part of one, as in DE or DE-BY.
        year: in the local calendar.

    Raises:
        UnknownHolidays: there are none of that code.
    """
    import holidays  # noqa: PLC0415 few calendars name any, and it takes a while to load

    country, _, part = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError as error:
        raise UnknownHolidays(f"{code}: {error}"[:200], found=code, expected="as in DE or DE-BY") from error
