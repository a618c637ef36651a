"""Exact arithmetic of amounts and quantities: sums and products that never round, quotients that round where stated."""

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce

from quantities.number import EXACT, settled, trimmed


def added(numbers: Iterable[Decimal]) -> Decimal:
    """Add up without rounding."""
    return reduce(EXACT.add, numbers, Decimal(0))


def product(*factors: Decimal) -> Decimal:
    """Multiply without rounding."""
    return reduce(EXACT.multiply, factors)


def quotient(of: Decimal, by: Decimal) -> Decimal:
    """Divide; rounded half-even at 15 decimal places where it does not end."""
    return trimmed(settled(EXACT.divide(of, by)))
