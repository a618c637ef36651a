"""Numbers of issued invoices, one a line."""

from collections.abc import Sequence
from typing import ClassVar

from billing.exports.export import Export
from billing.invoices.store import StoredInvoice


class NumbersText(Export):
    """The numbers of issued invoices, one a line.

    Attributes:
        prefix: stands before each number.
    """

    name: ClassVar = "numbers"
    media_type: ClassVar = "text/plain; charset=utf-8"
    suffix: ClassVar = ".txt"

    prefix: str = ""

    def render(self, invoices: Sequence[StoredInvoice]) -> bytes:
        """Write the numbers, in the order in which the invoices are given."""
        return "".join(f"{self.prefix}{invoice.row.number}\n" for invoice in invoices).encode()
