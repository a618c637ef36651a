"""What another room's transaction needs of the log: its watermark, and the way by which rows are written in bulk.

It stands apart from the log's store, which takes a while to load with its columns.
"""

from collections.abc import Iterable, Mapping, Sequence

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlmodel import Session, func, select


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


def driver(session: Session) -> "psycopg.Connection[tuple[object, ...]]":
    """The psycopg connection of the session's transaction, because SQLAlchemy has no COPY."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"COPY is psycopg's, the session is on {type(connection).__name__}")
    return connection
