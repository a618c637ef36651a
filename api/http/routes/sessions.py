"""Sessions of a browser: opened by a key or an ID token, asked about, closed."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.access.caller import Caller
from api.access.keys import caller_of_key
from api.access.openid import KnownSubject, refuse_no_id_token, subject_of_token
from api.access.openid_tokens import strict_json
from api.access.ways_in import Credential, Way
from api.http.credentials import UNSTORED, cookie_name, give_cookie, refuse_foreign, take_cookie
from api.http.dependencies import ResourcesDep, StatedCall, looked_up, needs, now_of
from api.http.interface.problem import problems
from api.http.media import JSON, accepted, refuse_wrong_media
from api.http.noted import noted
from api.http.strict_route import StrictRoute
from api.http.work_route import WorkRoute, read_body
from api.operations import signing_in
from api.refusals import InvalidRequest, Unauthenticated

router = APIRouter(tags=["people"], route_class=WorkRoute)
#: Whoever signs in is nobody yet.
door = APIRouter(tags=["people"], route_class=StrictRoute)

_BODY_BYTES_MAX = 16 << 10
_SIGN_IN = {
    "type": "object",
    "oneOf": [
        {"properties": {"key": {"type": "string"}}, "required": ["key"], "additionalProperties": False},
        {"properties": {"id_token": {"type": "string"}}, "required": ["id_token"], "additionalProperties": False},
    ],
}


class SessionOut(BaseModel):
    """Who one is, and what one may do.

    `csrf_token` goes into the header `X-CSRF-Token` of what the session writes; who comes by a bearer has none.
    """

    name: str
    kind: str
    role: str
    permissions: list[str]
    csrf_token: str | None


@door.post(
    "/session",
    status_code=201,
    responses=problems(401, 403, 413, 415, 429, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _SIGN_IN}}}},
)
async def open_session(request: Request, response: Response, serving: ResourcesDep) -> SessionOut:
    """Sign in with a key or with an ID token of a trusted issuer: a session begins, always a new one.

    The cookie that is given lasts for 30 minutes without use, and for 12 hours at most. An ID token opens one session.
    """
    refuse_foreign(request)
    credential, now = await _credential(request), now_of(request)
    ways = serving.ways_in

    def look_up() -> Caller | KnownSubject:
        if credential.way is Way.BEARER:
            return caller_of_key(ways.look_up, credential.shown, now)
        known = subject_of_token(ways.look_up, ways.keys, credential.shown, now)
        refuse_no_id_token(known)
        return known

    by = await looked_up(request, credential, look_up)
    caller = by.caller if isinstance(by, KnownSubject) else by
    brought = request.cookies.get(cookie_name(request))
    call = StatedCall(caller, now, serving, request.receive, noted=noted(request, caller, now, "/session", ()))

    def work() -> str:
        with call:
            if brought is not None:
                with suppress(Unauthenticated):  # whatever it is, no session goes on with it
                    signing_in.close_session(call.session, ways.signer.number(brought), at=now)
            return signing_in.open_session(call.session, by, at=now)

    number = await serving.threads.work(work, caller.tenant)
    signer = await serving.lookup_threads.work(lambda: ways.signer)
    give_cookie(request, response, signer.cookie(number))
    response.headers.update(UNSTORED)
    return _shown(caller, signer.csrf_token(number))


@router.get("/session", response_model=SessionOut)
def get_session(call: Annotated[StatedCall, needs()], request: Request) -> Response:
    """Say who one is, what one may do, and the word that the session's writes have to bring."""
    number = request.state.session_number
    shown = _shown(call.caller, None if number is None else call.serving.ways_in.signer.csrf_token(number))
    return Response(shown.model_dump_json(), media_type="application/json", headers=UNSTORED)


@router.delete("/session", status_code=204)
def close_session(call: Annotated[StatedCall, needs()], request: Request) -> Response:
    """Sign out: the session ends, and no copy of its cookie works any more. Who comes by a bearer has none to end."""
    if request.state.session_number is not None:
        signing_in.close_session(call.session, request.state.session_number, at=call.now)
    elif call.noted is not None:
        call.noted.object = "no session"
    response = Response(status_code=204)
    take_cookie(request, response)
    return response


async def _credential(request: Request) -> Credential:
    """The credential in the body of who signs in; no refusal says anything of the body.

    Raises:
        WrongMediaType: the body is not JSON.
        InvalidRequest: it has none.
    """
    refusal = InvalidRequest("the body has no credential", expected='{"key": "…"} or {"id_token": "…"}, as JSON')
    refuse_wrong_media(request.headers, JSON, accepted(JSON))
    body = await read_body(request, _BODY_BYTES_MAX)
    try:
        ((named, shown),) = strict_json(body).items()
    except (ValueError, RecursionError, AttributeError):
        raise refusal from None
    if named not in _WAYS:
        raise refusal
    if not isinstance(shown, str) or not shown or not shown.isascii():
        raise refusal
    return Credential(_WAYS[named], shown)


_WAYS = {"key": Way.BEARER, "id_token": Way.SIGNED}


def _shown(caller: Caller, csrf_token: str | None) -> SessionOut:
    return SessionOut(
        name=caller.name,
        kind=caller.kind.value,
        role=caller.role.value,
        permissions=sorted(caller.permissions),
        csrf_token=csrf_token,
    )


router.routes.extend(door.routes)
