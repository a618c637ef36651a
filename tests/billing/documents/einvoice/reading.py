"""Reads the totals of an e-invoice back without the product: UBL by plain paths, CII by drafthorse."""

from decimal import Decimal

from drafthorse.models.document import Document
from lxml import etree

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


def totals_of_ubl(xml: bytes) -> dict[str, Decimal]:
    """BT-106, BT-109, BT-110, BT-112, BT-115, and the sum of BT-131, as the XML has them."""
    root = etree.fromstring(xml)
    totals = root.find(f"{CAC}LegalMonetaryTotal")
    lines = [node for node in root if etree.QName(node).localname in ("InvoiceLine", "CreditNoteLine")]

    def amount(name: str) -> Decimal:
        return Decimal(totals.findtext(f"{CBC}{name}"))

    return {
        "lines": amount("LineExtensionAmount"),
        "net": amount("TaxExclusiveAmount"),
        "tax": Decimal(root.findtext(f"{CAC}TaxTotal/{CBC}TaxAmount")),
        "gross": amount("TaxInclusiveAmount"),
        "payable": amount("PayableAmount"),
        "sum": sum((Decimal(line.findtext(f"{CBC}LineExtensionAmount")) for line in lines), Decimal(0)),
    }


def totals_of_cii(xml: bytes) -> dict[str, Decimal]:
    """The same of CII, as drafthorse reads it."""
    document = Document.parse(xml, strict=False)
    totals = document.trade.settlement.monetary_summation
    currency = str(document.trade.settlement.currency_code)
    taxes = {of: Decimal(amount) for amount, of in totals.tax_total_other_currency.children}
    lines = document.trade.items.children
    return {
        "lines": totals.line_total._value,
        "net": Decimal(totals.tax_basis_total._amount),
        "tax": taxes[currency],
        "gross": Decimal(totals.grand_total._amount),
        "payable": totals.due_amount._value,
        "sum": sum((line.settlement.monetary_summation.total_amount._value for line in lines), Decimal(0)),
    }
