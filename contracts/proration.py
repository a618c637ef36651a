"""Proration: the share of a whole period's price for a part of it, by days, by months of thirty days, or all of it."""

from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum

from contracts.schedule import BillingPeriod
from quantities.number import ARITHMETIC_DIGITS
from quantities.rounding import Rounding

_THIRTY = 30
SHARE_PLACES = 12


class Proration(StrEnum):
    """How the share of a part of a period is computed."""

    CALENDAR_DAYS = "calendar_days"  # days billed / days of the whole period
    THIRTY_DAYS = "thirty_days"  # days billed / 30 for each month of the period, at most the whole
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
    if proration is Proration.NONE or period.days >= period.days_of_whole:
        return Decimal(1)
    whole = period.days_of_whole if proration is Proration.CALENDAR_DAYS else _thirties(period.days_of_whole)
    with localcontext(prec=ARITHMETIC_DIGITS):
        part = Rounding.HALF_EVEN if places is None else Rounding.HALF_UP
        return min(Decimal(1), part.to_places(Decimal(period.days) / whole, SHARE_PLACES if places is None else places))


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


def _thirties(days: int) -> int:
    """Count the days of a whole period as months of thirty: 28 to 31 days are 30, 89 to 92 are 90, 365 are 360."""
    return _THIRTY * max(1, round(Decimal(days * 12) / Decimal("365.25")))
