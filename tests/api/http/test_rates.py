"""How many requests somebody may send in a minute."""

import re
from collections.abc import Iterator

import pytest
import time_machine

from api.access.roles import Role
from api.http.rates import Rates
from api.server.embedded import EmbeddedServer
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

READING = '{"readings": [{"register": "kwh", "time": "2026-01-07T10:00:00Z", "value": "7"}]}'


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


def allow(world: World, per_minute: int) -> None:
    object.__setattr__(world.app.state.resources, "rates", Rates(per_minute))


def test_each_answer_says_what_is_left(world: World) -> None:
    allow(world, 3)
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        answers = [world.ask("maker", "GET", "/v1/whoami") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers.get("ratelimit-policy") for answer in answers[:3]} == {'"requests";q=3;w=60'}
    left = [re.fullmatch(r'"requests";r=(\d+);t=(\d+)', answer.headers["ratelimit"]) for answer in answers[:3]]
    assert [found and int(found[1]) for found in left] == [2, 1, 0]
    refused = answers[3]
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 120


def test_a_minute_later_somebody_may_go_on(world: World) -> None:
    allow(world, 2)
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as clock:
        assert [world.ask("maker", "GET", "/v1/whoami").status_code for _ in range(3)] == [200, 200, 429]
        clock.shift(120)
        assert world.ask("maker", "GET", "/v1/whoami").status_code == 200


def test_one_identity_does_not_use_up_what_is_anothers(world: World) -> None:
    """Nor does another key give it more."""
    allow(world, 2)
    world.key("second", Role.OWNER)
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        made = world.done("maker", "POST", "/v1/keys", json={"name": "maker"})["key"]
        world.keys["maker's other"] = made
        assert world.ask("maker's other", "GET", "/v1/whoami").status_code in {
            200,
            401,
        }  # it may wait for a second owner
        statuses = [world.ask("maker", "GET", "/v1/whoami").status_code for _ in range(3)]
        assert statuses[-1] == 429
        for who in ("second", "blechwerke", "stranger"):
            assert world.ask(who, "GET", "/v1/whoami").status_code == 200


def test_small_deliveries_are_counted_like_all(world: World) -> None:
    allow(world, 3)
    headers = {"Content-Type": "application/json"}
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        answers = [world.ask("maker", "POST", "/v1/readings", content=READING, headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert all("ratelimit" in answer.headers for answer in answers[:3])


def test_none_is_all(world: World) -> None:
    allow(world, 0)
    answer = world.ask("maker", "GET", "/v1/whoami")
    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
