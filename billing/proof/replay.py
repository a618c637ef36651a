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
    """Compute an invoice again, from its ratings, their watermark, and the invoices that it corrects."""
    lines: list[Line] = []
    earlier: list[store.StoredInvoice] = []
    if invoice.corrections:
        ids = store.ids_of(session, invoice.row.contract_id)
        earlier = store.billed(session, [invoice_id for invoice_id in ids if invoice_id < invoice.row.id])
    by_id = {before.row.id: before for before in earlier}
    for rating in invoice.ratings:
        original = by_id.get(rating.invoice_id, invoice)
        computed = recompute(session, original, rating.inputs, rating.watermark)
        if original is invoice:
            lines += computed
            continue
        changes = rating.inputs.changes or batch_changes(session, rating.inputs.batches)
        lines += adjust(original, earlier, computed, changes)
    return lines
