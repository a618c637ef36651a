"""Around every request: its id, its place in the metrics and in the log, and the headers that every answer has.

It stands around the whole application, so that the answer to what nobody foresaw has all of that too; and it is plain
ASGI, which costs a request some tens of microseconds.
"""

import asyncio
import logging
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.page_security import headers_of
from api.http.problems import refusal
from api.server.log_context import WorkFacts, begin_request, end_request
from api.server.metrics import REQUEST_SECONDS, REQUESTS
from quantities.errors import Unavailable, UsufructError

log = logging.getLogger("usufruct.requests")

_REQUEST_ID = b"x-request-id"
#: What a caller's own id may be: short, and no line of a log can be forged by it.
_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,80}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
#: Of browsers that reached us by https: only so again, for a year.
_HSTS = (b"strict-transport-security", b"max-age=31536000")
#: Asked for every few seconds by whoever watches; said at no level that is shown.
_UNLOGGED = frozenset({"/health", "/ready", "/metrics"})
_NOT_FOUND, _FAULT = 404, 500


class EndedMidway(Unavailable):
    """The server ended before the request did; nothing of it is kept."""


class TwoMeanings(UsufructError):
    """The request can be read in two ways."""


class Observed:
    """An application whose requests are observed."""

    def __init__(self, application: ASGIApp) -> None:
        """Stand around an application."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and note what was asked and answered."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        known, token = begin_request(_id_of(scope))
        began, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_ours(message.get("headers", ()), scope, known)
            await send(message)

        try:
            if _has_two_meanings(scope["headers"]):
                heads = sorted({name.decode() for name, _ in scope["headers"] if name in _OF_MEANING})
                refused = TwoMeanings(place="/header", found=heads, expected="one Host, and a length or chunks")
                await refusal(refused)(scope, receive, answer)
                return
            await self._application(scope, receive, answer)
        except asyncio.CancelledError:  # by the server, once it ends and has waited long enough
            if not status:
                await refusal(EndedMidway())(scope, receive, answer)
            raise
        finally:
            _note(scope, status, time.perf_counter() - began)
            end_request(token)


def observe(app: FastAPI) -> None:
    """Let all requests of an application be observed, also those that end in what nobody foresaw."""
    inner = app.build_middleware_stack
    app.build_middleware_stack = lambda: Observed(inner())  # type: ignore[method-assign]  # Starlette's own place


def _id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _REQUEST_ID and _SANE_ID.fullmatch(value):
            return str(value, "ascii")
    return uuid4().hex


def _has_two_meanings(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a proxy may have taken a request for another one: by its host, or by where its body ends (RFC 9112)."""
    names = [name for name, _ in headers if name in _OF_MEANING]
    return names.count(b"host") > 1 or len(set(names) - {b"host"}) > 1


_OF_MEANING = frozenset({b"host", b"content-length", b"transfer-encoding"})


def _with_ours(headers: Any, scope: Scope, known: WorkFacts) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, and those of ours that it does not have."""
    own = list(headers)
    names = {name for name, _ in own}
    own += [header for header in headers_of(scope["path"]) if header[0] not in names]
    if scope["scheme"] == "https":
        own.append(_HSTS)
    own.append((_REQUEST_ID, (known.request_id or "").encode()))
    return own


def _note(scope: Scope, status: int, seconds: float) -> None:
    route, method = _route_of(scope, status), scope["method"]
    REQUESTS.labels(method if method in _METHODS else "OTHER", route, str(status)).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)
    if route in _UNLOGGED and status < _FAULT:
        return
    said: Mapping[str, object] = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "client": scope["client"][0] if scope.get("client") else None,
    }
    log.info("request", extra=said)


def _route_of(scope: Scope, status: int) -> str:
    """The path as it is declared, so that there are no more of them than routes."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "(none)" if status == _NOT_FOUND else "(other)"
    return str(path)
