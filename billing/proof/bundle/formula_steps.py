"""A formula over named uses as a step: each use in the unit of the result, its numbers held against its text."""

import ast
from collections.abc import Mapping
from decimal import Decimal

from billing.proof.bundle.step_book import Step, less
from contracts.formula import syntax_tree
from quantities.exact import exact_text

_OPERATIONS: Mapping[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "ratio"}


def formula_step(text: str, uses: Mapping[str, Step], place: tuple[str, str]) -> Step:
    """Write a formula as a step; None where a number in it has a unit.

    Args:
        text: of the formula.
        uses: by name the step of a use, unrounded, in the unit of the result.
        place: of the formula: the file of its contract, and its path there, for its numbers to be held against.
    """
    return _step(syntax_tree(text), uses, place)


def _step(node: ast.expr, uses: Mapping[str, Step], place: tuple[str, str]) -> Step:
    step: Step = None
    match node:
        case ast.Name(id=name):
            step = uses[name]
        case ast.Constant(value=value):
            step = ["written", *place, exact_text(Decimal(str(value)))]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            step = less(0, _step(operand, uses, place))
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            step = [_OPERATIONS[type(operation)], _step(left, uses, place), _step(right, uses, place)]
        case ast.Call(func=ast.Name(id="abs"), args=[arg]):
            own = _step(arg, uses, place)
            step = ["max", own, less(0, own)]
        case ast.Call(func=ast.Name(id=name), args=args):
            step = [name, *(_step(arg, uses, place) for arg in args)]
        case _:
            pass
    return step
