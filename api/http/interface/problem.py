"""The schema of a refusal, and which refusals each operation can give."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from api.http.noted import writes_nothing
from api.http.permissions import needed
from api.http.work_route import WorkRoute

MEDIA_TYPE = "application/problem+json"


class FaultOut(BaseModel):
    """One fault of a request or document, and its place as a JSON pointer; `type` leads to the page of its code."""

    path: str
    code: str
    detail: str
    found: str = ""
    expected: str = ""
    type: str = ""


class Problem(BaseModel):
    """Why a request is refused (RFC 9457). `type` names the fault and never changes; other members depend on it."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    place: str | None = None
    found: Any = None
    expected: Any = None
    faults: list[FaultOut | Any] = []
    incident: str | None = None


_MEANS = {
    HTTPStatus.UNAUTHORIZED: "The request shows no credential, or one that speaks for nobody.",
    HTTPStatus.FORBIDDEN: "The caller may not do this.",
    HTTPStatus.NOT_FOUND: "Nothing of that name is visible to the caller.",
    HTTPStatus.CONFLICT: "The request contradicts what is recorded.",
    HTTPStatus.GONE: "It was here, and is here no more.",
    HTTPStatus.PRECONDITION_FAILED: "It is not as `If-Match` or `If-None-Match` says.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than is accepted here.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a media type, or encoded in a way, that is not read here.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request has faults: of its parameters or its body.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` says when to come again.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The service cannot answer now; `Retry-After` says when to come again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe refusals of these statuses, for the ``responses`` of a route."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {int(status): {"description": _MEANS[HTTPStatus(status)], "content": content} for status in statuses}


def refusals_of(route: APIRoute, method: str) -> Iterator[int]:
    """The statuses of the refusals that an operation can give, beyond those that its route declares."""
    yield HTTPStatus.UNPROCESSABLE_ENTITY  # at least for a parameter that it does not know
    if not isinstance(route, WorkRoute):
        return
    yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    any_of, reads = needed(route), method == "GET"
    if any_of or not reads:  # what comes by a cookie and writes has to bring the session's word
        yield HTTPStatus.FORBIDDEN
    if route.has_body:
        yield from (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if not reads:
        yield HTTPStatus.PRECONDITION_FAILED
    if not reads or "{" in route.path:
        yield HTTPStatus.NOT_FOUND
    if not writes_nothing(f"{method} {route.path}", any_of or ()):
        yield HTTPStatus.CONFLICT
