"""Originals as use cases: e-invoices of a document, its archived original, and what its validation says."""

from datetime import datetime
from typing import Any, cast

from pydantic import BaseModel
from sqlmodel import Session

from api.operations.invoices import open_invoice
from api.server.database import as_product
from billing.archive import store as archive
from billing.archive.original import MadeFile, made_original, recorded
from billing.archive.store import ArchivedFile
from billing.documents import DOCUMENTS
from billing.documents.einvoice.document import EInvoiceDocument, EInvoiceXml
from billing.documents.einvoice.held_to_rules import NotIssued
from billing.documents.einvoice.profile import E_INVOICE_FORMS
from billing.documents.einvoice.refusals import EInvoiceRefusal, provisional_report
from billing.documents.einvoice.rules.business_terms import field_of, place_of
from billing.documents.einvoice.zugferd import ZugferdPdf
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.load import business_document
from billing.invoices.store import StoredInvoice
from billing.records.document_file import BrokenRuleRecord, ValidationRecord
from contracts.invoicing import InvoiceForm
from quantities.errors import Unavailable


class PdfNotWritten(Unavailable):
    """This release writes no invoices as PDF."""


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


def write_e_invoice(
    session: Session,
    number: str,
    document: EInvoiceDocument,
    at: datetime,
    supplier: str | None = None,
    *,
    as_customer: bool = False,
) -> bytes:
    """Write an issued invoice as an e-invoice; in the form that its customer takes it is the archived original.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``).
        EInvoiceRefused: the form refuses it, by the table or by a rule.
        NotIssued, VoidHasNoOriginal: it is a draft, or void.
        RulesMissing, PdfNotWritten: a package is not installed.
    """
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as stored, as_product(session):
        if archive.of_invoice(stored).form is document.form:
            return _original(session, stored, at).content
        written = business_document(session, stored)
    if isinstance(document, ZugferdPdf):
        return document.render(written, _pdf(written))
    if isinstance(document, EInvoiceXml):
        return document.render(written)
    raise TypeError(type(document).__name__)


def find_original(
    session: Session, number: str, at: datetime, supplier: str | None = None, *, as_customer: bool = False
) -> ArchivedFile:
    """Find the archived original of an issued invoice; whoever asks first has it made.

    Raises:
        UnknownInvoice: none is visible here (others: ``open_invoice``, ``write_e_invoice``).
        OriginalOfState: a state's system makes it.
    """
    with open_invoice(session, number, at, supplier, as_customer=as_customer) as stored, as_product(session):
        return _original(session, stored, at)


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
        written = business_document(session, stored)
    return _validated_now(written)


def _original(session: Session, stored: StoredInvoice, at: datetime) -> ArchivedFile:
    def make() -> MadeFile:
        return made_original(business_document(session, stored), _pdf)

    if stored.row.number is None:
        raise NotIssued(f"{stored.draft} has no original before it is issued", found=stored.draft)
    return archive.original_of(session, archive.of_invoice(stored), make, at)


def _pdf(document: BusinessDocument) -> bytes:
    """Lay a document out as PDF/A-3, by whatever is registered for it."""
    kind = DOCUMENTS.invoice.get("pdf")
    if kind is None:
        raise PdfNotWritten(f"{document.number}: no document is registered as PDF", expected="pdf")
    return cast("Any", kind()).render(document)  # type: ignore[no-any-return] # takes a BusinessDocument


def _validated_now(document: BusinessDocument) -> ValidationOut:
    if document.form not in E_INVOICE_FORMS:
        return ValidationOut(form=document.form, rules=[], errors=[], warnings=[], archived=False)
    report = provisional_report(document)
    if isinstance(report, EInvoiceRefusal):
        refused = BrokenRuleOut(rule=report.rule, why=report.why)
        return ValidationOut(form=document.form, rules=[], errors=[refused], warnings=[], archived=False)
    return _validation_out(recorded(report), archived=False)


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
