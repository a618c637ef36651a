"""Change-point models: energy over temperature as straight lines that meet at balance points.

    2P   E = a + b·T
    3PH  E = a + h·max(0, k − T)                        3PC  E = a + c·max(0, T − k)
    4P   E = a + h·max(0, k − T) + c·max(0, T − k)
    5P   E = a + h·max(0, kh − T) + c·max(0, T − kc),  kh < kc

The balance points of a meter are chosen from a grid (grid.py) and then moved to the least error (refine.py).

Source: ASHRAE Guideline 14-2014, annex D; Kissock, Haberl and Claridge, Inverse Modeling Toolkit (RP-1050).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from savings.statistics import degree_days
from savings.statistics.linear import Floats, dot, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from savings.statistics.arrays import np


class Form(StrEnum):
    """The form of a model, named by its number of parameters; the mean has one."""

    MEAN = "mean"
    TWO = "2P"
    HEATING = "3PH"
    COOLING = "3PC"
    FOUR = "4P"
    FIVE = "5P"


@dataclass(frozen=True, slots=True)
class Weather:
    """The temperature and the further drivers of ``n`` rows.

    Attributes:
        temperature: the mean temperature of each day.
        drivers: ``n`` values for each driver, by name: production, occupancy, operating modes as 0 and 1.
        firsts: if rows are billing periods, the number of each row's first day; the degree-days of such a row are the
            mean of its days'. None if every day is a row.
    """

    temperature: Floats
    drivers: Mapping[str, Floats] = field(default_factory=dict)
    firsts: NDArray[np.int64] | None = None

    @property
    def days(self) -> Floats:
        """The number of days of each row."""
        if self.firsts is None:
            return np.ones(len(self.temperature), dtype=np.float64)
        return np.diff(np.append(self.firsts, len(self.temperature))).astype(np.float64)

    def mean_of_rows(self, daily: Floats) -> Floats:
        """The mean of daily values over each row: of one value a day, or of ``g`` values a day."""
        if self.firsts is None:
            return daily
        sums = np.add.reduceat(daily, self.firsts, axis=0)
        return sums / (self.days if daily.ndim == 1 else self.days[:, np.newaxis])

    def heating(self, bases: Floats) -> Floats:
        """Heating degree-days a day of each row at each of ``g`` bases: ``n × g``."""
        return self.mean_of_rows(degree_days.heating(self.temperature, bases))

    def cooling(self, bases: Floats) -> Floats:
        """Cooling degree-days a day of each row at each of ``g`` bases: ``n × g``."""
        return self.mean_of_rows(degree_days.cooling(self.temperature, bases))

    @property
    def columns(self) -> Floats:
        """A column of ones, then each driver in the order of their names: ``n × (1 + drivers)``."""
        ones = np.ones(len(self.days), dtype=np.float64)
        return np.stack([ones, *(self.drivers[name] for name in sorted(self.drivers))], axis=1)


@dataclass(frozen=True, slots=True)
class FittedLine:
    """A fitted model.

    Attributes:
        form: the form of the model.
        intercept: energy a day; of the form ``mean``, the mean.
        slope: energy a degree; of the form 2P only.
        heating: energy a heating degree-day, and the balance point.
        cooling: energy a cooling degree-day, and the balance point.
        drivers: energy a unit of each driver, by name.
        r_squared_adjusted: adjusted R², weighted by days; the candidate with the highest was chosen.
        candidates: how many candidates there were.
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
        """The energy a day of each row by the model: ``n`` values."""
        energy = np.full(len(weather.days), self.intercept, dtype=np.float64)
        if self.slope is not None:
            energy += self.slope * weather.mean_of_rows(weather.temperature)
        if self.heating is not None:
            energy += self.heating[0] * weather.heating(np.array([self.heating[1]], dtype=np.float64))[:, 0]
        if self.cooling is not None:
            energy += self.cooling[0] * weather.cooling(np.array([self.cooling[1]], dtype=np.float64))[:, 0]
        for name in sorted(self.drivers):
            energy += self.drivers[name] * weather.drivers[name]
        return energy

    @property
    def parameters(self) -> int:
        """The number of coefficients besides the intercept; balance points do not count (CalTRACK 4.3.2)."""
        return sum(term is not None for term in (self.slope, self.heating, self.cooling)) + len(self.drivers)


def squares_around_mean(weighted: Floats, root: Floats) -> Floats:
    """The weighted sum of squares around the weighted mean, for each of ``m`` columns.

    Args:
        weighted: ``n × m`` values, each already multiplied by the square root of its row's weight.
        root: the square root of each row's weight, ``n``.
    """
    mean = dot(weighted, root[:, np.newaxis]) / dot(root, root)
    off = weighted - mean * root[:, np.newaxis]
    return dot(off, off)


def adjusted_r_squared(left: Floats, total: Floats, rows: int, parameters: int) -> Floats:
    """Adjusted R²: 1 − left/total · (rows − 1)/(rows − parameters − 1).

    Args:
        left: sums of squared residuals.
        total: sums of squares around the mean; where zero, R² is zero: values that never vary explain nothing.
        rows: the number of rows.
        parameters: the number of coefficients besides the intercept; −∞ if no degree of freedom is left.
    """
    free = rows - parameters - 1
    if free <= 0:
        return np.full_like(np.asarray(left, dtype=np.float64), -np.inf)
    share = np.divide(left, total, out=np.ones_like(left), where=total > 0)
    return 1 - share * (rows - 1) / free


def fit_at_points(
    weather: Weather, form: Form, points: tuple[float, float], energy: Floats, candidates: int = 1
) -> FittedLine:
    """Fit a form at given balance points, by least squares on its own columns and not from the sums of the grid.

    Args:
        weather: the drivers of ``n`` rows.
        form: the form.
        points: the balance points for heating and for cooling; the one that the form lacks is ignored.
        energy: the energy a day of each row.
        candidates: how many candidates there were; only noted in the result.
    """
    columns, names = [weather.columns], sorted(weather.drivers)
    heats, cools = form in (Form.HEATING, Form.FOUR, Form.FIVE), form in (Form.COOLING, Form.FOUR, Form.FIVE)
    if form is Form.TWO:
        columns.append(weather.mean_of_rows(weather.temperature)[:, np.newaxis])
    if heats:
        columns.append(weather.heating(np.array(points[:1], dtype=np.float64)))
    if cools:
        columns.append(weather.cooling(np.array(points[1:], dtype=np.float64)))
    root = np.sqrt(weather.days)
    matrix = np.concatenate(columns, axis=1)
    coefficients = solve(matrix * root[:, np.newaxis], energy * root)
    residuals = (energy - (matrix * coefficients).sum(axis=1)) * root
    left, total = dot(residuals, residuals), squares_around_mean((energy * root)[:, np.newaxis], root)[0]
    slopes = [float(slope) for slope in coefficients[1 + len(names) :]]
    parameters = len(slopes) + len(names)
    return FittedLine(
        form=form,
        intercept=float(coefficients[0]),
        slope=slopes[0] if form is Form.TWO else None,
        heating=(slopes[0], points[0]) if heats else None,
        cooling=(slopes[-1], points[1]) if cools else None,
        drivers={name: float(slope) for name, slope in zip(names, coefficients[1:], strict=False)},
        r_squared_adjusted=float(adjusted_r_squared(np.array(left), np.array(total), len(energy), parameters)),
        candidates=candidates,
    )
