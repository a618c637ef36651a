"""ZUGFeRD and Factur-X: the CII of a document within its PDF/A-3, profile EN 16931."""

from typing import ClassVar, Final

from facturx import generate_from_binary

from billing.documents.einvoice.document import EInvoiceDocument
from billing.documents.einvoice.held_to_rules import validated_xml
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import InvoiceForm

#: Both are the invoice (PDF 2.0, AFRelationship): as German law has it, of two that differ the XML counts.
_RELATION: Final = "alternative"


class ZugferdPdf(EInvoiceDocument):
    """An invoice as Factur-X (ZUGFeRD), a PDF/A-3 with its CII within; 409 with the rule where it breaks one."""

    name: ClassVar = "zugferd"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    form: ClassVar = InvoiceForm.ZUGFERD

    def render(self, invoice: BusinessDocument, pictures: InvoicePictures = NO_PICTURES) -> bytes:
        """Put the XML of an issued invoice, held to all rules, into its PDF/A-3; the XML is the original.

        Raises:
            EInvoiceRefused: the form refuses it, by the table or by a rule.
            RulesMissing: a package of rules is not installed.
            MissingFont, UnprintableSign: it cannot be laid out as PDF.
        """
        xml = validated_xml(invoice, self.form)[0]
        return with_xml_within(InvoicePdf().render(invoice, pictures), xml, invoice)


def with_xml_within(pdf: bytes, xml: bytes, document: BusinessDocument) -> bytes:
    """Put the XML of a document into its PDF.

    Args:
        pdf: PDF/A-3.
        xml: CII of the profile EN 16931, validated already: the library's own check of rules asks a server, and passes
            where none answers.
        document: for what the file says of itself.

    Returns:
        PDF/A-3 with ``factur-x.xml``; it says when it was made, so that two of one document differ in that.
    """
    title = f"{document.seller.name}: {document.number}"
    made = generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
        pdf_metadata={"author": document.seller.name, "keywords": "Factur-X", "title": title, "subject": title},
        lang=document.language.value,
        afrelationship=_RELATION,
    )
    return bytes(made)
