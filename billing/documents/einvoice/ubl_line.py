"""A line of a document in UBL: BG-25."""

from collections.abc import Iterator

from billing.documents.einvoice.elements import Node, day_text, number_text
from billing.documents.einvoice.ubl_names import CURRENCY, UBL
from billing.documents.einvoice.ubl_tax import tax_category
from billing.documents.einvoice.written import WrittenInvoice
from billing.documents.model.business_line import BusinessLine, LineAllowance
from billing.tax.tax import TaxCategory

#: UNTDID 1001: an object that is invoiced (BT-128).
_OBJECT = "130"


def ubl_line(line: BusinessLine, invoice: WrittenInvoice) -> Node | None:
    """BG-25, with its period, its place in the customer's order, its allowances, its item and its price."""
    make, currency = UBL.make, {CURRENCY: invoice.document.currency}
    names = ("cac:CreditNoteLine", "cbc:CreditedQuantity") if invoice.is_credit_note else _OF_INVOICE
    period = make("cbc:StartDate", day_text(line.service_from)), make("cbc:EndDate", day_text(line.service_to))
    base = None
    if line.price_base != 1:
        base = make("cbc:BaseQuantity", number_text(line.price_base), unitCode=line.unit_code)
    used = make("cbc:ID", line.object_id)
    return make(
        names[0],
        (
            make("cbc:ID", str(line.pos)),
            make("cbc:Note", line.note),
            make(names[1], number_text(line.quantity), unitCode=line.unit_code),
            make("cbc:LineExtensionAmount", invoice.amount(line.net), **currency),
            make("cbc:AccountingCost", line.cost_centre),
            make("cac:InvoicePeriod", *period),
            make("cac:OrderLineReference", make("cbc:LineID", line.order_line)),
            None if used is None else make("cac:DocumentReference", used, make("cbc:DocumentTypeCode", _OBJECT)),
            *(_allowance(part, invoice) for part in line.allowances),
            make("cac:Item", *_item(line)),
            make(
                "cac:Price",
                make("cbc:PriceAmount", number_text(line.unit_price), **currency),
                base,
            ),
        ),
    )


_OF_INVOICE = ("cac:InvoiceLine", "cbc:InvoicedQuantity")


def _item(line: BusinessLine) -> Iterator[Node | None]:
    """BT-153 to BT-158, BG-30, BG-32."""
    make = UBL.make
    yield make("cbc:Description", line.description)
    yield make("cbc:Name", line.name)
    yield make("cac:BuyersItemIdentification", make("cbc:ID", line.buyer_item))
    yield make("cac:SellersItemIdentification", make("cbc:ID", line.seller_item))
    if line.standard_item:
        yield make("cac:StandardItemIdentification", make("cbc:ID", line.standard_item, schemeID=GTIN))
    for code in line.classifications:
        shown = make("cbc:ItemClassificationCode", code.code, listID=code.scheme, listVersionID=code.version)
        yield make("cac:CommodityClassification", shown)
    rate = None if line.tax_category is TaxCategory.OUT_OF_SCOPE else line.tax_rate
    yield tax_category("cac:ClassifiedTaxCategory", line.tax_category, rate)
    for attribute in line.attributes:
        if attribute.name.strip() and attribute.value.strip():  # BR-54: both or none
            shown = make("cbc:Name", attribute.name)
            yield make("cac:AdditionalItemProperty", shown, make("cbc:Value", attribute.value))


#: The scheme of BT-157 (ISO 6523): GTIN.
GTIN = "0160"


def _allowance(part: LineAllowance, invoice: WrittenInvoice) -> Node | None:
    """BG-27, BG-28."""
    make, currency = UBL.make, {CURRENCY: invoice.document.currency}
    return make(
        "cac:AllowanceCharge",
        (
            make("cbc:ChargeIndicator", "true" if part.is_charge else "false"),
            make("cbc:AllowanceChargeReasonCode", part.reason_code),
            make("cbc:AllowanceChargeReason", part.reason),
            None if part.percent is None else make("cbc:MultiplierFactorNumeric", number_text(part.percent)),
            make("cbc:Amount", invoice.amount(part.amount), **currency),
            None if part.base is None else make("cbc:BaseAmount", invoice.amount(part.base), **currency),
        ),
    )
