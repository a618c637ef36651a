"""Issuing: the one way to a number, for documents of customers and for those of payees that come with them.

    saved drafts → the documents of payees that they come to → all held to their forms → legal entities locked → numbers

Whatever numbers a document does it here, so that nothing has a number that its form refuses. A kill leaves all or none.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from billing.delivery.issued import due_from
from billing.documents.before_number import hold_to_forms
from billing.invoices import numbering
from billing.invoices.numbering import ToNumber, lock_issuers
from billing.invoices.store import SavedDraft
from billing.payees.documents.prepared import number_prepared, prepare


def issue(
    session: Session,
    saved: Sequence[SavedDraft],
    now: datetime,
    issue_date: date | None = None,
    *,
    numbered: Sequence[ToNumber] | None = None,
) -> list[int]:
    """Issue saved drafts, and with them the documents between the supplier and its payees that they come to.

    Args:
        session: states the tenant, and locks the contracts.
        saved: drafts, with their documents, none of which has a number.
        now: the instant of issue.
        issue_date: the date that the documents bear, as ``give_numbers`` has it; a payee's, in whose books a later date
            stands already, bear that one.
        numbered: what of them is numbered, where several stand on one document; without it, each by itself.

    Returns:
        The keys of the customers' documents that are issued, in order.

    Raises:
        EInvoiceRefused, UnprintableSign and others: as ``hold_to_forms``; then nothing of ``saved`` is issued.
        IssueDateAhead, IssueDateTooEarly: as ``give_numbers``.
        SelfBillingNotAgreed, NoTaxRule and others: as ``billing.payees.documents.dividing.papers_of``.
    """
    to_number = [document for draft in saved for document in ToNumber.of(draft)] if numbered is None else numbered
    of_payees = prepare(session, saved, to_number, now, issue_date)
    hold_to_forms(session, saved, now, to_number, [of_payee.row for of_payee in of_payees])
    if not of_payees:
        issued = numbering.give_numbers(session, to_number, now, issue_date)
        _send(session, saved, issued, now)
        return issued
    suppliers = {document.issuer_id: document.supplier for document in to_number}
    payees = {of_payee.row.issuer_id: of_payee.row.content.seller for of_payee in of_payees}
    series = lock_issuers(session, payees | suppliers, payees.keys() - suppliers.keys())
    issued = numbering.give_numbers(session, to_number, now, issue_date)
    number_prepared(session, of_payees, series, now, issue_date)
    _send(session, saved, issued, now)
    return issued


def _send(session: Session, saved: Sequence[SavedDraft], issued: Sequence[int], now: datetime) -> None:
    asked = (draft.draft.inputs.invoicing for draft in saved)
    if any(invoicing is not None and invoicing.terms.delivery is not None for invoicing in asked):
        due_from(session, issued, now)
