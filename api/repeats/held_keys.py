"""Idempotency keys held while work is done in many transactions: on one connection for all, and on none of the pool.

A key that such a request held in a transaction of its own would take a second connection for as long as the work takes,
and as many requests as the pool has connections would wait for each other. A lock of the session needs no transaction,
and one session holds as many as there are. Where that connection is lost, the keys are free: what is done in many
transactions is safe to repeat.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from api.repeats.store import KeyedRequest, StillUnderWay
from api.server.database import Database


class HeldKeys:
    """The keys of the requests that this process works on, of those whose work is done in many transactions."""

    def __init__(self, database: Database) -> None:
        """Hold keys on a connection of a database; it is opened with the first."""
        self._database, self._lock = database, threading.Lock()
        self._connection: Connection | None = None
        self._held: set[str] = set()

    @contextmanager
    def holding(self, tenant: int, identity: int | None, asked: KeyedRequest) -> Iterator[None]:
        """Let nobody else do what a request asks for, inside.

        Raises:
            StillUnderWay: another does it now; it is not waited for.
        """
        name = " ".join(str(part) for part in (tenant, identity, asked.key) if part is not None)
        with self._lock:
            if name in self._held or not self._ask(_TAKE, name):
                raise StillUnderWay(found=asked.key, expected="the same request again, later", retry_after_s=1)
            self._held.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(name)
                self._ask(_LEAVE, name)

    def close(self) -> None:
        """Leave all keys."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._database.close()

    def _ask(self, statement: str, name: str) -> bool:
        """Ask on the connection; once more on a new one where it is lost, which holds no key."""
        for is_last in (False, True):
            try:
                if self._connection is None:
                    opened = self._database.engine.connect()
                    self._connection = opened.execution_options(isolation_level="AUTOCOMMIT")
                # text: a function of PostgreSQL
                return bool(self._connection.execute(text(statement), {"name": name}).scalar_one())
            except DBAPIError:
                if self._connection is not None:
                    self._connection.invalidate()
                    self._connection.close()
                    self._connection = None
                if is_last:
                    raise
        return False


# the same key as ``claim`` of api/repeats/store.py takes in a transaction
_TAKE = "select pg_try_advisory_lock(hashtextextended(:name, 1))"
_LEAVE = "select pg_advisory_unlock(hashtextextended(:name, 1))"
