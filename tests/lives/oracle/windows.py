"""Days: windows over which a clause adds up, parts of a period, contract years, full months."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

MONTHS = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def half_up(value: Fraction, places: int) -> Fraction:
    """Rounded to so many places, half away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**places)


def add_months(day: date, months: int, day_of_month: int | None = None) -> date:
    """So many months later; a day that the month does not have is its last one."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day_of_month or day.day, monthrange(year, month + 1)[1]))


def full_months(first: date, until: date) -> int:
    """How many full months lie between two days; below zero none."""
    months = (until.year - first.year) * 12 + until.month - first.month
    return max(0, months if add_months(first, months) <= until else months - 1)


def window(day: date, per: str, billing: Mapping[str, Any], starts: date) -> tuple[date, date]:
    """First day, and day after the last one, of the whole window of a day; the days of a contract's life are fewer."""
    if per == "week":
        weekday = WEEKDAYS.index(billing.get("anchor_weekday", "mon"))
        first = day - timedelta((day.weekday() - weekday) % 7)
        return first, first + timedelta(7)
    length, anchor = MONTHS[per], int(billing.get("anchor_day", 1))
    base = add_months(starts, 0, anchor)  # the anchor at which the contract starts, or the last one before
    if base > starts:
        base = add_months(starts, -1, anchor)
    if billing.get("year_begins"):
        base = add_months(date(starts.year - 1, int(billing["year_begins"]), 1), 0, anchor)
    count = ((day.year - base.year) * 12 + day.month - base.month) // length + 1
    while add_months(base, count * length, anchor) > day:
        count -= 1
    return add_months(base, count * length, anchor), add_months(base, (count + 1) * length, anchor)


def days_between(first: date, after_last: date, left_out: Iterable[tuple[date, date]] = ()) -> int:
    """How many days, without those that are left out."""
    days = max(0, (after_last - first).days)
    for out_first, out_after in left_out:  # they do not overlap each other
        days -= max(0, (min(after_last, out_after) - max(first, out_first)).days)
    return days


def of_thirty(first: date, after_last: date) -> int:
    """How many days there are between two where each month has thirty."""
    (low, high) = (360 * day.year + 30 * day.month + min(day.day, 31) for day in (first, after_last))
    return high - low


def share_360(days: int, first: date, after_last: date, whole: tuple[date, date]) -> Fraction:
    """What part of a whole the days from one date to another are in months of thirty; `days` of them are not suspended."""
    if days >= (whole[1] - whole[0]).days:
        return Fraction(1)
    suspended = (after_last - first).days - days
    part = Fraction(max(0, of_thirty(first, after_last) - suspended), of_thirty(*whole))
    return half_up(min(Fraction(1), part), 12)


def share(days: int, whole: int, proration: str) -> Fraction:
    """What part of a period or a window so many of its days are, with twelve places; a whole one is never less than 1."""
    if proration == "none" or days >= whole:
        return Fraction(1)
    if proration == "thirty_days":  # for each month of the whole: 28 to 31 days are one, 89 to 92 are three
        months = max(1, round(Fraction(whole * 12 * 4, 1461)))
        return half_up(min(Fraction(1), Fraction(days, 30 * months)), 12)
    return half_up(Fraction(days, whole), 12)
