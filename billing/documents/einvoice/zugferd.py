"""ZUGFeRD and Factur-X: the CII of a document within its PDF/A-3, profile EN 16931."""

from typing import ClassVar, Final

from billing.documents.einvoice.document import EInvoiceDocument
from billing.documents.einvoice.facturx_metadata import as_facturx
from billing.documents.einvoice.held_to_rules import validated_xml
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.invoice_pdf import invoice_pdf
from billing.documents.look.pdf import AttachedFile
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import InvoiceForm

#: Both are the invoice (AFRelationship): in Germany the profile EN 16931 must be an alternative (ZUGFeRD 2, 6.2.2),
#: and France takes it as well. As German law has it, of two that differ the XML counts.
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
        return with_xml_within(invoice, validated_xml(invoice, self.form)[0], pictures)


def with_xml_within(document: BusinessDocument, xml: bytes, pictures: InvoicePictures = NO_PICTURES) -> bytes:
    """Lay a document out as PDF with its XML within.

    Args:
        document: issued.
        xml: its CII of the profile EN 16931, validated already.
        pictures: its logo, charts and codes.

    Returns:
        PDF/A-3b and PDF/UA-1 with ``factur-x.xml``; the same bytes for the same values.

    Raises:
        MissingFont, UnprintableSign: it cannot be laid out as PDF.
    """
    attached = AttachedFile("factur-x.xml", xml.decode(), "text/xml", _RELATION, "Factur-X/ZUGFeRD, EN 16931")
    return as_facturx(invoice_pdf(document, pictures, attached))
