"""Months that a rule counts from one day to another, by the number of its arithmetic."""

from datetime import date

from quantities.months import full_months, months_completed


def months_between(since: date, day: date, arithmetic: int) -> int:
    """Count the months that are complete: each on its anchor day, or on the last day of a month that lacks it.

    By arithmetic 1 from 31 May a month was complete on 1 July, a day after the billing period that it is.
    """
    return full_months(since, day) if arithmetic == 1 else months_completed(since, day)
