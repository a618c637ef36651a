"""From rows to a fitted line: degree-days as drivers, weights by days, and what cannot be fitted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.period import Period
from savings.methods.mean import Mean
from savings.model import LinearModel
from savings.rows import Interval, Row
from savings.statistics.change_point import Form
from savings.statistics.degree_days import DegreeDays, Side
from savings.statistics.fitting import NotFitted, energy_of, fit_linear
from savings.statistics.grid import CandidateRules, temperature_grid
from tests.savings.samples import day

START = datetime(2025, 1, 1, tzinfo=UTC)
MEAN = CandidateRules(temperature_grid(30, 31, 1), (Form.MEAN,))


def bill(energy: str, *temperatures: str | None) -> Row:
    """A billing period with a temperature for each of its days."""
    days = len(temperatures)
    known = tuple(None if each_day is None else Decimal(each_day) for each_day in temperatures)
    return Row(Period(START, START + timedelta(days=days)), START, Decimal(energy), known, days=days)


class TestDegreeDaysAsDrivers:
    METHOD = Mean(degree_days={"hdd": DegreeDays(side=Side.HEATING, base=Decimal(18))})

    @pytest.mark.parametrize(
        ("row", "a_day"),
        [
            pytest.param(day("1", "11"), "7", id="a day: 18 - 11"),
            pytest.param(bill("9", "11", "20", "16"), "3", id="a bill: the mean of 7, 0 and 2"),
            pytest.param(bill("9", "11", None), None, id="a day of it is unknown"),
            pytest.param(day("1"), None, id="no temperature at all"),
        ],
    )
    def test_are_a_days(self, row: Row, a_day: str | None) -> None:
        assert self.METHOD.with_degree_days(row).drivers == {"hdd": None if a_day is None else Decimal(a_day)}

    def test_keep_the_drivers_that_are_there(self) -> None:
        row = self.METHOD.with_degree_days(day("1", "11", drivers={"output": Decimal(4)}))
        assert row.drivers == {"output": 4, "hdd": 7}
        assert Mean().with_degree_days(row) is row


def test_energy_is_a_days() -> None:
    """Of a bill of 3 days 90/3."""
    assert energy_of([bill("90", "1", "2", "3"), day("25")]).tolist() == [30, 25]


def test_bills_are_weighted_by_their_days() -> None:
    """90 in 3 days and 10 in 1, 20 in 2: the mean a day is 120/6 = 20; of the totals the residuals are 30 -10 -20."""
    rows = [bill("90", "1", "2", "3"), bill("10", "1"), bill("20", "1", "2")]
    outcome = fit_linear(rows, [], Interval.BILLING, MEAN)
    assert isinstance(outcome.model, LinearModel)
    assert float(outcome.model.intercept) == pytest.approx(20)
    assert outcome.residuals == pytest.approx((10, -10, -10))
    assert outcome.totals is not None
    assert float(outcome.totals.sse) == pytest.approx(30**2 + 10**2 + 20**2)
    assert float(outcome.figures.sse) == pytest.approx(3 * 10**2)


def test_days_have_no_totals() -> None:
    assert fit_linear([day("1"), day("3")], [], Interval.DAY, MEAN).totals is None


@pytest.mark.parametrize(
    ("many", "form", "least"),
    [
        pytest.param(1, Form.MEAN, 2, id="the mean: an intercept, and a row more"),
        pytest.param(3, Form.HEATING, 4, id="3PH: intercept, slope and balance point, and a row more"),
        pytest.param(5, Form.FIVE, 6, id="5P: intercept, two slopes and two points, and a row more"),
    ],
)
def test_too_few_rows(many: int, form: Form, least: int) -> None:
    rows = [day(str(n), str(n * 10)) for n in range(many)]
    rules = CandidateRules(temperature_grid(0, 50, 1), (form,))
    with pytest.raises(NotFitted, match=f"{many} rows are too few for {least - 1} unknowns"):
        fit_linear(rows, [], Interval.DAY, rules)


def test_a_driver_that_is_a_multiple_of_another_is_named() -> None:
    rows = [day(str(n), drivers={"a": Decimal(n), "b": Decimal(2 * n)}) for n in range(9)]
    with pytest.raises(NotFitted, match=r"^b: constant, or told by the drivers before it"):
        fit_linear(rows, ["a", "b"], Interval.DAY, MEAN)


def test_the_coefficients_of_drivers_are_those_of_lapack() -> None:
    rng = np.random.default_rng(2)
    a, b, energy = (rng.integers(0, 100, 30) for _ in range(3))
    rows = [day(str(energy[n]), drivers={"a": Decimal(int(a[n])), "b": Decimal(int(b[n]))}) for n in range(30)]
    model = fit_linear(rows, ["a", "b"], Interval.DAY, MEAN).model
    expected = np.linalg.lstsq(np.stack([np.ones(30), a, b], axis=1), energy, rcond=None)[0]
    assert isinstance(model, LinearModel)
    coefficients = [float(model.intercept), float(model.drivers["a"]), float(model.drivers["b"])]
    assert coefficients == pytest.approx(list(expected))
