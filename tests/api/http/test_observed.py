"""Around every request: its id, what browsers are told, its place in the metrics and in the log."""

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.observed import observe
from api.http.page_security import OF_DATA
from api.http.problems import answer_refusals
from api.server.embedded import EmbeddedServer
from api.server.logs import line_formatter
from api.server.metrics import OWN
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

DELIVERY = '{"readings": [{"register": "kwh", "time": "2026-01-05T10:00:00Z", "value": "60"}]}'


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, __name__) as world:
        yield world


def counted(name: str, **labels: str) -> float:
    return OWN.get_sample_value(name, labels) or 0.0


class TestItsId:
    @pytest.mark.parametrize("given", ["a", "01HV.xyz-9_:/+=@", "x" * 80])
    def test_is_the_callers_where_it_is_sane(self, world: World, given: str) -> None:
        answer = world.client.get("/v1/contracts", headers={"X-Request-ID": given})
        assert (answer.headers["x-request-id"], answer.json()["request_id"]) == (given, given)

    @pytest.mark.parametrize("given", ["", "x" * 81, "two words", 'a"b', "a\x7fb", "é"])
    def test_is_made_where_it_is_not(self, world: World, given: str) -> None:
        answer = world.client.get("/v1/contracts", headers={b"X-Request-ID": given.encode()})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.json()["request_id"] == answer.headers["x-request-id"]

    def test_stands_in_every_problem_and_in_no_other_answer(self, world: World) -> None:
        asked = [
            ("GET", "/nothing"),
            ("GET", "/v1/contracts/C-9"),
            ("PUT", "/health"),
            ("GET", "/v1/contracts?limit=x"),
        ]
        for method, path in asked:
            answer = world.ask("maker", method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert "request_id" not in world.done("maker", "GET", "/v1/whoami")

    def test_is_known_where_nobody_foresaw_what_went_wrong(self, caplog: pytest.LogCaptureFixture) -> None:
        app = FastAPI()
        answer_refusals(app)
        observe(app)

        @app.get("/unforeseen")
        def unforeseen() -> None:
            raise RuntimeError

        with TestClient(app, raise_server_exceptions=False) as client:
            answer = client.get("/unforeseen", headers={"X-Request-ID": "mine"})
        assert (answer.status_code, answer.json()["request_id"], answer.headers["x-request-id"]) == (
            500,
            "mine",
            "mine",
        )
        assert answer.headers["cache-control"] == "no-store"


class TestWhatBrowsersAreTold:
    @pytest.mark.parametrize("path", ["/health", "/v1/contracts", "/v1/exports/lines", "/nothing"])
    def test_with_data(self, world: World, path: str) -> None:
        told = world.ask("maker", "GET", path).headers
        assert {name.decode(): value.decode() for name, value in OF_DATA}.items() <= dict(told).items()
        assert "frame-ancestors 'none'" in told["content-security-policy"]
        assert "strict-transport-security" not in told, "over http it would mean nothing"

    def test_with_the_documentation_to_run_what_is_fetched_from_here_and_nothing_inside(self, world: World) -> None:
        policy = world.client.get("/docs").headers["content-security-policy"]
        rules = {name: words for name, *words in (rule.split() for rule in policy.split(";"))}
        assert rules == {
            "default-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"], "frame-ancestors": ["'none'"],
            "script-src": ["'self'"], "style-src": ["'self'", "'unsafe-inline'"], "img-src": ["'self'", "data:"],
            "font-src": ["'self'", "data:"], "connect-src": ["'self'"],
        }  # fmt: skip
        page = world.client.get("/docs").text
        assert re.findall(r"<script(?! src=)|\son\w+=|style=", page) == []

    def test_over_https_to_come_so_again(self, world: World) -> None:
        answer = world.client.get("https://testserver/health")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"

    def test_of_an_invoice_to_obey_its_one_style_and_nothing_else(self, world: World) -> None:
        world.ask("maker", "POST", "/v1/readings", content=DELIVERY, headers={"Content-Type": "application/json"})
        world.now = datetime(2026, 2, 1, 8, tzinfo=UTC)
        world.done("maker", "POST", "/v1/bill", params={"issue": "true"})
        page = world.ask("maker", "GET", "/v1/invoices/2026-000001/page")
        policy, (style,) = (
            page.headers["content-security-policy"],
            re.findall("<style>(.*?)</style>", page.text, re.DOTALL),
        )
        hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy.startswith("default-src 'none'; ")
        assert policy.endswith(f"; style-src 'sha256-{hashed}'"), "the browser computes the same"
        assert not re.search(r"unsafe|https?:|\*", policy)
        assert not re.search(r"<script|<img|<link|\sstyle=|\son\w+=", page.text), "nothing that it would not obey"


class TestWhatIsCounted:
    def test_is_the_route_as_it_is_declared(self, world: World) -> None:
        labels = {"method": "GET", "route": "/v1/contracts/{reference}", "status": "404"}
        before = counted("usufruct_http_requests_total", **labels)
        for reference in ("C-7", "C-8", "C-9"):
            world.ask("maker", "GET", f"/v1/contracts/{reference}")
        assert counted("usufruct_http_requests_total", **labels) == before + 3

    @pytest.mark.parametrize("path", [f"/{'x' * 9}", "/v1/nothing/at/all", "/%00"])
    def test_has_one_name_for_all_that_is_nowhere(self, world: World, path: str) -> None:
        before = counted("usufruct_http_requests_total", method="GET", route="(none)", status="404")
        world.client.get(path)
        assert counted("usufruct_http_requests_total", method="GET", route="(none)", status="404") == before + 1

    def test_are_the_short_way_of_a_small_delivery_and_its_verdicts(self, world: World) -> None:
        """The same delivery again is answered from its receipt, and counts no rows."""
        requests = {"method": "POST", "route": "/v1/readings", "status": "201"}
        before = counted("usufruct_http_requests_total", **requests)
        rows = [counted("usufruct_readings_total", verdict=verdict) for verdict in ("stored", "unchanged", "refused")]
        body = json.dumps({"readings": [
            {"register": "kwh", "time": "2026-01-06T10:00:00Z", "value": "1"}, {"register": "nobody", "time": "2026-01-06T10:00:00Z", "value": "1"},
        ]})  # fmt: skip
        again = json.dumps({"readings": [{"register": "kwh", "time": "2026-01-06T10:00:00Z", "value": "1"}]})
        for content in (body, again, again):
            answer = world.ask(
                "maker", "POST", "/v1/readings", content=content, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 201
        assert counted("usufruct_http_requests_total", **requests) == before + 3
        assert [counted("usufruct_readings_total", verdict=verdict) for verdict in ("stored", "unchanged", "refused")] == [
            rows[0] + 1, rows[1] + 1, rows[2] + 1,
        ]  # fmt: skip

    def test_are_refusals_by_their_name(self, world: World) -> None:
        before = counted("usufruct_refusals_total", problem="unauthenticated")
        world.client.get("/v1/contracts")
        assert counted("usufruct_refusals_total", problem="unauthenticated") == before + 1


class TestTheLine:
    @pytest.fixture
    def written(self, world: World) -> Iterator[list[str]]:
        lines: list[str] = []

        class Kept(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(self.format(record))

        handler = Kept()
        handler.setFormatter(line_formatter("json"))
        root = logging.getLogger()
        before = root.level
        root.addHandler(handler)
        root.setLevel(logging.INFO)
        yield lines
        root.removeHandler(handler)
        root.setLevel(before)

    def test_has_request_tenant_and_the_keys_id(self, world: World, written: list[str]) -> None:
        world.ask("stranger", "GET", "/v1/contracts/C-1", headers={"X-Request-ID": "mine"})
        (line,) = [json.loads(line) for line in written if '"usufruct.requests"' in line]
        assert (line["request_id"], line["tenant"], line["key"]) == ("mine", 2, world.keys["stranger"][:12])
        assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/contracts/{reference}", 404)
        assert line["ms"] > 0

    @pytest.mark.parametrize("times", [1, 2], ids=["looked up", "recalled"])
    def test_has_it_of_a_small_delivery_too(self, world: World, written: list[str], times: int) -> None:
        for _ in range(times):
            written.clear()
            world.ask("maker", "POST", "/v1/readings", content=DELIVERY, headers={"Content-Type": "application/json"})
        (line,) = [json.loads(line) for line in written if '"usufruct.requests"' in line]
        assert (line["route"], line["tenant"], line["key"]) == ("/v1/readings", 1, world.keys["maker"][:12])

    def test_of_one_request_is_not_of_the_next(self, world: World, written: list[str]) -> None:
        world.ask("maker", "GET", "/v1/whoami")
        world.client.get("/nothing")
        first, second = (json.loads(line) for line in written if '"usufruct.requests"' in line)
        assert ("tenant" in first, "tenant" in second) == (True, False)

    def test_never_has_a_secret(self, world: World, written: list[str]) -> None:
        """Whatever is sent as one, wherever: key, token, cookie; and what the log is told of failures."""
        key = world.keys["maker"]
        token = world.client.post("/oauth/token", data={"grant_type": "client_credentials", "client_id": key[:12], "client_secret": key}).json()["access_token"]  # fmt: skip
        session = world.client.post("/session", json={"key": key}, headers={"X-Request-ID": key})
        cookie = session.cookies["usufruct_session"]
        for shown in (key, token, f"{key}x"):
            world.client.get("/v1/contracts", headers={"Authorization": f"Bearer {shown}"})
            world.client.get(f"/{shown}?key={shown}")
        world.client.get("/v1/contracts", headers={"Cookie": f"usufruct_session={cookie}"})
        logging.getLogger("a library").error(
            "got Bearer %s at postgresql://u:Geheim99@h/d, cookie %s", key, f"usufruct_session={cookie}"
        )
        whole = "\n".join(written)
        assert [secret for secret in (key, token, cookie, "Geheim99") if secret in whole] == []
        assert "a library" in whole
