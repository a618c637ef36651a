"""A document between the supplier and a payee as its reader gets it: made of its own row, which never changes.

What is sold on it are parts of lines of customers' documents: an amount each, without a quantity. A commission is a
document of the supplier's own; every other one is written by the supplier in the payee's name (389, 261).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from billing.documents.model.business_document import (
    BusinessDocument,
    DocumentDelivery,
    DocumentNote,
    DocumentReferences,
    DocumentTotals,
    PrecedingDocument,
    TaxOfRate,
)
from billing.documents.model.business_line import BusinessLine
from billing.documents.model.of_corrections import corrections_of
from billing.documents.model.of_invoice import state_of
from billing.documents.model.of_party import accounts_for, party_in_document
from billing.documents.model.of_payment import payment_of, payment_words
from billing.documents.model.of_tax import reason_in_document
from billing.documents.model.paths import in_path
from billing.documents.words.labels import line_words
from billing.documents.words.words import Words, words_in
from billing.invoices.issuer import zone_of_issuer
from billing.records.document_type import DocumentType
from billing.records.payee_document import PayeeDocumentContent, PayeeDocumentLine, PayeeTaxRecord
from billing.tables import PayeeDocumentRow
from billing.tax.tax import Tax, TaxCategory
from contracts.invoicing import InvoicingTerms
from quantities.quantity import unit

_A_DAY = timedelta(days=1)
_EACH = "each"


def document_of_payee(row: PayeeDocumentRow, issued_on: Mapping[str, date]) -> BusinessDocument:
    """Make what a document of a payee says.

    Args:
        row: of the document.
        issued_on: the days of the documents that it corrects, by their numbers.
    """
    content = row.content
    invoicing = content.invoicing
    terms = InvoicingTerms() if invoicing is None else invoicing.terms
    words = words_in(terms.language)
    seller, buyer = (None, None) if invoicing is None else (invoicing.seller, invoicing.buyer)
    proof, command = f"/v1/payee-documents/{in_path(row.number)}", f"usufruct payee document {row.number}"
    lines = tuple(
        replace(_line(pos, line, issued_on, words), proof_address=proof)
        for pos, line in enumerate(content.lines, start=1)
    )
    service_to = max(line.service_to for line in lines)
    return BusinessDocument(
        number=row.number,
        issued_on=row.issued_on,
        document_type=DocumentType(row.document_type),
        currency=row.currency,
        due_on=row.due_on,
        references=DocumentReferences(contract=content.contract),
        seller=party_in_document(content.seller, seller),
        buyer=party_in_document(content.buyer, buyer),
        period_from=min(line.service_from for line in lines),
        period_to=service_to,
        payment=payment_of(row.number, row.currency, accounts_for(content.seller, seller, row.currency)),
        totals=DocumentTotals(lines=row.net, net=row.net, tax=row.vat, gross=row.gross, payable=row.gross),
        taxes=tuple(_tax(tax, content, words) for tax in content.taxes),
        lines=lines,
        language=terms.language,
        form=terms.form,
        zone=zone_of_issuer(content.seller) or "UTC",
        state=state_of(row.voided_on, row.number),
        tax_point=_tax_point(content, row.issued_on),
        payment_words=payment_words(row.gross, row.due_on, content.payment_days, words),
        notes=tuple(_notes(content, words)),
        preceding=_preceding(content, issued_on),
        made_out_by=content.made_out_by if content.made_out_by != content.seller.name else "",
        delivery=DocumentDelivery(on=service_to),
        voided_on=row.voided_on,
        corrections=corrections_of(lines, words),
        proof_address=proof,
        proof_command=command,
    )


def _line(pos: int, line: PayeeDocumentLine, issued_on: Mapping[str, date], words: Words) -> BusinessLine:
    """Make a line: one of the amount, or one taken back, for a price is never below zero (BR-27)."""
    number = line.corrects or ""
    return BusinessLine(
        pos=pos,
        name=line.charge,
        quantity=Decimal(-1 if line.net < 0 else 1),
        unit=_EACH,
        unit_code=unit(_EACH).code,
        net=line.net,
        unit_price=abs(line.net),
        service_from=line.service.first,
        service_to=line.service.after_last - _A_DAY,
        tax_category=line.tax.category,
        tax_rate=_rate(line.tax),
        tax_point=line.tax_point,
        nature=line.nature,
        description=line_words(line.label, words),
        note=words.text("Line {pos} of {number}", pos=line.pos, number=line.number),
        corrects=number,
        corrects_on=issued_on.get(number),
        why=(words.text("The customer's document was corrected by {number}", number=line.number),) if number else (),
    )


def _rate(tax: Tax) -> Decimal | None:
    return None if tax.category is TaxCategory.OUT_OF_SCOPE else tax.rate


def _tax(record: PayeeTaxRecord, content: PayeeDocumentContent, words: Words) -> TaxOfRate:
    tax = Tax(TaxCategory(record.category), record.rate_percent, record.reason)
    return TaxOfRate(
        category=tax.category,
        rate=_rate(tax),
        taxable=record.taxable,
        tax=record.tax,
        reason=reason_in_document(tax, words),
    )


def _tax_point(content: PayeeDocumentContent, issued_on: date) -> date | None:
    days = {line.tax_point for line in content.lines}
    return next(iter(days)) if len(days) == 1 and days != {issued_on} else None


def _notes(content: PayeeDocumentContent, words: Words) -> list[DocumentNote]:
    """Say on which agreements it rests that another writes it, and what it takes back or issues anew as a whole."""
    notes = [
        DocumentNote(words.text("Written by the customer under the agreement {paper}", paper=paper.reference))
        for paper in content.agreements
    ]
    if content.takes_back is not None:
        notes.append(DocumentNote(words.text("Takes back all of {number}", number=content.takes_back)))
    if content.replaces is not None:
        notes.append(DocumentNote(words.text("Replaces {number}", number=content.replaces)))
    return notes


def _preceding(content: PayeeDocumentContent, issued_on: Mapping[str, date]) -> tuple[PrecedingDocument, ...]:
    named = (*content.corrected, content.takes_back, content.replaces)
    numbers = dict.fromkeys(number for number in named if number is not None)
    return tuple(PrecedingDocument(number, issued_on.get(number)) for number in numbers)
