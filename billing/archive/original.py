"""Makes the original of a document: in the form that its customer takes, held to all rules of that form."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from billing.archive.retention import retained_until
from billing.documents.einvoice.held_to_rules import day_of_issue, validated_xml
from billing.documents.einvoice.rules.validation import BrokenRule, ValidationReport
from billing.documents.einvoice.zugferd import with_xml_within
from billing.documents.invoice.pictures import InvoicePictures
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_file import BrokenRuleRecord, ValidationRecord
from contracts.invoicing import E_INVOICE_FORMS, InvoiceForm
from quantities.errors import Conflict

XML = "application/xml"
PDF = "application/pdf"
#: What reads the logo, the charts and the codes of a document.
ReadsPictures = Callable[[BusinessDocument], InvoicePictures]


class OriginalOfState(Conflict):
    """The state makes the original."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """The bytes of an original with what was found of them.

    Attributes:
        form: in which.
        media_type: of the bytes.
        content: the bytes.
        report: of the validation; of a PDF alone it names no rules.
        retained_until: the last day on which it is kept, by the law of the seller's country.
    """

    form: InvoiceForm
    media_type: str
    content: bytes
    report: ValidationRecord
    retained_until: date


def made_original(document: BusinessDocument, pictures: ReadsPictures) -> MadeFile:
    """Make the original of an issued document.

    Args:
        document: issued, and not void.
        pictures: reads what is drawn in it, where its form has a PDF.

    Raises:
        NotIssued, VoidHasNoOriginal: it is a draft, or void: it is sent to nobody.
        OriginalOfState: a fapiao is made by the state's system (billing/clearance/); of KSeF ``of_ksef`` says it.
        EInvoiceRefused: its form refuses it, by the table or by a rule.
        RulesMissing: a package of rules is not installed.
    """
    issued_on = day_of_issue(document)
    until = retained_until(document.seller.address.country, issued_on)
    if document.form is InvoiceForm.PDF:
        content = InvoicePdf().render(document, pictures(document))
        return MadeFile(document.form, PDF, content, ValidationRecord(form=document.form.value), until)
    if document.form not in E_INVOICE_FORMS:
        raise OriginalOfState(
            f"the original of {document.number} is the fapiao that the state's system makes out: "
            f"`usufruct clearance export {document.form.value}` asks for it, and it is handed out there",
            found=document.form.value,
            expected="the PDF or the page, which are for reading",
        )
    xml, report = validated_xml(document, document.form)
    if document.form is InvoiceForm.ZUGFERD:
        content = with_xml_within(document, xml, pictures(document))
        return MadeFile(document.form, PDF, content, recorded(report), until)
    return MadeFile(document.form, XML, xml, recorded(report), until)


def recorded(report: ValidationReport) -> ValidationRecord:
    """Write down a validation."""
    return ValidationRecord(
        form=report.form.value,
        rules=report.rules,
        errors=tuple(_rule(broken) for broken in report.errors),
        warnings=tuple(_rule(broken) for broken in report.warnings),
    )


def _rule(broken: BrokenRule) -> BrokenRuleRecord:
    return BrokenRuleRecord(rule=broken.rule, terms=broken.terms, text=broken.text, location=broken.location)
