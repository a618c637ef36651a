"""What a part of a period costs of the whole: by days, by months of thirty days, or all of it."""

from decimal import Decimal, localcontext
from enum import StrEnum

from contracts.schedule import BillingPeriod
from quantities.number import ARITHMETIC_DIGITS
from quantities.rounding import Rounding

_THIRTY = 30
SHARE_PLACES = 12


class Proration(StrEnum):
    """What a part of a period is a part of."""

    CALENDAR_DAYS = "calendar_days"  # days billed / days of the whole period
    THIRTY_DAYS = "thirty_days"  # days billed / 30 for each month of the period, at most the whole
    NONE = "none"  # a part costs the whole


def share(period: BillingPeriod, proration: Proration, places: int | None = None) -> Decimal:
    """Say what part the billed days are of the whole period.

    Args:
        period: the billed days, and the whole that they are part of.
        proration: by what.
        places: to how many decimal places, half away from zero; 12, unless the contract rounds the share itself.

    Returns:
        1 for a whole period, and never more.
    """
    if proration is Proration.NONE or period.days >= period.days_of_whole:
        return Decimal(1)
    whole = period.days_of_whole if proration is Proration.CALENDAR_DAYS else _thirties(period.days_of_whole)
    with localcontext(prec=ARITHMETIC_DIGITS):
        part = Rounding.HALF_EVEN if places is None else Rounding.HALF_UP
        return min(Decimal(1), part.to_places(Decimal(period.days) / whole, SHARE_PLACES if places is None else places))


def _thirties(days: int) -> int:
    """Thirty for each month that a whole period of so many days has: 28–31 is one, 89–92 three, 365 twelve."""
    return _THIRTY * max(1, round(Decimal(days * 12) / Decimal("365.25")))
