"""Exact factors between units, a gas at another reference state among them."""

from fractions import Fraction
from functools import cache

from quantities.gas import STATES, gas_factor
from quantities.quantity import exact_factor, unit


@cache
def conversion(from_: str, to: str) -> Fraction:
    """Derive the exact factor between two units, across the reference states of a gas where both name one.

    Raises:
        IncompatibleUnit: they measure different things.
        UnknownUnit: one of them is not listed.
    """
    source, target = unit(from_), unit(to)
    if source.state and target.state:
        return gas_factor(STATES[source.state], STATES[target.state])
    return exact_factor(from_, to)
