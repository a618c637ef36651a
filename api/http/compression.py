"""Answers packed by gzip, but never one that holds a secret.

Where an answer holds a secret and something that an attacker can choose, its packed length tells how alike both are,
and with many requests the secret (BREACH). Keys, tokens, cookies and CSRF tokens are answered with ``Cache-Control:
no-store``: what no cache may keep is not packed either.
"""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, GZipResponder
from starlette.types import Message, Receive, Scope, Send

#: Below that the headers are most of what is sent.
SIZE_MIN = 1000
_LEVEL = 5  # a third of the time of level 9, and some per cent larger


class PackedAnswers(GZipMiddleware):
    """Packs larger answers for those that accept it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            await _UnlessSecret(self.app, SIZE_MIN, compresslevel=_LEVEL)(scope, receive, send)
        elif scope["method"] == "GET":
            await super().__call__(scope, receive, send)  # tells caches that there is another form
        else:
            await self.app(scope, receive, send)


class _UnlessSecret(GZipResponder):
    holds_secret = False

    async def send_with_compression(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.holds_secret = "no-store" in Headers(raw=message["headers"]).get("cache-control", "")
        if self.holds_secret:
            await self.send(message)
        else:
            await super().send_with_compression(message)
