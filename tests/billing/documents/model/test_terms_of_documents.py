"""What a customer asked for, and what profiles say, stands on the document: references, parties, accounts, codes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session

from api.server.database import Access, Database
from billing.documents.model.business_document import BusinessDocument, DocumentReferences, PaymentInstructions
from billing.documents.model.business_line import Classification, IndexedPrice, ItemAttribute
from billing.documents.model.business_party import (
    BankAccount,
    BusinessParty,
    ContactPoint,
    Identifier,
    PostalAddress,
)
from billing.documents.model.load import business_document
from billing.documents.model.of_party import party_in_document
from billing.documents.model.reasons import one_sentence, reason_in_words
from billing.documents.words.words import words_in
from billing.invoices import store
from billing.invoices.store import StoredInvoice
from billing.records.changes import BatchChange, Change, DisputeChange, FactChange, IndexChange, VersionChange
from billing.records.invoicing import InvoicingRecord
from billing.tables import InvoiceRow
from contracts.invoicing import InvoicingTerms, Language
from contracts.parties import Party
from contracts.party_profile import (
    ElectronicAddress,
    PartyBank,
    PartyContact,
    PartyProfile,
    RegisterNumber,
)
from tests.billing.documents.model.sound import faults_against
from tests.billing.invoices.consolidating import together
from tests.billing.rating.test_moves_within_a_period import QUARTER, READINGS, published
from tests.billing.scene import CONTRACT, Scene

WORDS = words_in(Language.ENGLISH)
IBAN = "DE89 3704 0044 0532 0130 00"
SELLER = PartyProfile(
    party="Nordluft",
    in_force_from=date(2026, 1, 1),
    full_name="Nordluft Anlagen GmbH",
    trading_name="Nordluft",
    address=("Werftstraße 12",),
    post_code="20457",
    city="Hamburg",
    register_number=RegisterNumber(value="HRB 4711"),
    register_note="Amtsgericht Hamburg",
    tax_number="27/123/01234",
    electronic=ElectronicAddress(scheme="9930", value="DE136695976"),
    contact=PartyContact(name="Rechnungsstelle", email="rechnung@nordluft.example"),
    banks=(PartyBank(account=IBAN, bic="COBADEFFXXX"), PartyBank(currency="JPY", account="0012345")),
)
BUYER = PartyProfile(party="Blechwerke", in_force_from=date(2026, 1, 1), customer_number="K-17", city="Augsburg")
TERMS = InvoicingTerms(
    buyer_reference="04011000-12345-03", order="PO-4711", order_lines={"energy": "20"}, contract="RV-22",
    project="P-9", cost_centre="4711", item_numbers={"energy": "AIR-1"},
)  # fmt: skip


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def made_out(session: Session, stored: StoredInvoice, record: InvoicingRecord) -> StoredInvoice:
    """The same document as if it had been made out so, on a row of its own that nobody stores."""
    fields = {name: getattr(stored.row, name) for name in InvoiceRow.model_fields}
    fields["inputs"] = stored.row.inputs.model_copy(update={"invoicing": record})
    return replace(stored, row=InvoiceRow(**fields))


def says(scene: Scene, *records: InvoicingRecord) -> list[BusinessDocument]:
    """What the only document says when it is made out so; of a consolidated one, a record for each contract."""
    with scene.database.transaction(scene.tenant) as session:
        (stored,) = store.billed(session, store.ids_of(session))
        members = tuple(
            made_out(session, member, record) for member, record in zip(stored.members, records, strict=False)
        )
        document = replace(made_out(session, stored, records[0]), members=members)
        model = business_document(session, document)
        assert [*faults_against(model, document)] == []
    return [model]


def test_references_parties_and_accounts(scene: Scene) -> None:
    terms = CONTRACT.replace("country: DE}", "country: DE, vat_id: DE136695976}", 1)
    scene.declared(
        terms.replace("register: kwh\n", "register: kwh\n    dimensions: {cost centre: '4711', press: north}\n")
    )
    scene.delivers("2026-01-05 10 60")
    scene.bills("2026-02-01")
    (model,) = says(scene, InvoicingRecord(terms=TERMS, seller=SELLER, buyer=BUYER))
    assert model.references == DocumentReferences(
        buyer_reference="04011000-12345-03", project="P-9", contract="RV-22", order="PO-4711", cost_centre="4711"
    )
    assert model.seller == BusinessParty(
        name="Nordluft Anlagen GmbH",
        address=PostalAddress(lines=("Werftstraße 12",), city="Hamburg", post_code="20457", country="DE"),
        trading_name="Nordluft",
        registration=Identifier("HRB 4711"),
        register_note="Amtsgericht Hamburg",
        vat_id="DE136695976",
        tax_number="27/123/01234",
        electronic=Identifier("DE136695976", "9930"),
        contact=ContactPoint("Rechnungsstelle", "", "rechnung@nordluft.example"),
    )
    assert model.buyer.identifiers == (Identifier("K-17"),)
    assert model.payment == PaymentInstructions(
        "58", "RF422026000001", (BankAccount("DE89370400440532013000", "Nordluft Anlagen GmbH", "COBADEFFXXX"),)
    )
    fee, energy = model.lines
    assert (fee.order_line, fee.buyer_item, fee.cost_centre) == ("", "", "")
    assert (energy.order_line, energy.buyer_item, energy.cost_centre) == ("20", "AIR-1", "4711")
    assert ItemAttribute("press", "north") in energy.attributes
    assert [one for one in energy.attributes if "cost" in one.name] == []


@pytest.mark.long
def test_of_several_contracts_it_refers_to_what_all_of_them_do(scene: Scene) -> None:
    scene.declared(together("A"), together("B"))
    scene.bills("2026-02-01")
    other = TERMS.model_copy(update={"order": "PO-4712", "order_lines": {"fee": "7"}, "contract": "RV-23"})
    (model,) = says(scene, InvoicingRecord(terms=TERMS), InvoicingRecord(terms=other))
    assert (model.references.buyer_reference, model.references.order, model.references.contract) == (
        "04011000-12345-03", "", "",
    )  # fmt: skip
    assert [line.order_line for line in model.lines] == ["", "7"]


@pytest.mark.long
def test_yen_are_paid_to_the_account_for_yen(scene: Scene) -> None:
    scene.declared(CONTRACT.replace("currency: EUR", "currency: JPY").replace('"100.00"', '"100"'))
    scene.delivers("2026-01-05 10 60")
    scene.bills("2026-02-01")
    (model,) = says(scene, InvoicingRecord(terms=InvoicingTerms(), seller=SELLER))
    assert (model.payment.means, [account.account for account in model.payment.accounts]) == ("30", ["0012345"])


@pytest.mark.parametrize(("party", "vat_id", "tax_number"), [
    pytest.param(Party(name="A", country="DE", vat_id="DE136695976"), "DE136695976", "", id="Germany"),
    pytest.param(Party(name="A", country="GR", vat_id="EL094259216"), "EL094259216", "", id="Greece: EL"),
    pytest.param(Party(name="A", country="CN", vat_id="91310000607369680G"), "", "91310000607369680G", id="China: no VAT id"),
    pytest.param(Party(name="A", country="US"), "", "", id="none"),
])  # fmt: skip
def test_a_number_without_the_prefix_of_a_country_is_a_tax_number(party: Party, vat_id: str, tax_number: str) -> None:
    """BR-CO-9."""
    said = party_in_document(party, None)
    assert (said.vat_id, said.tax_number) == (vat_id, tax_number)


def test_a_chinese_sellers_code_is_a_classification_and_a_german_ones_is_none(scene: Scene) -> None:
    coded = CONTRACT.replace("- {name: fee,", "- {name: fee, tax_code: '3040502020000000000', tax: {rate: services},")
    chinese = coded.replace("country: DE", "country: CN").replace("currency: EUR", "currency: CNY").replace(
        "register: kwh", "register: kwh\n    tax: {rate: standard}"
    )  # fmt: skip
    scene.declared(chinese)
    scene.delivers("2026-01-05 10 60")
    scene.bills("2026-02-01")
    (model,) = says(scene, InvoicingRecord(terms=InvoicingTerms()))
    assert model.lines[0].classifications == (Classification("3040502020000000000", "ZZZ"),)
    assert model.lines[1].classifications == ()


def test_an_indexed_price_shows_the_agreed_one_and_the_values_of_then_and_now(scene: Scene) -> None:
    """15 at 1 and the rest at 0.50, by an index of 100 that is 110 in February and 120 in March."""
    published(scene, "110")
    scene.declared(QUARTER)
    scene.delivers(READINGS)
    scene.bills("2026-04-02")
    with scene.database.transaction(scene.tenant) as session:
        (stored,) = store.billed(session, store.ids_of(session))
        model = business_document(session, stored)
    below, above = [line for line in model.lines if line.name == "energy" and line.service_from == date(2026, 2, 1)]
    for line, base in ((below, Decimal(1)), (above, Decimal("0.50"))):
        assert line.index == IndexedPrice(
            base, Decimal("1.1"), "2026-01-01: CPI 100 of 2026-01 → 1; 2026-02-01: CPI 110 of 2026-02 → 1.1",
            (("CPI", "", Decimal(100), False), ("CPI", "2026-02", Decimal(110), True)),
        )  # fmt: skip
        assert line.unit_price == base * Decimal("1.1")
    (fee,) = (line for line in model.lines if line.name == "fee" and line.service_from == date(2026, 3, 1))
    assert fee.index is not None
    assert (fee.index.base_price, fee.index.factor, fee.index.values) == (Decimal(900), Decimal("1.1"), ())


@pytest.mark.parametrize(("change", "words"), [
    pytest.param(
        BatchChange(batch=7, kind="import", source="a.csv", recorded_by="anna", recorded_at="2026-03-31T23:30:00+00:00", reason="drifted"),
        "Readings were delivered later or corrected on 1 Apr 2026 (delivery 7): drifted", id="readings, on the local day",
    ),
    pytest.param(
        VersionChange(version=2, recorded_by="anna", recorded_at="2026-03-01T10:00:00+00:00"),
        "The contract was amended (version 2)", id="a version",
    ),
    pytest.param(
        IndexChange(index="CPI", month="2026-03", was="110", now="111", recorded_by="anna", recorded_at="", reason="final"),
        "The index CPI of 2026-03 is 111 instead of 110", id="an index value",
    ),
    pytest.param(
        IndexChange(index="CPI", month="2026-03", was=None, now="111", recorded_by="anna", recorded_at="", reason="final"),
        "The index CPI of 2026-03 is 111", id="one that was missing",
    ),
    pytest.param(
        DisputeChange(dispute=3, outcome="waived", recorded_by="anna", recorded_at="", reason="idle"),
        "Dispute 3 is settled: it is waived: idle", id="a dispute",
    ),
    pytest.param(
        FactChange(fact="tax", about="DE", was='{"tax": "S 19"}', now='{"tax": "S 16"}'),
        "The tax is S 16 instead of S 19", id="a tax",
    ),
    pytest.param(FactChange(fact="links", about="CPI", was="a", now="b"), "links CPI is b instead of a", id="any other fact"),
])  # fmt: skip
def test_why_something_is_corrected_names_no_person(change: Change, words: str) -> None:
    said = reason_in_words(change, WORDS, "Europe/Berlin")
    assert said == words
    assert "anna" not in said


def test_many_reasons_are_one_sentence() -> None:
    assert one_sentence(["a", "b", "a"], WORDS) == "a; b"
    assert one_sentence(["a", "b", "c", "d", "e"], WORDS) == "a; b; c; and 2 more"
