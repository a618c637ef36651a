"""Writes e-invoices that keep all rules of their form, and refuses those that do not, with the rule and the field."""

from datetime import date

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.refusals import (
    EInvoiceRefusal,
    refusal_of,
    refusals_before_number,
    refusals_by_rules,
)
from billing.documents.einvoice.rules.validation import ValidationReport, validate
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import InvoiceForm
from quantities.errors import Conflict


class EInvoiceRefused(Conflict):
    """The document breaks a rule of its form."""


class NotIssued(Conflict):
    """The document is a draft."""


class VoidHasNoOriginal(Conflict):
    """The document is void and has no original."""


def day_of_issue(document: BusinessDocument) -> date:
    """The day on which a document was issued.

    Raises:
        NotIssued, VoidHasNoOriginal: it is a draft, or void: neither is sent to anybody.
    """
    if document.issued_on is None or document.state == "draft":
        raise NotIssued(f"{document.number} has no original before it is issued", found=document.number)
    if document.state == "void":
        raise VoidHasNoOriginal(f"{document.number} is void: it has no original", found=document.number)
    return document.issued_on


def validated_xml(document: BusinessDocument, form: InvoiceForm) -> tuple[bytes, ValidationReport]:
    """Write a document as an e-invoice of a form, held to its rules.

    Raises:
        NotIssued, VoidHasNoOriginal: it is a draft, or void.
        EInvoiceRefused: the form refuses it, by the table or by a rule.
        RulesMissing: a package of rules is not installed.
    """
    issued_on = day_of_issue(document)
    refused = refusal_of(document, form)
    if refused is not None:
        raise _refused(document, (refused,))
    xml = write_xml(document, form)
    report = validate(xml, form, issued_on)
    if report.errors:
        raise _refused(document, refusals_by_rules(form, report.errors))
    return xml, report


def require_form(document: BusinessDocument) -> None:
    """Refuse a document that its form refuses, as if it were issued.

    Raises:
        EInvoiceRefused: by the table or by a rule.
        RulesMissing: a package of rules is not installed.
    """
    refusals = refusals_before_number(document)
    if refusals:
        raise _refused(document, refusals)


def _refused(document: BusinessDocument, refusals: tuple[EInvoiceRefusal, ...]) -> EInvoiceRefused:
    first = refusals[0]
    more = f", and {len(refusals) - 1} more" if len(refusals) > 1 else ""
    return EInvoiceRefused(
        f"{document.number or 'The document'} cannot be made out as {first.form.value}: {first.why}{more}",
        found=document.document_type.value,
        rules=[refusal.rule for refusal in refusals],
        fields=sorted({field for refusal in refusals for field in refusal.fields}),
        reasons=[refusal.why for refusal in refusals],
    )
