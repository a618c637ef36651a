"""Exports: many invoices written for a program. A new one is a file in this folder and its name in ``EXPORTERS``."""

from collections.abc import Mapping

from billing.documents.document import by_name
from billing.exports.export import Export
from billing.exports.invoices_csv import InvoicesCsv
from billing.exports.lines_csv import LinesCsv

EXPORTERS: Mapping[str, type[Export]] = by_name(InvoicesCsv, LinesCsv)
