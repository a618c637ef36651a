"""The shape of an export: a document of many invoices."""

from abc import abstractmethod
from collections.abc import Sequence

from billing.documents.document import Document
from billing.invoices.store import StoredInvoice


class Export(Document):
    """Many invoices written for a program: ``GET /v1/exports/NAME`` and ``export NAME``."""

    @abstractmethod
    def render(self, invoices: Sequence[StoredInvoice]) -> bytes:
        """Write issued invoices, in the order in which they are given."""
