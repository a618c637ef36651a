"""Whole months between two days, and a fixed day of the month, which short months may lack (the 31st)."""

from calendar import monthrange
from datetime import date

_YEAR = 12


def anchored(year: int, month: int, anchor_day: int) -> date:
    """The anchor day of a month, or the month's last day if the month is shorter.

    ``month`` may lie outside 1 to 12: it carries over to the years.
    """
    year, month = year + (month - 1) // _YEAR, (month - 1) % _YEAR + 1
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))


def full_months(since: date, day: date) -> int:
    """The number of full months from one day to another; 0 if ``day`` is before ``since``."""
    return max(0, (day.year - since.year) * _YEAR + day.month - since.month - (day.day < since.day))
