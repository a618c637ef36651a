"""Identities and keys over HTTP: made, listed, ended, by an owner and by a customer's administrator."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from api.access.roles import PERMISSIONS, Permission, Role
from api.server.embedded import EmbeddedServer
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, interface, leave


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


def enrolled(world: World, name: str, role: Role, by: str = "maker", **more: Any) -> dict[str, Any]:
    """Somebody whom somebody else makes, with a key of the same name here."""
    made: dict[str, Any] = world.done(by, "POST", "/v1/users", json={"name": name, "role": role, **more})
    world.keys[name] = made["key"]["key"]
    return made


def refusal(world: World, who: str, method: str, path: str, **more: Any) -> tuple[int, str]:
    answer = world.ask(who, method, path, **more)
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


class TestWhoami:
    @pytest.mark.parametrize("role", [role for role in Role if role not in {Role.VERIFIER, Role.LENDER}])
    def test_says_the_role_and_what_it_may_do(self, world: World, role: Role) -> None:
        party = "Blechwerke" if role in {Role.CUSTOMER, Role.PAYEE, Role.THIRD_PARTY} else None
        enrolled(world, "somebody", role, party=party)
        shown = world.done("somebody", "GET", "/v1/whoami")
        assert (shown["name"], shown["role"], shown["party"]) == ("somebody", role, party)
        assert set(shown["permissions"]) == PERMISSIONS[role]
        assert world.keys["somebody"].startswith(shown["key"])

    def test_says_what_a_key_may_do_at_most(self, world: World) -> None:
        asked = {"name": "maker", "scope": ["readings:write", "fleet:read"]}
        world.keys["gateway"] = world.done("maker", "POST", "/v1/keys", json=asked)["key"]
        shown = world.done("gateway", "GET", "/v1/whoami")
        assert (shown["name"], shown["permissions"]) == ("maker", ["fleet:read", "readings:write"])
        assert world.done("gateway", "GET", "/v1/fleet")["sites"]
        assert refusal(world, "gateway", "GET", "/v1/invoices") == (403, "forbidden")

    def test_a_verifier_has_its_contract(self, world: World) -> None:
        enrolled(world, "Dr Prüf", Role.VERIFIER, contract="C-1")
        shown = world.done("Dr Prüf", "GET", "/v1/whoami")
        assert (shown["contract"], shown["permissions"]) == ("C-1", sorted(PERMISSIONS[Role.VERIFIER]))


class TestKeys:
    def test_a_key_is_rotated_without_a_gap(self, world: World) -> None:
        before = world.keys["finance"]
        turned = world.done("maker", "POST", f"/v1/keys/{before[:12]}/rotate", json={"overlap_hours": 3})
        world.keys["finance again"] = turned["key"]
        for who in ("finance", "finance again"):
            assert world.done(who, "GET", "/v1/whoami")["name"] == "finance"
        world.now += timedelta(hours=3)
        assert refusal(world, "finance", "GET", "/v1/whoami") == (401, "unauthenticated")
        assert world.done("finance again", "GET", "/v1/whoami")["name"] == "finance"

    def test_what_is_revoked_expired_or_of_somebody_who_acts_no_more_is_refused(self, world: World) -> None:
        ends = (world.now + timedelta(days=1)).isoformat()
        made = world.done("maker", "POST", "/v1/keys", json={"name": "finance", "expires_at": ends})
        world.keys["for a day"] = made["key"]
        world.done("for a day", "GET", "/v1/whoami")
        world.now += timedelta(days=1)
        assert refusal(world, "for a day", "GET", "/v1/whoami") == (401, "unauthenticated")
        world.done("maker", "POST", f"/v1/keys/{world.keys['finance'][:12]}/revoke")
        assert refusal(world, "finance", "GET", "/v1/whoami") == (401, "unauthenticated")
        world.done("maker", "POST", "/v1/users/blechwerke/disable")
        assert refusal(world, "blechwerke", "GET", "/v1/whoami") == (401, "unauthenticated")

    def test_an_unknown_key_is_an_error_and_so_is_one_of_another_tenant(self, world: World) -> None:
        foreign = world.keys["stranger"][:12]
        for key in ("usu_nothing1", foreign):
            for what, body in (("revoke", None), ("rotate", {})):
                assert refusal(world, "maker", "POST", f"/v1/keys/{key}/{what}", json=body) == (404, "unknown-key")
        assert world.done("stranger", "GET", "/v1/whoami")["role"] == "owner"

    def test_keys_and_people_of_another_tenant_are_not_listed(self, world: World) -> None:
        assert [row["name"] for row in world.done("stranger", "GET", "/v1/keys")] == ["stranger"]
        assert [row["name"] for row in world.done("stranger", "GET", "/v1/users")] == ["stranger"]

    def test_no_answer_but_the_first_holds_a_key(self, world: World) -> None:
        listed = world.ask("maker", "GET", "/v1/keys").text + world.ask("maker", "GET", "/v1/users").text
        assert not [name for name, key in world.keys.items() if key in listed]


class TestTwoOwners:
    """Who could move money is made by one owner and released by another."""

    @pytest.fixture(autouse=True)
    def second(self, world: World) -> None:
        world.key("second", Role.OWNER)

    def test_whoever_is_made_waits_for_the_other_one(self, world: World) -> None:
        made = enrolled(world, "clerk", Role.FINANCE)
        assert (made["waits"], made["key"]["waits"]) == (True, True)
        assert refusal(world, "clerk", "GET", "/v1/whoami") == (401, "unauthenticated")
        assert refusal(world, "maker", "POST", "/v1/users/clerk/release") == (409, "own-identity")
        assert refusal(world, "finance", "POST", "/v1/users/clerk/release") == (403, "forbidden")
        assert world.done("second", "POST", "/v1/users/clerk/release")["waits"] is False
        assert world.done("clerk", "GET", "/v1/whoami")["role"] == "finance"
        assert refusal(world, "second", "POST", "/v1/users/clerk/release") == (409, "nothing-waits")

    def test_a_key_that_is_made_for_somebody_waits_and_so_does_one_that_is_rotated(self, world: World) -> None:
        made = world.done("maker", "POST", "/v1/keys", json={"name": "finance"})
        turned = world.done("maker", "POST", f"/v1/keys/{world.keys['finance'][:12]}/rotate", json={})
        for key in (made, turned):
            assert key["waits"] is True
            world.keys["another"] = key["key"]
            assert refusal(world, "another", "GET", "/v1/whoami") == (401, "unauthenticated")
        world.done("second", "POST", "/v1/users/finance/release")
        assert world.done("another", "GET", "/v1/whoami")["name"] == "finance"

    def test_a_release_answers_what_it_released_and_by_whom_it_was_made(self, world: World) -> None:
        world.key("third", Role.OWNER)
        keys = [world.done(who, "POST", "/v1/keys", json={"name": "finance"})["id"] for who in ("maker", "second")]
        waiting = {key["id"]: key["created_by"] for key in world.done("maker", "GET", "/v1/keys") if key["waits"]}
        assert waiting == {keys[0]: "maker", keys[1]: "second"}
        released = world.done("second", "POST", "/v1/users/finance/release")["released"]
        assert [(key["id"], key["created_by"], key["waits"]) for key in released] == [(keys[0], "maker", False)]
        assert refusal(world, "second", "POST", "/v1/users/finance/release") == (409, "own-identity")
        released = world.done("third", "POST", "/v1/users/finance/release")["released"]
        assert [key["id"] for key in released] == [keys[1]]

    def test_one_key_is_released_by_its_id_and_the_others_wait(self, world: World) -> None:
        made = [world.done("maker", "POST", "/v1/keys", json={"name": "finance"}) for _ in range(2)]
        path = f"/v1/keys/{made[0]['id']}/release"
        assert refusal(world, "maker", "POST", path) == (409, "own-identity")
        assert refusal(world, "finance", "POST", path) == (403, "forbidden")
        assert world.done("second", "POST", path)["waits"] is False
        assert refusal(world, "second", "POST", path) == (409, "nothing-waits")
        for key, status in zip(made, (200, 401), strict=True):
            world.keys["made"] = key["key"]
            assert world.ask("made", "GET", "/v1/whoami").status_code == status

    def test_a_key_that_was_refused_is_not_released(self, world: World) -> None:
        made = world.done("maker", "POST", "/v1/keys", json={"name": "finance"})
        world.now += timedelta(minutes=1)
        world.done("second", "POST", f"/v1/keys/{made['id']}/revoke")
        assert refusal(world, "second", "POST", f"/v1/keys/{made['id']}/release") == (409, "nothing-waits")
        assert refusal(world, "second", "POST", "/v1/users/finance/release") == (409, "nothing-waits")

    def test_who_only_reads_waits_for_nobody(self, world: World) -> None:
        assert enrolled(world, "reviser", Role.AUDITOR)["waits"] is False
        assert world.done("reviser", "GET", "/v1/whoami")["role"] == "auditor"

    def test_of_two_neither_disables_the_other(self, world: World) -> None:
        assert refusal(world, "maker", "POST", "/v1/users/second/disable") == (409, "one-of-two-owners")


class TestTheAdministratorOfACustomer:
    @pytest.fixture(autouse=True)
    def chief(self, world: World) -> None:
        enrolled(world, "chief", Role.CUSTOMER, party="Blechwerke", administers=True)

    def test_manages_the_people_of_its_party_alone(self, world: World) -> None:
        made = enrolled(world, "clerk", Role.CUSTOMER, by="chief")
        assert made["party"] == "Blechwerke"
        assert [row["name"] for row in world.done("chief", "GET", "/v1/users")] == ["blechwerke", "chief", "clerk"]
        assert {row["name"] for row in world.done("chief", "GET", "/v1/keys")} == {"blechwerke", "chief", "clerk"}
        assert world.done("clerk", "GET", "/v1/contracts")
        world.done("chief", "POST", "/v1/users/clerk/disable")
        assert refusal(world, "clerk", "GET", "/v1/contracts") == (401, "unauthenticated")

    def test_releases_nobody(self, world: World) -> None:
        key = world.done("chief", "POST", "/v1/keys", json={"name": "blechwerke"})["id"]
        assert refusal(world, "chief", "POST", "/v1/users/blechwerke/release") == (409, "nothing-waits")
        assert refusal(world, "chief", "POST", f"/v1/keys/{key}/release") == (409, "nothing-waits")
        assert refusal(world, "chief", "POST", "/v1/users/maker/release") == (404, "unknown-identity")

    @pytest.mark.parametrize("asked", [
        {"role": "owner"}, {"role": "finance"}, {"role": "auditor"}, {"role": "payee", "party": "Blechwerke"}, {"role": "customer", "party": "Gießerei"},
    ], ids=str)  # fmt: skip
    def test_makes_nobody_else(self, world: World, asked: dict[str, str]) -> None:
        answer = refusal(world, "chief", "POST", "/v1/users", json={"name": "x", **asked})
        assert answer == (422, "people-of-others")

    def test_neither_disables_nor_gives_a_key_to_somebody_elses(self, world: World) -> None:
        for name in ("maker", "gießerei", "nobody"):
            assert refusal(world, "chief", "POST", f"/v1/users/{name}/disable") == (404, "unknown-identity")
            assert refusal(world, "chief", "POST", "/v1/keys", json={"name": name}) == (404, "unknown-identity")
        for name in ("maker", "gießerei"):
            key = world.keys[name][:12]
            assert refusal(world, "chief", "POST", f"/v1/keys/{key}/revoke") == (404, "unknown-key")
            assert refusal(world, "chief", "POST", f"/v1/keys/{key}/rotate", json={}) == (404, "unknown-key")

    def test_a_name_that_somebody_elses_has_is_taken(self, world: World) -> None:
        asked = {"name": "Gießerei", "role": "customer"}
        assert refusal(world, "chief", "POST", "/v1/users", json=asked) == (409, "identity-taken")

    def test_a_customer_who_does_not_administer_manages_nobody(self, world: World) -> None:
        assert refusal(world, "blechwerke", "GET", "/v1/users") == (403, "forbidden")
        assert refusal(world, "blechwerke", "POST", "/v1/users", json={"name": "x", "role": "customer"})[0] == 403


def test_the_documentation_says_of_each_operation_what_it_needs_and_who_has_it() -> None:
    operations = [
        (path, method, operation)
        for path, methods in interface()["paths"].items()
        for method, operation in methods.items()
    ]
    opened = {f"/d/{{token}}{what}" for what in ("", "/pdf", "/original")}  # whoever has the link
    told = "/v1/gateway-events/{account}"  # a gateway, by its signature
    unsaid = {path for path, _, operation in operations if "x-permissions" not in operation}
    paid = {"/pay/{token}", "/pay/done", "/pay/left"}
    known_to_all = {"/health", "/ready", "/problems", "/problems/{name}", "/oauth/token", "/session"}
    assert unsaid == known_to_all | opened | paid | {told}
    (issue,) = (each for path, _, each in operations if path == "/v1/invoices/{number}/issue")
    assert (issue["x-permissions"], issue["x-roles"]) == (["invoices:issue"], ["owner", "finance"])
    assert {need for _, _, each in operations for need in each.get("x-permissions", ())} <= set(Permission)
