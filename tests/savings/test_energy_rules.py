"""Zeros, gaps and estimates: one rule for the fit of a baseline and for every saving by it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.document import parse
from quantities.period import Period
from savings.avoided import avoided
from savings.baseline import fit, rows_for
from savings.energy_rules import EnergyBasis, EnergyRules, Fuel
from savings.methods import METHODS, BaselineMethod
from savings.methods.mean import Mean
from savings.rows import TEMPERATURE, RowEnergy, Series, energy_of_rows
from savings.statistics.sufficiency import Sufficiency

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
