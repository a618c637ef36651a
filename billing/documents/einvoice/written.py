"""A document as a profile writes it: its type, signs, prices, days, notes and terms of payment."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.documents.einvoice.elements import amount_text
from billing.documents.einvoice.line_price import with_written_price
from billing.documents.einvoice.profile import EInvoiceProfile, KindCell, ProfileIds, cell_of
from billing.documents.einvoice.signs import with_signs_of_credit_note
from billing.documents.einvoice.written_words import XRECHNUNG_FORMS, notes_of, payment_terms_of
from billing.documents.model.business_document import BusinessDocument, TaxOfRate
from billing.documents.model.business_line import BusinessLine, LineAllowance
from billing.documents.model.business_party import BusinessParty
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from contracts.invoicing import InvoiceForm

_CREDIT_NOTES = frozenset({DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE})
_WITH_RATE_OF_OUT_OF_SCOPE = XRECHNUNG_FORMS | {InvoiceForm.PEPPOL}
_DIRECT_DEBIT = frozenset({"49", "59"})
#: BT-121 where the document names none: what the list VATEX has for a category as such.
_REASON_CODES = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUT_OF_SCOPE: "VATEX-EU-O",
}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WITHOUT_REASON = frozenset({TaxCategory.STANDARD, TaxCategory.ZERO})


@dataclass(frozen=True, slots=True)
class WrittenInvoice:
    """A document ready to be written.

    Attributes:
        document: with the signs of its type, and with prices of which each net amount is the product.
        document_type: BT-3.
        ids: BT-24, BT-23.
        payment_terms: BT-20.
        payable: BT-115, before what is withheld.
        tax_scheme: of BT-32 in UBL.
        rate_of_out_of_scope: BT-119 of category O: XRechnung wants one (BR-DE-14), and Peppol
            between two German parties (DE-R-014); the others none.
    """

    document: BusinessDocument
    document_type: DocumentType
    ids: ProfileIds
    payment_terms: str
    payable: Decimal
    tax_scheme: str
    rate_of_out_of_scope: Decimal | None

    @property
    def is_credit_note(self) -> bool:
        """Whether it is a credit note in its syntax."""
        return self.document_type in _CREDIT_NOTES

    @property
    def pays_by_debit(self) -> bool:
        """Whether it is collected: a document says either an account to pay to or a mandate (BR-DE-25)."""
        return self.document.payment.means in _DIRECT_DEBIT

    def amount(self, amount: Decimal) -> str:
        """Write an amount in the document's currency."""
        return amount_text(amount, self.document.currency)


def written(document: BusinessDocument, profile: EInvoiceProfile) -> WrittenInvoice:
    """Make a document ready for a profile.

    Args:
        document: with the signs of an invoice, whatever its type; the table does not refuse it.
        profile: of the edition on its day.

    Returns:
        A credit note has all its signs turned: an allowance becomes a charge, and what was paid is paid back. The
        invoicing period covers the periods of all lines (PEPPOL-EN16931-R110, R111): a correction bears its own. An
        attachment is a file or a whole address: one without its server leads its reader nowhere (BR-TMP-2).
    """
    cell = cell_of(document.document_type, profile.form)
    document_type = _type(document, cell)
    of_signs = with_signs_of_credit_note(document) if document_type in _CREDIT_NOTES else document
    of_signs = _with_parties(of_signs, profile)
    totals = of_signs.totals
    return WrittenInvoice(
        document=replace(
            of_signs,
            lines=tuple(with_written_price(_whole(line), document.language) for line in of_signs.lines),
            taxes=tuple(_with_reason(tax) for tax in of_signs.taxes),
            notes=notes_of(document, cell, profile),
            attachments=tuple(file for file in document.attachments if file.content or _ABSOLUTE.match(file.address)),
            period_from=min((document.period_from, *(line.service_from for line in document.lines))),
            period_to=max((document.period_to, *(line.service_to for line in document.lines))),
        ),
        document_type=document_type,
        ids=profile.self_billing_ids if cell.self_billing and profile.self_billing_ids else profile.ids,
        payment_terms=payment_terms_of(document, profile.form),
        payable=totals.gross - totals.paid + totals.rounding,
        tax_scheme="TAX" if profile.form is InvoiceForm.PEPPOL else "FC",
        rate_of_out_of_scope=Decimal(0) if profile.form in _WITH_RATE_OF_OUT_OF_SCOPE else None,
    )


def _type(document: BusinessDocument, cell: KindCell) -> DocumentType:
    """Its type, or what it is mapped to: a corrected one that gives back more than it claims is a credit note."""
    if cell.as_type is None:
        return document.document_type
    gives_back = document.totals.gross < 0 and cell.as_type is DocumentType.INVOICE
    return DocumentType.CREDIT_NOTE if gives_back else cell.as_type


def _whole(line: BusinessLine) -> BusinessLine:
    """Leave out the base of an allowance without a percentage, or of which it is not that share (R041, R042, R040)."""
    return replace(line, allowances=tuple(_whole_allowance(part) for part in line.allowances))


def _whole_allowance(part: LineAllowance) -> LineAllowance:
    is_share = (
        part.base is not None
        and part.percent is not None
        and abs(part.base * part.percent / 100 - part.amount) <= Decimal("0.01")
    )
    return part if is_share else replace(part, base=None, percent=None)


def _with_reason(tax: TaxOfRate) -> TaxOfRate:
    """Give a category its reason (BR-AE-10 …); one that is taxed has none (BR-S-10, BR-Z-10)."""
    if tax.category in _WITHOUT_REASON:
        return replace(tax, reason="", reason_code="")
    return replace(tax, reason_code=tax.reason_code or _REASON_CODES.get(tax.category, ""))


def _with_parties(document: BusinessDocument, profile: EInvoiceProfile) -> BusinessDocument:
    """What is outside the scope of VAT is written without VAT identifiers (BR-O-02); a place needs its city there."""
    categories = {tax.category for tax in document.taxes}
    if TaxCategory.OUT_OF_SCOPE in categories:
        seller, buyer = _without_vat(document.seller), _without_vat(document.buyer)
        document = replace(document, seller=seller, buyer=buyer, representative=None)
    if document.payee is not None and document.payee.name == document.seller.name:
        document = replace(document, payee=None)  # BG-10 is for somebody else (UBL-SR-19)
    address = document.delivery.address
    is_whole = address is None or (address.city and address.post_code)  # BR-DE-10, BR-DE-11
    is_needed = TaxCategory.INTRA_COMMUNITY in categories  # BR-IC-12
    if profile.form in XRECHNUNG_FORMS and not is_whole and not is_needed:
        document = replace(document, delivery=replace(document.delivery, address=None))
    return document


def _without_vat(party: BusinessParty) -> BusinessParty:
    return replace(party, vat_id="")
