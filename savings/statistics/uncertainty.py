"""Fractional savings uncertainty: how far off, at a stated confidence, measured savings may be; by named variant.

With ``n`` and ``m`` rows of baseline and reporting period, ``n′`` of the baseline's rows that autocorrelation leaves,
``t`` two-sided, ``CV`` a CV(RMSE) and ``F`` the fraction of the modelled energy that was saved:

    FSU = a · t · CV/F · √( (n/n′) · (1 + 2/n′) / m )

    ``ashrae14``          a = 1.26, t at n′ − p degrees
    ``sun_baltazar``      a a polynomial of the reporting months M, t at n′ − p degrees; rows are days or bills
    ``caltrack``          the same a, with t at n − p degrees and CV by n − p, on the baseline's own energy
    ``nmecr``             the same a; n′ only where ρ ≥ 0.5, else n; CV by n′ − p, t at n′ − p degrees

Source: ASHRAE Guideline 14-2014, B.4; Sun and Baltazar 2013; CalTRACK 2.0, 4.3.2.4, whose P′ is read as n′;
nmecr 1.0.17 (PR 30: the months are those of the reporting period).
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from quantities.errors import Invalid
from savings.rows import Interval
from savings.statistics.goodness import Figures
from savings.statistics.student import two_sided

_ASHRAE = 1.26
_DAILY = (-0.00024, 0.03535, 1.00286)
_BILLING = (-0.00022, 0.03306, 0.94054)
_AUTOCORRELATED = 0.5
_DAYS_A_MONTH = 30.0


class NoUncertainty(Invalid):
    """An uncertainty is stated where rows are left once the coefficients are paid for, and something was saved."""


class Variant(StrEnum):
    """By which rules; the module says what each does."""

    ASHRAE14 = "ashrae14"
    SUN_BALTAZAR = "sun_baltazar"
    CALTRACK = "caltrack"
    NMECR = "nmecr"


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How uncertain savings are.

    Attributes:
        variant: by which rules.
        confidence: two-sided.
        t: of Student.
        n_prime: rows that autocorrelation leaves.
        factor: a.
        fraction: of the savings, plus or minus.
    """

    variant: Variant
    confidence: float
    t: float
    n_prime: float
    factor: float
    fraction: float


def polynomial(months: float, interval: Interval) -> float:
    """Find Sun and Baltazar's factor for so many months of reporting."""
    a, b, c = _BILLING if interval is Interval.BILLING else _DAILY
    return a * months * months + b * months + c


def effective(n: float, rho: float) -> float:
    """Count the rows that autocorrelation leaves: n(1 − ρ)/(1 + ρ)."""
    return n * (1 - rho) / (1 + rho)


def fraction(
    variant: Variant,
    *,
    cv_rmse: float,
    saved: float,
    n: float,
    m: float,
    p: float,
    rho: float,
    confidence: float,
    months: float | None = None,
    interval: Interval = Interval.DAY,
) -> Uncertainty:
    """Compute the fractional savings uncertainty from its parts.

    Args:
        variant: by which rules.
        cv_rmse: of the baseline; of ``nmecr`` by n.
        saved: F, the fraction of the modelled energy that was saved.
        n: rows of the baseline.
        m: rows of the reporting period.
        p: parameters.
        rho: the residuals' autocorrelation.
        confidence: between 0 and 1.
        months: of the reporting period, for the polynomial; from its rows, unless they are said.
        interval: of a row.

    Raises:
        NoUncertainty: nothing is left to tell it from, or nothing was saved.
    """
    counts = variant is not Variant.NMECR or rho >= _AUTOCORRELATED
    prime = effective(n, rho) if counts else n
    freedom = (n if variant is Variant.CALTRACK else prime) - p
    if freedom <= 0 or not saved:
        raise NoUncertainty(f"{freedom:.3g} rows are left and {saved:.3g} was saved", found=f"{freedom:.3g}")
    t = two_sided(confidence, freedom)
    if variant is Variant.NMECR:
        cv_rmse = cv_rmse * sqrt(n / freedom)
    reported = months if months is not None else m if interval is Interval.BILLING else m / _DAYS_A_MONTH
    factor = _ASHRAE if variant is Variant.ASHRAE14 else polynomial(reported, interval)
    found = factor * t * cv_rmse / abs(saved) * sqrt(n / prime * (1 + 2 / prime) / m)
    return Uncertainty(variant, confidence, t, prime, factor, found)


def of_savings(
    variant: Variant,
    figures: Figures,
    *,
    saved: float,
    modelled: float,
    rows: int,
    interval: Interval,
    confidence: float,
    months: float | None = None,
) -> Uncertainty:
    """Say how uncertain a saving is that a model tells.

    Args:
        variant: by which rules.
        figures: of the model; of billing periods those of their totals.
        saved: energy.
        modelled: energy of the reporting period by the model.
        rows: of the reporting period.
        interval: of a row.
        confidence: between 0 and 1.
        months: of the reporting period.

    Raises:
        NoUncertainty: as ``fraction`` says, or the baseline's residuals or mean tell nothing.
    """
    rho, mean = figures.autocorrelation, float(figures.mean)
    if rho is None or mean == 0 or figures.rmse_n_p is None or modelled == 0:
        raise NoUncertainty("the residuals or the mean of the baseline tell nothing")
    by = figures.rmse_n if variant is Variant.NMECR else figures.rmse_n_p
    base = figures.n * mean if variant is Variant.CALTRACK else modelled
    return fraction(
        variant,
        cv_rmse=float(by) / mean,
        saved=saved / base,
        n=figures.n,
        m=rows,
        p=figures.p if variant is Variant.CALTRACK else figures.p + 1,
        rho=float(rho),
        confidence=confidence,
        months=months,
        interval=interval,
    )


@dataclass(frozen=True, slots=True)
class OlsBand:
    """The error band of ordinary least squares, in energy: of the model, of noise, and of both."""

    model: float
    noise: float

    @property
    def total(self) -> float:
        """The root of their squares' sum."""
        return sqrt(self.model * self.model + self.noise * self.noise)


def ols_band(figures: Figures, *, reported_mean: float, rows: float, confidence: float) -> OlsBand:
    """Find the band that eemeter 2 states beside CalTRACK's: t·s·m·√((1 + (ȳ − ȳr)²/σ²)/n) and t·s·√(m·n/n′).

    Args:
        figures: of the model.
        reported_mean: measured energy of a row of the reporting period.
        rows: of the reporting period.
        confidence: between 0 and 1.

    Raises:
        NoUncertainty: the baseline never varied, or has no rows left.
    """
    if figures.rmse_n_p is None or not figures.variance or figures.n_prime is None:
        raise NoUncertainty("a baseline that never varies has no error band")
    t = two_sided(confidence, figures.n - figures.p)
    off = (float(figures.mean) - reported_mean) ** 2 / float(figures.variance)
    s = float(figures.rmse_n_p)
    return OlsBand(
        t * s * rows / sqrt(figures.n) * sqrt(1 + off), t * s * sqrt(rows * figures.n / float(figures.n_prime))
    )
