"""A covering note of an invoice."""

from typing import ClassVar

from billing.documents.document import InvoiceDocument
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.model.business_document import BusinessDocument


class CoveringNote(InvoiceDocument):
    """A covering note of an invoice.

    Attributes:
        greeting: the first words.
    """

    name: ClassVar = "note"
    media_type: ClassVar = "text/plain; charset=utf-8"
    suffix: ClassVar = ".txt"

    greeting: str = "Dear customer"

    def render(self, invoice: BusinessDocument, pictures: InvoicePictures = NO_PICTURES) -> bytes:
        """Write the note."""
        payable = f"{invoice.totals.payable:f} {invoice.currency}"
        return f"{self.greeting}, please pay {payable} for {invoice.number}.\n".encode()
