"""What a route depends on: who calls, and the caller's transaction, committed before the answer is sent."""

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
from api.http.threads import Threads
from api.refusals import Forbidden, Unauthenticated
from api.server.database import Access, Database
from metering.fleet.register_lookup import KnownRegisters, RegisterCache
from quantities.errors import Unavailable


class ClientGone(Unavailable):
    """The client left before its answer; nothing was done."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The database and the threads of an application, for as long as it serves.

    Attributes:
        access: the addresses of the database.
        database: the connections for requests.
        threads: the threads that requests are worked on.
        lookup_database: separate connections, for looking keys up and for ``/ready``.
        lookup_threads: separate threads, for the same.
        registers: what this process knows of the tenants' registers.
    """

    access: Access
    database: Database
    threads: Threads
    lookup_database: Database
    lookup_threads: Threads
    registers: RegisterCache


async def resources(request: Request) -> Resources:
    """Give a route the database and the threads that this application serves with."""
    serving = getattr(request.app.state, "resources", None)
    if not isinstance(serving, Resources):
        raise TypeError("the application serves before it has started")
    return serving


def clock() -> datetime:
    """Read the clock, here at the door; everything below gets the instant as an argument."""
    return datetime.now(UTC)


ResourcesDep = Annotated[Resources, Depends(resources)]
#: For the documentation: the key itself is looked up before the body is read.
_Bearer = Annotated[object, Depends(HTTPBearer(auto_error=False, description="A key made by `usufruct key create`."))]


@dataclass(eq=False)
class StatedCall:
    """A request with its caller, its instant, and a transaction of the caller's tenant and party.

    The transaction begins when ``session`` is used for the first time. It ends with the ``with`` block around the
    request's work, on the same thread.
    """

    caller: Caller
    now: datetime
    serving: Resources
    receive: Callable[[], Awaitable[Message]]
    _open: ExitStack = field(default_factory=ExitStack, init=False)
    _session: Session | None = field(default=None, init=False)
    _connection: "psycopg.Connection[object] | None" = field(default=None, init=False)
    _connection_lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    gone: bool = field(default=False, init=False)  # whether the client has left

    @property
    def session(self) -> Session:
        """The transaction: everything that the request writes is committed with it, or nothing.

        Raises:
            DatabaseUnavailable: the database is gone.
        """
        if self._session is None:
            self._session = self._open.enter_context(
                self.serving.database.transaction(self.caller.tenant, self.caller.party)
            )
            self._connection = self._session.connection().connection.driver_connection
        return self._session

    @property
    def registers(self) -> KnownRegisters:
        """What this process knows of the tenant's registers, as its fleet is now."""
        return self.serving.registers.of(self.session, self.caller.tenant)

    def __enter__(self) -> Self:
        """Begin; the transaction waits until it is needed.

        Raises:
            ClientGone: the client has left while the request waited for its turn.
        """
        if self.gone:
            raise ClientGone
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back where the work raised or the client has left.

        Raises:
            ClientGone: the client has left.
            UsufructError: the database refuses the commit (``Database.transaction`` lists the errors).
        """
        with self._connection_lock:  # from here on another request may have the connection
            self._connection = None
        with self._open:
            if self.gone:
                raise ClientGone from error
            if error is not None:
                raise error

    def cancel_statement(self) -> None:
        """Cancel the statement that is running, so that the transaction rolls back; called from another thread."""
        with self._connection_lock:
            if self._connection is not None:
                with suppress(psycopg.Error):
                    self._connection.cancel_safe(timeout=2)


async def look_up_caller(request: Request) -> None:
    """Look up for whom the key of a request speaks; keep the caller and the instant in the request's state.

    Raises:
        Unauthenticated: the request has no key, or the key is not known, or revoked.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Unauthenticated("send the key as: Authorization: Bearer KEY")
    now = request.app.dependency_overrides.get(clock, clock)()
    serving = await resources(request)

    def look_up() -> Caller:
        return caller_of(serving.lookup_database.look_up, key.strip(), now)

    request.state.caller, request.state.now = await serving.lookup_threads.work(look_up), now


def for_roles(*roles: Role) -> Callable[..., Awaitable[StatedCall]]:
    """Make a dependency that accepts some roles and refuses all others."""

    async def let_in(request: Request, serving: ResourcesDep, _: _Bearer) -> StatedCall:
        caller: Caller = request.state.caller
        if caller.role not in roles:
            raise Forbidden(f"a {caller.role} key does not include this", expected=[str(role) for role in roles])
        return StatedCall(caller, request.state.now, serving, request.receive)

    return let_in


Maker = Annotated[StatedCall, Depends(for_roles(Role.MANUFACTURER))]
Office = Annotated[StatedCall, Depends(for_roles(Role.MANUFACTURER, Role.FINANCE))]
Anyone = Annotated[StatedCall, Depends(for_roles(*Role))]
