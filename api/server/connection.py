"""A connection that is not held for nothing: what a client sends has to come in time, and what is no HTTP is refused.

head    has so many seconds from the opening of the connection, or from its first byte on one that is kept
body    has as many, and one more for each 4 KiB that have come; while the program does not read it, its time stands
rest    of a body that nobody needs any more, for the request is answered: as long as a connection is kept open

uvicorn bounds none of this (it leaves it to a proxy), and the size of a head only where it comes in pieces. What it
refuses by itself it answers as a text; here it is a problem like every other refusal (RFC 9457), and is logged.
"""

import asyncio
import json
import logging
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.refusals import TooSlow, problem_of, status_of
from api.server.metrics import REFUSALS
from quantities.errors import UsufructError, slug

log = logging.getLogger("usufruct.requests")


class NoHttp(UsufructError):
    """What came is not HTTP."""


#: So many bytes a second of a body are no attempt to hold the connection.
_BYTES_A_SECOND = 4096
#: A head has at most so many, as h11 has it.
_HEAD_BYTES_MAX = 16 << 10


class BoundedConnection(H11Protocol):
    """uvicorn's connection, with an end to every wait for its client."""

    def __init__(self, *arguments: Any, receive_s: float, **named: Any) -> None:
        """Make a connection; all but ``receive_s``, the seconds that a client has, is uvicorn's."""
        super().__init__(*arguments, **named)
        self._receive_s = receive_s
        self._waits: asyncio.TimerHandle | None = None
        self._since = 0.0  # when what is waited for began
        self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait_anew()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and go on waiting where more has to come."""
        if self._waits is None and self.conn.their_state is h11.IDLE:
            self._wait_anew()  # the first byte of another request
        self._received += len(data)
        had = self.cycle
        while data and self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            super().data_received(data[:_HEAD_BYTES_MAX])  # what is longer is not even looked at whole
            data = data[_HEAD_BYTES_MAX:]
        if data and not self.transport.is_closing():
            super().data_received(data)
        if self.cycle is not had and self.conn.their_state is h11.SEND_BODY:
            self._wait_anew()
        elif self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self._stop()

    def _wait_anew(self) -> None:
        self._stop()
        self._since, self._received = self.loop.time(), 0
        self._waits = self.loop.call_later(self._receive_s, self._see_whether_it_comes)

    def _stop(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _see_whether_it_comes(self) -> None:
        """End the connection of a client that is too slow, or wait for as long as it still has."""
        self._waits = None
        is_body = self.conn.their_state is h11.SEND_BODY
        if self.transport.is_closing() or not (is_body or self.conn.their_state is h11.IDLE):
            return
        if is_body and self.flow.read_paused:  # it is the program that does not read
            self._since += self._receive_s
        allowed = self._receive_s + (self._received / _BYTES_A_SECOND if is_body else 0)
        left = self._since + allowed - self.loop.time()
        if left > 0:
            self._waits = self.loop.call_later(left, self._see_whether_it_comes)
            return
        came = f"{self._received} bytes of its {'body' if is_body else 'head'} came in {allowed:.0f} s"
        self._refuse(TooSlow(came))

    def on_response_complete(self) -> None:
        """Read the rest of a body that is not needed, for a while and no longer."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._stop()
            self.loop.call_later(self.timeout_keep_alive, self._close_on_the_rest, self.cycle)

    def _close_on_the_rest(self, answered: Any) -> None:
        if self.cycle is answered and self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            log.info("the rest of a body that was refused did not end", extra=self._whose())
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(NoHttp("the bytes are no request of HTTP/1.1, or its head is longer than 16 KiB"))

    def _refuse(self, error: UsufructError) -> None:
        """Answer that the request is refused, where nothing is answered yet, and close the connection."""
        self._stop()
        REFUSALS.labels(slug(type(error))).inc()
        log.info("request refused: %s", error, extra=self._whose() | {"status": status_of(type(error))})
        cycle: Any = self.cycle  # None before the first request
        is_answered = cycle is not None and not cycle.response_complete and cycle.response_started
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True  # whoever works on it learns that the client is gone
            cycle.message_event.set()
        if not is_answered and self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.write(_problem(self.conn, error))
        self.transport.close()

    def _whose(self) -> dict[str, Any]:
        return {"client": self.client[0] if self.client else None}


def _problem(connection: h11.Connection, error: UsufructError) -> bytes:
    status, body = status_of(type(error)), json.dumps(problem_of(error)).encode()
    headers = [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        ("connection", "close"),
    ]
    head = h11.Response(status_code=status, headers=headers, reason=HTTPStatus(status).phrase.encode())
    return b"".join(connection.send(event) or b"" for event in (head, h11.Data(body), h11.EndOfMessage()))
