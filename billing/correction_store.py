"""An earlier invoice's period rated again, as of a watermark, against everything that was billed for it since."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from billing import store
from billing.correction import adjustments
from billing.invoice import Corrects, Line
from billing.rating_store import count, of_invoice, rate, spans
from metering.period import Period


def correct(
    session: Session, original: store.Billed, since: Iterable[store.Billed], batches: Sequence[int], mark: int
) -> tuple[tuple[Line, ...], tuple[tuple[int, Period], ...]]:
    """Bring what was billed for an invoice's period to what is owed for it.

    Args:
        session: states the tenant.
        original: the invoice of the period.
        since: the contract's other invoices so far; their adjustments of ``original`` count as billed.
        batches: what changed its readings, for the reason.
        mark: up to which batch the readings count.

    Returns:
        The adjustment lines, and the evidence that they rest on.

    Raises:
        UsufructError: the period can no longer be counted or rated.
    """
    contract, period = of_invoice(session, original)
    (counted,) = count(session, [(contract, period)], mark)
    owed = rate(contract, period, counted)
    own = [line for line in original.lines if line.corrects is None]
    adjusted = [
        line
        for each in since
        for line in each.lines
        if line.corrects is not None and line.corrects.invoice == original.row.id
    ]
    corrects = Corrects(original.row.id, original.row.number or "")
    lines = adjustments([*own, *adjusted], owed, corrects, store.batches(session, batches))
    return lines, spans(counted)
