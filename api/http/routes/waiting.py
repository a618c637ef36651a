"""What waits for a second person or for a decision, as whoever asks may see it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, TypeAdapter

from api.http.dependencies import StatedCall, needs
from api.http.paging import ROWS, Limit, next_link
from api.http.work_route import WorkRoute
from api.operations.waiting import waiting

router = APIRouter(prefix="/v1", tags=["waiting"], route_class=WorkRoute)


class WaitingOut(BaseModel):
    """Something that waits: what it is, since when, who prepared it, and whether the caller may release or decide it.

    Attributes:
        kind: version, index, edit, dispute, delivery, statement, identity, switch, limit, held or finding.
        name: its number, reference or name.
        why_not: why the caller may not; empty where the caller may.
        command: the command that releases or decides it.
        route: the route that does.
    """

    kind: str
    name: str
    about: str
    since: datetime | None
    prepared_by: str | None
    may_release: bool
    why_not: str
    command: str
    route: str


_WAITING = TypeAdapter(list[WaitingOut])


@router.get("/waiting", response_model=list[WaitingOut])
def get_waiting(
    call: Annotated[StatedCall, needs()],
    request: Request,
    kind: Annotated[str | None, Query(description="Of one kind.", max_length=20)] = None,
    after: Annotated[int, Query(ge=0, description="How many the pages before have.")] = 0,
    limit: Limit = ROWS,
) -> Response:
    """List what waits for a second person or for a decision, and whether the caller may do it."""
    listed = waiting(call.session, call.caller, call.now, kind)
    rows = [WaitingOut.model_validate(one, from_attributes=True) for one in listed[after : after + limit]]
    headers = {}
    if len(listed) > after + limit:
        headers["Link"] = next_link(request, after=after + limit, limit=limit)
    return Response(_WAITING.dump_json(rows), headers=headers, media_type="application/json")
