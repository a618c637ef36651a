"""An invoice as PDF/A-3b and PDF/UA-1: what its page says, laid out for A4."""

from datetime import date
from typing import ClassVar, Final

from billing.documents.document import InvoiceDocument
from billing.documents.invoice.layout import laid_out
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.look.pdf import AttachedFile, write_pdf
from billing.documents.model.business_document import BusinessDocument

#: Of a draft, which has no day of issue: its file names no day that means something.
_UNDATED: Final = date(1970, 1, 1)


class InvoicePdf(InvoiceDocument):
    """An invoice as PDF; the same bytes each time."""

    name: ClassVar = "pdf"
    media_type: ClassVar = "application/pdf"
    suffix: ClassVar = ".pdf"
    address: ClassVar = "pdf"

    def render(self, invoice: BusinessDocument, pictures: InvoicePictures = NO_PICTURES) -> bytes:
        """Lay an invoice out, issued, void or a draft.

        Raises:
            MissingFont: a font is not installed.
            UnprintableSign: no font has a sign of a text.
        """
        return invoice_pdf(invoice, pictures)


def invoice_pdf(invoice: BusinessDocument, pictures: InvoicePictures, attached: AttachedFile | None = None) -> bytes:
    """Lay an invoice out, with a file within it where one is given.

    Raises:
        MissingFont: a font is not installed.
        UnprintableSign: no font has a sign of a text.
    """
    head, content = laid_out(invoice, pictures)
    return write_pdf("invoice/invoice.typ", head, content, invoice.issued_on or _UNDATED, attached)
