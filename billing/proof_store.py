"""Replay: issued invoices computed again from their inputs records."""

from collections.abc import Iterable

from sqlmodel import Session

from billing import store
from billing.correction_store import correct
from billing.invoice import Line
from billing.proof import Discrepancy, compare, impossible
from billing.rating_store import count, of_invoice, rate
from metering.errors import UsufructError


def replay(session: Session, invoice_ids: Iterable[int]) -> list[Discrepancy]:
    """Recompute issued invoices from their inputs records, and name each line that no longer proves."""
    found: list[Discrepancy] = []
    for each in store.billed(session, invoice_ids):
        number = each.row.number or f"draft-{each.row.id}"
        try:
            found += compare(number, each.lines, recompute(session, each))
        except UsufructError as fault:
            found += impossible(number, each.lines, str(fault))
    return found


def recompute(session: Session, invoice: store.Billed) -> list[Line]:
    """Compute an invoice again, from its contract version, its watermark, and the invoices it corrects."""
    mark = invoice.row.watermark
    contract, period = of_invoice(session, invoice)
    (counted,) = count(session, [(contract, period)], mark)
    lines = list(rate(contract, period, counted))
    notes = invoice.row.inputs["corrections"]
    if notes:
        ids = store.ids_of(session, invoice.row.contract_id)
        earlier = store.billed(session, [each for each in ids if each < invoice.row.id])
        by_id = {each.row.id: each for each in earlier}
        for note in notes:
            lines += correct(session, by_id[note["invoice"]], earlier, note["batches"], mark)[0]
    return lines
