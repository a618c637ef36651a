"""A prepayment is claimed before it is supplied, drawn on what is billed, and names its claim: all to the cent."""

import pytest

from api.server.database import Access, Database
from tests.billing.scene import CONTRACT, Scene


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def agreed(amount: str = "6000", claimed: str = "2026-01-01", price: str = "1", country: str = "DE") -> str:
    """1 EUR a kWh, and an amount paid before."""
    head, _ = CONTRACT.split("charges:")
    return (
        head.replace("country: DE", f"country: {country}")
        + f"""
charges:
  - {{name: heat, register: kwh, rule: {{kind: per_unit, unit: kWh, unit_price: "{price}"}}}}
  - name: paid before
    nature: prepayment
    rule: {{kind: one_off, amount: "{amount}", on: {claimed}, in_advance: "yes"}}
  - name: drawn
    rule: {{kind: drawdown, amount: "{amount}", claimed: {claimed}, of: [heat]}}
"""
    )


def told(scene: Scene) -> list[tuple[str, str | None, str, str]]:
    return [
        (one.row.document_type, one.row.number, str(one.row.net), str(one.row.vat)) for one in scene.invoices()
    ]  # fmt: skip


def test_the_final_document_bills_the_remainder(scene: Scene) -> None:
    scene.declared(agreed())
    scene.bills("2026-01-02")
    scene.delivers("2026-01-05 10 30000")
    scene.bills("2026-02-01")
    assert told(scene) == [
        ("386", "2026-000001", "6000.00", "1140.00"),
        ("380", "2026-000002", "24000.00", "4560.00"),
    ]
    assert scene.replays() == []
