"""Documents of every kind by hand, each of which every form takes, and what no form takes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentAllowance,
    DocumentDelivery,
    DocumentNote,
    PrecedingDocument,
    TaxInOtherCurrency,
    TaxOfRate,
)
from billing.documents.model.business_line import LineAllowance
from billing.documents.model.business_party import Identifier, PostalAddress
from billing.records.document_type import DocumentType
from billing.tax.tax import Tax, TaxCategory
from tests.billing.documents.model.made import AIR, FEE, invoice
from tests.billing.documents.random_documents import summed

STANDARD = Tax(TaxCategory.STANDARD, Decimal(19))
REDUCED = Tax(TaxCategory.STANDARD, Decimal(7))
REVERSE = Tax(TaxCategory.REVERSE_CHARGE, Decimal(0), "Reverse charge")
EXEMPT = Tax(TaxCategory.EXEMPT, Decimal(0), "Exempt under § 4 UStG")
WITHIN = Tax(TaxCategory.INTRA_COMMUNITY, Decimal(0), "Intra-Community supply")
EXPORT = Tax(TaxCategory.EXPORT, Decimal(0), "Export")
OUTSIDE = Tax(TaxCategory.OUT_OF_SCOPE, Decimal(0), "Outside the scope of VAT")
ABROAD = PostalAddress(("Rue 1",), "Lyon", "69001", "", "FR")
AT_19: dict[str, Any] = {"tax_category": TaxCategory.STANDARD, "tax_rate": Decimal(19)}
EARLIER = (PrecedingDocument("2025-000017", date(2025, 12, 31)),)


def taxed(tax: Tax, **changes: Any) -> BusinessDocument:
    """The invoice with all of its lines under one tax."""
    rate = None if tax.category is TaxCategory.OUT_OF_SCOPE else tax.rate
    document = invoice(**changes)
    lines = tuple(replace(line, tax_category=tax.category, tax_rate=rate) for line in document.lines)
    return summed(replace(document, lines=lines), (tax,))


def _negative(document: BusinessDocument, taxes: tuple[Tax, ...] = (STANDARD,)) -> BusinessDocument:
    lines = tuple(replace(line, quantity=-line.quantity, net=-line.net) for line in document.lines)
    return summed(replace(document, lines=lines), taxes)


def _kind(kind: DocumentType) -> BusinessDocument:
    return invoice(document_type=kind, preceding=EARLIER)


def _yen() -> BusinessDocument:
    lines = (replace(AIR, net=Decimal(309)), replace(FEE, net=Decimal(100)))
    return summed(invoice(currency="JPY", lines=lines), (STANDARD,))


def _large() -> BusinessDocument:
    lines = tuple(replace(AIR if pos % 2 else FEE, pos=pos) for pos in range(1, 501))
    return summed(invoice(lines=lines), (STANDARD,))


def _many_decimals() -> BusinessDocument:
    fine = replace(AIR, quantity=Decimal("1234.56789"), unit_price=Decimal("0.123456789012"), net=Decimal("152.42"))
    return summed(invoice(lines=(fine, FEE)), (STANDARD,))


def _allowances() -> BusinessDocument:
    parts = (
        LineAllowance(is_charge=False, amount=Decimal("10.00"), reason="Malus", reason_code="95"),
        LineAllowance(
            is_charge=True, amount=Decimal("3.09"), reason="Bonus", base=Decimal("30.9"), percent=Decimal(10)
        ),
    )
    lines = (replace(AIR, net=AIR.net - Decimal("6.91"), allowances=parts), FEE)
    of_all = (
        DocumentAllowance(is_charge=False, amount=Decimal("5.00"), reason="Volume bonus", reason_code="95", **AT_19),
        DocumentAllowance(is_charge=True, amount=Decimal("2.50"), reason="Freight", reason_code="FC", **AT_19),
    )
    return summed(invoice(lines=lines, allowances=of_all), (STANDARD,))


def _of_allowances_credited() -> BusinessDocument:
    credit = _allowances()
    lines = tuple(
        replace(
            line,
            quantity=-line.quantity,
            net=-line.net,
            allowances=tuple(replace(part, is_charge=not part.is_charge) for part in line.allowances),
        )
        for line in credit.lines
    )
    of_all = tuple(replace(part, is_charge=not part.is_charge) for part in credit.allowances)
    credit = replace(credit, document_type=DocumentType.CREDIT_NOTE, preceding=EARLIER, lines=lines, allowances=of_all)
    return summed(credit, (STANDARD,))


def _reduced_and_exempt() -> BusinessDocument:
    lines = (
        AIR,
        replace(FEE, tax_rate=Decimal(7)),
        replace(FEE, pos=3, tax_category=TaxCategory.EXEMPT, tax_rate=Decimal(0)),
    )
    return summed(invoice(lines=lines), (STANDARD, REDUCED, EXEMPT))


def _tiers() -> BusinessDocument:
    """Lines whose net amount is not quantity × price: a minimum, a percentage, a reduction at another price."""
    lines = (
        replace(AIR, quantity=Decimal(100), net=Decimal("250.00")),
        replace(FEE, pos=2, quantity=Decimal(0), net=Decimal("75.00")),
        replace(AIR, pos=3, quantity=Decimal(100), net=Decimal("-12.34")),
        replace(AIR, pos=4, net=Decimal("0.00")),
    )
    return summed(invoice(lines=lines), (STANDARD,))


def _corrections() -> BusinessDocument:
    """A later invoice that corrects earlier days by lines, and draws on a prepayment."""
    days: dict[str, Any] = {"service_from": date(2025, 8, 1), "service_to": date(2025, 8, 31)}
    earlier = replace(AIR, pos=2, quantity=Decimal(-100), net=Decimal("-2.50"), corrects="2025-000017", **days)
    draws_on = (*EARLIER, PrecedingDocument("2026-000002", date(2026, 1, 2), is_prepayment=True))
    return summed(invoice(lines=(AIR, earlier), preceding=draws_on), (STANDARD,), paid=Decimal("50.00"))


def _in_zloty() -> BusinessDocument:
    return invoice(tax_elsewhere=TaxInOtherCurrency("PLN", Decimal("331.52"), ()), tax_point=date(2026, 3, 31))


#: By name: each is taken by every form.
ALLOWED: dict[str, BusinessDocument] = {
    **{kind.in_words: _kind(kind) for kind in (DocumentType.INVOICE, DocumentType.CORRECTED)},
    "prepayment": _kind(DocumentType.PREPAYMENT),
    "self_billed": replace(_kind(DocumentType.SELF_BILLED), made_out_by="Blechwerke Süd AG"),
    "credit_note": _negative(_kind(DocumentType.CREDIT_NOTE)),
    "self_billed_credit_note": _negative(_kind(DocumentType.SELF_BILLED_CREDIT_NOTE)),
    "corrected that gives back": _negative(_kind(DocumentType.CORRECTED)),
    "reverse charge": taxed(REVERSE, buyer=replace(invoice().buyer, address=ABROAD, vat_id="FR40303265045", electronic=Identifier("FR40303265045", "9957"))),
    "exempt": taxed(EXEMPT),
    "intra-community": taxed(WITHIN, delivery=DocumentDelivery("Hall 3", None, ABROAD)),
    "export": taxed(EXPORT),
    "damages": taxed(OUTSIDE),
    "damages credited": _negative(taxed(OUTSIDE, document_type=DocumentType.CREDIT_NOTE, preceding=EARLIER), (OUTSIDE,)),
    "remainder after a prepayment": _corrections(),
    "allowances": _allowances(),
    "allowances credited": _of_allowances_credited(),
    "yen": _yen(),
    "500 lines": _large(),
    "many decimals": _many_decimals(),
    "several rates": _reduced_and_exempt(),
    "tiers": _tiers(),
    "tax in zloty": _in_zloty(),
    "several notes": invoice(notes=(DocumentNote("First."), DocumentNote("Second.", "AAI"))),
}  # fmt: skip


def _dinars() -> BusinessDocument:
    return summed(invoice(currency="KWD", lines=(replace(FEE, pos=1, net=Decimal("1.234"), unit_price=Decimal("1.234")),)), (STANDARD,))  # fmt: skip


#: By name: each is refused by every form, by this rule.
REFUSED: dict[str, tuple[BusinessDocument, str]] = {
    "KWD 1.234": (_dinars(), "BR-DEC-23"),
    "damages beside what is taxed": (
        replace(invoice(), taxes=(*invoice().taxes, TaxOfRate(TaxCategory.OUT_OF_SCOPE, None, Decimal(1), Decimal(0)))),
        "BR-O-11",
    ),
}
