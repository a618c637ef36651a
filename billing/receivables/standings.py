"""Where documents stand, of rows: what was recorded of each, read for many at once; and the same as SQL."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from billing.disputes.store import KnownDispute, of_contracts
from billing.invoices.store import InvoiceKind, billed
from billing.rating.disputed import Dispute
from billing.receivables.issued import today_of
from billing.receivables.standing import PaymentStanding, PaymentState, Settlement, disputed_amount, standing
from billing.tables import DisputeRow, InvoiceLineRow, InvoiceRow, PaymentAllocationRow, SendingRow, WriteOffRow
from metering.tables import one_of

_NOTHING = Decimal(0)
#: How far the days of the earth's zones lie from that of UTC.
_EARLIEST, _LATEST = timedelta(hours=-12), timedelta(hours=14)


def standings_now(session: Session, rows: Sequence[InvoiceRow], now: datetime) -> Mapping[int, PaymentStanding]:
    """Say where issued documents stand today, each by the day in its supplier's books; by key."""
    return _standings(session, rows, lambda row: today_of(row, now), now)


def standings_on(
    session: Session, rows: Sequence[InvoiceRow], day: date, now: datetime
) -> Mapping[int, PaymentStanding]:
    """Say where issued documents stood at the end of a day; by key."""
    return _standings(session, rows, lambda _: day, now)


def _standings(
    session: Session, rows: Sequence[InvoiceRow], day_of: Callable[[InvoiceRow], date], now: datetime
) -> Mapping[int, PaymentStanding]:
    issued = [row for row in rows if row.number is not None and row.due_on is not None]
    keys = [row.id for row in issued]
    settled, sent = settlements(session, keys), _first_sent(session, keys)
    disputed = _disputed(session, issued, day_of)
    return {
        row.id: standing(
            row.payable,
            row.due_on or now.date(),
            day_of(row),
            sent_on=sent.get(row.id),
            settlements=settled.get(row.id, ()),
            disputed=disputed.get(row.id, _NOTHING),
            is_void=row.voided_on is not None,
        )
        for row in issued
    }


def settlements(session: Session, invoice_ids: Sequence[int]) -> Mapping[int, list[Settlement]]:
    """Read what was allocated to documents, and what was written off of them and released; by key."""
    by_document: dict[int, list[Settlement]] = defaultdict(list)
    allocated = select(PaymentAllocationRow).where(one_of(col(PaymentAllocationRow.invoice_id), invoice_ids))
    for allocation in session.exec(allocated):
        taken = Settlement(allocation.counts_on, paid=allocation.amount, discount=allocation.discount)
        by_document[allocation.invoice_id].append(taken)
    given_up = select(WriteOffRow).where(
        one_of(col(WriteOffRow.invoice_id), invoice_ids), col(WriteOffRow.counts_on).is_not(None)
    )
    for write_off in session.exec(given_up):
        if write_off.counts_on is not None:
            by_document[write_off.invoice_id].append(Settlement(write_off.counts_on, written_off=write_off.amount))
    return by_document


def allocations(session: Session, invoice_ids: Sequence[int]) -> Mapping[int, list[tuple[datetime, Decimal]]]:
    """Read what was allocated to documents, cash discount included: when it was recorded, and how much; by key."""
    row = PaymentAllocationRow
    chosen = columns(col(row.invoice_id), col(row.recorded_at), col(row.amount) + col(row.discount))
    by_document: dict[int, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for key, recorded_at, amount in session.execute(chosen.where(one_of(col(row.invoice_id), invoice_ids))):
        by_document[key].append((recorded_at, amount))
    return by_document


def _first_sent(session: Session, invoice_ids: Sequence[int]) -> Mapping[int, date]:
    row = SendingRow
    first = columns(col(row.invoice_id), func.min(col(row.sent_on)).label("first")).where(
        one_of(col(row.invoice_id), invoice_ids)
    )
    return {sent.invoice_id: sent.first for sent in session.execute(first.group_by(col(row.invoice_id)))}


def _disputed(
    session: Session, rows: Sequence[InvoiceRow], day_of: Callable[[InvoiceRow], date]
) -> Mapping[int, Decimal]:
    """Add up, by document, what disputes cover of it that were open at the end of a day."""
    contracts_of = contracts_billed(session, rows)
    by_contract: dict[int, list[KnownDispute]] = defaultdict(list)
    for dispute in of_contracts(session, sorted({key for keys in contracts_of.values() for key in keys})):
        by_contract[dispute.contract_id].append(dispute)
    open_of: dict[int, dict[int, list[Dispute]]] = defaultdict(dict)
    for row in rows:
        for contract_id in contracts_of[row.id] & by_contract.keys():
            known = [known.dispute for known in by_contract[contract_id] if is_open_on(known, row, day_of(row))]
            if known:
                open_of[row.id][contract_id] = known
    return {
        stored.row.id: disputed_amount(
            [(part.lines, open_of[stored.row.id].get(part.row.contract_id, ())) for part in stored.parts],
            stored.row.currency,
        )
        for stored in (billed(session, open_of) if open_of else ())
    }


def contracts_billed(session: Session, rows: Sequence[InvoiceRow]) -> dict[int, set[int]]:
    """Name the contracts that documents bill, by the key of the document."""
    contracts_of = {row.id: {row.contract_id} for row in rows}
    whole = [row.id for row in rows if row.kind == InvoiceKind.CONSOLIDATED]
    if whole:
        within = columns(col(InvoiceRow.within_id), col(InvoiceRow.contract_id))
        for key, contract_id in session.execute(within.where(one_of(col(InvoiceRow.within_id), whole))):
            contracts_of[key].add(contract_id)
    return contracts_of


def is_open_on(known: KnownDispute, row: InvoiceRow, day: date) -> bool:
    """Tell whether a dispute was open at the end of a day, in the books of a document's supplier."""
    raised = today_of(row, known.raised_at)
    return raised <= day and (known.settled_at is None or today_of(row, known.settled_at) > day)


def _sum_of(row: Any, amount: Any, *conditions: ColumnElement[bool]) -> Any:
    """Add up amounts of rows about a document."""
    added = select(func.coalesce(func.sum(amount), 0)).where(row.invoice_id == InvoiceRow.id, *conditions)
    return added.correlate(InvoiceRow).scalar_subquery()


_WRITTEN_OFF: Any = _sum_of(WriteOffRow, WriteOffRow.amount, col(WriteOffRow.released_at).is_not(None))
#: What is still to be paid of a document, as a column.
OPEN: Any = case(
    (col(InvoiceRow.voided_on).is_not(None), 0),
    else_=InvoiceRow.payable
    - _sum_of(PaymentAllocationRow, col(PaymentAllocationRow.amount) + col(PaymentAllocationRow.discount))
    - _WRITTEN_OFF,
)
#: The cash discount that was taken of a document, as a column.
DISCOUNTED: Any = _sum_of(PaymentAllocationRow, col(PaymentAllocationRow.discount))


def in_payment_state(session: Session, state: PaymentState, now: datetime) -> ColumnElement[bool]:
    """Set the condition of issued documents that stand so today, as ``PaymentStanding.state`` names it.

    Args:
        session: states who asks; what disputes cover is added up for the few documents that are late and disputed.
        state: any but ``ready``, which no issued document is in.
        now: the instant; today is its day in each supplier's books.
    """
    row = InvoiceRow
    is_issued, is_void = col(row.number).is_not(None), col(row.voided_on).is_not(None)
    is_sent = select(SendingRow.id).where(SendingRow.invoice_id == row.id).correlate(InvoiceRow).exists()
    is_late = _is_late(session, now)
    goes_on = is_issued & (OPEN != 0) & ~is_late
    conditions: dict[PaymentState, ColumnElement[bool]] = {
        PaymentState.READY: ~is_issued,
        PaymentState.ISSUED: goes_on & (row.payable == OPEN) & ~is_sent,
        PaymentState.SENT: goes_on & (row.payable == OPEN) & is_sent,
        PaymentState.PARTLY_PAID: goes_on & (row.payable != OPEN),
        PaymentState.PAID: is_issued & (OPEN == 0) & (_WRITTEN_OFF == 0) & ~is_void,
        PaymentState.OVERDUE: is_issued & is_late,
        PaymentState.WRITTEN_OFF: is_issued & (OPEN == 0) & (_WRITTEN_OFF != 0) & ~is_void,
        PaymentState.VOID: is_void,
    }
    return conditions[state]


def _is_late(session: Session, now: datetime) -> ColumnElement[bool]:
    """Set the condition of documents that are overdue today, each by the day in its supplier's books.

    Whatever the zone, today is one of three days: what was due before all of them is late without a look at it, unless
    all that is open of it is disputed. What is due on these days is looked at.
    """
    earliest, latest = (now + _EARLIEST).date(), (now + _LATEST).date()
    due_on: Any = col(InvoiceRow.due_on)
    is_open, is_past = OPEN > 0, due_on < earliest
    is_whole = col(InvoiceRow.within_id).is_(None)
    disputed = select(InvoiceRow).where(is_open, is_whole, is_past, _is_met_by_a_dispute())
    near = select(InvoiceRow).where(is_open, is_whole, due_on >= earliest, due_on < latest)
    looked_at = standings_now(session, [*session.exec(disputed), *session.exec(near)], now)
    late = [key for key, stands in looked_at.items() if stands.days_late]
    not_late = looked_at.keys() - set(late)
    condition: ColumnElement[bool] = (
        is_open & (is_past | one_of(col(InvoiceRow.id), late)) & ~one_of(col(InvoiceRow.id), not_late)
    )
    return condition


def _is_met_by_a_dispute() -> ColumnElement[bool]:
    """Tell whether an open dispute is over days and the charge of a line of a document."""
    line, dispute, part = InvoiceLineRow, DisputeRow, aliased(InvoiceRow)
    of_it = (col(part.id) == InvoiceRow.id) | (col(part.within_id) == InvoiceRow.id)
    met = select(dispute.id).where(
        of_it & (col(line.invoice_id) == part.id),
        dispute.contract_id == part.contract_id,
        dispute.charge == line.charge,
        col(dispute.outcome).is_(None),
        dispute.first < line.service_after_last,
        dispute.after_last > line.service_first,
    )
    return met.correlate(InvoiceRow).exists()


def taken_off(session: Session, chosen: Any) -> Mapping[str, Decimal]:
    """Add up what was paid, discounted and written off of the documents that a statement selects; by currency."""
    documents = chosen.with_only_columns(
        col(InvoiceRow.tenant).label("tenant"),
        col(InvoiceRow.id).label("key"),
        col(InvoiceRow.currency).label("currency"),
    ).subquery()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    row, given_up = PaymentAllocationRow, WriteOffRow
    for of_document, amount, conditions in (
        (row, func.sum(col(row.amount) + col(row.discount)), ()),
        (given_up, func.sum(col(given_up.amount)), (col(given_up.released_at).is_not(None),)),
    ):
        of_tenant = of_document.tenant == documents.c.tenant
        joined = columns(documents.c.currency, amount).join(
            documents, (documents.c.key == of_document.invoice_id) & of_tenant
        )
        for currency, taken in session.execute(joined.where(*conditions).group_by(documents.c.currency)):
            sums[currency] += taken
    return sums


def open_documents(session: Session, *conditions: ColumnElement[bool]) -> Sequence[InvoiceRow]:
    """List the issued documents of which something is open, the oldest first."""
    is_issued = (col(InvoiceRow.number).is_not(None), col(InvoiceRow.within_id).is_(None))
    chosen = select(InvoiceRow).where(*is_issued, OPEN != 0, *conditions)
    return session.exec(chosen.order_by(col(InvoiceRow.id))).all()
