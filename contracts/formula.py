"""Formulas over named uses: ``(flow - recovered) / 2``, with units, so that only what adds up is added.

Names, plain numbers, ``+ - * /``, parentheses, ``min``, ``max`` and ``abs``; nothing else is read.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation, localcontext
from functools import cache
from typing import Annotated, Any, TypeAlias

from quantities.document import checked
from quantities.errors import Invalid
from quantities.number import ARITHMETIC_DIGITS, exact, settled, trimmed
from quantities.quantity import registry, unit

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
_SHAPES: Mapping[str, str] = {"min": "min(a, b), of two or more", "max": "max(a, b), of two or more", "abs": "abs(a)"}


class NoFormula(Invalid):
    """A formula has names, numbers, + - * /, parentheses, min, max and abs."""


class FormulaUnits(Invalid):
    """A formula adds and compares what measures one thing, and comes to what its unit measures."""


class DivisionByNothing(Invalid):
    """A formula divides by a use, and there was none."""


class FormulaTooLarge(Invalid):
    """A formula comes to more digits than are kept."""


@cache
def _tree(text: str) -> ast.expr:
    if len(text) > _LENGTH_MAX:
        raise NoFormula(f"a formula has at most {_LENGTH_MAX} characters", found=text[:60])
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NoFormula(f"{text[:60]!r} is no formula", found=text[:60]) from error
    _refuse_what_is_none(tree, text, _DEPTH_MAX)
    return tree


def _refuse_what_is_none(node: ast.expr, text: str, depth: int) -> None:
    """Refuse what is no part of a formula, here or further down.

    Args:
        node: a part of a formula.
        text: the whole formula.
        depth: how many levels it may have.

    Raises:
        NoFormula: a part is of another kind, a function has too few or too many values or stands without any, or the
            parts lie too deep in one another.
        NotANumber: a constant is no plain number.
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
        case ast.Constant():
            exact(ast.get_source_segment(text, node) or "")
        case _:
            raise NoFormula(f"{_source(node, text)!r} is none of what a formula has", found=text[:60])
    if depth == 0:
        raise NoFormula(f"a formula is at most {_DEPTH_MAX} levels deep", found=text[:60])
    for part in parts:
        _refuse_what_is_none(part, text, depth - 1)


def _source(node: ast.expr, text: str) -> str:
    return (ast.get_source_segment(text, node) or text)[:60]


def _checked(text: str) -> str:
    _tree(text)
    return text


Formula: TypeAlias = Annotated[str, checked(_checked)]


def names(formula: str) -> tuple[str, ...]:
    """List the uses that a formula names, each once, in alphabetical order."""
    found = {node.id for node in ast.walk(_tree(formula)) if isinstance(node, ast.Name)}
    return tuple(sorted(found - _FUNCTIONS.keys()))


def evaluate(formula: str, uses: Mapping[str, tuple[Decimal, str]], to: str) -> Decimal:
    """Compute a formula.

    Args:
        formula: over the names of ``uses``.
        uses: quantity and unit of each.
        to: the unit of the result.

    Returns:
        The result in ``to``, rounded half-even at 15 decimal places where it does not end.

    Raises:
        FormulaUnits: what is added or compared measures different things, or the result another than ``to``.
        DivisionByNothing: a divisor is zero.
        FormulaTooLarge: the result has more digits than arithmetic keeps.
    """
    from pint.errors import PintTypeError  # noqa: PLC0415 loaded by whoever converts, see quantities/quantity.py

    units = registry()
    with localcontext(prec=ARITHMETIC_DIGITS):
        values = {name: units.Quantity(quantity, unit(spelling).name) for name, (quantity, spelling) in uses.items()}
        try:
            result = units.Quantity(_value(_tree(formula), formula, values)).to(unit(to).name).magnitude
        except (PintTypeError, ValueError) as error:  # pint compares a use with a number by a bare ValueError
            raise FormulaUnits(f"{formula}: {error}"[:300], found=formula, expected=to) from error
        except ArithmeticError as error:
            raise DivisionByNothing(f"{formula} divides by nothing", found=formula) from error
        try:
            return trimmed(settled(result))
        except InvalidOperation as error:
            detail = f"{formula[:60]} comes to more than {ARITHMETIC_DIGITS} digits"
            raise FormulaTooLarge(detail, found=formula[:60]) from error


def _value(node: ast.expr, text: str, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant():
            return exact(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(operand=operand):
            return -_value(operand, text, values)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*(_value(each, text, values) for each in args))
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATORS[type(sign)](_value(left, text, values), _value(right, text, values))
        case _:
            raise NoFormula(f"{_source(node, text)!r} is none of what a formula has", found=text[:60])
