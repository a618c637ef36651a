"""Requests as no honest client sends them, on a real socket: each is refused or cut off, logged, and soon over."""

import gzip
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from api.http.app import create_app
from api.server.embedded import EmbeddedServer
from api.server.serving import uvicorn_options
from api.server.settings import Settings
from tests.conftest import world_copy
from tests.scenarios.world import TWO_CONTRACTS, a_world

RECEIVE_S = 0.5
KEEP_ALIVE_S = 1


@dataclass
class Answer:
    """What came back on a connection, until it was closed or one answer was whole."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw: bytes

    @property
    def problem(self) -> str:
        assert self.headers["content-type"] == "application/problem+json", self.raw
        said = json.loads(self.body)
        assert said["status"] == self.status
        return str(said["type"]).removeprefix("/problems/")


@dataclass
class Served:
    """The application behind a socket, as ``serve`` starts it."""

    port: int
    keys: dict[str, str]
    log: pytest.LogCaptureFixture | None = None

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def head(self, method: str = "GET", path: str = "/v1/contracts", who: str | None = "maker", *more: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [] if any(line.lower().startswith("host:") for line in more) else ["Host: usufruct"]
        lines += [f"Authorization: Bearer {self.keys[who]}"] if who else []
        return "\r\n".join([*lines, *more, "", ""]).encode("latin-1")

    def ask(self, sent: bytes) -> Answer:
        with closing(self.connected()) as connection:
            connection.sendall(sent)
            return answer_on(connection)

    def post(self, path: str, body: bytes, *more: str, who: str = "maker", media: str = "application/json") -> Answer:
        stated = (f"Content-Type: {media}", f"Content-Length: {len(body)}", *more)
        return self.ask(self.head("POST", path, who, *stated) + body)


def answer_on(connection: socket.socket) -> Answer:
    """Read one answer; nothing at all is one of status 0."""
    raw = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            raw += part
            head, _, body = raw.partition(b"\r\n\r\n")
            headers = dict(_header(line) for line in head.split(b"\r\n")[1:])
            if "content-length" in headers and len(body) >= int(headers["content-length"]):
                break
    if not raw:
        return Answer(0, {}, b"", b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return Answer(int(first.split()[1]), dict(map(_header, lines)), body, raw)


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.lower(), value.strip()


def is_closed(connection: socket.socket, within_s: float) -> bool:
    """Whether the server ends the connection in time, whatever it says before."""
    connection.settimeout(within_s)
    ends = time.monotonic() + within_s
    try:
        while connection.recv(65536):
            if time.monotonic() > ends:
                return False
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def keys_of(access: Any) -> dict[str, str]:
    with a_world(access) as world:
        return world.keys


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    options = uvicorn_options(settings) | {"log_config": None, "timeout_keep_alive": KEEP_ALIVE_S}
    server = uvicorn.Server(uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def running(server: EmbeddedServer) -> Iterator[Served]:
    with world_copy(server, f"{TWO_CONTRACTS}, and their keys", keys_of, "hostile") as (access, keys):
        settings = Settings.model_validate({
            "database_url": access.app.render_as_string(hide_password=False), "tick_s": 0, "receive_s": RECEIVE_S,
        })  # fmt: skip
        with serving(settings) as port:
            yield Served(port, keys)


@pytest.fixture
def served(running: Served, caplog: pytest.LogCaptureFixture) -> Served:
    caplog.set_level(logging.INFO)
    running.log = caplog
    return running


def was_logged(served: Served, **facts: object) -> bool:
    """Whether a line of the log has these facts; the last of a request is written a little after its answer."""
    ends = time.monotonic() + 2
    while time.monotonic() < ends:
        assert served.log is not None
        for record in list(served.log.records):
            if all(getattr(record, name, None) == value for name, value in facts.items()):
                return True
        time.sleep(0.01)
    return False


class TestSlowClients:
    """Together, so that they wait side by side: none holds its connection for longer than it has."""

    def test_each_is_cut_off_in_its_time(self, served: Served) -> None:
        begun = time.monotonic()
        body = served.head("POST", "/v1/contracts", "maker", "Content-Type: application/yaml", "Content-Length: 5000")
        chunked = served.head(
            "POST", "/v1/contracts", "maker", "Content-Type: application/yaml", "Transfer-Encoding: chunked"
        )
        slow = {
            "says nothing": b"",
            "a head that does not end": b"GET /v1/contracts HTTP/1.1\r\nHost: usufruct\r\n",
            "a body that does not come": body,
            "chunks that do not end": chunked,
            "a body without a key": served.head(
                "POST", "/oauth/token", None, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 500"
            ),
            "a rest of a body that is refused": served.head("POST", "/v1/contracts", None, "Content-Length: 5000"),
        }
        connections = {name: served.connected() for name in slow}
        for name, sent in slow.items():
            connections[name].sendall(sent)
        open_ones = dict(connections)
        dribble = {"a head that does not end": b"X-A: b\r\n", "chunks that do not end": b"1\r\na\r\n"}
        answers = dict.fromkeys(slow, b"")
        while open_ones:
            assert time.monotonic() - begun < RECEIVE_S + KEEP_ALIVE_S + 2, open_ones
            for name, connection in list(open_ones.items()):
                with suppress(OSError):
                    if name != "says nothing":
                        connection.sendall(dribble.get(name, b"x"))
                connection.settimeout(0.005)
                try:
                    part = connection.recv(65536)
                    answers[name] += part
                except TimeoutError:
                    continue
                except OSError:
                    part = b""
                if not part:
                    open_ones.pop(name).close()
            time.sleep(0.02)
        statuses = {name: int(said.split()[1]) if said else 0 for name, said in answers.items()}
        assert statuses == {
            "says nothing": 408,
            "a head that does not end": 408,
            "a body that does not come": 408,
            "chunks that do not end": 408,
            "a body without a key": 408,
            "a rest of a body that is refused": 401,
        }
        assert b"/problems/too-slow" in answers["a body that does not come"]
        assert was_logged(served, status=408, client="127.0.0.1")

    def test_who_sends_steadily_has_the_time_it_takes(self, served: Served) -> None:
        body = b"time,value\n" + b"".join(b"2026-01-%02dT%02d:00Z,1\n" % (1 + n // 24, n % 24) for n in range(600))
        head = served.head(
            "POST",
            "/v1/readings?register=kwh&column=start=time",
            "maker",
            "Content-Type: text/csv",
            f"Content-Length: {len(body)}",
        )
        with closing(served.connected()) as connection:
            connection.sendall(head)
            for at in range(0, len(body), 1500):
                connection.sendall(body[at : at + 1500])
                time.sleep(0.09)
            answer = answer_on(connection)
        assert answer.status == 201, answer.raw


class TestFraming:
    @pytest.mark.parametrize(
        ("more", "body"),
        [
            pytest.param(("Content-Length: 2", "Content-Length: 3"), b"{}x", id="two lengths"),
            pytest.param(("Content-Length: -1",), b"", id="a negative length"),
            pytest.param(("Content-Length: 0x2",), b"{}", id="a length in hexadecimal"),
            pytest.param(("Content-Length: 1_0",), b"{}", id="a length with an underscore"),
            pytest.param(("Content-Length: 99999999999999999999999999",), b"{}", id="an endless length"),
            pytest.param(("Content-Length: 2", "Transfer-Encoding: chunked"), b"0\r\n\r\n", id="length and chunks"),
            pytest.param(("Transfer-Encoding: gzip, chunked",), b"0\r\n\r\n", id="an unknown transfer encoding"),
            pytest.param(("Transfer-Encoding: chunked",), b"zz\r\n{}\r\n0\r\n\r\n", id="a chunk of no size"),
            pytest.param(("Transfer-Encoding: chunked",), b"-2\r\n{}\r\n0\r\n\r\n", id="a chunk of a negative size"),
            pytest.param(("Bad header",), b"", id="a header without a colon"),
            pytest.param(("X-A : b",), b"", id="a blank before the colon"),
            pytest.param(("X-A: b\x00c",), b"", id="a NUL in a header"),
        ],
    )
    def test_is_refused_and_the_connection_ends(self, served: Served, more: tuple[str, ...], body: bytes) -> None:
        sent = served.head("POST", "/v1/contracts/check", "maker", "Content-Type: application/json", *more) + body
        with closing(served.connected()) as connection:
            connection.sendall(sent)
            answer = answer_on(connection)
            assert answer.status in {400, 413}, answer.raw
            assert answer.problem in {"no-http", "too-large", "two-meanings"}
            assert is_closed(connection, KEEP_ALIVE_S + 2)

    @pytest.mark.parametrize("first", [
        b"GET / HTTP/1.1 \xff\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /a b HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET " + b"/a" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000,
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ])  # fmt: skip
    def test_what_is_no_request_is_no_request(self, served: Served, first: bytes) -> None:
        with closing(served.connected()) as connection:
            with suppress(OSError):
                connection.sendall(first + b"\r\n" * 4)
            answer = answer_on(connection)
            assert answer.status in {0, 400, 404}, answer.raw
            assert answer.status != 400 or answer.problem in {"no-http", "two-meanings"}

    def test_a_body_longer_than_announced_is_not_taken_for_a_body(self, served: Served) -> None:
        sent = served.head("POST", "/v1/price", "maker", "Content-Type: application/json", "Content-Length: 2")
        with closing(served.connected()) as connection:
            connection.sendall(sent + b"{}GET-IT /health\r\n\r\n")
            answered = b""
            while part := connection.recv(65536):
                answered += part
        assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"422", b"400"]
        assert b"/problems/no-http" in answered

    def test_a_body_beyond_the_limit_is_refused_before_it_is_read(self, served: Served) -> None:
        sent = served.head("POST", "/v1/price", "maker", "Content-Type: application/json", "Content-Length: 4194305")
        assert served.ask(sent).problem == "too-large"
        chunked = served.head(
            "POST", "/v1/price", "maker", "Content-Type: application/json", "Transfer-Encoding: chunked"
        )
        with closing(served.connected()) as connection:
            connection.sendall(chunked)
            with suppress(OSError):
                for _ in range(80):
                    connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
            assert answer_on(connection).problem == "too-large"


class TestPathsAndQueries:
    @pytest.mark.parametrize("path", [
        "/v1/contracts/%2e%2e/%2e%2e/etc/passwd", "/v1/../health/../../etc/passwd", "//v1//contracts", "/v1/contracts//",
        "/v1/contracts/%00", "/v1/contracts/a%00b", "/v1/invoices/%2e%2e%2f%2e%2e", "/v1/contracts/%ff%fe",
        "/v1/contracts/%0d%0aSet-Cookie:%20a=b", "/v1/contracts/" + "a" * 9000, "/docs/../v1/contracts", "http://evil.example/v1/contracts",
        "/static-offline-docs/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/static-offline-docs/..%2f..%2f..%2f..%2fetc/passwd",
        "/v1/registers/%ed%a0%80/usage?from=2026-01-01&to=2026-01-02", "/v1/contracts/%f0%9f%92%a9", "/V1/CONTRACTS",
    ])  # fmt: skip
    def test_lead_nowhere(self, served: Served, path: str) -> None:
        answer = served.ask(served.head("GET", path))
        assert answer.status in {400, 404, 422}, answer.raw
        assert answer.problem
        assert "set-cookie" not in answer.headers
        assert b"root:" not in answer.raw

    @pytest.mark.parametrize("query", [
        "limit=1&limit=2", "%6cimit=1&limit=1", "limit=1%00", "begins=%00", "begins=" + "a" * 500, "a=" + "b" * 9000, "&".join(f"a{n}=1" for n in range(2000)),
        "sort=%ff", "after=%ed%a0%80", "limit=1e999", "limit=١", "limit=99999999999999999999", "state[]=running", "limit;sort=contract",
    ])  # fmt: skip
    def test_of_odd_parameters_none_is_ignored(self, served: Served, query: str) -> None:
        sent = served.head("GET", "/v1/contracts").replace(b"/v1/contracts", b"/v1/contracts?" + query.encode(), 1)
        answer = served.ask(sent)
        assert answer.status in {400, 422} or (
            answer.status == 200 and query.startswith(("begins=a", "after", "sort"))
        ), answer.raw

    @pytest.mark.parametrize("more", [
        "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE", "X-Original-URL: /v1/keys",
        "X-Rewrite-URL: /v1/keys",
    ])  # fmt: skip
    def test_no_header_is_another_method_or_path(self, served: Served, more: str) -> None:
        plain, overridden = (served.ask(served.head("GET", "/v1/contracts", "maker", *of)) for of in ((), (more,)))
        assert (plain.status, plain.body) == (overridden.status, overridden.body)
        assert b"C-1" in plain.body


class TestHosts:
    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example/v1/keys?", "[", "a b", "evil.example:99999", "", "é", "evil\x7f"]
    )
    def test_no_answer_follows_the_host_that_is_stated(self, served: Served, host: str) -> None:
        more = (f"Host: {host}", "X-Forwarded-Host: worse.example", "Forwarded: host=worst.example")
        for path in ("/v1/contracts?limit=1", "/v1/contracts/", "/v1/none", "/v1/contracts/none", "/docs", "/"):
            answer = served.ask(served.head("GET", path, "maker", *more))
            assert answer.status < 500, answer.raw
            for name in (b"evil", b"worse", b"worst"):
                assert name not in answer.raw.partition(b"\r\n\r\n")[0]
                assert name not in answer.body or answer.status == 400
        link = served.ask(served.head("GET", "/v1/contracts?limit=1", "maker", *more)).headers.get("link", "</v1/")
        assert link.startswith("</v1/")

    def test_a_cookie_is_for_https_wherever_the_proxy_or_the_connection_says_so(self, served: Served) -> None:
        body = json.dumps({"key": served.keys["maker"]}).encode()
        stated = ("Content-Type: application/json", f"Content-Length: {len(body)}")

        def cookie(*more: str) -> str:
            answer = served.ask(served.head("POST", "/session", None, *stated, *more) + body)
            assert answer.status == 201, answer.raw
            return answer.headers["set-cookie"].lower()

        assert "secure" not in cookie("Host: localhost:8000")
        assert "secure" not in cookie("Host: [::1]:8000")
        assert "secure" in cookie("Host: usufruct")
        assert "secure" in cookie("Host: localhost.evil.example")
        assert cookie("Host: usufruct", "X-Forwarded-Proto: https").startswith("__host-")
        assert not cookie("Host: usufruct", "X-Forwarded-Ssl: on", "Front-End-Https: on").startswith("__host-")


class TestHeaders:
    def test_two_credentials_are_none(self, served: Served) -> None:
        twice = served.head("GET", "/v1/contracts", "maker", "Authorization: Bearer other")
        assert served.ask(twice).problem == "unauthenticated"

    @pytest.mark.parametrize("id_", ["a\tb", "a b", "x" * 200, "é", "a,b;c", "<script>"])
    def test_a_strange_request_id_is_not_repeated(self, served: Served, id_: str) -> None:
        answer = served.ask(served.head("GET", "/v1/contracts/none", "maker", f"X-Request-ID: {id_}"))
        assert len(answer.headers["x-request-id"]) == 32
        assert json.loads(answer.body)["request_id"] == answer.headers["x-request-id"]

    @pytest.mark.parametrize("name", ["a\\r\\nX: b", "a%0d%0aX-Evil: b", "../../etc/passwd", 'a"; filename="b'])
    def test_a_name_that_is_echoed_breaks_no_header(self, served: Served, name: str) -> None:
        path = "/v1/readings?register=kwh&source=" + name.replace(" ", "%20").replace('"', "%22")
        answer = served.post(path, b"time,value\n2026-02-01T00:00Z,1\n", media="text/csv")
        assert answer.status in {201, 422}, answer.raw
        assert "x-evil" not in answer.headers

    def test_a_very_long_key_is_refused(self, served: Served) -> None:
        sent = served.head("GET", "/v1/contracts", None, "Authorization: Bearer " + "a" * 10_000)
        assert served.ask(sent).problem == "unauthenticated"
        many = served.head("POST", "/v1/replay", "maker", f"Idempotency-Key: {'k' * 5000}", "Content-Length: 0")
        assert served.ask(many).problem == "invalid-request"

    def test_an_upgrade_is_no_way_in(self, served: Served) -> None:
        more = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: a", "Sec-WebSocket-Version: 13")
        assert served.ask(served.head("GET", "/v1/contracts", None, *more)).problem == "unauthenticated"


DEEP = b"[" * 100_000 + b"]" * 100_000
RULE = b'{"usage": {"quantity": "%s", "unit": "kWh"}, "terms": {"kind": "per_unit", "unit": "kWh", "unit_price": "%s"}}'


class TestBodies:
    @pytest.mark.parametrize("body", [
        pytest.param(DEEP, id="100,000 lists in each other"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="100,000 objects in each other"),
        pytest.param(b'{"a": 1, "a": 2}', id="a key that stands twice"),
        pytest.param(b"\xff\xfe{}", id="no UTF-8"),
        pytest.param(b'{"usage": NaN}', id="NaN"),
        pytest.param(b"a: &a [*a, *a]", id="an alias of itself"),
        pytest.param(b"a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]", id="aliases of aliases"),
        pytest.param(b"!!python/object/apply:os.system ['true']", id="a tag of Python"),
        pytest.param(b"1" * 100_000, id="a number of 100,000 digits"),
        pytest.param(RULE % (b"1e999999999", b"1"), id="a huge exponent"),
        pytest.param(RULE % (b"1", b"1e-999999999"), id="a tiny price"),
        pytest.param(RULE % (b"9" * 5000, b"1"), id="5,000 digits"),
        pytest.param(RULE % (b"NaN", b"1"), id="not a number"),
        pytest.param(RULE % (b"Infinity", b"sNaN"), id="no end"),
        pytest.param(b'{"usage": {"quantity": 1e999999999, "unit": "kWh"}, "terms": []}', id="a huge JSON number"),
    ])  # fmt: skip
    @pytest.mark.parametrize("path", ["/v1/price", "/v1/contracts/check"])
    def test_is_refused_soon(self, served: Served, path: str, body: bytes) -> None:
        begun = time.process_time()
        answer = served.post(path, body)
        assert answer.status == 422, answer.raw[:500]
        assert answer.problem
        assert len(answer.body) < 20_000
        assert time.process_time() - begun < 2

    @pytest.mark.parametrize(("path", "document"), [
        ("/v1/users", {"name": "a\x00b", "role": "owner"}),
        ("/v1/users", {"name": "a\ud800b", "role": "owner"}),
        ("/v1/contracts/bulk", [{"contract": "a\x00"}]),
        ("/v1/webhooks", {"url": "https://a.example/\ud800"}),
        ("/v1/registers/kwh/edits", {"kind": "set", "start": "2026-01-05T09:00:00Z", "value": "1e999999999", "reason": "a"}),
        ("/v1/registers/kwh/edits", {"kind": "set", "start": "2026-01-05T09:00:00Z", "value": "1", "reason": "a\x00"}),
        ("/v1/registers/kwh/edits", {"kind": "set", "start": "2026-01-05T09:00:00Z", "value": "1", "reason": "\udfff"}),
        ("/v1/contracts/C-1/disputes", {"charge": "fee", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "\ud800"}),
        ("/v1/registers/kwh/exchanges", {"at": "2026-01-05T09:00:00Z", "closing": "1e99999", "opening": "0", "serial": "a"}),
    ])  # fmt: skip
    def test_text_and_numbers_that_no_database_has(self, served: Served, path: str, document: Any) -> None:
        answer = served.post(path, json.dumps(document).encode())
        assert 400 <= answer.status < 500, answer.raw
        assert answer.problem

    def test_a_packed_file_that_unpacks_without_end_is_refused(self, served: Served) -> None:
        bomb = gzip.compress(b"0" * (1 << 20)) * 300
        assert len(bomb) < 4 << 20
        answer = served.post("/v1/readings?register=kwh", bomb, "Content-Encoding: gzip", media="text/csv")
        assert answer.status in {413, 422}, answer.raw
        assert served.post("/v1/price", bomb, "Content-Encoding: gzip").problem == "wrong-content-encoding"
        twice = served.post(
            "/v1/readings?register=kwh", gzip.compress(bomb), "Content-Encoding: gzip, gzip", media="text/csv"
        )
        assert twice.problem == "wrong-content-encoding"

    def test_what_comes_after_all_of_this_is_served(self, served: Served) -> None:
        assert served.ask(served.head("GET", "/v1/contracts")).status == 200
