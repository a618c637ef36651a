"""A covering note of an invoice."""

from typing import ClassVar

from billing.documents.document import InvoiceDocument
from billing.documents.views import InvoiceOut


class CoveringNote(InvoiceDocument):
    """A covering note of an invoice.

    Attributes:
        greeting: the first words.
    """

    name: ClassVar = "note"
    media_type: ClassVar = "text/plain; charset=utf-8"
    suffix: ClassVar = ".txt"

    greeting: str = "Dear customer"

    def render(self, invoice: InvoiceOut) -> bytes:
        """Write the note."""
        return f"{self.greeting}, please pay {invoice.gross:f} {invoice.currency} for {invoice.number}.\n".encode()
