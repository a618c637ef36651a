"""Formulas over named uses: quantities with dimensions, so that kWh and MWh add up and kWh over h are kW."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tests.lives.oracle.flows import NotCounted
from tests.lives.oracle.units import convert

BASES: dict[str, tuple[Fraction, dict[str, int]]] = {
    unit: (convert(Fraction(1), unit, "kWh"), {"power": 1, "time": 1})
    for unit in ("Wh", "kWh", "MWh", "GWh", "MJ", "GJ")
} | {unit: (convert(Fraction(1), unit, "kW"), {"power": 1}) for unit in ("W", "kW", "MW")}
BASES |= {unit: (convert(Fraction(1), unit, "h"), {"time": 1}) for unit in ("h", "min", "s", "day")}
BASES |= {unit: (convert(Fraction(1), unit, "m3"), {"volume": 1}) for unit in ("m3", "l")}
BASES |= {unit: (convert(Fraction(1), unit, "kg"), {"mass": 1}) for unit in ("g", "kg", "t")}
BASES |= {"m3/h": (Fraction(1), {"volume": 1, "time": -1}), "one": (Fraction(1), {})}


@dataclass(frozen=True)
class Amount:
    """A number of base units."""

    value: Fraction
    dimensions: Mapping[str, int] = field(default_factory=dict)

    def into(self, unit: str) -> Fraction:
        factor, dimensions = BASES.get(unit, (Fraction(1), {unit: 1}))
        if dimensions != self.dimensions and self.value:
            raise NotCounted(f"a formula does not come to {unit}")
        return self.value / factor


def names_in(formula: str) -> list[str]:
    tree = ast.parse(formula, mode="eval")
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]


def evaluate(formula: str, use_of: Callable[[str], tuple[Fraction, str]]) -> Amount:
    """A formula of named uses, numbers, + - * /, min, max and abs."""

    def value(node: ast.expr) -> Amount:
        if isinstance(node, ast.Constant):
            return Amount(Fraction(str(ast.get_source_segment(formula, node))))
        if isinstance(node, ast.Name):
            quantity, unit = use_of(node.id)
            factor, dimensions = BASES.get(unit, (Fraction(1), {unit: 1}))
            return Amount(quantity * factor, dimensions)
        if isinstance(node, ast.UnaryOp):
            inner = value(node.operand)
            return Amount(-inner.value if isinstance(node.op, ast.USub) else inner.value, inner.dimensions)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            arguments = [value(argument) for argument in node.args]
            numbers = [argument.value for argument in arguments]
            by_name = {"min": min(numbers), "max": max(numbers), "abs": abs(numbers[0])}
            return Amount(by_name[node.func.id], alike(*arguments))
        if isinstance(node, ast.BinOp):
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, ast.Add | ast.Sub):
                sign = 1 if isinstance(node.op, ast.Add) else -1
                return Amount(left.value + sign * right.value, alike(left, right))
            sign = 1 if isinstance(node.op, ast.Mult) else -1
            if sign < 0 and not right.value:
                raise NotCounted("a formula divides by nothing")
            powers = {
                name: left.dimensions.get(name, 0) + sign * right.dimensions.get(name, 0)
                for name in {*left.dimensions, *right.dimensions}
            }
            product = left.value * right.value if sign > 0 else left.value / right.value
            return Amount(product, {name: power for name, power in powers.items() if power})
        raise NotCounted(f"not a formula: {formula}")

    return value(ast.parse(formula, mode="eval").body)


def alike(*amounts: Amount) -> Mapping[str, int]:
    """The dimensions that all have; a zero fits any."""
    kinds = [amount.dimensions for amount in amounts if amount.value or amount.dimensions]
    if any(kind != kinds[0] for kind in kinds):
        raise NotCounted("a formula adds up what is not of one kind")
    return kinds[0] if kinds else {}
