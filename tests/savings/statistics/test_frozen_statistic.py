"""A float on its way into a document: every digit, back as the same float, a string in JSON."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from savings.statistics.frozen_statistic import Statistic, exact_decimal
from tests.build import fewer_examples

FROZEN: TypeAdapter[Decimal] = TypeAdapter(Statistic)


@fewer_examples(4)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_each_float_comes_back_through_json_as_itself(number: float) -> None:
    stored = FROZEN.dump_json(exact_decimal(number))
    assert stored.startswith(b'"')
    assert b"E" not in stored.upper()
    assert float(FROZEN.validate_json(stored)) == number


@pytest.mark.parametrize("number", [5e-324, -2.2250738585072014e-308, 1.7976931348623157e308])
def test_the_smallest_and_the_largest_float_too(number: float) -> None:
    assert float(FROZEN.validate_json(FROZEN.dump_json(exact_decimal(number)))) == number


def test_all_digits_are_written_down() -> None:
    assert exact_decimal(0.1) == Decimal("0.1")
    assert FROZEN.dump_python(exact_decimal(1 / 3), mode="json") == "0.3333333333333333"


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e5", "1,5", "", "--1", ".5", "１", "1\n", 0.5, None, Decimal("NaN")]
)
def test_no_statistic(text: object) -> None:
    with pytest.raises(ValidationError):
        FROZEN.validate_python(text)
