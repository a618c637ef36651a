"""Operations: long work that a request asked for, how far it is, and what it was answered."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter

from api.http.dependencies import StatedCall, needs
from api.http.paging import asked, page
from api.http.work_route import WorkRoute
from api.long_work.operation_query import OperationQuery
from api.long_work.views import OperationOut, operation_out
from api.operations import long_work

router = APIRouter(prefix="/v1", tags=["operations"], route_class=WorkRoute)

_OPERATIONS = TypeAdapter(list[OperationOut])
_Number = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("/operations")
def list_operations(
    call: Annotated[StatedCall, needs()],
    request: Request,
    query: Annotated[OperationQuery, asked(OperationQuery)],
) -> list[OperationOut]:
    """List operations in pages, the newest first: one's own; an owner's and an auditor's list has all."""
    return page(request, _OPERATIONS, long_work.list_operations(call.session, query), operation_out)  # type: ignore[return-value] # with a header


@router.get("/operations/{number}")
def get_operation(call: Annotated[StatedCall, needs()], number: _Number) -> OperationOut:
    """Show where an operation stands, and how far it is."""
    return operation_out(long_work.find_operation(call.session, number))


@router.get("/operations/{number}/answer", response_class=Response)
def get_operation_answer(call: Annotated[StatedCall, needs()], number: _Number) -> Response:
    """Answer what the request would have been answered, with its status: kept for thirty days; 409 until it ended."""
    answer = long_work.answer_of_operation(call.session, number)
    return Response(answer.content, answer.status, media_type=answer.media_type)


@router.post("/operations/{number}/cancel")
def cancel_operation(call: Annotated[StatedCall, needs()], number: _Number) -> OperationOut:
    """End an operation after what it is at; what is done by then stays done."""
    return operation_out(long_work.cancel_operation(call.session, number, call.caller))
