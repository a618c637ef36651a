"""SQL names only its own room's tables and those that another room publishes for joins, and writes only its own."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import ORDER, ROOT, inside, modules, nodes, room_of, text_of, tree_of

TABLES = {room: ROOT / room / "tables.py" for room in ORDER[:-1]} | {"api": ROOT / "api/access/tables.py"}
#: Base classes, columns and helpers of every table; none of them is a row.
SHARED = {"Tenanted", "UtcInstant", "identity", "key", "reference"}
_STATEMENT = re.compile(r"\b(select|insert|update|delete|copy|with)\b", re.IGNORECASE)
_WRITTEN = re.compile(r"\b(?:insert\s+into|update|delete\s+from|copy)\s+\"?(\w+)", re.IGNORECASE)
_READ = re.compile(r"\b(?:from|join|using)\s+\"?(\w+)", re.IGNORECASE)
#: The rule of which row counts; metering/log/as_of.py composes it for everybody.
_AS_OF = re.compile(r"distinct\s+on\s*\([^)]*\)[^;]*?\bfrom\s+(reading|register_event)\b", re.IGNORECASE | re.DOTALL)


def rows_of(room: str) -> dict[str, str]:
    """The room's tables by the class of their rows."""
    if not TABLES[room].exists():
        return {}
    return {
        node.name: statement.value.value
        for node in tree_of(TABLES[room]).body
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and ast.unparse(statement.targets[0]) == "__tablename__"
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    }


def published(room: str) -> set[str]:
    for node in tree_of(TABLES[room]).body if TABLES[room].exists() else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PUBLISHED":
            return set(ast.literal_eval(node.value.args[0]))  # type: ignore[attr-defined]
    return set()


OWNER = {table: room for room in ORDER for table in (rows_of(room).values() if room in TABLES else ())}
ROWS = {row: table for room in ORDER for row, table in (rows_of(room).items() if room in TABLES else ())}
PUBLISHED = {table for room in ORDER if room in TABLES for table in published(room)}


def statements(tree: ast.AST) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _STATEMENT.search(node.value):
            yield node.value


def trespasses(room: str, tree: ast.AST) -> list[str]:
    met = []
    for statement in statements(tree):
        written = _WRITTEN.findall(statement)
        met += [f"writes {table}" for table in written if OWNER.get(table, room) != room]
        met += [f"reads {table}" for table in _READ.findall(statement) if is_foreign(table, room)]
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("tables"):
            rows = [alias.name for alias in node.names if alias.name in ROWS]
            met += [f"has rows of {ROWS[row]}" for row in rows if is_foreign(ROWS[row], room)]
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ROWS:
            table = ROWS[ast.unparse(node.func)]
            met += [f"writes {table}"] if OWNER[table] != room else []
    return met


def is_foreign(table: str, room: str) -> bool:
    return OWNER.get(table, room) != room and table not in PUBLISHED


def says_as_of(tree: ast.AST) -> bool:
    return any(_AS_OF.search(statement) for statement in statements(tree))


def test_sql_stays_in_its_room() -> None:
    met = {inside(path): trespasses(room_of(path), tree_of(path)) for path in modules(*ORDER)}
    assert {place: what for place, what in met.items() if what} == {}


def test_what_counts_as_of_a_watermark_is_said_in_one_place() -> None:
    composed = ROOT / "metering/log/as_of.py"
    assert [inside(path) for path in modules(*ORDER) if path != composed and says_as_of(tree_of(path))] == []
    assert "distinct on" in text_of(composed)


def test_every_table_has_an_owner() -> None:
    assert OWNER.keys() > {"reading", "contract", "invoice", "credential", "tenant"}
    assert OWNER.keys() > PUBLISHED


@pytest.mark.parametrize(("room", "source"), [
    ("billing", "text('select value from reading')"),
    ("billing", "text('select 1 from invoice join register on true')"),
    ("billing", "text('insert into batch_touch values (1)')"),
    ("billing", "from metering.tables import ReadingRow"),
    ("billing", "from contracts.tables import ContractRow\nsession.add(ContractRow(reference='x'))"),
    ("contracts", "text(f'delete from {schema} invoice') ; text('update invoice set number = 1')"),
])  # fmt: skip
def test_a_trespass_is_met(room: str, source: str) -> None:
    assert trespasses(room, ast.parse(source))


@pytest.mark.parametrize(("room", "source"), [
    ("billing", "text('select 1 from invoice join batch_touch on true')"),
    ("billing", "from contracts.tables import ContractRow\nselect(ContractRow.reference)"),
    ("metering", "text('select value from reading')"),
])  # fmt: skip
def test_what_is_published_is_none(room: str, source: str) -> None:
    assert not trespasses(room, ast.parse(source))


@pytest.mark.parametrize("source", [
    "text('select distinct on (series, start) value from reading where true')",
    "f'select distinct on (at) kind from register_event where at > {x}'",
])  # fmt: skip
def test_a_second_place_is_met(source: str) -> None:
    assert says_as_of(ast.parse(source))
