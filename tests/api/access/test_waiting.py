"""What waits, and whether who asks may do it: held against what each release itself answers to each of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.roles import Role
from api.cli.main import app
from api.server.embedded import EmbeddedServer
from tests.api.access.test_edit_shown import WITHDRAW
from tests.api.access.test_money_at_the_doors import DAY, DISPUTE, _bill
from tests.api.cli.test_commands import Desk, set_environment
from tests.billing.scene import CONTRACT
from tests.scenarios.world import World, a_world_copied

AMENDED = CONTRACT.replace('"100.00"', '"120.00"').replace("starts:", "in_force_from: 2026-03-01\nstarts:")
INDEX = 'index: CPI\nvalues: [{month: 2026-01, value: "123.4", published: 2026-02-12}]\n'
LIMIT = {"operation": "dispute_waived", "amount": "50", "currency": "EUR", "reason": "small ones"}
#: By kind, what else the release is sent.
SENT: dict[str, dict[str, Any]] = {
    "version": {"version": 2},
    "waiver": {"outcome": "waived"},
    "held apart": {"outcome": "due"},
}
PEOPLE = ("maker", "bert", "finance", "auditor", "gateway")


def _fill(world: World) -> None:
    """Of every kind but statements, findings and held work, something that the maker prepared waits."""
    _bill(world)
    world.key("auditor", Role.AUDITOR)
    world.done("maker", "POST", "/v1/contracts", content=AMENDED)
    world.done("maker", "POST", "/v1/indices", content=INDEX)
    assert world.ask("maker", "POST", WITHDRAW, json=DAY).status_code == 202
    world.done("blechwerke", "POST", "/v1/contracts/C-1/disputes", json=DISPUTE)
    other = DISPUTE | {"charge": "energy"}
    waived = world.done("maker", "POST", "/v1/contracts/C-1/disputes", json=other)["dispute"]
    world.done("maker", "POST", f"/v1/disputes/{waived}/settle", json={"outcome": "waived"})
    world.done("bert", "POST", "/v1/contracts/C-2/disputes", json=DISPUTE)
    world.done("maker", "POST", "/v1/users", json={"name": "Eva", "role": "finance"})
    world.done("maker", "POST", "/v1/four-eyes/limits", json=LIMIT)
    world.done("maker", "POST", "/v1/four-eyes/switches", json={"off": True, "reason": "holidays"})


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "what waits", _fill, request.node.nodeid) as copied:
        yield copied


def waiting(world: World, who: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["kind"], one["name"]): one for one in world.done(who, "GET", "/v1/waiting")}


def released(world: World, who: str, one: dict[str, Any]) -> Any:
    """Ask for the release as the list says it is asked."""
    method, path = one["route"].split(" ", 1)
    named = SENT.get(one["kind"]) or next((sent for name, sent in SENT.items() if one["about"].startswith(name)), None)
    return world.ask(who, method, path, json=named) if named else world.ask(who, method, path)


def test_each_is_listed_with_who_prepared_it_and_since_when(world: World) -> None:
    listed = waiting(world, "bert")
    assert [kind for kind, _ in listed] == [
        "version", "index", "edit", "dispute", "dispute", "dispute", "identity", "switch", "limit",
    ]  # fmt: skip
    assert listed["version", "C-1 2"]["about"] == "version 2 of C-1, in force from 2026-03-01"
    assert {one["prepared_by"] for one in listed.values()} == {"maker", "blechwerke", "bert"}
    assert all(one["since"] for one in listed.values())


def test_who_may_release_is_who_is_let(world: World) -> None:
    """Refused first, for all, which leaves everything as it is; then each by one who may."""
    everything = waiting(world, "bert")
    seen = {who: waiting(world, who) for who in PEOPLE}
    assert seen["gateway"] == {}
    for key, one in everything.items():
        for who in PEOPLE:
            if not seen[who].get(key, {}).get("may_release"):
                assert released(world, who, one).status_code in (403, 404, 409), (who, one)
    for key, one in everything.items():
        able = [who for who in PEOPLE if seen[who].get(key, {}).get("may_release")]
        assert able, one
        assert released(world, able[0], seen[able[0]][key]).is_success, one
        if key[0] == "switch":
            break  # now one is enough for the rest


def test_it_says_why_somebody_may_not(world: World) -> None:
    own, auditors = waiting(world, "maker"), waiting(world, "auditor")
    assert own["edit", "1"]["why_not"] == "maker prepared edit 1"
    assert own["version", "C-1 2"]["why_not"].startswith("maker has recorded it")
    assert own["identity", "Eva"]["why_not"].startswith("you have made 'Eva'")
    assert own["switch", "1"]["why_not"] == "maker has asked for it: another owner releases it"
    assert {one["may_release"] for one in auditors.values()} == {False}
    assert auditors["edit", "1"]["why_not"] == "the role auditor does not include readings:release"


def test_a_customer_sees_what_waits_of_its_own_and_no_waiver(world: World) -> None:
    listed = waiting(world, "blechwerke")
    assert {kind for kind, _ in listed} == {"dispute"}
    assert not any("waiver" in str(one) for one in listed.values())
    assert waiting(world, "stranger") == {}


def test_of_one_kind_and_in_pages(world: World) -> None:
    first = world.ask("bert", "GET", "/v1/waiting?kind=dispute&limit=2")
    second = world.done("bert", "GET", first.links["next"]["url"])
    assert [one["kind"] for one in [*first.json(), *second]] == ["dispute"] * 3


def test_at_the_desk_it_names_the_command(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(world.access, tmp_path, monkeypatch)
    monkeypatch.setenv("USUFRUCT_TENANT", "Nordluft")
    desk = Desk(tmp_path)
    assert "(edit, 1" not in desk.types("waiting", "--mine", "--kind", "edit")
    desk.runner.invoke(app, ["login"], input=world.keys["bert"] + "\n", catch_exceptions=False)
    assert "usufruct edit release 1" in desk.types("waiting", "--kind", "edit")
    assert [one["name"] for one in desk.asks("waiting", "--mine", "--kind", "limit")] == ["1"]
