"""One dialect for all engines of a process, so that a statement is compiled once and not once for every test.

Each test has a database of its own, hence engines of its own, and SQLAlchemy keeps what it has compiled by the dialect
of an engine. The application has one engine for its life; the tests' engines keep what they compile together, as that
one does. All their servers are of the same PostgreSQL, which is asked about itself once. What an engine closes, the
next one of the database takes up (``tests.connections``).
"""

from contextlib import suppress
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg, _log_notices
from sqlalchemy.util import LRUCache

from tests import connections

_COMPILED_KEPT = 2000


class SharedDialect(PGDialect_psycopg):
    """The dialect of psycopg, of which all instances are one to whoever looks something up by it."""

    supports_statement_cache = True
    _compiled: ClassVar[LRUCache[Any, Any]] = LRUCache(_COMPILED_KEPT)
    _of_the_server: ClassVar[dict[str, Any]] = {}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def initialize(self, connection: Connection) -> None:
        """Take what the first connection of the process has learned of the server, or be the first."""
        if not self._of_the_server:
            before = dict(vars(self))
            super().initialize(connection)  # type: ignore[no-untyped-call]  # SQLAlchemy's own has no annotations
            learned = {name: value for name, value in vars(self).items() if before.get(name) is not value}
            type(self)._of_the_server |= learned
        vars(self).update(self._of_the_server)

    def connect(self, *addressed: Any, **parameters: Any) -> Any:
        """Take up a connection that another pool of this process has put down, or open one."""
        return connections.taken(parameters) or super().connect(*addressed, **parameters)

    def do_close(self, dbapi_connection: Any) -> None:
        """Put a connection down, if it can be taken up again."""
        with suppress(ValueError):  # whoever takes it up adds its own
            dbapi_connection.remove_notice_handler(_log_notices)
        if not connections.put_down(dbapi_connection):
            dbapi_connection.close()

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Close a connection of which nobody knows what state it is in."""
        dbapi_connection.close()

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls._compiled)
