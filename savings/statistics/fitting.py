"""The base of every method that fits a baseline, and the least-squares fit of change-point models to rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from quantities.errors import Invalid
from savings.finding import BaselineFinding, noted
from savings.model import LinearModel, Model
from savings.row_rules import RowRules
from savings.rows import Interval, Row
from savings.statistics import grid
from savings.statistics.balance_points import check_balance_points
from savings.statistics.change_point import FittedLine, Form, Weather
from savings.statistics.goodness import Figures, figures_of_merit
from savings.statistics.linear import Floats, orthonormal

if TYPE_CHECKING:
    import numpy as np
else:
    from savings.statistics.arrays import np


#: Chooses the best candidate for the energy a day of ``n`` rows of a weather; raises ``NoCandidate`` if there is none.
Search: TypeAlias = Callable[[Weather, grid.CandidateRules, Floats], FittedLine]


class NotFitted(Invalid):
    """The rows do not tell the coefficients apart."""


@dataclass(frozen=True, slots=True)
class FitOutcome:
    """The result of a fit.

    Attributes:
        model: the frozen model.
        figures: the figures of merit of the rows; for billing periods, of the energy a day.
        totals: for billing periods only: the same figures of whole periods; uncertainty is computed from these.
        residuals: measured less modelled energy a day, for each row.
        findings: findings of the fit.
    """

    model: Model
    figures: Figures
    totals: Figures | None
    residuals: tuple[float, ...]
    findings: tuple[BaselineFinding, ...]


class Fitting(RowRules):
    """A method that fits a baseline: the rules of its rows, and how it fits them."""

    @property
    def sums_to_zero(self) -> bool:
        """True if the residuals of the rows that it is fitted to sum to zero by construction.

        Least squares with an intercept in every row's equation do; billing periods are weighted by their days, and
        their energy is that of a day times the days.
        """
        return True

    @abstractmethod
    def fit(self, rows: Sequence[Row]) -> FitOutcome:
        """Fit the model to complete rows.

        Raises:
            NotFitted: the rows do not determine the coefficients.
        """


def _weather(rows: Sequence[Row], names: Sequence[str], interval: Interval, summed: Collection[str]) -> Weather:
    days = [float(mean) for row in rows for mean in row.temperatures if mean is not None]
    days = days or [0.0] * sum(row.days for row in rows)  # a model without weather ignores the temperature
    firsts = None
    if interval is Interval.BILLING:
        firsts = np.cumsum([0, *(row.days for row in rows[:-1])], dtype=np.int64)
    return Weather(np.array(days, dtype=np.float64), drivers_of(rows, names, summed), firsts)


def drivers_of(rows: Sequence[Row], names: Sequence[str], summed: Collection[str] = ()) -> dict[str, Floats]:
    """The drivers of ``n`` complete rows: ``n`` values for each, by name; of the ``summed`` ones the mean of a day."""
    return {
        name: np.array(
            [float(row.drivers[name] or 0) / (row.days if name in summed else 1) for row in rows], dtype=np.float64
        )
        for name in names
    }


def energy_of(rows: Sequence[Row]) -> Floats:
    """The energy a day of each row; of an hour, its own energy."""
    return np.array([float(row.energy or 0) / row.days for row in rows], dtype=np.float64)


def fit_linear(
    rows: Sequence[Row],
    names: Sequence[str],
    interval: Interval,
    rules: grid.CandidateRules,
    *,
    search: Search = grid.fit,
    summed: Collection[str] = (),
) -> FitOutcome:
    """Fit a change-point model with further drivers by least squares; billing periods are weighted by their days.

    Args:
        rows: ``n`` complete rows.
        names: the names of the further drivers.
        interval: the length of a row.
        rules: the candidates, and the conditions that each must meet.
        search: how the best candidate is found.
        summed: the drivers of billing periods whose values are sums over the period.

    Raises:
        NotFitted: there are too few rows, or a driver is a linear combination of the others.
        NoCandidate: no candidate meets the conditions.
    """
    weather, energy = _weather(rows, names, interval, summed), energy_of(rows)
    columns = weather.columns
    rules, left_out = _told_apart(rules, len(rows), columns.shape[1], drops_forms=interval is Interval.BILLING)
    kept = orthonormal(columns).kept
    if len(kept) < columns.shape[1]:
        dependent = [names[at - 1] for at in range(1, columns.shape[1]) if at not in kept]
        raise NotFitted(
            f"{', '.join(dependent)}: constant, or told by the drivers before it",
            place="drivers",
            found=", ".join(dependent),
            expected="drivers that vary, each by itself",
        )
    fitted = search(weather, rules, energy)
    modelled = fitted.predict(weather)
    figures = figures_of_merit(energy, modelled, fitted.parameters)
    totals = None
    if interval is Interval.BILLING:
        days = np.array([float(row.days) for row in rows], dtype=np.float64)
        totals = figures_of_merit(energy * days, modelled * days, fitted.parameters)
    note = noted("candidates", f"{fitted.candidates} candidates, adjusted R² {fitted.r_squared_adjusted:.9f}")
    residuals = tuple(float(residual) for residual in energy - modelled)
    findings = (note, *left_out, *check_balance_points(fitted, weather, rules.bases))
    return FitOutcome(LinearModel.of(fitted, summed), figures, totals, residuals, findings)


def _told_apart(
    rules: grid.CandidateRules, rows: int, columns: int, *, drops_forms: bool
) -> tuple[grid.CandidateRules, tuple[BaselineFinding, ...]]:
    """The forms whose unknowns fewer than so many rows can tell, and a note about those that are not tried.

    Args:
        rules: the candidates.
        rows: how many complete rows there are.
        columns: the unknowns that every form has: the intercept, and one for each driver.
        drops_forms: whether fewer forms do: a year has few bills, and a few days are no year.

    Raises:
        NotFitted: the rows are too few.
    """
    unknowns = {form: columns + _UNKNOWNS[form] for form in rules.forms}
    forms = tuple(form for form in rules.forms if unknowns[form] < rows)
    if not forms or (len(forms) < len(rules.forms) and not drops_forms):
        least = min(unknowns.values()) if drops_forms else max(unknowns.values())
        detail = f"{rows} rows are too few for {least} unknowns"
        raise NotFitted(detail, place="rows", found=rows, expected=least + 1)
    dropped = [form for form in rules.forms if form not in forms]
    if not dropped:
        return rules, ()
    most = max(unknowns[form] for form in dropped)
    detail = f"{', '.join(form.value for form in dropped)}: not tried, the rows are too few to tell it apart"
    return replace(rules, forms=forms), (noted("forms_left_out", detail, rows, f"more than {most}"),)


#: The unknowns of each form besides the intercept: its slopes, and its balance points.
_UNKNOWNS: Mapping[Form, int] = {
    Form.MEAN: 0,
    Form.TWO: 1,
    Form.HEATING: 2,
    Form.COOLING: 2,
    Form.FOUR: 3,
    Form.FIVE: 4,
}
