"""Data sufficiency: each check at its threshold, on one side and on the other."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from quantities.document import parse
from quantities.errors import UsufructError
from quantities.period import Period
from savings.finding import BaselineFinding
from savings.rows import Interval, Row, Series
from savings.statistics.goodness import figures_of_merit
from savings.statistics.sufficiency import (
    Profile,
    Sufficiency,
    check_drivers,
    check_figures,
    check_rows,
    check_series,
    usable_periods,
)
from tests.savings.samples import FIGURES, day

START = datetime(2025, 1, 1, tzinfo=UTC)


def rows(many: int, hours: int = 24, days: int = 1, missing: int = 0) -> list[Row]:
    """One after another; the first ``missing`` have no energy."""
    step = timedelta(hours=hours) * days
    starts = [START + step * n for n in range(many)]
    return [
        Row(Period(start, start + step), start, None if n < missing else Decimal(1), days=days)
        for n, start in enumerate(starts)
    ]


def said(findings: object) -> dict[str, tuple[str, str]]:
    assert not isinstance(findings, str)
    listed: list[BaselineFinding] = list(findings)  # type: ignore[call-overload]
    return {finding.code: (finding.severity.value, finding.found) for finding in listed}


class TestRows:
    @pytest.mark.parametrize(
        ("many", "missing", "findings"),
        [
            pytest.param(328, 0, {}, id="328 days are enough"),
            pytest.param(327, 0, {"too_few_days": ("disqualification", "327")}, id="327 are not"),
            pytest.param(366, 38, {"energy_missing": ("note", "38")}, id="38 days are missing of 366"),
            pytest.param(
                366,
                39,
                {"energy_missing": ("note", "39"), "too_few_days": ("disqualification", "327")},
                id="a day without energy does not count",
            ),
            pytest.param(367, 0, {"longer_than_a_year": ("warning", "367")}, id="367 days are more than a year"),
        ],
    )
    def test_days(self, many: int, missing: int, findings: dict[str, tuple[str, str]]) -> None:
        assert said(check_rows(rows(many, missing=missing), Interval.DAY, Sufficiency())) == findings

    @pytest.mark.parametrize(
        ("many", "days", "findings"),
        [
            pytest.param(9, 30, {}, id="nine bills are enough"),
            pytest.param(8, 30, {"too_few_periods": ("disqualification", "8")}, id="eight are not"),
            pytest.param(12, 31, {"longer_than_a_year": ("warning", "372")}, id="12 · 31 days are 372"),
            pytest.param(5, 61, {}, id="of two months five are enough"),
            pytest.param(4, 61, {"too_few_periods": ("disqualification", "4")}, id="of two months four are not"),
        ],
    )
    def test_billing_periods(self, many: int, days: int, findings: dict[str, tuple[str, str]]) -> None:
        assert said(check_rows(rows(many, days=days), Interval.BILLING, Sufficiency())) == findings

    def test_a_gap_between_bills_is_noted(self) -> None:
        bills = rows(12, days=30)
        assert said(check_rows([*bills[:5], *bills[6:]], Interval.BILLING, Sufficiency())) == {
            "gaps_between_periods": ("note", "1")
        }

    @pytest.mark.parametrize(
        ("missing", "incomplete"),
        [
            pytest.param(74, [], id="670 of January's 744 hours are 90.05 %"),
            pytest.param(75, ["90.00 % of January"], id="669 are 89.92 %"),
        ],
    )
    def test_hours_of_each_month(self, missing: int, incomplete: list[str]) -> None:
        findings = list(check_rows(rows(24 * 365, hours=1, missing=missing), Interval.HOUR, Sufficiency()))
        months = [finding for finding in findings if finding.code == "month_incomplete"]
        assert len(months) == len(incomplete)
        assert all((finding.detail, finding.found) == ("month 1", "89.92 %") for finding in months)

    def test_a_driver_that_is_missing_is_told_apart_from_energy(self) -> None:
        assert said(check_rows([day("1", drivers={"output": None})], Interval.DAY, Sufficiency(days=1)))[
            "driver_missing"
        ] == ("note", "1")

    def test_agreed_otherwise(self) -> None:
        assert said(check_rows(rows(180), Interval.DAY, Sufficiency(days=180, most_days=180))) == {}

    def test_by_whose_thresholds_is_stated(self) -> None:
        """CalTRACK's by themselves; whoever states one of his own agreed it, and none of his is called CalTRACK's."""
        assert Sufficiency().profile is Profile.CALTRACK
        assert Sufficiency(days=180).profile is Profile.AGREED
        assert parse(Sufficiency, {"periods": 6}).profile is Profile.AGREED
        assert parse(Sufficiency, {"profile": "caltrack"}) == Sufficiency()
        with pytest.raises(UsufructError, match="days: not CalTRACK's"):
            parse(Sufficiency, {"profile": "caltrack", "days": 180})


class TestPeriodsThatAreLeftOut:
    @pytest.mark.parametrize(
        ("lengths", "kept"),
        [
            pytest.param([24, 25, 30, 35, 36], [25, 30, 35], id="25 to 35 days"),
            pytest.param([24, 25, 60, 61, 70, 71], [25, 60, 61, 70], id="bimonthly bills to 70"),
            pytest.param([30, 30, 70], [30, 30], id="one long bill among monthly ones"),
            pytest.param([], [], id="none"),
        ],
    )
    def test_by_their_days(self, lengths: list[int], kept: list[int]) -> None:
        left, findings = usable_periods([rows(1, days=days)[0] for days in lengths])
        assert [row.days for row in left] == kept
        dropped = [days for days in lengths if days not in kept]
        assert said(findings) == ({"period_length": ("note", str(len(dropped)))} if dropped else {})


class TestDrivers:
    @pytest.mark.parametrize(
        ("values", "findings"),
        [
            pytest.param(["1", "2"], {}, id="two values"),
            pytest.param(["1", None], {"constant_driver": ("disqualification", "output")}, id="one value"),
            pytest.param([None, None], {"missing_driver": ("disqualification", "output")}, id="no value"),
        ],
    )
    def test_each_has_values_that_differ(self, values: list[str | None], findings: dict[str, tuple[str, str]]) -> None:
        of_rows = [day("5", drivers={"output": None if value is None else Decimal(value)}) for value in values]
        assert said(check_drivers(of_rows)) == findings

    def test_no_rows_no_findings(self) -> None:
        assert said(check_drivers([])) == {}


class TestSeries:
    @staticmethod
    def hourly(warmest: int, hours: int = 24 * 14) -> Series:
        starts = [START + timedelta(hours=n) for n in range(hours)]
        values = tuple(Decimal(30) - abs(start.hour - warmest) for start in starts)
        return Series(tuple(Period(start, start + timedelta(hours=1)) for start in starts), values, "degC")

    ENERGY = Series((Period(START, START + timedelta(days=1)),), (Decimal(1),), "kWh")

    @pytest.mark.parametrize(("warmest", "noticed"), [(10, True), (11, False), (15, False), (19, False), (20, True)])
    def test_the_warmest_hour_is_between_11_and_19(self, warmest: int, noticed: bool) -> None:  # noqa: FBT001
        findings = said(check_series(self.ENERGY, self.hourly(warmest), "UTC"))
        assert findings == ({"weather_out_of_phase": ("warning", str(warmest))} if noticed else {})

    def test_less_than_two_weeks_of_hours_say_nothing(self) -> None:
        assert said(check_series(self.ENERGY, self.hourly(3, 24 * 14 - 1), "UTC")) == {}

    def test_energy_below_zero_is_counted(self) -> None:
        starts = [START + timedelta(days=n) for n in range(4)]
        values = (Decimal(-1), None, Decimal(0), Decimal(-2))
        energy = Series(tuple(Period(at, at + timedelta(days=1)) for at in starts), values, "kWh")
        assert said(check_series(energy, None, "UTC")) == {"negative_reads": ("warning", "2")}


class TestFigures:
    """Of test_goodness.py: CV(RMSE) by n - p - 1 is √3/13 = 13.32 %, NMBE 2/52 = 3.85 %, rho -0.65."""

    @pytest.mark.parametrize(
        ("thresholds", "findings"),
        [
            pytest.param({"cv_rmse": "0.1333", "nmbe": "0.0385"}, {}, id="both within"),
            pytest.param({"cv_rmse": "0.1332", "nmbe": "0.04"}, {"cv_rmse": ("warning", "13.32 %")}, id="CV(RMSE)"),
            pytest.param({"cv_rmse": "0.2", "nmbe": "0.038"}, {"nmbe": ("warning", "3.85 %")}, id="NMBE"),
        ],
    )
    def test_against_their_thresholds(self, thresholds: dict[str, str], findings: dict[str, tuple[str, str]]) -> None:
        limits = Sufficiency(**{name: Decimal(value) for name, value in thresholds.items()})
        assert said(check_figures(FIGURES, limits)) == findings

    def test_a_mean_of_zero_or_less_is_no_energy(self) -> None:
        none = figures_of_merit(np.zeros(3), np.zeros(3), 0)
        assert said(check_figures(none, Sufficiency())) == {"no_energy": ("disqualification", "0")}

    def test_a_residual_that_tells_the_next_is_noted(self) -> None:
        """A slow wave around 10: each residual is nearly the one before."""
        wave = 10 + np.sin(np.arange(40) / 6)
        findings = said(check_figures(figures_of_merit(wave, np.full(40, 10.0), 0), Sufficiency(nmbe=Decimal(1))))
        assert list(findings) == ["autocorrelated"]
