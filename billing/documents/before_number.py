"""Holds documents to the form in which their customer takes them, before they have a number.

What a form refuses would have to be void once it is numbered: it waits instead, with the rule and the field.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from billing.documents.einvoice.profile import E_INVOICE_FORMS
from billing.documents.model.business_document import BusinessDocument
from billing.invoices import store as invoices
from billing.invoices.numbering import ToNumber
from billing.invoices.store import SavedDraft
from contracts.invoicing import InvoiceForm
from quantities.period import zone

_STATE_FORMS = (InvoiceForm.KSEF, InvoiceForm.FAPIAO)
_PDF_FORMS = {InvoiceForm.PDF, InvoiceForm.ZUGFERD}
#: Of these the fonts of documents have all signs that names are written in; of others a document is laid out to see.
_USUAL_SIGNS = re.compile(r"[ -~\u00a0-\u017f\u0391-\u03c9\u0410-\u044f\u2013-\u201e\u20ac\u4e00-\u9fa5]*")


def hold_to_forms(
    session: Session, saved: Sequence[SavedDraft], now: datetime, numbered: Sequence[ToNumber] | None = None
) -> None:
    """Refuse documents that their form refuses; others cost nothing.

    Args:
        session: states the tenant.
        saved: drafts with their documents, none of which has a number.
        now: the instant.
        numbered: what of them is numbered, where several stand on one document; without it, each by itself.

    Raises:
        EInvoiceRefused: with the rules and the fields, of the first that is refused.
        UsufructError: with the place, of the first that its state could not clear (``require_clearable``).
        UnprintableSign: its original is a PDF, and no font has a sign of a name.
        RulesMissing: a package of rules is not installed.
    """
    if not any(_is_held_to_form(one) for one in saved):
        return
    # what writes and validates a document takes longer to load than a command that bills without one
    from billing.documents.model.load import business_document  # noqa: PLC0415 see above

    to_number = [document for one in saved for document in ToNumber.of(one)] if numbered is None else numbered
    keys = {key for one in saved if _is_held_to_form(one) for key, _ in one.documents}
    asked = [document for document in to_number if keys & {document.invoice_id, *document.members}]
    every = (key for document in asked for key in (document.invoice_id, *document.members))
    stored = {one.row.id: one for one in invoices.billed(session, every)}
    for document in asked:
        members = [stored[key] for key in document.members]
        _require(business_document(session, stored[document.invoice_id].holding(members)), now)


def _require(document: BusinessDocument, now: datetime) -> None:
    from billing.documents.einvoice.refusals import as_if_issued  # noqa: PLC0415 as above

    if document.form in _STATE_FORMS:
        from billing.clearance.before_number import require_clearable  # noqa: PLC0415 as above

        # whether a state clears it is a question of the day on which it is issued, not of the days that it bills
        document = replace(document, issued_on=document.issued_on or now.astimezone(zone(document.zone)).date())
        require_clearable(as_if_issued(document), now)
    else:
        from billing.documents.einvoice.held_to_rules import require_form  # noqa: PLC0415 as above

        require_form(document)
    if _form_of_original(document) in _PDF_FORMS:
        from billing.documents.invoice.layout import laid_out  # noqa: PLC0415 nearly no document is laid out here
        from billing.documents.invoice.pictures import NO_PICTURES  # noqa: PLC0415 the same
        from billing.documents.look.pdf import write_pdf  # noqa: PLC0415 the same

        if not _USUAL_SIGNS.fullmatch("".join(_names(document))):
            head, content = laid_out(as_if_issued(document), NO_PICTURES)
            write_pdf("invoice/invoice.typ", head, content, now)


def _form_of_original(document: BusinessDocument) -> InvoiceForm:
    if document.form not in _STATE_FORMS:
        return document.form
    from billing.clearance.duty import form_of_original  # noqa: PLC0415 as above

    return form_of_original(document)


def _names(document: BusinessDocument) -> Iterator[str]:
    for party in (document.seller, document.buyer):
        yield from (party.name, party.trading_name, party.register_note, party.address.city, party.address.region)
        yield from party.address.lines
        yield from (party.contact.name, *(identifier.value for identifier in party.identifiers))
    for line in document.lines:
        yield line.name


def _is_held_to_form(saved: SavedDraft) -> bool:
    record = saved.draft.inputs.invoicing
    if record is None:
        return False
    form = record.terms.form
    return form in E_INVOICE_FORMS or form in _STATE_FORMS or not _is_usual(saved)


def _is_usual(saved: SavedDraft) -> bool:
    """Whether the names of a document are of usual signs, told from what is at hand."""
    inputs = saved.draft.inputs
    record = "" if inputs.invoicing is None else inputs.invoicing.model_dump_json()
    charges = {line.charge for _, paper in saved.documents for line in paper.lines}
    names = (inputs.supplier.name, inputs.customer.name, *inputs.customer.address, record, *charges)
    return _USUAL_SIGNS.fullmatch("".join(names)) is not None
