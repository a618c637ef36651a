"""What grid and metering operators send, NEM12 and MSCONS, comes to what somebody else computed, through the public door.

Of a register: how many rows, its first and last instant, its use by local day, and its total. What the file does not say
is asked: without the unit, the reads of file 17 are refused with what to type.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.server.database import Access
from tests.metering.exports.scene import expected, send
from tests.scenarios.world import World, a_world

E1B1, STREAMS, TWICE, PROFILE, READS = (
    "13-nem12-30min-e1-b1",
    "14-nem12-5min-three-streams",
    "15-nem12-day-sent-twice",
    "16-mscons-lastgang",
    "17-mscons-zaehlerstand",
)
#: By file: the zone of its site, and per register its unit and what the file calls it.
SITES = {
    E1B1: ("Australia/Sydney", {"QB04170092 E1": ("kWh", "QB04170092/E1"), "QB04170092 B1": ("kWh", "QB04170092/B1")}),
    STREAMS: (
        "Australia/Brisbane",
        {
            "QB04170777 E1": ("kWh", "QB04170777/E1"),
            "QB04170777 Q1": ("kvarh", "QB04170777/Q1"),
            "QB04170777 B1": ("Wh", "QB04170777/B1"),
        },
    ),
    TWICE: ("Australia/Melbourne", {"QB04170311 E1": ("kWh", "QB04170311/E1")}),
    PROFILE: (
        "Europe/Berlin",
        {obis: ("kWh", f"DE0099990000000000000000000031415/{obis}") for obis in ("1-1:1.29.0", "1-1:2.29.0")},
    ),
    READS: (
        "Europe/Berlin",
        {obis: ("kWh", f"DE0099990000000000000000000027182/{obis}") for obis in ("1-0:1.8.1", "1-0:1.8.2", "1-0:2.8.0")},
    ),
}  # fmt: skip


def fleet() -> str:
    """A site a file, so that each has its zone; the registers of file 17 are counters."""
    sites = [
        {
            "name": f"Site {number}",
            "zone": zone,
            "assets": [{"name": f"Plant {number}", "meters": [{"name": f"Meter {number}", "registers": [
                {"key": key, "kind": "cumulative" if name == READS else "interval", "unit": unit,
                 "resolution": "0.0001", "aliases": [alias]}
                for key, (unit, alias) in registers.items()
            ]}]}],
        }
        for number, (name, (zone, registers)) in enumerate(SITES.items())
    ]  # fmt: skip
    kwh = {"key": "kwh", "kind": "interval", "unit": "kWh", "resolution": "1", "interval_minutes": "60"}
    press = {"name": "Press", "meters": [{"name": "M", "registers": [kwh]}]}  # what the contracts of the world price
    return json.dumps({"sites": [*sites, {"name": "Werk", "zone": "Europe/Berlin", "assets": [press]}]})


@pytest.fixture
def world(access: Access) -> Iterator[World]:
    with a_world(access, fleet()) as filled:
        yield filled


def days(world: World, key: str, first: str, after_last: str) -> list[Any]:
    last = date.fromisoformat(after_last) - timedelta(days=1)
    asked = {"from": first, "to": last.isoformat(), "every": "day"}
    return list(world.done("maker", "GET", f"/v1/registers/{key}/usage", params=asked))


def readings(world: World, key: str) -> list[Any]:
    asked = {"from": "2025-12-01T00:00Z", "to": "2026-08-01T00:00Z"}
    return list(world.done("maker", "GET", f"/v1/registers/{key}/readings", params=asked))


def see_intervals(world: World, name: str) -> None:
    for key, register in expected(name).items():
        by_day = {day: Decimal(use) for day, use in register["by_local_day"].items()}
        after_last = (date.fromisoformat(max(by_day)) + timedelta(days=1)).isoformat()
        counted = days(world, key, min(by_day), after_last)
        assert [Decimal(day["quantity"]) for day in counted] == list(by_day.values()), key
        assert sum(day["readings"] for day in counted) == register["rows"], key
        assert sum(Decimal(day["quantity"]) for day in counted) == Decimal(register["total"]), key
        rows = readings(world, key)
        assert (rows[0]["start"], rows[-1]["start"]) == (register["first"], register["last"]), key
        assert rows[-1]["end"] == register["last_end"], key


def test_each_file_comes_to_what_somebody_else_computed(world: World) -> None:
    # E1 has 4 intervals of quality N in a day, B1 has 4 and a whole day: three runs without data, named with their line
    receipt = send(world, E1B1).json()
    assert [(verdict["line"], verdict["code"]) for verdict in receipt["verdicts"]] == [
        (10, "no_data"), (49, "no_data"), (69, "no_data"),
    ]  # fmt: skip
    see_intervals(world, E1B1)
    assert send(world, STREAMS).json()["refused"] == 0
    see_intervals(world, STREAMS)
    assert sum(day["estimated"] for day in days(world, "QB04170777 E1", "2026-02-16", "2026-02-23")) == 13
    # 3 and 4 April came twice: lines 6 and 7 were updated before lines 13 and 14
    receipt = send(world, TWICE).json()
    assert [(verdict["line"], verdict["code"], verdict["expected"][:10]) for verdict in receipt["verdicts"]] == [
        (6, "superseded", "as line 13"), (7, "superseded", "as line 14"),
    ]  # fmt: skip
    see_intervals(world, TWICE)
    assert send(world, PROFILE).json()["refused"] == 0
    see_intervals(world, PROFILE)
    assert sum(day["estimated"] for day in days(world, "1-1:1.29.0", "2026-03-26", "2026-04-01")) == 8  # QTY+67


def test_reads_of_a_counter_whose_device_was_exchanged(world: World) -> None:
    # the file writes no unit: each read is refused with what to type
    asked = send(world, READS)
    assert asked.status_code == 422
    assert {(verdict["code"], verdict["expected"][-10:]) for verdict in asked.json()["verdicts"]} == {
        ("no_unit", "--unit kWh")
    }
    receipt = send(world, READS, unit="kWh", atomic="true").json()
    # 27 reads; of each counter the last of the old device and the first of the new one are of one instant, and are
    # the exchange, which is declared by the file: 3 × 7 are stored, 3 × 2 repeat the exchange
    assert (receipt["stored"], receipt["unchanged"], receipt["refused"]) == (21, 6, 0)
    assert receipt["dialect"]["exchanges"].count("serial 1AUE0045110002") == 3
    for key, register in expected(READS).items():
        (use,) = world.done(
            "maker", "GET", f"/v1/registers/{key}/usage", params={"from": "2026-01-01", "to": "2026-07-01", "every": "whole"}
        )  # fmt: skip
        assert Decimal(use["quantity"]) == Decimal(register["total"])
        rows = readings(world, key)
        assert (rows[0]["start"], rows[-1]["start"]) == (register["first"], register["last"])
        assert (Decimal(rows[0]["value"]), Decimal(rows[-1]["value"])) == (
            Decimal(register["first_value"]), Decimal(register["last_value"]),
        )  # fmt: skip
        assert len(rows) == register["rows"] - 1  # the closing read is the exchange's
    again = send(world, READS, unit="kWh").json()
    assert (again["stored"], again["unchanged"], again["refused"]) == (0, 27, 0)
