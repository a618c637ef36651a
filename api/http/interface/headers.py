"""The headers that operations take and answer: read from what a route is, and stated in one place for all.

conditions   a GET takes ``If-None-Match`` and answers a tag, or 304; a write of what is read by itself takes both
keys         every write takes an ``Idempotency-Key``, and says where it answers as before
pages        a list answers the link to the next page, and the count of all rows where that is asked
rates        an answer to whoever is known says what is left; a refusal for now, when to come again
"""

import inspect
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi.routing import APIRoute

from api.http.noted import writes_nothing
from api.http.permissions import needed
from api.http.repeats import HEADER as IDEMPOTENCY_KEY
from api.http.repeats import REPLAYED
from api.http.work_route import WorkRoute

_REFERENCE = "#/components/headers/{name}"
_TEXT = {"type": "string"}
#: What answers say besides their body; operations refer to them.
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "By which the log has the request: the caller's own `X-Request-ID`, where that is one of at "
        "most 80 plain characters.",
        "schema": _TEXT,
    },
    "ETag": {"description": "The tag of these bytes, for `If-None-Match` and `If-Match`.", "schema": _TEXT},
    "RateLimit": {
        "description": "How many requests are left, and in how many seconds there are more.",
        "schema": _TEXT,
        "example": '"requests";r=29999;t=60',
    },
    "RateLimit-Policy": {
        "description": "How many requests one identity may send, in how many seconds.",
        "schema": _TEXT,
        "example": '"requests";q=30000;w=60',
    },
    "Retry-After": {
        "description": "In how many seconds the same request may be sent again, or it is worth to look how far it is.",
        "schema": {"type": "integer", "minimum": 0},
    },
    REPLAYED: {
        "description": "Says `true` where this is what the first request with the key was answered.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Link": {
        "description": "Where the next page is (RFC 8288), if there is one.",
        "schema": _TEXT,
        "example": '</v1/contracts?after=C-100>; rel="next"',
    },
    "X-Total-Count": {
        "description": "How many rows there are on all pages, where `total=true` asks for it.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {"description": "The operation, which says how far it is.", "schema": _TEXT},
    "Preference-Applied": {"description": "`respond-async`.", "schema": _TEXT},
    "Repr-Digest": {"description": "The SHA-256 that an original is stored with (RFC 9530).", "schema": _TEXT},
    "Document-Form": {"description": "In which form its customer takes the original.", "schema": _TEXT},
    "Document-Original": {
        "description": "What of an original counts where two of it differ: of an e-invoice the `xml`.",
        "schema": {"type": "string", "enum": ["xml", "pdf"]},
    },
    "Retained-Until": {
        "description": "The last day on which an original is kept.",
        "schema": {"type": "string", "format": "date"},
    },
    "WWW-Authenticate": {"description": "How to say who one is.", "schema": _TEXT},
}
_TAGS = {"type": "string"}
_IF_NONE_MATCH = "Answer 304 where what is asked for still has one of these tags, as `ETag` stated them."
_ONLY_NEW = "Write only where it has none of these tags; with `*`, only what is not there yet."
_IF_MATCH = (
    "Write only where it still has one of these tags, as `ETag` of its GET without parameters stated them; else 412."
)
_KEY = "The same request with the same key is done once, and answered again as the first time."


def add_headers(route: APIRoute, operation: dict[str, Any]) -> None:
    """State the headers that an operation takes and answers, beside those that its route declares."""
    parameters = operation.setdefault("parameters", [])
    stated = {parameter["name"].lower() for parameter in parameters if parameter["in"] == "header"}
    parameters += [parameter for parameter in _taken(route) if parameter["name"].lower() not in stated]
    if not parameters:
        del operation["parameters"]
    for status, answer in _answers(route, operation):
        names = sorted(_answered(route, operation, status))
        if names:
            of_route = answer.get("headers", {})
            answer["headers"] = of_route | {name: {"$ref": _REFERENCE.format(name=name)} for name in names}


def _is_read(route: APIRoute) -> bool:
    return "GET" in (route.methods or ())


def _taken(route: APIRoute) -> Iterator[dict[str, Any]]:
    if not isinstance(route, WorkRoute):
        return
    if _is_read(route):
        yield _parameter("If-None-Match", _IF_NONE_MATCH, _TAGS)
        return
    if _takes_key(route):
        yield _parameter(IDEMPOTENCY_KEY, _KEY, {"type": "string", "minLength": 1, "maxLength": 200})
    if _is_of_a_thing(route):
        yield _parameter("If-Match", _IF_MATCH, _TAGS)
        yield _parameter("If-None-Match", _ONLY_NEW, _TAGS)


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _takes_key(route: WorkRoute) -> bool:
    method = next(iter(route.methods or ()))
    return not writes_nothing(f"{method} {route.path}", needed(route) or ()) or _may_be_later(route)


def _may_be_later(route: APIRoute) -> bool:
    return int(HTTPStatus.ACCEPTED) in route.responses


def _is_of_a_thing(route: WorkRoute) -> bool:
    """Whether what a route writes is read by itself, by the same parameters."""
    if route.changes is None:
        return False
    own = dict.fromkeys(inspect.signature(route.endpoint).parameters)
    return route.changes.reading.taken_from({**own, **route.changes.unasked}) is not None


def _answers(route: APIRoute, operation: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The answers of an operation, and that it has not changed."""
    answers = operation["responses"]
    if isinstance(route, WorkRoute) and _is_read(route) and "200" in answers:
        answers.setdefault("304", {"description": "It still has the tag that the request names."})
        operation["responses"] = answers = dict(sorted(answers.items()))
    for status, answer in answers.items():
        yield int(status), answer


def _answered(route: APIRoute, operation: dict[str, Any], status: int) -> Iterator[str]:
    if status >= HTTPStatus.BAD_REQUEST:  # its id is in the problem
        yield from _OF_REFUSALS.get(status, ())
        return
    yield "X-Request-ID"
    if isinstance(route, WorkRoute):
        yield from _OF_RATES
        yield from _of_a_list(operation, status) if _is_read(route) else _of_a_write(route)
        if status == HTTPStatus.ACCEPTED:
            yield "Retry-After"
        if status == HTTPStatus.ACCEPTED and "prefer" in _names(operation):
            yield from ("Location", "Preference-Applied")


_OF_RATES = ("RateLimit", "RateLimit-Policy")
_OF_REFUSALS: dict[int, tuple[str, ...]] = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.CONFLICT: ("Retry-After",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}


def _of_a_write(route: WorkRoute) -> Iterator[str]:
    if _takes_key(route):
        yield REPLAYED


def _of_a_list(operation: dict[str, Any], status: int) -> Iterator[str]:
    names = _names(operation)
    if status in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
        yield "ETag"
    if status == HTTPStatus.OK and {"limit", "after"} <= names:
        yield "Link"
        if "total" in names:
            yield "X-Total-Count"


def _names(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"].lower() for parameter in operation.get("parameters", ())}
