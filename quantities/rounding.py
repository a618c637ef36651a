"""How a number comes to its last place."""

from decimal import Decimal
from enum import StrEnum
from functools import cache

from quantities.number import EXACT


class Rounding(StrEnum):
    """How an amount comes to its last place.

    ``half_up`` takes a half away from zero, as invoices in Europe and China and every open billing engine do.
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"

    def to_places(self, number: Decimal, places: int) -> Decimal:
        """Round a number to so many decimal places."""
        return number.quantize(_step(places), rounding=f"ROUND_{self._name_}", context=EXACT)


@cache
def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
