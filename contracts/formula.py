"""Formulas over named uses, such as ``(flow - recovered) / 2``, computed with units: kWh are never added to hours.

Names, plain numbers, numbers with a unit (``5 kWh``), ``+ - * /``, parentheses, ``min``, ``max`` and ``abs``; nothing
else is read.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, TypeAlias

from quantities.document import checked
from quantities.errors import Invalid
from quantities.exact import Exact, rounded, settled
from quantities.number import ARITHMETIC_DIGITS, exact, rounded_quotient, trimmed
from quantities.quantity import registry, root_factor, unit

_LENGTH_MAX = 500
#: A sum of 500 characters has up to 251 levels, and only signs before signs have more. Python's stack holds 1,000.
_DEPTH_MAX = 251
_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs}
#: A number and its unit, as in ``5 kWh``: Python's own grammar reads it once it is written ``(5@kWh)``.
_WITH_UNIT = re.compile(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?) +([^\W\d]\w*)(?!\w|\s*\()")
_SHAPES: Mapping[str, str] = {"min": "min(a, b), of two or more", "max": "max(a, b), of two or more", "abs": "abs(a)"}


class NoFormula(Invalid):
    """The text is not a formula."""


#: What a formula looks like, said to whoever wrote none.
_EXAMPLE = "names, numbers and operators, as max(air - 100 m3, 0)"


class FormulaUnits(Invalid):
    """The units in the formula do not fit together."""


class DivisionByNothing(Invalid):
    """The formula divides by a use of zero."""


class FormulaTooLarge(Invalid):
    """The result of the formula has too many digits."""


@cache
def _tree(text: str) -> ast.expr:
    if len(text) > _LENGTH_MAX:
        raise NoFormula(f"a formula has at most {_LENGTH_MAX} characters", found=text[:60])
    try:
        tree = ast.parse(_written(text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NoFormula(f"{text[:60]!r} is no formula", found=text[:60], expected=_EXAMPLE) from error
    _refuse_other_syntax(tree, text, _DEPTH_MAX)
    return tree


def syntax_tree(text: str) -> ast.expr:
    """Read a formula as Python's own grammar reads it; a number with a unit is ``number @ unit``.

    Raises:
        NoFormula: it is none.
    """
    return _tree(text)


@cache
def _written(text: str) -> str:
    """Write numbers with a unit as Python reads them; an ``@`` of the formula's own is nothing that it has."""
    if "@" in text:
        raise NoFormula(f"{text[:60]!r} is no formula", found=text[:60], expected=_EXAMPLE)
    return _WITH_UNIT.sub(r"(\1@\2)", text)


def _refuse_other_syntax(node: ast.expr, text: str, depth: int) -> None:
    """Refuse a syntax tree that is no formula, this node and all below it.

    Args:
        node: the tree, or a part of it.
        text: the whole formula.
        depth: how many levels it may have.

    Raises:
        NoFormula: something else than names, numbers, operators and functions; a function with too few or too many
            values, or with none; or more levels than ``depth``.
        NotANumber: a constant is no plain number.
        UnknownUnit: what stands behind a number is no unit.
    """
    parts: list[ast.expr] = []
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            parts = [left, right]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            parts = [operand]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            if len(args) != 1 if name == "abs" else len(args) <= 1:
                takes = "takes one value" if name == "abs" else "takes two values or more"
                detail = f"{_source(node, text)!r}: {name} {takes}"
                raise NoFormula(detail, found=_source(node, text), expected=_SHAPES[name])
            parts = args
        case ast.Name(id=name) if name in _FUNCTIONS:
            raise NoFormula(f"{name!r} is a function, not a use", found=text[:60], expected=_SHAPES[name])
        case ast.Name():
            pass
        case ast.Constant() | ast.BinOp(op=ast.MatMult()):
            _number_of(node, text)
        case _:
            raise NoFormula(
                f"{_source(node, text)!r} is none of what a formula has", found=text[:60], expected=_EXAMPLE
            )
    if depth == 0:
        raise NoFormula(f"a formula is at most {_DEPTH_MAX} levels deep", found=text[:60])
    for part in parts:
        _refuse_other_syntax(part, text, depth - 1)


def _number_of(node: ast.expr, text: str) -> tuple[Decimal, str]:
    """Read a number, and its unit; empty where it has none."""
    number, _, spelling = _source(node, text).partition(" ")
    return exact(number), unit(spelling).symbol if spelling else ""


def _source(node: ast.expr, text: str) -> str:
    return (ast.get_source_segment(_written(text), node) or text).replace("@", " ")[:60]


def _checked(text: str) -> str:
    _tree(text)
    return text


Formula: TypeAlias = Annotated[str, checked(_checked)]


def names(formula: str) -> tuple[str, ...]:
    """List the uses that a formula names, without repetition, in alphabetical order."""
    used = {part.id for part in _parts(_tree(formula)) if isinstance(part, ast.Name)}
    return tuple(sorted(used - _FUNCTIONS.keys()))


def _parts(tree: ast.expr) -> Iterator[ast.expr]:
    """List a formula's parts; the unit of a number is none."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)):
            waiting += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _constants(tree: ast.expr, text: str) -> dict[str, tuple[Decimal, str]]:
    """List the numbers with a unit, by how they are written."""
    return {
        _source(node, text): _number_of(node, text)
        for node in _parts(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
    }


def evaluate(formula: str, uses: Mapping[str, tuple[Decimal, str]], to: str) -> Decimal:
    """Compute a formula.

    Args:
        formula: over the names of ``uses``.
        uses: quantities and their units, by name.
        to: the unit of the result.

    Returns:
        The result in ``to``; rounded half-even at 15 decimal places if its decimals do not end.

    Raises:
        FormulaUnits: quantities of different kinds are added or compared, or the result is of another kind than ``to``.
        DivisionByNothing: a divisor is zero.
        FormulaTooLarge: the result has more digits than our arithmetic keeps.
    """
    from pint.errors import PintTypeError  # noqa: PLC0415 loaded by whoever converts, see quantities/quantity.py

    units, tree = registry(), _tree(formula)
    with localcontext(prec=ARITHMETIC_DIGITS):
        named = {**uses, **_constants(tree, formula)}
        values = {name: units.Quantity(quantity, unit(spelling).name) for name, (quantity, spelling) in named.items()}
        try:
            value = _value(tree, formula, values)
            if isinstance(value, Decimal) and not value:
                return Decimal(0)  # max(a - b, 0): nothing is nothing in any unit
            result = units.Quantity(value).to(unit(to).name).magnitude
        except (PintTypeError, ValueError) as error:  # pint compares a use with a number by a bare ValueError
            detail = f"{formula}: {error}"[:300]
            if bare := _bare_number(tree, formula):
                detail += f"; a number that is added or compared has a unit, as in {bare} {to}"
            raise FormulaUnits(detail, found=formula, expected=to) from error
        except ArithmeticError as error:
            raise DivisionByNothing(
                f"{formula} divides by nothing", found=formula, expected="a divisor other than 0"
            ) from error
        try:
            return trimmed(rounded_quotient(result))
        except InvalidOperation as error:
            detail = f"{formula[:60]} comes to more than {ARITHMETIC_DIGITS} digits"
            most = f"at most {ARITHMETIC_DIGITS} digits"
            raise FormulaTooLarge(detail, found=formula[:60], expected=most) from error


def evaluate_exactly(formula: str, uses: Mapping[str, tuple[Exact, str]], to: str) -> Exact:
    """Compute a formula without rounding, to be added up or compared; its units are checked by ``evaluate``.

    Args:
        formula: over the names of ``uses``; ``evaluate`` takes it.
        uses: exact quantities and their units, by name.
        to: the unit of the result.

    Returns:
        The result in ``to``; as ``evaluate`` rounds it where a temperature is among the units.
    """
    tree = _tree(formula)
    named: dict[str, tuple[Exact, str]] = {**uses, **_constants(tree, formula)}
    factors = {spelling: root_factor(spelling) for spelling in {to, *(spelling for _, spelling in named.values())}}
    if None in factors.values():
        return evaluate(formula, {name: (rounded(quantity), unit) for name, (quantity, unit) in uses.items()}, to)
    in_root = {name: Fraction(quantity) * (factors[spelling] or 1) for name, (quantity, spelling) in named.items()}
    return settled(Fraction(_value(tree, formula, in_root, Fraction)) / (factors[to] or 1))


def _bare_number(tree: ast.expr, text: str) -> str:
    """Find a number other than nothing that is added to something or compared with it; empty where there is none."""
    for node in _parts(tree):
        terms: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            terms = [node.left, node.right]
        elif isinstance(node, ast.Call):
            terms = node.args
        numbers = [term for term in terms if isinstance(term, ast.Constant) and exact(_source(term, text))]
        if numbers:
            return _source(numbers[0], text)
    return ""


def _value(
    node: ast.expr, text: str, values: Mapping[str, Any], number: Callable[[Decimal], Any] = lambda constant: constant
) -> Any:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(op=ast.MatMult()):
            return values[_source(node, text)]
        case ast.Constant():
            return number(exact(_source(node, text)))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, text, values, number)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*(_value(argument, text, values, number) for argument in args))
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATORS[type(sign)](_value(left, text, values, number), _value(right, text, values, number))
        case _:
            raise NoFormula(
                f"{_source(node, text)!r} is none of what a formula has", found=text[:60], expected=_EXAMPLE
            )
