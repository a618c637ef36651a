"""A pool of machines, and one that is carried on, billed from readings: amended, corrected, replayed."""

import pytest

from api.server.database import Access, Database
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from tests.billing.scene import Scene

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
      - {name: Lathe, meters: []}
"""


def terms(included: str, assets: str = "Press", more: str = "") -> str:
    return f"""
contract: C-1
supplier: {{name: Nordluft, country: DE}}
customer: {{name: Blechwerke, country: DE}}
assets: [{assets}]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
settings: {{least_coverage: "0"}}
{more}
charges:
  - {{name: energy, register: kwh, rule: {{kind: per_unit, unit: kWh, unit_price: "1"}}, included: {included}}}
"""


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return Scene(access, database)


def nets(scene: Scene) -> list[str]:
    return [str(invoice.row.net) for invoice in scene.invoices()]


def test_a_pool_follows_a_machine_that_comes_and_a_late_reading_is_corrected(scene: Scene) -> None:
    pool = '{quantity: "100", unit: kWh, each: asset}'
    scene.amends(terms(pool), "2025-12-01")
    scene.amends(terms(pool, "Press, Lathe", "in_force_from: 2026-01-17"), "2026-01-10")
    scene.delivers("2026-01-05 10 140\n2026-01-20 10 30")
    scene.bills("2026-02-01")
    assert nets(scene) == ["21.61"]  # 170 − 100 − 100 × 15 / 31
    scene.delivers("2026-01-06 10 10", reason="late")
    scene.delivers("2026-02-05 10 200")
    scene.bills("2026-03-01")
    assert nets(scene) == ["21.61", "10.00"]
    assert scene.replays() == []


def test_what_is_carried_on_is_corrected_with_the_month_that_left_it(scene: Scene) -> None:
    scene.amends(
        terms(
            '{quantity: "100", unit: kWh, carry_forward: "40", carry_forward_windows: "3", carry_forward_most: "60"}'
        ),
        "2025-12-01",
    )
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 0\n2026-03-05 10 250")
    for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
        scene.bills(day)
    assert nets(scene) == ["0.00", "0.00", "90.00"]
    scene.delivers("2026-01-06 10 30\n2026-04-05 10 100", reason="late")
    scene.bills("2026-05-01")
    # January leaves 10, February 40: 50 instead of 60.
    assert nets(scene)[-1] == "10.00"
    assert scene.replays() == []
