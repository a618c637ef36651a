"""Holds documents to the form in which their customer takes them, before they have a number.

What a form refuses would have to be void once it is numbered: it waits instead, with the rule and the field.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from billing.documents.einvoice.profile import E_INVOICE_FORMS
from billing.documents.model.business_document import BusinessDocument
from billing.invoices import store as invoices
from billing.invoices.numbering import ToNumber
from billing.invoices.store import SavedDraft
from contracts.invoicing import InvoiceForm

_STATE_FORMS = (InvoiceForm.KSEF, InvoiceForm.FAPIAO)


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
    if document.form in _STATE_FORMS:
        from billing.clearance.before_number import require_clearable  # noqa: PLC0415 as above
        from billing.documents.einvoice.refusals import as_if_issued  # noqa: PLC0415 as above

        require_clearable(as_if_issued(document), now)
    else:
        from billing.documents.einvoice.held_to_rules import require_form  # noqa: PLC0415 as above

        require_form(document)


def _is_held_to_form(saved: SavedDraft) -> bool:
    record = saved.draft.inputs.invoicing
    return record is not None and (record.terms.form in E_INVOICE_FORMS or record.terms.form in _STATE_FORMS)
