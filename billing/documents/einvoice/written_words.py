"""The sentences of an e-invoice: its notes (BG-1) and its terms of payment (BT-20)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from billing.documents.einvoice.elements import amount_text, number_text
from billing.documents.einvoice.profile import EInvoiceProfile, KindCell, note
from billing.documents.model.business_document import BusinessDocument, DocumentNote
from contracts.invoicing import InvoiceForm

XRECHNUNG_FORMS: Final = frozenset({InvoiceForm.XRECHNUNG, InvoiceForm.XRECHNUNG_CII})


def notes_of(document: BusinessDocument, cell: KindCell, profile: EInvoiceProfile) -> tuple[DocumentNote, ...]:
    """BG-1: the document's notes, and what it is where its type alone does not say it; one for Peppol."""
    notes = (*document.notes, *(DocumentNote(text) for text in _sentences(document, cell)))
    if profile.form is not InvoiceForm.PEPPOL or len(notes) <= 1:
        return notes
    return (DocumentNote("\n".join(part.text for part in notes)),)  # PEPPOL-EN16931-R002: one at most


def _sentences(document: BusinessDocument, cell: KindCell) -> Iterator[str]:
    language, totals = document.language, document.totals
    if cell.note:
        yield note(cell.note, language)
    if document.made_out_by:
        yield note("made_out_by", language, name=document.made_out_by)
    if totals.withheld:
        amounts = {"amount": totals.withheld, "payable": totals.payable}
        texts = {name: amount_text(abs(amount), document.currency) for name, amount in amounts.items()}
        yield note("withheld", language, currency=document.currency, **texts)


def payment_terms_of(document: BusinessDocument, form: InvoiceForm) -> str:
    """BT-20: the words, and the cash discount in words, or in XRechnung's syntax (BR-DE-18), a line for each."""
    if form not in XRECHNUNG_FORMS:
        discounts = (
            note("cash_discount", document.language, percent=number_text(step.percent), days=str(step.days))
            for step in document.cash_discounts
        )
        return "\n".join(text for text in (document.payment_words, *discounts) if text)
    lines = [f"#SKONTO#TAGE={step.days}#PROZENT={_percent(step.percent)}#\n" for step in document.cash_discounts]
    words = document.payment_words + "\n" if document.payment_words and lines else document.payment_words
    return words + "".join(lines)


def _percent(percent: Decimal) -> str:
    """Two decimals, as BR-DE-18 has it; a finer percentage stays as it is, and the rule refuses it."""
    text = number_text(percent)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
