"""A driver that fails: at the n-th statement of the next operation, or after a commit that took effect all the same."""

from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy import event

from api.server.database import Database


class Interruption:
    """Listens to a pool of connections; armed, it lets one operation fail once.

    Attributes:
        lost: it fired at a statement, and the transaction is rolled back.
        kept: it fired after a commit, of which the caller is told that it failed.
    """

    def __init__(self, database: Database) -> None:
        self.engine = database.engine
        self.lost = self.kept = False
        self._statements = self._commits = 0

    def __enter__(self) -> Self:
        event.listen(self.engine, "before_cursor_execute", self._at_statement)
        event.listen(self.engine, "commit", self._at_commit)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        event.remove(self.engine, "before_cursor_execute", self._at_statement)
        event.remove(self.engine, "commit", self._at_commit)

    @property
    def armed(self) -> bool:
        """Whether something is to fail."""
        return bool(self._statements or self._commits)

    def arm_at_statement(self, nth: int) -> None:
        """Fail at the n-th statement from now on, the first being 1."""
        self._statements = nth

    def arm_after_commit(self, nth: int) -> None:
        """Let the n-th commit from now on succeed, and say that it failed."""
        self._commits = nth

    def disarm(self) -> tuple[bool, bool]:
        """Fail no more; say whether it had fired at a statement, or after a commit."""
        fired = self.lost, self.kept
        self.lost = self.kept = False
        self._statements = self._commits = 0
        return fired

    def _at_statement(self, *asked: Any) -> None:
        if self._statements == 0:
            return
        self._statements -= 1
        if self._statements == 0:
            self.lost = True
            raise psycopg.OperationalError("killed at a statement")

    def _at_commit(self, connection: Any) -> None:
        if self._commits == 0:
            return
        self._commits -= 1
        if self._commits == 0:
            connection.connection.driver_connection.commit()
            self.kept = True
            raise psycopg.OperationalError("the connection broke; whether the commit took effect is not known")
