"""Taxes of a document in UBL: BT-110, BT-111, BG-23."""

from collections.abc import Iterator
from decimal import Decimal

from billing.documents.einvoice.elements import Node, amount_text, number_text
from billing.documents.einvoice.ubl_names import CURRENCY, UBL
from billing.documents.einvoice.written import WrittenInvoice
from billing.documents.model.business_document import TaxOfRate
from billing.tax.tax import TaxCategory


def tax_totals(invoice: WrittenInvoice) -> Iterator[Node | None]:
    """The tax with its breakdown, and once more in the currency in which it is declared."""
    make, currency = UBL.make, invoice.document.currency
    yield make(
        "cac:TaxTotal",
        make("cbc:TaxAmount", invoice.amount(invoice.document.totals.tax), **{CURRENCY: currency}),
        *(_subtotal(tax, invoice) for tax in invoice.document.taxes),
    )
    elsewhere = invoice.document.tax_elsewhere
    if elsewhere is not None:
        tax = amount_text(elsewhere.tax, elsewhere.currency)
        yield make("cac:TaxTotal", make("cbc:TaxAmount", tax, **{CURRENCY: elsewhere.currency}))


def tax_category(
    name: str, category: TaxCategory, rate: Decimal | None, reason_code: str = "", reason: str = ""
) -> Node | None:
    """A category with its rate: of what is outside the scope of VAT none (BR-O-05)."""
    make = UBL.make
    return make(
        name,
        make("cbc:ID", category.value),
        None if rate is None else make("cbc:Percent", number_text(rate)),
        make("cbc:TaxExemptionReasonCode", reason_code),
        make("cbc:TaxExemptionReason", reason),
        make("cac:TaxScheme", make("cbc:ID", "VAT")),
    )


def _subtotal(tax: TaxOfRate, invoice: WrittenInvoice) -> Node | None:
    make, currency = UBL.make, invoice.document.currency
    rate = invoice.rate_of_out_of_scope if tax.category is TaxCategory.OUT_OF_SCOPE else tax.rate
    return make(
        "cac:TaxSubtotal",
        make("cbc:TaxableAmount", invoice.amount(tax.taxable), **{CURRENCY: currency}),
        make("cbc:TaxAmount", invoice.amount(tax.tax), **{CURRENCY: currency}),
        tax_category("cac:TaxCategory", tax.category, rate, tax.reason_code, tax.reason),
    )
