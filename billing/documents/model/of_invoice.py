"""A stored invoice, issued or a draft, as its reader gets it: made of its own rows and of facts that cannot change."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from billing.documents.model.business_document import (
    BusinessDocument,
    ConsolidatedPart,
    DocumentAttachment,
    DocumentDelivery,
    DocumentNote,
    DocumentReferences,
    DocumentTotals,
    PrecedingDocument,
)
from billing.documents.model.business_line import BusinessLine
from billing.documents.model.facts import DocumentFacts
from billing.documents.model.line_context import LineContext
from billing.documents.model.of_corrections import corrections_of
from billing.documents.model.of_line import line_of_document
from billing.documents.model.of_party import accounts_for, party_in_document
from billing.documents.model.of_payment import payment_of, payment_words
from billing.documents.model.of_tax import tax_elsewhere, taxes_of
from billing.documents.model.paths import in_path
from billing.documents.words.words import Words, words_in
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.records.document_type import DocumentType
from contracts.invoicing import InvoicingTerms

_A_DAY = timedelta(days=1)
_NOTHING = Decimal(0)
_NOT_ASKED = InvoicingTerms()


def document_of_invoice(stored: StoredInvoice, facts: DocumentFacts) -> BusinessDocument:
    """Make what an invoice says of its rows; the lines of a consolidated one are numbered over all its contracts.

    Args:
        stored: with its lines, ratings and members; void or not.
        facts: of its versions, registers and counters, and of the documents that it names.
    """
    row, inputs = stored.row, stored.row.inputs
    made_out = inputs.invoicing
    terms = _NOT_ASKED if made_out is None else made_out.terms
    words = words_in(terms.language)
    lines = tuple(_lines(stored, facts, words))
    seller, buyer = (None, None) if made_out is None else (made_out.seller, made_out.buyer)
    accounts = accounts_for(inputs.supplier, seller, row.currency)
    service_to = max((line.service_to for line in lines), default=row.after_last - _A_DAY)
    return BusinessDocument(
        number=stored.name,
        issued_on=row.issued_on,
        document_type=DocumentType(row.document_type),
        currency=row.currency,
        due_on=row.due_on,
        references=_references(stored),
        seller=party_in_document(inputs.supplier, seller),
        buyer=party_in_document(inputs.customer, buyer),
        period_from=min((line.service_from for line in lines), default=row.first),
        period_to=service_to,
        payment=payment_of(row.number, row.currency, accounts),
        totals=totals_in_document(stored),
        taxes=taxes_of(stored.lines, row.currency, inputs.tax, words),
        lines=lines,
        language=terms.language,
        form=terms.form,
        zone=inputs.zone,
        state=state_of(row.voided_on, row.number),
        tax_elsewhere=tax_elsewhere(None if inputs.tax is None else inputs.tax.declared),
        tax_point=_tax_point(stored.lines, row.issued_on),
        payment_words=payment_words(stored.payable, row.due_on, inputs.payment_days, words),
        cash_discounts=inputs.cash_discount if stored.payable > 0 else (),
        notes=_notes(stored),
        preceding=tuple(_preceding(stored, facts)),
        made_out_by=inputs.made_out_by or "",
        delivery=DocumentDelivery(name=_place(lines), on=service_to),
        attachments=() if row.number is None else (_proof_attachment(stored, words),),
        voided_on=row.voided_on,
        corrections=corrections_of(lines, words),
        parts=tuple(_part(member) for member in stored.members),
        held_apart=tuple(_held_apart(stored)),
        watermark=inputs.watermark,
        version=inputs.version_number,
        proof_address="" if row.number is None else proof_of_document(stored.name),  # a draft has no proof
        proof_command="" if row.number is None else f"usufruct proof {stored.name}",
        billed_from=row.first,
        billed_to=row.after_last - _A_DAY,
        claims_delay=inputs.late is not None,
    )


def proof_of_document(number: str) -> str:
    """Say where the proof of a document is: its path behind the address of the product."""
    return f"/v1/invoices/{in_path(number)}/proof"


def state_of(voided_on: date | None, number: str | None) -> str:
    """Say whether a document is void, a draft or issued."""
    if voided_on is not None:
        return "void"
    return "draft" if number is None else "issued"


def totals_in_document(stored: StoredInvoice) -> DocumentTotals:
    """Say what a document comes to, as it was totalled (BG-22).

    Nothing is paid of it when it is issued (BT-113): what is drawn of a prepayment is a line of it, below zero, and a
    payment is set off against issued documents alone.
    """
    row, tax = stored.row, stored.row.inputs.tax
    return DocumentTotals(
        lines=sum((line.net for line in stored.lines), _NOTHING),
        net=row.net,
        tax=row.vat,
        gross=row.gross,
        payable=stored.payable,
        rounding=_NOTHING if tax is None else tax.rounding or _NOTHING,
        withheld=_NOTHING if tax is None else tax.withheld or _NOTHING,
    )


def _lines(stored: StoredInvoice, facts: DocumentFacts, words: Words) -> Iterator[BusinessLine]:
    pos = 0
    for part in stored.parts:
        made_out = part.row.inputs.invoicing
        context = LineContext(
            part=part,
            number=stored.name,
            seller_country=stored.row.inputs.supplier.country,
            is_of_several=bool(stored.members),
            terms=None if made_out is None else made_out.terms,
            facts=facts,
            words=words,
        )
        for line in part.lines:
            pos += 1
            yield line_of_document(pos, line, context)


def _references(stored: StoredInvoice) -> DocumentReferences:
    """Say what a document refers to; of several contracts only what all of them refer to alike."""
    parts = [part.row.inputs for part in stored.parts]
    terms = [_NOT_ASKED if inputs.invoicing is None else inputs.invoicing.terms for inputs in parts]
    contracts = [of.contract or inputs.contract for of, inputs in zip(terms, parts, strict=True)]

    def common(reference: Callable[[InvoicingTerms], str | None]) -> str:
        return _only([reference(of) or "" for of in terms])

    return DocumentReferences(
        buyer_reference=common(lambda of: of.buyer_reference),
        project=common(lambda of: of.project),
        contract=_only(contracts),
        order=common(lambda of: of.order),
        cost_centre=common(lambda of: of.cost_centre),
    )


def _only(texts: Sequence[str]) -> str:
    return texts[0] if len({*texts}) == 1 else ""


def _tax_point(lines: Sequence[Line], issued_on: date | None) -> date | None:
    """Name the day of the tax where it is one for all lines (BT-7), and not the day of issue."""
    days = {line.tax_point for line in lines}
    return next(iter(days)) if len(days) == 1 and days != {issued_on} else None


def _notes(stored: StoredInvoice) -> tuple[DocumentNote, ...]:
    """Say why a credit note by hand gives back; what no tax is charged for stands with the tax (BT-120)."""
    credit = stored.row.inputs.credit
    return (DocumentNote(credit.reason),) if credit is not None and credit.reason else ()


def _preceding(stored: StoredInvoice, facts: DocumentFacts) -> Iterator[PrecedingDocument]:
    for number in stored.names:
        yield PrecedingDocument(number, facts.issued_on.get(number))
    for number in stored.row.inputs.prepaid_by:
        yield PrecedingDocument(number, facts.issued_on.get(number), is_prepayment=True)


def _place(lines: Sequence[BusinessLine]) -> str:
    """Name the place of delivery where it is one for all lines that have one (BT-70)."""
    sites = {site for line in lines for site in line.sites}
    return next(iter(sites)) if len(sites) == 1 else ""


def _proof_attachment(stored: StoredInvoice, words: Words) -> DocumentAttachment:
    return DocumentAttachment(
        reference=stored.name, description=words.text("Proof of every line"), address=proof_of_document(stored.name)
    )


def _part(member: StoredInvoice) -> ConsolidatedPart:
    row = member.row
    positions = tuple(range(member.before + 1, member.before + len(member.lines) + 1))
    return ConsolidatedPart(row.inputs.contract, row.first, row.after_last - _A_DAY, positions, row.net)


def _held_apart(stored: StoredInvoice) -> Iterator[tuple[str, date, date, Decimal, int]]:
    for part in stored.parts:
        rating = part.own_rating
        for note in () if rating is None else rating.inputs.held_apart:
            yield note.charge, note.first, note.after_last - _A_DAY, note.net, note.dispute
