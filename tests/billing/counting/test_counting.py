"""What rules ask of a database: bands, dimensions, peaks, events, states, several registers, formulas; with their proof."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from api.operations.readings import ingest
from api.server.database import Access, Database
from billing.documents.explanation import lines_of
from billing.documents.views import explanation_out
from billing.invoices import store
from billing.proof.explain import explain
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from tests.billing.scene import Scene, adjusting, agreed, on
from tests.build import meters

FLEET = """
sites:
  - name: Halle
    zone: Europe/Berlin
    assets:
      - name: Line
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "15"}
              - {key: kvarh, kind: interval, unit: kvarh, resolution: "0.1", interval_minutes: "15"}
              - {key: parts, kind: interval, unit: part, resolution: "1", interval_minutes: "60", dimensions: [material, shift]}
              - {key: h1, kind: cumulative, unit: machine_hour, resolution: "0.1"}
              - {key: h2, kind: cumulative, unit: machine_hour, resolution: "0.1"}
              - {key: orders, kind: event, unit: one, resolution: "0.01"}
              - {key: services, kind: event, unit: each, resolution: "1", dimensions: [service]}
              - key: state
                kind: state
                unit: h
                resolution: "1"
                states:
                  - {code: 1, name: running, used: true}
                  - {code: 2, name: down, cause: bearing}
                  - {code: 3, name: down, cause: force majeure}
"""
HEAD = """
contract: C
supplier: {name: S, country: DE}
customer: {name: K, country: DE}
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
"""


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return Scene(access, database)


def signed(scene: Scene, charges: str, usages: str = "") -> None:
    with scene.database.transaction(1) as session:
        agreed(session, f"{HEAD}{usages}charges:\n{charges}")


def signed_in_an_earlier_release(scene: Scene, charges: str, usages: str) -> None:
    """Record an amendment that was not yet refused: since then a contract keeps its edges."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("contracts.checks.store.faults_of_amending", lambda *_: iter(()))
        signed(scene, charges, usages)


def comes(scene: Scene, register: str, rows: str, columns: str = "time,value", reason: str | None = None) -> None:
    lines = [",".join(row.split()) for row in rows.strip().splitlines()]
    raw = "\n".join([columns, *lines]).encode()
    with scene.database.transaction(1) as session:
        meters(session)
        ingest(
            session,
            Sender(f"{register}.csv", "telematics", on("2026-03-10"), reason),
            raw,
            IngestOptions(register=register),
        )


def billed(scene: Scene) -> list[tuple[str, str, str]]:
    """Label, quantity and net of each line."""
    done = scene.bills("2026-02-01")
    assert done.held == {}
    found = scene.invoices()[0].lines
    assert scene.replays() == []
    return [(line.label, f"{line.quantity.normalize():f}", str(line.net)) for line in found]


def explained(scene: Scene, pos: int = 1, number: str = "2026-000001") -> str:
    with scene.database.transaction(1) as session:
        return "\n".join(lines_of(explanation_out(explain(session, store.find(session, number), pos))))


def test_bands_of_the_clock(scene: Scene) -> None:
    signed(scene, """
  - name: energy
    register: kwh
    rule:
      kind: time_of_use
      unit: kWh
      calendar: {bands: [{name: day, days: [mon, tue, wed, thu, fri], hours: [{start: "08:00", end: "20:00"}]}], otherwise: night, holidays: DE-BY}
      unit_prices: {day: "0.30", night: "0.20"}
""")  # fmt: skip
    # Monday 5th by day and by night; Tuesday 6th is Epiphany, a holiday in Bavaria.
    comes(scene, "kwh", "2026-01-05T10:00+01:00 10\n2026-01-05T21:00+01:00 20\n2026-01-06T10:00+01:00 40")
    assert billed(scene) == [("day", "10", "3.00"), ("night", "60", "12.00")]
    assert "kwh: 3 of 2976 readings add up to 70" in explained(scene)


def test_dimensions_and_one_that_nobody_priced(scene: Scene) -> None:
    charge = """
  - name: parts
    register: parts
    rule: {kind: matrix, unit: part, entries: [{when: {material: steel}, unit_price: "1"}, {when: {material: steel, shift: night}, unit_price: "2"}]}
"""
    signed(scene, charge)
    comes(
        scene,
        "parts",
        "2026-01-05T10:00+01:00 10 steel day\n2026-01-05T23:00+01:00 5 steel night",
        "time,value,material,shift",
    )
    assert billed(scene) == [("material steel", "10", "10.00"), ("material steel, shift night", "5", "10.00")]
    comes(scene, "parts", "2026-02-05T10:00+01:00 7 brass day", "time,value,material,shift")
    assert "no entry covers" in scene.bills("2026-03-01").held["C"]


def test_the_highest_quarter_hour_and_a_poor_power_factor(scene: Scene) -> None:
    signed(scene, """
  - name: demand
    register: kwh
    beside: {active: kwh, reactive: kvarh}
    rule: {kind: demand, unit: kW, unit_price: "10", power_factor: {at_least: "0.9"}}
""")  # fmt: skip
    comes(scene, "kwh", "2026-01-05T10:00+01:00 30\n2026-01-05T10:15+01:00 20\n2026-01-05T10:30+01:00 10")
    comes(scene, "kvarh", "2026-01-05T10:00+01:00 45")
    # 60 kWh and 45 kvarh: 60 / 75 = 0.8; 120 kW × 0.9 / 0.8 = 135 kW
    assert billed(scene) == [("", "135", "1350.00")]
    assert all(f"{register}: " in explained(scene) for register in ("kwh", "kvarh"))


def test_a_ratchet_looks_back_and_a_correction_of_the_peak_moves_it(scene: Scene) -> None:
    signed(scene, """
  - name: demand
    register: kwh
    rule: {kind: demand, unit: kW, unit_price: "10", ratchet: {percent: "80", periods: "11"}}
""")  # fmt: skip
    comes(scene, "kwh", "2026-01-05T10:00+01:00 25\n2026-02-05T10:00+01:00 10\n2026-03-05T10:00+01:00 10")
    scene.bills("2026-03-01")
    assert [each.lines[0].net for each in scene.invoices()] == [Decimal(1000), Decimal(800)]
    comes(scene, "kwh", "2026-01-05T10:00+01:00 20", reason="meter test")
    scene.bills("2026-04-01")
    assert [(net, number) for _, _, net, number in adjusting(scene.lines("2026-000003"))] == [
        ("-200.00", "2026-000001"),  # 80 kW
        ("-160.00", "2026-000002"),  # 64 kW
    ]
    assert scene.invoices()[2].lines[0].quantity == 64
    assert scene.replays() == []


def test_each_event_by_itself(scene: Scene) -> None:
    signed(scene, """
  - name: platform
    register: orders
    rule: {kind: percentage, percent: "2.99", minimum: "1.75", maximum: "12"}
  - name: visits
    register: services
    rule: {kind: service_events, coverage: [{service: visit, covered: "1", unit_price: "480"}]}
""")  # fmt: skip
    comes(scene, "orders", "2026-01-05T10:00Z 10\n2026-01-06T10:00Z 80\n2026-01-07T10:00Z 10000")
    comes(scene, "services", "2026-01-05T10:00Z 1 visit\n2026-01-06T10:00Z 1 visit", "time,value,service")
    assert billed(scene) == [("2.99 %", "1", "16.14"), ("visit, covered", "1", "0.00"), ("visit", "1", "480.00")]


def test_no_event_is_an_answer_and_no_reading_is_none(scene: Scene) -> None:
    signed(scene, """
  - name: platform
    register: orders
    rule: {kind: percentage, percent: "2.99"}
""")  # fmt: skip
    assert billed(scene) == [("2.99 %", "1", "0.00")]


@pytest.mark.parametrize(
    ("arithmetic", "read_in_january", "hours", "held"),
    [
        pytest.param("3", "", [], "hours: no read after 2025-12-21T23:00:00+00:00", id="none of January: it waits"),
        pytest.param(
            "3", "2026-01-06T00:00+01:00 1150\n", ["150"], "", id="one read: 1,250 − 1,100, and nothing since"
        ),
        pytest.param("2", "", ["150"], "", id="by arithmetic 2 the line was taken for a read"),
    ],
)
def test_a_line_over_other_days_of_a_month_is_no_reading_of_it(
    scene: Scene, arithmetic: str, read_in_january: str, hours: list[str], held: str
) -> None:
    """10 hours a day from 22 December on; until 15 January they are on a line, and from then on as last read."""
    charge = """
  - name: hours
    register: h1
    rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}
"""
    settings = f'settings: {{edges: EDGES, arithmetic: "{arithmetic}"}}\n'
    signed(scene, charge, settings.replace("EDGES", "interpolated"))
    signed_in_an_earlier_release(scene, charge, settings.replace("EDGES", "last_read") + "in_force_from: 2026-01-16\n")
    comes(scene, "h1", f"2025-12-22T00:00+01:00 1000\n{read_in_january}2026-02-10T00:00+01:00 1500")
    assert held in scene.bills("2026-02-15").held.get("C", "")
    billed_hours = [f"{line.quantity.normalize():f}" for invoice in scene.invoices() for line in invoice.lines]
    assert billed_hours == hours
    assert scene.replays() == []


@pytest.mark.parametrize(
    ("rows", "kilowatt_hours", "held"),
    [
        pytest.param("2025-12-31T23:50+01:00 15", [], "energy: no reading of kwh", id="15 kWh until 00:05 on New Year"),
        pytest.param(
            "2025-12-31T23:50+01:00 15\n2026-01-05T10:00+01:00 7", ["12"], "", id="15 × 5 / 15 of them, and 7"
        ),
    ],
)
def test_a_share_of_an_interval_from_before_a_month_is_no_reading_of_it(
    scene: Scene, rows: str, kilowatt_hours: list[str], held: str
) -> None:
    charge = """
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "1"}
"""
    signed(scene, charge, "settings: {edges: interpolated}\n")
    signed_in_an_earlier_release(scene, charge, "settings: {edges: last_read}\nin_force_from: 2026-01-16\n")
    comes(scene, "kwh", rows)
    assert held in scene.bills("2026-02-01").held.get("C", "")
    assert [
        f"{line.quantity.normalize():f}" for invoice in scene.invoices() for line in invoice.lines
    ] == kilowatt_hours


def test_states_and_what_is_excused(scene: Scene) -> None:
    signed(scene, """
  - {name: lease, rule: {kind: fixed_fee, amount: "1000"}}
  - name: malus
    beside: {states: state}
    rule: {kind: availability, downtime: {states: [down], excused: [force majeure]}, malus: {kind: linear, guarantee: "98", factor: "2"}}
""")  # fmt: skip
    start = datetime.fromisoformat("2026-01-01T00:00+01:00")
    reads = [("0", 1), ("100", 2), ("137.2", 3), ("200", 1)]  # 37.2 h of 744 are 5 %
    rows = "\n".join(f"{(start + timedelta(hours=float(at))).isoformat()} {code}" for at, code in reads)
    comes(scene, "state", rows)
    assert billed(scene) == [("", "1", "1000.00"), ("availability 95 %", "1", "-60.00")]
    assert [line.nature for line in scene.invoices()[0].lines] == ["consideration", "price_reduction"]


def test_several_registers_pool_what_is_included(scene: Scene) -> None:
    signed(
        scene,
        """
  - name: hours
    usage: fleet
    included: {quantity: "176", unit: machine_hour, each_register: true}
    rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}
""",
        "usages: [{name: fleet, registers: [h1, h2]}]\n",
    )
    comes(scene, "h1", "2026-01-01T00:00+01:00 1000\n2026-01-31T23:00+01:00 1200")
    comes(scene, "h2", "2026-01-01T00:00+01:00 500\n2026-01-31T23:00+01:00 660")
    assert billed(scene) == [("", "8", "80.00")]  # 200 + 160 against 2 × 176
    said = explained(scene)
    assert all(part in said for part in ("h1: 2", "h2: 2", "included   352 machine_hour"))


def test_a_formula_with_units(scene: Scene) -> None:
    signed(
        scene,
        """
  - name: hall
    usage: rest
    rule: {kind: per_unit, unit: MWh, unit_price: "100"}
""",
        'usages: [{name: all, registers: [kwh]}, {name: hours, registers: [h1]}, {name: rest, formula: "all * 0.75 - all / 4", unit: kWh}]\n',
    )
    comes(scene, "kwh", "2026-01-05T10:00+01:00 4000")
    assert billed(scene) == [("", "2", "200.00")]
    assert "rest = all * 0.75 - all / 4 = 2000 kWh, with all = 4000 kWh" in explained(scene)


def test_only_what_rows_state_and_the_time_in_some_states(scene: Scene) -> None:
    signed(
        scene,
        """
  - {name: night parts, usage: night, rule: {kind: per_unit, unit: part, unit_price: "2"}}
  - {name: idle, usage: down, rule: {kind: per_unit, unit: h, unit_price: "5"}}
""",
        "usages: [{name: night, registers: [parts], where: {shift: night}}, {name: down, registers: [state], states: [down]}]\n",
    )
    comes(
        scene,
        "parts",
        "2026-01-05T10:00+01:00 10 steel day\n2026-01-05T23:00+01:00 5 steel night",
        "time,value,material,shift",
    )
    comes(scene, "state", "2026-01-01T00:00+01:00 1\n2026-01-10T00:00+01:00 2\n2026-01-10T06:00+01:00 1")
    assert billed(scene) == [("", "5", "10.00"), ("", "6", "30.00")]
