"""Baselines: fitted once, the same bytes again, and a refusal by name where the data says nothing."""

import hashlib
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from quantities.document import parse
from savings.baseline import Baseline, NoBaseline, fingerprint, fit, fit_rows
from savings.energy_rules import Fuel
from savings.finding import noted
from savings.methods.caltrack import CaltrackDaily
from savings.methods.mean import Mean
from savings.model import Leg, LinearModel
from savings.rows import TEMPERATURE, DriverAggregation, Row, Series
from savings.statistics.change_point import Form
from savings.statistics.sufficiency import Sufficiency
from tests.savings.samples import SINE, baseline_of, day, energy_of, series, weather, year

GOOD = energy_of(Form.FIVE, 20, 1.3, 2.1, 44, 61)
NOISY = GOOD[:365] + np.random.default_rng(3).normal(0, 5, 365)
OUTPUT = CaltrackDaily(drivers={"output": DriverAggregation.MEAN})


class TestDeterminism:
    def test_a_baseline_is_the_same_bytes_again_and_reads_back_as_itself(self) -> None:
        drivers = {TEMPERATURE: weather(365)}
        first, again = (fit(CaltrackDaily(), series(NOISY), drivers, "UTC")[0] for _ in range(2))
        assert first.model_dump_json() == again.model_dump_json()
        assert parse(Baseline, first.model_dump(mode="json")) == first

    def test_no_linear_algebra_library_is_called(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """BLAS and LAPACK sum in an order that depends on the processor and on the number of threads."""

        def refused(*_: object, **__: object) -> None:
            raise AssertionError("a library chose the order of a sum")

        for name in ("dot", "matmul", "einsum", "inner", "vdot", "tensordot"):
            monkeypatch.setattr(np, name, refused)
        for name in ("solve", "lstsq", "inv", "pinv", "qr", "svd", "cholesky", "eigh"):
            monkeypatch.setattr(np.linalg, name, refused)
        fit(CaltrackDaily(), series(NOISY), {TEMPERATURE: weather(365)}, "UTC")

    def test_its_fingerprint_is_of_a_line_for_each_row(self) -> None:
        """Start, end, energy, temperatures, then drivers by name; what is missing is empty."""
        rows = [
            day("1.50", "20.0", drivers={"b": Decimal("1E+2"), "a": Decimal("0.0")}),
            day(None, "21", "2026-03-03", {"b": None, "a": Decimal(1)}),
        ]
        lines = (
            "2026-03-02T00:00:00+00:00,2026-03-03T00:00:00+00:00,1.5,20,0,100\n"
            "2026-03-03T00:00:00+00:00,2026-03-04T00:00:00+00:00,,21,1,"
        )
        assert fingerprint(rows) == hashlib.sha256(lines.encode()).hexdigest()


class TestWhatItHolds:
    def test_the_days_the_ranges_and_the_rows_it_was_fitted_to(self) -> None:
        baseline, _, rows = fit(CaltrackDaily(), series(GOOD, many=730), {TEMPERATURE: weather()}, "UTC", year(1))
        assert (str(baseline.first), str(baseline.after_last)) == ("2026-01-01", "2027-01-01")
        assert (baseline.unit, baseline.temperature_unit, baseline.figures.n) == ("kWh", "degF", 365)
        assert float(baseline.ranges[TEMPERATURE].least) == pytest.approx(SINE[365:].min())
        assert float(baseline.ranges[TEMPERATURE].most) == pytest.approx(SINE[365:].max())
        assert baseline.input_sha256 == fingerprint(rows)
        assert baseline.uncertainty_figures == baseline.figures

    def test_a_mean_has_no_unit_of_temperature(self) -> None:
        assert fit(Mean(), series(GOOD), {}, "UTC")[0].temperature_unit is None


class TestBeyondItsRange:
    BASELINE = baseline_of(
        LinearModel(
            form=Form.HEATING,
            intercept=Decimal(1),
            heating=Leg(slope=Decimal(1), balance_point=Decimal(60)),
            drivers={"output": Decimal(1), "shift": Decimal(1)},
        ),
        {TEMPERATURE: ("20", "70"), "output": ("0", "10"), "shift": ("1", "1")},
        CaltrackDaily(drivers=dict.fromkeys(("output", "shift"), DriverAggregation.MEAN)),
    )

    @pytest.mark.parametrize(
        ("temperature", "output", "shift", "furthest"),
        [
            pytest.param("50", 5, 1, ("", "0"), id="all within"),
            pytest.param("70", 10, 1, ("", "0"), id="at the edge"),
            pytest.param("80", 5, 1, ("temperature", "0.2"), id="10 beyond 70, of 50"),
            pytest.param("10", 13, 1, ("output", "0.3"), id="3 beyond 10, of 10, is further than 10 of 50"),
            pytest.param("50", -1, 1, ("output", "0.1"), id="below"),
            pytest.param("50", 5, 2, ("shift", "1"), id="of a range without width anything else is all of it"),
            pytest.param("50", None, 1, ("", "0"), id="what is unknown is not beyond"),
        ],
    )
    def test_the_furthest_driver(
        self, temperature: str, output: int | None, shift: int, furthest: tuple[str, str]
    ) -> None:
        drivers = {"output": None if output is None else Decimal(output), "shift": Decimal(shift)}
        name, share = furthest
        assert self.BASELINE.furthest_beyond(day("1", temperature, drivers=drivers)) == (name, Decimal(share))

    def test_what_must_be_measured(self) -> None:
        assert self.BASELINE.measured_drivers == {TEMPERATURE, "output", "shift"}


class TestWhatBadDataGets:
    def codes(self, baseline: Baseline) -> list[str]:
        return [finding.code for finding in baseline.disqualifications]

    def test_too_few_days(self) -> None:
        short, _, _ = fit(CaltrackDaily(), series(GOOD, many=200), {TEMPERATURE: weather()}, "UTC")
        (finding,) = short.disqualifications
        assert (finding.code, finding.found, finding.expected) == ("too_few_days", "200", "at least 328")

    def test_agreed_otherwise(self) -> None:
        energy, drivers = series(GOOD, many=200), {TEMPERATURE: weather()}
        short, _, _ = fit(CaltrackDaily(), energy, drivers, "UTC", thresholds=Sufficiency(days=180))
        assert short.disqualifications == ()

    @pytest.mark.parametrize(
        ("driver", "says"),
        [
            pytest.param(None, "missing_driver: output is not there", id="missing"),
            pytest.param([1.0] * 730, "constant_driver: output is 1 all the time", id="constant"),
            pytest.param([None] * 730, "missing_driver: output has no value", id="empty"),
            pytest.param(SINE * 0 + np.arange(730) % 7 // 7, "constant_driver", id="always zero"),
        ],
    )
    def test_a_driver_that_tells_nothing(self, driver: Any, says: str) -> None:
        drivers = {TEMPERATURE: weather(), **({} if driver is None else {"output": series(driver, "", 730)})}
        with pytest.raises(NoBaseline, match=says):
            fit(OUTPUT, series(GOOD), drivers, "UTC")

    def test_two_drivers_that_are_one(self) -> None:
        mode = np.array([float(n % 7 < 5) for n in range(730)])
        drivers = {TEMPERATURE: weather(), "a": series(mode, ""), "b": series(mode * 2, "")}
        method = CaltrackDaily(drivers=dict.fromkeys("ab", DriverAggregation.MEAN))
        with pytest.raises(NoBaseline, match="singular_design: b: constant, or told by the drivers before it"):
            fit(method, series(GOOD), drivers, "UTC")

    def test_nothing_was_measured_in_the_period(self) -> None:
        with pytest.raises(NoBaseline, match="no_readings"):
            fit(CaltrackDaily(), series(GOOD), {TEMPERATURE: weather()}, "UTC", year(1))

    @pytest.mark.parametrize(
        ("rows", "says"),
        [
            pytest.param([], "too_few_days", id="no rows"),
            pytest.param([day("1")], "missing_driver: temperature is not there", id="rows without temperature"),
            pytest.param([day(None, "20"), day(None, "30")], "energy_missing", id="rows without energy"),
        ],
    )
    def test_rows_that_are_not_there(self, rows: list[Row], says: str) -> None:
        with pytest.raises(NoBaseline, match=says):
            fit_rows(CaltrackDaily(), rows, "kWh", "UTC", Sufficiency(days=1))

    def test_a_refusal_names_the_worst_first_and_has_all_as_members(self) -> None:
        with pytest.raises(NoBaseline) as refusal:
            fit(OUTPUT, series(-GOOD), {TEMPERATURE: weather(), "output": series([1.0] * 365, "")}, "UTC")
        assert str(refusal.value).startswith("disqualification: constant_driver")
        listed: Any = refusal.value.members["findings"]
        assert [finding["code"] for finding in listed][:2] == ["negative_reads", "constant_driver"]

    def test_no_energy_at_all(self) -> None:
        baseline, _, _ = fit(CaltrackDaily(fuel=Fuel.GAS), series(np.zeros(730)), {TEMPERATURE: weather()}, "UTC")
        assert self.codes(baseline) == ["no_energy"]

    def test_energy_fed_in_is_said(self) -> None:
        energy = GOOD.copy()
        energy[5:9] = -3.0
        baseline, _, _ = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather()}, "UTC")
        (finding,) = [finding for finding in baseline.findings if finding.code == "negative_reads"]
        assert finding.found == "4"

    def test_findings_of_reading_come_first(self) -> None:
        earlier = [noted("zero_values", "kwh: zero", 3)]
        baseline, _, _ = fit(Mean(), series(GOOD), {}, "UTC", earlier_findings=earlier)
        assert baseline.findings[0] == earlier[0]


def test_series_of_no_period_have_no_baseline() -> None:
    with pytest.raises(NoBaseline, match="no_readings"):
        fit(Mean(), Series((), (), "kWh"), {}, "UTC")


@pytest.mark.parametrize("method", [CaltrackDaily(), Mean()])
def test_a_baseline_written_without_what_is_empty_is_read_again(method: CaltrackDaily | Mean) -> None:
    """A mean needs no temperature and has no correlation: a file may leave both out."""
    frozen, _, _ = fit(method, series(NOISY), {TEMPERATURE: weather(365)}, "UTC")

    assert parse(Baseline, frozen.model_dump(mode="json", exclude_none=True)) == frozen


@pytest.mark.parametrize("scale", [1e-24, 1.0, 1e12])
@pytest.mark.parametrize("drivers", [{}, {"output": DriverAggregation.MEAN}])
def test_a_mean_of_energies_of_any_size_is_read_again(scale: float, drivers: dict[str, DriverAggregation]) -> None:
    """The squares of energies of 10⁻²⁴ have more than sixty decimal places."""
    output = series(np.arange(365) % 7, "")
    frozen, _, _ = fit(Mean(drivers=drivers), series(NOISY * scale), {"output": output}, "UTC")

    assert parse(Baseline, frozen.model_dump(mode="json", exclude_none=True)) == frozen
