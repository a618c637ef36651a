"""Numbers are given at one place, behind the hold: no road to a number leads past the form of a document."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import ORDER, inside, modules, nodes, text_of, tree_of

PLACE = "billing/issuing.py"
#: What draws or writes a number, and who alone may call it.
MAY_CALL = {
    "give_numbers": {PLACE},
    "number_prepared": {PLACE},
    "count_on": {"billing/invoices/numbering.py", "billing/payees/documents/prepared.py"},
}
#: Which module writes a number into a row, by a statement or by a column of rows that are inserted.
MAY_WRITE = {"billing/invoices/numbering.py", "billing/payees/documents/prepared.py"}
_WRITES = re.compile(r"update invoice set[^;]*\bnumber = |insert_rows\([^)]*PayeeDocumentRow|\bnext_in\(", re.DOTALL)


def called(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each call, by the last name of what is called, with its line."""
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node.lineno


def callers(name: str) -> set[str]:
    return {inside(path) for path in modules(*ORDER) if any(name == other for other, _ in called(tree_of(path)))}


@pytest.mark.parametrize("name", MAY_CALL)
def test_what_gives_a_number_is_called_at_one_place(name: str) -> None:
    assert callers(name) == MAY_CALL[name]


def test_nothing_else_writes_a_number() -> None:
    assert {inside(path) for path in modules(*ORDER) if _WRITES.search(text_of(path))} == MAY_WRITE


def held_before(tree: ast.AST) -> bool:
    """Whether a module holds documents to their form before anything that gives a number, and once."""
    calls = list(called(tree))
    holds = [line for name, line in calls if name == "hold_to_forms"]
    gives = [line for name, line in calls if name in {"give_numbers", "number_prepared", "lock_issuers"}]
    return len(holds) == 1 and bool(gives) and holds[0] < min(gives)


def test_there_documents_are_held_first() -> None:
    (path,) = [path for path in modules("billing") if inside(path) == PLACE]
    assert held_before(tree_of(path))
    assert callers("hold_to_forms") == {PLACE}


@pytest.mark.parametrize("source", [
    "give_numbers(s)\nhold_to_forms(s)", "lock_issuers(s)\nhold_to_forms(s)\ngive_numbers(s)", "numbering.give_numbers(s)",
])  # fmt: skip
def test_a_number_before_the_hold_fails(source: str) -> None:
    assert not held_before(ast.parse(source))
