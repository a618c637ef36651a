"""Joins of two tables of tenants name the tenant: on a cluster, where rows lie by tenant, no other join stays in a shard.

What SQLAlchemy joins is read from the call; what is written as text, from the text between ``join`` and what follows.
Joins of what is no table of tenants (a list of values, a subquery of one row) need none. Row locks name rows by a key
within the tenant that the policies add, in every statement (tests/reliability/test_tenant_walls.py).
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import ORDER, inside, modules, nodes, tree_of
from tests.architecture.test_sql import OWNER, ROWS, statements

_TENANTLESS = {"tenant"}
#: Joined with rows that have no column of the tenant: those that stand as of a watermark, and arrays that are given.
_WITH_CHOSEN = {
    "reading on opening.series = event.series and opening.start = event.at and opening.batch = event.batch",
    "batch on b.id = r.batch",
    "batch on b.id = live.batch",
}
_JOIN = re.compile(
    r"\bjoin\s+(\w+)(?:\s+(?:as\s+)?(?!on\b|using\b)\w+)?\s+(?:on|using)\b(.*?)"
    r"(?=\bjoin\b|\bleft\b|\bwhere\b|\border\b|\bgroup\b|\bunion\b|\bfor\b|\blimit\b|$)",
    re.IGNORECASE | re.DOTALL,
)


def tenantless(tree: ast.AST) -> Iterator[str]:
    """Joins of a table of tenants whose condition does not name the tenant."""
    for node in nodes(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"join", "outerjoin"}
        ):
            arguments = [ast.unparse(argument) for argument in node.args]
            if len(arguments) > 1 and arguments[0] in ROWS and "tenant" not in arguments[1]:
                yield f"line {node.lineno}: {arguments[0]}"
    for statement in set(statements(tree)):
        for table, condition in _JOIN.findall(statement):
            written = f"{table} on {' '.join(condition.split())}"
            needs_none = table not in OWNER or table in _TENANTLESS or "asked." in condition or written in _WITH_CHOSEN
            if "tenant" not in condition and not needs_none:
                yield written


def test_every_join_names_the_tenant() -> None:
    met = {inside(path): sorted(tenantless(tree_of(path))) for path in modules(*ORDER)}
    assert {place: joins for place, joins in met.items() if joins} == {}


@pytest.mark.parametrize("source", [
    "select(A).join(SeriesRow, col(SeriesRow.id) == EditRow.series)",
    "text('select 1 from reading r join batch b on b.id = r.batch and true where true')",
    "text('select 1 from series s left join register on register.id = s.register_id')",
])  # fmt: skip
def test_a_join_without_it_is_met(source: str) -> None:
    assert list(tenantless(ast.parse(source)))


@pytest.mark.parametrize("source", [
    "select(A).join(SeriesRow, within_tenant(SeriesRow.id, EditRow.series))",
    "text('select 1 from reading r join batch b on b.tenant = r.tenant and b.id = r.batch')",
    "text('select 1 from series s join register using (tenant, id)')",
    "text('select 1 from series join unnest(1) as x on true')",
])  # fmt: skip
def test_a_join_with_it_is_none(source: str) -> None:
    assert not list(tenantless(ast.parse(source)))
