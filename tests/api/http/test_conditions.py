"""What is asked for on a condition: a GET that the caller has already, a write to what is still as the caller saw it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.http.app import create_app
from api.http.credentials import READ_ONLY
from api.http.work_route import WorkRoute
from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT, FLEET
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

PROFILE = "/v1/profiles/portal"
MORE = FLEET.replace(
    "- {key: hours", '- {key: more, kind: interval, unit: kWh, resolution: "0.1"}\n              - {key: hours'
)
COMMA, POINT = {"options": {"decimal": "comma"}}, {"options": {"decimal": "point"}}


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        world.now = datetime(2026, 2, 15, 8, tzinfo=UTC)
        yield world


def tag(world: World, path: str, who: str = "maker") -> str:
    return str(world.ask(who, "GET", path).headers["etag"])


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


@pytest.mark.parametrize("path", ["/v1/fleet", "/v1/contracts/C-1", "/v1/contracts", "/v1/invoices", "/v1/whoami"])
def test_what_the_caller_has_already_is_not_sent_again(world: World, path: str) -> None:
    known = tag(world, path)
    again = world.ask("maker", "GET", path, headers={"If-None-Match": f'"other", W/{known}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known)
    assert world.ask("maker", "GET", path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tag_is_of_what_this_caller_sees(world: World) -> None:
    assert tag(world, "/v1/contracts") != tag(world, "/v1/contracts", "blechwerke")


def test_a_packed_answers_tag_is_known_too(world: World) -> None:
    packed = tag(world, "/v1/fleet").removesuffix('"') + '-gzip"'
    assert world.ask("maker", "GET", "/v1/fleet", headers={"If-None-Match": packed}).status_code == 304


class TestAWrite:
    @pytest.mark.parametrize(("method", "path", "read", "sent"), [
        pytest.param("PUT", "/v1/fleet", "/v1/fleet", {"content": MORE}, id="at its own path"),
        pytest.param("POST", "/v1/contracts/C-1/release", "/v1/contracts/C-1", {}, id="at the path without its last word"),
    ])  # fmt: skip
    def test_is_done_while_the_thing_is_as_the_caller_saw_it(
        self, world: World, method: str, path: str, read: str, sent: dict[str, Any]
    ) -> None:
        world.done("maker", "POST", "/v1/contracts", content=CONTRACT + "in_force_from: 2026-03-01\n")
        known = tag(world, read, "maker")
        answer = world.ask("maker", method, path, headers={"If-Match": '"other"'}, **sent)
        assert refused(answer) == (412, "changed-since")
        assert answer.json()["expected"] == known
        who = "finance" if "release" in path else "maker"
        assert world.ask(who, method, path, headers={"If-Match": f'"other", {known}'}, **sent).is_success
        assert tag(world, read) != known
        assert refused(world.ask(who, method, path, headers={"If-Match": known}, **sent)) == (412, "changed-since")

    def test_makes_only_what_is_not_there(self, world: World) -> None:
        new = {"If-None-Match": "*"}
        assert refused(world.ask("maker", "PUT", PROFILE, headers={"If-Match": "*"}, json=COMMA))[0] == 412
        assert world.ask("maker", "PUT", PROFILE, headers=new, json=COMMA).is_success
        assert refused(world.ask("maker", "PUT", PROFILE, headers=new, json=POINT)) == (412, "changed-since")
        assert world.ask("maker", "PUT", PROFILE, headers={"If-Match": "*"}, json=POINT).is_success

    def test_that_changes_nothing_that_is_read_by_itself_is_not_done(self, world: World) -> None:
        body = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "doubted"}
        number = world.done("maker", "POST", "/v1/contracts/C-1/disputes", json=body)["dispute"]
        settle = {"json": {"outcome": "due"}, "headers": {"If-Match": "*"}}
        assert refused(world.ask("maker", "POST", f"/v1/disputes/{number}/settle", **settle)) == (
            412,
            "nothing-to-match",
        )
        readings = {"content": "time,value\n2026-01-05T10:00Z,1\n", "headers": {"If-Match": "*"}}
        assert refused(world.ask("maker", "POST", "/v1/readings?register=kwh", **readings)) == (412, "nothing-to-match")

    def test_of_two_at_once_on_what_both_saw_one_is_done(self, world: World) -> None:
        world.done("maker", "PUT", PROFILE, json=COMMA)
        known, statuses = tag(world, PROFILE), []

        def write() -> None:
            statuses.append(world.ask("maker", "PUT", PROFILE, headers={"If-Match": known}, json=POINT).status_code)

        writers = [threading.Thread(target=write) for _ in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert sorted(statuses) == [200] + [412] * 7

    def test_with_a_key_is_answered_again_although_it_has_changed_the_thing_itself(self, world: World) -> None:
        world.done("maker", "PUT", PROFILE, json=COMMA)
        headers = {"If-Match": tag(world, PROFILE), "Idempotency-Key": "once"}
        first = world.ask("maker", "PUT", PROFILE, headers=headers, json=POINT)
        again = world.ask("maker", "PUT", PROFILE, headers=headers, json=POINT)
        assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)


def test_what_each_write_changes_is_read_where_the_document_says() -> None:
    """By hand: a write whose thing is read elsewhere, or nowhere, is not there."""
    application = create_app()
    joined = {
        f"{' '.join(route.methods or ())} {route.path}": route.changes.template
        for route in every_route(application.router)
        if isinstance(route, WorkRoute) and route.changes is not None and READ_ONLY.isdisjoint(route.methods or ())
    }
    assert joined["PUT /v1/fleet"] == "/v1/fleet"
    assert joined["POST /v1/contracts/{reference}/release"] == "/v1/contracts/{reference}"
    assert joined["POST /v1/invoices/{number}/issue"] == "/v1/invoices/{number}"
    assert joined["POST /v1/statements/{number}/steps"] == "/v1/statements/{number}"
    assert joined["POST /v1/indices/{name}/release"] == "/v1/indices/{name}"
    assert "POST /v1/readings" not in joined
    assert "POST /v1/disputes/{number}/settle" not in joined


def every_route(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from every_route(route.original_router)


def test_an_amendment_that_waits_changes_what_the_supplier_sees_and_not_what_the_customer_does(world: World) -> None:
    path = "/v1/contracts/C-1"
    before = {who: tag(world, path, who) for who in ("maker", "blechwerke")}
    world.done("maker", "POST", "/v1/contracts", content=CONTRACT + "in_force_from: 2026-03-01\n")
    waiting = {who: tag(world, path, who) for who in before}
    assert (waiting["maker"] == before["maker"], waiting["blechwerke"] == before["blechwerke"]) == (False, True)
    world.done("finance", "POST", f"{path}/release")
    assert tag(world, path, "blechwerke") != before["blechwerke"]
