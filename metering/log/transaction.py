"""What another room's transaction needs of the log: its watermark, and how statements are sent without waiting.

It stands apart from the log's store, which takes a while to load with its columns.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus
from sqlmodel import Session, func, select

# Where a connection breaks, psycopg warns besides of what it could not end. What broke it is raised.
logging.getLogger("psycopg").addFilter(lambda record: "error ignored terminating" not in record.getMessage())


def watermark(session: Session) -> int:
    """The batch number up to which this tenant's log is complete and will not change.

    Every batch at or below it is committed or will never be. Computing it waits for nobody: it stays below the oldest
    unfinished delivery.
    """
    return int(session.exec(select(func.watermark())).one())


class SentQuery:
    """The rows of a statement that was sent; asking for them waits for the statement's end."""

    def __init__(self, cursor: "psycopg.Cursor[tuple[Any, ...]]") -> None:
        self._cursor = cursor

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows, once."""
        with self._cursor:
            return self._cursor.fetchall()


def ask(session: Session, query: str, asked: Mapping[str, object]) -> SentQuery:
    """Send a statement of the kind that very many transactions send: prepared once a connection, without SQLAlchemy.

    Args:
        session: states the tenant.
        query: with parameters in the style of psycopg.
        asked: the parameters.
    """
    return SentQuery(driver(session).cursor().execute(query, asked, prepare=True))


def fetch(session: Session, query: str, asked: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows of such a statement."""
    return ask(session, query, asked).rows()


def send(session: Session, statement: str, given: Mapping[str, object]) -> None:
    """Send such a statement that has no rows."""
    with driver(session).cursor() as cursor:
        cursor.execute(statement, given, prepare=True)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send the statements inside one after the other, each without waiting for the one before.

    Whoever asks for an answer waits for it, and an error is raised where somebody waits next, at the end at the latest.
    Inside, nothing is copied, and SQLAlchemy executes nothing: both wait for an answer that is not asked for.
    """
    with driver(session).pipeline():
        yield


def is_together(session: Session) -> bool:
    """Whether this is inside ``together``."""
    return driver(session).pgconn.pipeline_status != PipelineStatus.OFF


def array(values: Iterable[object]) -> str:
    """An array of numbers or instants as PostgreSQL writes it, which is far quicker than psycopg's own lists."""
    return f"{{{','.join(map(str, values))}}}"


def driver(session: Session) -> "psycopg.Connection[tuple[object, ...]]":
    """The psycopg connection of the session's transaction, because SQLAlchemy has no COPY."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"COPY is psycopg's, the session is on {type(connection).__name__}")
    return connection
