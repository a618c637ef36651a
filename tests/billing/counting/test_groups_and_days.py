"""Counted by a database: lines by groups that no contract lists, peaks of days and weeks, and a level day by day."""

import json
from decimal import Decimal
from typing import Any

import pytest

from api.operations.readings import ingest
from api.server.database import Access, Database
from billing.invoices.invoice import Line
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from tests.billing.scene import Scene, on

#: Two halls; the yard has a clock of its own, an hour behind the contract's.
FLEET = """
sites:
  - name: Hall
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: energy, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: parts, kind: event, unit: part, resolution: "1", dimensions: [cost centre]}
              - {key: level, kind: instantaneous, unit: kW, resolution: "0.1"}
      - name: Lathe
        meters:
          - name: N
            registers:
              - {key: lathe, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
  - name: Yard
    zone: Europe/London
    assets:
      - name: Crane
        meters:
          - name: C
            registers:
              - {key: crane, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
"""
PRICE = {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return Scene(access, database)


def contract(*charges: dict[str, Any], **terms: Any) -> str:
    party = {"name": "A", "country": "DE"}
    common = {"contract": "C", "supplier": party, "customer": {**party, "name": "B"}, "currency": "EUR"}
    return json.dumps({**common, "zone": "Europe/Berlin", "starts": "2026-01-01", **terms, "charges": list(charges)})


def delivered(scene: Scene, register: str, day: str, *rows: str, columns: str = "time,value") -> None:
    raw = "\n".join((columns, *rows))
    with scene.database.transaction(1) as session:
        sender = Sender(f"{register} {day}.csv", "meter", on(day))
        receipt = ingest(session, sender, raw.encode(), IngestOptions(register=register))
    assert receipt.verdicts == ()


def billed(scene: Scene, day: str) -> tuple[Line, ...]:
    """The lines of the newest document; all documents are computed again as they are."""
    assert scene.bills(day).held == {}
    assert scene.replays() == []
    return tuple(scene.invoices()[-1].lines)


def shown(lines: tuple[Line, ...]) -> list[tuple[str, str, str]]:
    return [(line.label, f"{line.quantity:f}", f"{line.net}") for line in lines]


class TestGroups:
    def test_of_a_dimension_with_one_that_is_read_late(self, scene: Scene) -> None:
        rule = {"kind": "per_unit", "unit": "part", "unit_price": "2", "by": ["cost centre"]}
        scene.amends(contract({"name": "parts", "register": "parts", "rule": rule}), "2025-12-01")
        columns = "time,value,cost centre"
        delivered(
            scene,
            "parts",
            "2026-02-01",
            "2026-01-05T10:00Z,3,4711",
            "2026-01-06T10:00Z,5,4799",
            "2026-01-07T10:00Z,1,4711",
            columns=columns,
        )
        january = billed(scene, "2026-02-01")
        assert shown(january) == [("cost centre 4711", "4", "8.00"), ("cost centre 4799", "5", "10.00")]
        delivered(scene, "parts", "2026-02-15", "2026-01-08T10:00Z,7,4720", "2026-02-05T10:00Z,1,4799", columns=columns)
        late = billed(scene, "2026-03-01")
        assert {(line.label, f"{line.net}", line.corrects is not None) for line in late} == {
            ("cost centre 4799", "2.00", False), ("cost centre 4720", "14.00", True),
        }  # fmt: skip

    @pytest.mark.parametrize(("by", "expected"), [
        pytest.param("register", {"register crane": "4.00", "register energy": "1.00", "register lathe": "2.00"}, id="each register"),
        pytest.param("asset", {"asset Crane": "4.00", "asset Lathe": "2.00", "asset Press": "1.00"}, id="each asset"),
        pytest.param("site", {"site Hall": "3.00", "site Yard": "4.00"}, id="each site, 1 + 2 and 4"),
    ])  # fmt: skip
    def test_of_what_counted(self, scene: Scene, by: str, expected: dict[str, str]) -> None:
        usages = [{"name": "all", "registers": ["energy", "lathe", "crane"]}]
        scene.amends(
            contract({"name": "energy", "usage": "all", "rule": PRICE | {"by": [by]}}, usages=usages), "2025-12-01"
        )
        for register, value in (("energy", "1"), ("lathe", "2"), ("crane", "4")):
            delivered(scene, register, "2026-02-01", f"2026-01-05T10:00Z,{value}")
        assert {line.label: f"{line.net}" for line in billed(scene, "2026-02-01")} == expected


class TestDays:
    def test_peaks_of_days_and_weeks(self, scene: Scene) -> None:
        """6 kWh in an hour are 6 kW. Of the 1st, the 5th and the 6th: 6 + 4 + 9; of weeks 6 × 4/7 + 9."""
        peaks = {"kind": "demand", "unit": "kW", "unit_price": "7", "block_minutes": "60"}
        charges = [
            {"name": peak, "register": "energy", "rule": peaks | {"peak": peak}} for peak in ("each_day", "each_week")
        ]
        scene.amends(contract(*charges), "2025-12-01")
        rows = ["2026-01-01T10:00Z,6", "2026-01-01T11:00Z,2", "2026-01-05T09:00Z,4"]
        delivered(scene, "energy", "2026-02-01", *rows)
        delivered(scene, "energy", "2026-02-01", "2026-01-06T22:00Z,9")  # 23:00 in Berlin: still the 6th
        daily, weekly = billed(scene, "2026-02-01")
        assert (f"{daily.net}", f"{weekly.net}") == ("133.00", "87.00")  # 19 × 7; (24/7 + 9) × 7

    def test_days_are_those_of_the_contracts_clock(self, scene: Scene) -> None:
        """23:30 of the 5th in London is the 6th in Berlin: both hours are of one day."""
        rule = {"kind": "demand", "unit": "kW", "unit_price": "1", "block_minutes": "60", "peak": "each_day"}
        scene.amends(contract({"name": "peak", "register": "crane", "rule": rule}), "2025-12-01")
        delivered(scene, "crane", "2026-02-01", "2026-01-05T23:00Z,5", "2026-01-06T10:00Z,3", "2025-12-31T23:00Z,2")
        (line,) = billed(scene, "2026-02-01")
        assert f"{line.net}" == "7.00"  # 2 of the 1st, 5 of the 6th

    def test_a_level_by_its_days(self, scene: Scene) -> None:
        """10 kW until the 16th, then 20 until the month's end: 15/31 × 10 and 16/31 × (12 + 8) kW, up to 12 at 31 and above at 62."""
        tiers = [{"up_to": "12", "unit_price": "31"}, {"unit_price": "62"}]
        rule = {"kind": "graduated", "unit": "kW", "tiers": tiers, "each_day": "share"}
        scene.amends(contract({"name": "level", "register": "level", "rule": rule}), "2025-12-01")
        delivered(scene, "level", "2026-02-01", "2025-12-31T23:00Z,10", "2026-01-15T23:00Z,20", "2026-01-31T23:00Z,0")
        within, above = billed(scene, "2026-02-01")
        assert (f"{within.net}", f"{above.net}") == ("342.00", "256.00")  # 15 × 10 + 16 × 12; 16 × 8 × 2

    def test_the_use_of_each_day_in_full(self, scene: Scene) -> None:
        """ "The first 10 kWh of each day cost 1, further ones 3": 8, and 10 + 2 × 3."""
        rule = {
            "kind": "graduated",
            "unit": "kWh",
            "tiers": [{"up_to": "10", "unit_price": "1"}, {"unit_price": "3"}],
            "each_day": "full",
        }
        scene.amends(contract({"name": "energy", "register": "energy", "rule": rule}), "2025-12-01")
        delivered(scene, "energy", "2026-02-01", "2026-01-05T10:00Z,8", "2026-01-06T10:00Z,5", "2026-01-06T11:00Z,7")
        assert Decimal(24) == sum(line.net for line in billed(scene, "2026-02-01"))


class TestBounds:
    def test_use_above_the_last_tier_holds_the_bill(self, scene: Scene) -> None:
        rule = {
            "kind": "graduated",
            "unit": "kWh",
            "tiers": [{"up_to": "10", "unit_price": "1"}],
            "above_last": "refused",
        }
        scene.amends(contract({"name": "energy", "register": "energy", "rule": rule}), "2025-12-01")
        delivered(scene, "energy", "2026-02-01", "2026-01-05T10:00Z,10.5")
        (reasons,) = scene.bills("2026-02-01").held.values()
        assert "10.5 kWh are more than the 10 kWh that the last tier ends with" in str(reasons)

    def test_another_use_chooses_the_tier(self, scene: Scene) -> None:
        """Full-load hours: 4,500 kWh of the press over its highest 3,000 kW are 1.5 h; the lathe's kWh cost 0.11 each."""
        usages = [
            {"name": "worked", "registers": ["energy"]},
            {"name": "highest", "registers": ["energy"], "aggregation": "demand", "block_minutes": "60"},
            {"name": "hours", "formula": "worked / highest", "unit": "h"},
        ]
        tiers = [{"up_to": "1", "unit_price": "0.14"}, {"unit_price": "0.11"}]
        rule = {"kind": "volume", "unit": "kWh", "tier_unit": "h", "tiers": tiers}
        charge = {"name": "energy", "register": "lathe", "beside": {"tier": "hours"}, "rule": rule}
        scene.amends(contract(charge, usages=usages), "2025-12-01")
        delivered(scene, "energy", "2026-02-01", "2026-01-05T10:00Z,3000", "2026-01-05T12:00Z,1500")
        delivered(scene, "lathe", "2026-02-01", "2026-01-05T10:00Z,100")
        (line,) = billed(scene, "2026-02-01")
        assert (f"{line.net}", line.label) == ("11.00", "above 1 h")
