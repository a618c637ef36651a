"""A customer grants one machine to a third party, who sees its use and nothing else until the grant is revoked."""

from collections.abc import Iterator

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.api.access.matrix import READ
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave

USAGE = "/v1/registers/kwh/usage"
JANUARY = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-05T11:00+01:00,60\n"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        chief = {"name": "chief", "role": Role.CUSTOMER, "party": "Blechwerke", "administers": True}
        world.keys["chief"] = world.done("maker", "POST", "/v1/users", json=chief)["key"]["key"]
        made = world.done("chief", "POST", "/v1/users", json={"name": "insurer", "role": Role.THIRD_PARTY})
        world.keys["insurer"] = made["key"]["key"]
        world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "a.csv"}, content=JANUARY)
        yield world


def refusal(world: World, who: str, method: str, path: str, **more: object) -> tuple[int, str]:
    answer = world.ask(who, method, path, **more)
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def granted(world: World, machine: str = "Press") -> int:
    asked = {"name": "insurer", "machine": machine}
    return int(world.done("blechwerke", "POST", "/v1/grants", json=asked)["id"])


def test_use_is_seen_while_the_grant_is_in_force(world: World) -> None:
    assert refusal(world, "insurer", "GET", USAGE, params=READ)[0] == 404
    number = granted(world)
    (usage,) = world.done("insurer", "GET", USAGE, params=READ)
    assert (usage["quantity"], usage["unit"]) == ("120", "kWh")
    world.done("blechwerke", "POST", f"/v1/grants/{number}/revoke")
    assert refusal(world, "insurer", "GET", USAGE, params=READ)[0] == 404
    again = refusal(world, "blechwerke", "POST", f"/v1/grants/{number}/revoke")
    assert again == (409, "grant-revoked")


def test_nothing_else_is_seen(world: World) -> None:
    granted(world)
    for path in (
        "/v1/contracts",
        "/v1/invoices",
        "/v1/registers/kwh/readings",
        "/v1/fleet",
        "/v1/users",
        "/v1/batches",
    ):
        asked = READ if path.endswith("/readings") else {}
        assert world.ask("insurer", "GET", path, params=asked).status_code == 403


@pytest.mark.parametrize(("asked", "refused"), [
    ({"name": "nobody", "machine": "Press"}, (404, "unknown-identity")),
    ({"name": "blechwerke", "machine": "Press"}, (422, "not-a-third-party")),
    ({"name": "insurer", "machine": "Oven"}, (404, "unknown-machine")),
], ids=str)  # fmt: skip
def test_only_a_machine_of_ones_own_and_only_to_a_third_party(
    world: World, asked: dict[str, str], refused: tuple[int, str]
) -> None:
    assert refusal(world, "blechwerke", "POST", "/v1/grants", json=asked) == refused


def test_another_customer_neither_grants_to_it_nor_revokes(world: World) -> None:
    number = granted(world)
    assert refusal(world, "gießerei", "POST", "/v1/grants", json={"name": "insurer", "machine": "Press"})[0] == 404
    assert refusal(world, "gießerei", "POST", f"/v1/grants/{number}/revoke") == (404, "unknown-grant")
    assert world.done("gießerei", "GET", "/v1/grants") == []
    assert [row["name"] for row in world.done("blechwerke", "GET", "/v1/grants")] == ["insurer"]


def test_the_supplier_grants_nothing_of_its_customers(world: World) -> None:
    assert refusal(world, "maker", "POST", "/v1/grants", json={"name": "insurer", "machine": "Press"})[0] == 403


def test_a_machine_is_granted_once_at_a_time(world: World) -> None:
    number = granted(world)
    asked = {"name": "insurer", "machine": "Press"}
    assert refusal(world, "blechwerke", "POST", "/v1/grants", json=asked) == (409, "already-granted")
    world.done("blechwerke", "POST", f"/v1/grants/{number}/revoke")
    assert granted(world) != number


def test_a_reading_that_comes_late_is_seen_by_whom_the_machine_is_granted(world: World) -> None:
    granted(world)
    late = "time,value\n2026-01-05T12:00+01:00,7\n"
    world.done("maker", "POST", "/v1/readings", params={"register": "kwh", "source": "late.csv"}, content=late)
    (usage,) = world.done("insurer", "GET", USAGE, params=READ)
    assert usage["quantity"] == "127"


def test_a_grant_outlives_a_rotated_key_and_not_whoever_acts_no_more(world: World) -> None:
    granted(world)
    turned = world.done("chief", "POST", f"/v1/keys/{world.keys['insurer'][:12]}/rotate", json={"overlap_hours": 0})
    assert world.ask("insurer", "GET", USAGE, params=READ).status_code == 401
    world.keys["insurer"] = turned["key"]
    assert world.done("insurer", "GET", USAGE, params=READ)
    world.done("chief", "POST", "/v1/users/insurer/disable")
    assert world.ask("insurer", "GET", USAGE, params=READ).status_code == 401


def test_a_key_of_another_tenant_sees_nothing_by_the_same_register(world: World) -> None:
    granted(world)
    assert world.ask("stranger", "GET", USAGE, params=READ).status_code == 404
