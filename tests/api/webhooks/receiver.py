"""A receiver of webhooks of the tests' own, on this machine: it answers as it is told, also late, wrongly or not at all."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import URL

from api.operations.webhook_delivery import SendingRules, WebhookSender
from api.server.database import Database

Answer = Callable[["Request"], None]


@dataclass(frozen=True)
class Request:
    """What was received, and how it is answered."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    handler: BaseHTTPRequestHandler

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)


def well(request: Request) -> None:
    request.answers(204)


def status(number: int, **headers: str) -> Answer:
    return lambda request: request.answers(number, b"no", **headers)


def closes(request: Request) -> None:
    request.handler.connection.close()


def talks_rubbish(request: Request) -> None:
    request.handler.wfile.write(b"\0" * 100 + b"\r\n\r\n")


def is_silent(request: Request) -> None:
    time.sleep(2)


def dribbles(request: Request) -> None:
    """An answer that begins well, and whose body never ends."""
    request.handler.send_response(200)
    request.handler.send_header("Content-Length", "1000000")
    request.handler.end_headers()
    with suppress(OSError):
        for _ in range(40):
            request.handler.wfile.write(b"x")
            time.sleep(0.05)


def never_ends_its_head(request: Request) -> None:
    with suppress(OSError):
        request.handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(40):
            request.handler.wfile.write(b"X-%d: x\r\n" % number)
            time.sleep(0.05)


class Receiver:
    """What was received, by path, and how each path answers: well, unless it is told otherwise."""

    def __init__(self, port: int) -> None:
        self.address, self.port = f"http://127.0.0.1:{port}", port
        self.received: list[Request] = []
        self.by_path: dict[str, Answer] = {}

    def at(self, path: str, answer: Answer = well) -> str:
        """An address of its own, that answers so."""
        self.by_path[path] = answer
        return self.address + path

    def of(self, path: str) -> list[Request]:
        return [request for request in self.received if request.path == path]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body, self)
            receiver.received.append(request)
            with suppress(OSError):
                receiver.by_path.get(self.path, well)(request)

        do_GET = do_POST  # noqa: N815 as http.server calls it

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: Any) -> None:
            """Whoever sends may be gone."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield receiver
        server.shutdown()


@dataclass
class Clock:
    """The time of day, as many steps later as a test takes."""

    later: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.later


@contextmanager
def sending(database: Database, clock: Clock, within_s: float = 5.0) -> Iterator[WebhookSender]:
    rules = SendingRules(loopback=True, within_s=within_s, clock=clock, jitter=lambda: 0.0)
    sender = WebhookSender(database, rules)
    try:
        yield sender
    finally:
        sender.close()


def send_in_a_process(address: URL) -> None:
    """Send what is due, in a process that is killed meanwhile; it says its number first."""
    print(os.getpid(), flush=True)
    sender = WebhookSender(Database(address), SendingRules(loopback=True))
    sender.drain()
    print("done", flush=True)


def kills(process: int) -> None:
    os.kill(process, signal.SIGKILL)
