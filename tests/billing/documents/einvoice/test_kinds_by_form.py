"""What becomes of each kind of document in each form, as the table has it: allowed and mapped without a fault."""

from dataclasses import replace
from datetime import date
from itertools import cycle

import pytest
from lxml import etree

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.profile import (
    KindVerdict,
    RuleSet,
    Syntax,
    cell_of,
    e_invoice_table,
    faulty_rules,
    profile_on,
)
from billing.documents.einvoice.refusals import refusal_of
from billing.documents.einvoice.rules.rule_engine import rule_engine
from billing.documents.einvoice.rules.validation import validate
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_type import DocumentType
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from tests.billing.documents.einvoice.made_kinds import ALLOWED, REFUSED
from tests.billing.documents.einvoice.norm_sums import broken_formulas, sums_of
from tests.billing.documents.einvoice.reading import totals_of_cii, totals_of_ubl

DAY = date(2026, 4, 2)
CREDITS = ("381", "261")


def faultless(document: BusinessDocument, form: InvoiceForm) -> bytes:
    """Write a document, and see that no rule has anything to say of it and that its totals are those of the document."""
    assert refusal_of(document, form) is None
    xml = write_xml(document, form)
    report = validate(xml, form, DAY)
    assert [str(broken) for broken in (*report.errors, *report.warnings)] == []
    if form is InvoiceForm.ZUGFERD:  # not run on each document that is sent (decision 93): here it would be noticed
        broken = rule_engine().check(xml, (RuleSet.FACTURX,))
        assert [failure for failure in broken if failure.rule not in faulty_rules()] == []
    assert list(broken_formulas(sums_of(xml))) == []
    of_ubl = profile_on(form, DAY).syntax is Syntax.UBL
    read = totals_of_ubl(xml) if of_ubl else totals_of_cii(xml)
    sign = -1 if type_in(xml) in CREDITS else 1
    totals = document.totals
    due = totals.gross - totals.paid + totals.rounding
    told = {
        "lines": totals.lines,
        "net": totals.net,
        "tax": totals.tax,
        "gross": totals.gross,
        "payable": due,
        "sum": totals.lines,
    }
    assert {name: sign * amount for name, amount in read.items()} == told
    return xml


def type_in(xml: bytes) -> str:
    root = etree.fromstring(xml)
    names = ("InvoiceTypeCode", "CreditNoteTypeCode")
    of_ubl = [node.text for node in root if etree.QName(node).localname in names]
    return str(of_ubl[0] if of_ubl else root.findtext("{*}ExchangedDocument/{*}TypeCode"))


KINDS = {kind: next(name for name, made in ALLOWED.items() if made.document_type is kind) for kind in DocumentType}
#: What else may stand on a document, each in one form of the six, in turn; all in all forms is long.
LARGE = "500 lines"
OTHERS = [name for name in ALLOWED if name not in KINDS.values() and name != LARGE]
IN_TURN = [*zip(OTHERS, cycle(E_INVOICE_FORMS), strict=False), (LARGE, InvoiceForm.XRECHNUNG)]


@pytest.mark.parametrize("form", E_INVOICE_FORMS)
@pytest.mark.parametrize("kind", DocumentType)
def test_no_rule_has_anything_to_say_of_any_cell_that_the_table_allows(kind: DocumentType, form: InvoiceForm) -> None:
    faultless(ALLOWED[KINDS[kind]], form)


@pytest.mark.parametrize(("name", "form"), IN_TURN)
def test_nor_of_what_a_document_may_bear(name: str, form: InvoiceForm) -> None:
    faultless(ALLOWED[name], form)


def test_the_period_covers_the_days_of_what_a_line_corrects_which_peppol_and_xrechnung_ask() -> None:
    for form in (InvoiceForm.PEPPOL, InvoiceForm.XRECHNUNG):
        faultless(ALLOWED["remainder after a prepayment"], form)


@pytest.mark.long
@pytest.mark.parametrize("form", E_INVOICE_FORMS)
@pytest.mark.parametrize("name", ALLOWED)
def test_in_any_form(name: str, form: InvoiceForm) -> None:
    faultless(ALLOWED[name], form)


@pytest.mark.parametrize("form", E_INVOICE_FORMS)
@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_form_is_refused_by_its_rule_which_the_rules_confirm(name: str, form: InvoiceForm) -> None:
    document, rule = REFUSED[name]
    refused = refusal_of(document, form)
    assert refused is not None
    assert (refused.rule, refused.why.partition(":")[0]) == (rule, rule)  # whoever reads why it waits reads the number
    assert rule in {broken.rule for broken in validate(write_xml(document, form), form, DAY).errors}


@pytest.mark.parametrize("kind", DocumentType)
@pytest.mark.parametrize("form", E_INVOICE_FORMS)
def test_the_table_has_a_cell_for_each_kind_and_form_and_the_type_that_is_written(
    kind: DocumentType, form: InvoiceForm
) -> None:
    cell = cell_of(kind, form)
    document = next(made for made in ALLOWED.values() if made.document_type is kind)
    assert type_in(write_xml(document, form)) == (cell.as_type or kind).value
    assert bool(cell.rule and cell.why) or cell.verdict is KindVerdict.ALLOWED


@pytest.mark.parametrize(("kind", "form"), [
    (kind, form) for kind in DocumentType for form in E_INVOICE_FORMS if cell_of(kind, form).verdict is KindVerdict.MAPPED
])  # fmt: skip
def test_a_kind_is_mapped_because_its_own_type_breaks_the_rule_and_a_note_says_what_it_is(
    kind: DocumentType, form: InvoiceForm
) -> None:
    document = next(made for made in ALLOWED.values() if made.document_type is kind)
    mapped, cell = write_xml(document, form), cell_of(kind, form)
    note = e_invoice_table().notes[cell.note][document.language]
    assert note.encode() in mapped
    code = (cell.as_type or kind).value.encode()
    itself = mapped.replace(b"TypeCode>" + code + b"<", b"TypeCode>" + kind.value.encode() + b"<")
    if form is InvoiceForm.PEPPOL and kind is DocumentType.CORRECTED:  # refused where one of both is not German
        itself = itself.replace(b">DE<", b">AT<")
    report = validate(itself, form, DAY)
    assert cell.rule in {broken.rule for broken in (*report.errors, *report.warnings)}


def test_self_billing_bears_the_identifiers_of_its_own_profile_in_peppol() -> None:
    own = profile_on(InvoiceForm.PEPPOL, DAY).self_billing_ids
    assert own is not None
    for name in ("self_billed", "self_billed_credit_note"):
        xml = write_xml(ALLOWED[name], InvoiceForm.PEPPOL)
        assert own.specification.encode() in xml
        assert own.process.encode() in xml
        of_billing = profile_on(InvoiceForm.PEPPOL, DAY).ids
        foreign = xml.replace(own.specification.encode(), of_billing.specification.encode())
        rules = {broken.rule for broken in validate(foreign, InvoiceForm.PEPPOL, DAY).errors}
        assert {"PEPPOL-EN16931-R007"} < rules


def test_a_form_that_is_none_of_the_norm_is_refused_by_nothing_here() -> None:
    document = REFUSED["KWD 1.234"][0]
    for form in (InvoiceForm.PDF, InvoiceForm.KSEF, InvoiceForm.FAPIAO):
        assert refusal_of(replace(document, form=form)) is None
