"""The head of a consolidated document held against what stands within it, which is computed again by itself."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from billing.invoices.consolidated import joined_invoicing
from billing.invoices.document_tax import totals_of
from billing.invoices.prepaid_by import drawn_days
from billing.invoices.store import StoredInvoice
from billing.proof.compare import Compared
from billing.proof.head import compared_tax
from billing.records.document_type import DocumentType
from billing.records.inputs import Days
from contracts.indexation.lookup import IndexValue

#: What every contract's own document bears as the whole does.
_BORNE = (
    "number", "year", "sequence", "issued_on", "due_on", "series", "document_type", "issuer_id", "customer_id",
    "currency", "created_at",
)  # fmt: skip
#: What they were made of alike.
_ALIKE = ("supplier", "customer", "payment_days", "cash_discount", "documents")
#: Of one contract there is no consolidated document.
_FEWEST = 2


def compared_whole(invoice: StoredInvoice, rates: Mapping[int, IndexValue]) -> Iterator[Compared]:
    """Pair all that a consolidated document says with what it consists of: its totals with all lines, totalled once.

    Args:
        invoice: consolidated, with what stands within it.
        rates: rates of exchange, by their keys.
    """
    row, inputs, parts = invoice.row, invoice.row.inputs, invoice.members
    if len(parts) < _FEWEST:
        yield "what stands within it", len(parts), f"{_FEWEST} at least"
        return
    first, rows = parts[0].row, [part.row for part in parts]
    yield "document type", row.document_type, DocumentType.INVOICE.value
    yield "consolidates", inputs.consolidates, invoice.contracts
    yield "the key of the contract", row.contract_id, first.contract_id
    yield "version", (row.version_id, inputs.version_id), (first.version_id, first.inputs.version_id)
    for name in ("contract", "version_number", "zone"):
        yield name, getattr(inputs, name), getattr(first.inputs, name)
    for part in rows:
        for name in _BORNE:
            yield f"the {name} of {part.inputs.contract}", getattr(part, name), getattr(row, name)
        for name in _ALIKE:
            yield f"the {name} of {part.inputs.contract}", getattr(part.inputs, name), getattr(inputs, name)
    periods, wholes = [part.inputs.period for part in rows], [part.inputs.whole_period for part in rows]
    yield "first", row.first, inputs.period.first
    yield "after_last", row.after_last, inputs.period.after_last
    for name, stated, days in (("period", inputs.period, periods), ("whole period", inputs.whole_period, wholes)):
        yield name, stated, Days(min(one.first for one in days), max(one.after_last for one in days))
    numbers = [number for part in parts if drawn_days(part.lines) for number in part.row.inputs.prepaid_by]
    yield "prepaid_by", inputs.prepaid_by, tuple(dict.fromkeys(numbers))
    yield "invoicing", inputs.invoicing, joined_invoicing([part.row.inputs.invoicing for part in parts])
    totals = totals_of(invoice.lines, row.currency, inputs.tax)
    yield "net", row.net, sum((part.net for part in rows), Decimal(0))
    yield "net", row.net, totals.net
    yield "vat", row.vat, totals.vat
    yield "gross", row.gross, totals.gross
    yield from compared_tax(invoice, totals, rates)
    yield "the ratings", len(invoice.ratings), 0
    for watermark in (inputs.watermark, *(part.watermark for part in rows)):
        yield "watermark", row.watermark, watermark
