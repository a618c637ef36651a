"""A document opened by a link: by whoever has it, until it expires, and nothing else of the tenant with it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response

from api.access.guesses import GUESSES_MAX
from api.access.roles import Role
from api.delivering.setup import WaysSetUp
from api.http.dependencies import Resources
from api.http.rates import LinkRates
from api.server.embedded import EmbeddedServer
from tests.scenarios.world import World, a_world_copied

READINGS = "time,value\n2026-01-05T10:00:00+01:00,140\n"
JANUARY, OTHER = "2026-000001", "2026-000002"
PUBLIC = "https://billing.example"


def _fill(world: World) -> None:
    world.key("bert", Role.OWNER)
    world.key("auditor", Role.AUDITOR)
    world.now = datetime(2026, 2, 1, 6, tzinfo=UTC)
    world.done("maker", "POST", "/v1/readings?register=kwh", content=READINGS)
    world.done("finance", "POST", "/v1/bill?issue=true")


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "a document to be opened", _fill, request.node.nodeid) as copied:
        resources = serving(copied)
        object.__setattr__(resources, "delivery_setup", WaysSetUp(public_url=PUBLIC))
        yield copied


def serving(world: World) -> Resources:
    application: Any = world.client.app
    resources = application.state.resources
    assert isinstance(resources, Resources)
    return resources


def made(world: World, number: str = JANUARY, days: int = 14) -> tuple[int, str]:
    """A link, and its path."""
    link = world.done("finance", "POST", f"/v1/invoices/{number}/links", json={"days": days})
    assert link["url"].startswith(f"{PUBLIC}/d/")
    return link["id"], link["url"].removeprefix(PUBLIC)


def opens(world: World, path: str) -> Response:
    return world.client.get(path)


class TestWhoeverHasIt:
    def test_opens_page_and_original_and_each_is_recorded(self, world: World) -> None:
        _, path = made(world)
        page, original = opens(world, path), opens(world, f"{path}/original")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert JANUARY in page.text
        assert page.headers["content-disposition"] == f'inline; filename="{JANUARY}.html"'
        assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert original.headers["content-disposition"].startswith("attachment")
        world.now += timedelta(hours=1)
        opens(world, path)
        (link,) = world.done("finance", "GET", f"/v1/invoices/{JANUARY}/links")
        assert [opened["what"] for opened in link["downloads"]] == ["page", "original", "page"]
        assert link["downloads"][2]["at"] == "2026-02-01T07:00:00Z"

    def test_sees_what_the_customer_sees_and_no_other_document(self, world: World) -> None:
        _, path = made(world)
        assert opens(world, path).text == world.ask("blechwerke", "GET", f"/v1/invoices/{JANUARY}/page").text
        assert OTHER not in opens(world, path).text
        token = path.removeprefix("/d/")
        for other in ("/v1/invoices", f"/v1/invoices/{JANUARY}"):
            assert world.client.get(other, headers={"Authorization": f"Bearer {token}"}).status_code == 401

    def test_until_it_expires(self, world: World) -> None:
        _, path = made(world, days=1)
        world.now += timedelta(hours=23, minutes=59)
        assert opens(world, path).status_code == 200
        world.now += timedelta(minutes=1)
        gone = opens(world, path)
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/link-expired")
        (link,) = world.done("finance", "GET", f"/v1/invoices/{JANUARY}/links")
        assert len(link["downloads"]) == 1

    def test_until_it_is_revoked(self, world: World) -> None:
        key, path = made(world)
        _, kept = made(world)
        revoked = world.done("finance", "DELETE", f"/v1/invoices/{JANUARY}/links/{key}")
        assert revoked["revoked_by"] == "finance"
        assert (opens(world, path).status_code, opens(world, path).json()["type"]) == (410, "/problems/link-revoked")
        assert opens(world, kept).status_code == 200
        assert world.ask("finance", "DELETE", f"/v1/invoices/{OTHER}/links/{key}").status_code == 404

    def test_until_the_document_is_void(self, world: World) -> None:
        _, path = made(world)
        world.done("finance", "POST", f"/v1/invoices/{JANUARY}/void", json={"reason": "the wrong price"})
        world.done("bert", "POST", f"/v1/invoices/{JANUARY}/void/release")
        assert opens(world, path).json()["type"] == "/problems/link-to-void-document"
        assert world.ask("finance", "POST", f"/v1/invoices/{JANUARY}/links", json={}).status_code == 409

    def test_and_then_it_is_not_void_any_more(self, world: World) -> None:
        """Whoever has opened it has it, though no sending is recorded."""
        _, path = made(world)
        world.done("finance", "POST", f"/v1/invoices/{JANUARY}/void", json={"reason": "the wrong price"})
        assert opens(world, path).status_code == 200
        refused = world.ask("bert", "POST", f"/v1/invoices/{JANUARY}/void/release")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/document-sent")


class TestTheToken:
    def test_is_kept_by_its_hash_alone_and_stands_in_no_entry_and_no_log(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        _, path = made(world)
        token = path.removeprefix("/d/")
        assert len(token) == 43  # 256 bits
        opens(world, path)
        opens(world, f"/d/{token[:-1]}x")
        entries = world.ask("auditor", "GET", "/v1/audit").text
        links = world.ask("finance", "GET", f"/v1/invoices/{JANUARY}/links").text
        for text in (entries, links, caplog.text, *map(str, (record.__dict__ for record in caplog.records))):
            assert token[:-1] not in text

    def test_is_not_guessed(self, world: World) -> None:
        _, path = made(world)
        for number in range(GUESSES_MAX):
            guessed = opens(world, f"/d/guess{number}")
            assert (guessed.status_code, guessed.json()["type"]) == (404, "/problems/unknown-delivery-link")
        assert opens(world, "/d/one-more").status_code == 429
        assert opens(world, path).status_code == 429

    def test_lets_in_who_has_opened_it_before_whoever_guesses_beside(self, world: World) -> None:
        _, path = made(world)
        assert opens(world, path).status_code == 200
        for number in range(GUESSES_MAX):
            opens(world, f"/d/guess{number}")
        assert opens(world, "/d/one-more").status_code == 429
        assert opens(world, path).status_code == 200

    def test_asked_for_without_its_content_nothing_is_opened(self, world: World) -> None:
        """As programs do that look through mails."""
        _, path = made(world)
        assert [world.client.head(f"{path}{what}").status_code for what in ("", "/pdf", "/original")] == [200] * 3
        (link,) = world.done("finance", "GET", f"/v1/invoices/{JANUARY}/links")
        assert link["downloads"] == []

    def test_opens_no_more_than_so_many_in_a_minute(self, world: World) -> None:
        rates = LinkRates()
        rates.PER_MINUTE = 60
        object.__setattr__(serving(world), "link_rates", rates)
        _, path = made(world)
        for _ in range(60):
            rates.count("testclient")
        answer = opens(world, path)
        assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-requests")


def test_a_customer_sees_no_links_and_makes_none(world: World) -> None:
    for method, body in (("GET", None), ("POST", {})):
        asked = world.ask(
            "blechwerke", method, f"/v1/invoices/{JANUARY}/links", **({"json": body} if body is not None else {})
        )
        assert asked.status_code == 403
