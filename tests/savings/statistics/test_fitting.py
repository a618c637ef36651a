"""From rows to a fitted line: degree-days as drivers, weights by days, and what cannot be fitted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.period import Period
from savings.baseline import Baseline, fit_rows
from savings.methods.caltrack import CaltrackBilling
from savings.methods.change_point import ChangePoint
from savings.methods.mean import Mean
from savings.model import LinearModel
from savings.rows import DriverAggregation, Interval, Row
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


class TestADriverThatIsAddedUpOverABill:
    """A unit of output costs 2.5 kWh, on whichever day of the bill, so that 31 days of a month do not multiply it."""

    LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    OUTPUT = (310, 700, 150, 420, 990, 260, 530, 840, 60, 370, 610, 480)

    def bills(self, a_day: float, a_unit: float, a_degree: float = 0.0) -> list[Row]:
        rows, start = list[Row](), START
        for number, (days, output) in enumerate(zip(self.LENGTHS, self.OUTPUT, strict=True)):
            end = start + timedelta(days=days)
            degrees = [Decimal(20 + 5 * abs(number - 6) + day % 7) for day in range(days)]
            heat = sum(max(0.0, 45 - float(degree)) for degree in degrees)
            energy = Decimal(repr(a_day * days + a_unit * output + a_degree * heat))
            drivers = {"output": Decimal(output)}
            rows.append(Row(Period(start, end), start, energy, tuple(degrees), drivers, days))
            start = end
        return rows

    def baseline(self, rows: list[Row], method: Mean | CaltrackBilling | ChangePoint) -> Baseline:
        return fit_rows(method, rows, "kWh", "UTC")[0]

    def method(self, **settings: object) -> Mean:
        drivers = {"output": DriverAggregation.SUM}
        return Mean.model_validate({"row": "billing", "drivers": drivers, **settings})

    def test_what_is_made_of_output_alone_has_no_base_load(self) -> None:
        """Energy = 2.5 · output: an intercept of 0, and 2.5 a unit, to the last digits."""
        baseline = self.baseline(self.bills(0, 2.5), self.method())
        assert isinstance(baseline.model, LinearModel)
        assert float(baseline.model.intercept) == pytest.approx(0, abs=1e-11)
        assert float(baseline.model.drivers["output"]) == pytest.approx(2.5, abs=1e-12)
        for row in self.bills(0, 2.5):
            assert float(baseline.expect(row)) == pytest.approx(float(row.energy or 0), abs=1e-9)

    @pytest.mark.parametrize(
        "method",
        [
            pytest.param(CaltrackBilling(drivers={"output": DriverAggregation.SUM}), id="caltrack_billing"),
            pytest.param(
                ChangePoint(form=Form.HEATING, row=Interval.BILLING, drivers={"output": DriverAggregation.SUM}),
                id="change_point",
            ),
        ],
    )
    def test_beside_the_weather(self, method: CaltrackBilling | ChangePoint) -> None:
        """Energy = 12 a day + 2.5 · output + 3 a degree-day below 45."""
        rows = self.bills(12, 2.5, 3)
        model = self.baseline(rows, method).model
        assert isinstance(model, LinearModel)
        assert model.heating is not None
        assert float(model.intercept) == pytest.approx(12, abs=1e-7)
        assert float(model.drivers["output"]) == pytest.approx(2.5, abs=1e-9)
        assert (float(model.heating.slope), float(model.heating.balance_point)) == pytest.approx((3, 45), abs=1e-7)
        assert [float(model.predict(row)) for row in rows] == pytest.approx([float(row.energy or 0) for row in rows])

    def test_with_noise_it_is_weighted_least_squares_of_whole_bills(self) -> None:
        """min Σ (E - a·days - b·output)²/days, by its two normal equations in numpy."""
        noise = np.random.default_rng(7).normal(0, 40, 12)
        rows = [
            Row(
                row.period,
                row.local,
                (row.energy or 0) + Decimal(repr(float(off))),
                row.temperatures,
                row.drivers,
                row.days,
            )
            for row, off in zip(self.bills(12, 2.5), noise, strict=True)
        ]
        energy = np.array([float(row.energy or 0) for row in rows])
        columns = np.array([self.LENGTHS, self.OUTPUT], dtype=float)
        weights = 1 / np.array(self.LENGTHS, dtype=float)
        by_hand = np.linalg.solve((columns * weights) @ columns.T, (columns * weights) @ energy)
        model = self.baseline(rows, self.method()).model
        assert isinstance(model, LinearModel)
        assert (float(model.intercept), float(model.drivers["output"])) == pytest.approx(tuple(by_hand), rel=1e-10)

    def test_by_arithmetic_1_its_sum_counted_on_each_day(self) -> None:
        """Energy a day regressed on the sum itself, and multiplied by the days: frozen baselines go on so."""
        rows = self.bills(0, 2.5)
        baseline = self.baseline(rows, self.method(arithmetic=1))
        days = np.array(self.LENGTHS, dtype=float)
        columns = np.array([np.ones(12), self.OUTPUT])
        by_hand = np.linalg.solve(
            (columns * days) @ columns.T, columns @ np.array([float(row.energy or 0) for row in rows])
        )
        assert isinstance(baseline.model, LinearModel)
        assert baseline.model.summed == ()
        assert (float(baseline.model.intercept), float(baseline.model.drivers["output"])) == pytest.approx(
            tuple(by_hand)
        )
        assert float(baseline.expect(rows[0])) == pytest.approx(31 * (by_hand[0] + by_hand[1] * 310))

    def test_its_range_is_a_days_so_that_longer_bills_compare(self) -> None:
        """Between 60/30 = 2 and 990/31 a day; a bill of two months with twice the output is within."""
        baseline = self.baseline(self.bills(12, 2.5), self.method())
        assert float(baseline.ranges["output"].least) == pytest.approx(2)
        assert float(baseline.ranges["output"].most) == pytest.approx(990 / 31)
        two_months = Row(
            Period(START, START + timedelta(days=62)), START, Decimal(1), (), {"output": Decimal(1900)}, days=62
        )
        assert baseline.furthest_beyond(two_months) == ("", Decimal(0))
        one_month = Row(Period(START, START + timedelta(days=31)), START, Decimal(1), (), {"output": Decimal(1900)}, 31)
        assert baseline.furthest_beyond(one_month)[0] == "output"


class TestBillsTellApartWhatTheyCan:
    """The mean takes 1 unknown, 3PH and 3PC 3, 5P 5: a form is tried where there are more bills than that."""

    def bills(self, many: int) -> list[Row]:
        """Bills of two months each, colder and warmer: 10 kWh a day and 2 a degree-day below 55."""
        rows, start = list[Row](), START
        for number in range(many):
            degrees = [Decimal(30 + 8 * (number % 6) + day % 9) for day in range(61)]
            energy = sum(10 + 2 * max(0.0, 55 - float(degree)) for degree in degrees)
            end = start + timedelta(days=61)
            rows.append(Row(Period(start, end), start, Decimal(repr(energy)), tuple(degrees), days=61))
            start = end
        return rows

    @pytest.mark.parametrize(
        ("many", "left_out"),
        [
            pytest.param(6, None, id="six: every form"),
            pytest.param(5, "5P", id="five: not 5P"),
            pytest.param(4, "5P", id="four: still one slope and its balance point"),
        ],
    )
    def test_two_months_each(self, many: int, left_out: str | None) -> None:
        baseline, _, _ = fit_rows(CaltrackBilling(), self.bills(many), "kWh", "UTC")
        assert isinstance(baseline.model, LinearModel)
        assert baseline.model.form is Form.HEATING
        assert baseline.model.heating is not None
        assert float(baseline.model.intercept) == pytest.approx(10, abs=1e-9)
        assert float(baseline.model.heating.slope) == pytest.approx(2, abs=1e-9)
        notes = [finding.detail for finding in baseline.findings if finding.code == "forms_left_out"]
        assert [note.partition(":")[0] for note in notes] == ([left_out] if left_out else [])
        too_few = [finding.code for finding in baseline.disqualifications]
        assert too_few == ([] if many >= 5 else ["too_few_periods"])

    def test_three_are_a_mean(self) -> None:
        baseline, _, _ = fit_rows(CaltrackBilling(), self.bills(3), "kWh", "UTC")
        assert isinstance(baseline.model, LinearModel)
        assert baseline.model.form is Form.MEAN

    def test_a_form_that_is_asked_for_is_refused_with_its_number(self) -> None:
        with pytest.raises(NotFitted, match="5 rows are too few for 5 unknowns"):
            ChangePoint(form=Form.FIVE, row=Interval.BILLING).fit(self.bills(5))
        four = ChangePoint(form=Form.FOUR, row=Interval.BILLING).fit(self.bills(5)).model
        assert isinstance(four, LinearModel)
