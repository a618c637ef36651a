"""What another room's transaction needs of the log: its watermark, and how statements are sent without waiting.

It stands apart from the log's store, which takes a while to load with its columns.
"""

import logging
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.pq import Format, PipelineStatus
from sqlmodel import Session, func, select

from quantities.period import MICROSECOND

# Where a connection breaks, psycopg warns besides of what it could not end. What broke it is raised.
logging.getLogger("psycopg").addFilter(lambda record: "error ignored terminating" not in record.getMessage())

#: A COPY is made as the loader, and what follows it as what the transaction was before (api/server/database.py).
AS_LOADER = "set local role usufruct_load"
AS_BEFORE = "select set_config('role', coalesce(nullif(current_setting('app.becomes', true), ''), 'none'), true)"


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


class BinaryArray(bytes):
    """The elements of an array of one dimension as PostgreSQL sends and receives them, each with its length before it.

    Many numbers are written so, and read by PostgreSQL, in a fraction of the time that digits take.
    """

    __slots__ = ()


class Int2Array(BinaryArray):
    """Of ``smallint``."""

    __slots__ = ()


class Int4Array(BinaryArray):
    """Of ``int``."""

    __slots__ = ()


class InstantArray(BinaryArray):
    """Of ``timestamptz``, in microseconds since 2000."""

    __slots__ = ()


_2000 = datetime(2000, 1, 1, tzinfo=UTC)


def _teach(kind: type[BinaryArray], of_element: str, code: str, write: Callable[[int], object]) -> None:
    """Let psycopg hand on arrays of a kind; so it does on the connections of engines that are made after this.

    Args:
        kind: of the arrays.
        of_element: the name of the type of an element.
        code: of a length and an element, as ``struct`` has it.
        write: an element as text.
    """
    element, pair, head = psycopg.adapters.types[of_element], struct.Struct(code), struct.Struct(">iiiii")

    class InText(psycopg.adapt.Dumper):
        """For COPY, whose query has its parameters written into it."""

        oid = element.array_oid

        def dump(self, elements: bytes) -> bytes:
            return array(write(number) for _, number in pair.iter_unpack(elements)).encode()

    class InBinary(psycopg.adapt.Dumper):
        format = Format.BINARY
        oid = element.array_oid

        def dump(self, elements: bytes) -> bytes:
            return head.pack(1, 0, element.oid, len(elements) // pair.size, 1) + elements

    for dumper in (InText, InBinary):  # the last is taken where a statement says nothing
        psycopg.adapters.register_dumper(kind, dumper)


_teach(Int2Array, "int2", ">ih", int)
_teach(Int4Array, "int4", ">ii", int)
_teach(InstantArray, "timestamptz", ">iq", lambda us: (_2000 + us * MICROSECOND).isoformat())


def driver(session: Session) -> "psycopg.Connection[tuple[object, ...]]":
    """The psycopg connection of the session's transaction, because SQLAlchemy has no COPY."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"COPY is psycopg's, the session is on {type(connection).__name__}")
    return connection
