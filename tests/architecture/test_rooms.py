"""The rooms of the house: the import direction, a core without I/O, no circle of modules, few flat files.

Each rule is a function over the tree of a source, so that the last class can show it failing on one that breaks it.
"""

import ast
from collections.abc import Mapping

import pytest

from tests.architecture.source import (
    ORDER,
    ROOT,
    dotted,
    imported,
    imports,
    inside,
    is_core,
    modules,
    nodes,
    text_of,
    tree_of,
)

IO = {
    "alembic", "apscheduler", "asyncio", "fastapi", "fcntl", "httpx", "os", "pathlib", "psycopg", "random", "requests",
    "shutil", "socket", "sqlalchemy", "sqlmodel", "starlette", "stripe", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
CLOCK = {"now", "today", "utcnow"}
#: How many modules may stand in a room outside its folders; `__init__` counts nowhere.
FLAT_MAX = {"api": 2, "billing": 5}


def imports_against_the_arrow(room: str, tree: ast.AST) -> list[str]:
    later = ORDER[ORDER.index(room) + 1 :]
    return [
        name
        for name in imports(tree)
        if name in later or (name in {"tests", "benchmarks", "migrations"} and room != "api")
    ]


def io_in_core(tree: ast.AST) -> list[str]:
    calls = [
        f"{node.func.attr}()"
        for node in nodes(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK
    ]
    opened = [
        "open()"
        for node in nodes(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "input", "print"}
    ]
    return [name for name in imports(tree) if name in IO] + calls + opened


def circles(sources: Mapping[str, ast.AST]) -> list[list[str]]:
    """Modules that import each other, directly or through others; an import inside a function counts."""
    graph: dict[str, set[str]] = {}
    for module, tree in sources.items():
        graph[module] = set()
        for package, name in imported(tree):
            target = f"{package}.{name}" if f"{package}.{name}" in sources else package
            if target in sources and target != module:
                graph[module].add(target)
    # what imports nothing of the rest is in no circle; neither is what nothing of the rest imports
    while True:
        used = {target for targets in graph.values() for target in targets}
        kept = {module: targets & graph.keys() for module, targets in graph.items() if targets and module in used}
        kept = {module: targets & kept.keys() for module, targets in kept.items()}
        if kept == graph:
            break
        graph = kept
    return [sorted(graph)] if graph else []


@pytest.mark.parametrize("room", ORDER)
def test_no_import_points_back(room: str) -> None:
    met = {inside(path): imports_against_the_arrow(room, tree_of(path)) for path in modules(room)}
    assert {place: names for place, names in met.items() if names} == {}


@pytest.mark.parametrize("room", ORDER[:-1])
def test_the_core_reaches_nothing_outside_itself(room: str) -> None:
    met = {inside(path): io_in_core(tree_of(path)) for path in modules(room) if is_core(path)}
    assert {place: names for place, names in met.items() if names} == {}


def test_one_file_imports_stripes_client() -> None:
    """Whoever else moves money is another file behind the same port (``billing/payments/gateway.py``)."""
    met = [inside(path) for path in modules(*ORDER) if "stripe" in imports(tree_of(path))]
    assert met == ["billing/payments/stripe.py"]


def test_no_modules_import_each_other() -> None:
    assert circles({dotted(path): tree_of(path) for path in modules(*ORDER)}) == []


@pytest.mark.parametrize("room", FLAT_MAX)
def test_a_room_is_folders_and_few_flat_files(room: str) -> None:
    flat = [path.name for path in (ROOT / room).glob("*.py") if path.name != "__init__.py"]
    assert len(flat) <= FLAT_MAX[room], flat


def test_the_tenants_setting_is_never_left_on_a_connection() -> None:
    """``set app.tenant`` without ``local`` would pass to the next user of the pool, and autocommit would ignore it."""
    for path in modules(*ORDER):
        source = text_of(path).lower()
        assert "set app." not in source
        assert "set session" not in source


class TestEachRuleFailsWhereItIsBroken:
    @pytest.mark.parametrize(("room", "source"), [
        ("quantities", "from metering.log.reading import Reading"),
        ("metering", "from savings.plan import Plan"),
        ("metering", "def late():\n    import api.server.settings"),
        ("savings", "from contracts.clause import Usage"),
        ("contracts", "import billing.tables as rows"),
        ("billing", "from api import database"),
        ("billing", "from tests.build import a_reading"),
    ])  # fmt: skip
    def test_an_import_against_the_arrow(self, room: str, source: str) -> None:
        assert imports_against_the_arrow(room, ast.parse(source))

    @pytest.mark.parametrize("source", [
        "import os", "from sqlmodel import Session", "import time", "from datetime import datetime\ndatetime.now()",
        "from datetime import date\ndate.today()", "open('x')", "from pathlib import Path", "print(1)",
    ])  # fmt: skip
    def test_io_in_the_core(self, source: str) -> None:
        assert io_in_core(ast.parse(source))

    @pytest.mark.parametrize("sources", [
        {"a": "import b", "b": "def late():\n    from a import x"},
        {"a.one": "from a import two", "a.two": "from b import x", "b": "import a.one"},
    ])  # fmt: skip
    def test_a_circle(self, sources: dict[str, str]) -> None:
        line = {"c": "import a", "d": "import c"}
        assert circles({name: ast.parse(source) for name, source in (sources | line).items()}) == [sorted(sources)]

    def test_a_line_is_no_circle(self) -> None:
        sources = {"a": "import b", "b": "from c import x", "c": ""}
        assert circles({name: ast.parse(source) for name, source in sources.items()}) == []
