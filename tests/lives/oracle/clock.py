"""Local days, hours, blocks and bands of a zone, as spans of UTC instants.

The oracle's clock: written from docs/readings.md and docs/settings.md alone, and shares no code with the product.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Cell:
    """Instants from `begin` to before `end`, and by which labels their use is told apart."""

    begin: datetime
    end: datetime
    labels: Mapping[str, str] = field(default_factory=dict)


def hours_between(begin: datetime, end: datetime) -> Fraction:
    return Fraction((end - begin) // timedelta(microseconds=1), 3600 * 10**6)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins; where the clock skips midnight, the instant of the skip."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days(begin: datetime, end: datetime, zone: ZoneInfo) -> list[date]:
    """The local days of which a part lies between two instants."""
    first, last = begin.astimezone(zone).date(), (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(number) for number in range((last - first).days + 1)]


def by_band(cells: Sequence[Cell], calendar: Mapping[str, Any], zone: ZoneInfo) -> list[Cell]:
    """The same time, cut where a band begins or ends."""
    times = {time()} | {
        clock(hours[edge]) for band in calendar["bands"] for hours in band.get("hours", ()) for edge in ("start", "end")
    }
    return [
        Cell(piece.begin, piece.end, {**piece.labels, "band": band_at(piece.begin, calendar, zone)})
        for piece in cut(cells, times, zone)
    ]


def by_hour(cells: Sequence[Cell], zone: ZoneInfo) -> list[Cell]:
    """The same time by hours of the local clock; where the clock is set back, an hour that comes again is another one."""
    return [
        Cell(piece.begin, piece.end, {**piece.labels, "hour": piece.begin.astimezone(zone).strftime("%Y-%m-%dT%H%z")})
        for piece in cut(cells, {time(hour) for hour in range(24)}, zone)
    ]


def blocks(begin: datetime, end: datetime, minutes: int, zone: ZoneInfo) -> list[Cell]:
    """Blocks that start at multiples of their duration from local midnight; the last one of a day ends with it."""
    found = []
    for day in days(begin, end, zone):
        start, until = midnight(day, zone), midnight(day + timedelta(1), zone)
        while start < until:
            stop = min(start + timedelta(minutes=minutes), until)
            if begin <= start < end:
                found.append(Cell(start, min(stop, end)))
            start = stop
    return found


def cut(cells: Sequence[Cell], times: Iterable[time], zone: ZoneInfo) -> list[Cell]:
    """The cells, cut at times of the local clock and where the clock is set."""
    times = list(times)
    pieces = []
    for cell in cells:
        edges = {cell.begin, cell.end}
        for day in days(cell.begin, cell.end, zone):
            edges |= set(settings_of_clock(day, zone))
            for clock_time in times:
                for fold in (0, 1):
                    edges.add(datetime.combine(day, clock_time, zone).replace(fold=fold).astimezone(UTC))
        inside = sorted(edge for edge in edges if cell.begin <= edge <= cell.end)
        pieces += [Cell(begin, end, cell.labels) for begin, end in pairwise(inside)]
    return pieces


def settings_of_clock(day: date, zone: ZoneInfo) -> list[datetime]:
    """The instants of a local day at which its clock is set forward or back, to the minute."""
    begin, end = midnight(day, zone), midnight(day + timedelta(1), zone)
    if begin.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        return []
    minutes = [begin + timedelta(minutes=number) for number in range((end - begin) // timedelta(minutes=1) + 1)]
    return [
        after
        for before, after in pairwise(minutes)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]


def band_at(instant: datetime, calendar: Mapping[str, Any], zone: ZoneInfo) -> str:
    """The first band that covers a moment of the local clock."""
    local = instant.astimezone(zone)
    kind = "holiday" if is_holiday(local.date(), calendar) else WEEKDAYS[local.weekday()]
    for band in calendar["bands"]:
        if band.get("days") and kind not in band["days"]:
            continue
        if band.get("hours") and not any(in_hours(local.time(), hours) for hours in band["hours"]):
            continue
        if band.get("seasons") and not any(in_season(local.date(), season) for season in band["seasons"]):
            continue
        return str(band["name"])
    return str(calendar["otherwise"])


def clock(text: str) -> time:
    return time() if text.startswith("24:00") else time.fromisoformat(text)


def in_hours(at: time, hours: Mapping[str, Any]) -> bool:
    """Of hours past midnight the part after midnight belongs to the next day; equal ends are the whole day."""
    start, end = clock(hours["start"]), clock(hours["end"])
    return start <= at < end if start < end else at >= start or at < end


def in_season(day: date, season: Mapping[str, Any]) -> bool:
    first, last, now = season["first"], season["last"], day.strftime("%m-%d")
    return bool(first <= now <= last if first <= last else now >= first or now <= last)


def is_holiday(day: date, calendar: Mapping[str, Any]) -> bool:
    if day.isoformat() in {str(extra) for extra in calendar.get("extra_holidays") or ()}:
        return True
    return bool(calendar.get("holidays")) and day in holidays(calendar["holidays"], day.year)


def holidays(where: str, year: int) -> set[date]:
    """The public holidays of Germany, and of Bavaria as far as they are kept in all of it."""
    easter = easter_sunday(year)
    fixed = [(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)]
    moving = [-2, 1, 39, 50]
    if where == "DE-BY":
        fixed += [(1, 6), (11, 1)]
        moving += [60]
    elif where != "DE":
        raise ValueError(f"the oracle knows no holidays of {where}")
    return {date(year, month, day) for month, day in fixed} | {easter + timedelta(number) for number in moving}


def easter_sunday(year: int) -> date:
    """Gauss's rule, as Spencer wrote it down for the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def day_of(text: Any) -> date:
    """A day of a document."""
    return text if isinstance(text, date) else date.fromisoformat(str(text))
