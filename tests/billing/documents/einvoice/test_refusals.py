"""One field deleted from a faultless document: it is held before it has a number, by a rule and with the field."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing.documents.einvoice.held_to_rules import EInvoiceRefused, require_form
from billing.documents.einvoice.refusals import provisional_report, refusals_before_number, refusals_by_rules
from billing.documents.einvoice.rules.validation import BrokenRule, ValidationReport
from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentAllowance,
    DocumentAttachment,
    PaymentInstructions,
)
from billing.documents.model.business_line import BusinessLine
from billing.documents.model.business_party import BusinessParty, ContactPoint, Identifier, PostalAddress
from billing.tax.tax import TaxCategory
from contracts.cash_discount import CashDiscount
from contracts.invoicing import InvoiceForm
from tests.billing.documents.model.made import INVOICE, invoice

XR, XC, PE = InvoiceForm.XRECHNUNG, InvoiceForm.XRECHNUNG_CII, InvoiceForm.PEPPOL
Mutation = Callable[[BusinessDocument], BusinessDocument]


def seller(**changes: Any) -> Mutation:
    return lambda document: replace(document, seller=replace(document.seller, **changes))


def buyer(**changes: Any) -> Mutation:
    return lambda document: replace(document, buyer=replace(document.buyer, **changes))


def at(party: str, **changes: Any) -> Mutation:
    def mutate(document: BusinessDocument) -> BusinessDocument:
        whose: BusinessParty = getattr(document, party)
        moved: dict[str, Any] = {party: replace(whose, address=replace(whose.address, **changes))}
        return replace(document, **moved)

    return mutate


def contact(**changes: Any) -> Mutation:
    return lambda document: seller(contact=replace(document.seller.contact, **changes))(document)


def line(**changes: Any) -> Mutation:
    def mutate(document: BusinessDocument) -> BusinessDocument:
        first: BusinessLine = replace(document.lines[0], **changes)
        return replace(document, lines=(first, *document.lines[1:]))

    return mutate


def whole(**changes: Any) -> Mutation:
    return lambda document: replace(document, **changes)


def references(**changes: Any) -> Mutation:
    return lambda document: replace(document, references=replace(document.references, **changes))


def unnamed_reverse_charge(document: BusinessDocument) -> BusinessDocument:
    lines = tuple(replace(one, tax_category=TaxCategory.EXEMPT, tax_rate=Decimal(0)) for one in document.lines)
    tax = replace(document.taxes[0], category=TaxCategory.EXEMPT, rate=Decimal(0), tax=Decimal(0), reason="")
    totals = replace(document.totals, tax=Decimal(0), gross=document.totals.net, payable=document.totals.net)
    return replace(document, lines=lines, taxes=(tax,), totals=totals)


EMPTY_FILE = DocumentAttachment("", "Usage", file_name="u.csv", media_type="text/csv", content=b"a")
OTHER_FILE = DocumentAttachment("usage", "Usage", file_name="u.zip", media_type="application/zip", content=b"a")
NO_REASON = DocumentAllowance(
    is_charge=False, amount=Decimal(1), tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19), reason=""
)

#: What is deleted or spoiled, in which form, the rule that holds it, and the field that it is about.
MUTANTS = [
    ("no buyer reference", XR, references(buyer_reference=""), "BR-DE-15", "contract: invoicing.buyer_reference"),
    ("no buyer reference", XC, references(buyer_reference=""), "BR-DE-15", "contract: invoicing.buyer_reference"),
    ("neither reference", PE, references(buyer_reference="", order=""), "PEPPOL-EN16931-R003", "contract: invoicing.order"),
    ("neither, but ours", PE, references(buyer_reference="", order="", sales_order="S-1"), "PEPPOL-EN16931-R003", "contract: invoicing.order"),
    ("no contact", XR, seller(contact=ContactPoint()), "BR-DE-2", "seller: contact.name"),
    ("no contact's name", XR, contact(name=""), "BR-DE-5", "seller: contact.name"),
    ("no contact's phone", XR, contact(phone=""), "BR-DE-6", "seller: contact.phone"),
    ("no contact's mail", XC, contact(email=""), "BR-DE-7", "seller: contact.email"),
    ("no seller's city", XR, at("seller", city=""), "BR-DE-3", "seller: city"),
    ("no seller's post code", XC, at("seller", post_code=""), "BR-DE-4", "seller: post_code"),
    ("no buyer's city", XR, at("buyer", city=""), "BR-DE-8", "buyer: city"),
    ("no buyer's post code", XR, at("buyer", post_code=""), "BR-DE-9", "buyer: post_code"),
    ("no seller's country", PE, at("seller", country=""), "BR-09", "contract: supplier.country"),
    ("no buyer's country", PE, at("buyer", country=""), "BR-11", "contract: customer.country"),
    ("no seller's address", PE, seller(address=PostalAddress()), "BR-08", "seller: address"),
    ("no buyer's address", XR, buyer(address=PostalAddress()), "BR-10", "buyer: address"),
    ("no seller's name", PE, seller(name=""), "BR-06", "seller: full_name"),
    ("no buyer's name", XR, buyer(name=""), "BR-07", "buyer: full_name"),
    ("no seller's e-address", PE, seller(electronic=None), "PEPPOL-EN16931-R020", "seller: electronic"),
    ("no buyer's e-address", PE, buyer(electronic=None), "PEPPOL-EN16931-R010", "buyer: electronic"),
    ("no buyer's e-address", XR, buyer(electronic=None), "PEPPOL-EN16931-R010", "buyer: electronic"),
    ("an e-address by mail", PE, buyer(electronic=Identifier("a@b.example", "EM")), "PEPPOL-EN16931-CL008", "buyer: electronic"),
    ("no scheme of an e-address", PE, buyer(electronic=Identifier("DE1")), "BR-63", "buyer: electronic"),
    ("no seller's VAT id", XR, seller(vat_id="", tax_number=""), "BR-S-02", "contract: supplier.vat_id"),
    ("no VAT id's prefix", XR, seller(vat_id="136695976"), "BR-CO-09", "contract: supplier.vat_id"),
    ("no account", XR, whole(payment=PaymentInstructions("58", "RF1")), "BR-61", "seller: banks"),
    ("no mandate", PE, whole(payment=PaymentInstructions("59", "RF1")), "PEPPOL-EN16931-R061", "contract: payment"),
    ("no means of payment", XR, whole(payment=PaymentInstructions("", "RF1")), "BR-49", "contract: payment"),
    ("no unit's code", XR, line(unit_code=""), "BR-23", "contract: charges.rule.unit"),
    ("our unit in place of Rec 20", PE, line(unit_code="m3"), "BR-CL-23", "contract: charges.rule.unit"),
    ("no charge's name", XR, line(name=""), "BR-25", "contract: charges.name"),
    ("no rate", XR, line(tax_rate=None), "BR-S-05", "contract: taxation"),
    ("no reason of an exemption", XR, unnamed_reverse_charge, "BR-E-10", "contract: taxation"),
    ("a discount of 2.125 %", XR, whole(cash_discounts=(CashDiscount(days=14, percent=Decimal("2.125")),)), "BR-DE-18", "contract: cash_discount"),
    ("no reference of a file", XR, whole(attachments=(EMPTY_FILE,)), "BR-52", ""),
    ("a file of a kind that none takes", PE, whole(attachments=(OTHER_FILE,)), "BR-CL-24", ""),
    ("no reason of an allowance", PE, whole(allowances=(NO_REASON,)), "BR-33", ""),
]  # fmt: skip


@pytest.mark.parametrize(("form", "mutate", "rule", "field"), [
    pytest.param(form, mutate, rule, field, id=f"{form.value}: {name}") for name, form, mutate, rule, field in MUTANTS
])  # fmt: skip
def test_a_document_is_held_before_its_number_by_the_rule_with_the_field(
    form: InvoiceForm, mutate: Mutation, rule: str, field: str
) -> None:
    refusals = refusals_before_number(mutate(invoice(form=form)))
    assert rule in {refusal.rule for refusal in refusals}
    if field:
        assert field in {told for refusal in refusals for told in refusal.fields}


def test_of_thirty_mutants_and_more_none_is_a_faultless_document() -> None:
    assert len(MUTANTS) >= 30
    for form in (XR, XC, PE):
        assert refusals_before_number(invoice(form=form)) == ()


def test_a_draft_without_a_number_a_day_and_a_due_day_is_held_by_nothing_of_these() -> None:
    draft = replace(INVOICE, number="", issued_on=None, due_on=None, state="draft", payment_words="", cash_discounts=())
    assert refusals_before_number(draft) == ()


@pytest.mark.parametrize("form", [InvoiceForm.PDF, InvoiceForm.KSEF, InvoiceForm.FAPIAO])
def test_forms_that_are_none_of_the_norm_are_left_to_others(form: InvoiceForm) -> None:
    assert refusals_before_number(invoice(form=form, lines=())) == ()


def test_a_refusal_says_in_words_where_the_field_is_told() -> None:
    (refusal,) = refusals_before_number(references(buyer_reference="")(invoice(form=XR)))
    assert "BT-10 buyer reference, in the contract: invoicing.buyer_reference" in refusal.why


class TestWhatSomebodyCanMendComesFirst:
    """A breach of the schema names an element: it stands last, or not at all where a rule says the same."""

    @pytest.mark.parametrize(("form", "mutate", "rules"), [
        pytest.param(XC, at("seller", country=""), ["BR-09"], id="the schema's is folded"),
        pytest.param(XC, line(name=""), ["BR-25", "XSD"], id="the schema's names no field, and is last"),
        pytest.param(XR, whole(lines=()), ["BR-S-01", "BR-S-08", "BR-16", "BR-CO-10", "XSD"], id="rules with a field before rules without"),
    ])  # fmt: skip
    def test_of_a_document(self, form: InvoiceForm, mutate: Mutation, rules: list[str]) -> None:
        refusals = refusals_before_number(replace(mutate(INVOICE), form=form))

        assert [refusal.rule for refusal in refusals] == rules
        assert refusals[0].fields

    def test_the_reason_begins_with_it(self) -> None:
        without_name = replace(line(name="")(invoice()), form=XC)
        with pytest.raises(EInvoiceRefused) as refused:
            require_form(without_name)

        assert "BR-25 (BT-153" in str(refused.value)
        assert "in the contract: charges.name" in str(refused.value)
        assert "XSD" not in str(refused.value)
        assert refused.value.members["rules"] == ["BR-25", "XSD"]

    def test_a_report_has_the_same_order(self) -> None:
        report = provisional_report(replace(line(name="")(invoice()), form=XC))
        assert isinstance(report, ValidationReport)
        assert [broken.is_of_schema for broken in report.errors] == sorted(
            broken.is_of_schema for broken in report.errors
        )

    def test_a_schema_alone_is_said(self) -> None:
        of_schema = BrokenRule("XSD", (), (), (), "Element 'Foo': not expected", "/Invoice")
        assert [refusal.rule for refusal in refusals_by_rules(XR, (of_schema,))] == ["XSD"]
