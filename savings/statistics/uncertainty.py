"""Fractional savings uncertainty (FSU): by how much savings may be wrong at a stated confidence, by named variant.

With ``n`` rows of the baseline and ``m`` of the reporting period, ``n′`` independent rows that autocorrelation leaves
of ``n``, ``t`` two-sided, ``CV`` a CV(RMSE), and ``F`` the saved fraction of the modelled energy:

    FSU = a · t · CV/F · √( (n/n′) · (1 + 2/n′) / m )

    ``ashrae14``          a = 1.26, t at n′ − p degrees and CV by n − p, where p counts the intercept
    ``sun_baltazar``      a a polynomial of the reporting months M, the rest as ``ashrae14``; rows are days or bills
    ``caltrack``          the same a, with t at n − p degrees and CV by n − p, where p does not; F is the saved fraction
                          of the baseline's own energy, as eemeter 2 has it, and not of the reporting period's
    ``nmecr``             the same a, of hours 1.26; n′ only where ρ ≥ 0.5 and rows are no bills, else n; CV by n′ − p,
                          t at n′ − p degrees; that CV knows already that n′ rows are left, so n/n′ is no factor:

    FSU = a · t · √(SSE/(n′ − p))/(ȳ·F) · √( (1 + 2/n′) / m )

By arithmetic 1, ``nmecr`` had that factor too, and n′ of bills; in the CV of ``ashrae14`` and ``sun_baltazar`` the
intercept did not count.

Source: ASHRAE Guideline 14-2014, B.4; Sun and Baltazar 2013; CalTRACK 2.0, 4.3.2.2 and 4.3.2.4, whose P′ is read as n′;
nmecr 1.0.17, R/calculate_savings_and_uncertainty.R (PR 30: the months are those of the reporting period).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt

from quantities.errors import Invalid
from savings.rows import Interval
from savings.statistics.goodness import Figures
from savings.statistics.student import two_sided_t

_ASHRAE = 1.26
_DAILY = (-0.00024, 0.03535, 1.00286)
_BILLING = (-0.00022, 0.03306, 0.94054)
_AUTOCORRELATED = 0.5
_DAYS_A_MONTH = 30.0


class NoUncertainty(Invalid):
    """The data is not enough for an uncertainty."""


class Variant(StrEnum):
    """The rules by which the uncertainty is computed; see the module's docstring."""

    ASHRAE14 = "ashrae14"
    SUN_BALTAZAR = "sun_baltazar"
    CALTRACK = "caltrack"
    NMECR = "nmecr"


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How uncertain savings are.

    Attributes:
        variant: the rules by which it was computed.
        confidence: two-sided, between 0 and 1.
        t: the quantile of Student's t.
        n_prime: the independent rows that autocorrelation leaves.
        factor: the factor ``a`` of the formula.
        fraction: the uncertainty as a fraction of the savings, plus or minus.
    """

    variant: Variant
    confidence: float
    t: float
    n_prime: float
    factor: float
    fraction: float


def sun_baltazar_factor(months: float, interval: Interval) -> float:
    """The factor ``a`` of Sun and Baltazar for a reporting period of so many months."""
    a, b, c = _BILLING if interval is Interval.BILLING else _DAILY
    return a * months * months + b * months + c


def effective_rows(n: float, rho: float) -> float:
    """The independent rows that autocorrelation leaves of n: n(1 − ρ)/(1 + ρ)."""
    return n * (1 - rho) / (1 + rho)


def fractional_uncertainty(
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
    arithmetic: int = 2,
) -> Uncertainty:
    """Compute the fractional savings uncertainty from its parts.

    Args:
        variant: the rules.
        cv_rmse: the baseline's CV(RMSE); for ``nmecr`` the one divided by n.
        saved: F, the saved fraction of the modelled energy; its sign does not matter.
        n: the rows of the baseline.
        m: the rows of the reporting period.
        p: the number of coefficients; whether the intercept counts depends on the variant.
        rho: the autocorrelation of the residuals.
        confidence: two-sided, between 0 and 1.
        months: the months of the reporting period, for the polynomial; by default computed from its rows.
        interval: the length of a row.
        arithmetic: the number of the arithmetic of the baseline's method.

    Raises:
        NoUncertainty: no degree of freedom is left, or nothing was saved.
    """
    if abs(rho) >= 1:
        detail = f"each residual tells the next: ρ is {rho:.3g}"
        raise NoUncertainty(detail, place="residuals", found=f"{rho:.3g}", expected="between −1 and 1")
    prime = _rows_left(variant, n, rho, interval, arithmetic)
    freedom = (n if variant is Variant.CALTRACK else prime) - p
    if freedom <= 0 or not saved:
        detail = f"{freedom:.3g} rows are left and {saved:.3g} was saved"
        raise NoUncertainty(detail, place="rows", found=f"{freedom:.3g}", expected="above 0, and a saving")
    t = two_sided_t(confidence, freedom)
    repeated = n / prime
    if variant is Variant.NMECR:
        cv_rmse = cv_rmse * sqrt(n / freedom)
        repeated = repeated if arithmetic == 1 else 1
    reported = months if months is not None else m if interval is Interval.BILLING else m / _DAYS_A_MONTH
    of_hours = variant is Variant.NMECR and interval is Interval.HOUR and arithmetic > 1
    factor = _ASHRAE if variant is Variant.ASHRAE14 or of_hours else sun_baltazar_factor(reported, interval)
    fraction = factor * t * cv_rmse / abs(saved) * sqrt(repeated * (1 + 2 / prime) / m)
    return Uncertainty(variant=variant, confidence=confidence, t=t, n_prime=prime, factor=factor, fraction=fraction)


def _rows_left(variant: Variant, n: float, rho: float, interval: Interval, arithmetic: int) -> float:
    """The independent rows of n by the rules of a variant; nmecr takes no notice of little autocorrelation."""
    if variant is Variant.NMECR and (rho < _AUTOCORRELATED or (interval is Interval.BILLING and arithmetic > 1)):
        return n
    return effective_rows(n, rho)


def savings_uncertainty(
    variant: Variant,
    figures: Figures,
    *,
    saved: float,
    modelled: float,
    rows: int,
    interval: Interval,
    confidence: float,
    months: float | None = None,
    arithmetic: int = 2,
) -> Uncertainty:
    """The uncertainty of a saving, from the figures of merit of its baseline.

    Args:
        variant: the rules.
        figures: the baseline's figures; of billing periods those of whole periods.
        saved: the saved energy.
        modelled: the energy of the reporting period by the model.
        rows: the rows of the reporting period.
        interval: the length of a row.
        confidence: two-sided, between 0 and 1.
        months: the months of the reporting period; by default computed from its rows.
        arithmetic: the number of the arithmetic of the baseline's method.

    Raises:
        NoUncertainty: no degree of freedom is left, nothing was saved, or a figure that is needed is missing or zero.
    """
    rho, mean, cv_rmse = figures.autocorrelation, float(figures.mean), _cv_rmse(variant, figures, arithmetic)
    if rho is None or cv_rmse is None or modelled == 0:
        raise NoUncertainty("the residuals or the mean of the baseline tell nothing")
    base = figures.n * mean if variant is Variant.CALTRACK else modelled
    return fractional_uncertainty(
        variant,
        cv_rmse=abs(float(cv_rmse)),  # a site that feeds in has a mean below zero, and no less uncertainty
        saved=saved / base,
        n=figures.n,
        m=rows,
        p=figures.p if variant is Variant.CALTRACK else figures.p + 1,
        rho=float(rho),
        confidence=confidence,
        months=months,
        interval=interval,
        arithmetic=arithmetic,
    )


def _cv_rmse(variant: Variant, figures: Figures, arithmetic: int) -> Decimal | None:
    """The CV(RMSE) that a variant takes; None where its divisor would be zero or below."""
    match variant:
        case Variant.NMECR:
            return figures.cv_rmse_n
        case Variant.CALTRACK:
            return figures.cv_rmse_n_p
        case _:
            return figures.cv_rmse_n_p if arithmetic == 1 else figures.cv_rmse_n_p_1


def half_width(
    variant: Variant,
    figures: Figures,
    *,
    modelled: Decimal,
    rows: int,
    interval: Interval,
    confidence: Decimal,
    arithmetic: int = 2,
) -> Decimal:
    """The uncertainty of a saving as energy, plus or minus: it does not depend on how much was saved, nothing included.

    Args:
        variant: the rules.
        figures: the baseline's figures; of billing periods those of whole periods.
        modelled: the energy of the reporting period by the model.
        rows: the rows of the reporting period.
        interval: the length of a row.
        confidence: two-sided, between 0 and 1.
        arithmetic: of the baseline's method.

    Returns:
        In the unit of ``modelled``, with six decimals.

    Raises:
        NoUncertainty: no row counts, no degree of freedom is left, or a figure that is needed is missing or zero.
    """
    if not rows:
        raise NoUncertainty("no row counts", found=0)
    energy = float(modelled)
    uncertainty = savings_uncertainty(
        variant,
        figures,
        saved=energy,
        modelled=energy,
        rows=rows,
        interval=interval,
        confidence=float(confidence),
        arithmetic=arithmetic,
    )
    return Decimal(f"{uncertainty.fraction * abs(energy):.6f}")


@dataclass(frozen=True, slots=True)
class OlsBand:
    """The error band of ordinary least squares, in energy: its parts from the model and from noise."""

    model: float
    noise: float

    @property
    def total(self) -> float:
        """Both parts together: the root of the sum of their squares."""
        return sqrt(self.model * self.model + self.noise * self.noise)


def ols_band(figures: Figures, *, reported_mean: float, rows: float, confidence: float) -> OlsBand:
    """The error band of ordinary least squares, as eemeter 2 has it: t·s·m·√((1 + (ȳ − ȳr)²/σ²)/n) and t·s·√(m·n/n′).

    ``s`` is RMSE by n − p, ``ȳ`` and ``σ²`` are the baseline's mean and variance, ``ȳr`` the reporting period's mean.

    Args:
        figures: the baseline's figures.
        reported_mean: the mean measured energy of a row of the reporting period.
        rows: ``m``, the rows of the reporting period.
        confidence: two-sided, between 0 and 1.

    Raises:
        NoUncertainty: the baseline never varied, or no degree of freedom is left.
    """
    if figures.rmse_n_p is None or not figures.variance or figures.n_prime is None:
        raise NoUncertainty("a baseline that never varies has no error band")
    t = two_sided_t(confidence, figures.n - figures.p)
    distance = (float(figures.mean) - reported_mean) ** 2 / float(figures.variance)
    s = float(figures.rmse_n_p)
    return OlsBand(
        t * s * rows / sqrt(figures.n) * sqrt(1 + distance), t * s * sqrt(rows * figures.n / float(figures.n_prime))
    )
