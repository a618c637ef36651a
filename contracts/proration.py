"""Proration: the share of a whole period's price for a part of it, by days, by months of thirty days, or all of it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from contracts.rated_usage import Usage
from contracts.schedule import BillingPeriod
from quantities.number import ARITHMETIC_DIGITS
from quantities.rounding import Rounding

_THIRTY = 30
SHARE_PLACES = 12


class Proration(StrEnum):
    """How the share of a part of a period is computed."""

    CALENDAR_DAYS = "calendar_days"  # days billed / days of the whole period
    THIRTY_DAYS = "thirty_days"  # days billed / 30 for each month of the period, at most the whole
    THIRTY_360 = "thirty_360"  # each month has thirty days: no 31st, and the last of February is as many as it takes
    NONE = "none"  # a part costs the whole


def share(period: BillingPeriod, proration: Proration, places: int | None = None) -> Decimal:
    """Compute the share of the whole period that the billed days are.

    Args:
        period: the billed days, and the whole that they are part of.
        proration: how it is computed.
        places: where the contract rounds the share: to how many decimal places, half away from zero. Without it, the
            share is rounded half-even to 12 places.

    Returns:
        1 for a whole period; never more than 1.
    """
    days, whole = period.days, period.days_of_whole
    if proration is Proration.NONE or days >= whole:
        return Decimal(1)
    if proration is Proration.THIRTY_360:
        days = max(0, position_360(period.after_last) - position_360(period.first) - period.paused)
        whole = position_360(period.whole_after_last) - position_360(period.whole_first)
    elif proration is Proration.THIRTY_DAYS:
        whole = thirties(whole)
    with localcontext(prec=ARITHMETIC_DIGITS):
        part = Rounding.HALF_EVEN if places is None else Rounding.HALF_UP
        return min(Decimal(1), part.to_places(Decimal(days) / whole, SHARE_PLACES if places is None else places))


def share_of(usage: Usage, proration: Proration, places: int | None = None) -> Decimal:
    """Compute the share of billed days; where their period is divided, or cut into pieces, the shares of it add up.

    The days so far have their share, less that of the days before: of a January in two, 15 of thirty days and then the
    rest of the month. What is due whole is due with the first days.
    """
    own, before = usage.period, usage.days_before + (0 if usage.division is None else usage.division.days_before)
    if not before or proration is Proration.THIRTY_360:
        return share(own, proration, places)
    so_far, earlier = (_of_days(own, days) for days in (before + own.days, before))
    return share(so_far, proration, places) - share(earlier, proration, places)


def _of_days(period: BillingPeriod, days: int) -> BillingPeriod:
    """So many days of a whole period, whichever they are."""
    return replace(period, first=period.whole_first, after_last=period.whole_first + timedelta(days=days), paused=0)


def window_share(window: BillingPeriod, proration: Proration, arithmetic: int) -> Decimal:
    """Compute the share of a whole window that a contract has of it; of a window without end, all of it.

    Args:
        window: of the contract's life.
        proration: how it is computed.
        arithmetic: of the rule. 1 counts a window without end to the year 9999, so that suspended days take a very
            small part of it.
    """
    if arithmetic > 1 and window.whole_after_last == date.max:
        return Decimal(1)
    return share(window, proration)


def thirties(days: int) -> int:
    """Count the days of a whole period as months of thirty: 28 to 31 days are 30, 89 to 92 are 90, 365 are 360."""
    return _THIRTY * max(1, round(Decimal(days * 12) / Decimal("365.25")))


def position_360(day: date) -> int:
    """Count the days before one, where each month has thirty."""
    return 360 * day.year + _THIRTY * (day.month - 1) + min(day.day - 1, _THIRTY)
