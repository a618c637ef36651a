"""What a document is called: by its type, by its language, and where its issuer's law prescribes a word, by that."""

from collections.abc import Mapping
from typing import Final

from billing.documents.invoice.speech import Speech
from billing.documents.model.business_document import BusinessDocument
from billing.documents.words.words import message
from billing.records.document_type import DocumentType

# German: "Gutschrift" is what the customer writes itself (§ 14 (2) and (4) no. 10 UStG, § 11 (7) öUStG; Directive
# 2006/112/EC Art. 226 (10a) "Self-billing"). A credit note called so could owe its tax twice (§ 14c UStG): it is a
# "Rechnungskorrektur". Chinese: 发票 (fapiao) is what the tax platform makes out and numbers; what we issue is a
# 账单 (bill), what the customer writes itself a 结算单 (settlement), and neither may bear the other's name.
_TITLES: Final[Mapping[DocumentType, str]] = {
    DocumentType.INVOICE: message("Invoice"),
    DocumentType.CREDIT_NOTE: message("Credit note"),
    DocumentType.CORRECTED: message("Corrected invoice"),
    DocumentType.PREPAYMENT: message("Prepayment invoice"),
    DocumentType.SELF_BILLED: message("Self-billed invoice"),
    DocumentType.SELF_BILLED_CREDIT_NOTE: message("Self-billed credit note"),
}
#: What claims of the delay of a payment, and what gives that back: neither is an invoice.
_LATE_TITLES: Final = (message("Claim for late payment"), message("Credit of a claim for late payment"))
#: Where an invoice is called "tax invoice" by law: ZA: VAT Act 1991 s 20 (4) (a); SG: GST (General) Regulations
#: reg 11 (1) (a); AE: Executive Regulation of Decree-Law 8/2017 Art. 59 (1) (a); AU: GST Act 1999 s 29-70 (1).
_TAX_INVOICE: Final = frozenset({"ZA", "SG", "AE", "AU"})
_TAX_TITLE: Final = message("Tax invoice")
#: What the tax is called where it is not VAT; else a value added tax, which German names otherwise in Switzerland.
_TAXES: Final[Mapping[str, str]] = {
    "AU": message("GST"),
    "CA": message("GST"),
    "IN": message("GST"),
    "NZ": message("GST"),
    "SG": message("GST"),
    "JP": message("Consumption tax"),
    "US": message("Sales tax"),
    "CH": message("Value added tax"),
    "LI": message("Value added tax"),
}


def kind_of(document: BusinessDocument, speech: Speech) -> str:
    """Name what a document is, without its number."""
    if document.claims_delay:
        return speech.text(_LATE_TITLES[document.totals.gross < 0])
    if document.document_type is DocumentType.INVOICE and document.seller.address.country in _TAX_INVOICE:
        return speech.text(_TAX_TITLE)
    return speech.text(_TITLES[document.document_type])


def title_of(document: BusinessDocument, speech: Speech) -> str:
    """Name a document with its number; a draft has none yet."""
    kind = kind_of(document, speech)
    if document.state == "draft":
        return speech.text("{kind} (draft)", kind=kind)
    return f"{kind} {document.number}"


def tax_name(document: BusinessDocument, speech: Speech) -> str:
    """Name the tax of a document: that of its seller's country."""
    return speech.text(_TAXES.get(document.seller.address.country, message("VAT")))
