"""The shape of an export: a document of many invoices."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from billing.documents.document import Document
from billing.invoices.store import StoredInvoice
from contracts.indexation.lookup import Month
from quantities.days import Day


class Export(Document):
    """Many invoices written for a program: ``GET /v1/exports/NAME`` and ``export NAME``.

    Which of them is asked by the day of issue; what is stated holds together.
    """

    month: Annotated[Month | None, Field(description="Issued in this month, as 2026-03.")] = None
    issued_from: Annotated[Day | None, Field(description="Issued on this day or later.")] = None
    issued_to: Annotated[Day | None, Field(description="Issued on this day, which counts, or earlier.")] = None

    @abstractmethod
    def render(self, invoices: Sequence[StoredInvoice]) -> bytes:
        """Write issued invoices, in the order in which they are given."""
