"""Amounts rounded so that they add up to a whole."""

from collections.abc import Sequence
from decimal import Decimal

from quantities.arithmetic import added
from quantities.rounding import Rounding


def to_places(exact: Sequence[Decimal], whole: Decimal, places: int) -> list[Decimal]:
    """Round amounts, of either sign, so that they add up to a whole.

    Each is rounded half up; the units that all of them miss of the whole go one by one to those that rounding has moved
    the furthest away from it, of equal ones to the first.

    Args:
        exact: amounts that come to the whole within half a unit.
        whole: with no more than so many places.
        places: after the decimal point.
    """
    unit = Decimal(1).scaleb(-places)
    parts = [Rounding.HALF_UP.to_places(amount, places) for amount in exact]
    missed = whole - added(parts)
    step = unit.copy_sign(missed)
    order = sorted(range(len(parts)), key=lambda at: (-(exact[at] - parts[at]) * step, at))
    for at in order[: int(abs(missed) / unit)]:
        parts[at] += step
    return parts
