"""The rules by which what is owed becomes documents: what the law of the issuer's country says of them on a day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from billing.records.document_type import CorrectionManner, DocumentRules, DocumentType
from billing.tax.jurisdiction import DocumentLaw
from billing.tax.law_book import LawBook
from contracts.parties import Party


def rules_of(book: LawBook, country: str, on: date) -> DocumentRules:
    """Find the rules of an issuer's documents.

    Args:
        book: the law of all places, a tenant's rows before ours.
        country: in which the issuer is established.
        on: the day on which they are issued.

    Returns:
        Where no law of the country is known, what is issued is corrected by lines of a later invoice.
    """
    law = book.documents(country, on)
    return DocumentRules(country=country) if law is None else _rules(country, law)


def rules_with_sellers(book: LawBook, supplier: Party, owners: Mapping[str, Party], on: date) -> DocumentRules:
    """Find the rules of a contract's documents: of its supplier's, and of those in the names of others.

    Args:
        book: the law of all places, a tenant's rows before ours.
        supplier: of the contract.
        owners: in whose names it sells, by name.
        on: the day on which they are issued.
    """
    rules = rules_of(book, supplier.country, on)
    sellers = {name: rules_of(book, owner.country, on) for name, owner in owners.items()}
    return rules.model_copy(update={"sellers": sellers}) if sellers else rules


def rules_recorded(book: LawBook, recorded: DocumentRules) -> DocumentRules:
    """Find the rules that a document names, as the law has them; those of a row that is no more stand as recorded."""
    rules = _recorded(book, recorded.model_copy(update={"sellers": {}}))
    sellers = {name: _recorded(book, own) for name, own in recorded.sellers.items()}
    return rules.model_copy(update={"sellers": sellers}) if sellers else rules


def _recorded(book: LawBook, recorded: DocumentRules) -> DocumentRules:
    if recorded.since is None:
        return DocumentRules(country=recorded.country)
    laws = (law for law in book.all_documents(recorded.country) if law.first == recorded.since)
    rows = [_rules(recorded.country, law) for law in laws]
    return recorded if not rows or recorded in rows else rows[0]


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What the law of a country says of one type of document.

    Attributes:
        document_type: which.
        not_issued: why it is not issued there; empty where it is.
        series: the letters of its own series; empty where it is numbered with the others.
        correction: how it is corrected once it is issued.
    """

    document_type: DocumentType
    not_issued: str
    series: str
    correction: CorrectionManner


def types_of(book: LawBook, country: str, on: date) -> Iterator[TypeRule]:
    """List what the law of a country says of each type of document on a day; where nothing is known of it, nothing."""
    law = book.documents(country, on)
    if law is None:
        return
    for document_type in DocumentType:
        name = document_type.in_words
        yield TypeRule(document_type, law.not_issued.get(name, ""), law.series.get(name, ""), law.correction)


def _rules(country: str, law: DocumentLaw) -> DocumentRules:
    return DocumentRules(country=country, since=law.first, correction=law.correction, series=law.series)
