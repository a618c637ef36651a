"""Words: no vague variable, no long call by position, a reason beside each statement of SQL that is text.

Each rule is a function over source, so that the last class can show it failing on a text that breaks it.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import ORDER, inside, modules, nodes, text_of, tree_of

#: Names that say nothing of the thing; the thing is named instead: charge, register, invoice, rows.
VAGUE = {"each", "found", "of_one", "mine", "theirs"}
POSITIONAL_MAX = 6


def vague_variables(tree: ast.AST) -> Iterator[str]:
    """Variables and parameters; the field ``found`` of a fault is a word of its document and not one of them."""
    fields = {
        id(field.target)
        for node in nodes(tree)
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    }
    for node in nodes(tree):
        if id(node) in fields:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VAGUE:
            yield f"line {node.lineno}: {node.id}"
        elif isinstance(node, ast.arg) and node.arg in VAGUE:
            yield f"line {node.lineno}: {node.arg}"


def long_calls(tree: ast.AST) -> Iterator[str]:
    """Calls with so many arguments by position that one may stand in the place of another unseen."""
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            positional = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
            if len(positional) > POSITIONAL_MAX:
                yield f"line {node.lineno}: {len(positional)} arguments"


def unreasoned_sql(source: str) -> Iterator[str]:
    """Statements of SQL as text (``text(…)``) without ``# text: reason`` beside the call or above its statement."""
    lines = source.splitlines()
    for statement, calls in _statements_with_text(ast.parse(source)):
        beside = "\n".join(lines[statement.lineno - 1 : statement.end_lineno or statement.lineno])
        above = _comment_above(lines, statement.lineno)
        if not re.search(r"# text: \S", f"{above}\n{beside}"):
            yield from (f"line {call.lineno}" for call in calls)


def _statements_with_text(tree: ast.AST) -> Iterator[tuple[ast.stmt, list[ast.Call]]]:
    """The innermost statements that call SQLAlchemy's ``text``, each with its calls."""
    for node in nodes(tree):
        if isinstance(node, ast.stmt):
            own = [
                child
                for part in ast.iter_child_nodes(node)
                if not isinstance(part, ast.stmt | ast.ExceptHandler | ast.match_case)
                for child in ast.walk(part)
                if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id == "text"
            ]
            if own:
                yield node, own


def _comment_above(lines: list[str], lineno: int) -> str:
    above = []
    for line in reversed(lines[: lineno - 1]):
        if not line.strip().startswith("#"):
            break
        above.append(line)
    return "\n".join(above)


def test_no_variable_has_a_vague_name() -> None:
    met = {inside(path): list(vague_variables(tree_of(path))) for path in modules(*ORDER)}
    assert {place: names for place, names in met.items() if names} == {}


def test_no_call_has_seven_arguments_by_position() -> None:
    met = {inside(path): list(long_calls(tree_of(path))) for path in modules(*ORDER)}
    assert {place: calls for place, calls in met.items() if calls} == {}


def test_sql_as_text_says_why() -> None:
    sources = {path: text_of(path) for path in modules(*ORDER)}
    met = {
        inside(path): list(unreasoned_sql(source))
        for path, source in sources.items()
        if re.search(r"from sqlalchemy import [^\n]*\btext\b|^    text,$", source, re.MULTILINE)
    }
    assert {place: calls for place, calls in met.items() if calls} == {}


class TestEachRuleFailsWhereItIsBroken:
    @pytest.mark.parametrize("source", [
        "for each in rows: print(each)", "found = 1", "def f(mine): ...", "x = [theirs for theirs in rows]",
        "if (of_one := 1): ...",
    ])  # fmt: skip
    def test_a_vague_variable(self, source: str) -> None:
        assert list(vague_variables(ast.parse(source)))

    def test_a_long_call(self) -> None:
        assert list(long_calls(ast.parse("f(1, 2, 3, 4, 5, 6, 7)")))
        assert not list(long_calls(ast.parse("f(1, 2, 3, 4, 5, 6, g=7)")))

    @pytest.mark.parametrize("source", [
        "x = text('select 1')", "# because\nx = text('select 1')", "# text:\nx = text('select 1')",
        "def f():\n    # text: why\n    y = 1\n    return text('select 1')",
    ])  # fmt: skip
    def test_sql_without_a_reason(self, source: str) -> None:
        assert list(unreasoned_sql(source))

    @pytest.mark.parametrize("source", [
        "# text: a lateral join\nx = text('select 1')", "x = text('select 1')  # text: a lateral join",
        "x = text(\n    'select 1'  # text: a lateral join\n)",
    ])  # fmt: skip
    def test_sql_with_one(self, source: str) -> None:
        assert not list(unreasoned_sql(source))
