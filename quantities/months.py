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


def months_completed(since: date, day: date) -> int:
    """The number of months from one day that another has completed; 0 if ``day`` is before ``since``.

    A month is complete on its anchor day, as a billing period is: from 31 May one month on 30 June. A term that would
    end on a day which its month lacks ends on the last one (§ 188 (3) of the German civil code).
    """
    months = (day.year - since.year) * _YEAR + day.month - since.month
    return max(0, months - (day < anchored(day.year, day.month, since.day)))


def full_months(since: date, day: date) -> int:
    """The number of full months from one day to another; 0 if ``day`` is before ``since``.

    From 31 May one month is full on 1 July: see ``months_completed``.
    """
    return max(0, (day.year - since.year) * _YEAR + day.month - since.month - (day.day < since.day))


def days_of_month(month: str) -> tuple[date, date]:
    """The first day of a month that is written as 2026-03, and the day after its last."""
    first = date.fromisoformat(f"{month}-01")
    return first, anchored(first.year, first.month + 1, 1)
