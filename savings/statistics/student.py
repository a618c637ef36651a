"""Quantiles of Student's t for stating uncertainty, without a statistics library.

Source: DiDonato and Morris (1992) and Abramowitz and Stegun 26.5.8 for the incomplete beta function as a continued
fraction, evaluated by Lentz's method; 26.7.1 for the distribution.
"""

import math

_STEPS = 500
_TINY = 1e-300
_CLOSE = 1e-16


def two_sided_t(confidence: float, freedom: float) -> float:
    """The t for which a deviate of Student's distribution lies within ±t with the given probability.

    Args:
        confidence: the probability, between 0 and 1.
        freedom: the degrees of freedom, above zero; a whole number or not.
    """
    low, high = 0.0, 1.0
    while probability_within(high, freedom) < confidence:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if probability_within(middle, freedom) < confidence else (low, middle)
    return (low + high) / 2


def probability_within(t: float, freedom: float) -> float:
    """The probability that a deviate lies within ±t: 1 − I(ν/(ν + t²); ν/2, ½), with ν degrees of freedom."""
    return 1 - _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function I(x; a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _continued_fraction(x, a, b) / a
    return 1 - front * _continued_fraction(1 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    product = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            product *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return product


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
