"""Replay: issued invoices computed again from their inputs records."""

from collections.abc import Iterable

from sqlmodel import Session

from billing.corrections.store import adjust, batch_changes, recompute
from billing.invoices import store
from billing.invoices.invoice import Line
from billing.proof.compare import Discrepancy, compare, impossible
from quantities.errors import UsufructError


def replay(session: Session, invoice_ids: Iterable[int]) -> list[Discrepancy]:
    """Recompute issued invoices from their inputs records, and name each line that no longer proves."""
    discrepancies: list[Discrepancy] = []
    for invoice in store.billed(session, invoice_ids):
        number = invoice.row.number or f"draft-{invoice.row.id}"
        try:
            discrepancies += compare(number, invoice.lines, recompute_invoice(session, invoice))
        except UsufructError as fault:
            discrepancies += impossible(number, invoice.lines, str(fault))
    return discrepancies


def recompute_invoice(session: Session, invoice: store.StoredInvoice) -> list[Line]:
    """Compute an invoice again, from its inputs, its watermark, and the invoices it corrects."""
    watermark = invoice.row.watermark
    lines = list(recompute(session, invoice, invoice.row.inputs, watermark))
    notes = invoice.row.inputs.corrections
    if notes:
        ids = store.ids_of(session, invoice.row.contract_id)
        earlier = store.billed(session, [invoice_id for invoice_id in ids if invoice_id < invoice.row.id])
        by_id = {before.row.id: before for before in earlier}
        for note in notes:
            original = by_id[note.invoice]
            inputs = original.row.inputs if note.segments is None else note
            changes = note.changes or batch_changes(session, note.batches)
            lines += adjust(original, earlier, recompute(session, original, inputs, watermark), changes)
    return lines
