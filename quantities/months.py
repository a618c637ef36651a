"""Whole months between days, and a day of the month that a shorter month may lack."""

from calendar import monthrange
from datetime import date

_YEAR = 12


def anchored(year: int, month: int, anchor_day: int) -> date:
    """Find the anchor of a month: the anchor day, or the last day of a month that is too short for it."""
    year, month = year + (month - 1) // _YEAR, (month - 1) % _YEAR + 1
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))


def full_months(since: date, day: date) -> int:
    """Count the full months from one day to another; none where it comes before."""
    return max(0, (day.year - since.year) * _YEAR + day.month - since.month - (day.day < since.day))
