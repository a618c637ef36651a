"""A document of a payee that its form refuses has no number, nor have the customer's documents that it comes with."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from api.operations.originals import find_payee_original
from api.server.database import Access, Database
from billing.credits.store import waiting_credits
from billing.documents.einvoice.held_to_rules import EInvoiceRefused
from billing.tables import PayeeDocumentRow
from contracts.invoicing import InvoiceForm
from tests.billing.credits.giving import gives
from tests.billing.payees.test_payee_documents import FACTORY, documents, terms
from tests.billing.scene import CONTRACT, Scene, on
from tests.contracts.party_profiles.told import profile, tells

OTHER = CONTRACT.split("  - name: energy")[0].replace("C-1", "C-2")
OF_FACTORY: dict[str, Any] = {
    "register_number": {"value": "HRB 1"},
    "city": "Ulm",
    "post_code": "89073",
    "electronic": {"scheme": "9930", "value": "DE333333339"},
}


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(terms(), OTHER)
    tells(scene, profile())
    scene.delivers("2026-01-05 10 100")
    return scene


def numbers(session: Session) -> list[str]:
    """All numbers of the tenant."""
    return list(session.execute(text("select number from invoice where number is not null union all select number from payee_document")).scalars())  # fmt: skip


def all_numbers(scene: Scene) -> list[str]:
    with scene.database.transaction(scene.tenant) as session:
        return sorted(numbers(session))


class TestOfThePurchase:
    def test_the_work_waits_and_says_whose_document_is_refused_by_which_rule(self, scene: Scene) -> None:
        tells(scene, profile("factory", form="peppol", **OF_FACTORY | {"electronic": None}))
        done = scene.bills("2026-02-01")
        (work,) = done.held_work
        assert (work.contract, work.reason.code) == ("C-1", "e-invoice-refused")
        assert work.reason.detail.startswith("the self billed document (389) of factory to Nordluft: ")
        assert "PEPPOL-EN16931-R020" in work.reason.detail
        assert "BT-34" in work.reason.detail
        assert all_numbers(scene) == ["2026-000001"]  # that of the other contract
        assert [invoice.row.inputs.contract for invoice in scene.invoices()] == ["C-2"]

    def test_once_it_is_told_all_of_it_is_issued_and_the_original_keeps_the_rules(self, scene: Scene) -> None:
        tells(scene, profile("factory", form="peppol", **OF_FACTORY | {"electronic": None}))
        scene.bills("2026-02-01")
        tells(scene, profile("factory", form="peppol", **OF_FACTORY), at="2026-02-01")
        assert scene.bills("2026-02-02").held == {}
        (document,) = documents(scene)
        assert all_numbers(scene) == ["2026-000001", "2026-000002", document.number]
        with scene.database.transaction(scene.tenant) as session:
            original = find_payee_original(session, document.number, on("2026-02-03"))
        assert (original.form, original.report.errors) == (InvoiceForm.PEPPOL, ())
        assert b"<cbc:BuyerReference>C-1</cbc:BuyerReference>" in original.content  # who makes it out is the buyer
        assert scene.replays() == []

    def test_a_name_that_no_font_has_is_held(self, scene: Scene) -> None:
        tells(scene, profile("factory", full_name="Fabrik \U0001f600"))
        (work,) = scene.bills("2026-02-01").held_work
        assert (work.contract, work.reason.code) == ("C-1", "unprintable-sign")
        assert work.reason.detail.startswith("the self billed document (389) of factory to Nordluft: ")

    def test_a_credit_by_hand_is_released_with_all_of_it_or_not_at_all(self, scene: Scene) -> None:
        scene.bills("2026-02-01")
        (number,) = [invoice.name for invoice in scene.invoices() if invoice.row.inputs.contract == "C-1"]
        before = all_numbers(scene)
        tells(scene, profile("factory", "2026-02-01", form="peppol", **OF_FACTORY | {"electronic": None}))
        with pytest.raises(EInvoiceRefused, match=r"of factory to Nordluft.*R020"):
            gives(scene, number, {"line": 1, "rest": True}, day="2026-02-05")
        assert all_numbers(scene) == before
        with scene.database.transaction(scene.tenant) as session:
            assert [credit.released_by for credit in waiting_credits(session)] == [None]


class TestOfACommission:
    def test_the_payee_is_its_buyer(self, scene: Scene) -> None:
        shared = terms(sold_in="owners_name", payees=FACTORY).replace("C-1", "C-3")
        scene.declared(shared)
        tells(scene, profile("factory", form="peppol", **OF_FACTORY))
        done = {work.contract: work.reason for work in scene.bills("2026-02-01").held_work}
        assert list(done) == ["C-3"]
        assert "(380) of Nordluft to factory" in done["C-3"].detail
        assert "PEPPOL-EN16931-R003" in done["C-3"].detail
        assert not any("C-3" in row.content.contract for row in documents(scene))


def test_of_documents_that_take_a_pdf_nothing_is_loaded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of nothing but usual documents must not pay for the few that are held to a form."""
    from billing.documents.model import load

    def loaded(*_: object) -> None:
        raise AssertionError("a document was loaded")

    monkeypatch.setattr(load, "business_document", loaded)
    monkeypatch.setattr(load, "payee_business_document", loaded)
    assert scene.bills("2026-02-01").held == {}
    with scene.database.transaction(scene.tenant) as session:
        assert len(session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))).all()) == 1
