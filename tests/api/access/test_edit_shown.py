"""Released is what was looked at: an edit that waits shows what it would write, and a release names what was shown."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from tests.api.access.test_money_at_the_doors import CORRECTED, DAY, _bill, readings, refused
from tests.scenarios.world import World, a_world_copied

FILE = "/v1/readings?register=kwh&format=csv&reason=read+wrongly&source=corrected.csv"
WITHDRAW = "/v1/registers/kwh/withdrawals"
LATE = "time,value\n2026-01-05T14:00+01:00,5\n"


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "money at the doors", _bill, request.node.nodeid) as copied:
        yield copied


def waits(world: World, path: str, **more: Any) -> int:
    answer = world.ask("maker", "POST", path, **more)
    assert answer.status_code == 202, answer.text
    number: int = answer.json()["id"]
    return number


def shown(world: World, number: int, who: str = "finance", query: str = "") -> dict[str, Any]:
    look: dict[str, Any] = world.done(who, "GET", f"/v1/edits/{number}{query}")
    return look


class TestWhatWouldChange:
    def test_a_file_shows_its_rows_its_verdicts_and_which_invoices_it_corrects(self, world: World) -> None:
        before = readings(world)
        content = CORRECTED + "2026-01-05T11:00+01:00,70\n2026-01-05T13:00+01:00,many\n"
        look = shown(world, waits(world, FILE, content=content))
        (reading,) = look["readings"]
        assert {name: reading[name] for name in ("register_key", "start", "end", "was", "now", "unit")} == {
            "register_key": "kwh",
            "start": "2026-01-05T09:00:00Z",
            "end": "2026-01-05T10:00:00Z",
            "was": "60",
            "now": "50",
            "unit": "kWh",
        }
        assert (look["count"], look["source"], look["reason"], look["prepared_by"]) == (
            1, "corrected.csv", "read wrongly", "maker",
        )  # fmt: skip
        assert (look["refused_rows"], [row["line"] for row in look["verdicts"]]) == (1, [4])
        # ten of the kWh beyond the first hundred, at 0.20, of both contracts over the register
        assert [(row["number"], row["net"]) for row in look["reprices"]] == [
            ("2026-000001", "-2.00"), ("2026-000002", "-2.00"),
        ]  # fmt: skip
        assert readings(world) == before, "a look writes nothing"

    def test_the_next_bill_corrects_by_what_was_shown(self, world: World) -> None:
        number = waits(world, WITHDRAW, json=DAY)
        look = shown(world, number)
        assert [(reading["was"], reading["now"]) for reading in look["readings"]] == [
            ("60", None), ("70", None), ("80", None),
        ]  # fmt: skip
        world.done("finance", "POST", f"/v1/edits/{number}/release", json={"digest": look["digest"]})
        world.now = world.now.replace(month=3)
        world.done(
            "gateway", "POST", "/v1/readings?register=kwh&format=csv", content="time,value\n2026-02-05T10:00+01:00,1\n"
        )
        world.done("finance", "POST", "/v1/bill", params={"issue": "true"})
        heads = [head["number"] for head in world.done("maker", "GET", "/v1/invoices")]
        lines = [line for head in heads for line in world.done("maker", "GET", f"/v1/invoices/{head}")["lines"]]
        corrected = {
            document["number"]: sum(
                Decimal(line["net"]) for line in lines if line["corrects"] == {"number": document["number"]}
            )
            for document in look["reprices"]
        }
        assert corrected == {document["number"]: Decimal(document["net"]) for document in look["reprices"]}

    def test_readings_come_in_pages_of_which_all_have_one_digest(self, world: World) -> None:
        number = waits(world, WITHDRAW, json=DAY)
        first = world.ask("finance", "GET", f"/v1/edits/{number}?limit=2")
        second = world.done("finance", "GET", first.links["next"]["url"])
        assert (first.json()["count"], len(first.json()["readings"]), len(second["readings"])) == (3, 2, 1)
        assert first.json()["digest"] == second["digest"] == shown(world, number)["digest"]

    @pytest.mark.parametrize(("path", "body", "said"), [
        pytest.param("/v1/registers/kwh/estimates", DAY | {"end": "2026-01-05T13:00:00Z"}, {"kind": "estimate"}, id="estimates"),
        pytest.param("/v1/registers/kwh/edits", {"kind": "set", "start": "2026-01-05T09:00:00Z", "value": "55", "reason": "x"},
                     {"kind": "set", "value": "55"}, id="a value"),
        pytest.param("/v1/registers/kwh/edits", DAY | {"kind": "verify"}, {"kind": "verify"}, id="a verification"),
    ])  # fmt: skip
    def test_each_kind_shows_what_its_release_writes(
        self, world: World, path: str, body: dict[str, str], said: dict[str, str]
    ) -> None:
        number = world.ask("maker", "POST", path, json=body).json()["id"]
        look = shown(world, number)
        assert {name: look[name] for name in said} == said
        world.done("finance", "POST", f"/v1/edits/{number}/release", json={"digest": look["digest"]})
        written = shown(world, number)
        assert written["readings"] == look["readings"] != []
        assert (written["digest"], written["reprices"]) == ("", [])

    def test_an_approval_shows_until_when_it_was(self, world: World) -> None:
        from tests.billing.scene import FLEET

        fleet = FLEET.replace("- name: M\n", "- name: M\n            approved_until: 2026-01-04\n")
        (edit,) = world.done("maker", "PUT", "/v1/fleet", content=fleet)["waiting"]
        look = shown(world, edit["id"])
        assert (look["approved_until_was"], look["approved_until"], look["count"]) == (None, "2026-01-04", 0)

    def test_whoever_may_not_see_readings_sees_none_of_it(self, world: World) -> None:
        number = waits(world, WITHDRAW, json=DAY)
        refused(world, "blechwerke", "GET", f"/v1/edits/{number}", "forbidden")
        refused(world, "stranger", "GET", f"/v1/edits/{number}", "unknown-edit")


def test_a_file_that_waits_leaves_its_entry_though_what_it_wrote_is_taken_back(world: World) -> None:
    waits(world, FILE, content=CORRECTED)
    newest = world.done("maker", "GET", "/v1/audit?limit=1")[0]
    assert (newest["operation"], newest["object"]) == ("POST /v1/readings", "source=corrected.csv, register=kwh")


class TestReleasedIsWhatWasShown:
    def test_what_comes_to_something_else_by_now_is_refused(self, world: World) -> None:
        number = waits(world, WITHDRAW, json=DAY)
        look = shown(world, number)
        assert look["changed_since"] == []
        world.done("gateway", "POST", "/v1/readings?register=kwh&format=csv", content=LATE)
        release = f"/v1/edits/{number}/release"
        refused(world, "finance", "POST", release, "other-than-shown", json={"digest": look["digest"]})
        refused(world, "finance", "POST", release, "readings-changed-since")
        assert readings(world) == ["60", "70", "80", "5"]
        again = shown(world, number)
        assert [(batch["recorded_by"], again["count"]) for batch in again["changed_since"]] == [("gateway", 4)]
        refused(world, "maker", "POST", release, "same-person", json={"digest": again["digest"]})
        world.done("finance", "POST", release, json={"digest": again["digest"]})
        assert readings(world) == []

    def test_what_is_delivered_elsewhere_leaves_it_as_it_was_shown(self, world: World) -> None:
        number = waits(world, FILE, content=CORRECTED)
        look = shown(world, number)
        world.done("gateway", "POST", "/v1/readings?register=kwh&format=csv", content=LATE)
        world.done("finance", "POST", f"/v1/edits/{number}/release", json={"digest": look["digest"]})

    def test_an_estimate_that_nothing_is_left_for_says_so(self, world: World) -> None:
        number = waits(world, "/v1/registers/kwh/estimates", json=DAY | {"end": "2026-01-05T13:00:00Z"})
        missing = "".join(f"2026-01-05T{hour:02}:00+01:00,5\n" for hour in range(1, 15) if hour not in (10, 11, 13))
        world.done("gateway", "POST", "/v1/readings?register=kwh&format=csv", content="time,value\n" + missing)
        look = shown(world, number)
        assert (look["digest"], look["readings"]) == ("", [])
        assert look["refused"]
