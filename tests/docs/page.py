"""Read the documentation's pages: sections, tables, examples, and whether the arithmetic written there is right."""

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_OPERATORS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def sections(name: str, level: int = 2) -> dict[str, str]:
    """The text below each heading of a level, or the page's title, by the heading."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return {
        heading.replace("`", ""): body
        for heading, body in re.findall(
            rf"^{'#' * level} ([^\n]+)\n(.*?)(?=^#+ |\Z)", text, flags=re.DOTALL | re.MULTILINE
        )
    }


def table(section: str, unquote: Collection[str] | None = None) -> list[dict[str, str]]:
    """The rows of a section's one table by their columns, without the backticks around a cell: of all columns, or some."""
    lines = [line.strip() for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    header, _, *rows = cells
    return [
        {
            name: _unquoted(cell) if unquote is None or name in unquote else cell
            for name, cell in zip(header, row, strict=True)
        }
        for row in rows
    ]


def _unquoted(cell: str) -> str:
    return cell[1:-1] if re.fullmatch(r"`[^`]*`", cell) else cell


def examples(section: str) -> list[str]:
    """The YAML blocks of a section."""
    return re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL)


def wrong_sums(cell: str) -> list[str]:
    """The sums of a cell that are not right: ``2 × 3 = 6; 1 / 3 = 0.333…``, where dots mean that digits are cut off."""
    return [part for part in cell.split("; ") if not _is_right(part)]


def results(cell: str) -> list[Decimal]:
    """What the sums of a cell come to."""
    return [Decimal(part.partition(" = ")[2].rstrip("…")) for part in cell.split("; ")]


def _is_right(text: str) -> bool:
    expression, equals, result = text.partition(" = ")
    if not equals:
        return False
    value = _value(ast.parse(expression.replace("×", "*").replace("−", "-"), mode="eval").body)
    difference = abs(value) - abs(Fraction(result.rstrip("…")))
    if not result.endswith("…"):
        return value == Fraction(result)
    return 0 < difference < Fraction(1, 10 ** len(result.rstrip("…").partition(".")[2]))


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATORS[type(sign)](_value(left), _value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Constant(value=int() | float()):
            return Fraction(ast.unparse(node))
        case _:
            raise ValueError(ast.unparse(node))
