"""What another room's transaction needs of the log: its watermark, and the ways by which rows are written in bulk.

It stands apart from the log's store, which takes a while to load with its columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel, func, select

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def watermark(session: Session) -> int:
    """The batch number up to which this tenant's log is complete and will not change.

    Every batch at or below it is committed or will never be. Computing it waits for nobody: it stays below the oldest
    unfinished delivery.
    """
    return int(session.exec(select(func.watermark())).one())


def copy_rows(session: Session, table_: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows of another table in bulk with the role ``usufruct_load``, for the tenant that the session states.

    Args:
        session: states the tenant.
        table_: a table that the role may insert into.
        columns: all of its columns without ``tenant``.
        rows: values in the order of the columns; a mapping is written as JSON.
    """
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table_), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver(session).cursor() as cursor:
        cursor.execute("set local role usufruct_load")
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([Jsonb(value) if isinstance(value, Mapping) else value for value in row])
        cursor.execute("set local role none")


def insert_rows(session: Session, table_: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[int]:
    """Write rows that get a key in bulk, in one statement, as the application itself.

    Args:
        session: states the tenant.
        table_: of the models; its key is an identity column called ``id``.
        columns: those that are stated.
        rows: values in the order of the columns; of a column of JSON its text.

    Returns:
        Their keys, in order.
    """
    by_column = list(zip(*rows, strict=True))
    if not by_column:
        return []
    known = SQLModel.metadata.tables[table_].columns
    types = [str(known[column].type.compile(_DIALECT)) for column in columns]
    # JSON goes as one document: in an array of texts each of its quotation marks would be escaped
    values = [
        f"[{','.join(map(str, of_column))}]" if type_ == "JSONB" else list(of_column)
        for type_, of_column in zip(types, by_column, strict=True)
    ]
    with driver(session).cursor() as cursor:
        cursor.execute(_insertion(table_, tuple(columns), tuple(types)), values)
        return sorted(key for (key,) in cursor.fetchall() if isinstance(key, int))  # drawn in the order of the rows


@cache
def _insertion(table_: str, columns: tuple[str, ...], types: tuple[str, ...]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    given = sql.SQL(", ").join(
        sql.SQL("jsonb_array_elements(cast(%s as jsonb))")
        if type_ == "JSONB"
        else sql.SQL("unnest(cast(%s as {}[]))").format(sql.SQL(type_))
        for type_ in types
    )
    return sql.SQL(
        "insert into {} ({}) select {} from rows from ({}) with ordinality as given ({}, nth) order by nth returning id"
    ).format(sql.Identifier(table_), names, names, given, names)


def driver(session: Session) -> "psycopg.Connection[tuple[object, ...]]":
    """The psycopg connection of the session's transaction, because SQLAlchemy has no COPY."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"COPY is psycopg's, the session is on {type(connection).__name__}")
    return connection
