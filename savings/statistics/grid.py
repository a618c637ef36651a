"""Balance points chosen on a grid: every candidate is fitted, for many meters of one weather at once.

The best is the best of all of them: no search that could stop at a local optimum. Further drivers are columns like any
other: they are taken out of the energy and of the degree-days first (Frisch and Waugh), and each candidate is left with
at most two unknowns.

Source: CalTRACK 2.0, 3.2 to 3.4, for the grid, the constraints and the selection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from quantities.errors import Invalid
from savings.statistics.change_point import FittedLine, Form, Weather, adjusted, settle, total_around
from savings.statistics.linear import Floats, OrthonormalBasis, dot, orthonormal

#: Adjusted R² that differ by less are equal: fewer parameters win, then lower balance points.
TIE = 1e-12
#: Of two columns that differ by less, only one can be told.
_SINGULAR = 1e-10
_AT_ONCE = 500  # meters: some 2,000 candidates of each are 8 MB

Result = TypeVar("Result")


class NoCandidate(Invalid):
    """A model is chosen among those whose slopes, intercept and degree-days are as its form asks."""


@dataclass(frozen=True, slots=True)
class CandidateRules:
    """What a candidate must keep to.

    Attributes:
        bases: the grid of balance points, rising.
        forms: which are tried; the best of them is chosen.
        positive_slopes: whether every slope on degree-days is above zero.
        positive_intercept: whether the intercept is.
        fewest_days: on how many rows there must be degree-days.
        least_degree_days: how many there must be in all.
        touching: whether both balance points of 5P may be one.
    """

    bases: Floats
    forms: tuple[Form, ...]
    positive_slopes: bool = True
    positive_intercept: bool = False
    fewest_days: float = 3
    least_degree_days: float = 0.0
    touching: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """The balance points of every candidate with two slopes: numbers of bases, and both columns' product."""

    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]
    products: Floats


@dataclass(frozen=True, slots=True)
class Design:
    """Everything about the candidates that no meter changes: made once for each weather.

    Attributes:
        weather: of the rows.
        rules: for the candidates.
        root: of each row's weight, its days.
        basis: of the columns that are in every candidate.
        heating: the degree-days at each base, weighted, without what those columns explain: ``n × g``.
        cooling: the same.
        along: what those columns explain of both.
        squares: of both.
        pairs: of 4P and 5P, where they are tried.
        enough: at which bases there are enough degree-days of both.
    """

    weather: Weather
    rules: CandidateRules
    root: Floats
    basis: OrthonormalBasis
    heating: Floats
    cooling: Floats
    along: tuple[Floats, Floats]
    squares: tuple[Floats, Floats]
    pairs: Mapping[Form, Pairs]
    enough: tuple[NDArray[np.bool_], NDArray[np.bool_]]


def design(weather: Weather, rules: CandidateRules) -> Design:
    """Prepare the candidates of a weather: degree-days at every base, without what the other columns explain."""
    days = weather.days[:, np.newaxis]
    root = np.sqrt(weather.days)
    tall = root[:, np.newaxis]
    basis = orthonormal(weather.columns * tall)
    raw = weather.heating(rules.bases), weather.cooling(rules.bases)
    enough = _both(
        lambda each: ((each > 0).sum(axis=0) >= rules.fewest_days) & (dot(each, days) >= rules.least_degree_days), raw
    )
    weighted = _both(lambda each: each * tall, raw)
    along = _both(basis.project, weighted)
    rests = _both(basis.residual, weighted)
    squares = _both(lambda each: dot(each, each), rests)
    pairs: dict[Form, Pairs] = {}
    for form in rules.forms:
        if form in (Form.FOUR, Form.FIVE):
            many = len(rules.bases)
            first, second = np.arange(many), np.arange(many)
            if form is Form.FIVE:
                first, second = np.triu_indices(many, k=0 if rules.touching else 1)
            explained = (along[0][:, first] * along[1][:, second]).sum(axis=0)
            pairs[form] = Pairs(first, second, _crossed(weather, *weighted)[first, second] - explained)
    return Design(weather, rules, root, basis, rests[0], rests[1], along, squares, pairs, enough)


def _both(do: Callable[[Floats], Result], of: tuple[Floats, Floats]) -> tuple[Result, Result]:
    return do(of[0]), do(of[1])


def _crossed(weather: Weather, heats: Floats, cools: Floats) -> Floats:
    """Sum the products of heating and cooling degree-days: ``g × g``; of days there are none, if the bases rise.

    No day is both colder than the lower base and warmer than the higher one; a billing period has such days and such.
    """
    if weather.firsts is None:
        return np.zeros((heats.shape[1], cools.shape[1]), dtype=np.float64)
    return np.stack([dot(heats, cools[:, [at]]) for at in range(cools.shape[1])], axis=1)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every candidate of one form, for ``m`` meters.

    Attributes:
        form: of them.
        score: each one's adjusted R²: ``k × m``; −∞ where it does not keep to the rules.
        heating: the number of each one's base for heating: ``k``.
        cooling: of its base for cooling.
    """

    form: Form
    score: Floats
    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]

    def best(self) -> tuple[Floats, NDArray[np.int64]]:
        """Find the best of each meter; of equal ones the first, whose balance points are lowest."""
        best = self.score.max(axis=0)
        return best, np.argmax(self.score >= best - TIE, axis=0)


def fit(weather: Weather, rules: CandidateRules, energy: Floats) -> FittedLine:
    """Choose the model of one meter.

    Args:
        weather: of its rows.
        rules: for the candidates.
        energy: of each row, a day.

    Raises:
        NoCandidate: none of the forms has a candidate that keeps to the rules.
    """
    (found,) = fit_many(design(weather, rules), energy[:, np.newaxis])
    if isinstance(found, NoCandidate):
        raise found
    return found


def fit_many(prepared: Design, energy: Floats) -> list[FittedLine | NoCandidate]:
    """Choose the models of many meters of one weather.

    Args:
        prepared: the candidates.
        energy: ``n`` rows, each a day of a meter; a column for each meter, none missing.

    Returns:
        For each meter its model, or why it has none.
    """
    found: list[FittedLine | NoCandidate] = []
    for first in range(0, energy.shape[1], _AT_ONCE):
        found += _fit_some(prepared, energy[:, first : first + _AT_ONCE])
    return found


@dataclass(frozen=True, slots=True)
class _Energy:
    """What the candidates need to know of ``m`` meters.

    Attributes:
        across: along each column that is in every candidate.
        along: on the degree-days of each side at each base, once those columns are taken out.
        rest: what those columns leave, ``n × m``.
        left: its squares.
        total: the squares around the mean.
    """

    across: Floats
    along: tuple[Floats, Floats]
    rest: Floats
    left: Floats
    total: Floats


def _measured(prepared: Design, energy: Floats) -> _Energy:
    weighted = energy * prepared.root[:, np.newaxis]
    rest = prepared.basis.residual(weighted)
    along = _both(lambda each: _onto(each, rest), (prepared.heating, prepared.cooling))
    total = total_around(weighted, prepared.root)
    return _Energy(prepared.basis.project(weighted), along, rest, dot(rest, rest), total)


def _onto(columns: Floats, rest: Floats) -> Floats:
    """Sum the products of ``n × g`` columns and ``n × m`` values: ``g × m``."""
    if rest.shape[1] == 1:
        return dot(columns, rest)[:, np.newaxis]
    return np.stack([dot(column[:, np.newaxis], rest) for column in columns.T])


def _fit_some(prepared: Design, energy: Floats) -> list[FittedLine | NoCandidate]:
    every = candidates(prepared, energy)
    bests = [each.best() for each in every]
    many = sum(len(each.score) for each in every)
    found: list[FittedLine | NoCandidate] = []
    for meter in range(energy.shape[1]):
        chosen, score = 0, -np.inf
        for number, (scores, _) in enumerate(bests):  # in the order of parameters: only a better one replaces
            if scores[meter] > score + (TIE if score > -np.inf else 0):
                chosen, score = number, scores[meter]
        if score == -np.inf:
            forms = ", ".join(each.value for each in prepared.rules.forms)
            asked = "slopes above zero, on enough degree-days"
            found.append(NoCandidate(f"no candidate of {forms} has what is asked of it: {asked}", expected=asked))
            continue
        of_form, at = every[chosen], bests[chosen][1][meter]
        found.append(settle(prepared.weather, of_form.form, points(prepared, of_form, at), energy[:, meter], many))
    return found


def points(prepared: Design, of: Candidates, at: int) -> tuple[float, float]:
    """Say a candidate's balance points."""
    bases = prepared.rules.bases
    return float(bases[of.heating[at]]), float(bases[of.cooling[at]])


def candidates(prepared: Design, energy: Floats) -> list[Candidates]:
    """Score every candidate of every form for ``m`` meters, ``n × m``."""
    measured = _measured(prepared, energy)
    return [_candidates(prepared, form, measured) for form in prepared.rules.forms]


def _candidates(prepared: Design, form: Form, measured: _Energy) -> Candidates:
    """Score every candidate of a form for ``m`` meters."""
    if form in (Form.HEATING, Form.COOLING):
        return _on_one_side(prepared, form, measured)
    if form in (Form.FOUR, Form.FIVE):
        return _on_both_sides(prepared, form, measured)
    drivers, gained = len(prepared.basis.kept) - 1, np.zeros_like(measured.left)
    if form is Form.TWO:
        slope = prepared.weather.over_rows(prepared.weather.temperature) * prepared.root
        own = prepared.basis.residual(slope)
        square = dot(own, own)
        drivers += 1
        if square > 0:
            gained = dot(own[:, np.newaxis], measured.rest) ** 2 / square
    score = adjusted(measured.left - gained, measured.total, len(prepared.root), drivers)
    none = np.zeros(1, dtype=np.int64)
    return Candidates(form, score[np.newaxis], none, none)


def _on_one_side(prepared: Design, form: Form, measured: _Energy) -> Candidates:
    rules, side = prepared.rules, 0 if form is Form.HEATING else 1
    square, along = prepared.squares[side][:, np.newaxis], measured.along[side]
    slope = np.divide(along, square, out=np.zeros_like(along), where=square > 0)
    allowed = (prepared.enough[side] & (prepared.squares[side] > 0))[:, np.newaxis] & (
        (slope > 0) | (not rules.positive_slopes)
    )
    if rules.positive_intercept:
        allowed &= _intercept(prepared, measured.across, {side: slope}, {side: slice(None)}) > 0
    score = adjusted(measured.left - slope * along, measured.total, len(prepared.root), len(prepared.basis.kept))
    every = np.arange(len(rules.bases))
    return Candidates(form, np.where(allowed, score, -np.inf), every, every)


def _on_both_sides(prepared: Design, form: Form, measured: _Energy) -> Candidates:
    rules, pairs = prepared.rules, prepared.pairs[form]
    first, second = pairs.heating, pairs.cooling
    one, other, both = prepared.squares[0][first], prepared.squares[1][second], pairs.products
    determinant = one * other - both * both
    solvable = determinant > _SINGULAR * one * other
    safe = np.where(solvable, determinant, 1.0)[:, np.newaxis]
    one, other, both = one[:, np.newaxis], other[:, np.newaxis], both[:, np.newaxis]
    on_heating, on_cooling = measured.along[0][first], measured.along[1][second]
    heat = (other * on_heating - both * on_cooling) / safe
    cool = (one * on_cooling - both * on_heating) / safe
    allowed = (solvable & prepared.enough[0][first] & prepared.enough[1][second])[:, np.newaxis]
    if rules.positive_slopes and form is not Form.FOUR:
        allowed = allowed & (heat > 0) & (cool > 0)
    if rules.positive_intercept:
        allowed = allowed & (_intercept(prepared, measured.across, {0: heat, 1: cool}, {0: first, 1: second}) > 0)
    left = measured.left - heat * on_heating - cool * on_cooling
    score = adjusted(left, measured.total, len(prepared.root), len(prepared.basis.kept) + 1)
    return Candidates(form, np.where(allowed, score, -np.inf), first, second)


def _intercept(prepared: Design, across: Floats, slopes: Mapping[int, Floats], chosen: Mapping[int, object]) -> Floats:
    """Find the intercept of each candidate: by substitution from what the other columns explain."""
    rest = across[:, np.newaxis, :]
    for side, slope in slopes.items():
        along = prepared.along[side][:, chosen[side]]  # type: ignore[index]
        rest = rest - along[:, :, np.newaxis] * slope[np.newaxis]
    found: Floats = prepared.basis.coefficients(rest)[0]
    return found


def degrees(first: float, last: float, step: float) -> Floats:
    """Lay a grid of balance points, both ends in it."""
    return np.arange(round((last - first) / step) + 1, dtype=np.float64) * step + first
