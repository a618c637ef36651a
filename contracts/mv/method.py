"""How a baseline is fitted: each method by name, with its settings and their defaults.

The union is at once the registry, the plan's schema and what the command line offers.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from contracts.arithmetic import added, quotient
from contracts.mv import grid, towt
from contracts.mv.change_point import Form, Weather
from contracts.mv.degree_days import DegreeDays
from contracts.mv.finding import Finding, disqualified, noted
from contracts.mv.goodness import Figures, figures
from contracts.mv.linear import Floats, orthonormal
from contracts.mv.mode import Mode
from contracts.mv.model import Linear, Model, Week
from contracts.mv.polish import fit_polished
from contracts.mv.rows import How, Row, slot_of_week
from contracts.mv.uncertainty import Interval
from contracts.terms import Terms
from metering.document import WholeNumber, YesOrNo, whole_number
from metering.errors import Invalid
from metering.meter import Name, UnitSymbol
from metering.quantity import Magnitude


class NotFitted(Invalid):
    """A baseline is fitted to rows that tell its coefficients apart."""


class Fuel(StrEnum):
    """What is metered: only electricity cools, and only gas reads zero."""

    ELECTRICITY = "electricity"
    GAS = "gas"


@dataclass(frozen=True, slots=True)
class Outcome:
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
    findings: tuple[Finding, ...]


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
    drivers: Mapping[Name, How] = {}
    modes: Mapping[Name, Mode] = {}
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
    def fit(self, rows: Sequence[Row]) -> Outcome:
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
    return Weather(np.array(days, dtype=np.float64), _drivers(rows, names), firsts)


def _drivers(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Floats]:
    return {name: np.array([float(row.drivers[name] or 0) for row in rows], dtype=np.float64) for name in names}


def _energy(rows: Sequence[Row]) -> Floats:
    """What each row used a day, and an hour's by itself."""
    return np.array([float(row.energy or 0) / row.days for row in rows], dtype=np.float64)


def _fit_linear(
    rows: Sequence[Row], names: Sequence[str], interval: Interval, rules: grid.Rules, *, polish: bool = False
) -> Outcome:
    weather, energy = _weather(rows, names, interval), _energy(rows)
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
    return Outcome(Linear.of(found), figures(energy, modelled, found.parameters), totals, residuals, (tried,))


def _slopes(form: Form) -> int:
    return {Form.MEAN: 0, Form.TWO: 1, Form.HEATING: 1, Form.COOLING: 1}.get(form, 2)


#: As many bases as a grid has at most: pairs of them are tried.
_BASES_MAX = 240
_CALTRACK_GRID = grid.degrees(30, 90, 1)


class _Caltrack(Fitting):
    """CalTRACK 2.0: the best of the mean and of heating and cooling degree-days, on a grid of 30 to 90 °F.

    Attributes:
        fuel: cooling is tried, and zeros are missing, of electricity.
    """

    fewest_days: ClassVar[int] = 10

    fuel: Fuel = Fuel.ELECTRICITY

    @property
    def drops_zeros(self) -> bool:
        """Of electricity (CalTRACK 2.2.1.4)."""
        return self.fuel is Fuel.ELECTRICITY

    def fit(self, rows: Sequence[Row]) -> Outcome:
        """Choose among every pair of balance points, with slopes and intercept above zero (CalTRACK 3.4.3)."""
        forms = (Form.MEAN, Form.HEATING, Form.COOLING, Form.FIVE)
        rules = grid.Rules(
            _CALTRACK_GRID,
            forms if self.fuel is Fuel.ELECTRICITY else forms[:2],
            positive_intercept=True,
            fewest_days=self.fewest_days,
            least_degree_days=20,
            touching=True,
        )
        return _fit_linear(rows, self.names, self.rows, rules)


class CaltrackDaily(_Caltrack):
    """CalTRACK 2.0 for daily readings."""

    kind: Literal["caltrack_daily"] = "caltrack_daily"

    @property
    def rows(self) -> Interval:
        """Local days."""
        return Interval.DAY


class CaltrackBilling(_Caltrack):
    """CalTRACK 2.0 for billing periods, each weighted by its days."""

    fewest_days: ClassVar[int] = 1

    kind: Literal["caltrack_billing"] = "caltrack_billing"

    @property
    def rows(self) -> Interval:
        """Billing periods, as they were read."""
        return Interval.BILLING


class ChangePoint(Fitting):
    """A change-point model of one form, at the least error of all balance points of a grid.

    Attributes:
        form: 2P, 3PH, 3PC, 4P or 5P.
        row: days, or billing periods.
        unit: of temperature and balance points.
        first: the lowest balance point tried; 30 °F or 0 °C, unless it is said.
        last: the highest; 90 °F or 32 °C.
        step: between two of them; one degree of °F, or half a one of °C.
        polish: whether balance points are then moved off the grid to the least error.
        any_slope: whether a slope on degree-days may be below zero; of 4P it always may.
    """

    kind: Literal["change_point"] = "change_point"
    form: Literal[Form.TWO, Form.HEATING, Form.COOLING, Form.FOUR, Form.FIVE]
    row: Literal[Interval.DAY, Interval.BILLING] = Interval.DAY
    unit: UnitSymbol = "degF"
    first: Magnitude | None = None
    last: Magnitude | None = None
    step: Annotated[Magnitude | None, Field(gt=0)] = None
    polish: YesOrNo = True
    any_slope: YesOrNo = False

    @model_validator(mode="after")
    def _lays_a_grid(self) -> Self:
        low, high, step = self.bounds_of_grid
        if not low < high or (high - low) / step > _BASES_MAX:
            raise ValueError(f"balance points rise from the first to the last, in at most {_BASES_MAX} steps")
        return self

    @property
    def bounds_of_grid(self) -> tuple[float, float, float]:
        """The lowest balance point tried, the highest, and the step between two."""
        low, high, step = (30.0, 90.0, 1.0) if self.unit == "degF" else (0.0, 32.0, 0.5)
        return (
            low if self.first is None else float(self.first),
            high if self.last is None else float(self.last),
            step if self.step is None else float(self.step),
        )

    @property
    def rows(self) -> Interval:
        """As it says."""
        return self.row

    @property
    def degrees(self) -> str:
        """As it says."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> Outcome:
        """Choose the balance points."""
        rules = grid.Rules(grid.degrees(*self.bounds_of_grid), (self.form,), positive_slopes=not self.any_slope)
        return _fit_linear(rows, self.names, self.row, rules, polish=self.polish)


class CaltrackHourly(Fitting):
    """Time of week and temperature, by hours: CalTRACK 2.0's hourly method, each of its numbers a setting.

    Attributes:
        segments: of the year.
        bounds: between stretches of temperature.
        fewest_hours: a stretch of fewer joins its neighbour.
        occupied_above: the share of hours that degree-days fall short of, above which an hour of the week is occupied.
        heating_base: of those degree-days.
        cooling_base: of those degree-days.
        unit: of temperature and of all these.
    """

    kind: Literal["caltrack_hourly"] = "caltrack_hourly"
    segments: towt.Segments = towt.Segments.THREE_MONTH_WEIGHTED
    bounds: Annotated[tuple[Magnitude, ...], Field(max_length=24)] = tuple(map(Decimal, (30, 45, 55, 65, 75, 90)))
    fewest_hours: Annotated[WholeNumber, Field(ge=1)] = 20
    occupied_above: Annotated[Magnitude, Field(ge=0, le=1)] = Decimal("0.65")
    heating_base: Magnitude = Decimal(50)
    cooling_base: Magnitude = Decimal(65)
    unit: UnitSymbol = "degF"

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if any(not low < high for low, high in pairwise(self.bounds)):
            raise ValueError("bounds between stretches of temperature rise")
        return self

    @property
    def rows(self) -> Interval:
        """Hours of the local clock."""
        return Interval.HOUR

    @property
    def degrees(self) -> str:
        """As it says."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> Outcome:
        """Fit each segment."""
        names = self.names
        hours = towt.Hours(
            np.array([float(row.temperatures[0] or 0) for row in rows], dtype=np.float64),
            np.array([slot_of_week(row.local) for row in rows], dtype=np.int64),
            np.array([row.local.month for row in rows], dtype=np.int64),
            _drivers(rows, names),
        )
        energy = _energy(rows)
        found = towt.fit(
            hours,
            energy,
            towt.Rules(
                tuple(map(float, self.bounds)),
                self.fewest_hours,
                float(self.occupied_above),
                float(self.heating_base),
                float(self.cooling_base),
                self.segments,
            ),
        )
        modelled = found.predict(hours)
        unseen = sum(level is None for segment in found.segments for level in segment.level)
        findings = [disqualified("unseen_hours", "hours of the week were never measured", unseen, 0)] if unseen else []
        residuals = tuple(float(each) for each in energy - modelled)
        fit_figures = figures(energy, modelled, found.parameters)
        return Outcome(Week.of(found), fit_figures, None, residuals, tuple(findings))


class Mean(Fitting):
    """The mean of all rows, and what further drivers add to it.

    Attributes:
        row: hours, days or billing periods.
        unit: of the temperature that degree-days are told by.
    """

    needs_weather: ClassVar[bool] = False

    kind: Literal["mean"] = "mean"
    row: Interval = Interval.DAY
    unit: UnitSymbol = "degC"

    @property
    def rows(self) -> Interval:
        """As it says."""
        return self.row

    @property
    def degrees(self) -> str:
        """As it says."""
        return self.unit

    def fit(self, rows: Sequence[Row]) -> Outcome:
        """Average the rows, a billing period by its days."""
        rules = grid.Rules(_CALTRACK_GRID[:1], (Form.MEAN,))
        return _fit_linear(rows, self.names, self.row, rules)


Method: TypeAlias = Annotated[
    CaltrackDaily | CaltrackBilling | CaltrackHourly | ChangePoint | Mean, Field(discriminator="kind")
]

#: What each is called.
METHODS: Mapping[str, Any] = {
    each.model_fields["kind"].default: each
    for each in (CaltrackDaily, CaltrackBilling, CaltrackHourly, ChangePoint, Mean)
}
