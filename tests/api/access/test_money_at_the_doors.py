"""What one person may not do to money alone, at the doors: it waits, says so, and another person releases it.

Past the doors the database refuses the same: tests/reliability/test_one_person_alone.py.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.cli.main import app
from api.operations.people import enrol
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from tests.api.cli.test_commands import Desk, set_environment
from tests.billing.scene import FLEET
from tests.build import a_key, let_in
from tests.scenarios.world import World, a_world_copied

JANUARY = "time,value\n2026-01-05T10:00+01:00,60\n2026-01-05T11:00+01:00,70\n2026-01-05T13:00+01:00,80\n"
CORRECTED = "time,value\n2026-01-05T10:00+01:00,50\n"
DAY = {"start": "2026-01-05T00:00:00Z", "end": "2026-01-06T00:00:00Z", "reason": "read wrongly"}


def _bill(world: World) -> None:
    """Another owner and a gateway have come, and January is billed."""
    world.key("bert", Role.OWNER)
    database = Database(world.access.app)
    with database.transaction(1) as session:
        made = enrol(session, NewIdentity("gateway", Role.METER, IdentityKind.PROGRAM), at=world.now)
    database.close()
    let_in(world.access, "gateway")
    world.keys["gateway"] = made.key
    world.now = datetime(2026, 2, 2, 8, tzinfo=UTC)
    world.done("gateway", "POST", "/v1/readings?register=kwh&format=csv", content=JANUARY)
    world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
    world.now = datetime(2026, 2, 10, 8, tzinfo=UTC)


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "money at the doors", _bill, request.node.nodeid) as copied:
        yield copied


def readings(world: World) -> list[str]:
    path = "/v1/registers/kwh/readings?from=2026-01-05T00:00Z&to=2026-01-06T00:00Z"
    return [row["value"] for row in world.done("maker", "GET", path)]


def refused(world: World, who: str, method: str, path: str, slug: str, **more: Any) -> None:
    answer = world.ask(who, method, path, **more)
    assert answer.json()["type"] == f"/problems/{slug}", answer.text


def released_by_another(world: World, edit: dict[str, Any]) -> None:
    """Who prepared it does not release it; another does, once."""
    assert (edit["released_by"], edit["batch"]) == (None, None)
    assert edit["id"] in [waiting["id"] for waiting in world.done("finance", "GET", "/v1/edits?waiting=true")]
    refused(world, "maker", "POST", f"/v1/edits/{edit['id']}/release", "same-person")
    refused(world, "gateway", "POST", f"/v1/edits/{edit['id']}/release", "forbidden")
    world.done("finance", "POST", f"/v1/edits/{edit['id']}/release")
    refused(world, "bert", "POST", f"/v1/edits/{edit['id']}/release", "edit-already-released")


class TestBilledReadings:
    @pytest.mark.parametrize(("path", "body", "kind"), [
        pytest.param("/v1/registers/kwh/withdrawals", DAY, "withdraw", id="withdrawn"),
        pytest.param("/v1/registers/kwh/estimates", DAY | {"end": "2026-01-05T13:00:00Z"}, "estimate", id="estimated"),
    ])  # fmt: skip
    def test_what_changes_them_waits(self, world: World, path: str, body: dict[str, str], kind: str) -> None:
        before = readings(world)
        answer = world.ask("maker", "POST", path, json=body)
        assert (answer.status_code, answer.json()["kind"]) == (202, kind), answer.text
        assert readings(world) == before
        released_by_another(world, answer.json())
        assert readings(world) != before

    def test_a_file_of_a_person_waits_as_it_came(self, world: World) -> None:
        post = "/v1/readings?register=kwh&format=csv&reason=read+wrongly"
        answer = world.ask("maker", "POST", post, content=CORRECTED, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 202, answer.text
        again = world.ask("maker", "POST", post, content=CORRECTED, headers={"Idempotency-Key": "k"})
        assert again.json()["id"] == answer.json()["id"]
        refused(world, "maker", "POST", post, "key-used-otherwise", content=JANUARY, headers={"Idempotency-Key": "k"})
        assert readings(world) == ["60", "70", "80"]
        released_by_another(world, answer.json())
        assert readings(world) == ["50", "70", "80"]
        (batch,) = world.done("maker", "GET", "/v1/batches?most=1")
        assert batch["reason"] == "read wrongly (prepared by maker, released by finance)"
        receipt = world.ask("maker", "POST", post, content=CORRECTED, headers={"Idempotency-Key": "k"}).json()
        assert (receipt["batch"], receipt["repeated"]) == (batch["id"], True)
        february = "time,value\n2026-02-05T10:00+01:00,1\n"
        world.done("gateway", "POST", "/v1/readings?register=kwh&format=csv", content=february)
        world.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
        heads = [head for head in world.done("maker", "GET", "/v1/invoices") if head["contract"] == "C-1"]
        newest = max(heads, key=lambda head: str(head["period_from"]))
        lines = world.done("maker", "GET", f"/v1/invoices/{newest['number']}")["lines"]
        adjusting = [line for line in lines if line["corrects"]]
        assert [line["net"] for line in adjusting] == ["-2.00"]  # ten of the kWh beyond the first hundred, at 0.20

    def test_what_waits_is_no_part_of_a_bill_and_late_readings_go_on(self, world: World) -> None:
        waiting = world.ask("maker", "POST", "/v1/registers/kwh/withdrawals", json=DAY).json()
        world.done(
            "gateway", "POST", "/v1/readings?register=kwh&format=csv", content="time,value\n2026-01-05T14:00+01:00,5\n"
        )
        world.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
        assert readings(world) == ["60", "70", "80", "5"]
        refused(world, "finance", "POST", f"/v1/edits/{waiting['id']}/release", "readings-changed-since")
        shown = world.done("finance", "GET", f"/v1/edits/{waiting['id']}")["digest"]
        world.done("finance", "POST", f"/v1/edits/{waiting['id']}/release", json={"digest": shown})
        assert readings(world) == []

    def test_a_meter_corrects_itself_at_once(self, world: World) -> None:
        receipt = world.done("gateway", "POST", "/v1/readings?register=kwh&format=csv", content=CORRECTED)
        assert receipt["corrected"] == 1

    def test_what_is_new_or_unchanged_waits_for_nobody(self, world: World) -> None:
        content = JANUARY + "2026-02-05T10:00+01:00,1\n"
        receipt = world.done("maker", "POST", "/v1/readings?register=kwh&format=csv", content=content)
        assert (receipt["stored"], receipt["unchanged"]) == (1, 3)

    def test_another_approval_of_a_meter_on_which_bills_rest_waits(self, world: World) -> None:
        fleet = FLEET.replace("- name: M\n", "- name: M\n            approved_until: 2026-01-04\n")
        (edit,) = world.done("maker", "PUT", "/v1/fleet", content=fleet)["waiting"]
        shown = world.done("maker", "GET", "/v1/fleet")["sites"][0]["assets"][0]["meters"][0]
        assert shown["approved_until"] is None
        released_by_another(world, edit)
        shown = world.done("maker", "GET", "/v1/fleet")["sites"][0]["assets"][0]["meters"][0]
        assert shown["approved_until"] == "2026-01-04"


DISPUTE = {"charge": "fee", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "the press stood still"}


class TestDisputes:
    @pytest.mark.parametrize(("raises", "accepts"), [("maker", None), ("blechwerke", "maker"), ("blechwerke", None)])
    def test_two_of_the_supplier_waive(self, world: World, raises: str, accepts: str | None) -> None:
        number = world.done(raises, "POST", "/v1/contracts/C-1/disputes", json=DISPUTE)["dispute"]
        if accepts:
            world.done(accepts, "POST", f"/v1/disputes/{number}/accept")
        settle = f"/v1/disputes/{number}/settle"
        first = world.done("maker", "POST", settle, json={"outcome": "waived"})
        assert (first["outcome"], first["waiver_by"]) == (None, "maker")
        refused(world, "maker", "POST", settle, "waiver-waits", json={"outcome": "waived"})
        done = world.done("finance", "POST", settle, json={"outcome": "waived"})
        assert (done["state"], done["waiver_by"], done["settled_by"]) == ("waived", "maker", "finance")

    def test_who_accepted_it_is_the_first_of_the_two(self, world: World) -> None:
        number = world.done("maker", "POST", "/v1/contracts/C-1/disputes", json=DISPUTE)["dispute"]
        done = world.done("finance", "POST", f"/v1/disputes/{number}/settle", json={"outcome": "waived"})
        assert (done["state"], done["accepted_by"]) == ("waived", "maker")

    def test_below_a_limit_that_two_have_set_one_is_enough(self, world: World) -> None:
        limit = {"operation": "dispute_waived", "amount": "100", "currency": "EUR", "reason": "small ones"}
        asked = world.done("maker", "POST", "/v1/four-eyes/limits", json=limit)
        refused(world, "maker", "POST", f"/v1/four-eyes/limits/{asked['number']}/release", "own-switch")
        world.done("bert", "POST", f"/v1/four-eyes/limits/{asked['number']}/release")
        number = world.done("maker", "POST", "/v1/contracts/C-1/disputes", json=DISPUTE)["dispute"]
        assert (
            world.done("maker", "POST", f"/v1/disputes/{number}/settle", json={"outcome": "waived"})["state"]
            == "waived"
        )
        refused(world, "maker", "POST", "/v1/four-eyes/limits", "no-amount", json=limit | {"operation": "version"})

    @pytest.mark.parametrize(("limit", "days", "why"), [
        pytest.param(("60", "EUR"), {}, "its lines come to 100.00 EUR", id="above it"),
        pytest.param(("200", "CHF"), {}, "its lines are in EUR", id="in another currency"),
        pytest.param(("200", "EUR"), {"after_last": "2026-03-01"}, "2026-02-01 is not billed yet", id="not billed"),
    ])  # fmt: skip
    def test_it_says_why_a_limit_is_not_enough(
        self, world: World, limit: tuple[str, str], days: dict[str, str], why: str
    ) -> None:
        asked = {"operation": "dispute_waived", "amount": limit[0], "currency": limit[1], "reason": "small ones"}
        number = world.done("maker", "POST", "/v1/four-eyes/limits", json=asked)["number"]
        world.done("bert", "POST", f"/v1/four-eyes/limits/{number}/release")
        dispute = world.done("finance", "POST", "/v1/contracts/C-1/disputes", json=DISPUTE | days)
        assert dispute["invoiced"] == ["2026-000001"]
        settled = world.done("finance", "POST", f"/v1/disputes/{dispute['dispute']}/settle", json={"outcome": "waived"})
        assert settled["outcome"] is None
        assert settled["why_two"].startswith(f"the limit of {limit[0]} {limit[1]} does not apply: {why}")

    def test_a_waiver_that_waits_is_listed_for_the_supplier(self, world: World) -> None:
        number = world.done("maker", "POST", "/v1/contracts/C-1/disputes", json=DISPUTE)["dispute"]
        assert world.done("finance", "GET", "/v1/disputes") == []
        world.done("maker", "POST", f"/v1/disputes/{number}/settle", json={"outcome": "waived"})
        assert [one["waiver_by"] for one in world.done("finance", "GET", "/v1/disputes")] == ["maker"]
        assert world.done("blechwerke", "GET", "/v1/disputes") == []


class TestLinks:
    def test_links_wait_with_the_values(self, world: World) -> None:
        for name in ("PPI", "CPI"):
            world.done("maker", "POST", "/v1/indices", content=f"index: {name}\nvalues: []")
        linked = "index: CPI\nlinks: [{index: PPI, factor: '2'}]\nvalues: []"
        assert world.done("maker", "POST", "/v1/indices", content=linked)["waiting"] == 1
        refused(world, "maker", "POST", "/v1/indices/CPI/release", "own-work")
        assert world.done("finance", "POST", "/v1/indices/CPI/release")["released"] == 1


class TestTheRuleItself:
    def test_one_asks_for_a_switch_and_another_releases_it(self, world: World) -> None:
        asked = world.done("maker", "POST", "/v1/four-eyes/switches", json={"off": True, "reason": "holidays"})
        assert asked["released_by"] is None
        assert world.done("maker", "GET", "/v1/four-eyes")["on"] is True
        assert world.done("maker", "POST", "/v1/four-eyes/switches", json={"off": True, "reason": "x"}) == asked
        release = f"/v1/four-eyes/switches/{asked['number']}/release"
        refused(world, "maker", "POST", release, "own-switch")
        refused(world, "finance", "POST", release, "forbidden")
        assert world.done("bert", "POST", release)["released_by"] == "bert"
        assert world.done("maker", "GET", "/v1/four-eyes")["on"] is False
        refused(world, "bert", "POST", release, "switched-already")
        assert world.done("maker", "POST", "/v1/four-eyes/switches", json={"off": True, "reason": "x"}) is None

    @pytest.mark.parametrize(("what", "asked"), [
        ("switches", {"off": True, "reason": "holidays"}),
        ("limits", {"operation": "dispute_waived", "amount": "50", "currency": "EUR", "reason": "small ones"}),
    ])  # fmt: skip
    def test_what_waits_is_taken_back_by_who_asked_for_it(self, world: World, what: str, asked: dict[str, Any]) -> None:
        path = f"/v1/four-eyes/{what}"
        of_number = f"{path}/{world.done('maker', 'POST', path, json=asked)['number']}"
        refused(world, "bert", "POST", f"{of_number}/take-back", "asked-by-another")
        assert world.done("maker", "POST", f"{of_number}/take-back")["taken_back_at"]
        refused(world, "bert", "POST", f"{of_number}/release", "switched-already")
        refused(world, "maker", "POST", f"{of_number}/take-back", "switched-already")
        assert world.done("maker", "GET", "/v1/four-eyes")["on"] is True


class TestPeopleAtTheKeyboard:
    """The command line makes people."""

    @pytest.fixture
    def desk(self, access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
        set_environment(access, tmp_path, monkeypatch)
        return Desk(tmp_path)

    def refuses(self, desk: Desk, slug: str, *words: str, stdin: str = "") -> None:
        done = CliRunner().invoke(app, [*words], input=f"{stdin}\n")
        assert getattr(type(done.exception), "__name__", "") == slug, (done.output, done.exception)

    def logs_in(self, desk: Desk, key: str) -> None:
        assert CliRunner().invoke(app, ["login"], input=f"{key}\n", catch_exceptions=False).exit_code == 0

    def test_the_first_two_are_made_at_once_and_each_further_one_by_two(self, desk: Desk) -> None:
        anna = desk.asks("user", "create", "Anna", "--role", "owner")["key"]
        bert = desk.asks("user", "create", "Bert", "--role", "owner")["key"]
        self.refuses(desk, "NotLoggedIn", "user", "create", "Eve", "--role", "owner")
        self.logs_in(desk, anna)
        eve = desk.asks("user", "create", "Eve", "--role", "finance")["key"]
        self.refuses(desk, "KeyWaits", "login", stdin=eve)
        self.logs_in(desk, anna)
        self.refuses(desk, "OwnIdentity", "user", "release", "Eve")
        assert {row["name"]: row["waits"] for row in desk.asks("user", "list")}["Eve"] == "for a release"
        self.logs_in(desk, bert)
        assert "made by Anna" in desk.types("user", "release", "Eve", "--yes")
        self.refuses(desk, "NothingWaits", "user", "release", "Eve")
        self.logs_in(desk, eve)

    def test_a_key_made_for_another_waits_and_of_two_owners_neither_disables_the_other(self, desk: Desk) -> None:
        anna = desk.asks("user", "create", "Anna", "--role", "owner")["key"]
        bert = desk.asks("user", "create", "Bert", "--role", "owner")["key"]
        self.logs_in(desk, anna)
        second = desk.asks("key", "create", "Bert")
        assert second["waits"]
        assert "for a release" in desk.types("key", "list")
        assert CliRunner().invoke(app, ["login"], input=f"{second['key']}\n").exit_code != 0
        self.logs_in(desk, anna)
        self.refuses(desk, "OwnIdentity", "user", "release", "Bert")
        self.refuses(desk, "OneOfTwoOwners", "user", "disable", "Bert")
        assert not desk.asks("key", "create", "Anna")["waits"]
        self.logs_in(desk, bert)
        desk.types("user", "release", "Bert", "--yes")
        self.logs_in(desk, second["key"])
        desk.types("user", "disable", "Bert")

    def test_four_eyes_are_switched_by_two_where_there_are_two(self, desk: Desk, access: Access) -> None:
        keys = {name: a_key(access, 1, Role.OWNER, name) for name in ("anna", "bert")}
        self.refuses(desk, "NotLoggedIn", "tenant", "four-eyes", "off", "--reason", "x")
        self.logs_in(desk, keys["anna"])
        assert "waits for another owner" in desk.types("tenant", "four-eyes", "off", "--reason", "holidays")
        assert desk.asks("tenant", "four-eyes")["four_eyes"] == "on"
        (number,) = desk.asks("tenant", "four-eyes")["waiting"]
        self.refuses(desk, "OwnSwitch", "tenant", "release-switch", str(number))
        desk.types("tenant", "limit", "dispute_waived", "50", "EUR", "--reason", "small ones")
        desk.types("tenant", "limit", "dispute_waived", "70", "EUR", "--reason", "no, larger ones")
        desk.types("tenant", "take-back-limit", "2")
        assert [(limit["number"], limit["counts"]) for limit in desk.asks("tenant", "limit")] == [
            (1, False),
            (2, False),
        ]
        self.logs_in(desk, keys["bert"])
        desk.types("tenant", "release-limit", "1")
        self.refuses(desk, "SwitchedAlready", "tenant", "release-limit", "2")
        listed = desk.types("tenant", "limit")
        assert ("counts" in listed, "taken back" in listed) == (True, True)
        assert "four eyes are off" in desk.types("tenant", "release-switch", str(number))
        assert "limit 1: one is enough for dispute_waived up to 50 EUR" in desk.types("tenant", "four-eyes")
