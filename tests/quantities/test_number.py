from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from quantities.number import DecimalString, NotANumber, exact, plain

DOOR: TypeAdapter[Decimal] = TypeAdapter(DecimalString)


@pytest.mark.parametrize(("text", "number"), [
    pytest.param("12.50", "12.50", id="places are kept"),
    pytest.param("-0.001", "-0.001", id="negative"),
    pytest.param("12345678901234567.123456789", "12345678901234567.123456789", id="wider than any float"),
])  # fmt: skip
def test_text_is_read_without_rounding(text: str, number: str) -> None:
    assert Decimal(number) == exact(text)
    assert text == plain(exact(text))


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", "1e3", "1E400", "NaN", "Infinity", "1,5", "1_000", "0x10", ".5", "5.", "--1", "٣", "1\n",
                                  "1234567890123456789012345", "0.1234567890123"])  # fmt: skip
def test_anything_else_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(NotANumber) as refusal:
        exact(text)
    assert refusal.value.members["found"] == text


@pytest.mark.parametrize("json", ["12.5", "12", "1e400", "true", "null", '""', '"1e3"', '"NaN"', "[]", "{}"])
def test_the_door_refuses_every_json_but_a_plain_string(json: str) -> None:
    with pytest.raises(ValidationError):
        DOOR.validate_json(json)


@pytest.mark.parametrize("value", [0.1 + 0.2, 5, True, Decimal("NaN"), Decimal("Infinity")])
def test_the_door_refuses_floats_and_what_is_not_finite_in_python_too(value: object) -> None:
    with pytest.raises(ValidationError):
        DOOR.validate_python(value)


@given(st.decimals(-(10**20), 10**20, places=12))
def test_every_number_passes_out_and_in_again_unchanged(number: Decimal) -> None:
    assert number == DOOR.validate_json(DOOR.dump_json(number))


@pytest.mark.parametrize(("number", "text"), [("1E+3", "1000"), ("0E-7", "0.0000000"), ("3.600E+6", "3600000")])
def test_no_exponent_leaves_the_house(number: str, text: str) -> None:
    assert f'"{text}"' == DOOR.dump_json(Decimal(number)).decode()
