"""Documents between the supplier and its payees in the life of a contract: issued, corrected, numbered, replayed."""

import pytest
from sqlmodel import col, select

from api.server.database import Access, Database
from billing.tables import PayeeDocumentRow
from tests.billing.scene import CONTRACT, Scene

HEAD, _, _ = CONTRACT.partition("settings:")
HEAD = HEAD.replace("country: DE}", "country: DE, vat_id: DE111111117}", 1)
SHARING = """
sharing:
  sold_in: {sold_in}
  payees:
    - {{name: factory, country: {country}, vat_id: {vat_id}, agreement: {{reference: A-1, first: 2025-12-01}}}}
    - {{name: bank, country: DE, vat_id: DE444444443, self_billed: false}}
"""
PER_UNIT = """
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "1"}
    waterfall: {steps: [{kind: percent, percent: "10"}], rest: factory}
"""


def terms(
    charges: str = PER_UNIT, more: str = "", sold_in: str = "own_name", country: str = "DE", vat_id: str = "DE333333339"
) -> str:
    return f"{HEAD}{more}{SHARING.format(sold_in=sold_in, country=country, vat_id=vat_id)}\ncharges:\n{charges}"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def documents(scene: Scene) -> list[PayeeDocumentRow]:
    with scene.database.transaction(scene.tenant) as session:
        return list(session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))))


def in_short(scene: Scene) -> list[str]:
    return [
        f"{one.document_type} {one.number} {one.net} + {one.vat} {' '.join(one.content.corrected)}".strip()
        for one in documents(scene)
    ]


def test_a_late_reading_of_less_is_a_line_of_the_next_document_where_the_law_has_it_so(scene: Scene) -> None:
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    assert in_short(scene) == ["389 FACTORY-SB-2026-000001 90.00 + 17.10"]
    scene.delivers("2026-01-05 10 80", reason="read again")
    scene.delivers("2026-02-05 10 10")
    scene.bills("2026-03-01")
    assert in_short(scene)[1:] == ["261 FACTORY-SB-2026-000002 -9.00 + -1.71 FACTORY-SB-2026-000001"]
    assert scene.replays() == []
