"""The documents of one invoice that are e-invoices: their registered names, and the bytes of those that are XML."""

from typing import ClassVar

from billing.documents.document import InvoiceDocument
from billing.documents.einvoice.held_to_rules import validated_xml
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import InvoiceForm


class EInvoiceDocument(InvoiceDocument):
    """An e-invoice of one invoice: ``GET /v1/invoices/NUMBER/ADDRESS`` and ``invoice show NUMBER --NAME FILE``.

    Attributes:
        form: whose rules it keeps.
    """

    form: ClassVar[InvoiceForm]


class EInvoiceXml(EInvoiceDocument):
    """An e-invoice that is XML and nothing else: the XML is the original, and wins over every picture of it."""

    media_type: ClassVar = "application/xml"
    suffix: ClassVar = ".xml"

    def render(self, invoice: BusinessDocument, pictures: InvoicePictures = NO_PICTURES) -> bytes:
        """Write an issued invoice, held to all rules of its form.

        Raises:
            EInvoiceRefused: the form refuses it, by the table or by a rule.
            RulesMissing: a package of rules is not installed.
        """
        return validated_xml(invoice, self.form)[0]
