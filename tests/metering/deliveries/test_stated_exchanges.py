"""An exchange of devices that a file states is declared by it, once; what stands between both reads unsaid is asked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from api.server.database import Access
from tests.metering.ingest.test_mscons import COUNTER, NOON, PLACE, a_read, interchange, message
from tests.scenarios.world import World, a_world

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "1", interval_minutes: "60"}
              - {key: counter, kind: cumulative, unit: kWh, resolution: "0.1", aliases: ["DE1/1-0:1.8.0"]}
"""
DAY = timedelta(days=1)


@pytest.fixture
def world(access: Access) -> Iterator[World]:
    with a_world(access, FLEET) as filled:
        yield filled


def send(world: World, *reads: tuple[str, str, int], **told: str) -> Any:
    """Reads as device, value and days after noon of 1 March 2026."""
    segments = [
        segment
        for device, value, days in reads
        for segment in (PLACE, f"RFF+MG:{device}", *COUNTER, *a_read(value, NOON + days * DAY))
    ]
    return world.ask("maker", "POST", "/v1/readings", params=told, content=interchange(message(*segments)))


def outcome(answer: Any) -> tuple[int, int, list[str]]:
    receipt = answer.json()
    return receipt["stored"], receipt["unchanged"], [verdict["code"] for verdict in receipt["verdicts"]]


def use(world: World) -> str:
    asked = {"from": "2026-03-01", "to": "2026-03-31", "every": "whole"}
    (whole,) = world.done("maker", "GET", "/v1/registers/counter/usage", params=asked)
    return str(whole["quantity"])


def test_an_exchange_at_one_instant_is_declared_once(world: World) -> None:
    """90 → 95 on the old device, 0 → 3 on the new one: 8 kWh. Sent again, nothing changes."""
    reads = (("OLD", "90", 0), ("OLD", "95", 1), ("NEW", "0", 1), ("NEW", "3", 2))
    assert outcome(send(world, *reads, atomic="true")) == (2, 2, [])
    assert use(world) == "8"
    assert outcome(send(world, *reads)) == (0, 4, [])
    assert use(world) == "8"


def test_a_new_device_that_shows_more_is_no_use(world: World) -> None:
    """A new device may show more than the old one: 95 → 500 is no use, and no fall tells so; 90 → 95, 500 → 503."""
    send(world, ("OLD", "90", 0), ("OLD", "95", 1), ("NEW", "500", 1), ("NEW", "503", 2))
    assert use(world) == "8"


def test_what_a_person_declared_stays(world: World) -> None:
    send(world, ("OLD", "90", 0))
    declared = {"at": "2026-03-02T12:00Z", "closing": "95", "opening": "1", "serial": "NEW"}
    world.done("maker", "POST", "/v1/registers/counter/exchanges", json=declared)
    answer = send(world, ("OLD", "95", 1), ("NEW", "0", 1), ("NEW", "3", 2))
    assert outcome(answer) == (1, 1, ["contradicts_exchange"])
    assert use(world) == "7", "90 → 95 and 1 → 3"


def test_an_exchange_between_two_reads_is_asked_for(world: World) -> None:
    reads = (("OLD", "90", 0), ("NEW", "2", 2), ("NEW", "3", 3))
    answer = send(world, *reads)
    assert outcome(answer) == (1, 0, ["undated_exchange", "refused_exchange"])
    assert "usufruct exchange counter --at" in answer.json()["verdicts"][0]["expected"]
    declared = {"at": "2026-03-02T12:00Z", "closing": "95", "opening": "0", "serial": "NEW"}
    world.done("maker", "POST", "/v1/registers/counter/exchanges", json=declared)
    assert outcome(send(world, *reads)) == (2, 1, [])
    assert use(world) == "8", "90 → 95 and 0 → 3"


def test_an_exchange_that_cannot_be_takes_the_new_devices_reads_with_it(world: World) -> None:
    """The log has 97 for the old device already, so 95 cannot be its last read; 500 and 503 would be no fall."""
    send(world, ("OLD", "97", 0))
    answer = send(world, ("OLD", "95", 1), ("NEW", "500", 1), ("NEW", "503", 2))
    assert answer.status_code == 422
    assert {verdict["code"] for verdict in answer.json()["verdicts"]} >= {"falling_closing_read", "refused_exchange"}
    assert (answer.json()["stored"], answer.json()["refused"]) == (0, 3)
