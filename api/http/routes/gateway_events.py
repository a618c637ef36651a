"""What gateways send to us: no key is asked for, the signature is; kept, answered at once, and handled later."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from api.http.credentials import address_of
from api.http.dependencies import ResourcesDep, now_of
from api.http.interface.problem import problems
from api.http.strict_route import StrictRoute
from api.http.work_route import read_body
from api.operations.gateway_events import (
    NotFromGateway,
    UnknownGatewayAccount,
    keep_told,
    read_told,
    tenant_of,
    told_account,
)

router = APIRouter(prefix="/v1/gateway-events", tags=["receivables"], route_class=StrictRoute)

#: No event of a gateway comes near.
BODY_BYTES_MAX = 256 << 10
_EVENT = {
    "type": "object",
    "description": "As the gateway sends it. Only of what it tells is kept; what became of that is read from there.",
}


@router.post(
    "/{account}",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 413, 429, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _EVENT}}}},
)
async def tell_gateway_event(request: Request, serving: ResourcesDep, account: str) -> Response:
    """Tell what happened at a gateway account, as the gateway itself does: by its signature, and by no key.

    The same event twice is kept once, and answered alike.
    """
    address, now = address_of(request), now_of(request)
    serving.guesses.admit(address, account, now)
    serving.event_rates.admit(address)
    try:
        of_account = told_account(serving.gateways, account)
    except UnknownGatewayAccount as error:
        serving.guesses.note(address, "gateway account", account, error, now)
        raise
    try:
        body = await read_body(request, BODY_BYTES_MAX)
    except ClientDisconnect:  # it left in the middle, and hears no answer
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    signature = request.headers.get(of_account.gateway.signature_header, "")
    try:
        event = await serving.lookup_threads.work(lambda: read_told(of_account, body, signature, now))
    except NotFromGateway:
        serving.event_rates.count_wrong(address)
        raise
    serving.event_rates.count(account)
    tenant = await serving.lookup_threads.work(lambda: tenant_of(serving.lookup_database.look_up, of_account))
    await serving.threads.work(lambda: keep_told(serving.database, tenant, of_account, event, now), tenant)
    return Response(status_code=HTTPStatus.NO_CONTENT)
