"""The days on which banks settle in euro: those of TARGET, which is closed at weekends and on six days a year.

Closed on 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (ECB, calendar of 14 December 2000).
"""

from datetime import date, timedelta
from functools import cache

from holidays import financial_holidays

_DAY = timedelta(days=1)
_SATURDAY = 5


@cache
def _closed(year: int) -> frozenset[date]:
    return frozenset(financial_holidays("XECB", years=year).keys())


def is_target_day(day: date) -> bool:
    """Tell whether TARGET settles on a day."""
    return day.weekday() < _SATURDAY and day not in _closed(day.year)


def settles_on(day: date, currency: str) -> date:
    """Name the first day on which banks settle, from a day on; of other currencies no holiday is known."""
    while not (is_target_day(day) if currency == "EUR" else day.weekday() < _SATURDAY):
        day += _DAY
    return day


def after_days(day: date, count: int, currency: str) -> date:
    """Name the day that lies so many business days after a day; of none, the first one from it on."""
    day = settles_on(day, currency)
    for _ in range(count):
        day = settles_on(day + _DAY, currency)
    return day
