"""Balance points chosen from a grid: every candidate is fitted, for many meters of one weather at once.

The chosen one is the best of all candidates; no search could stop at a local optimum. Intercept and further drivers are
regressed out of the energy and of the degree-days first (Frisch and Waugh), so that each candidate has at most two
unknowns left.

Source: CalTRACK 2.0, 3.2 to 3.4, for the grid, the constraints and the selection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from quantities.errors import Invalid
from savings.statistics.change_point import (
    FittedLine,
    Form,
    Weather,
    adjusted_r_squared,
    fit_at_points,
    squares_around_mean,
)
from savings.statistics.linear import Floats, OrthonormalBasis, dot, orthonormal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from savings.statistics.arrays import np


#: Adjusted R² that differ by less count as equal: then fewer parameters win, then lower balance points.
TIE = 1e-12
#: Two columns are dependent if the determinant of their products is below this fraction of their squares.
_SINGULAR = 1e-10
_AT_ONCE = 500  # meters; their scores for some 2,000 candidates take 8 MB

Result = TypeVar("Result")


class NoCandidate(Invalid):
    """No candidate model fits its form."""


@dataclass(frozen=True, slots=True)
class CandidateRules:
    """The candidates, and the conditions that each must meet.

    Attributes:
        bases: the grid of balance points, rising.
        forms: the forms that are tried; the best of them is chosen.
        positive_slopes: whether every slope on degree-days must be above zero; in 4P it never must.
        positive_intercept: whether the intercept must be above zero.
        fewest_days: how many rows must have degree-days.
        least_degree_days: how many degree-days there must be in all.
        touching: whether both balance points of 5P may be equal.
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
    """The candidates with two slopes: the numbers of their bases, and the product of their two residual columns."""

    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]
    products: Floats


@dataclass(frozen=True, slots=True)
class Design:
    """Everything about the candidates that does not depend on a meter: computed once for each weather.

    Attributes:
        weather: the drivers of the rows.
        rules: the candidates, and the conditions that each must meet.
        root: the square root of each row's weight, its number of days.
        basis: orthonormal columns of the intercept and the further drivers, which every candidate has.
        heating: the weighted heating degree-days at each base, with the basis regressed out: ``n × g``.
        cooling: the same of cooling.
        along: the projections of heating and cooling degree-days on the basis.
        squares: the sums of squares of ``heating`` and ``cooling``.
        pairs: the candidates of 4P and 5P, where these forms are tried.
        enough: for heating and cooling, whether each base has enough degree-days.
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
    """Prepare the candidates of a weather: degree-days at every base, other columns regressed out."""
    days = weather.days[:, np.newaxis]
    root = np.sqrt(weather.days)
    tall = root[:, np.newaxis]
    alike = bool((root == 1).all())  # rows are days, and to multiply by one changes no bit
    basis = orthonormal(weather.columns * tall)
    raw = weather.heating(rules.bases), weather.cooling(rules.bases)
    enough = _both(
        lambda columns: (
            ((columns > 0).sum(axis=0) >= rules.fewest_days)
            & ((columns.sum(axis=0) if alike else dot(columns, days)) >= rules.least_degree_days)
        ),
        raw,
    )
    weighted = raw if alike else _both(lambda columns: columns * tall, raw)
    along = _both(basis.project, weighted)
    heating, cooling = (basis.residual(*side) for side in zip(weighted, along, strict=True))
    squares = _both(lambda columns: dot(columns, columns), (heating, cooling))
    pairs: dict[Form, Pairs] = {}
    for form in rules.forms:
        if form in (Form.FOUR, Form.FIVE):
            many = len(rules.bases)
            first, second = np.arange(many), np.arange(many)
            if form is Form.FIVE:
                first, second = _ordered_pairs(many, touching=rules.touching)
            explained = (along[0][:, first] * along[1][:, second]).sum(axis=0)
            pairs[form] = Pairs(first, second, _crossed(weather, *weighted)[first, second] - explained)
    return Design(
        weather=weather,
        rules=rules,
        root=root,
        basis=basis,
        heating=heating,
        cooling=cooling,
        along=along,
        squares=squares,
        pairs=pairs,
        enough=enough,
    )


@cache
def _ordered_pairs(many: int, *, touching: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of two bases of which the first is lower, or equal where they may be; nobody writes to them."""
    first, second = np.triu_indices(many, k=0 if touching else 1)
    first.flags.writeable = second.flags.writeable = False
    return first, second


def _both(do: Callable[[Floats], Result], sides: tuple[Floats, Floats]) -> tuple[Result, Result]:
    """Apply a function to heating and to cooling."""
    return do(sides[0]), do(sides[1])


def _crossed(weather: Weather, heats: Floats, cools: Floats) -> Floats:
    """The sums of products of heating and cooling degree-days at each pair of bases: ``g × g``.

    They are zero if rows are days: no day is both colder than the lower base and warmer than the higher one. A billing
    period can have days of both kinds.
    """
    if weather.firsts is None:
        return np.zeros((heats.shape[1], cools.shape[1]), dtype=np.float64)
    return np.stack([dot(heats, cools[:, [at]]) for at in range(cools.shape[1])], axis=1)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every candidate of one form, for ``m`` meters.

    Attributes:
        form: the form.
        score: the adjusted R² of ``k`` candidates: ``k × m``; −∞ where a condition is not met.
        heating: the number of each candidate's base for heating: ``k``.
        cooling: the same for cooling.
    """

    form: Form
    score: Floats
    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]

    def best(self) -> tuple[Floats, NDArray[np.int64]]:
        """The best score of each meter, and its candidate: of equal ones the one with the lowest balance points."""
        best = self.score.max(axis=0)
        return best, np.argmax(self.score >= best - TIE, axis=0)


def fit(weather: Weather, rules: CandidateRules, energy: Floats) -> FittedLine:
    """Choose the model of one meter.

    Args:
        weather: the drivers of its ``n`` rows.
        rules: the candidates, and the conditions that each must meet.
        energy: the energy a day of each row.

    Raises:
        NoCandidate: none of the forms has a candidate that meets the conditions.
    """
    (fitted,) = fit_many(design(weather, rules), energy[:, np.newaxis])
    if isinstance(fitted, NoCandidate):
        raise fitted
    return fitted


def fit_many(prepared: Design, energy: Floats) -> list[FittedLine | NoCandidate]:
    """Choose the models of many meters of one weather.

    Args:
        prepared: the prepared candidates.
        energy: the energy a day, ``n × m``: a row for each day or period, a column for each meter, no value missing.

    Returns:
        For each meter its model, or the reason why it has none; the same bytes as if fitted alone.
    """
    fits: list[FittedLine | NoCandidate] = []
    for first in range(0, energy.shape[1], _AT_ONCE):
        fits += _fit_some(prepared, energy[:, first : first + _AT_ONCE])
    return fits


@dataclass(frozen=True, slots=True)
class _Energy:
    """What the candidates need to know of the energy of ``m`` meters.

    Attributes:
        across: the projections on the basis of intercept and further drivers.
        along: the products with the residual degree-days of heating and cooling at each base.
        rest: what the basis leaves unexplained, ``n × m``.
        left: the sum of squares of ``rest``.
        total: the sum of squares around the mean.
    """

    across: Floats
    along: tuple[Floats, Floats]
    rest: Floats
    left: Floats
    total: Floats


def _measured(prepared: Design, energy: Floats) -> _Energy:
    weighted = energy * prepared.root[:, np.newaxis]
    across = prepared.basis.project(weighted)
    rest = prepared.basis.residual(weighted, across)
    along = _both(lambda columns: _products(columns, rest), (prepared.heating, prepared.cooling))
    total = squares_around_mean(weighted, prepared.root)
    return _Energy(across, along, rest, dot(rest, rest), total)


def _products(columns: Floats, rest: Floats) -> Floats:
    """The sums of products of ``n × g`` columns and ``n × m`` values: ``g × m``."""
    if rest.shape[1] == 1:
        return dot(columns, rest)[:, np.newaxis]
    return np.stack([dot(column[:, np.newaxis], rest) for column in columns.T])


def _fit_some(prepared: Design, energy: Floats) -> list[FittedLine | NoCandidate]:
    of_forms = score_candidates(prepared, energy)
    bests = [of_form.best() for of_form in of_forms]
    count = sum(len(of_form.score) for of_form in of_forms)
    fits: list[FittedLine | NoCandidate] = []
    for meter in range(energy.shape[1]):
        chosen, score = 0, -np.inf
        for number, (scores, _) in enumerate(bests):  # by rising number of parameters: only a better form replaces
            if scores[meter] > score + (TIE if score > -np.inf else 0):
                chosen, score = number, scores[meter]
        if score == -np.inf:
            forms = ", ".join(form.value for form in prepared.rules.forms)
            asked = "slopes above zero, on enough degree-days"
            detail = f"no candidate of {forms} has what is asked of it: {asked}"
            fits.append(NoCandidate(detail, place="form", found=forms, expected=asked))
            continue
        of_form, at = of_forms[chosen], bests[chosen][1][meter]
        points = balance_points(prepared, of_form, at)
        fits.append(fit_at_points(prepared.weather, of_form.form, points, energy[:, meter], count))
    return fits


def balance_points(prepared: Design, of_form: Candidates, at: int) -> tuple[float, float]:
    """The balance points for heating and cooling of the candidate number ``at``."""
    bases = prepared.rules.bases
    return float(bases[of_form.heating[at]]), float(bases[of_form.cooling[at]])


def score_candidates(prepared: Design, energy: Floats) -> list[Candidates]:
    """The scores of every candidate of every form, for the energy of ``m`` meters, ``n × m``."""
    measured = _measured(prepared, energy)
    return [_candidates(prepared, form, measured) for form in prepared.rules.forms]


def _candidates(prepared: Design, form: Form, measured: _Energy) -> Candidates:
    """The scores of every candidate of one form."""
    if form in (Form.HEATING, Form.COOLING):
        return _on_one_side(prepared, form, measured)
    if form in (Form.FOUR, Form.FIVE):
        return _on_both_sides(prepared, form, measured)
    drivers, gained = len(prepared.basis.kept) - 1, np.zeros_like(measured.left)
    if form is Form.TWO:
        slope = prepared.weather.mean_of_rows(prepared.weather.temperature) * prepared.root
        own = prepared.basis.residual(slope)
        square = dot(own, own)
        drivers += 1
        if square > 0:
            gained = dot(own[:, np.newaxis], measured.rest) ** 2 / square
    score = adjusted_r_squared(measured.left - gained, measured.total, len(prepared.root), drivers)
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
    score = adjusted_r_squared(
        measured.left - slope * along, measured.total, len(prepared.root), len(prepared.basis.kept)
    )
    numbers = np.arange(len(rules.bases))
    return Candidates(form, np.where(allowed, score, -np.inf), numbers, numbers)


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
    score = adjusted_r_squared(left, measured.total, len(prepared.root), len(prepared.basis.kept) + 1)
    return Candidates(form, np.where(allowed, score, -np.inf), first, second)


def _intercept(prepared: Design, across: Floats, slopes: Mapping[int, Floats], chosen: Mapping[int, object]) -> Floats:
    """The intercept of each candidate: by back substitution, after its slopes are taken out of the projections."""
    rest = across[:, np.newaxis, :]
    for side, slope in slopes.items():
        along = prepared.along[side][:, chosen[side]]  # type: ignore[index]
        rest = rest - along[:, :, np.newaxis] * slope[np.newaxis]
    intercepts: Floats = prepared.basis.coefficients(rest)[0]
    return intercepts


def temperature_grid(first: float, last: float, step: float) -> Floats:
    """A grid of balance points from ``first`` to ``last``, both included."""
    return np.arange(round((last - first) / step) + 1, dtype=np.float64) * step + first
