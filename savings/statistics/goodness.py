"""How well a model fits: each figure of merit by the name of its variant, because guidelines divide differently.

With ``n`` rows, ``p`` coefficients besides the intercept, and residuals ``e = measured − modelled``:

    R²                   1 − Σe²/Σ(y − ȳ)²                       (``r_squared``)
                         the squared correlation of both         (``r_squared_correlation``, CalTRACK)
    adjusted R²          1 − (1 − R²)(n − 1)/(n − p − 1)
    CV(RMSE)             √(Σe²/n)/ȳ                              (``cv_rmse_n``)
                         √(Σe²/(n − p))/ȳ                        (``cv_rmse_n_p``, CalTRACK's adjusted)
                         √(Σe²/(n − p − 1))/ȳ                    (``cv_rmse_n_p_1``, ASHRAE 14: the intercept counts)
    NMBE                 Σ(modelled − measured)/Σ measured       (``nmbe_n``, CalTRACK)
                         −Σe/((n − p − 1)·ȳ)                     (``nmbe_n_p_1``: ASHRAE 14's divisor)
    ρ                    the correlation of each residual with the one before
    n′                   n(1 − ρ)/(1 + ρ)

Both biases have the sign of CalTRACK's reference implementation: above zero where the model expects too much. ASHRAE 14
subtracts the other way round; its limits are for the amount.

Source: ASHRAE Guideline 14-2014, 4.3; CalTRACK 2.0, 4.3.2.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

from quantities.terms import Terms
from savings.statistics.frozen_statistic import Statistic
from savings.statistics.linear import Floats, dot

if TYPE_CHECKING:
    import numpy as np
else:
    from savings.statistics.arrays import np


#: Figures keep fifteen digits: they describe a model, and no money is computed from them.
DIGITS = Context(prec=15)


class Figures(Terms):
    """Figures of merit; a figure is None where its divisor would be zero or below.

    Attributes:
        n: the number of rows.
        p: the number of coefficients besides the intercept.
        mean: the mean measured energy of a row.
        variance: the variance of the measured energy, divided by n.
        sse: the sum of squared residuals.
        rmse_n: √(sse/n).
        rmse_n_p: √(sse/(n − p)).
        others: see the module's docstring.
    """

    n: int
    p: int
    mean: Statistic
    variance: Statistic
    sse: Statistic
    rmse_n: Statistic
    rmse_n_p: Statistic | None = None
    r_squared: Statistic | None = None
    r_squared_adjusted: Statistic | None = None
    r_squared_correlation: Statistic | None = None
    r_squared_correlation_adjusted: Statistic | None = None
    cv_rmse_n: Statistic | None = None
    cv_rmse_n_p: Statistic | None = None
    cv_rmse_n_p_1: Statistic | None = None
    nmbe_n: Statistic | None = None
    nmbe_n_p_1: Statistic | None = None
    autocorrelation: Statistic | None = None
    n_prime: Statistic | None = None


def fifteen_digits(number: float) -> Decimal:
    """The first fifteen significant digits of a float, as a decimal."""
    return DIGITS.create_decimal_from_float(number)


def figures_of_merit(measured: Floats, modelled: Floats, p: int) -> Figures:
    """The figures of merit of ``n`` rows.

    Args:
        measured: the measured energy of each row.
        modelled: the energy of each row by the model.
        p: the number of coefficients besides the intercept.
    """
    n = len(measured)
    residuals = measured - modelled
    mean = float(measured.sum()) / n
    around = measured - mean
    sse, total = float(dot(residuals, residuals)), float(dot(around, around))
    cvs = [_ratio(_root(sse, n - less), mean) for less in (0, p, p + 1)]
    r_squared = None if total == 0 else 1 - sse / total
    correlation = _correlation(measured, modelled)
    squared = None if correlation is None else correlation * correlation
    rho = _correlation(residuals[1:], residuals[:-1])
    prime = None if rho is None or rho <= -1 else n * (1 - rho) / (1 + rho)
    bias = -float(residuals.sum())
    by_name = {
        "mean": mean,
        "variance": total / n,
        "sse": sse,
        "rmse_n": _root(sse, n),
        "rmse_n_p": _root(sse, n - p),
        "r_squared": r_squared,
        "r_squared_adjusted": _adjusted(r_squared, n, p),
        "r_squared_correlation": squared,
        "r_squared_correlation_adjusted": _adjusted(squared, n, p),
        "cv_rmse_n": cvs[0],
        "cv_rmse_n_p": cvs[1],
        "cv_rmse_n_p_1": cvs[2],
        "nmbe_n": _ratio(bias, mean * n),
        "nmbe_n_p_1": _ratio(bias, mean * (n - p - 1)),
        "autocorrelation": rho,
        "n_prime": prime,
    }
    return Figures(
        n=n, p=p, **{name: None if value is None else fifteen_digits(value) for name, value in by_name.items()}
    )


def _root(sse: float, by: int) -> float | None:
    return float(np.sqrt(sse / by)) if by > 0 else None


def _ratio(number: float | None, by: float) -> float | None:
    return None if number is None or by == 0 else number / by


def _adjusted(r_squared: float | None, n: int, p: int) -> float | None:
    return None if r_squared is None or n - p <= 1 else 1 - (1 - r_squared) * (n - 1) / (n - p - 1)


def _correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's correlation of two columns; None if one of them is constant, apart from rounding errors."""
    if len(one) < 2:  # noqa: PLR2004 a pair
        return None
    a, b = one - one.sum() / len(one), other - other.sum() / len(other)
    squares = float(dot(a, a)), float(dot(b, b))
    sizes = float(dot(one, one)), float(dot(other, other))
    if any(square <= 1e-24 * size for square, size in zip(squares, sizes, strict=True)):
        return None
    return float(dot(a, b)) / float(np.sqrt(squares[0]) * np.sqrt(squares[1]))
