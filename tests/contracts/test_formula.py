"""Formulas: what is none is refused by name when the document is read; what is one comes to an exact decimal."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.formula import (
    DivisionByNothing,
    FormulaTooLarge,
    FormulaUnits,
    NoFormula,
    evaluate,
    evaluate_exactly,
    names,
)
from contracts.usage import NamedUse
from quantities.document import FaultyDocument, parse
from quantities.errors import UsufructError
from quantities.number import NotANumber

SUM_OF_250 = "+".join(["a"] * 250)


@pytest.mark.parametrize(("formula", "code"), [
    pytest.param("min(a)", "no-formula", id="the smallest of one"),
    pytest.param("max(a)", "no-formula", id="the largest of one"),
    pytest.param("min(2)", "no-formula", id="the smallest of one number"),
    pytest.param("abs(a, b)", "no-formula", id="the size of two"),
    pytest.param("abs()", "no-formula", id="the size of none"),
    pytest.param("min()", "no-formula", id="the smallest of none"),
    pytest.param("a*max", "no-formula", id="a function as a value"),
    pytest.param("min", "no-formula", id="a function alone"),
    pytest.param("min(max, a)", "no-formula", id="a function as the value of a function"),
    pytest.param("min(a, *b)", "no-formula", id="a starred value"),
    pytest.param("min(a, key=b)", "no-formula", id="a value with a name"),
    pytest.param("a(b)", "no-formula", id="a call of a use"),
    pytest.param("min(a, b)(b)", "no-formula", id="a call of a result"),
    pytest.param("a ** 2", "no-formula", id="a power"),
    pytest.param(f"({SUM_OF_250[:490]})**2", "no-formula", id="a power of a long sum"),
    pytest.param("(" * 499, "no-formula", id="499 parentheses"),
    pytest.param("(" * 249 + "a" + ")" * 249, "no-formula", id="249 pairs of parentheses"),
    pytest.param("-" * 499 + "a", "no-formula", id="499 signs"),
    pytest.param("abs(" * 99 + "-" * 100 + "a" + ")", "no-formula", id="99 functions of which one is closed"),
    pytest.param("f'{a}'", "no-formula", id="a text with a use in it"),
    pytest.param("a if a else b", "no-formula", id="a choice"),
    pytest.param("a\ud800", "no-formula", id="half a character"),
    pytest.param("a*0x10", "not-a-number", id="a number to the base 16"),
    pytest.param("a*0b1", "not-a-number", id="a number to the base 2"),
    pytest.param("a*1_000", "not-a-number", id="a number with group marks"),
    pytest.param("a*1e999999", "not-a-number", id="a number with an exponent"),
    pytest.param("a*" + "9" * 25, "not-a-number", id="a number of 25 digits"),
    pytest.param("a*1j", "not-a-number", id="an imaginary number"),
    pytest.param("a*True", "not-a-number", id="a truth"),
    pytest.param("a*...", "not-a-number", id="an ellipsis"),
    pytest.param("a*'b'", "not-a-number", id="a text"),
    pytest.param("a*b'b'", "not-a-number", id="bytes"),
])  # fmt: skip
def test_min_of_one_and_others_that_raised_type_error_are_refused_when_the_document_is_read(
    formula: str, code: str
) -> None:
    with pytest.raises(FaultyDocument) as refusal:
        parse(NamedUse, {"name": "u", "formula": formula, "unit": "kWh"})
    assert [(fault.path, fault.code) for fault in refusal.value.faults] == [("/formula", code)]


@pytest.mark.parametrize(("formula", "expected"), [
    ("min(a)", "min(a, b), of two or more"), ("abs(a, b)", "abs(a)"), ("b * max", "max(a, b), of two or more"),
])  # fmt: skip
def test_a_function_is_refused_with_how_it_is_written(formula: str, expected: str) -> None:
    with pytest.raises(NoFormula) as refusal:
        names(formula)
    assert refusal.value.members["expected"] == expected


@pytest.mark.parametrize(("formula", "result"), [
    ("min(a, b) + max(a, b, a) - abs(a - b)", "2"),  # 1 + 3 - 2, where a is 1 and b is 3
    ("a * 0.1 + a * 0.2", "0.3"),
    ("a * 999999999999.999999999999", "999999999999.999999999999"),
    ("-(a - b) / 2", "1"),
    ("--a", "1"),
    (SUM_OF_250, "250"),
    ("-" + SUM_OF_250, "248"),  # 500 characters: -1 + 249
    ("((((((((((((((((a))))))))))))))))", "1"),
])  # fmt: skip
def test_what_is_a_formula_comes_to_an_exact_decimal(formula: str, result: str) -> None:
    assert Decimal(result) == evaluate(formula, {"a": (Decimal(1), "kWh"), "b": (Decimal(3), "kWh")}, "kWh")


@pytest.mark.parametrize("formula", [
    "a + b", "a - b / 3", "min(a, b) * 2.5", "max(a, b * 7) / 9", "-abs(a - b) * a / b", "(a + b) * (a / b)",
])  # fmt: skip
@pytest.mark.parametrize(("in_a", "in_b", "to"), [("MJ", "kWh", "kWh"), ("kWh", "MJ", "BTU"), ("MWh", "GJ", "MJ")])
def test_without_rounding_it_comes_to_the_same_before_it_is_rounded(
    formula: str, in_a: str, in_b: str, to: str
) -> None:
    uses = {"a": (Decimal("240.7"), in_a), "b": (Decimal("13.9"), in_b)}
    unrounded = evaluate_exactly(formula, {**uses}, to)
    assert abs(Fraction(unrounded) - Fraction(evaluate(formula, uses, to))) <= Fraction(1, 2 * 10**15)


def test_a_result_whose_decimals_do_not_end_is_a_fraction() -> None:
    assert evaluate_exactly("a + b", {"a": (Decimal(240), "MJ"), "b": (Decimal(1), "kWh")}, "kWh") == Fraction(203, 3)


@pytest.mark.parametrize(("formula", "unit", "error"), [
    pytest.param("min(a, 1)", "kWh", FormulaUnits, id="a use and a bare number: pint's ValueError"),
    pytest.param("a + 1", "kWh", FormulaUnits, id="a use plus a bare number"),
    pytest.param("a + 1 h", "kWh", FormulaUnits, id="energy plus hours"),
    pytest.param("5 kWh - 5 kWh", "h", FormulaUnits, id="nothing of energy, where hours are asked for"),
    pytest.param("a * 2", "degC", FormulaUnits, id="twice a temperature: pint's TypeError"),
    pytest.param("a + a", "degC", FormulaUnits, id="a sum of temperatures"),
    pytest.param("a * " + " * ".join(["9" * 24] * 3), "kWh", FormulaTooLarge, id="73 digits, and nothing was divided"),
    pytest.param("a / (a - a)", "kWh", DivisionByNothing, id="a division by nothing"),
])  # fmt: skip
def test_what_cannot_be_computed_raises_an_error_of_that_name(
    formula: str, unit: str, error: type[UsufructError]
) -> None:
    with pytest.raises(UsufructError) as refusal:
        evaluate(formula, {"a": (Decimal(1), unit)}, unit)
    assert type(refusal.value) is error


@pytest.mark.parametrize(("formula", "to", "result"), [
    ("a - 500 kWh", "kWh", "700"),  # a is 1.2 MWh
    ("a - 0.5 MWh", "MWh", "0.7"),
    ("max(a - 2 MWh, 0)", "kWh", "0"),
    ("max(a - 2 MWh, 0 kWh)", "kWh", "0"),
    ("min(a, 36 MJ) * 2", "kWh", "20"),  # 36 MJ are 10 kWh
    ("a / 4 kWh * b", "h", "900"),  # 300 times three hours
    ("b + 90 min", "h", "4.5"),
    ("0 * 5 kWh + a", "kWh", "1200"),
])  # fmt: skip
def test_a_number_has_a_unit_where_a_use_has_one(formula: str, to: str, result: str) -> None:
    uses = {"a": (Decimal("1.2"), "MWh"), "b": (Decimal(3), "h")}
    assert evaluate(formula, uses, to) == Decimal(result)
    assert evaluate_exactly(formula, {**uses}, to) == Decimal(result)
    assert names(formula) == tuple(sorted({name for name in "ab" if name in formula.replace("max", "")}))


def test_a_bare_number_beside_a_use_is_refused_with_how_it_is_written() -> None:
    with pytest.raises(FormulaUnits, match="a number that is added or compared has a unit, as in 5 kWh"):
        evaluate("max(a - 5, 0)", {"a": (Decimal(1), "kWh")}, "kWh")


@pytest.mark.parametrize(("formula", "code"), [
    ("a - 5 kWhh", "unknown-unit"),
    ("a - 5@kWh", "no-formula"),
    ("a b", "no-formula"),
    ("a - 5 kWh kWh", "no-formula"),
    ("a - 0.1234567890123 kWh", "not-a-number"),
])  # fmt: skip
def test_what_stands_behind_a_number_is_a_unit(formula: str, code: str) -> None:
    with pytest.raises(FaultyDocument) as refusal:
        parse(NamedUse, {"name": "u", "formula": formula, "unit": "kWh"})
    assert [(fault.path, fault.code) for fault in refusal.value.faults] == [("/formula", code)]


SIGNS = "abminx()+-*/,. 019_"
PIECES = [
    "a",
    "b",
    "min(",
    "max(",
    "abs(",
    "min",
    "(",
    ")",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "0",
    "1",
    "9.1",
    "0x1",
    "1_0",
    " ",
]


@given(
    st.text(SIGNS, max_size=60)
    | st.lists(st.sampled_from(PIECES), max_size=20).map(lambda pieces: "".join(pieces)[:60])
)
@example("min(a)")
@example("min(a,1)")
@example("a*max")
@example("abs(a,b)")
@example("1_0*a")
def test_any_text_is_read_or_refused_and_what_is_read_comes_to_a_decimal_or_a_named_error(text: str) -> None:
    try:
        uses = {name: (Decimal("1.5"), "kWh") for name in names(text)}
    except (NoFormula, NotANumber):
        return
    try:
        result = evaluate(text, uses, "kWh")
    except (FormulaUnits, DivisionByNothing, FormulaTooLarge):
        return
    assert isinstance(result, Decimal)
    assert result.is_finite()
