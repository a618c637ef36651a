"""Short-lived tokens for programs: OAuth 2.0 client credentials (RFC 6749, 4.4), in the form that clients expect."""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.access.caller import Caller
from api.access.client_credentials import GrantedToken, ScopeBeyondKey, scope_within
from api.access.keys import caller_of_key
from api.access.ways_in import Credential, Way
from api.http.credentials import UNSTORED
from api.http.dependencies import ResourcesDep, StatedCall, looked_up, now_of
from api.http.interface.problem import problems
from api.http.noted import noted
from api.http.strict_route import StrictRoute
from api.http.work_route import read_body
from api.operations import signing_in
from api.refusals import Unauthenticated

router = APIRouter(prefix="/oauth", tags=["people"], route_class=StrictRoute)

_BODY_BYTES_MAX = 8 << 10
_FORM = "application/x-www-form-urlencoded"
_FORM_SCHEMA = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {"type": "string", "description": "Permissions, separated by spaces; without it all of the key's."},
        "client_id": {"type": "string", "description": "The key's id, where it is not sent by HTTP Basic."},
        "client_secret": {"type": "string", "format": "password", "description": "The key."},
    },
}


class TokenOut(BaseModel):
    """A token (RFC 6749, 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 the type, and no secret
    expires_in: int
    scope: str


class TokenError(BaseModel):
    """Why there is none (RFC 6749, 5.2)."""

    error: str
    error_description: str


class _Refused(Exception):
    """An answer of the protocol, and no error of the product."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(code)
        self.code, self.description = code, description


@dataclass(frozen=True, slots=True)
class _TokenRequest:
    client: str
    secret: str
    scope: tuple[str, ...]


@router.post(
    "/token",
    response_model=TokenOut,
    responses={400: {"model": TokenError}, 401: {"model": TokenError}, **problems(413, 429, 503)},
    openapi_extra={"requestBody": {"required": True, "content": {_FORM: {"schema": _FORM_SCHEMA}}}},
)
async def create_token(request: Request, serving: ResourcesDep) -> Response:
    """Exchange a key for a token that works for ten minutes, and no longer than the key.

    The client is named by the key's id (`usufruct key list`), its secret is the key.
    """
    try:
        granted = await _granted(request, serving)
    except _Refused as refused:
        status = HTTPStatus.UNAUTHORIZED if refused.code == "invalid_client" else HTTPStatus.BAD_REQUEST
        headers = UNSTORED | ({"WWW-Authenticate": 'Basic realm="usufruct"'} if status == 401 else {})  # noqa: PLR2004
        body = TokenError(error=refused.code, error_description=refused.description)
        return JSONResponse(body.model_dump(), status, headers=headers)
    seconds = int(granted.lifetime.total_seconds())
    answer = TokenOut(access_token=granted.token, expires_in=seconds, scope=" ".join(granted.scope))
    return JSONResponse(answer.model_dump(), headers=UNSTORED)


async def _granted(request: Request, serving: ResourcesDep) -> GrantedToken:
    asked, now = await _asked(request), now_of(request)

    def look_up() -> Caller:
        caller = caller_of_key(serving.ways_in.look_up, asked.secret, now)
        if caller.key != asked.client:
            raise Unauthenticated("the client has another id")
        return caller

    try:
        caller = await looked_up(request, Credential(Way.BEARER, asked.secret), look_up)
    except Unauthenticated:
        raise _Refused("invalid_client", "the client is not known, or its key works no more") from None
    try:
        scope = scope_within(caller, asked.scope)
    except ScopeBeyondKey as error:
        raise _Refused("invalid_scope", str(error)) from None
    call = StatedCall(caller, now, serving, request.receive, noted=noted(request, caller, now, "/oauth/token", ()))

    def work() -> GrantedToken:
        with call:
            return signing_in.grant_token(call.session, caller, scope, at=now)

    return await serving.threads.work(work, caller.tenant)


async def _asked(request: Request) -> _TokenRequest:
    media, _, _ = request.headers.get("content-type", "").partition(";")
    if media.strip().lower() != _FORM:
        raise _Refused("invalid_request", f"the body is to be {_FORM}")
    body = await read_body(request, _BODY_BYTES_MAX)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise _Refused("invalid_request", "the body is malformed") from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise _Refused("invalid_request", "a parameter stands twice")
    if "grant_type" not in given:
        raise _Refused("invalid_request", "grant_type is missing")
    if given["grant_type"] != "client_credentials":
        raise _Refused("unsupported_grant_type", "only client_credentials is")
    client, secret = _client(request, given)
    return _TokenRequest(client, secret, tuple(given.get("scope", "").split()))


def _client(request: Request, given: dict[str, str]) -> tuple[str, str]:
    """The client's id and secret, by HTTP Basic or in the body, and not by both."""
    header = request.headers.get("authorization")
    if header is None:
        client, secret = given.get("client_id", ""), given.get("client_secret", "")
    elif "client_secret" in given:
        raise _Refused("invalid_request", "the client is authenticated in two ways")
    else:
        scheme, _, encoded = header.partition(" ")
        try:
            decoded = b64decode(encoded.strip(), validate=True).decode("ascii") if scheme.lower() == "basic" else ""
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        client, _, secret = (unquote_plus(part) for part in decoded.partition(":"))
    if not client or not secret or not secret.isascii():
        raise _Refused("invalid_client", "send the id of a key and the key, by HTTP Basic or in the body")
    return client, secret
