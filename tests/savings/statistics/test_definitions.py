"""Figures of merit and every uncertainty beside numpy, which has them from the published definitions alone.

    ASHRAE Guideline 14-2014 (4.2.11, B.4), IPMVP Core Concepts (statistics): with k parameters, the intercept among them,
        CV(RMSE) = √(Σ(y − ŷ)²/(n − k))/ȳ,  NMBE = Σ(y − ŷ)/((n − k)·ȳ),  n′ = n(1 − ρ)/(1 + ρ)
        ΔE/E = 1.26·t(n′ − k)·CV(RMSE)/F·√(n/n′·(1 + 2/n′)/m)
    Sun and Baltazar 2013: the same, with a polynomial of the months in place of 1.26
    CalTRACK 2.0, 4.3.2: c coefficients without the intercept, P − c under the root and in t, NMBE of modelled less measured;
        its reference implementation takes F of the baseline's own energy
    nmecr 1.0.17: k parameters; where ρ ≥ 0.5, and rows are no bills, by n′, once; hours have 1.26
    CalTRACK 2.0, 4.3.2.5: √(ΣΔ²)/ΣU of a portfolio

Student's t is integrated here by Gauss and Legendre, after the substitution t = √ν·tan θ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import exp, lgamma, pi
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from quantities.document import parse
from savings.methods import METHODS
from savings.planned import planned_saving
from savings.portfolio import SiteSaving, portfolio_of
from savings.rows import Interval
from savings.statistics.goodness import Figures, figures_of_merit
from savings.statistics.linear import Floats
from savings.statistics.uncertainty import NoUncertainty, Variant, half_width, ols_band, savings_uncertainty
from tests.build import fewer_examples
from tests.savings.samples import baseline_of

CLOSE = 1e-9
POLYNOMIAL = {Interval.DAY: (-0.00024, 0.03535, 1.00286), Interval.BILLING: (-0.00022, 0.03306, 0.94054)}
NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)


@cache
def student(confidence: float, freedom: float) -> float:
    """The t within ± which a deviate lies: the root of the integral of the density, by bisection.

    Below one degree of freedom the integrand is infinite at its end, and this rule says nothing exact.
    """
    if freedom < 1:
        reject()
    scale = 2 * exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / np.sqrt(pi)

    def within(angle: float) -> float:
        angles = angle / 2 * (NODES + 1)
        return float(scale * angle / 2 * (WEIGHTS * np.cos(angles) ** (freedom - 1)).sum())

    low, high = 0.0, pi / 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < confidence else (low, middle)
    return float(np.sqrt(freedom) * np.tan(low))


@dataclass(frozen=True)
class Drawn:
    """The rows of a baseline: measured and modelled energy, and how many coefficients it has besides the intercept."""

    measured: Floats
    modelled: Floats
    p: int

    @property
    def figures(self) -> Figures:
        return figures_of_merit(self.measured, self.modelled, self.p)


@st.composite
def rows(draw: st.DrawFn, most: int = 400) -> Drawn:
    """Energy with weather in it, and residuals that follow one another more or less, with a bias or without."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    p = draw(st.integers(0, 12))
    n = draw(st.integers(p + 4, most))
    follows, bias = draw(st.floats(-0.7, 0.97)), draw(st.sampled_from([0.0, 0.3, -2.0]))
    level, unit = draw(st.sampled_from([50.0, 900.0, -120.0])), draw(st.sampled_from([1e-3, 1.0, 1e6]))
    noise, residuals = rng.normal(0, 1, n), np.zeros(n)
    for at in range(n):
        residuals[at] = noise[at] + (follows * residuals[at - 1] if at else 0)
    modelled = level + 15 * np.sin(np.arange(n) / 9) + rng.normal(0, 4, n)
    return Drawn((modelled + residuals + bias) * unit, modelled * unit, p)


def autocorrelation(drawn: Drawn) -> float:
    residuals = drawn.measured - drawn.modelled
    return float(np.corrcoef(residuals[1:], residuals[:-1])[0, 1])


def left_of(drawn: Drawn) -> float:
    rho = autocorrelation(drawn)
    return len(drawn.measured) * (1 - rho) / (1 + rho)


def definitions(drawn: Drawn) -> Mapping[str, float]:
    measured, modelled = drawn.measured, drawn.modelled
    n, k = len(measured), drawn.p + 1
    mean, errors = np.mean(measured), measured - modelled
    sse, sst = np.sum(errors**2), np.sum((measured - mean) ** 2)
    squared = np.corrcoef(measured, modelled)[0, 1] ** 2
    return {
        "mean": mean,
        "variance": np.var(measured),
        "sse": sse,
        "rmse_n": np.sqrt(np.mean(errors**2)),
        "rmse_n_p": np.sqrt(sse / (n - drawn.p)),
        "r_squared": 1 - sse / sst,
        "r_squared_adjusted": 1 - (sse / (n - k)) / (sst / (n - 1)),
        "r_squared_correlation": squared,
        "r_squared_correlation_adjusted": 1 - (1 - squared) * (n - 1) / (n - k),
        "cv_rmse_n": np.sqrt(np.mean(errors**2)) / mean,
        "cv_rmse_n_p": np.sqrt(sse / (n - drawn.p)) / mean,
        "cv_rmse_n_p_1": np.sqrt(sse / (n - k)) / mean,
        "nmbe_n": np.mean(modelled - measured) / mean,
        "nmbe_n_p_1": -np.sum(measured - modelled) / ((n - k) * mean),
        "autocorrelation": autocorrelation(drawn),
        "n_prime": left_of(drawn),
    }


@given(rows())
def test_each_figure_is_its_definition(drawn: Drawn) -> None:
    figures, scale = drawn.figures, np.abs(drawn.measured).max()
    assert (figures.n, figures.p) == (len(drawn.measured), drawn.p)
    by_definition = definitions(drawn)
    assert set(by_definition) == set(Figures.model_fields) - {"n", "p"}
    for name, value in by_definition.items():
        near = 1e-12 * (scale if name == "mean" else 1)
        assert float(getattr(figures, name)) == pytest.approx(value, rel=CLOSE, abs=near), name


def factor(variant: Variant, interval: Interval, months: float) -> float:
    if variant is Variant.ASHRAE14 or (variant is Variant.NMECR and interval is Interval.HOUR):
        return 1.26
    return float(np.polyval(POLYNOMIAL[Interval.BILLING if interval is Interval.BILLING else Interval.DAY], months))


@dataclass(frozen=True)
class Saving:
    """A saving, and what its uncertainty is asked for."""

    saved: float
    modelled: float
    m: int
    months: float
    interval: Interval
    confidence: float


def fsu(variant: Variant, drawn: Drawn, of: Saving) -> float | None:
    """The fractional savings uncertainty by the definition of a variant; None where no degree of freedom is left."""
    n, k, rho = len(drawn.measured), drawn.p + 1, autocorrelation(drawn)
    sse, mean, left = np.sum((drawn.measured - drawn.modelled) ** 2), abs(np.mean(drawn.measured)), left_of(drawn)
    a, fraction = factor(variant, of.interval, of.months), abs(of.saved / of.modelled)
    if variant is Variant.CALTRACK:
        t, cv = student(of.confidence, n - drawn.p), np.sqrt(sse / (n - drawn.p)) / mean
        return float(a * t * cv * np.sqrt(n / left * (1 + 2 / left) / of.m) / abs(of.saved / (n * mean)))
    if variant is Variant.NMECR:
        left = n if rho < 0.5 or of.interval is Interval.BILLING else left
        if left <= k:
            return None
        mse = sse / (left - k)
        return float(
            student(of.confidence, left - k) * a / (of.m * mean * fraction) * np.sqrt(mse * (1 + 2 / left) * of.m)
        )
    if left <= k:
        return None
    cv = np.sqrt(sse / (n - k)) / mean
    return float(a * student(of.confidence, left - k) * cv / fraction * np.sqrt(n / left * (1 + 2 / left) / of.m))


savings = st.builds(
    Saving,
    saved=st.sampled_from([0.02, 0.3, -0.2, 1.5]),
    modelled=st.sampled_from([1.0, 7e5]),
    m=st.integers(1, 9000),
    months=st.floats(0.5, 36),
    interval=st.sampled_from(list(Interval)),
    confidence=st.sampled_from([0.5, 0.68, 0.8, 0.9, 0.95, 0.99]),
)


@given(rows(), savings, st.sampled_from(list(Variant)))
def test_each_uncertainty_is_its_definition(drawn: Drawn, of: Saving, variant: Variant) -> None:
    saved = of.saved * of.modelled
    of = Saving(saved, of.modelled, of.m, of.months, of.interval, of.confidence)
    by_definition = fsu(variant, drawn, of)

    def stated(months: float | None = None) -> float:
        return savings_uncertainty(
            variant,
            drawn.figures,
            saved=saved,
            modelled=of.modelled,
            rows=of.m,
            interval=of.interval,
            confidence=of.confidence,
            months=months,
        ).fraction

    if by_definition is None:
        with pytest.raises(NoUncertainty, match="rows are left"):
            stated(months=of.months)
        return
    assert stated(months=of.months) == pytest.approx(by_definition, rel=CLOSE)
    own_months = of.m if of.interval is Interval.BILLING else of.m / 30
    by_rows = Saving(saved, of.modelled, of.m, own_months, of.interval, of.confidence)
    assert stated() == pytest.approx(fsu(variant, drawn, by_rows), rel=CLOSE)
    half = half_width(
        variant,
        drawn.figures,
        modelled=Decimal(repr(of.modelled)),
        rows=of.m,
        interval=of.interval,
        confidence=Decimal(repr(of.confidence)),
    )
    width = (fsu(variant, drawn, by_rows) or 0) * abs(saved)
    assert float(half) == pytest.approx(width, rel=CLOSE, abs=6e-7)


@given(rows(), st.floats(0.5, 2), st.integers(1, 9000), st.sampled_from([0.68, 0.9, 0.95]))
def test_the_band_of_ordinary_least_squares_is_its_definition(
    drawn: Drawn, reported: float, m: int, confidence: float
) -> None:
    """The error of the mean of m predictions, with the reporting period's mean away from the baseline's, and noise."""
    n, mean = len(drawn.measured), np.mean(drawn.measured)
    s = np.sqrt(np.sum((drawn.measured - drawn.modelled) ** 2) / (n - drawn.p))
    t = student(confidence, n - drawn.p)
    band = ols_band(drawn.figures, reported_mean=float(reported * mean), rows=m, confidence=confidence)
    away = 1 + (mean - reported * mean) ** 2 / np.var(drawn.measured)
    model, noise = t * s * m / np.sqrt(n) * np.sqrt(away), t * s * np.sqrt(m * n / left_of(drawn))
    assert (band.model, band.noise) == pytest.approx((model, noise), rel=CLOSE)
    assert band.total == pytest.approx(np.hypot(model, noise), rel=CLOSE)


ROWS_A_MONTH = {Interval.HOUR: 24 * 365.25 / 12, Interval.DAY: 365.25 / 12}
PLANNED_BY = {Interval.HOUR: "caltrack_hourly", Interval.DAY: "caltrack_daily", Interval.BILLING: "caltrack_billing"}


@fewer_examples(2)
@given(
    rows(120),
    st.sampled_from(list(Interval)),
    st.integers(1, 100),
    st.integers(1, 48),
    st.sampled_from([0.68, 0.9, 0.95]),
)
def test_a_planned_saving_is_as_uncertain_as_the_definition_says(
    drawn: Drawn, interval: Interval, percent: int, months: int, confidence: float
) -> None:
    """Of a year's baseline, and of a reporting period of its mean; each variant that can be computed, and no other."""
    assume(np.mean(drawn.measured) > 0)
    n = len(drawn.measured)
    method = parse(METHODS[PLANNED_BY[interval]], {"kind": PLANNED_BY[interval]})
    figures: dict[str, Any] = {"totals" if interval is Interval.BILLING else "figures": drawn.figures}
    frozen = baseline_of(method=method, **{"figures": drawn.figures, **figures})
    planned = planned_saving(frozen, Decimal(percent) / 100, Decimal(months), Decimal(repr(confidence)))
    m = max(1, round(months * ROWS_A_MONTH.get(interval, 365.25 / 12 * n / 365)))
    modelled = float(np.mean(drawn.measured)) * m
    of = Saving(percent / 100 * modelled, modelled, m, months, interval, confidence)
    assert planned.rows == m
    assert float(planned.expected) == pytest.approx(modelled, rel=CLOSE)
    variants = [Variant.ASHRAE14] if interval is Interval.HOUR else list(Variant)
    by_definition = {variant: fraction for variant in variants if (fraction := fsu(variant, drawn, of)) is not None}
    stated = {entry.variant: entry for entry in planned.uncertainties}
    assert list(stated) == list(by_definition)
    for variant, fraction in by_definition.items():
        assert float(stated[variant].fraction) == pytest.approx(fraction, rel=CLOSE)
        assert float(stated[variant].energy) == pytest.approx(fraction * of.saved, rel=CLOSE)
        assert float(stated[variant].least_fraction) == pytest.approx(fraction * (percent / 100) / 0.5, rel=CLOSE)


UNITS = {"kWh": 1.0, "MWh": 1000.0, "GJ": 1 / 0.0036, "tce": 29.3076 / 0.0036}


@fewer_examples(2)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(UNITS)), st.integers(-5000, 9000), st.integers(1, 4000), st.integers(1, 4000)),
        min_size=1,
        max_size=30,
    )
)
def test_a_portfolio_is_as_uncertain_as_the_definition_says(sites: list[Any]) -> None:
    """Energies of any unit, in that of the first site; CalTRACK 4.3.2.5 for each variant by itself."""

    def in_first_unit(column: int) -> Floats:
        scales = [UNITS[site[0]] / UNITS[sites[0][0]] for site in sites]
        return np.array([site[column] * scale for site, scale in zip(sites, scales, strict=True)])

    total = portfolio_of(
        [
            parse(
                SiteSaving,
                {
                    "unit": unit,
                    "expected": "9000",
                    "avoided": str(saved),
                    "confidence": "0.9",
                    "uncertainty": {"ashrae14": str(one), "caltrack": str(other)},
                },
            )
            for unit, saved, one, other in sites
        ]
    )
    saved, places = in_first_unit(1).sum(), 1e-6
    assert float(total.avoided) == pytest.approx(saved, rel=CLOSE, abs=places)
    for variant, column in (("ashrae14", 2), ("caltrack", 3)):
        width = np.linalg.norm(in_first_unit(column))
        assert float(total.uncertainty[variant]) == pytest.approx(width, rel=CLOSE, abs=places)
        if abs(saved) > places:
            assert float(total.of_savings[variant]) == pytest.approx(width / abs(saved), rel=CLOSE, abs=places)


@pytest.mark.parametrize(
    ("confidence", "freedom", "published"),
    [(0.9, 10, 1.812), (0.95, 10, 2.228), (0.95, 100, 1.984), (0.8, 3, 1.638), (0.9, 1, 6.314)],
)
def test_the_t_of_this_file_is_that_of_the_tables(confidence: float, freedom: int, published: float) -> None:
    """NIST/SEMATECH e-Handbook, 1.3.6.7.2."""
    assert student(confidence, freedom) == pytest.approx(published, abs=5e-4)
