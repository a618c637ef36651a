"""Exports for finance teams. Each is one file with ``export(invoices) -> bytes``, and a line in ``EXPORTERS``."""

from collections.abc import Callable, Mapping, Sequence

from billing.exports import invoices_csv, lines_csv
from billing.invoices.store import StoredInvoice

EXPORTERS: Mapping[str, Callable[[Sequence[StoredInvoice]], bytes]] = {
    "invoices": invoices_csv.export,
    "lines": lines_csv.export,
}
