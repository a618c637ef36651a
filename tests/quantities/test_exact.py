"""Exact numbers: what is added up loses nothing, and what is written is rounded once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantities.conversion import conversion
from quantities.exact import (
    Exact,
    exact_number,
    exact_text,
    multiplied,
    negated,
    rounded,
    scaled,
    settled,
    subtracted,
    total,
)
from quantities.quantity import times

quantities = st.decimals(0, 10**9, places=3)
energies = st.sampled_from(["J", "kJ", "MJ", "GJ", "Wh", "kWh", "MWh", "BTU", "therm_us", "kgce", "tce"])
exact_numbers = st.one_of(quantities, st.fractions(0, 10**6).map(settled))


def test_three_times_240_mj_are_200_kwh() -> None:
    month = scaled(Decimal(240), conversion("MJ", "kWh"))
    assert month == Fraction(200, 3)
    assert Decimal("66.666666666666667") == rounded(month)
    assert Decimal(200) == total([month] * 3)


@given(quantities, energies, energies)
def test_a_conversion_that_is_written_is_the_rounded_one(number: Decimal, from_: str, to: str) -> None:
    assert times(number, conversion(from_, to)) == rounded(scaled(number, conversion(from_, to)))


@given(quantities, energies, energies)
def test_there_and_back_is_the_same_number(number: Decimal, from_: str, to: str) -> None:
    assert scaled(scaled(number, conversion(from_, to)), conversion(to, from_)) == number


@given(st.lists(quantities, max_size=6), energies, energies)
def test_the_sum_of_conversions_is_the_conversion_of_the_sum(numbers: list[Decimal], from_: str, to: str) -> None:
    factor = conversion(from_, to)
    assert total(scaled(number, factor) for number in numbers) == scaled(total(numbers), factor)


@given(exact_numbers, exact_numbers)
def test_sums_differences_and_products_are_those_of_fractions(one: Exact, other: Exact) -> None:
    assert Fraction(total((one, other))) == Fraction(one) + Fraction(other)
    assert Fraction(subtracted(one, other)) == Fraction(one) - Fraction(other)
    assert Fraction(multiplied(one, other)) == Fraction(one) * Fraction(other)
    assert Fraction(negated(one)) == -Fraction(one)


@given(exact_numbers)
def test_a_written_number_is_read_as_the_same(number: Exact) -> None:
    assert exact_number(exact_text(number)) == number


@pytest.mark.parametrize(("number", "text"), [
    pytest.param(Decimal("12.50"), "12.5", id="a decimal without its last zeros"),
    pytest.param(Fraction(200, 3), "200/3", id="a fraction whose decimals do not end"),
    pytest.param(settled(Fraction(1, 8)), "0.125", id="a fraction whose decimals end"),
])  # fmt: skip
def test_how_a_number_is_written(number: Exact, text: str) -> None:
    assert exact_text(number) == text
