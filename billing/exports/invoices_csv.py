"""One row for each invoice."""

from collections.abc import Sequence
from typing import ClassVar

from billing.exports.export import Export
from billing.exports.table import write
from billing.invoices.store import StoredInvoice
from quantities.number import unsigned_zero

HEADER = (
    "number", "issued_on", "due_on", "contract", "supplier", "customer", "period_first", "period_after_last",
    "currency", "net", "vat", "gross", "watermark", "document_type", "corrects", "state",
)  # fmt: skip


class InvoicesCsv(Export):
    """Issued invoices as CSV, a row an invoice; of a void one with amounts of 0: its number is used."""

    name: ClassVar = "invoices"
    media_type: ClassVar = "text/csv; charset=utf-8"
    suffix: ClassVar = ".csv"

    def render(self, invoices: Sequence[StoredInvoice]) -> bytes:
        """Write issued invoices, in the order in which they are given."""
        return write(
            HEADER,
            (
                (
                    row.number, row.issued_on, row.due_on, " ".join(invoice.contracts), row.inputs.supplier.name,
                    row.inputs.customer.name, row.first, row.after_last, row.currency,
                    *(unsigned_zero(amount * counts) for amount in (row.net, row.vat, row.gross)), row.watermark,
                    row.document_type, " ".join(invoice.names), "issued" if counts else "void",
                )
                for invoice in invoices for row in (invoice.row,) for counts in (int(row.voided_on is None),)
            ),
        )  # fmt: skip
