"""How HTTP behaves around every route: parameters, methods, media types, compression, other sites, /docs."""

import gzip
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.http.app import create_app
from api.server.embedded import EmbeddedServer
from api.server.settings import Settings
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, interface, leave

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, "manners") as world:
        yield world


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == PROBLEM, answer.text
    return answer.json()  # type: ignore[no-any-return]


class TestParameters:
    def test_one_that_is_unknown_is_refused_with_the_nearest_name(self, world: World) -> None:
        answer = world.ask("maker", "GET", "/v1/contracts?begin=C")
        refused = problem(answer)
        assert (answer.status_code, refused["type"]) == (422, "/problems/unknown-parameter")
        assert (refused["place"], refused["found"]) == ("/query/begin", "begin")
        filters = [
            "begins",
            "customer",
            "customer_begins",
            "in_force_on",
            "kind",
            "state",
            "supplier",
            "supplier_begins",
        ]
        assert refused["expected"] == sorted([*filters, "waiting", "after", "limit", "sort", "total"])
        assert refused["detail"] == "there is no parameter 'begin' here; did you mean begins?"

    def test_one_of_a_single_value_stands_once(self, world: World) -> None:
        refused = problem(world.ask("maker", "GET", "/v1/contracts?limit=5&limit=1"))
        assert (refused["type"], refused["place"]) == ("/problems/repeated-parameter", "/query/limit")

    def test_one_of_many_values_may_stand_often(self, world: World) -> None:
        path = "/v1/registers/kwh/usage?from=2026-01-01&to=2026-01-31&by=a&by=b"
        assert world.ask("maker", "GET", path).status_code == 200

    def test_on_each_operation(self, world: World) -> None:
        """Where nobody has to be known, and where somebody has to; before its body is looked at."""
        for path, methods in interface()["paths"].items():
            address = re.sub(r"{\w+}", "1", path)
            for method in methods:
                answer = world.ask("maker", method.upper(), f"{address}?wrong=1")
                assert (answer.status_code, problem(answer)["type"]) == (422, "/problems/unknown-parameter"), (
                    method,
                    path,
                )

    def test_who_is_nobody_learns_no_names(self, world: World) -> None:
        assert world.client.get("/v1/contracts?begin=C").status_code == 401


class TestMethods:
    @pytest.mark.parametrize(("path", "allowed"), [
        ("/v1/contracts", "GET, HEAD, OPTIONS, POST"),
        ("/v1/openid/subjects", "DELETE, GET, HEAD, OPTIONS, POST"),
        ("/v1/contracts/C-1/release", "OPTIONS, POST"),
        ("/session", "DELETE, GET, HEAD, OPTIONS, POST"),
    ])  # fmt: skip
    def test_one_that_is_not_allowed_is_told_all_that_are(self, world: World, path: str, allowed: str) -> None:
        answer = world.ask("maker", "PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert problem(answer)["type"] == "/problems/method-not-allowed"
        asked = world.client.options(path)
        assert (asked.status_code, asked.headers["allow"], asked.content) == (204, allowed, b"")

    @pytest.mark.parametrize("path", ["/health", "/v1/contracts", "/v1/contracts/NONE", "/openapi.json", "/docs"])
    def test_head_is_get_without_the_body(self, world: World, path: str) -> None:
        got, head = (world.ask("maker", method, path) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (got.status_code, b"")
        counted = {"ratelimit", "ratelimit-policy", "x-request-id"}
        assert {*head.headers.items()} ^ {*got.headers.items()} <= {
            pair for answer in (got, head) for pair in answer.headers.items() if pair[0] in counted
        }

    def test_head_needs_what_get_needs(self, world: World) -> None:
        assert world.client.head("/v1/contracts").status_code == 401


class TestMediaTypes:
    @pytest.mark.parametrize(("method", "path", "media_type", "body"), [
        pytest.param("POST", "/v1/contracts", "image/png", b"x", id="a document as a picture"),
        pytest.param("POST", "/v1/readings", "multipart/form-data; boundary=x", b"x", id="readings in a form"),
        pytest.param("POST", "/v1/usage", "application/yaml", b"{}", id="a model as YAML"),
        pytest.param("POST", "/v1/usage", "", b"{}", id="a model as nothing"),
        pytest.param("POST", "/session", "text/plain", b"{}", id="a credential as text"),
    ])  # fmt: skip
    def test_a_wrong_one_is_refused(self, world: World, method: str, path: str, media_type: str, body: bytes) -> None:
        headers = {"Content-Type": media_type} if media_type else {}
        answer = world.ask("maker", method, path, content=body, headers=headers)
        refused = problem(answer)
        assert (answer.status_code, refused["type"]) == (415, "/problems/wrong-media-type")
        assert refused["place"] == "/header/content-type"
        assert refused["expected"], "what is read"

    @pytest.mark.parametrize("media_type", ["application/yaml", "text/yaml", "application/json", "text/plain", None])
    def test_a_document_may_be_of_several(self, world: World, media_type: str | None) -> None:
        headers = {"Content-Type": media_type} if media_type else {}
        answer = world.ask("maker", "POST", "/v1/indices", content="{index: PPI, values: []}", headers=headers)
        assert answer.status_code == 201, answer.text

    def test_what_a_plain_post_of_readings_says_is_looked_at_too(self, world: World) -> None:
        """Also of one whose key the route knows already, and who is served without FastAPI."""
        row = '{"readings": [{"register": "kwh", "time": "2026-03-05T10:00:00Z", "value": "60"}]}'
        for _ in range(2):
            answer = world.ask(
                "maker", "POST", "/v1/readings", content=row, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 201
        answer = world.ask("maker", "POST", "/v1/readings", content=row, headers={"Content-Type": "image/png"})
        assert answer.status_code == 415

    def test_a_packed_body_is_read_where_files_are_and_refused_elsewhere(self, world: World) -> None:
        rows = gzip.compress(b"time,value\n2026-03-06T10:00+01:00,60\n")
        packed = {"Content-Encoding": "gzip"}
        assert world.ask("maker", "POST", "/v1/readings?register=kwh", content=rows, headers=packed).status_code == 201
        bomb = zlib.compress(b"0" * 50_000_000)
        for encoding in ("gzip", "deflate", "br"):
            answer = world.ask("maker", "POST", "/v1/contracts", content=bomb, headers={"Content-Encoding": encoding})
            assert (answer.status_code, problem(answer)["type"]) == (415, "/problems/wrong-content-encoding")


class TestCompression:
    def test_a_large_answer_is_packed_for_whoever_accepts_it(self, world: World) -> None:
        packed = world.ask("maker", "GET", "/v1/contracts")
        plain = world.ask("maker", "GET", "/v1/contracts", headers={"Accept-Encoding": "identity"})
        assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content) / 3

    def test_a_small_one_is_not(self, world: World) -> None:
        assert "content-encoding" not in world.ask("maker", "GET", "/v1/indices").headers

    def test_a_secret_is_not_whatever_stands_beside_it(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """With something that an attacker chooses beside it, its packed length would tell it bit by bit."""
        monkeypatch.setattr("api.http.compression.SIZE_MIN", 10)
        assert world.ask("maker", "GET", "/v1/whoami").headers["content-encoding"] == "gzip"
        name = "x" * 200
        asked: dict[str, Any] = {"name": name, "role": "finance"}
        made = world.ask("maker", "POST", "/v1/users", json=asked)
        another = world.ask("maker", "POST", "/v1/keys", json={"name": name})
        rotated = world.ask("maker", "POST", f"/v1/keys/{another.json()['id']}/rotate", json={})
        session = world.client.get("/session", headers={"Authorization": f"Bearer {world.keys['maker']}"})
        for answer in (made, another, rotated, session):
            assert answer.is_success, answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert "content-encoding" not in answer.headers


class TestOtherSites:
    def test_none_may_read_unless_it_is_named(self, world: World) -> None:
        answer = world.client.get("/health", headers={"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in answer.headers

    def test_one_that_is_named_may_with_a_key_and_never_with_a_cookie(self) -> None:
        named = Settings(tick_s=0, cors_origins="https://app.example, http://localhost:3000")
        client = TestClient(create_app(named))
        asked = {
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization",
        }
        answer = client.options("/v1/fleet", headers=asked)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://app.example")
        assert "PUT" in answer.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in answer.headers
        assert client.options("/v1/fleet", headers=asked | {"Origin": "https://else.example"}).status_code == 400
        health = client.get("/health", headers={"Origin": "http://localhost:3000"})
        assert health.headers["access-control-allow-origin"] == "http://localhost:3000"

    @pytest.mark.parametrize("origins", ["app.example", "https://app.example/page", "null", "https://*.example"])
    def test_what_is_no_origin_is_refused_at_the_start(self, origins: str) -> None:
        with pytest.raises(ValidationError, match="cors_origins"):
            Settings(cors_origins=origins)


class TestDocs:
    def test_the_page_loads_nothing_from_another_host(self, world: World) -> None:
        page = world.client.get("/docs")
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert loaded
        for address in loaded:
            assert address.startswith(("static-offline-docs/", "docs/")), address
            answer = world.client.get(f"/{address}")
            assert (answer.status_code, len(answer.content) > 200) == (200, True), address
        assert 'url: "openapi.json"' in world.client.get("/docs/start.js").text
        assert "http" not in page.text.replace("http-equiv", "")

    def test_there_is_one_page_alone(self, world: World) -> None:
        assert world.client.get("/redoc").status_code == 404
