"""The days on which payouts are made: every day, one of each week, or one of each month."""

from calendar import monthrange
from datetime import date, timedelta

from contracts.sharing.payout_terms import PayoutRhythm, PayoutTerms, Weekday

_WEEKDAYS = tuple(Weekday)
_LAST = 31


def is_payout_day(terms: PayoutTerms, day: date) -> bool:
    """Say whether payouts are made on a day; in a month that is too short, on its last."""
    if terms.every is PayoutRhythm.WEEK:
        return day.weekday() == _WEEKDAYS.index(terms.weekday or Weekday.FRIDAY)
    if terms.every is PayoutRhythm.MONTH:
        return day.day == min(terms.day_of_month or _LAST, monthrange(day.year, day.month)[1])
    return True


def next_payout_day(terms: PayoutTerms, after: date) -> date:
    """Name the first day after one on which payouts are made."""
    day = after + timedelta(days=1)
    while not is_payout_day(terms, day):
        day += timedelta(days=1)
    return day


def latest_payout_day(terms: PayoutTerms, today: date) -> date:
    """Name the last day up to today on which payouts are, or were to be, made."""
    day = today
    while not is_payout_day(terms, day):
        day -= timedelta(days=1)
    return day
