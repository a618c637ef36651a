"""How a request is served: who calls is known before its body is read, and all its work is done on one thread.

key        looked up first: without a valid key no body is read, and never more of it than the route takes; of a small
           delivery by one whom the route has let in before, with the work (docs/decisions/0054)
thread     one, from the first query to the answer's bytes and the commit: a request that waits for a lock does not
           keep the request that holds it from committing
client     when it leaves early, its statement is cancelled and its transaction rolled back
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import Depends, Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from api.access.roles import Permission
from api.http.answering import Answering
from api.http.conditions import (
    IF_MATCH,
    IF_NONE_MATCH,
    NothingToMatch,
    path_of,
    refuse_changed,
    tagged,
    wait_for_others,
)
from api.http.credentials import READ_ONLY, UNSTORED
from api.http.dependencies import ClientGone, StatedCall, look_up_caller, recalled_call, resources
from api.http.media import DOCUMENT, JSON, accepted, has_body, refuse_wrong_media
from api.http.repeats import KeptBy, answer_once, key_of, keyed
from api.http.strict_route import StrictRoute
from api.refusals import TooLarge
from quantities.plain_yaml import DOCUMENT_BYTES_MAX

log = logging.getLogger(__name__)

#: A body is a document, unless its route takes more (``takes``).
BODY_BYTES_MAX = DOCUMENT_BYTES_MAX
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Takes:
    """What a route accepts besides its parameters.

    Attributes:
        body_bytes: the size of the largest body.
        document: what the endpoint parses of a body that it gets as bytes: a model, a list or a choice of models; bytes
            where it is no document. None: the endpoint has no body, or declares its model.
        media_types: of such a body, the usual one first.
        encodings: the content encodings of a body that the endpoint undoes itself.
        kept_by: who keeps the answer of a request with an ``Idempotency-Key``. By nobody where it holds a secret: then
            nothing keeps it on its way either, or packs it (compression.py).
        in_many: whether its work is done in many transactions, each of which is safe to repeat.
        plain: where very many small requests come from few callers, the arguments of the endpoint for a request that
            is a body and nothing else, without those that then have their defaults. It has to begin with
            ``call.registers``.
    """

    body_bytes: int = BODY_BYTES_MAX
    document: Any = None
    media_types: tuple[str, ...] = DOCUMENT
    encodings: tuple[str, ...] = ()
    kept_by: KeptBy = KeptBy.TABLE
    in_many: bool = False
    plain: Callable[[StatedCall, Request, bytes], dict[str, Any]] | None = None


def takes(**what: Any) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint with what its route accepts: the fields of ``Takes``."""

    def marked(endpoint: Endpoint) -> Endpoint:
        endpoint.takes = Takes(**what)  # type: ignore[attr-defined]
        return endpoint

    return marked


async def _body(request: Request) -> bytes:
    return await request.body()  # read already, by the route


#: The body of a request as it came.
Body = Annotated[bytes, Depends(_body)]


@dataclass(frozen=True, slots=True)
class Thing:
    """What a write changes, as it is read by itself.

    Attributes:
        template: of the path at which it is read.
        reading: answers it.
        needs: what it takes to read it.
        unasked: where it is read in pages, what its GET without parameters asks.
    """

    template: str
    reading: Answering
    needs: tuple[Permission, ...]
    unasked: Mapping[str, Any]


class WorkRoute(StrictRoute):
    """A route for bearers of a key: its endpoint is a plain function with a parameter ``call`` (dependencies.py)."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Make a route of an endpoint; the options are FastAPI's."""
        self.takes: Takes = getattr(endpoint, "takes", Takes())
        self.answering = Answering.of(
            endpoint, options.get("status_code") or 200, UNSTORED if self.takes.kept_by is KeptBy.NOBODY else None
        )
        self.changes: Thing | None = None  # set once all routes are known
        super().__init__(path, self._on_one_thread(endpoint), **options)
        self._media_types = JSON if self.takes.document is None else self.takes.media_types
        self._accepted = accepted(self._media_types)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look the key up, read the body, and serve.

        Raises:
            Unauthenticated: the key is missing, not known, or revoked; nothing of the body was read.
            UnknownParameter: the query has a parameter that the route does not know.
            UnsupportedMediaType: the body is not of a media type that the route reads; nothing of it was read.
            StillUnderWay: this process works on a request of the same caller with the same ``Idempotency-Key``.
            TooLarge: the body has more bytes than the route takes; reading stopped there.
            TooManyRequests: the caller has sent too many in this minute.
        """
        if not self.serves(scope):
            await super(StrictRoute, self).handle(scope, receive, send)
            return
        request = Request(scope, receive)
        if self.takes.plain is not None and _is_small_and_plain(request):
            call = await recalled_call(request, self.path)
            if call is not None:
                request.state.more_headers = call.serving.rates.count(call.caller)
                await self._handle_plain(request, call, self.takes.plain, send)
                return
        await look_up_caller(request)
        request.state.more_headers = (await resources(request)).rates.count(request.state.caller)
        self.refuse_strange_parameters(request)
        if self.has_body and has_body(request.headers):
            self._refuse_wrong_media(request)
        key = None if request.method in READ_ONLY else key_of(request)
        first = (await resources(request)).under_way.first(request.state.caller, key)
        with first, suppress(ClientDisconnect):  # a client that left in the middle of its body gets no answer
            body = request.state.body = await self._body(request)
            request.state.keyed = None if key is None else keyed(request, key, body)
            await super(StrictRoute, self).handle(scope, _replayed(body, receive), send)  # its look is taken above

    async def _handle_plain(
        self, request: Request, call: StatedCall, plain: Callable[[StatedCall, Request, bytes], Any], send: Send
    ) -> None:
        """Serve a body that comes without parameters, as FastAPI would that looks for each of them."""
        self._refuse_wrong_media(request)
        with suppress(ClientDisconnect):
            body = await self._body(request)
            call.brings(body)
            arguments = plain(call, request, body)
            response: Response = await self.endpoint(**arguments)
            await response(request.scope, request.receive, send)

    @property
    def has_body(self) -> bool:
        """Whether the endpoint reads a body, of its own or as a model."""
        return self.takes.document is not None or self.body_field is not None

    def _refuse_wrong_media(self, request: Request) -> None:
        refuse_wrong_media(request.headers, self._media_types, self._accepted, self.takes.encodings)

    async def _body(self, request: Request) -> bytes:
        return await read_body(request, self.takes.body_bytes)

    def _on_one_thread(self, endpoint: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Response]]:
        """Wrap the endpoint so that its work, its answer's bytes and its commit happen on one thread."""

        @functools.wraps(endpoint)
        async def worked(**arguments: Any) -> Response:
            call: StatedCall = arguments["call"]

            def work() -> Response:
                with call:
                    return self._work(call, arguments)

            with anyio.CancelScope() as place_in_the_queue:  # cancels the wait for a thread, not work that has begun
                watch = asyncio.create_task(_watched(call, place_in_the_queue))
                try:
                    return await call.serving.threads.work(work, call.caller.tenant)
                finally:
                    watch.cancel()
            raise ClientGone

        return worked

    def _work(self, call: StatedCall, arguments: dict[str, Any]) -> Response:
        """Answer: a read with its tag, a write on its condition and, with a key, once."""
        if call.is_read:
            return tagged(self.answering(**arguments), call.conditions)

        def write() -> Response:
            if call.conditions.is_stated or self.changes is not None:
                self._look_before(call, arguments)
            return self.answering(**arguments)

        if call.keyed is None:
            return write()
        if self.takes.in_many and not call.is_for_later:
            call.note_now()
            return call.once_in_many(call.keyed, write)
        kept_by = KeptBy.TABLE if call.is_for_later else self.takes.kept_by  # what is kept is where the work stands
        return answer_once(call.session, call.keyed, kept_by, call.now, write)

    def _look_before(self, call: StatedCall, arguments: dict[str, Any]) -> None:
        """Let others finish who change the same thing, and see that it is as the caller saw it.

        Raises:
            ChangedSince: it is not.
            NothingToMatch: it is not read by itself, or not by the caller.
        """
        changes = self.changes
        taken = None if changes is None else changes.reading.taken_from({**arguments, **changes.unasked})
        if changes is None or taken is None:
            if call.conditions.is_stated:
                stated = IF_MATCH if call.conditions.match is not None else IF_NONE_MATCH
                tags = sorted(call.conditions.match or call.conditions.none_match)
                raise NothingToMatch(place=stated, found=tags, expected="a request without it")
            return
        wait_for_others(call.session, path_of(changes.template, arguments))
        if call.conditions.is_stated:
            call.caller.needs(*changes.needs)
            refuse_changed(functools.partial(changes.reading, **taken), call.conditions)


async def read_body(request: Request, most: int) -> bytes:
    """Read a body of so many bytes at most.

    Raises:
        TooLarge: it has more; reading stopped there.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most:
        raise _too_large(most, f"{stated[:20]} bytes")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise _too_large(most, f"more than {most} bytes")
    return bytes(body)


def _too_large(most: int, came: str) -> TooLarge:
    detail = f"a body has at most {most} bytes here; send it in parts"
    return TooLarge(detail, place="/body", found=came, expected=most)


def _is_small_and_plain(request: Request) -> bool:
    """Whether a request has a small body and nothing else, so that no parameter of it can be refused."""
    headers = request.headers
    size = headers.get("content-length", "")
    alone = (
        not request.scope["query_string"] and not _TAKEN_APART.intersection(headers.keys()) and request.method == "POST"
    )
    return alone and size.isdecimal() and len(size) < _SMALL_DIGITS


_TAKEN_APART = {"idempotency-key", "if-match", "if-none-match", "prefer"}
#: A body of fewer bytes than 1,000,000 is small.
_SMALL_DIGITS = 7


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Replay a body that was read already; then pass on what follows, which is that the client has left."""
    ahead: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return ahead.pop() if ahead else await receive()

    return next_message


async def _watched(call: StatedCall, place_in_the_queue: anyio.CancelScope) -> None:
    """Wait until the client has left; then give up its place in the queue, or cancel the statement that is running."""
    receive: Callable[[], Awaitable[Message]] = call.receive
    while (await receive())["type"] != "http.disconnect":
        pass
    log.info("a client of tenant %s has left before its answer", call.caller.tenant)
    call.gone = True
    place_in_the_queue.cancel()
    await asyncio.to_thread(call.cancel_statement)
