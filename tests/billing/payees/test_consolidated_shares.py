"""Consolidated documents of contracts that are shared: what payees have of them, and what their documents name."""

import pytest
from sqlmodel import select

from api.server.database import Access, Database
from billing.payees.documents.replay import lost_numbers, replay_payee_documents
from billing.tables import PayeeDocumentRow
from tests.billing.scene import CONTRACT, Scene

HEAD, _, _ = CONTRACT.partition("settings:")
TERMS = """settings: {{least_coverage: "0", document: consolidated}}
sharing:
  payees:
    - {{name: Factory, country: DE, agreement: {{reference: A-1, first: 2025-12-01}}}}
charges:
  - {{name: fee, rule: {{kind: fixed_fee, amount: "10"}}}}
  - {{name: rent, rule: {{kind: fixed_fee, amount: "{rent}"}}, waterfall: {{steps: [{{kind: percent, percent: "10"}}], rest: Factory}}}}
"""


def contract(reference: str, rent: str) -> str:
    return HEAD.replace("contract: C-1", f"contract: {reference}") + TERMS.format(rent=rent)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database)
    scene.declared(contract("C-1", "100"), contract("C-2", "200"))
    scene.bills("2026-02-01")
    return scene


def payee_documents(scene: Scene) -> list[PayeeDocumentRow]:
    with scene.database.transaction(scene.tenant) as session:
        return list(session.exec(select(PayeeDocumentRow).order_by(PayeeDocumentRow.id)))  # type: ignore[arg-type]


def unproven(scene: Scene) -> object:
    with scene.database.transaction(scene.tenant) as session:
        keys = [invoice.row.id for invoice in scene.invoices()]
        return [*scene.replays(), *replay_payee_documents(session, keys), *lost_numbers(session)]


def test_one_number_for_the_customer_and_a_document_of_each_work_for_the_payee(scene: Scene) -> None:
    assert {invoice.name for invoice in scene.invoices()} == {"2026-000001"}
    named = [
        (row.number, str(row.net), [(line.number, line.pos, str(line.net)) for line in row.content.lines])
        for row in payee_documents(scene)
    ]
    assert named == [
        ("FACTORY-SB-2026-000001", "90.00", [("2026-000001", 2, "90.00")]),
        ("FACTORY-SB-2026-000002", "180.00", [("2026-000001", 4, "180.00")]),
    ]
    assert unproven(scene) == []


def test_what_corrects_one_of_them_corrects_its_payees_document(scene: Scene) -> None:
    scene.amends(contract("C-2", "150"), "2026-02-10")
    scene.bills("2026-03-01")
    corrected = [line for row in payee_documents(scene) for line in row.content.lines if line.corrects is not None]
    assert sum(line.net for line in corrected) == -45
    assert {line.corrects for line in corrected} == {"FACTORY-SB-2026-000002"}
    assert unproven(scene) == []
