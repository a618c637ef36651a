"""Who shows a whole key is told why it does not work; who shows another is told nothing, and as quickly."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from api.access.keys import BEARER, caller_of, hashed
from api.access.roles import Role
from api.refusals import Unauthenticated
from api.server.embedded import EmbeddedServer
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

UNKNOWN = "the key is not known, or works no more"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        world.key("second", Role.OWNER)
        yield world


def said_to(world: World, key: str) -> str:
    world.keys["shown"] = key
    answer = world.ask("shown", "GET", "/v1/whoami")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
    return str(answer.json()["detail"])


class TestWhoShowsTheWholeKey:
    def test_a_key_of_somebody_who_waits(self, world: World) -> None:
        made = world.done("maker", "POST", "/v1/users", json={"name": "clerk", "role": "finance"})
        words = "the key waits for another owner: usufruct user release 'clerk'"
        assert said_to(world, made["key"]["key"]) == words
        other = world.done("maker", "POST", "/v1/keys", json={"name": "finance"})
        assert said_to(world, other["key"]) == words.replace("clerk", "finance")

    def test_a_key_that_is_released_while_its_bearer_waits(self, world: World) -> None:
        made = world.done("maker", "POST", "/v1/users", json={"name": "clerk", "role": "finance"})["key"]
        world.done("second", "POST", f"/v1/keys/{made['id']}/release")
        assert said_to(world, made["key"]) == "the key waits for another owner: usufruct user release 'clerk'"

    def test_a_revoked_one(self, world: World) -> None:
        world.done("maker", "POST", f"/v1/keys/{world.keys['finance'][:12]}/revoke")
        assert said_to(world, world.keys["finance"]) == f"the key was revoked at {world.now.isoformat()}"

    def test_one_that_was_refused_before_it_was_released(self, world: World) -> None:
        made = world.done("maker", "POST", "/v1/keys", json={"name": "finance"})
        world.now += timedelta(minutes=1)
        world.done("second", "POST", f"/v1/keys/{made['id']}/revoke")
        assert said_to(world, made["key"]) == f"the key was revoked at {world.now.isoformat()}"

    def test_an_expired_one(self, world: World) -> None:
        ends = world.now + timedelta(days=1)
        made = world.done("maker", "POST", "/v1/keys", json={"name": "maker", "expires_at": ends.isoformat()})
        world.now = ends
        assert said_to(world, made["key"]) == f"the key expired at {ends.isoformat()}"

    def test_one_of_somebody_who_acts_no_more(self, world: World) -> None:
        world.done("maker", "POST", "/v1/users/finance/disable")
        assert said_to(world, world.keys["finance"]) == f"'finance' acts no more since {world.now.isoformat()}"


class TestWhoDoesNot:
    @pytest.mark.parametrize("shown", ["usu_" + "x" * 43, "first characters", "one character", "token"])
    def test_is_told_nothing(self, world: World, shown: str) -> None:
        key = world.keys["finance"]
        world.done("maker", "POST", f"/v1/keys/{key[:12]}/revoke")
        wrong = {"first characters": key[:12], "one character": key[:-1] + "x", "token": "uto_" + "x" * 43}
        assert said_to(world, wrong.get(shown, shown)) == UNKNOWN

    def test_the_same_is_asked_of_the_database_whether_there_was_such_a_key_or_not(self, world: World) -> None:
        world.done("maker", "POST", f"/v1/keys/{world.keys['finance'][:12]}/revoke")
        asked: dict[str, list[str]] = {}
        for which, key in (("known", world.keys["finance"]), ("unknown", "usu_" + "x" * 43)):
            queries = asked.setdefault(which, [])

            def look_up(query: str, given: object, queries: list[str] = queries) -> list[tuple[object, ...]]:
                queries.append(query)
                return world.app.state.resources.lookup_database.look_up(query, given)  # type: ignore[no-any-return]

            with pytest.raises(Unauthenticated):
                caller_of(look_up, key, world.now)
        assert asked["known"] == asked["unknown"]
        assert asked["known"][0] == BEARER

    def test_the_function_tells_nobody_by_first_characters_or_a_token(self, world: World) -> None:
        look_up = world.app.state.resources.lookup_database.look_up
        query = "select * from why_key_ended(%(key_sha256)s, now())"
        assert look_up(query, {"key_sha256": hashed(world.keys["finance"][:12])}) == []
