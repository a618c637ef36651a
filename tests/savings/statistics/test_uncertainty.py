"""Fractional savings uncertainty by hand: FSU = a · t · CV/F · √((n/n′) · (1 + 2/n′)/m).

    n = 24, m = 12, p = 2, CV = 0.05, F = 0.1, 90 %
    rho = 1/3: n′ = 24 · (2/3)/(4/3) = 12; t of 12 - 2 = 10 degrees 1.812461, of 24 - 2 = 22 degrees 1.717144
    of 8 - 2 = 6 degrees 1.943180
    a of Sun and Baltazar, 12 months: -0.00024 · 144 + 0.03535 · 12 + 1.00286 = 1.3925

Source of t: tables of the distribution (NIST/SEMATECH e-Handbook 1.3.6.7.2), to six places.
"""

from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.rows import Interval
from savings.statistics.goodness import Figures, figures_of_merit
from savings.statistics.uncertainty import (
    NoUncertainty,
    Uncertainty,
    Variant,
    effective_rows,
    fractional_uncertainty,
    ols_band,
    savings_uncertainty,
    sun_baltazar_factor,
)
from tests.build import fewer_examples
from tests.savings.samples import FIGURES

T6, T10, T22 = 1.943180, 1.812461, 1.717144
A12 = -0.00024 * 144 + 0.03535 * 12 + 1.00286


def fsu(variant: Variant, **changes: Any) -> Uncertainty:
    parts: dict[str, Any] = {"cv_rmse": 0.05, "saved": 0.1, "n": 24, "m": 12, "p": 2, "rho": 1 / 3, "confidence": 0.9}
    return fractional_uncertainty(variant, **{**parts, "months": 12, **changes})


@pytest.mark.parametrize(
    ("variant", "rho", "by_hand"),
    [
        pytest.param(
            Variant.ASHRAE14, 1 / 3, 1.26 * T10 * 0.05 / 0.1 * sqrt(24 / 12 * (1 + 2 / 12) / 12), id="ashrae14"
        ),
        pytest.param(
            Variant.SUN_BALTAZAR, 1 / 3, A12 * T10 * 0.05 / 0.1 * sqrt(24 / 12 * (1 + 2 / 12) / 12), id="a by months"
        ),
        pytest.param(
            Variant.CALTRACK, 1 / 3, A12 * T22 * 0.05 / 0.1 * sqrt(24 / 12 * (1 + 2 / 12) / 12), id="t at n - p"
        ),
        pytest.param(
            Variant.NMECR,
            1 / 3,
            A12 * T22 * 0.05 * sqrt(24 / 22) / 0.1 * sqrt(24 / 24 * (1 + 2 / 24) / 12),
            id="nmecr below half: n, and CV by 22",
        ),
        pytest.param(
            Variant.NMECR,
            0.5,  # n′ = 24 · 0.5/1.5 = 8
            A12 * T6 * 0.05 * sqrt(24 / 6) / 0.1 * sqrt((1 + 2 / 8) / 12),
            id="nmecr from half on: n′, once",
        ),
    ],
)
def test_each_variant_by_hand(variant: Variant, rho: float, by_hand: float) -> None:
    assert fsu(variant, rho=rho).fraction == pytest.approx(by_hand, rel=1e-6)


class TestNmecr:
    """As its source computes it: t·a/(m·ȳ·F) · √(MSE′·(1 + 2/n′)·m), MSE′ = SSE/(n′ - p), where ρ ≥ 0.5; else by n."""

    def by_source(
        self, residuals: Any, mean: float, saved: float, m: int, p: int, t: float, a: float, left: float
    ) -> float:
        mse = (residuals**2).sum() / (left - p)
        return t * a / (m * mean * saved) * sqrt(mse * (1 + 2 / left) * m)

    def of_residuals(self, residuals: Any, **changes: Any) -> float:
        cv = sqrt((residuals**2).sum() / len(residuals)) / 50
        return fsu(Variant.NMECR, cv_rmse=cv, n=len(residuals), **changes).fraction

    RESIDUALS = 3 * np.sin(np.arange(24.0))

    def test_a_strong_correlation(self) -> None:
        """ρ = 0.5 leaves 8 of 24 rows: t of 6 degrees."""
        by_source = self.by_source(self.RESIDUALS, 50, 0.1, 12, 2, T6, A12, 8)
        assert self.of_residuals(self.RESIDUALS, rho=0.5) == pytest.approx(by_source, rel=1e-6)

    def test_a_weak_one_is_left_alone(self) -> None:
        by_source = self.by_source(self.RESIDUALS, 50, 0.1, 12, 2, T22, A12, 24)
        assert self.of_residuals(self.RESIDUALS, rho=0.49) == pytest.approx(by_source, rel=1e-6)

    def test_so_is_any_of_bills(self) -> None:
        """Monthly rows go by n, however much they are correlated; their polynomial of 12 months is 1.3055800."""
        a = -0.00022 * 144 + 0.03306 * 12 + 0.94054
        by_source = self.by_source(self.RESIDUALS, 50, 0.1, 12, 2, T22, a, 24)
        assert self.of_residuals(self.RESIDUALS, rho=0.8, interval=Interval.BILLING) == pytest.approx(
            by_source, rel=1e-6
        )

    def test_hours_have_the_constant_factor(self) -> None:
        by_source = self.by_source(self.RESIDUALS, 50, 0.1, 12, 2, T6, 1.26, 8)
        assert self.of_residuals(self.RESIDUALS, rho=0.5, interval=Interval.HOUR) == pytest.approx(by_source, rel=1e-6)

    @pytest.mark.parametrize(("rho", "left", "t"), [(0.5, 8, T6), (0.2, 24, T22)])
    def test_by_arithmetic_1_it_counted_the_rows_left_twice(self, rho: float, left: float, t: float) -> None:
        """A baseline frozen by arithmetic 1 is stated with the same uncertainty as ever: √(n/n′) more."""
        by_source = self.by_source(self.RESIDUALS, 50, 0.1, 12, 2, t, A12, left) * sqrt(24 / left)
        assert self.of_residuals(self.RESIDUALS, rho=rho, arithmetic=1) == pytest.approx(by_source, rel=1e-6)


def test_months_follow_from_the_rows() -> None:
    """Of days 30 make a month, of billing periods each is one, by its own polynomial."""
    of_days = fsu(Variant.SUN_BALTAZAR, m=90, months=None)
    assert of_days.factor == pytest.approx(-0.00024 * 9 + 0.03535 * 3 + 1.00286)
    of_bills = fsu(Variant.SUN_BALTAZAR, m=3, months=None, interval=Interval.BILLING)
    assert of_bills.factor == pytest.approx(-0.00022 * 9 + 0.03306 * 3 + 0.94054)
    assert sun_baltazar_factor(3, Interval.BILLING) == pytest.approx(of_bills.factor)


@pytest.mark.parametrize(("rho", "rows"), [(0, 24), (0.5, 8), (-0.5, 72), (1, 0)])
def test_rows_that_autocorrelation_leaves(rho: float, rows: float) -> None:
    """24 · (1 - rho)/(1 + rho)."""
    assert effective_rows(24, rho) == pytest.approx(rows)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"n": 10, "p": 12, "rho": 0}, id="more coefficients than rows"),
        pytest.param({"rho": 0.9}, id="autocorrelation leaves 1.26 rows of 24, less than two coefficients"),
        pytest.param({"saved": 0.0}, id="nothing was saved"),
    ],
)
def test_nothing_left_is_said(changes: dict[str, float]) -> None:
    with pytest.raises(NoUncertainty, match="rows are left"):
        fsu(Variant.ASHRAE14, **changes)


@fewer_examples(4)
@given(st.sampled_from(list(Variant)), st.floats(0.01, 0.8), st.floats(0, 0.4), st.floats(0.5, 0.98))
def test_it_never_falls_with_the_confidence_and_knows_no_direction(
    variant: Variant, saved: float, rho: float, confidence: float
) -> None:
    told = fsu(variant, saved=saved, rho=rho, confidence=confidence).fraction
    assert fsu(variant, saved=saved, rho=rho, confidence=confidence + 0.01).fraction > told
    assert fsu(variant, saved=-saved, rho=rho, confidence=confidence).fraction == told
    assert fsu(variant, saved=saved / 2, rho=rho, confidence=confidence).fraction == pytest.approx(2 * told)


class TestFromTheFiguresOfABaseline:
    """Of the four rows of test_goodness.py: RMSE by n √1.5, by n - p √2, by n - p - 1 √3, mean 13, rho -0.654654."""

    def stated(self, variant: Variant, figures: Figures = FIGURES, arithmetic: int = 2) -> Uncertainty:
        asked: dict[str, Any] = {"saved": 26, "modelled": 130, "rows": 10, "confidence": 0.9, "months": 4}
        return savings_uncertainty(variant, figures, interval=Interval.DAY, arithmetic=arithmetic, **asked)

    @pytest.mark.parametrize(
        ("variant", "arithmetic", "cv_rmse", "saved", "p"),
        [
            pytest.param(
                Variant.ASHRAE14, 2, sqrt(3) / 13, 26 / 130, 2, id="of the modelled energy, the intercept counts"
            ),
            pytest.param(Variant.SUN_BALTAZAR, 2, sqrt(3) / 13, 26 / 130, 2, id="the same"),
            pytest.param(Variant.ASHRAE14, 1, sqrt(2) / 13, 26 / 130, 2, id="in t alone by arithmetic 1"),
            pytest.param(Variant.SUN_BALTAZAR, 1, sqrt(2) / 13, 26 / 130, 2, id="the same by arithmetic 1"),
            pytest.param(Variant.CALTRACK, 2, sqrt(2) / 13, 26 / 52, 1, id="of the baseline's own energy, 4 · 13"),
            pytest.param(Variant.NMECR, 2, sqrt(1.5) / 13, 26 / 130, 2, id="RMSE by n"),
        ],
    )
    def test_what_each_variant_takes(
        self, variant: Variant, arithmetic: int, cv_rmse: float, saved: float, p: int
    ) -> None:
        rho = -2 / sqrt(28 / 3)
        by_parts = fractional_uncertainty(
            variant, cv_rmse=cv_rmse, saved=saved, n=4, m=10, p=p, rho=rho, confidence=0.9, months=4
        )
        assert self.stated(variant, arithmetic=arithmetic).fraction == pytest.approx(by_parts.fraction, rel=1e-9)

    @pytest.mark.parametrize("variant", Variant)
    def test_a_site_that_feeds_in_is_no_less_uncertain(self, variant: Variant) -> None:
        """The same rows with the other sign: the uncertainty is plus or minus as much."""
        fed_in = figures_of_merit(-np.array([10.0, 12, 14, 16]), -np.array([11.0, 12, 13, 18]), 1)
        assert fed_in.mean == -13
        assert self.stated(variant, fed_in).fraction == pytest.approx(self.stated(variant).fraction)

    def test_residuals_without_a_correlation_tell_nothing(self) -> None:
        perfect = figures_of_merit(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]), 1)
        with pytest.raises(NoUncertainty, match="tell nothing"):
            savings_uncertainty(
                Variant.ASHRAE14, perfect, saved=1, modelled=9, rows=3, interval=Interval.DAY, confidence=0.9
            )


class TestTheBandOfOrdinaryLeastSquares:
    def test_by_hand(self) -> None:
        """t of 3 degrees 2.353363, s = √2, m = 10, reporting mean 15: t·s·m/√4·√(1 + 4/5), t·s·√(10·4/n′)."""
        rho = -2 / sqrt(28 / 3)
        prime = 4 * (1 - rho) / (1 + rho)
        band = ols_band(FIGURES, reported_mean=15, rows=10, confidence=0.9)
        assert band.model == pytest.approx(2.353363 * sqrt(2) * 10 / 2 * sqrt(1 + 4 / 5), rel=1e-6)
        assert band.noise == pytest.approx(2.353363 * sqrt(2) * sqrt(40 / prime), rel=1e-6)
        assert band.total == pytest.approx(sqrt(band.model**2 + band.noise**2))

    def test_a_baseline_that_never_varies_has_none(self) -> None:
        constant = figures_of_merit(np.full(4, 7.0), np.full(4, 7.0), 0)
        with pytest.raises(NoUncertainty, match="never varies"):
            ols_band(constant, reported_mean=7, rows=4, confidence=0.9)
