"""Whether the process lives, and whether it can serve."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import literal, select

from api.http.dependencies import ResourcesDep
from api.http.interface.problem import problems
from api.http.strict_route import StrictRoute
from api.server.provision import Shape, shape
from quantities.errors import Unavailable

router = APIRouter(tags=["health"], route_class=StrictRoute)


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The database answers and has the shape that the program needs."""

    status: Literal["ready"] = "ready"
    revision: str


class NotReady(Unavailable):
    """The database is not at this program's revision."""


@router.get("/health")
async def get_health() -> Health:
    """Say that the process lives; asks nothing of anyone else, and waits for nobody."""
    return Health()


@router.get("/ready", responses=problems(503))
async def get_readiness(serving: ResourcesDep) -> Readiness:
    """Say that a request would be served: the database answers, at the right revision."""

    def ask_the_database() -> Shape:
        with serving.lookup_database.transaction() as session:
            session.execute(select(literal(1)))
        return shape(serving.access)

    answered = await serving.lookup_threads.work(ask_the_database)
    if answered.found is None or not answered.is_current:
        raise NotReady(found=answered.found, expected=answered.needed)
    return Readiness(revision=answered.found)
