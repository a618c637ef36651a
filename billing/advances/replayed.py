"""What a document drew on claims before supply, drawn once more: as much as was paid of each by then."""

from collections.abc import Callable, Sequence

from billing.advances.draw import DrawingDays, Drawn, OpenAdvance, draw, left_of
from billing.invoices.invoice import Line
from billing.invoices.store import InvoiceKind, StoredInvoice
from contracts.store import Version
from quantities.period import zone


def drawn_again(
    invoice: StoredInvoice,
    earlier: Sequence[StoredInvoice],
    lines: Sequence[Line],
    version_of: Callable[[int], Version],
) -> Drawn:
    """Draw on claims once more.

    What was paid of each, and whether the contract ended with its days, is as the document recorded it: these are facts
    beside documents, and may be other ones by now. What was left of each is computed from the documents before.

    Args:
        invoice: that draws.
        earlier: every document of its contract before it that counted.
        lines: that it bills without what is drawn, computed again.
        version_of: finds a version by its key.
    """
    row = invoice.row
    if not row.inputs.draws:
        return Drawn()
    paid = {record.document: record.paid for record in row.inputs.draws}
    advances = [
        OpenAdvance(document, record, left_of(document, earlier), paid[document.row.id])
        for document in earlier
        if (record := document.row.inputs.advance) is not None and document.row.id in paid
    ]
    on = row.created_at.astimezone(zone(version_of(row.version_id).contract.zone)).date()
    is_rest = row.kind == InvoiceKind.ADVANCE
    days = DrawingDays(row.first, row.after_last, on, is_last=is_rest or _gives_back(invoice))
    return draw(advances, lines, days, of_any_period=is_rest)


def _gives_back(invoice: StoredInvoice) -> bool:
    """Tell whether a document gave credit back at the end of its contract, as its lines say."""
    return any(line.proof.draw is not None and line.proof.draw.gives_back for line in invoice.lines)
