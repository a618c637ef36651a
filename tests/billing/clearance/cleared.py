"""Documents of sellers in Poland and China, made by hand, and their sums computed by themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentAllowance,
    DocumentTotals,
    PrecedingDocument,
    TaxOfRate,
)
from billing.documents.model.business_line import BusinessLine, Classification
from billing.documents.model.business_party import PostalAddress
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from tests.billing.documents.model.made import AIR, BUYER, FEE, SELLER, invoice

NIP, NIP_OF_BUYER = "5260001246", "5265877635"
USCC, USCC_OF_BUYER = "91310104324439343T", "91110000600037341L"
CODE = "3040502020200000000"
WARSAW = PostalAddress(("ul. Prosta 1",), "Warszawa", "00-001", "", "PL")
SHANGHAI = PostalAddress(("浦东南路1000号",), "上海市", "200120", "", "CN")
POLISH_SELLER = replace(SELLER, name="Ciepło Sp. z o.o.", vat_id=f"PL{NIP}", address=WARSAW)
POLISH_BUYER = replace(BUYER, name="Blacha S.A.", vat_id=f"PL{NIP_OF_BUYER}", address=WARSAW)
CHINESE_SELLER = replace(SELLER, name="北风设备有限公司", vat_id=USCC, address=SHANGHAI)
CHINESE_BUYER = replace(BUYER, name="南方金属有限公司", vat_id=USCC_OF_BUYER, address=SHANGHAI)
CORRECTED = PrecedingDocument("2026-000001", AIR.service_to)


def totalled(document: BusinessDocument) -> BusinessDocument:
    """The document with the sums of its lines and allowances: tax by rate, rounded half up once."""
    nets: dict[tuple[TaxCategory, Decimal | None], Decimal] = defaultdict(Decimal)
    for line in document.lines:
        nets[line.tax_category, line.tax_rate] += line.net
    for one in document.allowances:
        nets[one.tax_category, one.tax_rate] += one.amount if one.is_charge else -one.amount
    taxes = tuple(
        TaxOfRate(
            category,
            rate,
            net,
            rounded(net * (rate or 0) / 100),
            reason="art. 43 ust. 1" if category is TaxCategory.EXEMPT else "",
        )
        for (category, rate), net in nets.items()
    )
    net, tax = sum((one.taxable for one in taxes), Decimal(0)), sum((one.tax for one in taxes), Decimal(0))
    totals = DocumentTotals(
        lines=sum((line.net for line in document.lines), Decimal(0)),
        net=net,
        tax=tax,
        gross=net + tax,
        payable=net + tax,
    )
    return replace(document, taxes=taxes, totals=totals)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), "ROUND_HALF_UP")


def line(
    pos: int, net: str, rate: str | None = "23", category: TaxCategory = TaxCategory.STANDARD, **changes: Any
) -> BusinessLine:
    amount = Decimal(net)
    made = replace(
        FEE, pos=pos, net=amount, quantity=Decimal(1 if amount >= 0 else -1), unit_price=abs(amount),
        tax_rate=None if rate is None else Decimal(rate), tax_category=category,
    )  # fmt: skip
    return replace(made, **changes)


def polish(*lines: BusinessLine, **changes: Any) -> BusinessDocument:
    written = lines or (replace(AIR, tax_rate=Decimal(23)), replace(FEE, tax_rate=Decimal(8)))
    return totalled(
        invoice(seller=POLISH_SELLER, **{"buyer": POLISH_BUYER, "currency": "PLN", "lines": written} | changes)
    )


def polish_correction(*lines: BusinessLine, **changes: Any) -> BusinessDocument:
    given_back = lines or (line(1, "-40.00", corrects="2026-000001", why=("The meter stood still.",)),)
    said = {"number": "2026-000002", "document_type": DocumentType.CREDIT_NOTE, "preceding": (CORRECTED,)}
    return polish(*given_back, **said | changes)


def chinese_line(pos: int, net: str, rate: str = "13", **changes: Any) -> BusinessLine:
    coded = {"classifications": (Classification(CODE, "ZZZ"),)} | changes
    return line(pos, net, rate, **coded)


def chinese(lines: Sequence[BusinessLine], **changes: Any) -> BusinessDocument:
    return totalled(
        invoice(seller=CHINESE_SELLER, **{"buyer": CHINESE_BUYER, "currency": "CNY", "lines": tuple(lines)} | changes)
    )


def off(
    amount: str, rate: str, category: TaxCategory = TaxCategory.STANDARD, *, is_charge: bool = False
) -> DocumentAllowance:
    return DocumentAllowance(is_charge, Decimal(amount), category, Decimal(rate), "Loyalty", "95")
