"""Balance points moved off their grid to the least error.

A grid ten times as fine is laid over all of it, or, for the two balance points of 5P, around the best candidates that
have none better beside them: a flat year has several basins. From the best of those the step to the least error is
exact (Muggeo 2003: the model, linear in its balance points) as long as no temperature lies between.
"""

from dataclasses import replace

import numpy as np

from savings.statistics.change_point import FittedLine, Form, Weather, settle
from savings.statistics.grid import CandidateRules, Candidates, NoCandidate, candidates, design, fit
from savings.statistics.linear import Floats, dot, solve

_POLISHES = 40
_BASINS = 3
_FINER = 10
_FEWEST = 3  # rows on a slope: a line


def fit_polished(weather: Weather, rules: CandidateRules, energy: Floats) -> FittedLine:
    """Choose the balance points of one meter and form, and move them to the least error.

    Raises:
        NoCandidate: the form has no candidate that keeps to the rules.
    """
    (form,) = rules.forms
    if form is Form.FIVE:
        found = min(_in_basins(weather, rules, energy), key=lambda each: _error(weather, each, energy))
    elif form in (Form.HEATING, Form.COOLING, Form.FOUR):
        found = fit(weather, replace(rules, bases=_finer(rules.bases)), energy)
    else:
        return fit(weather, rules, energy)
    return replace(refine(weather, found, energy), candidates=found.candidates)


def _finer(bases: Floats) -> Floats:
    step = (bases[-1] - bases[0]) / ((len(bases) - 1) * _FINER)
    found: Floats = np.arange((len(bases) - 1) * _FINER + 1, dtype=np.float64) * step + bases[0]
    return found


def _in_basins(weather: Weather, rules: CandidateRules, energy: Floats) -> list[FittedLine]:
    """Fit the finer grid around each of the best candidates; a step of the grid on every side."""
    prepared = design(weather, rules)
    (of_form,) = candidates(prepared, energy[:, np.newaxis])
    starts = basins(of_form, len(rules.bases))
    if not starts:
        raise NoCandidate(f"no candidate of {of_form.form.value} has slopes above zero, on enough degree-days")
    fine, last = _finer(rules.bases), (len(rules.bases) - 1) * _FINER
    found = []
    for at in starts:
        near = [
            number
            for base in (of_form.heating[at], of_form.cooling[at])
            for number in range(max(0, (base - 1) * _FINER), min(last, (base + 1) * _FINER) + 1)
        ]
        around = replace(rules, bases=fine[sorted(set(near))])
        found.append(replace(fit(weather, around, energy), candidates=len(of_form.score)))
    return found


def basins(of: Candidates, bases: int) -> list[int]:
    """Number the candidates of one meter that none beside them is better than: the best of them, the best first."""
    scores = of.score[:, 0]
    table = np.full((bases + 2, bases + 2), -np.inf, dtype=np.float64)
    table[of.heating + 1, of.cooling + 1] = scores
    steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    beside = np.max([table[of.heating + 1 + i, of.cooling + 1 + j] for i, j in steps], axis=0)
    tops = np.flatnonzero((scores > -np.inf) & (scores >= beside))
    return [int(at) for at in sorted(tops, key=lambda at: -scores[at])[:_BASINS]]


def refine(weather: Weather, found: FittedLine, energy: Floats) -> FittedLine:
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


def _keeps_its_slopes(weather: Weather, tried: FittedLine, found: FittedLine) -> bool:
    for now, was, beyond in (
        (tried.heating, found.heating, weather.heating),
        (tried.cooling, found.cooling, weather.cooling),
    ):
        if now is None or was is None:
            continue
        if (now[0] > 0) is not (was[0] > 0) or (beyond(np.array([now[1]], dtype=np.float64)) > 0).sum() < _FEWEST:
            return False
    return True


def _error(weather: Weather, found: FittedLine, energy: Floats) -> float:
    off = (energy - found.predict(weather)) * np.sqrt(weather.days)
    return float(dot(off, off))


def _step(weather: Weather, found: FittedLine, energy: Floats) -> tuple[float, float]:
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
