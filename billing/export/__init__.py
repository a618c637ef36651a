"""Exports for finance teams. Each is one file with ``export(invoices) -> bytes``, and a line in ``EXPORTERS``."""

from collections.abc import Callable, Mapping, Sequence

from billing.export import invoices_csv, lines_csv
from billing.store import Billed

EXPORTERS: Mapping[str, Callable[[Sequence[Billed]], bytes]] = {
    "invoices": invoices_csv.export,
    "lines": lines_csv.export,
}
