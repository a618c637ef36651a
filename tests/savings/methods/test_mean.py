"""The mean, and further drivers: degree-days of choice among them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.document import parse
from quantities.period import Period
from savings.baseline import Baseline, fit
from savings.methods import METHODS
from savings.methods.mean import Mean
from savings.model import LinearModel
from savings.rows import TEMPERATURE, Interval, Row
from tests.savings.samples import SINE, day, series


def test_the_mean_of_days() -> None:
    """(10 + 20 + 60)/3 = 30; the weather does not matter."""
    model = Mean().fit([day("10", "5"), day("20", "50"), day("60", "70")]).model
    assert isinstance(model, LinearModel)
    assert float(model.intercept) == pytest.approx(30)
    assert model.needs == frozenset()


def test_a_billing_period_counts_by_its_days() -> None:
    """300 in 30 days and 60 in 10: 360/40 = 9 a day, and not (10 + 6)/2."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    bills = [
        Row(Period(start, start + timedelta(days=days)), start, Decimal(energy), days=days)
        for energy, days in ((300, 30), (60, 10))
    ]
    model = Mean(row=Interval.BILLING).fit(bills).model
    assert isinstance(model, LinearModel)
    assert float(model.intercept) == pytest.approx(9)
    assert float(model.predict(bills[1])) == pytest.approx(90)


def test_degree_days_are_a_driver_like_any_other() -> None:
    """E = 30 + 1.5 · G20/15, found again, and predicted from the temperature alone."""
    celsius = (SINE - 32) / 1.8
    energy = 30 + 1.5 * np.where(celsius < 15, 20 - celsius, 0)
    method = parse(Mean, {"degree_days": {"g20_15": {"side": "heating", "base": "20", "limit": "15"}}})
    baseline, _, rows = fit(method, series(energy), {TEMPERATURE: series(celsius, "degC")}, "UTC")
    assert isinstance(baseline.model, LinearModel)
    assert float(baseline.model.drivers["g20_15"]) == pytest.approx(1.5, abs=1e-9)
    assert baseline.measured_drivers == {TEMPERATURE}
    assert float(baseline.expect(rows[0])) == pytest.approx(float(rows[0].energy or 0))
    assert parse(Baseline, baseline.model_dump(mode="json")) == baseline


def test_it_takes_weather_only_for_degree_days() -> None:
    assert not Mean().takes_weather
    assert parse(Mean, {"degree_days": {"cdd": {"side": "cooling", "base": "18"}}}).takes_weather


def test_each_method_is_named_by_its_kind() -> None:
    names = ["caltrack_daily", "caltrack_billing", "caltrack_hourly", "towt_daily", "change_point", "mean"]
    assert list(METHODS) == names
    assert all(method.model_fields["kind"].default == name for name, method in METHODS.items())
