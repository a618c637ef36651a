"""What every method of fitting a baseline has, and how rows become the columns of a straight line."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator

from quantities.arithmetic import added, quotient
from quantities.document import whole_number
from quantities.errors import Invalid
from quantities.names import Name
from quantities.terms import Terms
from savings.finding import BaselineFinding, noted
from savings.model import LinearModel, Model
from savings.operating_schedule import OperatingSchedule
from savings.rows import DriverAggregation, Interval, Row
from savings.statistics import grid
from savings.statistics.change_point import Form, Weather
from savings.statistics.degree_days import DegreeDays
from savings.statistics.goodness import Figures, figures
from savings.statistics.linear import Floats, orthonormal
from savings.statistics.refine import fit_polished


class NotFitted(Invalid):
    """A baseline is fitted to rows that tell its coefficients apart."""


@dataclass(frozen=True, slots=True)
class FitOutcome:
    """What was fitted.

    Attributes:
        model: frozen.
        figures: of its rows; of billing periods, a day.
        totals: of billing periods: the same of their totals, from which uncertainty is told.
        residuals: measured less modelled, of each row.
        findings: what was met on the way.
    """

    model: Model
    figures: Figures
    totals: Figures | None
    residuals: tuple[float, ...]
    findings: tuple[BaselineFinding, ...]


class Fitting(Terms):
    """What every method has.

    Attributes:
        drivers: further ones, and how each comes from shorter intervals to a row: its mean, or its sum.
        modes: drivers that a calendar tells: operating modes.
        degree_days: drivers that the temperature tells, by named definition, in its unit.
        arithmetic: its number; a change of it is a new number.
    """

    needs_weather: ClassVar[bool] = True
    zero_is_missing: ClassVar[bool] = False

    kind: str
    arithmetic: Annotated[Literal[1], BeforeValidator(whole_number)] = 1
    drivers: Mapping[Name, DriverAggregation] = {}
    modes: Mapping[Name, OperatingSchedule] = {}
    degree_days: Mapping[Name, DegreeDays] = {}

    @property
    def names(self) -> list[str]:
        """Its drivers, modes and degree-days, in the order of their coefficients."""
        return sorted({*self.drivers, *self.modes, *self.degree_days})

    @property
    def takes_weather(self) -> bool:
        """Whether it must know the temperature."""
        return self.needs_weather or bool(self.degree_days)

    def derived(self, row: Row) -> Row:
        """Tell a row's degree-days a day; unknown where the temperature of one of its days is."""
        if not self.degree_days:
            return row
        told: dict[str, Decimal | None] = {}
        for name, definition in self.degree_days.items():
            days = [None if each is None else definition.of(each) for each in row.temperatures]
            known = [each for each in days if each is not None]
            told[name] = quotient(added(known), Decimal(len(days))) if days and len(known) == len(days) else None
        return replace(row, drivers={**row.drivers, **told})

    @property
    @abstractmethod
    def rows(self) -> Interval:
        """What a row is."""

    @property
    def degrees(self) -> str:
        """The unit of temperature that its settings and its balance points are in."""
        return "degF"

    @property
    def drops_zeros(self) -> bool:
        """Whether a zero is a missing reading."""
        return False

    @abstractmethod
    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Fit rows that are complete.

        Raises:
            NotFitted: they do not tell its coefficients apart.
        """


def _weather(rows: Sequence[Row], names: Sequence[str], interval: Interval) -> Weather:
    days = [float(each) for row in rows for each in row.temperatures if each is not None]
    days = days or [0.0] * sum(row.days for row in rows)  # of a model without weather
    firsts = None
    if interval is Interval.BILLING:
        firsts = np.cumsum([0, *(row.days for row in rows[:-1])], dtype=np.int64)
    return Weather(np.array(days, dtype=np.float64), drivers_of(rows, names), firsts)


def drivers_of(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Floats]:
    """Lay out the drivers of rows that are complete: ``n`` values each, by name."""
    return {name: np.array([float(row.drivers[name] or 0) for row in rows], dtype=np.float64) for name in names}


def energy_of(rows: Sequence[Row]) -> Floats:
    """What each row used a day, and an hour's by itself."""
    return np.array([float(row.energy or 0) / row.days for row in rows], dtype=np.float64)


def fit_linear(
    rows: Sequence[Row], names: Sequence[str], interval: Interval, rules: grid.CandidateRules, *, polish: bool = False
) -> FitOutcome:
    """Fit a straight line of drivers and degree-days.

    Args:
        rows: complete, ``n``.
        names: of the drivers.
        interval: what a row is.
        rules: for the candidates.
        polish: whether balance points are moved off the grid.

    Raises:
        NotFitted: there are too few rows, or a driver is told by the others.
        NoCandidate: no candidate keeps to the rules.
    """
    weather, energy = _weather(rows, names, interval), energy_of(rows)
    columns = weather.columns
    least = columns.shape[1] + 2 * max(_slopes(form) for form in rules.forms) + 1
    if len(rows) < least:
        raise NotFitted(f"{len(rows)} rows are too few for {least - 1} unknowns", found=len(rows), expected=least)
    kept = orthonormal(columns).kept
    if len(kept) < columns.shape[1]:
        lost = [names[at - 1] for at in range(1, columns.shape[1]) if at not in kept]
        raise NotFitted(f"{', '.join(lost)}: constant, or told by the drivers before it", found=", ".join(lost))
    found = fit_polished(weather, rules, energy) if polish else grid.fit(weather, rules, energy)
    modelled = found.predict(weather)
    totals = None
    if interval is Interval.BILLING:
        days = np.array([float(row.days) for row in rows], dtype=np.float64)
        totals = figures(energy * days, modelled * days, found.parameters)
    tried = noted("candidates", f"{found.candidates} candidates, adjusted R² {found.r_squared_adjusted:.9f}")
    residuals = tuple(float(each) for each in energy - modelled)
    return FitOutcome(LinearModel.of(found), figures(energy, modelled, found.parameters), totals, residuals, (tried,))


def _slopes(form: Form) -> int:
    return {Form.MEAN: 0, Form.TWO: 1, Form.HEATING: 1, Form.COOLING: 1}.get(form, 2)
