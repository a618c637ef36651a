"""Balance points moved off the grid towards the least error.

By arithmetic 1 of a method this is all; from arithmetic 2 on, optimum.py knows the best piece, and stays in bounds.

First comes a grid ten times as fine: over the whole range or, for the two balance points of 5P, around the best local
optima of the coarse grid, because the error of a flat year has several. From the best point of the fine grid the
balance points move by the steps of Muggeo (2003), in which the model is linear in them; such a step reaches the least
error exactly as long as no temperature lies in between.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from savings.statistics.change_point import FittedLine, Form, Weather, fit_at_points
from savings.statistics.grid import CandidateRules, Candidates, NoCandidate, design, fit, score_candidates
from savings.statistics.linear import Floats, dot, solve

if TYPE_CHECKING:
    import numpy as np
else:
    from savings.statistics.arrays import np


_STEPS_MAX = 40
_OPTIMA_MAX = 3
_FINER = 10
_FEWEST = 3  # rows with degree-days that a slope needs


def fit_refined(weather: Weather, rules: CandidateRules, energy: Floats) -> FittedLine:
    """Choose the balance points of one meter and form, and move them to the least error.

    Raises:
        NoCandidate: the form has no candidate that meets the conditions.
    """
    (form,) = rules.forms
    if form is Form.FIVE:
        best = min(_fits_near_optima(weather, rules, energy), key=lambda fitted: squared_error(weather, fitted, energy))
    elif form in (Form.HEATING, Form.COOLING, Form.FOUR):
        best = fit(weather, replace(rules, bases=_finer(rules.bases)), energy)
    else:
        return fit(weather, rules, energy)
    return replace(refine(weather, best, energy), candidates=best.candidates)


def _finer(bases: Floats) -> Floats:
    step = (bases[-1] - bases[0]) / ((len(bases) - 1) * _FINER)
    fine: Floats = np.arange((len(bases) - 1) * _FINER + 1, dtype=np.float64) * step + bases[0]
    return fine


def _fits_near_optima(weather: Weather, rules: CandidateRules, energy: Floats) -> list[FittedLine]:
    """The best 5P model on the finer grid around each local optimum, one coarse step to every side."""
    prepared = design(weather, rules)
    (of_form,) = score_candidates(prepared, energy[:, np.newaxis])
    starts = local_optima(of_form, len(rules.bases))
    if not starts:
        form, asked = of_form.form.value, "slopes above zero, on enough degree-days"
        raise NoCandidate(f"no candidate of {form} has {asked}", place="form", found=form, expected=asked)
    fine, last = _finer(rules.bases), (len(rules.bases) - 1) * _FINER
    fits = []
    for at in starts:
        near = [
            number
            for base in (of_form.heating[at], of_form.cooling[at])
            for number in range(max(0, (base - 1) * _FINER), min(last, (base + 1) * _FINER) + 1)
        ]
        around = replace(rules, bases=fine[sorted(set(near))])
        fits.append(replace(fit(weather, around, energy), candidates=len(of_form.score)))
    return fits


def local_optima(of_form: Candidates, bases: int) -> list[int]:
    """The numbers of the candidates of one meter with no better neighbour on the grid: at most three, best first.

    Args:
        of_form: the scored candidates; only the first meter's scores are looked at.
        bases: the number of balance points on the grid.
    """
    scores = of_form.score[:, 0]
    table = np.full((bases + 2, bases + 2), -np.inf, dtype=np.float64)
    table[of_form.heating + 1, of_form.cooling + 1] = scores
    steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    neighbours = np.max([table[of_form.heating + 1 + i, of_form.cooling + 1 + j] for i, j in steps], axis=0)
    tops = np.flatnonzero((scores > -np.inf) & (scores >= neighbours))
    return [int(at) for at in sorted(tops, key=lambda at: -scores[at])[:_OPTIMA_MAX]]


def refine(
    weather: Weather, start: FittedLine, energy: Floats, bounds: tuple[float, float] = (-inf, inf)
) -> FittedLine:
    """Move the balance points off the grid to the least error, by the steps of Muggeo (2003).

    Between two neighbouring temperatures the error is smooth in a balance point, and one step reaches its minimum. A
    step that does not lower the error, leaves the bounds, changes a slope's sign or leaves fewer than three rows on a
    slope is halved.

    Args:
        weather: the drivers of ``n`` rows.
        start: where it begins.
        energy: the energy a day of each row.
        bounds: the lowest and the highest balance point; none by arithmetic 1.
    """
    if start.heating is None and start.cooling is None:
        return start
    best, least = start, squared_error(weather, start, energy)
    for _ in range(_STEPS_MAX):
        step = _step(weather, best, energy)
        improved = None
        for _ in range(12):
            points = (_moved(best.heating, step[0]), _moved(best.cooling, step[1]))
            if best.form is Form.FOUR:
                points = (points[0], points[0])
            if _is_in_order(best, points, bounds):
                tried = fit_at_points(weather, best.form, points, energy, best.candidates)
                error = squared_error(weather, tried, energy)
                if error < least and _keeps_its_slopes(weather, tried, start):
                    improved = (tried, error)
                    break
            step = (step[0] / 2, step[1] / 2)
        if improved is None:
            break
        best, least = improved
    return best


def _is_in_order(line: FittedLine, points: tuple[float, float], bounds: tuple[float, float]) -> bool:
    """True if the balance points that the model has are within the bounds, heating's below cooling's."""
    legs = zip((line.heating, line.cooling), points, strict=True)
    inside = all(bounds[0] <= point <= bounds[1] for leg, point in legs if leg is not None)
    return inside and (points[0] <= points[1] or line.form in (Form.HEATING, Form.COOLING))


def _moved(leg: tuple[float, float] | None, step: float) -> float:
    return 0.0 if leg is None else leg[1] + step


def _keeps_its_slopes(weather: Weather, tried: FittedLine, start: FittedLine) -> bool:
    """True if every slope keeps its sign and has at least three rows with degree-days."""
    for now, was, degree_days in (
        (tried.heating, start.heating, weather.heating),
        (tried.cooling, start.cooling, weather.cooling),
    ):
        if now is None or was is None:
            continue
        if (now[0] > 0) is not (was[0] > 0) or (degree_days(np.array([now[1]], dtype=np.float64)) > 0).sum() < _FEWEST:
            return False
    return True


def squared_error(weather: Weather, line: FittedLine, energy: Floats) -> float:
    """The sum of squared residuals, weighted by days."""
    residuals = (energy - line.predict(weather)) * np.sqrt(weather.days)
    return float(dot(residuals, residuals))


def _step(weather: Weather, line: FittedLine, energy: Floats) -> tuple[float, float]:
    """How far each balance point should move: the coefficient of the model's derivative by that point, in the fit.

    Returns:
        The steps for heating and for cooling; one number twice if the form has a single balance point.
    """
    columns, derivatives = [weather.columns], list[Floats]()
    for leg, degree_days, sign in ((line.heating, weather.heating, 1.0), (line.cooling, weather.cooling, -1.0)):
        if leg is None:
            continue
        point = np.array([leg[1]], dtype=np.float64)
        columns.append(degree_days(point))
        side = weather.temperature < leg[1] if sign > 0 else weather.temperature > leg[1]
        derivatives.append(weather.mean_of_rows(side.astype(np.float64))[:, np.newaxis] * (leg[0] * sign))
    if line.form is Form.FOUR:
        derivatives = [derivatives[0] + derivatives[1]]
    root = np.sqrt(weather.days)
    matrix = np.concatenate([*columns, *derivatives], axis=1)
    coefficients = solve(matrix * root[:, np.newaxis], energy * root)
    steps = [float(step) for step in coefficients[-len(derivatives) :]]
    return (steps[0], steps[-1])
