"""Holds documents to the form in which they are taken, before they have a number: customers', and those of payees.

What a form refuses would have to be void once it is numbered: it waits instead, with the rule and the field. Documents
that are issued together wait together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime

from sqlmodel import Session

from billing.documents.model.business_document import BusinessDocument
from billing.invoices import store as invoices
from billing.invoices.numbering import ToNumber
from billing.invoices.store import SavedDraft
from billing.records.document_type import DocumentType
from billing.records.invoicing import InvoicingRecord
from billing.tables import PayeeDocumentRow
from contracts.invoicing import E_INVOICE_FORMS, STATE_FORMS, InvoiceForm
from contracts.parties import Party
from quantities.errors import UsufructError
from quantities.period import zone

#: The forms whose original is a picture; XML goes out without one, where none can be made.
_PICTURES = (InvoiceForm.PDF, InvoiceForm.ZUGFERD)
#: The fonts of documents have all of these; where there are others, a document is laid out to see.
_USUAL_SIGNS = re.compile(r"[ -~\u00a0-\u017f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f\u2013-\u201e\u20ac\u4e00-\u9fa5]*")
#: So many contracts are named in the words of a refusal; all are in its member ``contracts``.
_NAMED_MOST = 5


def hold_to_forms(
    session: Session,
    saved: Sequence[SavedDraft],
    now: datetime,
    to_number: Sequence[ToNumber],
    of_payees: Sequence[PayeeDocumentRow] = (),
) -> None:
    """Refuse documents that their form refuses; others cost nothing.

    Args:
        session: states the tenant.
        saved: drafts with their documents, none of which has a number.
        now: the instant.
        to_number: what of them is numbered, of which several may stand on one document.
        of_payees: documents between the supplier and payees that are numbered with them, not saved.

    What several contracts, or a payee, would get is named in the words of the refusal; its member ``contracts`` names
    the contracts that stand on the document.

    Raises:
        EInvoiceRefused: with the rules and the fields, of the first that is refused.
        UsufructError: with the place, of the first that its state could not clear (``require_clearable``).
        UnprintableSign: its original is a PDF, and no font has a sign of what it says.
        RulesMissing: a package of rules is not installed.
    """
    keys = {key for draft in saved if _is_held_to_form(draft) for key, _ in draft.documents}
    asked = [document for document in to_number if keys & {document.invoice_id, *document.members}]
    rows = [row for row in of_payees if _is_of_a_form(row.content.invoicing) or not _is_usual(_texts_of_payee(row))]
    if not asked and not rows:
        return
    # what writes and validates a document takes longer to load than a command that bills without one
    from billing.documents.model.load import business_document, payee_business_document  # noqa: PLC0415 see above

    every = (key for document in asked for key in (document.invoice_id, *document.members))
    stored = {invoice.row.id: invoice for invoice in invoices.billed(session, every)}
    for document in asked:
        members = [stored[key] for key in document.members]
        contracts = tuple(dict.fromkeys(member.row.inputs.contract for member in members))
        whole = stored[document.invoice_id].holding(members)
        _require(business_document(session, whole), now, _together(contracts), contracts)
    for row in rows:
        _require(payee_business_document(session, row), now, _of_payee(row))


def _require(document: BusinessDocument, now: datetime, named: str, contracts: Sequence[str] = ()) -> None:
    """Refuse a document that its form refuses; one that is called by its parties or contracts is named in the words."""
    try:
        _require_form(document, now)
    except UsufructError as refusal:
        if named:
            refusal.args = (f"{named}: {refusal}",)
        if contracts:
            refusal.members |= {"contracts": list(contracts)}
        raise


def _require_form(document: BusinessDocument, now: datetime) -> None:
    from billing.documents.einvoice.refusals import as_if_issued  # noqa: PLC0415 as above

    if document.form in STATE_FORMS:
        from billing.clearance.before_number import require_clearable  # noqa: PLC0415 as above

        # whether a state clears it is a question of the day on which it is issued, not of the days that it bills
        document = replace(document, issued_on=document.issued_on or now.astimezone(zone(document.zone)).date())
        require_clearable(as_if_issued(document), now)
    elif document.form in E_INVOICE_FORMS:
        from billing.documents.einvoice.held_to_rules import require_form  # noqa: PLC0415 as above

        require_form(document)
    if _form_of_original(document) in _PICTURES and not _is_usual(_texts(document)):
        from billing.documents.invoice.layout import laid_out  # noqa: PLC0415 nearly no document is laid out here
        from billing.documents.invoice.pictures import NO_PICTURES  # noqa: PLC0415 the same
        from billing.documents.look.pdf import write_pdf  # noqa: PLC0415 the same

        head, content = laid_out(as_if_issued(document), NO_PICTURES)
        write_pdf("invoice/invoice.typ", head, content, now)


def _form_of_original(document: BusinessDocument) -> InvoiceForm:
    if document.form not in STATE_FORMS:
        return document.form
    from billing.clearance.duty import form_of_original  # noqa: PLC0415 as above

    return form_of_original(document)


def _together(contracts: Sequence[str]) -> str:
    """Call what several contracts owe together by their references; nothing of what one owes."""
    if not contracts:
        return ""
    more = f" and {len(contracts) - _NAMED_MOST} more" if len(contracts) > _NAMED_MOST else ""
    return f"the document of {', '.join(contracts[:_NAMED_MOST])}{more} together"


def _of_payee(row: PayeeDocumentRow) -> str:
    content, kind = row.content, DocumentType(row.document_type)
    sides = f"of {content.seller.name} to {content.buyer.name}"
    return f"the {kind.in_words.replace('_', ' ')} document ({kind.value}) {sides}"


def _is_held_to_form(saved: SavedDraft) -> bool:
    records = (saved.draft.inputs.invoicing, *saved.draft.made_out.values())
    return any(map(_is_of_a_form, records)) or not _is_usual(_texts_of_draft(saved))


def _is_of_a_form(record: InvoicingRecord | None) -> bool:
    return record is not None and (record.terms.form in E_INVOICE_FORMS or record.terms.form in STATE_FORMS)


def _is_usual(texts: Iterable[str]) -> bool:
    return _USUAL_SIGNS.fullmatch("".join(texts)) is not None


def _texts_of_draft(saved: SavedDraft) -> Iterator[str]:
    """List what a customer's documents say in the words of somebody, as far as it is at hand."""
    inputs = saved.draft.inputs
    parties = (inputs.supplier, inputs.customer, *(issuing.issuer for issuing in saved.draft.sellers.values()))
    yield from (inputs.contract, *_texts_of_parties(parties))
    yield from _texts_of_records((inputs.invoicing, *saved.draft.made_out.values()))
    if inputs.credit is not None:
        yield inputs.credit.reason
    yield from {text for _, paper in saved.documents for line in paper.lines for text in (line.charge, line.label)}
    yield from saved.draft.version.contract.assets


def _texts_of_payee(row: PayeeDocumentRow) -> Iterator[str]:
    content = row.content
    yield from (content.contract, *_texts_of_parties((content.seller, content.buyer)))
    yield from _texts_of_records((content.invoicing,))
    yield from (paper.reference for paper in content.agreements)
    for line in content.lines:
        yield from (line.charge, line.label)


def _texts_of_parties(parties: Iterable[Party]) -> Iterator[str]:
    for party in parties:
        yield from (party.name, *party.address)


def _texts_of_records(records: Iterable[InvoicingRecord | None]) -> Iterator[str]:
    yield from (record.model_dump_json() for record in records if record is not None)


def _texts(value: object) -> Iterator[str]:
    """List all texts within a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _texts(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
