"""What routes ask for: the database, and a transaction that is committed before the answer is sent."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from api.database import Access, Database


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


DatabaseDep = Annotated[Database, Depends(database)]
AccessDep = Annotated[Access, Depends(access)]


def unstated_session(pool: DatabaseDep) -> Iterator[Session]:
    """Open the request's transaction without a tenant: it sees the three tables that answer "which tenant?"."""
    with pool.transaction() as session:
        yield session


#: ``scope="function"``: FastAPI's default commits after the answer has left, and a failed commit would be a 200.
UnstatedSession = Annotated[Session, Depends(unstated_session, scope="function")]
