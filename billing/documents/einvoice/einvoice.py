"""Writes a document as the e-invoice of a form."""

from datetime import date

from billing.documents.einvoice.cii import write_cii
from billing.documents.einvoice.profile import Syntax, profile_on
from billing.documents.einvoice.ubl import write_ubl
from billing.documents.einvoice.written import written
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import InvoiceForm


def write_xml(document: BusinessDocument, form: InvoiceForm) -> bytes:
    """Write the XML of a document: of a ZUGFeRD, that within the PDF.

    Args:
        document: which the table does not refuse in this form.
        form: one of the forms of EN 16931.

    Returns:
        UTF-8; the same document gives the same bytes.
    """
    profile = profile_on(form, document.issued_on or date.max)
    ready = written(document, profile)
    return write_ubl(ready) if profile.syntax is Syntax.UBL else write_cii(ready)
