"""What an invoice says is made of the issued invoice alone, and is the same for ever."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlmodel import select

from api.operations.invoices import business_document_of
from api.operations.payees import payee_business_document_of
from api.server.database import Access, Database
from billing.documents.model.at_address import at_address
from billing.documents.model.business_document import (
    BusinessDocument,
    CorrectionOfDocument,
    PrecedingDocument,
    TaxInOtherCurrency,
)
from billing.documents.model.business_line import BoundaryRead
from billing.documents.model.load import business_document
from billing.invoices import store
from billing.tables import PayeeDocumentRow
from billing.tax.tax import TaxCategory
from contracts.tables import PartyRow
from metering.deliveries.receipt import Sender
from metering.deliveries.store import exchange
from tests.billing.credits.giving import gives
from tests.billing.documents.model.sound import faults, faults_against
from tests.billing.invoices.consolidating import ENERGY, together
from tests.billing.invoices.test_prepayments import HEAT, paid
from tests.billing.invoices.test_prepayments import terms as prepaid_terms
from tests.billing.payees.test_owners_names import terms as owners_terms
from tests.billing.payees.test_payee_documents import terms as shared_terms
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.tax.test_declared_currency import RATES, STATED, publishes
from tests.build import acts

HOURS = CONTRACT + '  - {name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "2"}}\n'
JANUARY = "2026-01-05 10 60\n2026-01-05 11 60"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def models(scene: Scene) -> dict[str, BusinessDocument]:
    """What each document says, by its number; all that must hold of any document holds of each."""
    with scene.database.transaction(scene.tenant) as session:
        stored = store.billed(session, store.ids_of(session))
        made = [business_document(session, one) for one in stored]
    for model, one in zip(made, stored, strict=True):
        assert [*faults_against(model, one)] == [], model.number
    return {model.number: model for model in made}


def numbers(*figures: int | str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, figures))


def replaces_meter(scene: Scene, at: datetime, closing: str, opening: str, serial: str | None) -> None:
    with scene.database.transaction(scene.tenant) as session:
        sender = Sender("form", acts(session, "jonas"), on("2026-01-20"), "worn out")
        exchange(session, sender, "hours", at, Decimal(closing), Decimal(opening), serial)


class TestAnIssuedInvoice:
    def test_says_the_same_after_a_late_reading(self, scene: Scene) -> None:
        """Of an interval, and of the counter's opening read: both are corrected by February's."""
        scene.declared(HOURS)
        scene.delivers(JANUARY)
        scene.delivers("2026-01-01 00 100\n2026-01-20 10 150", register="hours")
        scene.bills("2026-02-01")
        before = models(scene)["2026-000001"]
        scene.delivers("2026-01-05 10 70\n2026-01-05 12 5", reason="meter test")
        scene.delivers("2026-01-01 00 90\n2026-01-31 23 160", register="hours", reason="read again")
        assert models(scene)["2026-000001"] == before
        scene.delivers("2026-02-05 10 1")
        scene.delivers("2026-02-20 10 170", register="hours")
        scene.bills("2026-03-01")
        assert models(scene)["2026-000001"] == before
        (hours,) = (line for line in models(scene)["2026-000002"].lines if line.corrects and line.name == "hours")
        assert (hours.corrects, hours.reads[0].opening, hours.reads[0].closing) == (
            "2026-000001",
            BoundaryRead(datetime(2025, 12, 31, 23, tzinfo=UTC), Decimal(90)),
            BoundaryRead(datetime(2026, 1, 31, 22, tzinfo=UTC), Decimal(160)),
        )

    def test_is_what_its_draft_said_but_for_number_and_days(self, scene: Scene) -> None:
        scene.declared(HOURS)
        scene.delivers(JANUARY)
        scene.delivers("2026-01-01 00 100\n2026-01-20 10 150", register="hours")
        (draft,) = scene.looks("2026-02-01").drafts
        with scene.database.transaction(scene.tenant) as session:
            looked = business_document_of(session, draft.name, on("2026-02-01"))
        assert [*faults(looked)] == []
        assert (looked.number, looked.issued_on, looked.due_on, looked.state) == (draft.name, None, None, "draft")
        assert looked.payment.reference == ""
        scene.bills("2026-02-01")
        issued = models(scene)["2026-000001"]
        assert issued.payment_words == "Payable by 3 Mar 2026 without deduction."
        named = {
            "number",
            "issued_on",
            "due_on",
            "state",
            "payment",
            "payment_words",
            "lines",
            "attachments",
            "proof_address",
            "proof_command",
        }
        same = {name: getattr(issued, name) for name in named}
        assert replace(looked, **same) == issued
        addresses = {line.proof_address for line in issued.lines}
        assert [replace(line, proof_address="", proof_command="") for line in looked.lines] == [
            replace(line, proof_address="", proof_command="") for line in issued.lines
        ]
        assert addresses == {f"/v1/invoices/2026-000001/lines/{pos}/explanation" for pos in range(1, 5)}

    def test_says_the_same_to_its_customer(self, scene: Scene) -> None:
        """Who sees no reading of the days before its contract, as the opening read is."""
        scene.declared(HOURS)
        scene.delivers(JANUARY)
        scene.delivers("2025-12-31 10 100\n2026-01-20 10 150", register="hours")
        scene.bills("2026-02-01")
        with scene.database.transaction(scene.tenant) as session:
            customer = session.exec(select(PartyRow.id).where(PartyRow.name == "Blechwerke")).one()
        with scene.database.transaction(scene.tenant, customer) as session:
            seen = business_document_of(session, "2026-000001", on("2026-02-02"), as_customer=True)
        assert seen == at_address(models(scene)["2026-000001"], "")
        assert seen.lines[-1].reads[0].opening == BoundaryRead(datetime(2025, 12, 31, 9, tzinfo=UTC), Decimal(100))

    @pytest.mark.long
    def test_that_is_void_says_so_and_nothing_else_anew(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        before = models(scene)["2026-000001"]
        with scene.database.transaction(scene.tenant) as session:
            (stored,) = store.billed(session, store.ids_of(session))
            session.expunge(stored.row)
            stored.row.voided_on = date(2026, 2, 3)
            void = business_document(session, stored)
        assert void == replace(before, state="void", voided_on=date(2026, 2, 3))


class TestReadsOfACounter:
    def test_open_and_close_with_an_exchange_in_between(self, scene: Scene) -> None:
        """(115 − 100) + (35 − 5) = 45 hours at 2."""
        scene.declared(HOURS)
        scene.delivers("2026-01-01 00 100", register="hours")
        replaces_meter(scene, datetime(2026, 1, 10, 11, 30, tzinfo=UTC), "115", "5", "SN-2")
        scene.delivers("2026-01-31 10 35", register="hours")
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        (line,) = (line for line in models(scene)["2026-000001"].lines if line.name == "hours")
        (reads,) = line.reads
        assert reads.opening is not None
        assert reads.closing is not None
        assert (reads.opening.value, reads.closing.value, reads.quantity, line.net) == numbers(100, 35, 45, 90)
        (what_happened,) = reads.exchanges
        assert what_happened.replace("\u202f", " ") == (
            "10 Jan 2026 12:30: exchanged, the old one at 115, the new one at 5"
        )
        assert {"Meter", "Opening read", "Closing read", "Exchange, reset or rollover"} <= {
            one.name for one in line.attributes
        }

    @pytest.mark.parametrize(("serial", "reads", "words"), [
        pytest.param(None, ("100", "115", "5", "35"), "reset from 115 to 5", id="reset", marks=pytest.mark.long),
        pytest.param("", ("9990", "", "", "35"), "rolled over at 10,000", id="rolled over"),
    ])  # fmt: skip
    def test_a_reset_and_a_rollover(
        self, scene: Scene, serial: str | None, reads: tuple[str, str, str, str], words: str
    ) -> None:
        scene.declared(HOURS)
        first, before, after, last = reads
        scene.delivers(f"2026-01-01 00 {first}", register="hours")
        if before:
            replaces_meter(scene, datetime(2026, 1, 10, 11, 30, tzinfo=UTC), before, after, serial)
        scene.delivers(f"2026-01-31 10 {last}", register="hours")
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        (line,) = (line for line in models(scene)["2026-000001"].lines if line.name == "hours")
        (what_happened,) = line.reads[0].exchanges
        assert what_happened.endswith(words)
        assert line.quantity == 45

    def test_between_two_reads_are_estimated(self, scene: Scene) -> None:
        """100 a day before January and 131 at its end's first read: on the straight line 101 and 130 … at the edges."""
        interpolated = HOURS.replace('least_coverage: "0"', 'least_coverage: "0", edges: interpolated')
        scene.declared(interpolated)
        scene.delivers("2025-12-31 00 100\n2026-01-11 00 111\n2026-02-02 00 133", register="hours")
        scene.delivers("\n".join(f"2026-01-{day:02d} 10 1" for day in range(1, 32)))
        scene.bills("2026-02-03")
        (line,) = (line for line in models(scene)["2026-000001"].lines if line.name == "hours")
        assert line.quantity == 31
        assert (line.reads[0].opening, line.reads[0].closing) == (
            BoundaryRead(datetime(2025, 12, 31, 23, tzinfo=UTC), Decimal(101), estimated=True),
            BoundaryRead(datetime(2026, 1, 31, 23, tzinfo=UTC), Decimal(132), estimated=True),
        )
        opening = next(one.value for one in line.attributes if one.name == "Opening read")
        assert opening.endswith(", estimated)")


class TestCorrections:
    def test_are_grouped_by_the_document_with_a_subtotal_and_one_sentence_why(self, scene: Scene) -> None:
        """60 + 60 become 60 + 10 kWh: 20 at 0.20 and 30 at 0.50 less."""
        scene.declared(CONTRACT)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-02-05 10 10")
        scene.delivers("2026-01-05 11 10", by="jonas", reason="meter test")
        scene.bills("2026-03-01")
        february = models(scene)["2026-000002"]
        assert february.corrections == (
            CorrectionOfDocument(
                "2026-000001", date(2026, 2, 1), (3, 4), Decimal("-19.00"),
                "Readings were delivered later or corrected on 10 Mar 2026 (delivery 3): meter test",
            ),
        )  # fmt: skip
        assert february.preceding == (PrecedingDocument("2026-000001", date(2026, 2, 1)),)
        assert (february.period_from, february.billed_from, february.period_to) == (
            date(2026, 1, 1),
            date(2026, 2, 1),
            date(2026, 2, 28),
        )
        back = february.lines[3]
        assert (back.quantity, back.unit_price, back.billed, back.owed) == numbers(-20, "0.20", 4, 0)
        assert back.note == "Corrects 2026-000001 of 1 Feb 2026"
        assert "jonas" not in str(february)

    @pytest.mark.long
    def test_by_hand_name_their_reason_and_the_line_that_they_give_back(self, scene: Scene) -> None:
        scene.declared(HOURS)
        scene.delivers(JANUARY)
        scene.delivers("2026-01-01 00 100\n2026-01-20 10 150", register="hours")
        scene.bills("2026-02-01")
        (number,) = gives(scene, "2026-000001", {"line": 4, "quantity": "10"})
        credit = models(scene)[number]
        assert (credit.document_type.value, credit.totals.payable) == ("381", Decimal("-23.80"))
        assert [note.text for note in credit.notes] == ["late"] == [one.why for one in credit.corrections]
        assert credit.payment_words == "The amount is set off against what is open, or paid back."
        (line,) = credit.lines
        assert (line.quantity, line.unit_price) == numbers(-10, 2)
        assert line.note == "Gives back of line 4 of 2026-000001"


class TestKinds:
    def test_a_consolidated_one_numbers_its_lines_over_all_contracts(self, scene: Scene) -> None:
        scene.declared(together("A"), together("B", charges=ENERGY))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        (model,) = models(scene).values()
        assert [(line.pos, line.contract, line.name) for line in model.lines] == [
            (1, "A", "fee"), (2, "B", "fee"), (3, "B", "energy"),
        ]  # fmt: skip
        assert [(part.contract, part.lines, part.net) for part in model.parts] == [
            ("A", (1,), Decimal("33.33")), ("B", (2, 3), Decimal("83.33")),
        ]  # fmt: skip
        assert model.references.contract == ""

    def test_a_final_invoice_names_what_it_draws_on(self, scene: Scene) -> None:
        scene.declared(prepaid_terms(HEAT, paid("6000")))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 30000")
        scene.bills("2026-02-01")
        claim, final = models(scene).values()
        assert (claim.document_type.value, final.document_type.value) == ("386", "380")
        assert final.preceding == (PrecedingDocument(claim.number, claim.issued_on, is_prepayment=True),)
        drawn = final.lines[-1]
        assert (drawn.quantity, drawn.unit_price, drawn.net) == numbers(-1, 6000, -6000)
        assert drawn.nature == "prepayment"
        assert drawn.description == "set against heat: nothing of 6,000 is left"
        assert (final.totals.paid, final.totals.payable) == numbers(0, "28560.00")

    @pytest.mark.long
    def test_an_owners_document_is_the_owners_made_out_by_the_supplier(self, scene: Scene) -> None:
        scene.declared(owners_terms())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        with scene.database.transaction(scene.tenant) as session:
            stored = store.billed(session, store.ids_of(session))
            made = [business_document(session, one) for one in stored]
        assert [(model.seller.name, model.made_out_by) for model in made] == [
            ("Nordluft", ""), ("Alpha", "Nordluft"), ("Beta", "Nordluft"),
        ]  # fmt: skip
        assert [fault for model, one in zip(made, stored, strict=True) for fault in faults_against(model, one)] == []

    @pytest.mark.long
    def test_a_payees_document_is_of_its_own_row_alone(self, scene: Scene) -> None:
        scene.declared(shared_terms())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 50\n2026-02-05 10 10")
        scene.bills("2026-03-01")
        with scene.database.transaction(scene.tenant) as session:
            rows = session.exec(select(PayeeDocumentRow).order_by(PayeeDocumentRow.id)).all()  # type: ignore[arg-type]
            first, second = (payee_business_document_of(session, row.number, row.content.seller.name) for row in rows)
        assert [*faults(first), *faults(second)] == []
        assert (first.document_type.value, first.seller.name, first.made_out_by) == ("389", "factory", "Nordluft")
        assert [note.text for note in first.notes] == ["Written by the customer under the agreement A-1"]
        assert second.document_type.value == "261"
        assert [(line.quantity, line.unit_price) for line in second.lines] == [numbers(1, 9), numbers(-1, 45)]
        assert [line.corrects for line in second.lines] == ["", first.number]
        assert second.preceding == (PrecedingDocument(first.number, first.issued_on),)
        assert second.lines[1].why == ("The customer's document was corrected by 2026-000002",)

    @pytest.mark.parametrize(("terms", "category", "reason", "code"), [
        pytest.param(
            CONTRACT.replace("supplier: {name: Nordluft, country: DE}", "supplier: {name: Nordluft, country: AT, vat_id: ATU99999999}")
            .replace("customer: {name: Blechwerke, country: DE}", "customer: {name: Blechwerke, country: DE, vat_id: DE129273398}"),
            TaxCategory.REVERSE_CHARGE, "Reverse charge", "VATEX-EU-AE", id="reverse charge",
        ),
        pytest.param(
            CONTRACT.replace("charges:", "tax: {treatment: exempt, evidence: [{reference: X-1, first: 2025-01-01}]}\ncharges:"),
            TaxCategory.EXEMPT, "Exempt, Art. 132 of Directive 2006/112/EC", "VATEX-EU-132", id="exempt", marks=pytest.mark.long,
        ),
    ])  # fmt: skip
    def test_what_is_not_taxed_says_why(
        self, scene: Scene, terms: str, category: TaxCategory, reason: str, code: str
    ) -> None:
        scene.declared(terms)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        (model,) = models(scene).values()
        ((tax),) = model.taxes
        assert (tax.category, tax.reason, tax.reason_code, tax.tax) == (category, reason, code, Decimal(0))

    @pytest.mark.long
    def test_yen_have_no_decimals(self, scene: Scene) -> None:
        scene.declared(CONTRACT.replace("currency: EUR", "currency: JPY").replace('"100.00"', '"100"'))
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        (model,) = models(scene).values()
        assert [str(line.net) for line in model.lines] == ["100", "50", "4"]
        assert (model.totals.gross, model.payment.means) == (Decimal(183), "1")

    @pytest.mark.long
    def test_tax_in_the_currency_of_the_state_and_what_is_withheld(self, scene: Scene) -> None:
        """20.90 dollars of VAT at 1.25 a euro; and 10 % of 110.00 are withheld."""
        scene.declared()
        publishes(scene, RATES, "2026-02-01")
        law = "withholding: [{percent: '10', law: Law on Corporate Tax, first: 2026-01-01}]"
        scene.amends(STATED.replace("tax: {", f"tax: {{{law}, "), "2026-01-02")
        scene.delivers("2026-01-05 10 20")
        scene.bills("2026-02-02")
        (model,) = models(scene).values()
        assert model.tax_elsewhere == TaxInOtherCurrency(
            "EUR", Decimal("16.72"), (("2026-01", "USD per EUR", Decimal("1.25"), True),)
        )
        assert (model.totals.withheld, model.totals.payable) == numbers("11.00", "119.90")
        assert model.lines[0].note == "10 % of it are withheld: Law on Corporate Tax"


@pytest.mark.long
def test_five_hundred_lines_take_less_than_a_second(scene: Scene) -> None:
    """Each of a counter's use, with its reads: a few statements for all of them."""
    charges = "".join(
        f'  - {{name: hours {number}, register: hours, rule: {{kind: per_unit, unit: machine_hour, unit_price: "{number}"}}}}\n'
        for number in range(1, 501)
    )
    scene.declared(CONTRACT.split("  - {name: fee")[0] + charges)
    scene.delivers("2026-01-01 00 100\n2026-01-20 10 150", register="hours")
    scene.bills("2026-02-01")
    with scene.database.transaction(scene.tenant) as session:
        (stored,) = store.billed(session, store.ids_of(session))
        business_document(session, stored)
        before = datetime.now(UTC)
        model = business_document(session, stored)
        took = datetime.now(UTC) - before
    assert len(model.lines) == 500
    assert [*faults_against(model, stored)] == []
    assert took.total_seconds() < 1
