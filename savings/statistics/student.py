"""Student's t: the quantile that uncertainty is stated by, without a statistics library behind it.

Source: DiDonato and Morris (1992) and Abramowitz and Stegun 26.5.8 for the incomplete beta function as a continued
fraction, evaluated by Lentz's method; 26.7.1 for the distribution.
"""

import math

_STEPS = 500
_TINY = 1e-300
_CLOSE = 1e-16


def two_sided(confidence: float, freedom: float) -> float:
    """Find t so that a deviate lies within ±t with a probability.

    Args:
        confidence: between 0 and 1.
        freedom: degrees of freedom, above zero and not necessarily whole.
    """
    low, high = 0.0, 1.0
    while within(high, freedom) < confidence:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if within(middle, freedom) < confidence else (low, middle)
    return (low + high) / 2


def within(t: float, freedom: float) -> float:
    """Say how probable a deviate within ±t is: 1 − I(ν/(ν + t²); ν/2, ½)."""
    return 1 - _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
