"""Change-point models: energy over temperature, as straight lines that meet at balance points.

    2P   E = a + b·T
    3PH  E = a + h·max(0, k − T)                        3PC  E = a + c·max(0, T − k)
    4P   E = a + h·max(0, k − T) + c·max(0, T − k)
    5P   E = a + h·max(0, kh − T) + c·max(0, T − kc),  kh < kc

Every pair of balance points of a grid is fitted, for many meters of one weather at once, and the best is the best of
all of them: no search that could stop at a local optimum. Further drivers are columns like any other: they are taken
out of the energy and of the degree-days first (Frisch and Waugh), and each candidate is left with two unknowns.

Source: ASHRAE Guideline 14-2014, annex D; Kissock, Haberl and Claridge, Inverse Modeling Toolkit (RP-1050), for the
forms. CalTRACK 2.0, 3.2 to 3.4 for candidates, their constraints and their selection (``contracts/mv/caltrack.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from contracts.mv import degree_days
from contracts.mv.linear import Basis, Floats, dot, orthonormal, solve
from metering.errors import Invalid

#: Adjusted R² that differ by less are equal: fewer parameters win, then lower balance points.
TIE = 1e-12
_POLISHES = 40
#: Of two columns that differ by less, only one can be told.
_SINGULAR = 1e-10
_AT_ONCE = 500  # meters: some 2,000 candidates of each are 8 MB


Result = TypeVar("Result")


class NoCandidate(Invalid):
    """A model is chosen among those whose slopes, intercept and degree-days are as its form asks."""


class Form(StrEnum):
    """The form of a model by its number of parameters; the mean has one."""

    MEAN = "mean"
    TWO = "2P"
    HEATING = "3PH"
    COOLING = "3PC"
    FOUR = "4P"
    FIVE = "5P"


@dataclass(frozen=True, slots=True)
class Weather:
    """The temperature of rows, and what else drives them.

    Attributes:
        temperature: of each day; its mean.
        drivers: ``n`` values each, by name: production, occupancy, operating modes as 0 and 1.
        firsts: of rows that are billing periods, where the days of each begin; its degree-days are the mean of its
            days'. None where each day is a row.
    """

    temperature: Floats
    drivers: Mapping[str, Floats] = field(default_factory=dict)
    firsts: NDArray[np.int64] | None = None

    @property
    def days(self) -> Floats:
        """How many days each row has."""
        if self.firsts is None:
            return np.ones(len(self.temperature), dtype=np.float64)
        return np.diff(np.append(self.firsts, len(self.temperature))).astype(np.float64)

    def over_rows(self, of_days: Floats) -> Floats:
        """Average what is known of each day over the rows."""
        if self.firsts is None:
            return of_days
        sums = np.add.reduceat(of_days, self.firsts, axis=0)
        return sums / (self.days if of_days.ndim == 1 else self.days[:, np.newaxis])

    def heating(self, bases: Floats) -> Floats:
        """Heating degree-days a day, of each row at each base."""
        return self.over_rows(degree_days.heating(self.temperature, bases))

    def cooling(self, bases: Floats) -> Floats:
        """Cooling degree-days a day, of each row at each base."""
        return self.over_rows(degree_days.cooling(self.temperature, bases))

    @property
    def columns(self) -> Floats:
        """One, and each driver in the order of its name: ``n × (1 + drivers)``."""
        ones = np.ones(len(self.days), dtype=np.float64)
        return np.stack([ones, *(self.drivers[name] for name in sorted(self.drivers))], axis=1)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model as it was fitted.

    Attributes:
        form: of it.
        intercept: of ``mean`` the mean.
        slope: of 2P, energy a degree.
        heating: energy a heating degree-day, and the balance point.
        cooling: energy a cooling degree-day, and the balance point.
        drivers: energy a unit of each driver.
        r_squared_adjusted: weighted by days, by which it was selected.
        candidates: among how many.
    """

    form: Form
    intercept: float
    slope: float | None = None
    heating: tuple[float, float] | None = None
    cooling: tuple[float, float] | None = None
    drivers: Mapping[str, float] = field(default_factory=dict)
    r_squared_adjusted: float = 0.0
    candidates: int = 1

    def predict(self, weather: Weather) -> Floats:
        """Say what each row uses a day by the model."""
        found = np.full(len(weather.days), self.intercept, dtype=np.float64)
        if self.slope is not None:
            found += self.slope * weather.over_rows(weather.temperature)
        if self.heating is not None:
            found += self.heating[0] * weather.heating(np.array([self.heating[1]], dtype=np.float64))[:, 0]
        if self.cooling is not None:
            found += self.cooling[0] * weather.cooling(np.array([self.cooling[1]], dtype=np.float64))[:, 0]
        for name in sorted(self.drivers):
            found += self.drivers[name] * weather.drivers[name]
        return found

    @property
    def parameters(self) -> int:
        """How many coefficients it has besides the intercept; balance points are not counted (CalTRACK 4.3.2)."""
        return sum(each is not None for each in (self.slope, self.heating, self.cooling)) + len(self.drivers)


@dataclass(frozen=True, slots=True)
class Rules:
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
    rules: Rules
    root: Floats
    basis: Basis
    heating: Floats
    cooling: Floats
    along: tuple[Floats, Floats]
    squares: tuple[Floats, Floats]
    pairs: Mapping[Form, Pairs]
    enough: tuple[NDArray[np.bool_], NDArray[np.bool_]]


def design(weather: Weather, rules: Rules) -> Design:
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
class _Found:
    """The best candidate of one form for each meter: its adjusted R² (−∞ for none), and its balance points."""

    form: Form
    score: Floats
    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]
    many: int


def fit(weather: Weather, rules: Rules, energy: Floats) -> Fitted:
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


def fit_many(prepared: Design, energy: Floats) -> list[Fitted | NoCandidate]:
    """Choose the models of many meters of one weather.

    Args:
        prepared: the candidates.
        energy: ``n`` rows, each a day of a meter; a column for each meter, none missing.

    Returns:
        For each meter its model, or why it has none.
    """
    found: list[Fitted | NoCandidate] = []
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
    total = _total(weighted, prepared.root)
    return _Energy(prepared.basis.project(weighted), along, rest, dot(rest, rest), total)


def _onto(columns: Floats, rest: Floats) -> Floats:
    """Sum the products of ``n × g`` columns and ``n × m`` values: ``g × m``."""
    if rest.shape[1] == 1:
        return dot(columns, rest)[:, np.newaxis]
    return np.stack([dot(column[:, np.newaxis], rest) for column in columns.T])


def _fit_some(prepared: Design, energy: Floats) -> list[Fitted | NoCandidate]:
    measured = _measured(prepared, energy)
    candidates = [_candidates(prepared, form, measured) for form in prepared.rules.forms]
    many = sum(each.many for each in candidates)
    found: list[Fitted | NoCandidate] = []
    for meter in range(energy.shape[1]):
        best: _Found | None = None
        for each in candidates:  # in the order of parameters: only a better one replaces
            if each.score[meter] > (-np.inf if best is None else best.score[meter] + TIE):
                best = each
        if best is None:
            forms = ", ".join(each.value for each in prepared.rules.forms)
            asked = "slopes above zero, on enough degree-days"
            found.append(NoCandidate(f"no candidate of {forms} has what is asked of it: {asked}", expected=asked))
            continue
        bases = prepared.rules.bases
        points = (float(bases[best.heating[meter]]), float(bases[best.cooling[meter]]))
        found.append(settle(prepared.weather, best.form, points, energy[:, meter], many))
    return found


def _candidates(prepared: Design, form: Form, measured: _Energy) -> _Found:
    """Score every candidate of a form for ``m`` meters, and keep the best of each."""
    if form in (Form.HEATING, Form.COOLING):
        return _on_one_side(prepared, form, measured)
    if form in (Form.FOUR, Form.FIVE):
        return _on_both_sides(prepared, form, measured)
    none = np.zeros(len(measured.left), dtype=np.int64)
    drivers, gained = len(prepared.basis.kept) - 1, np.zeros_like(measured.left)
    if form is Form.TWO:
        slope = prepared.weather.over_rows(prepared.weather.temperature) * prepared.root
        own = prepared.basis.residual(slope)
        square = dot(own, own)
        drivers += 1
        if square > 0:
            gained = dot(own[:, np.newaxis], measured.rest) ** 2 / square
    score = _adjusted(measured.left - gained, measured.total, len(prepared.root), drivers)
    return _Found(form, score, none, none, 1)


def _on_one_side(prepared: Design, form: Form, measured: _Energy) -> _Found:
    rules, side = prepared.rules, 0 if form is Form.HEATING else 1
    square, along = prepared.squares[side][:, np.newaxis], measured.along[side]
    slope = np.divide(along, square, out=np.zeros_like(along), where=square > 0)
    allowed = (prepared.enough[side] & (prepared.squares[side] > 0))[:, np.newaxis] & (
        (slope > 0) | (not rules.positive_slopes)
    )
    if rules.positive_intercept:
        allowed &= _intercept(prepared, measured.across, {side: slope}, {side: slice(None)}) > 0
    score = _adjusted(measured.left - slope * along, measured.total, len(prepared.root), len(prepared.basis.kept))
    best, at = _best(score, allowed)
    return _Found(form, best, at, at, len(rules.bases))


def _on_both_sides(prepared: Design, form: Form, measured: _Energy) -> _Found:
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
    score = _adjusted(left, measured.total, len(prepared.root), len(prepared.basis.kept) + 1)
    best, at = _best(score, allowed)
    return _Found(form, best, first[at], second[at], len(first))


def _best(score: Floats, allowed: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int64]]:
    """Find the best allowed candidate of each meter; of equal ones the first, whose balance points are lowest."""
    held = np.where(allowed, score, -np.inf)
    best = held.max(axis=0)
    return best, np.argmax(held >= best - TIE, axis=0)


def _intercept(prepared: Design, across: Floats, slopes: Mapping[int, Floats], chosen: Mapping[int, object]) -> Floats:
    """Find the intercept of each candidate: by substitution from what the other columns explain."""
    rest = across[:, np.newaxis, :]
    for side, slope in slopes.items():
        along = prepared.along[side][:, chosen[side]]  # type: ignore[index]
        rest = rest - along[:, :, np.newaxis] * slope[np.newaxis]
    found: Floats = prepared.basis.coefficients(rest)[0]
    return found


def _total(weighted: Floats, root: Floats) -> Floats:
    mean = dot(weighted, root[:, np.newaxis]) / dot(root, root)
    off = weighted - mean * root[:, np.newaxis]
    return dot(off, off)


def _adjusted(left: Floats, total: Floats, rows: int, parameters: int) -> Floats:
    """Adjust R² for the number of parameters besides the intercept; what never varies is explained by nothing."""
    free = rows - parameters - 1
    if free <= 0:
        return np.full_like(np.asarray(left, dtype=np.float64), -np.inf)
    share = np.divide(left, total, out=np.ones_like(left), where=total > 0)
    return 1 - share * (rows - 1) / free


def settle(weather: Weather, form: Form, points: tuple[float, float], energy: Floats, candidates: int = 1) -> Fitted:
    """Fit a form whose balance points are known, from its own columns and not from what the grid added up."""
    columns, names = [weather.columns], sorted(weather.drivers)
    heats, cools = form in (Form.HEATING, Form.FOUR, Form.FIVE), form in (Form.COOLING, Form.FOUR, Form.FIVE)
    if form is Form.TWO:
        columns.append(weather.over_rows(weather.temperature)[:, np.newaxis])
    if heats:
        columns.append(weather.heating(np.array(points[:1], dtype=np.float64)))
    if cools:
        columns.append(weather.cooling(np.array(points[1:], dtype=np.float64)))
    root = np.sqrt(weather.days)
    every = np.concatenate(columns, axis=1)
    solved = solve(every * root[:, np.newaxis], energy * root)
    off = (energy - (every * solved).sum(axis=1)) * root
    left, total = dot(off, off), _total((energy * root)[:, np.newaxis], root)[0]
    slopes = [float(each) for each in solved[1 + len(names) :]]
    parameters = len(slopes) + len(names)
    return Fitted(
        form,
        float(solved[0]),
        slopes[0] if form is Form.TWO else None,
        (slopes[0], points[0]) if heats else None,
        (slopes[-1], points[1]) if cools else None,
        {name: float(each) for name, each in zip(names, solved[1:], strict=False)},
        float(_adjusted(np.array(left), np.array(total), len(energy), parameters)),
        candidates,
    )


def polish(weather: Weather, found: Fitted, energy: Floats) -> Fitted:
    """Move the balance points off the grid to where the error is least (Muggeo 2003: the model, linear in them).

    Between two neighbouring temperatures the error is smooth in a balance point, and the step to its least is exact;
    a step that makes it larger is halved, and one that would leave fewer than three rows on a slope is not taken.
    """
    if found.heating is None and found.cooling is None:
        return found
    best, least = found, _error(weather, found, energy)
    for _ in range(_POLISHES):
        step = _step(weather, best, energy)
        improved = None
        for _ in range(12):
            points = (_moved(best.heating, step[0]), _moved(best.cooling, step[1]))
            if best.form is Form.FOUR:
                points = (points[0], points[0])
            if points[0] <= points[1] or best.form in (Form.HEATING, Form.COOLING):
                tried = settle(weather, best.form, points, energy, best.candidates)
                error = _error(weather, tried, energy)
                if error < least and _keeps_its_slopes(weather, tried, found):
                    improved = (tried, error)
                    break
            step = (step[0] / 2, step[1] / 2)
        if improved is None:
            break
        best, least = improved
    return best


def _moved(leg: tuple[float, float] | None, step: float) -> float:
    return 0.0 if leg is None else leg[1] + step


def _keeps_its_slopes(weather: Weather, tried: Fitted, found: Fitted) -> bool:
    for now, was, beyond in (
        (tried.heating, found.heating, weather.heating),
        (tried.cooling, found.cooling, weather.cooling),
    ):
        if now is None or was is None:
            continue
        if (now[0] > 0) is not (was[0] > 0) or (beyond(np.array([now[1]], dtype=np.float64)) > 0).sum() < 3:  # noqa: PLR2004 a line
            return False
    return True


def _error(weather: Weather, found: Fitted, energy: Floats) -> float:
    off = (energy - found.predict(weather)) * np.sqrt(weather.days)
    return float(dot(off, off))


def _step(weather: Weather, found: Fitted, energy: Floats) -> tuple[float, float]:
    """Take the balance points' own columns into the fit: the coefficient of each is how far its point moves."""
    columns, own = [weather.columns], list[Floats]()
    for leg, beyond, sign in ((found.heating, weather.heating, 1.0), (found.cooling, weather.cooling, -1.0)):
        if leg is None:
            continue
        point = np.array([leg[1]], dtype=np.float64)
        columns.append(beyond(point))
        side = weather.temperature < leg[1] if sign > 0 else weather.temperature > leg[1]
        own.append(weather.over_rows(side.astype(np.float64))[:, np.newaxis] * (leg[0] * sign))
    if found.form is Form.FOUR:
        own = [own[0] + own[1]]
    root = np.sqrt(weather.days)
    every = np.concatenate([*columns, *own], axis=1)
    solved = solve(every * root[:, np.newaxis], energy * root)
    steps = [float(each) for each in solved[-len(own) :]]
    return (steps[0], steps[-1])


def degrees(first: float, last: float, step: float) -> Floats:
    """Lay a grid of balance points, both ends in it."""
    return np.arange(round((last - first) / step) + 1, dtype=np.float64) * step + first
