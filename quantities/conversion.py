"""Exact factors between units, including between gas volumes at different reference states."""

from fractions import Fraction
from functools import cache

from quantities.gas import STATES, gas_factor
from quantities.quantity import exact_factor, unit


@cache
def conversion(from_: str, to: str) -> Fraction:
    """Return the exact factor between two units; for gas volumes, across their reference states.

    Raises:
        IncompatibleUnit: the units measure different things.
        UnknownUnit: one of the units is not listed.
    """
    source, target = unit(from_), unit(to)
    if source.state and target.state:
        return gas_factor(STATES[source.state], STATES[target.state])
    return exact_factor(from_, to)
