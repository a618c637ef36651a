"""TOWT by days, against numpy's own least squares with a column for each day of the week and each bin of temperature."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest

from quantities.document import parse
from quantities.period import Period
from savings.baseline import Baseline, fit_rows
from savings.methods.daily import TowtDaily
from savings.model import DriverMissing, Week
from savings.rows import DriverAggregation, Row
from savings.statistics.linear import Floats
from tests.savings.samples import SINE

WORKDAYS = {
    "calendar": {"bands": [{"name": "open", "days": ["mon", "tue", "wed", "thu", "fri"]}], "otherwise": "closed"},
    "band": "open",
}
DAYS = np.arange(365)
#: 2025-01-01 was a Wednesday.
WEEKDAY = (DAYS + 2) % 7
OUTPUT = np.round(50 + 30 * np.sin(DAYS * 0.9), 1)


def rows(energy: Floats, *, temperature: Floats = SINE[:365], many: int = 365) -> list[Row]:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    return [
        Row(
            Period(start + timedelta(days=n), start + timedelta(days=n + 1)),
            start + timedelta(days=n),
            Decimal(repr(float(energy[n]))),
            (Decimal(repr(float(temperature[n]))),),
            {"output": Decimal(repr(float(OUTPUT[n])))},
        )
        for n in range(many)
    ]


def noisy() -> Floats:
    """Workdays use 80 kWh and 1.5 a degree above 60 more than Sundays and Saturdays."""
    rng = np.random.default_rng(4)
    works = WEEKDAY < 5
    base = 40 + 80 * works + 1.5 * works * np.maximum(SINE[:365] - 60, 0) + 0.9 * np.maximum(45 - SINE[:365], 0)
    return base + rng.normal(0, 4, 365)


def by_numpy(energy: Floats, bounds: list[float], occupied: Floats, *more: Floats) -> Floats:
    """What least squares models of each day, by numpy.linalg."""
    edges = [-np.inf, *bounds, np.inf]
    parts = [np.minimum(SINE[:365], bounds[0])]
    parts += [np.clip(SINE[:365], low, high) - low for low, high in pairwise(edges[1:])]
    columns = [np.equal(WEEKDAY, day).astype(float) for day in range(7)]
    columns += [part * side for side in (occupied, 1 - occupied) for part in parts]
    matrix = np.column_stack([*columns, *more])
    modelled: Floats = matrix @ np.linalg.lstsq(matrix, energy, rcond=None)[0]
    return modelled


def of_the_bins() -> list[float]:
    """Of 365 days in six bins the temperatures number 60, 121, 182, 243 and 304."""
    rising = np.sort(SINE[:365])
    return [float(rising[place - 1]) for place in (60, 121, 182, 243, 304)]


def test_it_is_least_squares_of_weekdays_and_bins() -> None:
    baseline, outcome, used = fit_rows(TowtDaily(), rows(noisy()), "kWh", "UTC")
    assert isinstance(baseline.model, Week)
    (segment,) = baseline.model.segments
    assert segment.occupied == "1111100"
    assert [float(bound) for bound in segment.bounds] == of_the_bins()
    modelled = by_numpy(noisy(), of_the_bins(), (WEEKDAY < 5).astype(float))
    assert [float(baseline.expect(row)) for row in used] == pytest.approx(list(modelled), rel=1e-10)
    assert outcome.residuals == pytest.approx(list(noisy() - modelled), abs=1e-8)
    assert outcome.figures.p == 7 + 12 - 1
    assert baseline.disqualifications == ()
    assert parse(Baseline, baseline.model_dump(mode="json")) == baseline


def test_with_a_schedule_and_a_driver() -> None:
    """A holiday of the schedule is no workday though its weekday is; the driver costs 0.3 a unit."""
    method = TowtDaily.model_validate(
        {"drivers": {"output": DriverAggregation.SUM}, "bounds": ("45", "60"), "fewest_days": 5}
    )
    energy = noisy() + 0.3 * OUTPUT
    baseline, _, used = fit_rows(method, rows(energy), "kWh", "UTC")
    modelled = by_numpy(energy, [45.0, 60.0], (WEEKDAY < 5).astype(float), OUTPUT)
    assert [float(baseline.expect(row)) for row in used] == pytest.approx(list(modelled), rel=1e-10)


def test_an_operating_schedule_tells_a_workday_that_is_shut() -> None:
    """Fridays are shut from July on: 80 kWh less. The mode says so, and takes the whole difference."""
    shut = (WEEKDAY == 4) & (DAYS >= 181)
    energy = 40 + 80 * (WEEKDAY < 5) - 80 * shut + 0.5 * SINE[:365]
    open_days = [
        Row(row.period, row.local, row.energy, row.temperatures, {"open": Decimal(int(not is_shut))})
        for row, is_shut in zip(rows(energy), shut, strict=True)
    ]
    method = TowtDaily.model_validate({"modes": {"open": WORKDAYS}})
    baseline, outcome, _ = fit_rows(method, open_days, "kWh", "UTC")
    assert isinstance(baseline.model, Week)
    assert float(baseline.model.segments[0].drivers["open"]) == pytest.approx(80, abs=1e-8)
    assert max(map(abs, outcome.residuals)) < 1e-8


def test_a_day_of_the_week_that_never_was_is_a_disqualification() -> None:
    no_sundays = [row for row in rows(noisy()) if row.local.weekday() != 6]
    baseline, _, _ = fit_rows(TowtDaily(), no_sundays, "kWh", "UTC")
    assert "unseen_days" in [finding.code for finding in baseline.disqualifications]
    with pytest.raises(DriverMissing, match="day 6 of the week"):
        baseline.expect(next(row for row in rows(noisy()) if row.local.weekday() == 6))


def test_bounds_rise_and_equal_temperatures_are_one_bound() -> None:
    with pytest.raises(ValueError, match="rise"):
        TowtDaily.model_validate({"bounds": ("60", "45")})
    flat = rows(noisy(), temperature=np.full(365, 50.0))
    assert TowtDaily().bounds_of(flat) == (Decimal("50.0"),)
