"""A line of a document in CII: BG-25."""

from collections.abc import Iterator

from billing.documents.einvoice.cii_names import CII, cii_period, trade_tax
from billing.documents.einvoice.elements import Node, number_text
from billing.documents.einvoice.ubl_line import GTIN
from billing.documents.einvoice.written import WrittenInvoice
from billing.documents.model.business_line import BusinessLine, LineAllowance
from billing.tax.tax import TaxCategory

#: UNTDID 1001: an object that is invoiced (BT-128).
_OBJECT = "130"


def cii_line(line: BusinessLine, invoice: WrittenInvoice) -> Node | None:
    """BG-25, with its item, its price, its quantity, its tax, its period and its allowances."""
    make = CII.make
    base = None
    if line.price_base != 1:
        base = make("ram:BasisQuantity", number_text(line.price_base), unitCode=line.unit_code)
    return make(
        "ram:IncludedSupplyChainTradeLineItem",
        make(
            "ram:AssociatedDocumentLineDocument",
            make("ram:LineID", str(line.pos)),
            make("ram:IncludedNote", make("ram:Content", line.note)),
        ),
        make("ram:SpecifiedTradeProduct", *_product(line)),
        make(
            "ram:SpecifiedLineTradeAgreement",
            make("ram:BuyerOrderReferencedDocument", make("ram:LineID", line.order_line)),
            make("ram:NetPriceProductTradePrice", make("ram:ChargeAmount", number_text(line.unit_price)), base),
        ),
        make(
            "ram:SpecifiedLineTradeDelivery",
            make("ram:BilledQuantity", number_text(line.quantity), unitCode=line.unit_code),
        ),
        make("ram:SpecifiedLineTradeSettlement", *_settlement(line, invoice)),
    )


def _product(line: BusinessLine) -> Iterator[Node | None]:
    """BT-153 to BT-158, BG-32."""
    make = CII.make
    yield make("ram:GlobalID", line.standard_item, schemeID=GTIN)
    yield make("ram:SellerAssignedID", line.seller_item)
    yield make("ram:BuyerAssignedID", line.buyer_item)
    yield make("ram:Name", line.name)
    yield make("ram:Description", line.description)
    for attribute in line.attributes:
        if attribute.name.strip() and attribute.value.strip():  # BR-54: both or none
            described = make("ram:Description", attribute.name)
            yield make("ram:ApplicableProductCharacteristic", described, make("ram:Value", attribute.value))
    for code in line.classifications:
        shown = make("ram:ClassCode", code.code, listID=code.scheme, listVersionID=code.version)
        yield make("ram:DesignatedProductClassification", shown)


def _settlement(line: BusinessLine, invoice: WrittenInvoice) -> Iterator[Node | None]:
    make = CII.make
    rate = None if line.tax_category is TaxCategory.OUT_OF_SCOPE else line.tax_rate
    yield trade_tax("ram:ApplicableTradeTax", line.tax_category, rate)
    yield cii_period(line.service_from, line.service_to)
    yield from (_allowance(part, invoice) for part in line.allowances)
    total = make("ram:LineTotalAmount", invoice.amount(line.net))
    yield make("ram:SpecifiedTradeSettlementLineMonetarySummation", total)
    used = make("ram:IssuerAssignedID", line.object_id)
    if used is not None:
        yield make("ram:AdditionalReferencedDocument", used, make("ram:TypeCode", _OBJECT))
    yield make("ram:ReceivableSpecifiedTradeAccountingAccount", make("ram:ID", line.cost_centre))


def _allowance(part: LineAllowance, invoice: WrittenInvoice) -> Node | None:
    """BG-27, BG-28."""
    make = CII.make
    return make(
        "ram:SpecifiedTradeAllowanceCharge",
        (
            make("ram:ChargeIndicator", make("udt:Indicator", "true" if part.is_charge else "false")),
            None if part.percent is None else make("ram:CalculationPercent", number_text(part.percent)),
            None if part.base is None else make("ram:BasisAmount", invoice.amount(part.base)),
            make("ram:ActualAmount", invoice.amount(part.amount)),
            make("ram:ReasonCode", part.reason_code),
            make("ram:Reason", part.reason),
        ),
    )
