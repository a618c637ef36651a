"""Zeros, gaps and estimates: one rule for the fit of a baseline and for every saving by it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import parse
from quantities.period import Period
from savings.avoided import avoided
from savings.baseline import fit, rows_for
from savings.energy_rules import EnergyBasis, EnergyRules, Fuel
from savings.finding import BaselineFinding
from savings.methods import METHODS, BaselineMethod
from savings.methods.mean import Mean
from savings.reporting_findings import check_savings
from savings.rows import TEMPERATURE, RowEnergy, Series, energy_of_rows
from savings.statistics.sufficiency import Estimates, Profile, Sufficiency, check_rows
from tests.build import fewer_examples

START = datetime(2025, 1, 1, tzinfo=UTC)
ELECTRICITY, GAS = EnergyRules(zero_is_missing=True), EnergyRules()
SHORT = Sufficiency(days=1, periods=3)


def steps(*values: str | None, minutes: int = 60, first: int = 0) -> Series:
    step = timedelta(minutes=minutes)
    periods = tuple(Period(START + step * at, START + step * (at + 1)) for at in range(first, first + len(values)))
    return Series(periods, tuple(None if value is None else Decimal(value) for value in values), "kWh")


def a_day(series: Series, rules: EnergyRules) -> RowEnergy:
    (energy,) = energy_of_rows(series, [Period(START, START + timedelta(days=1))], UTC, rules)
    return energy


class TestWhatADayIs:
    """24 hours of 2 kWh, some of which are zero or not there."""

    @pytest.mark.parametrize(
        ("values", "rules", "energy", "basis", "zeros"),
        [
            pytest.param(["2"] * 24, ELECTRICITY, "48", "measured", 0, id="all is measured"),
            pytest.param(["0"] * 6 + ["2"] * 18, GAS, "36", "measured", 6, id="gas may use nothing"),
            pytest.param(["0"] * 24, GAS, "0", "zero", 24, id="all day"),
            pytest.param(["0"] * 6 + ["2"] * 18, ELECTRICITY, "48", "estimated", 6, id="18 hours of 2 fill the day"),
            pytest.param([None] * 6 + ["2"] * 18, GAS, "48", "estimated", 0, id="as a gap does"),
            pytest.param(["0"] * 12 + ["2"] * 12, ELECTRICITY, "48", "estimated", 12, id="half a day is enough"),
            pytest.param(["0"] * 13 + ["2"] * 11, ELECTRICITY, None, "missing", 13, id="less is not"),
            pytest.param(["2"] * 11, GAS, None, "missing", 0, id="nor where the lines are not there at all"),
            pytest.param(["0"] * 24, ELECTRICITY, None, "missing", 24, id="a meter that stood still"),
        ],
    )
    def test_of_hours(
        self, values: list[str | None], rules: EnergyRules, energy: str | None, basis: str, zeros: int
    ) -> None:
        counted = a_day(steps(*values), rules)
        assert counted == RowEnergy(None if energy is None else Decimal(energy), EnergyBasis(basis), zeros)

    def test_a_quarter_of_an_hour_below_the_meters_step_is_no_outage(self) -> None:
        """96 quarters of 0, 0, 0 and 1: the meter counts whole kWh, and each hour used one."""
        counted = a_day(steps(*["0", "0", "0", "1"] * 24, minutes=15), ELECTRICITY)
        assert counted == RowEnergy(Decimal(24), EnergyBasis.MEASURED, 0)

    def test_an_hour_of_quarters_is_filled_and_the_day_says_so(self) -> None:
        """The first hour has two of four quarters: 0.5 + 0.5 stand for 2; 23 hours of 2 follow."""
        values = [None, None, "0.5", "0.5", *["0.5"] * 92]
        counted = a_day(steps(*values, minutes=15), ELECTRICITY)
        assert counted == RowEnergy(Decimal(48), EnergyBasis.ESTIMATED, 0)

    def test_an_estimate_counts_and_the_day_says_so(self) -> None:
        series = steps(*["2"] * 24)
        some = Series(series.periods, series.values, "kWh", frozenset({START + timedelta(hours=3)}))
        assert a_day(some, ELECTRICITY) == RowEnergy(Decimal(48), EnergyBasis.ESTIMATED, 0)

    @pytest.mark.parametrize(
        ("estimates", "missing", "rests"),
        [
            pytest.param(12, 0, False, id="half a day is measured"),
            pytest.param(13, 0, True, id="11 hours are not half of it"),
            pytest.param(6, 6, False, id="12 hours measured, 6 estimated, 6 filled"),
            pytest.param(7, 6, True, id="11 hours measured"),
            pytest.param(0, 12, False, id="filled, by half a day that is measured"),
        ],
    )
    def test_a_day_rests_on_estimates_where_it_would_be_missing_without_them(
        self,
        estimates: int,
        missing: int,
        rests: bool,  # noqa: FBT001
    ) -> None:
        hours = steps(*["2"] * (24 - missing))
        some = replace(hours, estimates=frozenset(START + timedelta(hours=at) for at in range(estimates)))
        assert a_day(some, ELECTRICITY) == RowEnergy(Decimal(48), EnergyBasis.ESTIMATED, 0, rests_on_estimates=rests)

    @pytest.mark.parametrize(("estimates", "rests"), [(2, False), (3, True)])
    def test_so_does_an_hour_of_quarters(self, estimates: int, rests: bool) -> None:  # noqa: FBT001
        """13 hours of which two quarters are estimates are measured; of which three are, they rest on estimates."""
        quarters = steps(*["0.5"] * 96, minutes=15)
        at = [START + timedelta(hours=hour, minutes=15 * n) for hour in range(13) for n in range(estimates)]
        day = a_day(replace(quarters, estimates=frozenset(at)), ELECTRICITY)
        assert day == RowEnergy(Decimal(48), EnergyBasis.ESTIMATED, 0, rests_on_estimates=rests)


LOST = frozenset({"too_few_days", "too_few_periods", "month_incomplete"})


class TestEstimatesSuffice:
    """CalTRACK 2.2.3.1: "Estimated periods are counted as missing data for … determining data sufficiency"."""

    @pytest.mark.parametrize(
        ("document", "minutes"),
        [
            pytest.param({"kind": "caltrack_daily"}, 60, id="days of hours"),
            pytest.param({"kind": "caltrack_daily", "fuel": "gas"}, 15, id="days of quarters, gas"),
            pytest.param({"kind": "caltrack_hourly"}, 60, id="hours"),
            pytest.param({"kind": "caltrack_billing"}, 1440 * 30, id="bills"),
        ],
    )
    @fewer_examples(10)
    @given(seed=st.integers(0, 10**6), share=st.floats(0, 1))
    def test_as_if_they_were_missing(self, document: dict[str, str], minutes: int, seed: int, share: float) -> None:
        """And by a profile that was agreed as if they were measured; their energy is the same by either."""
        method, rng = parse(METHODS[document["kind"]], document), np.random.default_rng(seed)
        count = 6 if minutes > 1440 else 3 * 1440 // minutes
        whole = steps(*rng.choice(["0", "1", "2"], count), minutes=minutes)
        lost = np.repeat(rng.random(count) < share, min(6, count))[:count]
        starts = [period.start for period, is_lost in zip(whole.periods, lost, strict=True) if is_lost]
        estimated = replace(whole, estimates=frozenset(starts))
        left = (None if is_lost else value for value, is_lost in zip(whole.values, lost, strict=True))
        without = replace(whole, values=tuple(left))

        def findings(series: Series, profile: Sufficiency) -> list[BaselineFinding]:
            rows = rows_for(method, series, {TEMPERATURE: replace(whole, unit="degC")}, "UTC")
            return [found for found in check_rows(rows, method.rows, profile) if found.code in LOST]

        agreed = Sufficiency(estimates=Estimates.MEASURED)
        assert findings(estimated, Sufficiency()) == findings(without, Sufficiency())
        assert findings(estimated, agreed) == findings(whole, agreed)
        rows = [rows_for(method, series, {}, "UTC") for series in (estimated, whole)]
        assert [row.energy for row in rows[0]] == [row.energy for row in rows[1]]

    def test_are_fitted_and_saved_by_and_disqualify(self) -> None:
        """A year of bills, four of which are estimates: 8 are too few; CalTRACK wants nine, and the parties may not."""
        months = steps(*[str(400 - at % 4) for at in range(12)], minutes=1440 * 30)
        bills = replace(months, estimates=frozenset(period.start for period in months.periods[2:6]))
        method = parse(METHODS["mean"], {"kind": "mean", "row": "billing"})

        strict, _, _ = fit(method, bills, {}, "UTC")
        assert [(one.code, one.found) for one in strict.disqualifications] == [("too_few_periods", "8")]
        assert strict.figures.n == 12
        assert strict.own_period is not None
        assert strict.own_period.saved == 0
        assert ("estimated_rows", "4") in [(one.code, one.found) for one in strict.findings]
        savings = avoided(strict, rows_for(method, bills, {}, "UTC"))
        assert ("estimated_rows", "4") in [(one.code, one.found) for one in check_savings(strict, savings)]

        agreed, _, _ = fit(method, bills, {}, "UTC", thresholds=parse(Sufficiency, {"estimates": "measured"}))
        assert not agreed.disqualifications
        assert agreed.model == strict.model
        assert agreed.sufficiency is not None
        assert agreed.sufficiency.profile is Profile.AGREED


def building(days: int, share_of_zeros: float, seed: int = 7) -> tuple[Series, Series]:
    """Hours of 10 kWh and 1.2 kWh a degree below 15 °C, some read as zero; and their temperature."""
    rng = np.random.default_rng(seed)
    degrees = [round(float(12 + 8 * np.sin(at / 200) + 4 * np.sin(at / 24 * 6.283)), 2) for at in range(24 * days)]
    energy = [10 + max(0.0, 15 - warm) * 1.2 + rng.normal(0, 0.5) for warm in degrees]
    read = ["0" if rng.random() < share_of_zeros else f"{used:.3f}" for used in energy]
    temperature = steps(*map(str, degrees))
    return steps(*read), Series(temperature.periods, temperature.values, "degC")


class TestTheSameYearSavesNothing:
    """It was 45.8 %: the fit dropped zero hours of electricity and filled the day, and the saving did neither."""

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param({"kind": "caltrack_daily"}, id="CalTRACK, electricity"),
            pytest.param({"kind": "caltrack_daily", "arithmetic": 1}, id="by the arithmetic before"),
            pytest.param({"kind": "caltrack_daily", "fuel": "gas"}, id="CalTRACK, gas"),
            pytest.param({"kind": "change_point", "form": "3PH", "fuel": "electricity"}, id="change point"),
            pytest.param({"kind": "change_point", "form": "3PH"}, id="change point, no fuel stated"),
            pytest.param({"kind": "mean", "fuel": "electricity"}, id="mean"),
            pytest.param({"kind": "mean", "row": "hour", "fuel": "electricity"}, id="mean of hours"),
            pytest.param({"kind": "caltrack_hourly", "segments": "year"}, id="TOWT of a year"),
        ],
    )
    def test_whatever_its_zeros(self, document: dict[str, str]) -> None:
        method: BaselineMethod = parse(METHODS[document["kind"]], document)
        energy, temperature = building(28, 0.4)
        drivers = {TEMPERATURE: temperature}
        baseline, _, _ = fit(method, energy, drivers, "UTC", thresholds=SHORT)

        savings = avoided(baseline, rows_for(method, energy, drivers, "UTC"))

        assert savings.counted
        assert round(savings.energy, 6) == 0
        assert baseline.own_period is not None
        assert baseline.own_period.saved == 0
        assert baseline.own_period.zero_by_construction
        assert "own_period" in [finding.code for finding in baseline.findings if finding.severity == "note"]

    def test_zeros_and_gaps_in_another_period_neither_save_nor_waste(self) -> None:
        """Of each day a tenth of the hours is lost; the rest stands for them: within 2 % of the energy."""
        method = parse(Mean, {"fuel": "electricity"})
        whole, _ = building(60, 0)
        lossy, _ = building(60, 0.1)
        baseline, _, _ = fit(method, whole, {}, "UTC", thresholds=SHORT)
        savings = avoided(baseline, rows_for(method, lossy, {}, "UTC"))
        assert savings.coverage == 1
        assert abs(savings.energy) < savings.expected / 50


@pytest.mark.parametrize(
    ("document", "drops"),
    [
        pytest.param({"kind": "caltrack_hourly"}, True, id="hours of electricity, as CalTRACK 2.2.1.4"),
        pytest.param({"kind": "caltrack_hourly", "fuel": "gas"}, False, id="but not of gas"),
        pytest.param({"kind": "caltrack_hourly", "arithmetic": 1}, False, id="nor by the arithmetic before"),
        pytest.param({"kind": "mean"}, False, id="a fuel that nobody stated"),
        pytest.param({"kind": "change_point", "form": "2P", "fuel": "electricity"}, True, id="one that is stated"),
    ],
)
def test_whose_zeros_were_not_measured(document: dict[str, str], drops: bool) -> None:  # noqa: FBT001
    assert parse(METHODS[document["kind"]], document).energy_rules.zero_is_missing is drops


def test_the_fuels() -> None:
    assert list(Fuel) == ["electricity", "gas"]
