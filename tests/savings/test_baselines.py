"""Properties that a baseline has whatever it is fitted to, and what bad data gets instead of one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantities.document import FaultyDocument, parse
from quantities.errors import UsufructError
from quantities.period import Period
from savings.avoided import Extrapolation, Mask, RowStatus, avoided
from savings.baseline import Baseline, NoBaseline, fit
from savings.finding import FindingSeverity
from savings.methods import METHODS
from savings.methods.caltrack import CaltrackDaily, Fuel
from savings.methods.change_point import ChangePoint
from savings.methods.hourly import CaltrackHourly
from savings.methods.mean import Mean
from savings.model import LinearModel
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Series, rows_of
from savings.statistics import change_point, grid
from savings.statistics.change_point import FittedLine, Form, Weather
from savings.statistics.degree_days import DegreeDays
from savings.statistics.grid import CandidateRules, Design, design, fit_many
from savings.statistics.linear import Floats, solve
from savings.statistics.refine import fit_polished
from savings.statistics.student import two_sided, within
from savings.statistics.sufficiency import Sufficiency
from savings.statistics.uncertainty import NoUncertainty, Variant, fraction
from savings.table import UnreadableTable, read_table

FIRST = date(2025, 1, 1)
DAYS = tuple(Period.of_days(FIRST + timedelta(n), FIRST + timedelta(n + 1), UTC) for n in range(730))
SINE: Floats = 52 + 26 * np.sin(2 * np.pi * (np.arange(730) - 100) / 365) + 6 * np.sin(np.arange(730) * 1.7)


def series(values: Any, unit: str = "kWh", many: int = 365, first: int = 0) -> Series:
    stated = tuple(
        None if each is None or np.isnan(each) else Decimal(repr(float(each))) for each in values[first : first + many]
    )
    return Series(DAYS[first : first + many], stated, unit)


def weather(many: int = 730) -> Series:
    return series(SINE, "degF", many)


def in_celsius(found: Series) -> Series:
    return Series(
        found.periods, tuple(None if each is None else (each - 32) / Decimal("1.8") for each in found.values), "degC"
    )


def year(number: int) -> Period:
    return Period(DAYS[365 * number].start, DAYS[365 * number + 364].end)


def of(form: Form, a: float, heat: float, cool: float, low: float, high: float) -> Floats:
    """Energy without noise, of each form at once: 4P where both points are one."""
    heats = heat * np.maximum(low - SINE, 0) if form in (Form.HEATING, Form.FOUR, Form.FIVE) else 0
    cools = cool * np.maximum(SINE - high, 0) if form in (Form.COOLING, Form.FOUR, Form.FIVE) else 0
    slope = heat * SINE if form is Form.TWO else 0
    return np.full(730, a) + heats + cools + slope


def fitted(form: Form, energy: Floats, step: float = 1) -> FittedLine:
    rows = Weather(SINE[:365])
    return fit_polished(rows, CandidateRules(grid.degrees(30, 80, step), (form,)), energy[:365])


class TestANoiseFreeModelOfEachFormIsFoundAgain:
    @settings(max_examples=30)
    @given(
        st.sampled_from(list(Form)),
        st.floats(1, 100),
        st.floats(0.5, 5),
        st.floats(0.5, 5),
        st.floats(42, 50),
        st.floats(3, 12),
    )
    def test_wherever_its_balance_points_are(
        self, form: Form, a: float, heat: float, cool: float, low: float, apart: float
    ) -> None:
        high = low if form is Form.FOUR else low + apart
        energy = of(form, a, heat, cool, low, high)
        found = fitted(form, energy)

        off = energy[:365] - found.predict(Weather(SINE[:365]))
        assert (off**2).sum() <= 1e-16 * max(1.0, ((energy - energy.mean()) ** 2).sum())
        assert found.intercept == pytest.approx(a, abs=1e-6)
        if found.heating is not None:
            assert found.heating == pytest.approx((heat, low), abs=1e-6)
        if found.cooling is not None:
            assert found.cooling == pytest.approx((cool, high), abs=1e-6)
        if found.slope is not None:
            assert found.slope == pytest.approx(heat, abs=1e-9)

    def test_the_best_of_a_grid_is_the_best_of_all_pairs_tried_one_by_one(self) -> None:
        rng = np.random.default_rng(7)
        energy = of(Form.FIVE, 20, 1, 2, 44, 61)[:365] + rng.normal(0, 8, 365)
        rows, bases = Weather(SINE[:365]), grid.degrees(30, 80, 2)
        found = grid.fit(rows, CandidateRules(bases, (Form.FIVE,)), energy)

        def error(points: tuple[float, float]) -> float:
            tried = change_point.settle(rows, Form.FIVE, points, energy)
            legs = (tried.heating or (0, 0))[0], (tried.cooling or (0, 0))[0]
            return float(((energy - tried.predict(rows)) ** 2).sum()) if min(legs) > 0 else float("inf")

        every = {(low, high): error((low, high)) for low in bases for high in bases if low < high}
        best = (found.heating or (0, 0))[1], (found.cooling or (0, 0))[1]
        assert best == min(every, key=lambda each: every[each])


class TestTheLeastErrorOfAll:
    """A flat, noisy year has several basins: what is polished is no worse than a grid ten times as fine."""

    @settings(max_examples=12, deadline=None)
    @given(st.sampled_from([Form.HEATING, Form.COOLING, Form.FOUR, Form.FIVE]), st.integers(0, 10_000))
    def test_no_finer_grid_does_better(self, form: Form, seed: int) -> None:
        rng = np.random.default_rng(seed)
        energy = of(form, 40, 0.5, 0.8, 47, 58)[:365] + rng.normal(0, 12, 365) + 6 * np.sin(SINE[:365])
        rows = Weather(SINE[:365])
        try:
            fine = grid.fit(
                rows, CandidateRules(grid.degrees(30, 80, 0.5 if form is Form.FIVE else 0.1), (form,)), energy
            )
            found = fit_polished(rows, CandidateRules(grid.degrees(30, 80, 1), (form,)), energy)
        except grid.NoCandidate:
            return
        least, best = (float(((energy - each.predict(rows)) ** 2).sum()) for each in (fine, found))
        assert best <= least * (1 + 1e-9)


class TestUnits:
    EXACT = of(Form.FIVE, 20, 1.3, 2.1, 44, 61)
    ENERGY = EXACT + np.sin(np.arange(730) * 2.3)

    def test_scaling_units_scales_coefficients(self) -> None:
        one, thousand = fitted(Form.FIVE, self.ENERGY), fitted(Form.FIVE, self.ENERGY * 1000)
        assert one.heating is not None
        assert thousand.heating is not None
        assert thousand.intercept == pytest.approx(one.intercept * 1000)
        assert thousand.heating == pytest.approx((one.heating[0] * 1000, one.heating[1]), rel=1e-9)

    def test_a_constant_moves_the_intercept_only(self) -> None:
        one, more = fitted(Form.FIVE, self.ENERGY), fitted(Form.FIVE, self.ENERGY + 500)
        assert more.intercept == pytest.approx(one.intercept + 500)
        assert more.heating == pytest.approx(one.heating)
        assert more.cooling == pytest.approx(one.cooling)

    def test_a_model_in_celsius_is_the_one_in_fahrenheit(self) -> None:
        energy, drivers = series(self.EXACT), {TEMPERATURE: weather(365)}
        fahrenheit, _, _ = fit(ChangePoint(form=Form.FIVE), energy, drivers, "UTC")
        told = parse(ChangePoint, {"form": "5P", "unit": "degC", "first": "-2", "last": "30", "step": "0.5"})
        celsius, _, _ = fit(told, energy, {TEMPERATURE: in_celsius(weather(365))}, "UTC")
        assert isinstance(fahrenheit.model, LinearModel)
        assert isinstance(celsius.model, LinearModel)
        assert fahrenheit.model.heating is not None
        assert celsius.model.heating is not None
        assert float(celsius.model.heating.slope) == pytest.approx(
            float(fahrenheit.model.heating.slope) * 1.8, rel=1e-6
        )
        point = (float(fahrenheit.model.heating.balance_point) - 32) / 1.8
        assert float(celsius.model.heating.balance_point) == pytest.approx(point, abs=1e-5)


class TestDeterminism:
    ENERGY = of(Form.FIVE, 20, 1.3, 2.1, 44, 61)[:365] + np.random.default_rng(3).normal(0, 5, 365)

    def test_a_meter_among_many_has_the_bytes_of_one_alone(self) -> None:
        rules = CALTRACK_LIKE
        prepared: Design = design(Weather(SINE[:365]), rules)
        many = np.stack([self.ENERGY * scale for scale in (1.0, 0.5, 3.0, 1.0)], axis=1)
        together = fit_many(prepared, many)
        assert together[0] == together[3] == grid.fit(Weather(SINE[:365]), rules, self.ENERGY)

    def test_a_baseline_is_the_same_bytes_again_and_reads_back_as_itself(self) -> None:
        drivers = {TEMPERATURE: weather(365)}
        first, again = (fit(CaltrackDaily(), series(self.ENERGY), drivers, "UTC")[0] for _ in range(2))
        stored = first.model_dump_json()
        assert stored == again.model_dump_json()
        assert parse(Baseline, first.model_dump(mode="json")) == first

    def test_no_linear_algebra_library_is_called(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """BLAS and LAPACK sum in an order that depends on the processor and on the number of threads."""

        def refused(*_: object, **__: object) -> None:
            raise AssertionError("a library chose the order of a sum")

        for name in ("dot", "matmul", "einsum", "inner", "vdot", "tensordot"):
            monkeypatch.setattr(np, name, refused)
        for name in ("solve", "lstsq", "inv", "pinv", "qr", "svd", "cholesky", "eigh"):
            monkeypatch.setattr(np.linalg, name, refused)
        fit(CaltrackDaily(), series(self.ENERGY), {TEMPERATURE: weather(365)}, "UTC")

    def test_the_frozen_model_predicts_what_the_fitted_one_did(self) -> None:
        baseline, outcome, rows = fit(CaltrackDaily(), series(self.ENERGY), {TEMPERATURE: weather(365)}, "UTC")
        off = [float((row.energy or 0) - baseline.model.predict(row)) for row in rows]
        assert off == pytest.approx(outcome.residuals, abs=1e-9)


CALTRACK_LIKE = CaltrackDaily().candidates


class TestFurtherDrivers:
    MODE = np.array([float(n % 7 < 5) for n in range(730)])

    def test_an_operating_mode_is_told_apart_from_the_weather(self) -> None:
        energy = of(Form.FIVE, 20, 1.3, 2.1, 44, 61) + 30 * self.MODE
        drivers = {TEMPERATURE: weather(365), "school": series(self.MODE, "")}
        baseline, _, _ = fit(CaltrackDaily(drivers={"school": DriverAggregation.MEAN}), series(energy), drivers, "UTC")
        assert isinstance(baseline.model, LinearModel)
        assert float(baseline.model.drivers["school"]) == pytest.approx(30, abs=1e-6)
        assert baseline.figures.p == 3

    def test_without_it_the_same_school_fits_poorly(self) -> None:
        energy = of(Form.FIVE, 20, 0.3, 0.4, 44, 61) + 30 * self.MODE
        baseline, _, _ = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather(365)}, "UTC")
        assert [each.code for each in baseline.findings if each.severity is FindingSeverity.WARNING] == ["cv_rmse"]


class TestDegreeDays:
    @pytest.mark.parametrize(
        ("terms", "mean", "found"),
        [
            pytest.param({"side": "heating", "base": "18"}, "11.5", "6.5", id="max(0, base - T)"),
            pytest.param({"side": "heating", "base": "18"}, "18", "0", id="none at the base"),
            pytest.param({"side": "cooling", "base": "18"}, "21.25", "3.25", id="max(0, T - base)"),
            pytest.param({"side": "heating", "base": "20", "limit": "15"}, "14.9", "5.1", id="G20/15 below the limit"),
            pytest.param({"side": "heating", "base": "20", "limit": "15"}, "15", "0", id="G20/15 at the limit"),
            pytest.param({"side": "heating", "base": "20", "limit": "15"}, "17", "0", id="G20/15 above it"),
        ],
    )
    def test_by_named_definition(self, terms: dict[str, str], mean: str, found: str) -> None:
        assert parse(DegreeDays, terms).of(Decimal(mean)) == Decimal(found)

    def test_of_choice_are_a_driver_like_any_other(self) -> None:
        """E = 30 + 1.5 · G20/15, found again, and predicted from the temperature alone."""
        celsius = (SINE - 32) / 1.8
        energy = 30 + 1.5 * np.where(celsius < 15, 20 - celsius, 0)
        method = parse(Mean, {"degree_days": {"g20_15": {"side": "heating", "base": "20", "limit": "15"}}})
        baseline, _, rows = fit(method, series(energy), {TEMPERATURE: series(celsius, "degC")}, "UTC")
        assert isinstance(baseline.model, LinearModel)
        assert float(baseline.model.drivers["g20_15"]) == pytest.approx(1.5, abs=1e-9)
        assert baseline.measured_by == {TEMPERATURE}
        assert float(baseline.expect(rows[0])) == pytest.approx(float(rows[0].energy or 0))
        assert parse(Baseline, baseline.model_dump(mode="json")) == baseline


class TestAControlWithoutAChange:
    @settings(max_examples=20)
    @given(st.integers(0, 10_000))
    def test_saves_nothing_beyond_its_uncertainty_nine_times_of_ten(self, seed: int) -> None:
        """One building measured twice: each of 20 tries may be one of the tenth that 90 % leaves out; at 99.99 % none is."""
        noise = np.random.default_rng(seed).normal(0, 6, 730)
        energy = of(Form.FIVE, 60, 1.3, 2.1, 44, 61) + noise
        drivers = {TEMPERATURE: weather()}
        baseline, _, _ = fit(CaltrackDaily(), series(energy, many=730), drivers, "UTC", year(0))
        found = avoided(baseline, rows_of(Interval.DAY, "UTC", series(energy, many=730), drivers, within=year(1)))
        told = fraction(
            Variant.ASHRAE14,
            cv_rmse=float(baseline.figures.cv_rmse_n_p_1 or 0),
            saved=float(found.energy / found.expected),
            n=365,
            m=365,
            p=3,
            rho=float(baseline.figures.autocorrelation or 0),
            confidence=0.9999,
        )
        assert told.fraction > 1  # the saving is smaller than what it may be off


class TestHours:
    """Eight weeks of hours, and a year of them where a test says so."""

    @staticmethod
    def hourly(days: int, of_hour: Callable[[datetime, float], float]) -> tuple[Series, Series]:
        start = datetime(2025, 1, 1, tzinfo=UTC)
        starts = [start + timedelta(hours=n) for n in range(24 * days)]
        degrees = [
            round(52 + 26 * np.sin(2 * np.pi * (n / 24 - 100) / 365) + 8 * np.sin((n % 24 - 8) / 24 * 2 * np.pi), 3)
            for n in range(24 * days)
        ]
        periods = tuple(Period(each, each + timedelta(hours=1)) for each in starts)
        energy = tuple(
            Decimal(repr(round(of_hour(at, float(each)), 6))) for at, each in zip(starts, degrees, strict=True)
        )
        return Series(periods, energy, "kWh"), Series(periods, tuple(Decimal(repr(float(d))) for d in degrees), "degF")

    def test_a_week_and_a_slope_are_found_again(self) -> None:
        def load(at: datetime, degrees: float) -> float:
            return (20.0 if at.weekday() < 5 and 8 <= at.hour < 18 else 5.0) + 0.3 * max(0.0, degrees - 65)

        energy, temperature = self.hourly(365, load)
        baseline, outcome, rows = fit(CaltrackHourly(), energy, {TEMPERATURE: temperature}, "UTC")
        assert baseline.disqualifications == ()
        assert max(map(abs, outcome.residuals)) < 1e-5
        assert all(abs(float((row.energy or 0) - baseline.model.predict(row))) < 1e-5 for row in rows[::97])

    def test_months_that_are_not_there_disqualify_it(self) -> None:
        energy, temperature = self.hourly(120, lambda at, degrees: 10 + at.hour + degrees / 10)
        with pytest.raises(NoBaseline, match="no hours of month"):
            fit(CaltrackHourly(), energy, {TEMPERATURE: temperature}, "UTC")
        whole_year = parse(CaltrackHourly, {"segments": "year"})
        baseline, _, _ = fit(whole_year, energy, {TEMPERATURE: temperature}, "UTC")
        codes = [each.code for each in baseline.disqualifications]
        assert codes == ["too_few_days", *["month_incomplete"] * 8]

    def test_weather_of_another_zone_is_noticed(self) -> None:
        energy, temperature = self.hourly(365, lambda at, degrees: 10 + degrees / 10)
        baseline, _, _ = fit(Mean(), energy, {TEMPERATURE: temperature}, "UTC")
        assert "weather_out_of_phase" not in [each.code for each in baseline.findings]
        baseline, _, _ = fit(CaltrackDaily(), energy, {TEMPERATURE: temperature}, "America/Los_Angeles")
        (found,) = [each for each in baseline.findings if each.code == "weather_out_of_phase"]
        assert (found.severity, found.found, found.expected) == (FindingSeverity.WARNING, "7", "11 to 19")


class TestWhatBadDataGets:
    GOOD = of(Form.FIVE, 20, 1.3, 2.1, 44, 61)

    def codes(self, baseline: Baseline) -> list[str]:
        return [each.code for each in baseline.disqualifications]

    def test_too_few_days(self) -> None:
        short, _, _ = fit(CaltrackDaily(), series(self.GOOD, many=200), {TEMPERATURE: weather()}, "UTC")
        (found,) = short.disqualifications
        assert (found.code, found.found, found.expected) == ("too_few_days", "200", "at least 328")

    def test_agreed_otherwise(self) -> None:
        asked = Sufficiency(days=180)
        short, _, _ = fit(CaltrackDaily(), series(self.GOOD, many=200), {TEMPERATURE: weather()}, "UTC", asked=asked)
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
            fit(CaltrackDaily(drivers={"output": DriverAggregation.MEAN}), series(self.GOOD), drivers, "UTC")

    def test_two_drivers_that_are_one(self) -> None:
        mode = np.array([float(n % 7 < 5) for n in range(730)])
        drivers = {TEMPERATURE: weather(), "a": series(mode, ""), "b": series(mode * 2, "")}
        with pytest.raises(NoBaseline, match="singular_design: b: constant, or told by the drivers before it"):
            fit(
                CaltrackDaily(drivers={"a": DriverAggregation.MEAN, "b": DriverAggregation.MEAN}),
                series(self.GOOD),
                drivers,
                "UTC",
            )

    def test_a_form_that_the_data_does_not_have(self) -> None:
        with pytest.raises(NoBaseline, match="no_candidate: no candidate of 3PC"):
            fit(ChangePoint(form=Form.COOLING), series(100 - SINE), {TEMPERATURE: weather()}, "UTC")

    def test_constant_energy_has_a_mean_and_no_figures_that_divide_by_nothing(self) -> None:
        baseline, _, _ = fit(CaltrackDaily(), series(np.full(730, 7.0)), {TEMPERATURE: weather()}, "UTC")
        assert isinstance(baseline.model, LinearModel)
        assert baseline.model.form is Form.MEAN
        assert float(baseline.model.intercept) == pytest.approx(7)
        assert (baseline.figures.r_squared, baseline.figures.n_prime) == (None, None)

    def test_no_energy_at_all(self) -> None:
        baseline, _, _ = fit(CaltrackDaily(fuel=Fuel.GAS), series(np.zeros(730)), {TEMPERATURE: weather()}, "UTC")
        assert self.codes(baseline) == ["no_energy"]

    def test_zeros_of_electricity_are_missing_and_those_of_gas_are_not(self) -> None:
        energy = np.where(np.arange(730) % 10 == 0, 0.0, self.GOOD)
        electricity, _, _ = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather()}, "UTC")
        gas, _, _ = fit(CaltrackDaily(fuel=Fuel.GAS), series(energy), {TEMPERATURE: weather()}, "UTC")
        assert (electricity.figures.n, gas.figures.n) == (328, 365)

    def test_energy_fed_in_is_said(self) -> None:
        energy = self.GOOD.copy()
        energy[5:9] = -3.0
        baseline, _, _ = fit(CaltrackDaily(), series(energy), {TEMPERATURE: weather()}, "UTC")
        (found,) = [each for each in baseline.findings if each.code == "negative_reads"]
        assert found.found == "4"


class TestReportingPeriods:
    ENERGY = of(Form.FIVE, 60, 1.3, 2.1, 44, 61)

    def baseline(self) -> Baseline:
        return fit(CaltrackDaily(), series(self.ENERGY), {TEMPERATURE: weather()}, "UTC", year(0))[0]

    def test_a_tenth_less_is_a_tenth_avoided(self) -> None:
        less = np.concatenate([self.ENERGY[:365], self.ENERGY[365:] * 0.9])
        rows = rows_of(Interval.DAY, "UTC", series(less, many=730), {TEMPERATURE: weather()}, within=year(1))
        found = avoided(self.baseline(), rows)
        assert float(found.energy) == pytest.approx(self.ENERGY[365:].sum() / 10, rel=1e-9)
        assert found.coverage == 1

    def test_a_row_beyond_the_range_counts_with_a_caveat_and_further_off_not_at_all(self) -> None:
        baseline, limits = self.baseline(), Extrapolation(declined=Decimal("0.1"))
        known = baseline.ranges[TEMPERATURE]
        width = known.most - known.least
        for beyond, tier in (
            ("0", RowStatus.IN_RANGE),
            ("0.0999", RowStatus.CAVEAT),
            ("0.1001", RowStatus.DECLINED),
        ):
            hot = Series(DAYS[:1], (known.most + width * Decimal(beyond),), "degF")
            rows = rows_of(Interval.DAY, "UTC", Series(DAYS[:1], (Decimal(50),), "kWh"), {TEMPERATURE: hot})
            found = avoided(baseline, rows, limits=limits)
            assert found.rows[0].tier is tier
            assert bool(found.counted) is (tier is not RowStatus.DECLINED)

    def test_masked_days_are_left_out_of_both_sides_and_counted(self) -> None:
        rows = rows_of(Interval.DAY, "UTC", series(self.ENERGY, many=730), {TEMPERATURE: weather()}, within=year(1))
        day = rows[0].local.date()
        found = avoided(self.baseline(), rows, [Mask(first=day, after_last=day + timedelta(10), reason="strike")])
        assert found.tiers[RowStatus.MASKED] == 10
        assert found.measured == sum((row.energy or Decimal(0) for row in rows[10:]), Decimal(0))
        assert found.coverage == 1

    def test_an_electricity_meter_that_stood_still_was_not_measured(self) -> None:
        stopped = self.ENERGY.copy()
        stopped[365:375] = 0.0
        rows = rows_of(Interval.DAY, "UTC", series(stopped, many=730), {TEMPERATURE: weather()}, within=year(1))
        found = avoided(self.baseline(), rows)
        assert [each.why for each in found.rows if each.tier is RowStatus.MISSING] == ["no energy at all"] * 10
        assert float(found.energy) == pytest.approx(0, abs=1e-6)

    def test_a_gap_is_no_smaller_saving_but_less_coverage(self) -> None:
        gappy = [None if n % 4 == 0 else each for n, each in enumerate(self.ENERGY)]
        rows = rows_of(Interval.DAY, "UTC", series(gappy, many=730), {TEMPERATURE: weather()}, within=year(1))
        found = avoided(self.baseline(), rows)
        assert found.tiers[RowStatus.MISSING] == 91
        assert found.coverage == Decimal(274) / Decimal(365) or float(found.coverage) == pytest.approx(274 / 365)
        assert float(found.energy) == pytest.approx(0, abs=1e-6)


class TestTables:
    def test_a_clock_that_shows_an_hour_twice(self) -> None:
        raw = b"time,load\n2025-10-26T01:00,1\n2025-10-26T02:00,2\n2025-10-26T02:00,3\n2025-10-26T03:00,4\n"
        read = read_table(raw, "Europe/Berlin", {"load": "kWh"})
        assert list(read.series["load"].values) == [1, 2, 3, 4]
        assert read.findings == ()

    def test_what_cannot_be_read_is_missing_and_said(self) -> None:
        raw = (
            b"start;load\n2025-01-01T00:00Z;1\n2025-01-01T01:00Z;Infinity\n2025-01-01T02:00Z;nan\n"
            b"2025-01-01T02:00Z;nan\n2025-01-01T03:00Z;0\nyesterday;5\n2025-01-01T04:00Z;7\n2025-01-01T04:00Z;8\n"
        )
        read = read_table(raw, "UTC", {"load": "kWh"})
        assert list(read.series["load"].values) == [1, None, None, 0, None]
        assert {each.code: each.found for each in read.findings} == {
            "not_a_time": "1", "duplicated_timestamps": "1", "contradicting_timestamps": "1", "not_a_number": "1",
            "missing_values": "2", "zero_values": "1",
        }  # fmt: skip

    def test_a_gap_is_a_gap_and_a_long_day_is_a_day(self) -> None:
        raw = b"time,load\n2025-10-25,1\n2025-10-26,2\n2025-10-27,3\n2025-10-30,4\n"
        periods = read_table(raw, "Europe/Berlin", {"load": "kWh"}).series["load"].periods
        assert [each.duration // timedelta(hours=1) for each in periods] == [24, 25, 24, 24]

    @pytest.mark.parametrize(
        ("raw", "says"),
        [
            pytest.param(b"", "no rows", id="empty"),
            pytest.param(b"\xff\xfe", "no UTF-8", id="not text"),
            pytest.param(b"time,load\nx,1\ny,2\n", "no two instants", id="no times"),
            pytest.param(b"time,power\n2025-01-01,1\n2025-01-02,2\n", "no column 'load'", id="another column"),
        ],
    )
    def test_no_table(self, raw: bytes, says: str) -> None:
        with pytest.raises(UnreadableTable, match=says):
            read_table(raw, "UTC", {"load": "kWh"})


class TestStudent:
    """Source: tables of the distribution, e.g. NIST/SEMATECH e-Handbook 1.3.6.7.2."""

    @pytest.mark.parametrize(
        ("confidence", "freedom", "t"),
        [
            (0.90, 1, 6.314),
            (0.95, 1, 12.706),
            (0.90, 10, 1.812),
            (0.95, 30, 2.042),
            (0.99, 100, 2.626),
            (0.95, 1e6, 1.960),
        ],
    )
    def test_quantiles(self, confidence: float, freedom: float, t: float) -> None:
        assert two_sided(confidence, freedom) == pytest.approx(t, abs=6e-4)

    @given(st.floats(0.01, 0.999), st.floats(0.6, 1e5))
    def test_the_quantile_is_the_distributions_inverse(self, confidence: float, freedom: float) -> None:
        assert within(two_sided(confidence, freedom), freedom) == pytest.approx(confidence, abs=1e-9)

    def test_nothing_left_is_said(self) -> None:
        with pytest.raises(NoUncertainty, match="rows are left"):
            fraction(Variant.ASHRAE14, cv_rmse=0.1, saved=0.1, n=10, m=10, p=12, rho=0, confidence=0.9)


@given(st.integers(1, 6), st.integers(0, 1000))
def test_least_squares_leave_nothing_along_any_column(many: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, values = rng.normal(size=(40, many)), rng.normal(size=40)
    off = values - (columns * solve(columns, values)).sum(axis=1)
    assert (columns * off[:, np.newaxis]).sum(axis=0) == pytest.approx(0, abs=1e-9)


class TestHostileTables:
    """Whatever a file says: a baseline, or a refusal by name; never a traceback, never a warning of numpy's."""

    GOOD = "time,kwh,temperature\n" + "\n".join(
        f"{FIRST + timedelta(n)},{30 + n % 7 * 3 + max(0, 60 - SINE[n]):.2f},{SINE[n]:.1f}" for n in range(365)
    )
    NASTY = (
        "NaN",
        "inf",
        "-inf",
        "1e99",
        "1e-99",
        "9" * 60,
        "",
        "-5",
        "0",
        "0x10",
        "1,5",
        '"',
        "１２",
        "null",
        "2025-13-01",
        "\x00",
    )

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 365), st.integers(0, 2), st.sampled_from(NASTY)), max_size=400),
        st.sampled_from(list(METHODS)),
    )
    def test_is_fitted_or_refused_by_name(self, changes: list[tuple[int, int, str]], name: str) -> None:
        rows = [line.split(",") for line in self.GOOD.splitlines()]
        for row, column, found in changes:
            rows[row][column] = found
        raw = "\n".join(",".join(row) for row in rows).encode()
        told = {"kind": name, **({"form": "5P"} if name == "change_point" else {})}
        try:
            table = read_table(raw, "Europe/Berlin", {"kwh": "kWh", "temperature": "degF"})
            drivers = {TEMPERATURE: table.series["temperature"]}
            baseline, _, _ = fit(parse(METHODS[name], told), table.series["kwh"], drivers, "Europe/Berlin")
        except UsufructError as refusal:
            assert str(refusal)
        else:
            assert parse(Baseline, baseline.model_dump(mode="json")) == baseline

    @pytest.mark.parametrize(
        "terms",
        [
            pytest.param({"first": "0", "last": "1000000", "step": "0.0001"}, id="a grid without end"),
            pytest.param({"first": "50", "last": "40"}, id="a grid that falls"),
            pytest.param({"step": "0"}, id="no step"),
        ],
    )
    def test_a_grid_is_bounded(self, terms: dict[str, str]) -> None:
        with pytest.raises(FaultyDocument):
            parse(ChangePoint, {"form": "5P", **terms})
