"""Exact arithmetic for amounts and quantities: sums and products never round; a quotient is rounded as stated."""

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce

from quantities.number import EXACT, rounded_quotient, trimmed

_NOTHING = Decimal(0)


def added(numbers: Iterable[Decimal]) -> Decimal:
    """Add up without rounding."""
    return reduce(EXACT.add, numbers, _NOTHING)


def product(*factors: Decimal) -> Decimal:
    """Multiply without rounding."""
    return reduce(EXACT.multiply, factors)


def quotient(of: Decimal, by: Decimal) -> Decimal:
    """Divide. A quotient with more than 15 decimal places is rounded half-even to 15."""
    return trimmed(rounded_quotient(EXACT.divide(of, by)))
