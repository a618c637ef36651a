"""Replay: issued invoices computed again from their inputs records."""

from collections.abc import Iterable

from sqlmodel import Session

from billing.corrections.store import adjust, recompute
from billing.invoices import store
from billing.invoices.invoice import Line
from billing.proof.compare import Discrepancy, compare, impossible
from metering.deliveries import history
from quantities.errors import UsufructError


def replay(session: Session, invoice_ids: Iterable[int]) -> list[Discrepancy]:
    """Recompute issued invoices from their inputs records, and name each line that no longer proves."""
    found: list[Discrepancy] = []
    for each in store.billed(session, invoice_ids):
        number = each.row.number or f"draft-{each.row.id}"
        try:
            found += compare(number, each.lines, recompute_invoice(session, each))
        except UsufructError as fault:
            found += impossible(number, each.lines, str(fault))
    return found


def recompute_invoice(session: Session, invoice: store.StoredInvoice) -> list[Line]:
    """Compute an invoice again, from its inputs, its watermark, and the invoices it corrects."""
    watermark = invoice.row.watermark
    lines = list(recompute(session, invoice, invoice.row.inputs, watermark))
    notes = invoice.row.inputs["corrections"]
    if notes:
        ids = store.ids_of(session, invoice.row.contract_id)
        earlier = store.billed(session, [each for each in ids if each < invoice.row.id])
        by_id = {each.row.id: each for each in earlier}
        for note in notes:
            original = by_id[note["invoice"]]
            inputs = note if "stretches" in note else original.row.inputs
            changes = note.get("changes") or history.described(session, note["batches"])
            lines += adjust(original, earlier, recompute(session, original, inputs, watermark), changes)
    return lines
