"""What a manufacturer's integrator does over HTTP with readings: send, look, ask, correct, verify, estimate."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.scenarios.world import World, a_world_copied

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", checks: [{kind: limit, highest: "80"}]}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1", modulus: "10000"}
              - {key: state, kind: state, unit: machine_hour, resolution: "1", states: [{code: 1, name: RUN, used: true}, {code: 2, name: DOWN, cause: jam}]}
"""


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    def two_people(filled: World) -> None:
        filled.key("second", Role.OWNER)

    with a_world_copied(server, "a fleet and two people", two_people, request.node.nodeid, FLEET) as world:
        yield world


def sends(world: World, rows: str, register: str = "kwh", **params: Any) -> Any:
    return world.done(
        "maker", "POST", "/v1/readings", params={"register": register, **params}, content=f"time,value\n{rows}"
    )


def test_every_format_is_taken_by_its_bytes_or_its_name(world: World) -> None:
    row = {"register": "kwh", "time": "2026-01-05T10:00Z", "value": "60"}
    for number, (content, kind) in enumerate([
        (b"register,time,value\nkwh,2026-01-05T10:00Z,60\n", "text/csv"), (json.dumps([row]).encode(), "application/json"), (json.dumps(row).encode() + b"\n", "application/x-ndjson"),
        (gzip.compress(json.dumps({"readings": [row]}).encode()), "application/octet-stream"),
    ]):  # fmt: skip
        said = world.done("maker", "POST", "/v1/readings", content=content, headers={"Content-Type": kind})
        assert (said["stored"], said["unchanged"]) == ((1, 0) if number == 0 else (0, 1)), kind
    refused = world.ask("maker", "POST", "/v1/readings", params={"format": "xls"}, content=b"x")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-format")


def test_batches_and_their_verdicts_are_listed(world: World) -> None:
    first = sends(world, "2026-01-05T10:00Z,60\nrubbish,1\n", source="a.csv")
    second = sends(world, "2026-01-05T10:00Z,61\n", source="b.csv", reason="meter test")
    assert [(each["id"], each["source"], each["stored"], each["corrected"], each["refused"]) for each in world.done("finance", "GET", "/v1/batches")] == [
        (second["batch"], "b.csv", 1, 1, 0), (first["batch"], "a.csv", 1, 0, 1),
    ]  # fmt: skip
    assert [each["id"] for each in world.done("finance", "GET", "/v1/batches", params={"before": second["batch"]})] == [
        first["batch"]
    ]
    shown = world.done("finance", "GET", f"/v1/batches/{first['batch']}")
    assert [(each["line"], each["code"]) for each in shown["verdicts"]] == [(3, "not_a_time")]
    assert world.ask("stranger", "GET", f"/v1/batches/{first['batch']}").status_code == 404
    assert world.ask("blechwerke", "GET", "/v1/batches").status_code == 403


def test_a_correction_shows_both_values(world: World) -> None:
    sends(world, "2026-01-05T10:00Z,60\n")
    sends(world, "2026-01-05T10:00Z,61\n", reason="meter test")
    asked = {"from": "2026-01-05T00:00Z", "to": "2026-01-06T00:00Z"}
    now = world.done("finance", "GET", "/v1/registers/kwh/readings", params=asked)
    assert [(each["value"], each["current"]) for each in now] == [("61", True)]
    both = world.done("finance", "GET", "/v1/registers/kwh/readings", params={**asked, "history": "true"})
    assert [(each["value"], each["current"], each["reason"]) for each in both] == [
        ("60", False, None),
        ("61", True, "meter test"),
    ]


def test_usage_fit_for_a_chart(world: World) -> None:
    sends(world, "".join(f"2026-01-05T{hour:02}:00+01:00,{hour}\n" for hour in range(24)))
    asked = {"from": "2026-01-05", "to": "2026-01-05"}
    hours = world.done("maker", "GET", "/v1/registers/kwh/usage", params={**asked, "every": "hour"})
    assert [str(hour) for hour in range(24)] == [each["quantity"] for each in hours]
    (peak,) = world.done(
        "maker",
        "GET",
        "/v1/registers/kwh/usage",
        params={**asked, "every": "day", "aggregation": "demand", "block_minutes": 60},
    )
    assert (peak["quantity"], peak["unit"], peak["at"]) == ("23", "kW", "2026-01-05T22:00:00Z")
    calendar = {
        "otherwise": "off",
        "bands": [{"name": "peak", "days": ["mon"], "hours": [{"start": "08:00", "end": "20:00"}]}],
    }
    question = {"registers": ["kwh", "hours"], **asked, "every": "day", "calendar": calendar}
    found = world.done("maker", "POST", "/v1/usage", json=question)
    # 8 + … + 19 = 162 of 276
    assert [(each["register_key"], each["band"], each["quantity"]) for each in found] == [
        ("kwh", "peak", "162"),
        ("kwh", "off", "114"),
        ("hours", "peak", None),
        ("hours", "off", None),
    ]
    assert world.ask("maker", "POST", "/v1/usage", json={**question, "registers": ["nobody"]}).status_code == 404
    wrong = world.ask("maker", "POST", "/v1/usage", json={**question, "calendar": {"otherwise": "off", "bands": []}})
    assert wrong.status_code == 422


def test_states_and_a_counter_that_is_set_anew(world: World) -> None:
    sends(world, "2026-01-05T00:00+01:00,RUN\n2026-01-05T06:00+01:00,DOWN\n2026-01-05T07:30+01:00,1\n", "state")
    (day,) = world.done("maker", "GET", "/v1/registers/state/states", params={"from": "2026-01-05", "to": "2026-01-05"})
    assert [(each["state"], each["cause"], each["lasted"]) for each in day["states"]] == [
        ("RUN", None, "22.5"),
        ("DOWN", "jam", "1.5"),
    ]
    assert (
        world.ask(
            "maker", "GET", "/v1/registers/kwh/states", params={"from": "2026-01-05", "to": "2026-01-05"}
        ).status_code
        == 422
    )

    sends(world, "2026-01-01T00:00+01:00,500\n", "hours")
    row = "time,value\n2026-01-10T00:00+01:00,3\n"
    fallen = world.ask("maker", "POST", "/v1/readings", params={"register": "hours"}, content=row)
    assert (fallen.status_code, fallen.json()["verdicts"][0]["code"]) == (422, "falling_register")
    told = {"at": "2026-01-05T00:00:00+01:00", "closing": "520", "reason": "new controller"}
    below = world.ask("maker", "POST", "/v1/registers/hours/resets", json={**told, "closing": "400"})
    assert (below.status_code, below.json()["type"]) == (422, "/problems/falling-closing-read")
    world.done("maker", "POST", "/v1/registers/hours/resets", json=told)
    assert sends(world, "2026-01-10T00:00+01:00,3\n", "hours")["stored"] == 1
    (whole,) = world.done(
        "maker", "GET", "/v1/registers/hours/usage", params={"from": "2026-01-01", "to": "2026-01-31"}
    )
    assert whole["quantity"] == "23"  # 520 − 500 by the old count, 3 by the new


def test_a_name_is_one_registers_alone(world: World) -> None:
    for key, aliases in (("other", "[kwh]"), ("third", "[EX-1/Distance]")):
        more = (
            FLEET.replace("name: Press", f"name: {key}")
            .replace("name: M", f"name: {key}")
            .replace("key: kwh", f"key: {key}, aliases: {aliases}")
            .replace("key: hours", f"key: {key}.h")
            .replace("key: state", f"key: {key}.s")
        )
        answer = world.ask("maker", "PUT", "/v1/fleet", content=more)
        assert (answer.status_code, answer.json().get("type")) == (
            (409, "/problems/name-taken") if key == "other" else (200, None)
        )
    taken = FLEET.replace("key: kwh,", "key: kwh, aliases: [EX-1/Distance],")
    assert world.ask("maker", "PUT", "/v1/fleet", content=taken).json()["type"] == "/problems/name-taken"


def test_a_question_is_answered_by_two_people(world: World) -> None:
    sends(world, "2026-01-05T10:00Z,60\n2026-01-05T11:00Z,90\n")
    (finding,) = world.done("finance", "GET", "/v1/findings")
    assert tuple(finding[name] for name in ("register_key", "check", "found", "expected", "holds")) == (
        "kwh",
        "limit",
        "90",
        "at most 80",
        True,
    )
    told = {"kind": "verify", "start": "2026-01-05T11:00Z", "end": "2026-01-05T12:00Z", "reason": "ran double"}
    edit = world.done("maker", "POST", "/v1/registers/kwh/edits", json=told)
    assert [edit["id"]] == [
        each["id"] for each in world.done("finance", "GET", "/v1/edits", params={"waiting": "true"})
    ]
    same = world.ask("maker", "POST", f"/v1/edits/{edit['id']}/release")
    assert (same.status_code, same.json()["type"]) == (409, "/problems/same-person")
    assert world.done("second", "POST", f"/v1/edits/{edit['id']}/release")["corrected"] == 1
    assert world.done("finance", "GET", "/v1/findings") == []
    assert world.ask("second", "POST", f"/v1/edits/{edit['id']}/release").status_code == 409
    assert world.ask("stranger", "POST", f"/v1/edits/{edit['id']}/release").status_code == 404
    assert world.ask("blechwerke", "POST", f"/v1/edits/{edit['id']}/release").status_code == 403


def test_checks_that_are_new_are_asked_about_what_is_stored(world: World) -> None:
    sends(world, "2026-01-05T10:00Z,60\n2026-01-05T11:00Z,70\n")
    world.done("maker", "PUT", "/v1/fleet", content=FLEET.replace('highest: "80"', 'highest: "65"'))
    assert world.done("finance", "GET", "/v1/findings") == []
    asked = {"start": "2026-01-05T00:00Z", "end": "2026-01-06T00:00Z"}
    assert world.done("maker", "POST", "/v1/registers/kwh/checks", json=asked)["new"] == 1
    assert [each["found"] for each in world.done("finance", "GET", "/v1/findings")] == ["70"]
    world.done("maker", "PUT", "/v1/fleet", content=FLEET.replace(', checks: [{kind: limit, highest: "80"}]', ""))
    assert world.done("maker", "POST", "/v1/registers/kwh/checks", json=asked)["new"] == 0
    assert world.done("finance", "GET", "/v1/findings") == []


def test_a_gap_is_estimated(world: World) -> None:
    sends(world, "2026-01-05T10:00Z,40\n2026-01-05T12:00Z,60\n")
    told = {"start": "2026-01-05T10:00Z", "end": "2026-01-05T13:00Z", "reason": "logger down"}
    made = world.done("maker", "POST", "/v1/registers/kwh/estimates", json=told)
    assert [(each["value"].removesuffix(".0"), each["method"], each["scaled"]) for each in made["estimates"]] == [
        ("50", "line", False)
    ]
    (month,) = world.done("maker", "GET", "/v1/registers/kwh/usage", params={"from": "2026-01-01", "to": "2026-01-31"})
    assert (month["quantity"], month["readings"], month["estimated"]) == ("150", 3, 1)
    again = world.done("maker", "POST", "/v1/registers/kwh/estimates", json=told)
    assert world.done("maker", "GET", f"/v1/batches/{again['batch']}")["unchanged"] == 1
    whole = {**told, "end": "2026-01-05T11:00Z"}
    assert world.ask("maker", "POST", "/v1/registers/kwh/estimates", json=whole).status_code == 409
