"""Documents made by hand, for tests that need one and not how it came about."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentReferences,
    DocumentTotals,
    PaymentInstructions,
    TaxOfRate,
)
from billing.documents.model.business_line import BoundaryRead, BusinessLine, ItemAttribute, ReadsOfRegister
from billing.documents.model.business_party import BankAccount, BusinessParty, ContactPoint, Identifier, PostalAddress
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from contracts.cash_discount import CashDiscount
from contracts.invoicing import InvoiceForm, Language

SELLER = BusinessParty(
    name="Nordluft Anlagen GmbH",
    address=PostalAddress(lines=("Werftstraße 12",), city="Hamburg", post_code="20457", country="DE"),
    registration=Identifier("HRB 4711"),
    register_note="Amtsgericht Hamburg HRB 4711, Geschäftsführerin: Anke Petersen",
    vat_id="DE136695976",
    tax_number="27/123/01234",
    electronic=Identifier("DE136695976", "9930"),
    contact=ContactPoint("Rechnungsstelle", "+49 40 1234 0", "rechnung@nordluft.example"),
)
BUYER = BusinessParty(
    name="Blechwerke Süd AG",
    address=PostalAddress(lines=("Industriestraße 5", "Tor 3"), city="Augsburg", post_code="86156", country="DE"),
    vat_id="DE129273398",
    electronic=Identifier("DE129273398", "9930"),
)
READS = ReadsOfRegister(
    register_key="air", meter="K1", asset="compressor-1", site="Augsburg", unit="m3@din1343", multiplier=Decimal(10),
    quantity=Decimal(12345), is_mean=False, opening=BoundaryRead(datetime(2026, 2, 28, 23, tzinfo=UTC), Decimal("10000.0")),
    closing=BoundaryRead(datetime(2026, 3, 31, 22, tzinfo=UTC), Decimal("11234.5"), estimated=True), exchanges=(), read=744, expected=744,
    estimated=12, first=date(2026, 3, 1), last=date(2026, 3, 31),
)  # fmt: skip
AIR = BusinessLine(
    pos=1, name="Compressed air", description="up to 20,000 m³", quantity=Decimal(12345), unit="m3@din1343", unit_code="MTQ",
    net=Decimal("308.63"), unit_price=Decimal("0.025"), service_from=date(2026, 3, 1), service_to=date(2026, 3, 31),
    tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19), tax_point=date(2026, 3, 31), nature="consideration",
    object_id="compressor-1", assets=("compressor-1",), sites=("Augsburg",), reads=(READS,),
    sum_words="12345 × 0.025 = 308.625", attributes=(ItemAttribute("Opening read", "10000.0"), ItemAttribute("Closing read", "11234.5")),
    proof_address="/v1/invoices/2026-000001/lines/1", proof_command="usufruct explain 2026-000001 1",
)  # fmt: skip
FEE = BusinessLine(
    pos=2, name="Service fee", quantity=Decimal(1), unit="each", unit_code="H87", net=Decimal("100.00"), unit_price=Decimal(100),
    service_from=date(2026, 3, 1), service_to=date(2026, 3, 31), tax_category=TaxCategory.STANDARD, tax_rate=Decimal(19),
    tax_point=date(2026, 3, 31), nature="consideration", proof_address="/v1/invoices/2026-000001/lines/2",
    proof_command="usufruct explain 2026-000001 2",
)  # fmt: skip
INVOICE = BusinessDocument(
    number="2026-000001", issued_on=date(2026, 4, 2), document_type=DocumentType.INVOICE, currency="EUR", due_on=date(2026, 5, 2),
    references=DocumentReferences(buyer_reference="04011000-12345-03", contract="RV-22", order="PO-4711"),
    seller=SELLER, buyer=BUYER, period_from=date(2026, 3, 1), period_to=date(2026, 3, 31),
    payment=PaymentInstructions("58", "RF712348231", (BankAccount("DE89370400440532013000", SELLER.name, "COBADEFFXXX", "Commerzbank"),)),
    totals=DocumentTotals(lines=Decimal("408.63"), net=Decimal("408.63"), tax=Decimal("77.64"), gross=Decimal("486.27"), payable=Decimal("486.27")),
    taxes=(TaxOfRate(TaxCategory.STANDARD, Decimal(19), Decimal("408.63"), Decimal("77.64")),), lines=(AIR, FEE),
    language=Language.GERMAN, form=InvoiceForm.XRECHNUNG, zone="Europe/Berlin", cash_discounts=(CashDiscount(days=14, percent=Decimal(2)),),
    payment_words="Zahlbar bis 02.05.2026 ohne Abzug.", watermark=7, version=1, proof_address="/v1/invoices/2026-000001/proof",
    proof_command="usufruct proof 2026-000001",
)  # fmt: skip


def invoice(**changes: Any) -> BusinessDocument:
    """The invoice above with other fields."""
    return replace(INVOICE, **changes)
