"""One row an invoice line; the nets of an invoice's rows add up to its net."""

from collections.abc import Sequence
from typing import ClassVar

from billing.exports.export import Export
from billing.exports.table import write
from billing.invoices.store import StoredInvoice
from quantities.quantity import unit

HEADER = (
    "supplier", "number", "pos", "charge", "label", "nature", "quantity", "unit", "unit_code", "unit_price", "net",
    "currency", "service_first", "service_after_last", "tax_point", "tax_category", "tax_rate_percent",
    "corrects", "contract",
)  # fmt: skip


class LinesCsv(Export):
    """The lines of issued invoices as CSV, a row a line; what is void has none."""

    name: ClassVar = "lines"
    media_type: ClassVar = "text/csv; charset=utf-8"
    suffix: ClassVar = ".csv"

    def render(self, invoices: Sequence[StoredInvoice]) -> bytes:
        """Write the lines of issued invoices, in the order in which they are given."""
        return write(
            HEADER,
            (
                (
                    invoice.row.inputs.supplier.name, invoice.row.number, pos,
                    line.charge, line.label, line.nature.value, quantity, line.unit,
                    unit(line.unit).code, unit_price, line.net, invoice.row.currency, line.service_first,
                    line.service_after_last, line.tax_point, line.tax.category.value, line.tax.rate,
                    line.corrects.number or None if line.corrects else None, part.row.inputs.contract,
                )
                for invoice in invoices if invoice.row.voided_on is None
                for part in invoice.parts
                for pos, line in enumerate(part.lines, start=part.before + 1)
                for quantity, unit_price in (line.stated,)
            ),
        )  # fmt: skip
