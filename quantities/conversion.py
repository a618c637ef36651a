"""Exact factors between units, including between gas volumes at different reference states."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import cache

from quantities.gas import STATES, gas_factor
from quantities.quantity import exact_factor, unit

_RECORDED: ContextVar[Mapping[tuple[str, str], Fraction]] = ContextVar("_RECORDED")


@contextmanager
def as_recorded(factors: Mapping[tuple[str, str], Fraction]) -> Iterator[None]:
    """Convert by recorded factors, so that a computation of an older table of units comes out as it did.

    Args:
        factors: by the units from which and to which; any other conversion is by today's table.
    """
    before = _RECORDED.set(factors)
    try:
        yield
    finally:
        _RECORDED.reset(before)


def conversion(from_: str, to: str) -> Fraction:
    """Return the exact factor between two units; for gas volumes, across their reference states.

    Raises:
        IncompatibleUnit: the units measure different things.
        UnknownUnit: one of the units is not listed.
    """
    recorded = _RECORDED.get(None)
    if recorded is not None and (from_, to) in recorded:
        return recorded[from_, to]
    return _conversion(from_, to)


@cache
def _conversion(from_: str, to: str) -> Fraction:
    source, target = unit(from_), unit(to)
    if source.state and target.state:
        return gas_factor(STATES[source.state], STATES[target.state])
    return exact_factor(from_, to)
