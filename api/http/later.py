"""Work that is answered later: a request with ``Prefer: respond-async`` (RFC 7240) becomes an operation."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header, Response
from pydantic import BaseModel

from api.audit.note import note
from api.http.dependencies import StatedCall
from api.http.preferences import prefers_later
from api.long_work.operation_query import OperationKind, OperationState
from api.long_work.store import NewOperation, Operation
from api.operations import long_work


class OperationOut(BaseModel):
    """Where an operation stands: so much is `done`, of a `total` where that is known; what was answered is at `answer`.

    Work is done as of the instant at which it was asked. `status` is that of the answer, as soon as there is one.
    """

    operation: int
    kind: OperationKind
    state: OperationState
    done: int
    total: int | None
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    status: int | None
    answer: str | None


async def _prefers_later(
    prefer: Annotated[
        str, Header(description="With `respond-async`, the answer is 202 and the work goes on as an operation.")
    ] = "",
) -> bool:
    return prefers_later(prefer)


#: What the documentation says of a request that may be answered later.
LATER: dict[int | str, dict[str, Any]] = {202: {"model": OperationOut, "description": "The work goes on by itself."}}
#: Whether the caller would rather have the answer later.
Later: TypeAlias = Annotated[bool, Depends(_prefers_later)]


def answer_later(call: StatedCall, new: NewOperation) -> Response:
    """Write work down, let it begin, and answer where it stands.

    It is committed before it is answered, with the entry of the request, so that whoever works on it sees it.

    Raises:
        TooManyOperations: as many as may wait do.
    """
    caller = call.caller
    noted, call.noted = call.noted, None
    with call.serving.database.transaction(caller.tenant, caller.party, acting=caller.acting) as session:
        if noted is not None:
            noted.always = True
            note(session, noted)  # as it ends, when the number is known
        operation = long_work.ask_for(session, new, caller, at=call.now)
    call.serving.long_work.wake(caller.tenant)
    headers = {"Location": f"/v1/operations/{operation.number}", "Preference-Applied": "respond-async"}
    return Response(operation_out(operation).model_dump_json(), 202, headers=headers, media_type="application/json")


def operation_out(operation: Operation) -> OperationOut:
    """Show an operation."""
    return OperationOut(
        operation=operation.number,
        kind=operation.kind,
        state=operation.state,
        done=operation.done,
        total=operation.total,
        asked_at=operation.asked_at,
        began_at=operation.began_at,
        ended_at=operation.ended_at,
        status=operation.status,
        answer=None if operation.status is None else f"/v1/operations/{operation.number}/answer",
    )
