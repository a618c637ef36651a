"""Claims before supply held against the terms, the documents before them, and what was recorded as paid by then.

What is paid is recorded beside documents, and a document says only how much of it was known. A payment that is recorded
while a document is made may be known to it or not: both are taken, of an hour on either side.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from billing.advances.claim import whole_steps
from billing.advances.draw import OpenAdvance, left_of
from billing.advances.store import net_paid
from billing.invoices.store import StoredInvoice
from billing.proof.compare import Compared
from billing.records.advance import AdvanceKind, AdvanceRecord
from contracts.contract import Contract
from quantities.arithmetic import added

_NOTHING = Decimal(0)
#: For so long a document may be made, from its instant on, or payments be recorded by another clock.
_AROUND = timedelta(hours=1)
#: By document, what was allocated to it, cash discount included: when that was recorded, and how much.
Allocated: TypeAlias = Mapping[int, Sequence[tuple[datetime, Decimal]]]


def paid_then(claim: StoredInvoice, allocated: Iterable[tuple[datetime, Decimal]], at: datetime) -> tuple[Decimal, ...]:
    """Say what of the net amount of a claim may have been known to be paid at an instant.

    Args:
        claim: the document.
        allocated: to it.
        at: when another document was made.

    Returns:
        Without and with each allocation that was recorded about then, in order; the likeliest first.
    """
    ordered = sorted(allocated)
    known = added(amount for recorded_at, amount in ordered if recorded_at <= at)
    sums = [known, added(amount for recorded_at, amount in ordered if recorded_at < at - _AROUND)]
    for recorded_at, amount in ordered:
        if abs(recorded_at - at) <= _AROUND:
            sums.append(sums[-1] + amount)
    return tuple(dict.fromkeys(net_paid(claim.row, paid) for paid in sums))


def compared_draws(
    invoice: StoredInvoice, earlier: Sequence[StoredInvoice], allocated: Allocated
) -> Iterator[Compared]:
    """Pair what a document knew to be paid of the claims that it draws on with what was recorded by then."""
    claims = {document.row.id: document for document in earlier}
    for draw in invoice.row.inputs.draws:
        claim = claims.get(draw.document)
        if claim is None or claim.row.inputs.advance is None:
            continue  # that nothing is drawn of it again says so
        what = f"what was paid of {draw.number} by then"
        if claim.row.inputs.advance.kind is AdvanceKind.ON_ACCOUNT:
            yield what, draw.paid, None
            continue
        known = paid_then(claim, allocated.get(draw.document, ()), invoice.row.created_at)
        yield what, draw.paid, draw.paid if draw.paid in known else known[0]


def compared_claim(
    invoice: StoredInvoice, earlier: Sequence[StoredInvoice], contract: Contract, allocated: Allocated
) -> Iterator[Compared]:
    """Pair what a claim says of itself with the terms and with the claims before it.

    What had been used by then is as it was recorded: the document of its period rates it.

    Args:
        invoice: that claims something.
        earlier: the documents of its contract before it that counted.
        contract: the version that it is by.
        allocated: to the claims among these.
    """
    record = invoice.row.inputs.advance
    if record is None:
        return
    before = [(one, known) for one in earlier if (known := one.row.inputs.advance) is not None]
    if record.kind is AdvanceKind.ON_ACCOUNT:
        yield from _of_use(record, before, earlier, contract)
    elif record.automatic:  # that a person asked for one, no document knows
        yield "that nobody asked for it", True, _falls_short(invoice, before, earlier, contract, allocated)


def _of_use(
    record: AdvanceRecord,
    before: Sequence[tuple[StoredInvoice, AdvanceRecord]],
    earlier: Sequence[StoredInvoice],
    contract: Contract,
) -> Iterator[Compared]:
    """Pair a claim on account: by the terms alone, in whole steps of what is used and not on account before it."""
    yield "that nobody asked for it", record.automatic, True
    known: dict[str, Decimal] = {}
    for document, claim in before:
        if claim.kind is AdvanceKind.ON_ACCOUNT and claim.first == record.first:
            for line, left in zip(claim.lines, left_of(document, earlier), strict=True):
                known[line.charge] = known.get(line.charge, _NOTHING) + left
    for line in record.lines:
        on_account = known.get(line.charge, _NOTHING)
        yield f"what of {line.charge} was on account before", line.before or _NOTHING, on_account
        claimed = whole_steps((line.used or _NOTHING) - on_account, line.rate, contract.currency)
        yield f"what is claimed of {line.charge}", line.net, claimed
    terms = None if contract.spending is None else contract.spending.on_account
    if terms is not None:
        reached = int(added(line.used or _NOTHING for line in record.lines) // terms.each)
        yield "how often the agreed amount was reached", record.reached, max(reached, record.reached or 0)


def _falls_short(
    invoice: StoredInvoice,
    before: Sequence[tuple[StoredInvoice, AdvanceRecord]],
    earlier: Sequence[StoredInvoice],
    contract: Contract,
    allocated: Allocated,
) -> bool:
    """Tell whether less credit than agreed was left, so that a top-up was claimed by itself."""
    terms = None if contract.spending is None else contract.spending.top_up
    record = invoice.row.inputs.advance
    if terms is None or record is None:
        return False
    credit = _NOTHING
    for document, claim in before:
        if claim.kind is AdvanceKind.TOP_UP:
            known = paid_then(document, allocated.get(document.row.id, ()), invoice.row.created_at)
            least = OpenAdvance(document, claim, left_of(document, earlier), min(known))
            credit += least.credit_on(record.claimed)
    return credit < terms.below
