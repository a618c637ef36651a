"""Indices that prices follow: recorded, released, shown."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import Body, WorkRoute, takes
from api.operations import indices
from api.operations.short_lists import INDICES, IndexQuery
from contracts.indexation.series import Index
from contracts.indexation.value_query import IndexValueQuery
from quantities.document import parse, read
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["contracts"], route_class=WorkRoute)


class RecordedOut(BaseModel):
    """What a document changed of an index: values new, revised, and waiting for another to release them."""

    index: str
    new: int
    revised: int
    waiting: int


class IndexValueOut(BaseModel):
    """A value that an index has or had."""

    month: str
    value: Magnitude
    provisional: bool
    published_on: date
    recorded_by: str
    recorded_at: datetime
    released_by: str | None


class ReleasedOut(BaseModel):
    """How many values were released."""

    index: str
    released: int


@router.post("/indices", status_code=201)
@takes(document=Index)
def record_index(call: Annotated[StatedCall, needs(Permission.PRICES_WRITE)], body: Body) -> RecordedOut:
    """Record an index and its values, as YAML or JSON; they count once another has released them."""
    index = parse(Index, read(body))
    done = indices.record_index(call.session, index, who=call.caller.name, at=call.now)
    return RecordedOut(index=done.index, new=done.new, revised=done.revised, waiting=done.waiting)


@router.post("/indices/{name}/release")
def release_index(call: Annotated[StatedCall, needs(Permission.PRICES_RELEASE)], name: str) -> ReleasedOut:
    """Release the values of an index that another has recorded."""
    count = indices.release_index(call.session, name, who=call.caller.name, at=call.now)
    return ReleasedOut(index=name, released=count)


_INDICES = TypeAdapter(list[str])


@router.get("/indices")
def list_indices(
    call: Annotated[StatedCall, needs(Permission.PRICES_READ)],
    request: Request,
    query: Annotated[IndexQuery, asked(IndexQuery)],
) -> list[str]:
    """List the indices that are recorded in pages, by name."""
    return page(request, _INDICES, INDICES.page(indices.list_indices(call.session), query))  # type: ignore[return-value] # with a header


_VALUES = TypeAdapter(list[IndexValueOut])


@router.get("/indices/{name}")
def list_index_values(
    call: Annotated[StatedCall, needs(Permission.PRICES_READ)],
    request: Request,
    name: str,
    query: Annotated[IndexValueQuery, asked(IndexValueQuery)],
) -> list[IndexValueOut]:
    """List every value that an index ever had in pages, in the order of months and of recording."""
    listed = indices.list_index_values(call.session, name, query)
    return page(request, _VALUES, listed, lambda value: IndexValueOut(**asdict(value)))  # type: ignore[return-value] # with a header
