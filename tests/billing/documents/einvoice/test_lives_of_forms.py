"""Each form through a life: a claim in advance, what draws on it, a late reading, a credit note by hand; all stored."""

from typing import Any

import pytest
from lxml import etree

from api.delivering.setup import WaysSetUp
from api.operations.originals import find_original
from api.server.database import Access, Database
from billing.archive.replay import replay_originals
from billing.archive.store import ArchivedFile
from billing.delivery.documents.store import DeliveredDocument
from billing.receivables.issued import by_key
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from tests.billing.clearance.cleared import NIP
from tests.billing.clearance.states import CHINESE, POLISH
from tests.billing.credits.giving import gives
from tests.billing.scene import Scene, on
from tests.contracts.party_profiles.told import profile, tells

HEAD = """
contract: C-{form}
supplier: {{name: Nordluft, country: DE, vat_id: DE136695976}}
customer: {{name: Blechwerke, country: DE, vat_id: DE129273398}}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
invoicing: {{form: {form}, language: de, buyer_reference: 04011000-12345-03, order: PO-1}}
settings: {{least_coverage: "0"}}
"""
CHARGES = """
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "100.00"}}
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}
  - name: paid before
    nature: prepayment
    rule: {kind: one_off, amount: "50", on: 2026-01-01, in_advance: "yes"}
  - name: drawn
    rule: {kind: drawdown, amount: "50", claimed: 2026-01-01, of: [energy]}
"""
FEE = """
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "100.00"}}
"""
WITHOUT_NIP = POLISH.replace(f", vat_id: PL{NIP}", "").replace("charges:", "invoicing: {form: ksef}\ncharges:")
IN_EURO = CHINESE.replace("CNY", "EUR").replace("charges:", "invoicing: {form: fapiao}\ncharges:")
FORMS = [form.value for form in E_INVOICE_FORMS]
BUYER: dict[str, Any] = {
    "address": ["Weg 1"],
    "city": "Augsburg",
    "post_code": "86156",
    "electronic": {"scheme": "9930", "value": "DE129273398"},
}


def told(scene: Scene) -> Scene:
    """With what every form needs of both sides."""
    tells(scene, profile())
    tells(scene, profile("Blechwerke", **BUYER))
    return scene


def original(scene: Scene, number: str) -> ArchivedFile:
    with scene.database.transaction(scene.tenant) as session:
        return find_original(session, number, on("2026-04-01"))


@pytest.mark.long
def test_every_document_of_a_life_has_a_number_and_an_original(access: Access, database: Database) -> None:
    scene = told(Scene(access, database).declared(*(HEAD.format(form=form) + CHARGES for form in FORMS)))
    held = dict(scene.bills("2026-01-01").held)
    scene.delivers("2026-01-05 10 140.5")
    held |= scene.bills("2026-02-01").held
    scene.delivers("2026-02-05 10 10", source="february.csv")
    scene.delivers("2026-01-05 10 20", source="late.csv", reason="the meter was misread")
    held |= scene.bills("2026-03-01").held
    assert held == {}

    january = [invoice.name for invoice in scene.invoices()][len(FORMS) : 2 * len(FORMS)]
    for number in january:
        gives(scene, number, {"line": 1, "rest": True}, {"line": 2, "rest": True}, day="2026-03-02")
    invoices = scene.invoices()
    kinds = [(invoice.row.document_type, invoice.row.kind) for invoice in invoices]
    of_each = [("386", "opening"), ("380", "period"), ("380", "period"), ("381", "credit")]
    assert kinds == [kind for kind in of_each for _ in FORMS]

    archived = [original(scene, invoice.name) for invoice in invoices]
    assert [one.form for one in archived] == [InvoiceForm(form) for _ in of_each for form in FORMS]
    assert [(one.report.errors, one.report.warnings) for one in archived] == [((), ())] * len(archived)
    xml = [etree.fromstring(one.content) for one in archived if one.media_type == "application/xml"]
    assert [text for root in xml for text in root.xpath("//text()") if "/v1/invoices/" in str(text)] == []
    assert scene.replays() == []
    with database.transaction(scene.tenant) as session:
        assert replay_originals(session, [invoice.row.id for invoice in invoices]) == []


@pytest.mark.long
@pytest.mark.parametrize("form", ["xrechnung_cii", "peppol"])
def test_a_consolidated_one_is_held_to_its_form_as_a_whole(access: Access, database: Database, form: str) -> None:
    """Each by itself it would have two numbers, and nobody would be told why."""
    terms = HEAD.format(form=form).replace("{least", "{document: consolidated, least") + FEE
    others = terms.replace(f"C-{form}", "C-2").replace("order: PO-1", "order: PO-1, contract: theirs")
    scene = told(Scene(access, database).declared(terms, others))
    assert scene.bills("2026-02-01").held == {}
    (whole,) = {invoice.name: invoice for invoice in scene.invoices()}.values()
    assert (whole.row.kind, len(whole.lines)) == ("consolidated", 2)
    assert original(scene, whole.name).report.errors == ()


@pytest.mark.long
@pytest.mark.parametrize(("terms", "code", "detail"), [
    pytest.param(WITHOUT_NIP, "seller-number-invalid", "has no valid NIP", id="KSeF knows sellers by their NIP"),
    pytest.param(IN_EURO, "currency-not-of-state", "EUR", id="a fapiao is in yuan"),
    pytest.param(HEAD.format(form="ksef") + FEE, "form-of-other-state", "", id="KSeF is of sellers in Poland"),
])  # fmt: skip
def test_what_a_state_could_not_clear_has_no_number(
    access: Access, database: Database, terms: str, code: str, detail: str
) -> None:
    """Numbered, it would have no original and could be sent to nobody."""
    scene = Scene(access, database).declared(terms)
    scene.delivers("2026-01-05 10 60")
    billed = scene.bills("2026-02-01")
    assert [(work.reason.code, detail in work.reason.detail) for work in billed.held_work] == [(code, True)]
    assert billed.invoices == []


@pytest.mark.long
@pytest.mark.parametrize(("form", "held"), [
    ("pdf", ["unprintable-sign"]), ("zugferd", ["unprintable-sign"]), ("ubl", []),
])  # fmt: skip
def test_a_name_that_no_font_has_is_held_where_the_original_is_a_pdf(
    access: Access, database: Database, form: str, held: list[str]
) -> None:
    """Where it is XML, the document goes out without a picture of it."""
    scene = told(
        Scene(access, database).declared(HEAD.format(form=form) + FEE.replace("name: fee", "name: Lüfter \U0001f600"))
    )
    billed = scene.bills("2026-02-01")
    codes = [work.reason.code for work in billed.held_work]
    assert (codes, len(billed.invoices)) == (held, 0 if held else 1)
    for key in billed.invoices:
        with database.transaction(scene.tenant) as session:
            delivered = DeliveredDocument(by_key(session, [key])[key])
            assert WaysSetUp().outgoing(session, delivered, on("2026-02-02")).pictures == ()
