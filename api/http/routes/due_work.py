"""What falls due, and when; what failed, run again; and what is held back, by whom."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.routes.receivables import RowNumber
from api.http.work_route import WorkRoute
from api.operations import due_work
from api.operations.due_work import DueOut, DueQuery, PauseOut, WorkOut
from billing.due.pauses.store import PauseAsked
from billing.due.work.store import WorkQuery
from quantities.days import ToInUtc

router = APIRouter(prefix="/v1", tags=["work"], route_class=WorkRoute)


class PauseIn(BaseModel):
    """What is to be held back: a kind, a contract, both, or all; why, and until when."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    kind: Annotated[
        str | None, Field(max_length=40, description="Of work, as bill or issue; every kind without it.")
    ] = None
    contract: Annotated[
        str | None, Field(max_length=200, description="By reference; whatever it is of without it.")
    ] = None
    until: Annotated[ToInUtc | None, Field(description="When it ends by itself; when somebody ends it without it.")] = (
        None
    )


_DUE = TypeAdapter(list[DueOut])
_WORK = TypeAdapter(list[WorkOut])


@router.get("/due")
def list_due(
    call: Annotated[StatedCall, needs(Permission.WORK_READ)],
    request: Request,
    query: Annotated[DueQuery, asked(DueQuery)],
) -> list[DueOut]:
    """List what falls due by a day, in pages: what is due already first, then day by day, with expected amounts.

    Fixed charges are as an invoice would have them; use is an estimate from the last periods, and says so.
    """
    return page(request, _DUE, due_work.list_due(call.session, call.caller.tenant, query, call.now))  # type: ignore[return-value] # with a header


@router.get("/work")
def list_work(
    call: Annotated[StatedCall, needs(Permission.WORK_READ)],
    request: Request,
    query: Annotated[WorkQuery, asked(WorkQuery)],
) -> list[WorkOut]:
    """List due work that waits by itself, or failed, in pages: `state=dead` is tried no more."""
    return page(request, _WORK, due_work.list_work(call.session, query))  # type: ignore[return-value] # with a header


@router.get("/work/pauses")
def list_pauses(
    call: Annotated[StatedCall, needs(Permission.WORK_READ)],
    *,
    ended: Annotated[bool, Query(description="Those that are ended as well.")] = False,
) -> list[PauseOut]:
    """List what is held back, the oldest first."""
    return due_work.list_pauses(call.session, call.now, ended=ended)


@router.post("/work/pauses", status_code=201)
def pause_work(call: Annotated[StatedCall, needs(Permission.WORK_WRITE)], body: PauseIn) -> PauseOut:
    """Hold work back from now on: at once, for a week at most; for longer once another person has released it.

    What is begun is ended. What a person asks for by its name, as one draft that is issued, is done all the same.
    """
    wanted = PauseAsked(body.reason, body.kind, body.contract, body.until)
    return due_work.pause_work(call.session, wanted, who=call.caller.name, at=call.now)


@router.post("/work/pauses/{number}/release")
def release_pause(call: Annotated[StatedCall, needs(Permission.WORK_WRITE)], number: RowNumber) -> PauseOut:
    """Release a pause that another has asked for: it holds until it says, and not for a week alone."""
    return due_work.release_pause(call.session, number, who=call.caller.name, at=call.now)


@router.post("/work/pauses/{number}/end")
def end_pause(call: Annotated[StatedCall, needs(Permission.WORK_WRITE)], number: RowNumber) -> PauseOut:
    """End a pause: what it held back is done at the next tick, the oldest period of each contract first."""
    return due_work.end_pause(call.session, number, who=call.caller.name, at=call.now)


@router.get("/work/{number}")
def get_work(call: Annotated[StatedCall, needs(Permission.WORK_READ)], number: RowNumber) -> WorkOut:
    """Read due work: why it failed, how often, and when it is tried again."""
    return due_work.find_work(call.session, number)


@router.post("/work/{number}/again")
def run_work_again(call: Annotated[StatedCall, needs(Permission.WORK_WRITE)], number: RowNumber) -> WorkOut:
    """Let work be done at the next tick, as if it had never failed; dead work lives again."""
    return due_work.run_work_again(call.session, number, at=call.now)
