"""Rounding rules."""

from decimal import Decimal
from enum import StrEnum
from functools import cache

from quantities.number import EXACT

#: Behind the tenth place of an amount is noise.
_SETTLED_PLACES = 10


class Rounding(StrEnum):
    """How an amount is rounded to its last decimal place.

    ``half_up`` rounds a half away from zero, as is usual on invoices in Europe and China and in open-source billing
    software. ``up`` is away from zero, ``down`` towards zero.
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"

    def to_places(self, number: Decimal, places: int) -> Decimal:
        """Round a number to a number of decimal places."""
        return number.quantize(_step(places), rounding=f"ROUND_{self._name_}", context=EXACT)


def without_noise(amount: Decimal) -> Decimal:
    """Round an amount half-even to ten decimal places, so that no noise decides its last place.

    Prices, quantities and shares whose decimals do not end have 12 or 15 places; what comes of them has noise behind
    the tenth.
    """
    return Rounding.HALF_EVEN.to_places(amount, _SETTLED_PLACES)


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
