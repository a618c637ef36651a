"""Degree-days by named definition: a day's by hand, and many days' as the same."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.document import parse
from savings.statistics.degree_days import DegreeDays, Side, cooling, heating
from tests.build import fewer_examples


@pytest.mark.parametrize(
    ("terms", "mean", "degree_days"),
    [
        pytest.param({"side": "heating", "base": "18"}, "11.5", "6.5", id="max(0, base - T): 18 - 11.5"),
        pytest.param({"side": "heating", "base": "18"}, "18", "0", id="none at the base"),
        pytest.param({"side": "heating", "base": "18"}, "25", "0", id="none above it"),
        pytest.param({"side": "cooling", "base": "18"}, "21.25", "3.25", id="max(0, T - base): 21.25 - 18"),
        pytest.param({"side": "cooling", "base": "18"}, "-4", "0", id="no cooling in a frost"),
        pytest.param({"side": "heating", "base": "20", "limit": "15"}, "14.9", "5.1", id="G20/15 below the limit"),
        pytest.param({"side": "heating", "base": "20", "limit": "15"}, "15", "0", id="G20/15 at the limit"),
        pytest.param({"side": "heating", "base": "20", "limit": "15"}, "17", "0", id="G20/15 above it"),
        pytest.param({"side": "cooling", "base": "18", "limit": "22"}, "22", "0", id="cooling at its limit"),
        pytest.param({"side": "cooling", "base": "18", "limit": "22"}, "23", "5", id="cooling above it: 23 - 18"),
    ],
)
def test_by_named_definition(terms: dict[str, str], mean: str, degree_days: str) -> None:
    assert parse(DegreeDays, terms).of_day(Decimal(mean)) == Decimal(degree_days)


def test_of_many_days_at_many_bases() -> None:
    """A row a day, a column a base."""
    temperature, bases = np.array([10.0, 20.0, 30.0]), np.array([15.0, 25.0])
    assert heating(temperature, bases).tolist() == [[5, 15], [0, 5], [0, 0]]
    assert cooling(temperature, bases).tolist() == [[0, 0], [5, 0], [15, 5]]


@fewer_examples(4)
@given(st.integers(-400, 400), st.integers(-100, 400))
def test_each_day_is_the_same_in_floats_and_in_decimals(mean: int, base: int) -> None:
    """In tenths of a degree; of either side one is zero, and their difference is T - base."""
    exact = {
        side: DegreeDays(side=side, base=Decimal(base) / 10).of_day(Decimal(mean) / 10)
        for side in (Side.HEATING, Side.COOLING)
    }
    floats = [of(np.array([mean / 10]), np.array([base / 10]))[0, 0] for of in (heating, cooling)]
    assert floats == pytest.approx([float(exact[Side.HEATING]), float(exact[Side.COOLING])], abs=1e-9)
    assert min(exact.values()) == 0
    assert exact[Side.COOLING] - exact[Side.HEATING] == Decimal(mean - base) / 10
