"""The rules themselves: which releases, where they are, what replaces what is old or faulty, and who may run them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.profile import RuleSet, profile_on
from billing.documents.einvoice.rules.rule_engine import rule_engine
from billing.documents.einvoice.rules.rule_files import STYLESHEETS, RuleFile, RulesMissing, path_of
from billing.documents.einvoice.rules.validation import validate
from billing.documents.model.business_document import DocumentAttachment
from contracts.invoicing import InvoiceForm
from quantities.quantity import UNITS
from tests.billing.documents.model.made import INVOICE, invoice

DAY = date(2026, 4, 2)
#: What of a release stands in its file; Peppol's bears the day on which it was compiled alone.
IN_THE_FILE = {
    RuleSet.EN16931_UBL: "version 1.3.16",
    RuleSet.XRECHNUNG_UBL: "Schematron Version 2.6.0 - XRechnung 3.0.2",
    RuleSet.XRECHNUNG_CII: "Schematron Version 2.6.0 - XRechnung 3.0.2",
    RuleSet.PEPPOL_UBL: "2024-03-09",
    RuleSet.FACTURX: "Version: 1.09.2",
}


@pytest.mark.parametrize("rule_set", IN_THE_FILE)
def test_a_file_is_of_the_release_that_reports_name(rule_set: RuleSet) -> None:
    text = path_of(STYLESHEETS[rule_set]).read_text(encoding="utf-8")
    assert IN_THE_FILE[rule_set] in text


def test_rules_that_are_not_installed_are_a_refusal_with_the_package() -> None:
    with pytest.raises(RulesMissing) as refused:
        path_of(RuleFile("EN 16931", "not-here", "not_here", "rules.xsl"))
    assert refused.value.members["expected"] == "not-here"


def test_each_unit_that_contracts_count_in_has_a_code_of_recommendation_20() -> None:
    text = path_of(STYLESHEETS[RuleSet.EN16931_UBL]).read_text(encoding="utf-8")
    (codes,) = set(re.findall(r"' (10 11 13 14 [^']+)'", text))
    assert {unit.code for unit in UNITS} <= set(codes.split())


def test_threads_may_validate_at_once() -> None:
    forms = [InvoiceForm.UBL, InvoiceForm.CII, InvoiceForm.PEPPOL] * 4
    with ThreadPoolExecutor(6) as threads:
        reports = list(threads.map(lambda form: validate(write_xml(INVOICE, form), form, DAY), forms))
    assert all(report.is_clean for report in reports)


def test_what_a_faulty_rule_says_of_two_attachments_is_left_out() -> None:
    files = tuple(DocumentAttachment(name, name, address=f"https://example.org/{name}") for name in ("use", "proof"))
    xml = write_xml(invoice(attachments=files), InvoiceForm.CII)
    assert "CII-SR-475" in {failure.rule for failure in rule_engine().check(xml, (RuleSet.EN16931_CII,))}
    assert validate(xml, InvoiceForm.CII, DAY).is_clean


PEPPOL = write_xml(INVOICE, InvoiceForm.PEPPOL)
BILLING, OURS = profile_on(InvoiceForm.PEPPOL, INVOICE.period_to).ids, b"urn:cen.eu:en16931:2017"


@pytest.mark.parametrize(("spoil", "rule"), [
    pytest.param(lambda xml: xml.replace(BILLING.specification.encode(), OURS), "PEPPOL-EN16931-R004", id="BT-24 of the core"),
    pytest.param(lambda xml: xml.replace(b"billing:01:1.0<", b"billing:1<"), "PEPPOL-EN16931-R007", id="a process of another form"),
    pytest.param(lambda xml: re.sub(b"<cbc:ProfileID>.*?</cbc:ProfileID>", b"", xml), "PEPPOL-EN16931-R001", id="no process"),
    pytest.param(lambda xml: xml.replace(b">380<", b">389<"), "PEPPOL-EN16931-P0100", id="a type of self-billing"),
    pytest.param(lambda xml: xml.replace(b">380<", b">384<").replace(b">DE<", b">AT<", 1), "PEPPOL-EN16931-P0112", id="384 from abroad"),
    pytest.param(lambda xml: xml.replace(b'schemeID="9930"', b'schemeID="0037"', 1), "PEPPOL-EN16931-CL008", id="taken out in May 2026"),
    pytest.param(lambda xml: xml.replace(b'schemeID="9930"', b'schemeID="0096"', 1), "PEPPOL-COMMON-R052", id="a Danish P number"),
    pytest.param(lambda xml: xml.replace(b'schemeID="9930"', b'schemeID="0198"', 1), "PEPPOL-COMMON-R053", id="a Danish SE number"),
    pytest.param(lambda xml: xml.replace(b"+49 40 1234 0", b""), "PEPPOL-EN16931-R008", id="an empty element"),
    pytest.param(lambda xml: re.sub(b"<cac:Contact>.*?</cac:Contact>", b"", xml, flags=re.DOTALL), "DE-R-002", id="two Germans: a contact"),
    pytest.param(lambda xml: re.sub(b"<cbc:BuyerReference>.*?</cbc:BuyerReference>", b"", xml), "DE-R-015", id="two Germans: a buyer reference"),
    pytest.param(lambda xml: xml.replace(b">0.025<", b">0.026<"), "PEPPOL-EN16931-R120", id="quantity times price"),
    pytest.param(lambda xml: xml.replace(b"<cbc:StartDate>2026-03-01", b"<cbc:StartDate>2026-03-02", 1), "PEPPOL-EN16931-R110", id="before the period"),
])  # fmt: skip
def test_a_rule_of_peppol_holds_by_its_number(spoil: Callable[[bytes], bytes], rule: str) -> None:
    spoilt = spoil(PEPPOL)
    assert spoilt != PEPPOL
    assert rule in {broken.rule for broken in validate(spoilt, InvoiceForm.PEPPOL, DAY).errors}


def test_german_rules_of_peppol_are_for_two_germans_alone() -> None:
    abroad = replace(INVOICE, buyer=replace(INVOICE.buyer, address=replace(INVOICE.buyer.address, country="AT")))
    bare = replace(abroad, seller=replace(abroad.seller, contact=type(abroad.seller.contact)()))
    assert validate(write_xml(bare, InvoiceForm.PEPPOL), InvoiceForm.PEPPOL, DAY).is_clean


def test_a_cent_more_is_caught_in_each_form() -> None:
    for form, amount in ((InvoiceForm.UBL, b">486.27<"), (InvoiceForm.CII, b">486.27<")):
        spoilt = write_xml(INVOICE, form).replace(amount, b">486.28<", 1)
        assert {"BR-CO-15", "BR-CO-16"} & {broken.rule for broken in validate(spoilt, form, DAY).errors}
