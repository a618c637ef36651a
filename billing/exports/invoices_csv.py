"""One row for each invoice."""

from collections.abc import Sequence

from billing.exports.table import write
from billing.invoices.store import StoredInvoice

HEADER = (
    "number", "issued_on", "due_on", "contract", "supplier", "customer", "period_first", "period_after_last",
    "currency", "net", "vat", "gross", "watermark",
)  # fmt: skip


def export(invoices: Sequence[StoredInvoice]) -> bytes:
    """Write issued invoices, in the order they are given."""
    return write(
        HEADER,
        (
            (
                row.number, row.issued_on, row.due_on, row.inputs["contract"], row.inputs["supplier"]["name"],
                row.inputs["customer"]["name"], row.first, row.after_last, row.currency, row.net, row.vat, row.gross,
                row.watermark,
            )
            for row in (each.row for each in invoices)
        ),
    )  # fmt: skip
