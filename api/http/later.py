"""Work that is answered later: a request with ``Prefer: respond-async`` (RFC 7240) becomes an operation."""

from functools import partial
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header, Response

from api.http.dependencies import StatedCall
from api.http.preferences import prefers_later
from api.long_work.store import NewOperation
from api.long_work.views import OperationOut, operation_out
from api.operations import long_work


async def _prefers_later(
    prefer: Annotated[
        str, Header(description="With `respond-async`, the answer is 202 and the work goes on as an operation.")
    ] = "",
) -> bool:
    return prefers_later(prefer)


#: What the documentation says of a request that may be answered later.
LATER: dict[int | str, dict[str, Any]] = {202: {"model": OperationOut, "description": "The work goes on by itself."}}
#: After how long it is worth to look how far an operation is.
_LOOK_AGAIN_S = "1"
#: Whether the caller would rather have the answer later.
Later: TypeAlias = Annotated[bool, Depends(_prefers_later)]


def answer_later(call: StatedCall, new: NewOperation) -> Response:
    """Write work down, let it begin, and answer where it stands.

    It begins once the request's transaction is committed, with the entry of the request and with its key.

    Raises:
        TooManyOperations: as many as may wait do.
    """
    operation = long_work.ask_for(call.session, new, call.caller, at=call.now)
    call.afterwards(partial(call.serving.long_work.wake, call.caller.tenant))
    headers = {
        "Location": f"/v1/operations/{operation.number}",
        "Preference-Applied": "respond-async",
        "Retry-After": _LOOK_AGAIN_S,
    }
    return Response(operation_out(operation).model_dump_json(), 202, headers=headers, media_type="application/json")
