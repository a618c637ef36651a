"""One door out: every refusal, ours or the framework's, is ``application/problem+json`` with a stable type (RFC 9457).

The error tree decides the status by kind. What nobody foresaw is a 500 of the same shape, which tells the caller an
incident number and the log everything else.
"""

import logging
import uuid
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from quantities.errors import Conflict, Invalid, NotFound, Unavailable, UsufructError, slug, title

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class Unauthenticated(UsufructError):
    """A request says by a valid key who speaks."""


class Forbidden(UsufructError):
    """The key's role does not include this."""


class Stale(UsufructError):
    """What the request was based on has changed since."""


class TooLarge(UsufructError):
    """The request is larger than is accepted."""


class TooMany(UsufructError):
    """The caller asks more often than is accepted; try again later."""


class InvalidRequest(Invalid):
    """The request does not have the documented form."""


#: The one mapping from kinds to statuses; the first base that fits decides, so a kind stands before the root.
STATUS: dict[type[UsufructError], int] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    UsufructError: HTTPStatus.BAD_REQUEST,
}


HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "1"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}


def status_of(kind: type[UsufructError]) -> int:
    """Map a kind of error to its HTTP status."""
    return int(next(status for base, status in STATUS.items() if issubclass(kind, base)))


def problem_of(error: UsufructError) -> dict[str, object]:
    """Describe a refusal as RFC 9457 has it: type, title, status, detail, and the error's own members."""
    kind = type(error)
    body = error.members | {
        "type": f"/problems/{slug(kind)}",
        "title": title(kind),
        "status": status_of(kind),
        "detail": str(error),
    }
    return {name: _plain(value) for name, value in body.items()}


def _plain(value: object) -> object:
    """Leave what JSON has; a Decimal, an instant or anything else becomes its text, never a float.

    Half a character, which JSON may hold and UTF-8 cannot, becomes its escape.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case _:
            return _plain(str(value))


def _answer(body: dict[str, object], status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refusal(error: UsufructError) -> JSONResponse:
    """Answer with a refusal; returned by an endpoint and not raised, its transaction is kept."""
    status = status_of(type(error))
    return _answer(problem_of(error), status, HEADERS.get(status))


def answer_refusals(app: FastAPI) -> None:
    """Give an application its handlers: our errors, the framework's three kinds, and the unforeseen."""

    # On the event loop, not on a thread: a refusal is told however busy the threads are.
    @app.exception_handler(UsufructError)
    async def ours(request: Request, error: UsufructError) -> JSONResponse:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [
            {
                "path": "/" + "/".join(str(step) for step in fault["loc"]),
                "code": fault["type"],
                "detail": fault["msg"],
                "found": _shortened(fault.get("input")),
            }
            for fault in error.errors()
        ]
        return refusal(InvalidRequest(f"{len(faults)} faults in the request", faults=faults))

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        phrase = HTTPStatus(error.status_code).phrase
        body: dict[str, object] = {
            "type": f"/problems/{phrase.lower().replace(' ', '-')}",
            "title": phrase,
            "status": error.status_code,
            "detail": str(error.detail),
        }
        return _answer(body, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        incident = str(uuid.uuid4())
        log.error("incident %s at %s %s", incident, request.method, request.url.path, exc_info=error)
        body: dict[str, object] = {
            "type": "/problems/unforeseen",
            "title": "Something we did not foresee went wrong.",
            "status": int(HTTPStatus.INTERNAL_SERVER_ERROR),
            "detail": f"It is in our log as incident {incident}.",
            "incident": incident,
        }
        return _answer(body, HTTPStatus.INTERNAL_SERVER_ERROR)


def _shortened(found: object) -> str:
    text = str(found)
    return text if len(text) <= 100 else f"{text[:100]}…"  # noqa: PLR2004 enough to recognise it
