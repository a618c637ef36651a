"""Methods that no route declares: HEAD for every GET, OPTIONS, and what is answered to one that is not allowed."""

import re
from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.permissions import routes_of

_AS_GET = "usufruct.head_as_get"


class HeadAsGet:
    """Answers HEAD as GET is answered, with the same headers and without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", _AS_GET: True}, receive, send_without_body)


def is_head(request: Request) -> bool:
    """Whether a request that is answered as GET asks for no content."""
    return bool(request.scope.get(_AS_GET))


class AllowedMethods:
    """Which methods an address has; several routes may have one address, each with a method of its own."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        """Read them from the routes."""
        self._routes: list[tuple[re.Pattern[str], set[str]]] = [
            (route.path_regex, set(route.methods or ())) for route in routes_of(routers)
        ]

    def at(self, request: Request) -> str:
        """The methods that the address of a request has, as the header ``Allow`` lists them."""
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        methods = {method for pattern, declared in self._routes if pattern.match(path) for method in declared}
        if "GET" in methods:
            methods.add("HEAD")
        return ", ".join(sorted({*methods, "OPTIONS"}))
