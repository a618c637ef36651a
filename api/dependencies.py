"""What routes ask for: who calls, and a transaction of theirs that is committed before the answer is sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlmodel import Session

from api.auth import Caller, Role, caller_of
from api.database import Access, Database
from api.problems import Forbidden, Unauthenticated


def database(request: Request) -> Database:
    """Hand out the pool of this application."""
    found = request.app.state.database
    if not isinstance(found, Database):
        raise TypeError("the application serves before it has started")
    return found


def access(request: Request) -> Access:
    """Hand out the addresses that this application reached its database by."""
    found = request.app.state.access
    if not isinstance(found, Access):
        raise TypeError("the application serves before it has started")
    return found


def clock() -> datetime:
    """Read the clock, here at the door; everything below gets the instant as an argument."""
    return datetime.now(UTC)


DatabaseDep = Annotated[Database, Depends(database)]
AccessDep = Annotated[Access, Depends(access)]
NowDep = Annotated[datetime, Depends(clock)]


def unstated_session(pool: DatabaseDep) -> Iterator[Session]:
    """Open the request's transaction without a tenant: it sees the three tables that answer "which tenant?"."""
    with pool.transaction() as session:
        yield session


#: ``scope="function"``: FastAPI's default commits after the answer has left, and a failed commit would be a 200.
UnstatedSession = Annotated[Session, Depends(unstated_session, scope="function")]


@dataclass(frozen=True, slots=True)
class Stated:
    """A request with its caller, its transaction and its instant."""

    caller: Caller
    session: Session
    now: datetime


def _caller(pool: Database, authorization: str | None, now: datetime) -> Caller:
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Unauthenticated("send the key as: Authorization: Bearer KEY")
    with pool.transaction() as session:
        return caller_of(session, key.strip(), now)


def for_roles(*roles: Role) -> Callable[..., Iterator[Stated]]:
    """Make a dependency that lets some roles in, and opens a transaction of their tenant and party."""

    def opened(
        pool: DatabaseDep,
        now: NowDep,
        authorization: Annotated[str | None, Header(description="Bearer KEY")] = None,
    ) -> Iterator[Stated]:
        caller = _caller(pool, authorization, now)
        if caller.role not in roles:
            raise Forbidden(f"a {caller.role} key does not include this", expected=[str(role) for role in roles])
        with pool.transaction(caller.tenant, caller.party) as session:
            yield Stated(caller, session, now)

    return opened


Maker = Annotated[Stated, Depends(for_roles(Role.MANUFACTURER), scope="function")]
Office = Annotated[Stated, Depends(for_roles(Role.MANUFACTURER, Role.FINANCE), scope="function")]
Anyone = Annotated[Stated, Depends(for_roles(*Role), scope="function")]
