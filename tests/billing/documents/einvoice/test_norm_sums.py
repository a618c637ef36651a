"""The formulas of the norm, written once more from it alone: nothing is said of what is right, and each changed amount is."""

import re
from decimal import Decimal

import pytest

from billing.documents.einvoice.einvoice import write_xml
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from tests.billing.documents.einvoice.made_kinds import ALLOWED
from tests.billing.documents.einvoice.norm_sums import broken_formulas, sums_of


@pytest.mark.parametrize("form", [InvoiceForm.UBL, InvoiceForm.CII])
def test_no_formula_is_broken_by_any_kind(form: InvoiceForm) -> None:
    said = {name: list(broken_formulas(sums_of(write_xml(ALLOWED[name], form)))) for name in ALLOWED}
    assert {name: broken for name, broken in said.items() if broken} == {}


#: By form, what an amount stands in, and the rule that an amount changed there breaks.
SPOILT = [
    (InvoiceForm.UBL, r"(<cbc:LineExtensionAmount [^>]*>)(408.63)", "BR-CO-10"),
    (InvoiceForm.UBL, r"(<cbc:TaxExclusiveAmount [^>]*>)(408.63)", "BR-CO-13"),
    (InvoiceForm.UBL, r"(<cac:TaxTotal>\s*<cbc:TaxAmount [^>]*>)(77.64)", "BR-CO-14"),
    (InvoiceForm.UBL, r"(<cbc:TaxInclusiveAmount [^>]*>)(486.27)", "BR-CO-15"),
    (InvoiceForm.UBL, r"(<cbc:PayableAmount [^>]*>)(486.27)", "BR-CO-16"),
    (InvoiceForm.UBL, r"(<cbc:TaxableAmount [^>]*>)(408.63)", "BR-S-08"),
    (InvoiceForm.UBL, r"(<cac:TaxSubtotal>.*?<cbc:TaxAmount [^>]*>)(77.64)", "BR-CO-17"),
    (InvoiceForm.UBL, r"(<cbc:PriceAmount [^>]*>)(100)", "PEPPOL-EN16931-R120"),
    (InvoiceForm.CII, r"(<ram:LineTotalAmount>)(408.63)", "BR-CO-10"),
    (InvoiceForm.CII, r"(<ram:TaxBasisTotalAmount>)(408.63)", "BR-CO-13"),
    (InvoiceForm.CII, r"(<ram:TaxTotalAmount [^>]*>)(77.64)", "BR-CO-14"),
    (InvoiceForm.CII, r"(<ram:GrandTotalAmount>)(486.27)", "BR-CO-15"),
    (InvoiceForm.CII, r"(<ram:DuePayableAmount>)(486.27)", "BR-CO-16"),
    (InvoiceForm.CII, r"(<ram:BasisAmount>)(408.63)", "BR-S-08"),
    (InvoiceForm.CII, r"(<ram:CalculatedAmount>)(77.64)", "BR-CO-17"),
]


@pytest.mark.parametrize(("form", "place", "rule"), SPOILT)
def test_an_amount_that_is_another_is_said_by_its_rule(form: InvoiceForm, place: str, rule: str) -> None:
    xml = write_xml(ALLOWED["invoice"], form).decode()
    spoilt = re.sub(place, lambda found: found[1] + str(Decimal(found[2]) + 1), xml, count=1, flags=re.DOTALL)
    assert spoilt != xml
    assert rule in {said.partition(":")[0] for said in broken_formulas(sums_of(spoilt.encode()))}


@pytest.mark.parametrize("name", ALLOWED)
def test_both_syntaxes_state_the_same_sums(name: str) -> None:
    of_ubl, of_cii = (sums_of(write_xml(ALLOWED[name], form)) for form in (InvoiceForm.UBL, InvoiceForm.CII))
    assert of_ubl == of_cii


def test_every_form_of_the_norm_is_read() -> None:
    for form in E_INVOICE_FORMS:
        stated = sums_of(write_xml(ALLOWED["invoice"], form))
        assert (len(stated.lines), len(stated.taxes), stated.totals[115] > 0) == (2, 1, True)
