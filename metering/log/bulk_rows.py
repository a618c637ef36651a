"""Rows of any room's tables in bulk: copied as the loader, inserted with their keys, and found by many names."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from psycopg import sql
from sqlalchemy import RowMapping, Select, Text, bindparam, true
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, SQLModel, func, select

from metering.log.transaction import AS_BEFORE, AS_LOADER, driver

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
#: So many names are looked up, and so many rows written, by one statement.
_PORTION = 10_000


def copy_rows(session: Session, table_: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of another table in bulk with the role ``usufruct_load``, for the tenant that the session states.

    Args:
        session: states the tenant.
        table_: a table that the role may insert into.
        columns: all of its columns without ``tenant``.
        rows: values in the order of the columns; of one of JSON its text.
    """
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table_), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver(session).cursor() as cursor:
        cursor.execute(AS_LOADER)
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(AS_BEFORE)


def insert_rows(session: Session, row: type[SQLModel], values: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write rows of a table that the database numbers, a few thousand by a statement, as the application itself.

    Args:
        session: states the tenant.
        row: of the table; it has a column ``id``, and none of arrays that may be null.
        values: of each row by column, all of the same columns; of one of JSON its text, or what is written as it.

    Returns:
        The keys of the rows, in their order.
    """
    keys: list[int] = []
    for first in range(0, len(values), _PORTION):
        portion = values[first : first + _PORTION]
        columns = tuple(portion[0])
        statement, of_json = _insertion(row, columns)
        given: list[object] = [
            f"[{','.join(map(_json, of_column))}]" if column in of_json else of_column
            for column in columns
            for of_column in ([value[column] for value in portion],)
        ]
        with driver(session).cursor() as cursor:
            cursor.execute(statement, given)
            keys += sorted(
                key for (key,) in cursor.fetchall() if isinstance(key, int)
            )  # drawn in the order of the rows
    return keys


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@cache
def _insertion(row: type[SQLModel], columns: tuple[str, ...]) -> tuple[sql.Composed, frozenset[str]]:
    """Write the statement that inserts rows of some columns; and name those that are given as JSON.

    These go as one document: in an array of texts each quotation mark of theirs would be escaped.
    """
    table: Any = row.__table__  # type: ignore[attr-defined]
    types = {column: str(table.c[column].type.compile(_DIALECT)) for column in columns}
    of_json = frozenset(column for column, type_ in types.items() if type_ == "JSONB" or type_.endswith("[]"))
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    given = sql.SQL(", ").join(
        sql.SQL("jsonb_array_elements(cast(%s as jsonb))")
        if column in of_json
        else sql.SQL("unnest(cast(%s as {}[]))").format(sql.SQL(type_))
        for column, type_ in types.items()
    )
    chosen = sql.SQL(", ").join(_chosen(sql.Identifier(column), type_) for column, type_ in types.items())
    statement = sql.SQL(
        "insert into {} ({}) select {} from rows from ({}) with ordinality as given ({}, nth) order by nth returning id"
    ).format(sql.Identifier(table.name), names, chosen, given, names)
    return statement, of_json


def _chosen(name: sql.Identifier, type_: str) -> sql.Composable:
    if type_ == "JSONB":
        return sql.SQL("nullif({}, 'null')").format(name)
    if type_.endswith("[]"):
        return sql.SQL("cast(array(select jsonb_array_elements_text({})) as {})").format(name, sql.SQL(type_))
    return name


def rows_named(
    session: Session, row: type[SQLModel], column: str, names: Iterable[str], columns: Sequence[str] = ()
) -> Iterator[RowMapping]:
    """Find rows of a table by names that are unique in a tenant; names that are none are left out.

    Each name is looked up by itself, by the index of the column. Asked for any of a list, PostgreSQL reads all rows of
    the tenant wherever it takes them for few, as it does of every table that is not analysed yet.

    Args:
        session: states the tenant.
        row: of the table.
        column: which has the names.
        names: as many as one likes.
        columns: those to read; without any, all.
    """
    statement = _named(row, column, tuple(columns))
    distinct = sorted(set(names))
    for first in range(0, len(distinct), _PORTION):
        yield from session.execute(statement, {"names": distinct[first : first + _PORTION]}).mappings()


@cache  # each is a circle of objects that only the collector frees
def _named(row: type[SQLModel], column: str, columns: tuple[str, ...]) -> Select[Any]:
    table: Any = row.__table__  # type: ignore[attr-defined]
    named = func.unnest(bindparam("names", type_=ARRAY(Text))).table_valued("name").render_derived(name="named")
    chosen = [table.c[chosen] for chosen in columns or table.c.keys()]
    one = select(*chosen).where(table.c[column] == named.c.name).limit(1).lateral("one")
    statement: Select[Any] = select(*one.c).select_from(named).join(one, true())
    return statement
