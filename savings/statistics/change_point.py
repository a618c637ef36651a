"""Change-point models: energy over temperature, as straight lines that meet at balance points.

    2P   E = a + b·T
    3PH  E = a + h·max(0, k − T)                        3PC  E = a + c·max(0, T − k)
    4P   E = a + h·max(0, k − T) + c·max(0, T − k)
    5P   E = a + h·max(0, kh − T) + c·max(0, T − kc),  kh < kc

Which balance points a meter has is chosen among all of a grid (grid.py), and then moved to the least error (polish.py).

Source: ASHRAE Guideline 14-2014, annex D; Kissock, Haberl and Claridge, Inverse Modeling Toolkit (RP-1050).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from savings.statistics import degree_days
from savings.statistics.linear import Floats, dot, solve


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
class FittedLine:
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


def total_around(weighted: Floats, root: Floats) -> Floats:
    """Sum the squares of ``n × m`` weighted values around each mean; ``root`` is each row's root of its weight."""
    mean = dot(weighted, root[:, np.newaxis]) / dot(root, root)
    off = weighted - mean * root[:, np.newaxis]
    return dot(off, off)


def adjusted(left: Floats, total: Floats, rows: int, parameters: int) -> Floats:
    """Adjust R² for the number of parameters besides the intercept; what never varies is explained by nothing."""
    free = rows - parameters - 1
    if free <= 0:
        return np.full_like(np.asarray(left, dtype=np.float64), -np.inf)
    share = np.divide(left, total, out=np.ones_like(left), where=total > 0)
    return 1 - share * (rows - 1) / free


def settle(
    weather: Weather, form: Form, points: tuple[float, float], energy: Floats, candidates: int = 1
) -> FittedLine:
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
    left, total = dot(off, off), total_around((energy * root)[:, np.newaxis], root)[0]
    slopes = [float(each) for each in solved[1 + len(names) :]]
    parameters = len(slopes) + len(names)
    return FittedLine(
        form,
        float(solved[0]),
        slopes[0] if form is Form.TWO else None,
        (slopes[0], points[0]) if heats else None,
        (slopes[-1], points[1]) if cools else None,
        {name: float(each) for name, each in zip(names, solved[1:], strict=False)},
        float(adjusted(np.array(left), np.array(total), len(energy), parameters)),
        candidates,
    )
