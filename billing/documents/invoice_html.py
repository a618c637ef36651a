"""An invoice as a page that a person can read on a phone and print: one file, no script, nothing fetched."""

from typing import ClassVar

from billing.documents.document import InvoiceDocument
from billing.documents.invoice.layout import laid_out
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.look.html import STYLE, write_page
from billing.documents.model.business_document import BusinessDocument


class InvoiceHtml(InvoiceDocument):
    """An invoice as a page to print."""

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, invoice: BusinessDocument, pictures: InvoicePictures = NO_PICTURES) -> bytes:
        """Lay an invoice out, issued, void or a draft."""
        head, content = laid_out(invoice, pictures)
        return write_page("invoice/invoice.html.j2", head, content)
