"""Whatever a rule calls a part of its charge is said in the language of the document; names of the contract's own stay."""

import ast
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from billing.documents.words.labels import AROUND, PATTERNS, is_worded, line_words
from billing.documents.words.words import words_in
from contracts.invoicing import Language
from tests.architecture.source import modules, tree_of

ENGLISH = words_in(Language.ENGLISH)
#: Where the label stands in what makes a line: after so many arguments.
_PLACES = {"RatedLine": 4, "lump": 2, "line": 3, "lines": 3}
#: What makes lines besides rules; the valuation of a saving writes its steps, which are no lines.
OTHERS = frozenset({"instalments.py", "rated_line.py", "clause.py"})
#: What may stand in a blank of a label, as rules fill it.
_FILLED = ("12.5", "month", "kWh", "2026-01-31", "heat", "nothing")


def labels_of_rules() -> Iterator[tuple[Path, ast.expr]]:
    """Every label that is written where a line is made, or assigned to a name that says it is one."""
    for path in modules("contracts"):
        if (path.name not in OTHERS and not path.parent.name.endswith("pricing")) or path.name == "valuation.py":
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                yield from ((path, label) for label in _label_of(node))
            elif isinstance(node, ast.Assign) and [*map(ast.unparse, node.targets)] == ["label"]:
                yield path, node.value


def labels_of_claims() -> Iterator[tuple[Path, ast.expr]]:
    """Every label of a claim before supply, of what is drawn of one, and of a claim for late payment.

    It is assigned to ``label``, or stands in a table of labels or under the name by which a line is made.
    """
    for path in modules("billing/advances", "billing/dunning"):
        tree = tree_of(path)
        assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        for node in assigned:
            match ast.unparse(node.targets[0]), node.value:
                case "label", value:
                    yield path, value
                case "_LABELS", ast.Dict(values=values):
                    yield from ((path, value) for value in values)
        constants = dict(pair for node in assigned for pair in _constants(node))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "_line" and len(call.args) > 1:
                name = ast.unparse(call.args[1])
                if name in constants:
                    yield path, constants[name]


def _constants(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            yield from zip(map(ast.unparse, names), values, strict=True)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value


def _label_of(call: ast.Call) -> Iterator[ast.expr]:
    place = _PLACES.get(ast.unparse(call.func).rpartition(".")[2])
    if place is not None and len(call.args) > place:
        yield call.args[place]
    elif ast.unparse(call.func) in ("RatedLine", "lump", "replace"):
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "label")


def spelled(label: ast.expr) -> Iterator[str]:
    """Every text that a label may be, its blanks filled; none of a name, whose own assignment is looked at."""
    match label:
        case ast.Constant(value=str() as text) if text:
            yield text
        case ast.IfExp(body=body, orelse=otherwise):
            yield from (*spelled(body), *spelled(otherwise))
        case ast.BoolOp(values=values):
            yield from (text for value in values for text in spelled(value))
        case ast.JoinedStr(values=values):
            choices = [[part.value] if isinstance(part, ast.Constant) else _FILLED for part in values]
            yield from ("".join(map(str, filled)) for filled in product(*choices))
        case _:
            pass


def test_every_label_that_a_rule_writes_is_said_in_words() -> None:
    unsaid = {
        f"{path.name}: {ast.unparse(label)}"
        for path, label in (*labels_of_rules(), *labels_of_claims())
        if (texts := [*spelled(label)]) and not any(map(is_worded, texts))
    }
    assert unsaid == set()
    assert len([*labels_of_rules()]) > 60
    assert len([*labels_of_claims()]) == 5


@pytest.mark.parametrize(("label", "said"), [
    ("0 to 20000 kWh", "0 to 20,000 kWh"),
    ("above 10 MWh", "above 10 MWh"),
    ("above 99.5 %", "above 99.5 %"),
    ("back: above 10 MWh", "back: above 10 MWh"),
    ("hall 3: 0 to 1000 kWh", "hall 3: 0 to 1,000 kWh"),
    ("0 to 1000 kWh, press", "0 to 1,000 kWh, press"),
    ("0 to 1000 kWh, once", "0 to 1,000 kWh, once"),
    ("above 1000 kWh, free", "above 1,000 kWh, free"),
    ("set against heat: nothing of 6000 left", "set against heat: nothing of 6,000 is left"),
    ("2026-03-01", "1 Mar 2026"),
    ("missing to the half_year", "missing to the commitment of the half-year"),
    ("off energy, 19 %", "off energy, 19 %"),
    ("repair, covered", "repair, covered"),
    ("of block 1", "of block 1"),
    ("night", "night"),
    ("", ""),
])  # fmt: skip
def test_worked_labels(label: str, said: str) -> None:
    assert line_words(label, ENGLISH) == said


def test_names_of_the_contract_are_no_labels() -> None:
    assert [name for name in ("night", "press", "hall 3", "material steel", "夜间") if is_worded(name)] == []


def test_every_pattern_is_needed() -> None:
    """One that no rule writes any more is dead."""
    written = [text for _, label in (*labels_of_rules(), *labels_of_claims()) for text in spelled(label)]
    written += ["0 to 12.5 kWh", "above 12.5 kWh", "2026-01-31", "each day", "each week", "each month", "heat, 12.5 %"]
    dead = [one.pattern.pattern for one in (*PATTERNS, *AROUND) if not any(map(one.pattern.fullmatch, written))]
    assert dead == []
