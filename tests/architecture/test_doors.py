"""The doors are adapters: they parse, call an operation and present; an operation knows no door.

A module that reads or writes the database, or computes from what is stored, is used through api/operations/. From such
a module a door may take classes: the types that it parses and presents, and the errors that it names.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ORDER, ROOT, imported, inside, modules, tree_of

DOORS = ("api/http/routes", "api/cli", "api/demo")
ROOMS_BELOW = set(ORDER) - {"api", "quantities"}
#: How a module is called that works on what is stored.
STORED = {
    "store",
    "run",
    "history",
    "opened",
    "replay",
    "explain",
    "prepare",
    "simulate",
    "look",
    "making",
    "repricing",
}
#: A name that a door takes from one nonetheless, and why.
ALLOWED: dict[tuple[str, str], str] = {}
OF_DOORS = {"click", "fastapi", "rich", "starlette", "typer"}


def taken_past_the_operations(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What a door imports of the rooms below that an operation should do for it."""
    for module, name in imported(tree):
        room, *path = module.split(".")
        if room not in ROOMS_BELOW:
            continue
        is_module = ROOT.joinpath(room, *path, f"{name}.py").is_file()
        if (name in STORED and is_module) or (path and path[-1] in STORED and not name[:1].isupper()):
            yield module, name


def of_a_door(tree: ast.AST) -> list[str]:
    """What an operation imports that belongs to a door."""
    return [
        module
        for module, _ in imported(tree)
        if module.split(".")[0] in OF_DOORS or module.startswith(("api.http", "api.cli", "api.demo"))
    ]


def test_a_door_calls_operations_or_takes_what_it_is_allowed() -> None:
    met = {inside(path): list(taken_past_the_operations(tree_of(path))) for path in modules(*DOORS)}
    taken = {place: [name for name in names if name not in ALLOWED] for place, names in met.items()}
    assert {place: names for place, names in taken.items() if names} == {}
    assert ALLOWED.keys() <= {name for names in met.values() for name in names}, "what no door takes leaves the list"


def test_an_operation_knows_no_door() -> None:
    met = {inside(path): of_a_door(tree_of(path)) for path in modules("api/operations")}
    assert {place: names for place, names in met.items() if names} == {}


class TestEachRuleFailsWhereItIsBroken:
    @pytest.mark.parametrize("source", [
        "from billing.invoices import store",
        "from billing.invoices import store as invoices",
        "from billing.invoices.store import find",
        "import billing.invoices.store",
        "def late():\n    from contracts.store import apply as record",
        "from billing.drafts.look import issue",
        "from billing import run",
    ])  # fmt: skip
    def test_a_door_that_works_on_the_store(self, source: str) -> None:
        assert list(taken_past_the_operations(ast.parse(source)))

    @pytest.mark.parametrize("source", [
        "from billing.invoices.store import StoredInvoice, UnknownInvoice",
        "from billing.previews.shadow import read_issued",
        "from quantities.document import parse",
    ])  # fmt: skip
    def test_types_errors_and_pure_functions_are_no_fault(self, source: str) -> None:
        assert not list(taken_past_the_operations(ast.parse(source)))

    @pytest.mark.parametrize("source", ["import typer", "from fastapi import Query", "from api.cli.context import say"])
    def test_an_operation_that_knows_a_door(self, source: str) -> None:
        assert of_a_door(ast.parse(source))
