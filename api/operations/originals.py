"""Originals as use cases: e-invoices of a document, its archived original, and what its validation says."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from pydantic import BaseModel
from sqlmodel import Session

from api.operations.business_documents import as_it_leaves, document_of
from api.operations.document_pictures import pictures_of
from api.operations.invoices import open_invoice, write_invoice
from api.server.database import as_product
from billing.archive import store as archive
from billing.archive.of_ksef import original_of_ksef
from billing.archive.original import MadeFile, made_original, recorded
from billing.archive.store import ArchivedFile
from billing.clearance.before_number import require_clearable
from billing.clearance.duty import form_of_original
from billing.clearance.store import cleared_file_of
from billing.documents.document import InvoiceDocument
from billing.documents.einvoice.document import EInvoiceDocument
from billing.documents.einvoice.held_to_rules import NotIssued, VoidHasNoOriginal
from billing.documents.einvoice.refusals import EInvoiceRefusal, as_if_issued, provisional_report
from billing.documents.einvoice.rules.business_terms import field_of, place_of
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import payee_business_document
from billing.invoices.store import StoredInvoice
from billing.payees.documents import store as payee_documents
from billing.records.document_file import BrokenRuleRecord, ValidationRecord
from contracts.invoicing import E_INVOICE_FORMS, STATE_FORMS, InvoiceForm
from quantities.errors import UsufructError, slug, title

#: What documents in the form of a state are held to.
_RULES_OF_STATES = {
    InvoiceForm.KSEF: "FA(3), edition 1-0E, by the schema of Poland's ministry of finance",
    InvoiceForm.FAPIAO: "what a batch import of e-fapiao asks for, edition pt:20260401",
}


class BrokenRuleOut(BaseModel):
    """A rule that a document breaks: its number, and the sentence that says which fields it is about."""

    rule: str
    why: str
    fields: list[str] = []


class ValidationOut(BaseModel):
    """What the rules of a document's form say of it.

    Attributes:
        form: that its customer takes.
        rules: what it was held to, with the releases; none of a form that no rules are for.
        errors: what keeps it from being sent.
        warnings: rules that are not binding.
        archived: whether it was validated when its original was made, and is not now.
    """

    form: InvoiceForm
    rules: list[str]
    errors: list[BrokenRuleOut]
    warnings: list[BrokenRuleOut]
    archived: bool


def write_document(
    session: Session,
    number: str,
    document: InvoiceDocument,
    at: datetime,
    supplier: str | None = None,
    *,
    as_customer: bool = False,
    public_url: str = "",
) -> bytes:
    """Write an invoice as a document; an e-invoice in the form that its customer takes is the archived original.

    ``public_url`` is where customers reach this server, as in ``write_invoice``.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
        EInvoiceRefused: its form refuses it, by the table or by a rule.
        NotIssued, VoidHasNoOriginal: an e-invoice of a draft, or of what is void.
        RulesMissing: a package of rules is not installed.
        MissingFont, UnprintableSign, UnprintablePicture: it cannot be laid out as PDF.
    """
    if isinstance(document, EInvoiceDocument):
        with open_invoice(session, number, at, supplier, as_customer=as_customer) as stored:
            if archive.of_invoice(stored).form is document.form:
                _refuse_void(stored, as_customer=as_customer)
                return archived_original(session, stored, at, public_url).content
    return write_invoice(session, number, document, at, supplier, as_customer=as_customer, public_url=public_url)


def find_original(
    session: Session,
    number: str,
    at: datetime,
    supplier: str | None = None,
    *,
    as_customer: bool = False,
    public_url: str = "",
) -> ArchivedFile:
    """Find the archived original of an issued invoice; whoever asks first has it made. Of KSeF it is the cleared file.

    Of what a state does not clear (it comes to nothing, claims damages, goes to a consumer) it is the PDF.

    ``public_url`` is where customers reach this server, as in ``write_invoice``.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``, ``write_document``).
        OriginalOfState: a state's system makes it, or has not cleared it yet.
        VoidHasNoOriginal: it is void; the house sees what was archived before all the same.
    """
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as stored:
        _refuse_void(stored, as_customer=as_customer)
        return archived_original(session, stored, at, public_url)


def find_payee_original(
    session: Session, number: str, at: datetime, seller: str | None = None, *, public_url: str = ""
) -> ArchivedFile:
    """Find the archived original of a document between the supplier and a payee, in the form that it is taken.

    Raises:
        UnknownPayeeDocument, WhichSeller: there is none, or several (others: ``find_original``).
    """
    row = payee_documents.find(session, number, seller)
    with as_product(session):
        document = as_it_leaves(session, payee_business_document(session, row), row.issuer_id, public_url)
        document = replace(document, form=form_of_original(document))
        kept = archive.of_payee_document(row, document.form)
        if kept.form is InvoiceForm.KSEF:
            return original_of_ksef(document, cleared_file_of(session, payee_document_id=row.id))
        pictures = partial(pictures_of, session, payee_document_id=row.id)
        return archive.original_of(session, kept, lambda: made_original(document, pictures), at)


def validate_invoice(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> ValidationOut:
    """Say what the rules of its form say of an invoice, or of a draft, which is as it would be if it were issued.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
        RulesMissing: a package of rules is not installed.
    """
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as stored, as_product(session):
        kept = archive.find_original(session, archive.of_invoice(stored))
        if kept is not None:
            return _validation_out(kept.report, archived=True)
        written = document_of(session, stored)
    return _validated_now(written, at)


def archived_original(session: Session, stored: StoredInvoice, at: datetime, public_url: str = "") -> ArchivedFile:
    """Read the archived original of an issued invoice, made on first need; of KSeF the file that it has cleared.

    Of what its state does not clear it is the PDF.

    Args:
        session: states the tenant, and the party where a customer asks.
        stored: the invoice.
        at: now.
        public_url: at which customers reach this server, for the addresses of proofs.

    Raises:
        NotIssued, VoidHasNoOriginal, OriginalOfState, EInvoiceRefused, RulesMissing: as ``made_original``.
    """
    if stored.row.number is None:
        raise NotIssued(f"{stored.draft} has no original before it is issued", found=stored.draft)
    kept = archive.of_invoice(stored)
    if kept.form in STATE_FORMS:  # what a state clears is said by the document itself
        kept = replace(kept, form=form_of_original(document_of(session, stored)))

    def make() -> MadeFile:
        pictures = partial(pictures_of, session, invoice_id=stored.row.id)
        return made_original(replace(document_of(session, stored, public_url), form=kept.form), pictures)

    with as_product(session):  # whoever opens it first need not be one who may write
        if kept.form is InvoiceForm.KSEF:
            return original_of_ksef(document_of(session, stored), cleared_file_of(session, invoice_id=stored.row.id))
        return archive.original_of(session, kept, make, at)


def _refuse_void(stored: StoredInvoice, *, as_customer: bool) -> None:
    """Show no customer the original of what is void: nothing in those bytes says so."""
    if as_customer and stored.row.voided_on is not None:
        raise VoidHasNoOriginal(f"{stored.name} is void: it has no original", found=stored.name)


def _validated_now(document: BusinessDocument, at: datetime) -> ValidationOut:
    if document.form is InvoiceForm.PDF:
        return ValidationOut(form=document.form, rules=[], errors=[], warnings=[], archived=False)
    if document.form not in E_INVOICE_FORMS:
        return _held_to_state(document, at)
    report = provisional_report(document)
    if isinstance(report, EInvoiceRefusal):
        refused = BrokenRuleOut(rule=report.rule, why=report.why)
        return ValidationOut(form=document.form, rules=[], errors=[refused], warnings=[], archived=False)
    return _validation_out(recorded(report), archived=False)


def _held_to_state(document: BusinessDocument, at: datetime) -> ValidationOut:
    """Say what the state whose form it is would refuse: the first that it lacks."""
    errors = []
    try:
        require_clearable(as_if_issued(document), at)
    except UsufructError as refusal:
        place = str(refusal.members.get("place", ""))
        fields = [place.replace(".", ": ", 1)] if place.startswith(("seller.", "buyer.")) else [place]
        why = f"{title(type(refusal))} {refusal}"
        errors.append(BrokenRuleOut(rule=slug(type(refusal)), why=why, fields=fields))
    rules = [_RULES_OF_STATES[document.form]]
    return ValidationOut(form=document.form, rules=rules, errors=errors, warnings=[], archived=False)


def _validation_out(report: ValidationRecord, *, archived: bool) -> ValidationOut:
    return ValidationOut(
        form=InvoiceForm(report.form),
        rules=list(report.rules),
        errors=[_rule_out(broken) for broken in report.errors],
        warnings=[_rule_out(broken) for broken in report.warnings],
        archived=archived,
    )


def _rule_out(broken: BrokenRuleRecord) -> BrokenRuleOut:
    places = [place_of(term) for term in broken.terms]
    where = f" ({'; '.join(places)})" if places else ""
    fields = [field for term in broken.terms if (field := field_of(term))]
    return BrokenRuleOut(rule=broken.rule, why=f"{broken.rule}{where}: {broken.text}", fields=fields)
