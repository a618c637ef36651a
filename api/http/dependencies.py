"""What routes ask for: who calls, and a transaction of theirs that is committed before the answer is sent."""

import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Annotated, Self

import psycopg
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlmodel import Session
from starlette.types import Message

from api.access.auth import Caller, Role, caller_of
from api.http.problems import Forbidden, Unauthenticated
from api.http.threads import Threads
from api.server.database import Access, Database
from quantities.errors import Unavailable


class ClientGone(Unavailable):
    """The client has left before its answer; nothing was done."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What an application serves with, for as long as it serves.

    Attributes:
        access: the addresses that it reached its database by.
        database: the connections of requests.
        threads: those that requests are worked on.
        lookup_database: connections of their own for looking keys up and for saying whether it is ready.
        lookup_threads: and threads.
    """

    access: Access
    database: Database
    threads: Threads
    lookup_database: Database
    lookup_threads: Threads


async def resources(request: Request) -> Resources:
    """Hand out what this application serves with."""
    known = getattr(request.app.state, "resources", None)
    if not isinstance(known, Resources):
        raise TypeError("the application serves before it has started")
    return known


def clock() -> datetime:
    """Read the clock, here at the door; everything below gets the instant as an argument."""
    return datetime.now(UTC)


ResourcesDep = Annotated[Resources, Depends(resources)]
#: For the documentation: the key itself is looked up before the body is read.
_Bearer = Annotated[object, Depends(HTTPBearer(auto_error=False, description="A key made by `usufruct key create`."))]


@dataclass(eq=False)
class StatedCall:
    """A request with its caller, its instant, and a transaction of the caller's tenant and party.

    The transaction begins when ``session`` is asked for first, and ends with the ``with`` that the request's work is
    done in, on the same thread.
    """

    caller: Caller
    now: datetime
    database: Database
    threads: Threads
    receive: Callable[[], Awaitable[Message]]
    _open: ExitStack = field(default_factory=ExitStack, init=False)
    _session: Session | None = field(default=None, init=False)
    _connection: "psycopg.Connection[object] | None" = field(default=None, init=False)
    _connection_lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    gone: bool = field(default=False, init=False)  # whether the client has left

    @property
    def session(self) -> Session:
        """The transaction; everything of this request is committed with it, or nothing.

        Raises:
            DatabaseUnavailable: the database is gone.
        """
        if self._session is None:
            self._session = self._open.enter_context(self.database.transaction(self.caller.tenant, self.caller.party))
            self._connection = self._session.connection().connection.driver_connection
        return self._session

    def __enter__(self) -> Self:
        """Begin; the transaction waits until it is needed.

        Raises:
            ClientGone: it has left while it waited for its turn.
        """
        if self.gone:
            raise ClientGone
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back where the work raised or the client has left.

        Raises:
            ClientGone: it has left.
            UsufructError: what the database refused, as ``Database.transaction`` has it.
        """
        with self._connection_lock:  # from here on the connection may be another's
            self._connection = None
        with self._open:
            if self.gone:
                raise ClientGone from error
            if error is not None:
                raise error

    def cancel_statement(self) -> None:
        """Cancel what the transaction is at, so that it is rolled back. Called from another thread than it is on."""
        with self._connection_lock:
            if self._connection is not None:
                with suppress(psycopg.Error):
                    self._connection.cancel_safe(timeout=2)


async def look_up_caller(request: Request) -> None:
    """Find for whom the key of a request speaks, at which instant, and note both in the request's state.

    Raises:
        Unauthenticated: there is none, it is not known, or it is revoked.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Unauthenticated("send the key as: Authorization: Bearer KEY")
    now = request.app.dependency_overrides.get(clock, clock)()
    known = await resources(request)

    def look_up() -> Caller:
        with known.lookup_database.transaction() as session:
            return caller_of(session, key.strip(), now)

    request.state.caller, request.state.now = await known.lookup_threads.work(look_up), now


def for_roles(*roles: Role) -> Callable[..., Awaitable[StatedCall]]:
    """Make a dependency that lets some roles in."""

    async def let_in(request: Request, known: ResourcesDep, _: _Bearer) -> StatedCall:
        caller: Caller = request.state.caller
        if caller.role not in roles:
            raise Forbidden(f"a {caller.role} key does not include this", expected=[str(role) for role in roles])
        return StatedCall(caller, request.state.now, known.database, known.threads, request.receive)

    return let_in


Maker = Annotated[StatedCall, Depends(for_roles(Role.MANUFACTURER))]
Office = Annotated[StatedCall, Depends(for_roles(Role.MANUFACTURER, Role.FINANCE))]
Anyone = Annotated[StatedCall, Depends(for_roles(*Role))]
