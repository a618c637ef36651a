"""What the law of a seller's country says of its documents, on a day or as a document recorded it."""

from datetime import date

from billing.payees.documents.paper import SellerLaw
from billing.records.document_type import DocumentType
from billing.records.payee_document import PayeeDocumentContent
from billing.tax.document_rules import rules_of, rules_recorded
from billing.tax.law_book import LawBook


def seller_law(book: LawBook, country: str, on: date) -> SellerLaw:
    """Find what the law of a country says of those who are established in it."""
    law, rules = book.documents(country, on), rules_of(book, country, on)
    if law is None:
        return SellerLaw(rules)
    return SellerLaw(rules, law.tax_rounding, DocumentType.SELF_BILLED.in_words not in law.not_issued)


def recorded_law(book: LawBook, content: PayeeDocumentContent) -> SellerLaw:
    """Find what the law said when a document was issued."""
    return SellerLaw(rules_recorded(book, content.documents), content.level)
