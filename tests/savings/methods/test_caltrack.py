"""CalTRACK 2.0 for days and billing periods: which candidates are tried, and what is a zero."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.document import FaultyDocument, parse
from quantities.period import Period
from savings.baseline import Baseline, fit
from savings.energy_rules import Fuel
from savings.methods.caltrack import CaltrackBilling, CaltrackDaily
from savings.model import LinearModel
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row, Series
from savings.statistics.change_point import Form
from tests.savings.samples import SINE, day, energy_of, series, weather

GOOD = energy_of(Form.FIVE, 20, 1.3, 2.1, 44, 61)
MODE = np.array([float(n % 7 < 5) for n in range(730)])


@pytest.mark.parametrize(
    ("method", "rows", "fewest_days", "forms"),
    [
        pytest.param(CaltrackDaily(), Interval.DAY, 10, "mean 3PH 3PC 5P", id="electricity by days"),
        pytest.param(CaltrackDaily(fuel=Fuel.GAS), Interval.DAY, 10, "mean 3PH", id="gas never cools"),
        pytest.param(CaltrackBilling(), Interval.BILLING, 1, "mean 3PH 3PC 5P", id="electricity by bills"),
        pytest.param(CaltrackBilling(fuel=Fuel.GAS), Interval.BILLING, 1, "mean 3PH", id="gas by bills"),
    ],
)
def test_what_is_tried(method: CaltrackDaily | CaltrackBilling, rows: Interval, fewest_days: int, forms: str) -> None:
    rules = method.candidates
    assert (method.rows, rules.fewest_days, rules.least_degree_days) == (rows, fewest_days, 20)
    assert " ".join(rules.forms) == forms
    assert (rules.positive_slopes, rules.positive_intercept, rules.touching) == (True, True, True)
    assert (rules.bases[0], rules.bases[-1], len(rules.bases)) == (30, 90, 61)


def test_there_are_2014_candidates() -> None:
    """The mean, 61 for heating, 61 for cooling and 61 · 62/2 = 1,891 pairs, touching ones among them."""
    _, outcome, _ = fit(CaltrackDaily(), series(GOOD), {TEMPERATURE: weather()}, "UTC")
    (note,) = [finding for finding in outcome.findings if finding.code == "candidates"]
    assert note.detail.startswith("2014 candidates")
    assert 1 + 61 + 61 + 61 * 62 // 2 == 2014


def test_zeros_of_electricity_are_missing_and_those_of_gas_are_not() -> None:
    energy = np.where(np.arange(730) % 10 == 0, 0.0, GOOD)
    electricity, _, _ = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather()}, "UTC")
    gas, _, _ = fit(CaltrackDaily(fuel=Fuel.GAS), series(energy), {TEMPERATURE: weather()}, "UTC")
    assert (electricity.figures.n, gas.figures.n) == (328, 365)


def test_an_operating_mode_is_told_apart_from_the_weather() -> None:
    drivers = {TEMPERATURE: weather(365), "school": series(MODE, "")}
    method = CaltrackDaily(drivers={"school": DriverAggregation.MEAN})
    baseline, _, _ = fit(method, series(GOOD + 30 * MODE), drivers, "UTC")
    assert isinstance(baseline.model, LinearModel)
    assert float(baseline.model.drivers["school"]) == pytest.approx(30, abs=1e-6)
    assert baseline.figures.p == 3


def test_the_same_school_without_it_fits_poorly() -> None:
    energy = energy_of(Form.FIVE, 20, 0.3, 0.4, 44, 61) + 30 * MODE
    baseline, _, _ = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather()}, "UTC")
    assert [finding.code for finding in baseline.findings if finding.severity == "warning"] == [
        "balance_point_at_edge",
        "cv_rmse",
    ]


def test_constant_energy_has_a_mean_and_no_figures_that_divide_by_nothing() -> None:
    baseline, _, _ = fit(CaltrackDaily(), series(np.full(730, 7.0)), {TEMPERATURE: weather()}, "UTC")
    assert isinstance(baseline.model, LinearModel)
    assert baseline.model.form is Form.MEAN
    assert float(baseline.model.intercept) == pytest.approx(7)
    assert (baseline.figures.r_squared, baseline.figures.n_prime) == (None, None)


class TestBills:
    """Two years of months of 30 days; each day uses 20 + 1.5 · max(0, 60 - T)."""

    def baseline(self) -> tuple[Baseline, tuple[Row, ...]]:
        daily = 20 + 1.5 * np.maximum(60 - SINE, 0)
        start = datetime(2025, 1, 1, tzinfo=UTC)
        months = [Period(start + timedelta(30 * n), start + timedelta(30 * n + 30)) for n in range(12)]
        totals = tuple(Decimal(repr(float(daily[30 * n : 30 * n + 30].sum()))) for n in range(12))
        energy = Series(tuple(months), totals, "kWh")
        baseline, _, rows = fit(CaltrackBilling(fuel=Fuel.GAS), energy, {TEMPERATURE: weather()}, "UTC")
        return baseline, rows

    def test_the_days_behind_them_are_found_again(self) -> None:
        baseline, rows = self.baseline()
        assert isinstance(baseline.model, LinearModel)
        assert baseline.model.heating is not None
        assert float(baseline.model.intercept) == pytest.approx(20)
        assert float(baseline.model.heating.slope) == pytest.approx(1.5)
        assert baseline.model.heating.balance_point == 60
        assert all(len(row.temperatures) == row.days == 30 for row in rows)

    def test_uncertainty_is_of_whole_periods(self) -> None:
        baseline, rows = self.baseline()
        assert baseline.totals is not None
        assert baseline.uncertainty_figures == baseline.totals
        mean = sum((row.energy or Decimal(0) for row in rows), Decimal(0)) / 12
        assert float(baseline.totals.mean) == pytest.approx(float(mean))
        assert float(baseline.figures.mean) == pytest.approx(float(mean) / 30)


def test_terms_take_no_other_fuel() -> None:
    with pytest.raises(FaultyDocument, match="electricity"):
        parse(CaltrackDaily, {"fuel": "steam"})
    assert CaltrackDaily().takes_weather
    assert CaltrackDaily().with_degree_days(day("1", "2")) == day("1", "2")
