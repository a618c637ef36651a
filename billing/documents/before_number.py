"""Holds documents to the form in which their customer takes them, before they have a number.

What a form refuses would have to be void once it is numbered: it waits instead, with the rule and the field.
"""

from collections.abc import Sequence

from sqlmodel import Session

from billing.documents.einvoice.held_to_rules import require_form
from billing.documents.einvoice.profile import E_INVOICE_FORMS
from billing.documents.model.at_address import at_address
from billing.documents.model.load import business_document
from billing.invoices import store as invoices
from billing.invoices.numbering import ToNumber
from billing.invoices.store import SavedDraft


def hold_to_forms(session: Session, saved: Sequence[SavedDraft], numbered: Sequence[ToNumber] | None = None) -> None:
    """Refuse documents that their form refuses; others cost nothing.

    Args:
        session: states the tenant.
        saved: drafts with their documents, none of which has a number.
        numbered: what of them is numbered, where several stand on one document; without it, each by itself.

    Raises:
        EInvoiceRefused: with the rules and the fields, of the first that is refused.
        RulesMissing: a package of rules is not installed.
    """
    if not any(_is_e_invoice(one) for one in saved):
        return
    to_number = [document for one in saved for document in ToNumber.of(one)] if numbered is None else numbered
    keys = {key for one in saved if _is_e_invoice(one) for key, _ in one.documents}
    asked = [document.invoice_id for document in to_number if keys & {document.invoice_id, *document.members}]
    for invoice in invoices.billed(session, asked):
        require_form(at_address(business_document(session, invoice), ""))  # what is no part of it has no number yet


def _is_e_invoice(saved: SavedDraft) -> bool:
    record = saved.draft.inputs.invoicing
    return record is not None and record.terms.form in E_INVOICE_FORMS
