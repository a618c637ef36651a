"""A Stripe of our own: it keeps what it is told, over loopback, behind the real client.

Written from what Stripe publishes of its interface. It knows one account, takes the pinned version alone, refuses
parameters that it does not know, and has no search: Stripe's lags, and the product must not need it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from api.demo.stripe_server import parameters
from api.demo.stripe_server.balance import Balance
from api.demo.stripe_server.books import API_VERSION, Books
from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.connect import Connect
from api.demo.stripe_server.faults import BEFORE, Faults, GatewayFault
from api.demo.stripe_server.keys import Keys
from api.demo.stripe_server.pages import PAGES, show_page
from api.demo.stripe_server.parameters import Refusal, StripeOperation
from api.demo.stripe_server.payments import Payments
from api.demo.stripe_server.sessions import Sessions
from api.demo.stripe_server.webhooks import Webhooks
from api.demo.stripe_server.work import Operations

SECRET_KEY = "sk_test_of_the_tests"  # noqa: S105 it opens a Stripe of our own, where no money is
_SILENT_S = 30.0
_ERROR = (500, {"error": {"type": "api_error", "message": "An unknown error occurred."}})
Answer = tuple[int, dict[str, Any]]


class Hushed(Exception):
    """There is no answer: the connection is closed, at once or after a long silence."""

    def __init__(self, *, is_silent: bool) -> None:
        super().__init__("silent" if is_silent else "cut")
        self.is_silent = is_silent


class Garbled(Exception):
    """The answer is a success, and no JSON."""


class StripeServer:
    """The account, what happens in it, and what goes wrong."""

    def __init__(self, clock: GatewayClock | None = None) -> None:
        self.clock = clock or GatewayClock()
        self.books = Books(self.clock)
        self.balance = Balance(self.books)
        self.payments = Payments(self.books, self.balance)
        self.sessions = Sessions(self.books, self.payments)
        self.connect = Connect(self.books, self.balance)
        self.webhooks = Webhooks(self.books)
        self.keys = Keys(self.clock)
        self.faults = Faults()
        #: What was asked, with its key; what a fault kept from being done too.
        self.requests: list[tuple[str, str]] = []
        self.secret_key = SECRET_KEY
        self.address = ""
        self._operations = Operations(self.books, self.balance, self.payments, self.sessions, self.connect)
        self._lock = threading.RLock()
        self.stopping = threading.Event()
        self._released = threading.Event()
        self.holding = threading.Event()
        #: Set as soon as a request is not answered: what it was to do is done by then, or is not.
        self.silent = threading.Event()

    def move(self, **by: float) -> None:
        """Let time go by, as ``days=5``."""
        with self._lock:
            self.clock.move(timedelta(**by))

    def release(self) -> None:
        """Let a request that is held go on."""
        self._released.set()

    def made(self, kind: str) -> list[dict[str, Any]]:
        """The objects of a kind, the oldest first."""
        with self._lock:
            return self.books.of(kind)

    def page(self, name: str, body: str) -> tuple[int, bytes, str]:
        """Show a page in which a customer pays, or do what was clicked in it; answers where it leads to, too."""
        with self._lock:
            return show_page(self.books, self.sessions, name, body)

    def answer(self, method: str, target: str, body: str, headers: dict[str, str]) -> Answer:
        """Answer a request.

        Raises:
            Hushed, Garbled: in no good way.
        """
        parts = urlsplit(target)
        try:
            self._refuse_stranger(headers)
            operation = parameters.operation(method, parts.path)
            key = headers.get("idempotency-key", "") if method == "POST" else ""
            self.requests.append((operation.name, key))
            fault = self.faults.of(operation.name)
            if fault in BEFORE and fault is not GatewayFault.ERROR_BEFORE:
                return self._nothing(fault)
            with self._lock:
                asked = (method, parts.path, repr(sorted(parse_qsl(body, keep_blank_values=True))))
                known = self.keys.begin(key, asked) if key else None
            if known is not None:
                return known
            return self._work(operation, parts.query if method == "GET" else body, key, fault)
        except Refusal as refusal:
            return refusal.status, refusal.body

    def _work(self, operation: StripeOperation, text: str, key: str, fault: GatewayFault | None) -> Answer:
        if fault is GatewayFault.HELD:
            self.holding.set()
            self._released.wait(_SILENT_S)
        with self._lock:
            try:
                told = parameters.read(operation.name, text)
            except Refusal:
                self.keys.drop(key)
                raise
            if fault is GatewayFault.ERROR_BEFORE:
                answer: Answer = _ERROR
            else:
                try:
                    answer = (200, self._operations.do(operation, told))
                except Refusal as refusal:
                    answer = (refusal.status, refusal.body)
                if fault is GatewayFault.ERROR_AFTER:
                    answer = _ERROR
            if key:
                self.keys.keep(key, answer)
        if self.webhooks.is_before_answer:
            self.webhooks.deliver()
        if fault in {GatewayFault.SILENT_AFTER, GatewayFault.CUT_AFTER}:
            raise Hushed(is_silent=fault is GatewayFault.SILENT_AFTER)
        if fault is GatewayFault.GARBLED_AFTER:
            raise Garbled
        return answer

    def _nothing(self, fault: GatewayFault | None) -> Answer:
        if fault is GatewayFault.RATE_LIMITED:
            raise Refusal(429, "invalid_request_error", "Too many requests hit the API too quickly.", code="rate_limit")
        if fault is GatewayFault.UNAVAILABLE:
            return 503, {"error": {"type": "api_error", "message": "Stripe is unavailable."}}
        raise Hushed(is_silent=fault is GatewayFault.SILENT_BEFORE)

    def _refuse_stranger(self, headers: dict[str, str]) -> None:
        if headers.get("authorization") != f"Bearer {self.secret_key}":
            raise Refusal(401, "invalid_request_error", "Invalid API Key provided.")
        if headers.get("stripe-version") != API_VERSION:
            raise parameters.invalid(f"Invalid Stripe API version: {headers.get('stripe-version')}")


class _AnsweringHandler(BaseHTTPRequestHandler):
    stripe: StripeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer goes out in one piece

    def do_GET(self) -> None:
        self._page("") if self.path.startswith(PAGES) else self._answer("")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._page(body) if self.path.startswith(PAGES) else self._answer(body)

    def _page(self, body: str) -> None:
        status, content, leads_to = self.stripe.page(self.path.removeprefix(PAGES), body)
        self.send_response(status)
        if leads_to:
            self.send_header("Location", leads_to)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _answer(self, body: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status, fields = self.stripe.answer(self.command, self.path, body, headers)
            self._send(status, json.dumps(fields).encode())
        except Hushed as hushed:
            if hushed.is_silent:
                self.stripe.silent.set()
                self.stripe.stopping.wait(_SILENT_S)
            self.close_connection = True
        except Garbled:
            self._send(200, b"<html>it works</html>")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Request-Id", f"req_{len(self.stripe.requests):06d}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@contextmanager
def stripe_server(clock: GatewayClock | None = None, port: int = 0) -> Iterator[StripeServer]:
    """Run a server on a port of this machine, any that is free by default, for as long as it is needed."""
    server = StripeServer(clock)
    handler = type("Handler", (_AnsweringHandler,), {"stripe": server})
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as http:
        http.daemon_threads = True
        http.block_on_close = False
        server.address = f"http://127.0.0.1:{http.server_address[1]}"
        thread = threading.Thread(target=lambda: http.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.release()
            http.shutdown()
            thread.join(timeout=5)
