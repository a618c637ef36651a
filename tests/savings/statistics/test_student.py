"""Student's t. Source of the table: NIST/SEMATECH e-Handbook 1.3.6.7.2; of one and two degrees the closed forms."""

from math import pi, sqrt, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from savings.statistics.student import probability_within, two_sided_t
from tests.build import fewer_examples


@pytest.mark.parametrize(
    ("confidence", "freedom", "t"),
    [
        (0.90, 1, 6.314),
        (0.95, 1, 12.706),
        (0.90, 10, 1.812),
        (0.95, 30, 2.042),
        (0.99, 100, 2.626),
        (0.95, 1e6, 1.960),
    ],
)
def test_quantiles(confidence: float, freedom: float, t: float) -> None:
    assert two_sided_t(confidence, freedom) == pytest.approx(t, abs=6e-4)


@fewer_examples(4)
@given(st.floats(0.01, 0.999))
def test_one_and_two_degrees_have_closed_forms(confidence: float) -> None:
    """One: t = tan(pi c / 2). Two: t = c sqrt(2 / (1 - c²))."""
    assert two_sided_t(confidence, 1) == pytest.approx(tan(pi * confidence / 2), rel=1e-9)
    assert two_sided_t(confidence, 2) == pytest.approx(confidence * sqrt(2 / (1 - confidence**2)), rel=1e-9)


@fewer_examples(4)
@given(st.floats(0.01, 0.999), st.floats(0.6, 1e5))
def test_the_quantile_is_the_distributions_inverse(confidence: float, freedom: float) -> None:
    assert probability_within(two_sided_t(confidence, freedom), freedom) == pytest.approx(confidence, abs=1e-9)


@fewer_examples(4)
@given(st.floats(0.1, 0.99), st.floats(1, 1000))
def test_more_rows_never_make_it_wider(confidence: float, freedom: float) -> None:
    assert two_sided_t(confidence, freedom + 1) < two_sided_t(confidence, freedom)


def test_nothing_lies_within_zero() -> None:
    assert probability_within(0, 7) == 0
