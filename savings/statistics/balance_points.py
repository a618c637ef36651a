"""What a balance point rests on: findings where it lies at an edge of what was tried, or few days are beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from savings.finding import BaselineFinding, warned
from savings.statistics.change_point import FittedLine, Weather
from savings.statistics.linear import Floats

if TYPE_CHECKING:
    import numpy as np
else:
    from savings.statistics.arrays import np


#: The fewest days that a slope, or the base load, should rest on (CalTRACK 3.2.2.1 asks the same of degree-days).
_FEW = 10
_CLOSE = 1e-9


def check_balance_points(line: FittedLine, weather: Weather, bases: Floats) -> Iterator[BaselineFinding]:
    """Findings about the balance points of a model.

    Args:
        line: the fitted model.
        weather: the temperatures of its days.
        bases: the grid of balance points that were tried, rising.
    """
    low, high = float(bases[0]), float(bases[-1])
    base = np.ones(len(weather.temperature), dtype=np.bool_)
    for side, leg in (("heating", line.heating), ("cooling", line.cooling)):
        if leg is None:
            continue
        point = leg[1]
        if point - low <= _CLOSE or high - point <= _CLOSE:
            detail = f"{side}: of all balance points tried, an outermost one has the least error"
            yield warned("balance_point_at_edge", detail, f"{point:.4f}", f"within {low:.4f} and {high:.4f}")
        beyond = weather.temperature < point if side == "heating" else weather.temperature > point
        base &= ~beyond
        if beyond.sum() < _FEW:
            where = "colder" if side == "heating" else "warmer"
            detail = f"{side}: days {where} than the balance point {point:.4f}"
            yield warned("few_days_beyond", detail, int(beyond.sum()), f"at least {_FEW}")
    one_point = line.heating is not None and line.cooling is not None and line.heating[1] == line.cooling[1]
    has_point = line.heating is not None or line.cooling is not None
    if has_point and not one_point and base.sum() < _FEW:
        yield warned("few_days_of_base_load", "days without degree-days", int(base.sum()), f"at least {_FEW}")
