"""Seven years of an office, generated from a seed: its energy and the weather outside, hour by hour.

2019 is the baseline year. In the winter before 2020 the ventilation is modernised, which takes off 14 % of the base
load and 28 % of what the weather asks for. In May 2022 a tenant sets up a server room of 6 kW.
"""

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from quantities.period import midnight, zone

SEED = 20190101
BASELINE, MODERNISED, AFTER_LAST = date(2019, 1, 1), date(2020, 1, 1), date(2026, 1, 1)
SERVER_ROOM, SERVER_KW = date(2022, 5, 1), Decimal(6)
ZONE = "Europe/Berlin"
_WORKDAYS, _OPENS, _CLOSES = 5, 7, 19
_BASE_KW, _BUSY_KW = 9.0, 26.0
_HEATING, _COOLING = 0.9, 2.4
_HEATED_BELOW, _COOLED_ABOVE = 13.0, 18.0


@cache  # tests ask for the same years again and again
def energy(first: date, after_last: date) -> bytes:
    """Hourly kWh of the building's main meter, with the offset stated."""
    rows = ["time,value,register"]
    for at, degrees in _weather(first, after_last):
        rows.append(f"{at.isoformat()},{_kwh(at, degrees):.1f},office.kwh")
    return ("\n".join(rows) + "\n").encode()


@cache
def weather(first: date, after_last: date) -> bytes:
    """Hourly outdoor temperature in °C."""
    rows = ["time,value,register"]
    rows += (f"{at.isoformat()},{degrees:.1f},weather.degc" for at, degrees in _weather(first, after_last))
    return ("\n".join(rows) + "\n").encode()


@cache
def year_for_a_baseline() -> bytes:
    """The baseline year in one table, as people have it: time, energy and temperature."""
    rows = ["time,kwh,temperature"]
    for at, degrees in _weather(BASELINE, MODERNISED):
        rows.append(f"{at.isoformat()},{_kwh(at, degrees):.1f},{degrees:.1f}")
    return ("\n".join(rows) + "\n").encode()


@cache
def _weather(first: date, after_last: date) -> tuple[tuple[datetime, float], ...]:
    """The hours of a year, of which both its energy and its temperature are written."""
    return tuple(_hours(first, after_last))


def _hours(first: date, after_last: date) -> Iterator[tuple[datetime, float]]:
    """Each hour's temperature: a wave of the year, one of the day, and weather that lasts some days."""
    where = zone(ZONE)
    start, end = midnight(first, where), midnight(after_last, where)
    while start < end:
        local = start.astimezone(where)
        day = local.timetuple().tm_yday
        seasonal = 10.2 + 0.05 * (local.year - 2019) - 9.6 * math.cos(2 * math.pi * (day - 20) / 365.25)
        daily = 4.1 * math.sin(2 * math.pi * (local.hour - 9) / 24)
        yield local, round(seasonal + daily + _front(local.year, day // 4), 1)
        start = (start + timedelta(hours=1)).astimezone(UTC)


@cache
def _front(year: int, days: int) -> float:
    """How much warmer than usual some days are, in °C; seeding costs more than all the rest of an hour."""
    return random.Random(f"{SEED} front {year} {days}").gauss(0, 3)


def _kwh(at: datetime, degrees: float) -> float:
    chance = random.Random(f"{SEED} load {at.isoformat()}")
    busy = at.weekday() < _WORKDAYS and _OPENS <= at.hour < _CLOSES
    base = _BASE_KW + (_BUSY_KW if busy else 0.0)
    tempered = (_HEATING if not busy else 2 * _HEATING) * max(0.0, _HEATED_BELOW - degrees)
    tempered += (_COOLING if busy else 0.4 * _COOLING) * max(0.0, degrees - _COOLED_ABOVE)
    if at.date() >= MODERNISED:
        base, tempered = base * 0.86, tempered * 0.72
    servers = float(SERVER_KW) if at.date() >= SERVER_ROOM else 0.0
    return (base + tempered) * chance.uniform(0.94, 1.06) + servers
