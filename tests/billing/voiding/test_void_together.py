"""What is void together: all on a consolidated document, and the documents of payees that come of what is void."""

import pytest
from sqlmodel import col, select

from api.server.database import Access, Database
from billing.payees.documents.replay import lost_numbers, replay_payee_documents
from billing.receivables import store as receivables
from billing.tables import InvoiceRow, PayeeDocumentRow
from tests.billing.credits.giving import gives
from tests.billing.payees.test_consolidated_shares import contract
from tests.billing.payees.test_owners_names import terms
from tests.billing.scene import Scene, on
from tests.billing.voiding.voids import voids
from tests.build import acts


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database)
    scene.declared(contract("C-1", "100"), contract("C-2", "200"))
    scene.bills("2026-02-01")
    return scene


def rows(scene: Scene) -> list[tuple[str, str, str, bool]]:
    """What there is, members of a consolidated document besides it: number, kind, contract, whether it is void."""
    with scene.database.transaction(scene.tenant) as session:
        return [
            (row.number or "", row.kind, row.inputs.contract, row.voided_on is not None)
            for row in session.exec(select(InvoiceRow).order_by(col(InvoiceRow.id)))
        ]


def of_payees(scene: Scene) -> list[tuple[str, str, bool]]:
    with scene.database.transaction(scene.tenant) as session:
        return [
            (row.number, str(row.net), row.voided_on is not None)
            for row in session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id)))
        ]


def unproven(scene: Scene) -> object:
    with scene.database.transaction(scene.tenant) as session:
        keys = [invoice.row.id for invoice in scene.invoices()]
        return [*scene.replays(), *replay_payee_documents(session, keys), *lost_numbers(session)]


def test_a_consolidated_document_is_void_with_all_that_stands_on_it(scene: Scene) -> None:
    voids(scene, "2026-000001", day="2026-02-02")
    assert {(number, is_void) for number, _, _, is_void in rows(scene)} == {("2026-000001", True)}
    scene.bills("2026-02-03")
    anew = [(kind, reference) for number, kind, reference, _ in rows(scene) if number == "2026-000002"]
    assert sorted(anew) == [("consolidated", "C-1"), ("period", "C-1"), ("period", "C-2")]
    assert unproven(scene) == []


def test_the_documents_of_payees_are_void_with_it_and_issued_anew(scene: Scene) -> None:
    voids(scene, "2026-000001", day="2026-02-02")
    scene.bills("2026-02-03")
    assert of_payees(scene) == [
        ("FACTORY-SB-2026-000001", "90.00", True),
        ("FACTORY-SB-2026-000002", "180.00", True),
        ("FACTORY-SB-2026-000003", "90.00", False),
        ("FACTORY-SB-2026-000004", "180.00", False),
    ]
    assert unproven(scene) == []


def test_what_corrects_later_names_the_documents_that_count(scene: Scene) -> None:
    voids(scene, "2026-000001", day="2026-02-02")
    scene.bills("2026-02-03")
    scene.amends(contract("C-2", "150"), "2026-02-10")
    scene.bills("2026-03-01")
    with scene.database.transaction(scene.tenant) as session:
        corrected = {
            line.corrects
            for row in session.exec(select(PayeeDocumentRow))
            for line in row.content.lines
            if line.corrects is not None
        }
    assert corrected == {"FACTORY-SB-2026-000004"}
    assert unproven(scene) == []


def test_a_correction_that_is_void_is_made_anew_once(scene: Scene) -> None:
    """The February document carries January's correction; void, both are billed anew, and nothing twice."""
    scene.amends(contract("C-2", "150"), "2026-02-10")
    scene.bills("2026-03-01")
    voids(scene, "2026-000002", day="2026-03-02")
    scene.bills("2026-03-03")
    with scene.database.transaction(scene.tenant) as session:
        counting = session.exec(
            select(InvoiceRow).where(col(InvoiceRow.voided_on).is_(None), col(InvoiceRow.within_id).is_(None))
        )
        assert sum(row.net for row in counting) == 2 * (10 + 100 + 10 + 150)
    assert sum(map(float, (net for _, net, is_void in of_payees(scene) if not is_void))) == 2 * (90 + 135)
    assert unproven(scene) == []


def test_nothing_on_it_is_void_where_it_was_sent(scene: Scene) -> None:
    with scene.database.transaction(scene.tenant) as session:
        by, at = acts(session, "anna"), on("2026-02-01")
        receivables.record_sending(session, "2026-000001", None, sent_on=None, how="mail", note="", by=by, at=at)
    with pytest.raises(Exception, match="2026-000001 was sent"):
        voids(scene, "2026-000001", day="2026-02-02")
    assert not any(is_void for *_, is_void in rows(scene))


def test_a_credit_note_that_is_void_takes_the_payees_credit_with_it(scene: Scene) -> None:
    (note,) = gives(scene, "2026-000001", {"line": 4, "amount": "50"})
    assert of_payees(scene)[2:] == [("FACTORY-SB-2026-000003", "-45.00", False)]
    voids(scene, note, day="2026-02-12")
    assert of_payees(scene)[2:] == [("FACTORY-SB-2026-000003", "-45.00", True)]
    assert unproven(scene) == []


def test_what_is_sold_in_owners_names_is_void_and_billed_anew_by_each(access: Access, database: Database) -> None:
    scene = Scene(access, database).declared(terms())
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    assert voids(scene, "ALPHA-2026-000001") == ("2026-000001", "ALPHA-2026-000001", "BETA-2026-000001")
    scene.bills("2026-02-03")
    assert [number for number, _, _, is_void in rows(scene) if not is_void] == [
        "2026-000002",
        "ALPHA-2026-000002",
        "BETA-2026-000002",
    ]
    assert [is_void for *_, is_void in of_payees(scene)] == [True, True, False, False]
    assert unproven(scene) == []


def test_of_a_consolidated_contract_what_owners_sell_stays_on_their_own_documents(
    access: Access, database: Database
) -> None:
    both = [
        terms(more='settings: {least_coverage: "0", document: consolidated}\n').replace(
            "contract: C-1", f"contract: {name}"
        )
        for name in ("C-1", "C-2")
    ]
    scene = Scene(access, database).declared(*both)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    documents = sorted((number, kind) for number, kind, _, _ in rows(scene))
    assert documents == [
        ("2026-000001", "consolidated"), ("2026-000001", "period"), ("2026-000001", "period"),
        ("ALPHA-2026-000001", "period"), ("ALPHA-2026-000002", "period"),
        ("BETA-2026-000001", "period"), ("BETA-2026-000002", "period"),
    ]  # fmt: skip
    assert unproven(scene) == []
