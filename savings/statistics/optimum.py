"""The balance points of the least error of all, within the bounds of the grid.

Between two neighbouring temperatures the degree-days of every row are linear in the balance point: from ``t`` on they
are ``v + (k − t)·d``, with ``v`` those at ``t`` and ``d`` how fast they grow. A model with the columns ``v`` and ``d``
is linear, and its least squares tell the best balance point of that stretch; if it lies outside of the stretch, the
best one is an end of it. So the least error of all is the best of finitely many pieces, which are all looked at: every
stretch and every end of one, and of two balance points every pair of pieces, and both at one temperature.

Intercept and further drivers are taken out of all columns first (Frisch and Waugh). Rows are days, or billing periods
of days; their degree-days are linear between two temperatures of days as well.

Source: Hudson (1966), Fitting segmented curves whose join points have to be estimated; the forms are ASHRAE 14's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from savings.statistics import grid
from savings.statistics.change_point import FittedLine, Form, Weather, fit_at_points
from savings.statistics.grid import CandidateRules, NoCandidate
from savings.statistics.linear import Floats, dot
from savings.statistics.refine import refine, squared_error
from savings.statistics.stretches import Pieces, Stretches, solved, taken, tall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from savings.statistics.arrays import np


_SINGULAR = 1e-10
_TRIED = 8
_ROWS_OF_PAIRS = 64  # pieces of heating whose pairs are looked at together; a block takes some ten MB


def fit_optimal(weather: Weather, rules: CandidateRules, energy: Floats) -> FittedLine:
    """Choose the balance points of the least error of one meter and form.

    No balance point is outside of the grid's bounds, each slope has as many rows with degree-days as the rules ask for,
    and the error is nowhere lower: not on the grid, and not between its points.

    Raises:
        NoCandidate: the form has no candidate that meets the conditions.
    """
    (form,) = rules.forms
    if form not in (Form.HEATING, Form.COOLING, Form.FOUR, Form.FIVE):
        return grid.fit(weather, rules, energy)
    bounds = float(rules.bases[0]), float(rules.bases[-1])
    lines, count = _lines(weather, rules, form, energy)
    try:
        lines.append(grid.fit(weather, rules, energy))
    except NoCandidate:
        if not lines:
            raise
    best = min(lines, key=lambda line: squared_error(weather, line, energy))
    return replace(refine(weather, best, energy, bounds), candidates=count)


def _lines(weather: Weather, rules: CandidateRules, form: Form, energy: Floats) -> tuple[list[FittedLine], int]:
    """The models at the best pieces of a form, and how many pieces or pairs of them there are."""
    search = Stretches.of(weather, rules, energy, with_slope=form is Form.FOUR)
    if form is Form.FIVE:
        pairs = _Pairs(
            search.pieces(heating=True), search.pieces(heating=False), search, positive=rules.positive_slopes
        )
        lines = [fit_at_points(weather, form, points, energy) for points in pairs.best()]
        diagonal = Stretches.of(weather, rules, energy, with_slope=True)
        lines += _on_the_diagonal(weather, rules, diagonal, energy)
        return lines, pairs.count
    pieces = search.pieces(heating=form is not Form.COOLING, both=form is Form.FOUR)
    positive = rules.positive_slopes and form is not Form.FOUR
    points = [(point, point) for point in search.best_points(pieces, positive=positive)[:_TRIED]]
    return [fit_at_points(weather, form, pair, energy) for pair in points], int(pieces.usable.sum())


def _on_the_diagonal(
    weather: Weather, rules: CandidateRules, search: Stretches, energy: Floats
) -> Iterator[FittedLine]:
    """The best model of two slopes that meet in one point, where heating ends and cooling begins."""
    for point in search.best_points(search.pieces(heating=True, both=True), positive=False):
        line = fit_at_points(weather, Form.FIVE, (point, point), energy)
        slopes = [leg[0] for leg in (line.heating, line.cooling) if leg is not None]
        if not rules.positive_slopes or min(slopes) > 0:
            yield line
            return


class _Pairs:
    """All pairs of a piece of heating and one of cooling that is not colder."""

    def __init__(self, heating: Pieces, cooling: Pieces, search: Stretches, *, positive: bool) -> None:
        self._heating, self._cooling, self._search, self._positive = heating, cooling, search, positive
        self.count = 0

    def best(self) -> list[tuple[float, float]]:
        """The balance points of the best pairs, the one of the least error first."""
        bests = list[tuple[float, float, float]]()
        for begin in range(0, len(self._heating.low), _ROWS_OF_PAIRS):
            rows = np.arange(begin, min(begin + _ROWS_OF_PAIRS, len(self._heating.low)))
            heating = taken(self._heating, rows)
            allowed = self._allowed(heating)
            self.count += int(allowed.sum())
            if allowed.any():
                bests += self._best_of(heating, allowed)
        bests.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        return [(low, high) for _, low, high in bests[:_TRIED]]

    def _allowed(self, heating: Pieces) -> NDArray[np.bool_]:
        """Whether heating's piece ends where cooling's begins, or before, or both are of one stretch."""
        cooling, high = self._cooling, heating.low + heating.width
        same = (heating.width[:, np.newaxis] > 0) & (cooling.width > 0) & (heating.low[:, np.newaxis] == cooling.low)
        ordered: NDArray[np.bool_] = (high[:, np.newaxis] <= cooling.low) | same
        return ordered & heating.usable[:, np.newaxis] & cooling.usable

    def _best_of(self, heating: Pieces, allowed: NDArray[np.bool_]) -> Iterator[tuple[float, float, float]]:
        """For each of some pieces of heating the best pair: what it explains, and its balance points."""
        cooling, rest = self._cooling, self._search.rest[:, np.newaxis]
        p = [dot(column, rest)[:, np.newaxis] for column in (heating.first, heating.second)]
        q = [dot(column, rest)[np.newaxis] for column in (cooling.first, cooling.second)]
        crossed = self._crossed(heating)
        (a, b), (c, d) = crossed  # the products of first and second columns
        u, v = q[0] - a * p[0] - c * p[1], q[1] - b * p[0] - d * p[1]
        one, other, both = 1 - a * a - c * c, 1 - b * b - d * d, -(a * b + c * d)
        determinant = one * other - both * both
        allowed = allowed & (determinant > _SINGULAR)
        safe = np.where(allowed, determinant, 1.0)
        first, second = (other * u - both * v) / safe, (one * v - both * u) / safe
        on_heating = p[0] - a * first - b * second, p[1] - c * first - d * second
        slope, low, inside = solved(tall(heating), *on_heating)
        other_slope, high, also_inside = solved(cooling, first, second)
        allowed = allowed & inside & also_inside & (low <= high)
        if self._positive:
            allowed = allowed & (slope > 0) & (other_slope > 0)
        gain = np.where(allowed, p[0] * p[0] + p[1] * p[1] + u * first + v * second, -np.inf)
        for row, at in enumerate(np.argmax(gain, axis=1)):
            if gain[row, at] > -np.inf:
                yield float(gain[row, at]), float(low[row, at]), float(high[row, at])

    def _crossed(self, heating: Pieces) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """The products of each column of heating with each of cooling, for every pair.

        No day is on both sides, so of days only what every model has ties them together; a billing period has both.
        """
        cooling = self._cooling
        if self._search.weather.firsts is None:
            return _each_with_each(heating.along, cooling.along, -1.0)
        return _each_with_each((heating.first, heating.second), (cooling.first, cooling.second), 1.0)


def _each_with_each(
    ones: tuple[Floats, Floats], others: tuple[Floats, Floats], sign: float
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """The sums over rows of the products of columns, ``n × b`` and ``n × q``: ``b × q`` for each with each kind."""

    def products(one: Floats, other: Floats) -> Floats:
        total = np.zeros((one.shape[1], other.shape[1]), dtype=np.float64)
        for row in range(one.shape[0]):
            total += one[row][:, np.newaxis] * other[row]
        return total * sign

    (a, c), (b, d) = ones, others
    return (products(a, b), products(a, d)), (products(c, b), products(c, d))
