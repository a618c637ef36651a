"""How HTTP answers a refusal, ours or the framework's: ``application/problem+json`` with a stable type (RFC 9457).

The status follows from the kind of error (``api/refusals.py``). Each has the id of its request, by which the log has it
as well; RFC 9457's ``instance`` would have to be a URI, which a caller's own id is not. What nobody foresaw is a 500 of
the same shape, which tells the caller an incident number and the log everything else.
"""

import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException

from api.http.methods import AllowedMethods
from api.refusals import InvalidRequest, MethodNotAllowed, Unforeseen, problem_of, status_of
from api.server.log_context import facts
from api.server.metrics import REFUSALS
from quantities.document import nearest_name
from quantities.errors import NotFound, UsufructError, page_address, says, slug
from quantities.worded import words_of

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "1"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}


def _answer(body: dict[str, object], status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    request_id = facts().request_id
    told = body if request_id is None else body | {"request_id": request_id}
    return JSONResponse(told, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refusal(error: UsufructError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Make the answer of a refusal; an endpoint that returns it, and does not raise, commits its transaction."""
    status = status_of(type(error))
    REFUSALS.labels(slug(type(error))).inc()
    headers = {**HEADERS.get(status, {}), **(headers or {})}
    if "retry_after_s" in error.members:  # where it is known for how long
        headers = headers | {"Retry-After": str(error.members["retry_after_s"])}
    return _answer(problem_of(error), status, headers)


def answer_refusals(app: FastAPI) -> None:
    """Register an application's error handlers: our errors, the framework's two kinds, and everything unforeseen."""

    # On the event loop, not on a thread: a refusal is answered however busy the threads are.
    @app.exception_handler(UsufructError)
    async def ours(request: Request, error: UsufructError) -> JSONResponse:
        return refusal(_placed(error, request))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [_fault(fault, request) for fault in error.errors()]
        return refusal(InvalidRequest(f"{len(faults)} faults in the request", faults=faults))

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.BAD_REQUEST:  # of a body that is not even text
            return refusal(InvalidRequest("the body cannot be read as JSON", place="/body", expected="JSON in UTF-8"))
        if error.status_code == HTTPStatus.NOT_FOUND:
            return refusal(NotFound("there is nothing at this address", place="/path", found=request.url.path))
        if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            status = error.status_code
            return _answer(problem_of(UsufructError(str(error.detail))) | {"status": status}, status, error.headers)
        allowed = getattr(request.app.state, "allowed_methods", None)
        methods = allowed.at(request) if isinstance(allowed, AllowedMethods) else (error.headers or {}).get("Allow", "")
        if methods and request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": methods})
        detail = f"this address is not asked by {request.method}"
        asked = {"place": "/method", "found": request.method, "expected": methods.split(", ")}
        return refusal(MethodNotAllowed(detail, **asked), {"Allow": methods})

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        incident = str(uuid.uuid4())
        log.error("incident %s at %s %r", incident, request.method, request.scope["path"], exc_info=error)
        return refusal(Unforeseen(f"It is in our log as incident {incident}.", incident=incident))


def _fault(refused: Mapping[str, Any], request: Request) -> dict[str, str]:
    """Say what is wrong with one part of a request; of a name that is unknown which one is most like it."""
    code, place, context = refused["type"], refused["loc"], refused.get("ctx", {})
    words, nearest = words_of(context.get("pattern")), ""
    if code == "extra_forbidden" and place[0] == "body":
        schema = _schema_of_body(request.scope.get("route"))
        nearest = nearest_name(schema, place[1:])
    return {
        "path": "/" + "/".join(map(str, place)),
        "code": code,
        "detail": f"{refused['msg']}; did you mean {nearest}?"
        if nearest
        else (words and f"needed is {words}") or refused["msg"],
        "found": _shortened(refused.get("input")),
        "expected": nearest or words or str(context.get("expected", "")),
        "type": page_address(code),
    }


def _schema_of_body(route: object) -> Mapping[str, Any]:
    """The schema of what a route takes as its body; of a route that is not known, nothing."""
    field = getattr(route, "body_field", None)
    return {} if field is None else TypeAdapter(field.field_info.annotation).json_schema()


def _placed(error: UsufructError, request: Request) -> UsufructError:
    """Say at which parameter of the request a fault was found, where it is the only one that says what was found."""
    if "found" in error.members:
        given = [(f"/path/{name}", value) for name, value in request.path_params.items()]
        given += [(f"/query/{name}", value) for name, value in request.query_params.multi_items()]
        given += [(f"/header/{name}", request.headers[name]) for name in _KEYED if name in request.headers]
        wrong = error.members["found"]
        places = [place for place, value in given if says(value, wrong)]
        if not places and "place" not in error.members:
            places = [place for place, value in _in_body(request) if says(value, wrong)]
        if len(places) == 1 and str(error.members.get("place", "")) in places[0]:
            error.members["place"] = places[0]  # a rule below knows the name alone
    return error


_KEYED = ("idempotency-key",)
_BODY_BYTES_MAX = 64_000  # of what is looked through on the event loop


def _in_body(request: Request) -> Iterator[tuple[str, object]]:
    """The values of a small body, each with its place."""
    body = getattr(request.state, "body", b"")
    if 0 < len(body) <= _BODY_BYTES_MAX:
        with suppress(ValueError, RecursionError):  # it is no JSON
            yield from _parts("/body", json.loads(body))


def _parts(place: str, value: object) -> Iterator[tuple[str, object]]:
    yield place, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from _parts(f"{place}/{name}", part)


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:100]}…"  # noqa: PLR2004 enough to recognise it
