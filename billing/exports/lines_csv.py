"""One row an invoice line; the nets of an invoice's rows add up to its net."""

from collections.abc import Sequence

from billing.exports.table import write
from billing.invoices.store import StoredInvoice
from quantities.quantity import unit

HEADER = (
    "supplier", "number", "pos", "charge", "label", "nature", "quantity", "unit", "unit_code", "unit_price", "net",
    "currency", "service_first", "service_after_last", "tax_point", "tax_category", "tax_rate_percent",
    "corrects",
)  # fmt: skip


def export(invoices: Sequence[StoredInvoice]) -> bytes:
    """Write the lines of issued invoices, in the order they are given."""
    return write(
        HEADER,
        (
            (
                each.row.inputs["supplier"]["name"], each.row.number, pos,
                line.charge, line.label, line.nature.value, line.quantity, line.unit,
                unit(line.unit).code, line.unit_price, line.net, each.row.currency, line.service_first,
                line.service_after_last, line.tax_point, line.tax.category.value, line.tax.rate,
                line.corrects.number if line.corrects else None,
            )
            for each in invoices
            for pos, line in enumerate(each.lines, start=1)
        ),
    )  # fmt: skip
