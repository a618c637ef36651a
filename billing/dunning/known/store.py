"""Rows → what is known of documents that may be late: a few statements for all of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.bank.orders.payment_to_make import BankOrderState
from billing.bank.orders.state import BankOrderHappening
from billing.bank.orders.tables import BankOrderEventRow, BankOrderRow
from billing.disputes.store import KnownDispute, of_contracts
from billing.dunning.claim import ClaimedDocument
from billing.dunning.interest import DeferredDays, DueBalance
from billing.dunning.steps import ClaimedBefore, LateDocument, MadeStep
from billing.dunning.tables import DunningPauseRow, DunningRow, DunningStepRow, LateClaimRow
from billing.invoices.store import billed
from billing.payments.orders.state import OrderHappening, OrderState
from billing.payments.tables import GatewayOrderEventRow, GatewayOrderRow
from billing.receivables.issued import by_key, today_of
from billing.receivables.standing import Settlement, disputed_amount
from billing.receivables.standings import contracts_billed, is_open_on, settlements
from billing.records.dunning import CorrectedClaim
from billing.tables import InvoiceRow
from contracts.dunning_terms import DunningTerms
from metering.tables import within_tenant

_NOTHING = Decimal(0)
_A_DAY = timedelta(days=1)
#: Money of a charge or of a page may come: whoever waits for it writes no letter.
_ON_ITS_WAY = (OrderState.SENDING, OrderState.PROCESSING, OrderState.UNKNOWN)
_CHARGES = ("charge", "session")
_IN_A_FILE = (BankOrderState.PREPARED, BankOrderState.TAKEN)
_CAME_BACK = {BankOrderState.REFUSED: BankOrderHappening.REFUSED, BankOrderState.RETURNED: BankOrderHappening.RETURNED}
_REFUSED = (OrderHappening.REFUSED, OrderHappening.CHARGED_BACK)


@dataclass(frozen=True, slots=True)
class KnownDunning:
    """A document with its row, and what is known of it.

    Attributes:
        row: when it is looked at.
        invoice: the document.
        late: what is known of it.
        terms: that were recorded with it.
        today: in its supplier's books.
    """

    row: DunningRow
    invoice: InvoiceRow
    late: LateDocument
    terms: DunningTerms
    today: date

    def claimed_document(self, corrects: CorrectedClaim | None = None) -> ClaimedDocument:
        """Name the document as a claim does."""
        return ClaimedDocument(
            self.invoice.id, self.invoice.number or "", self.late.due_on, self.terms.interest, corrects
        )


def terms_of(invoice: InvoiceRow) -> DunningTerms | None:
    """Read the steps that were recorded with a document."""
    invoicing = invoice.inputs.invoicing
    return None if invoicing is None else invoicing.terms.dunning


def known_dunning(session: Session, rows: Sequence[DunningRow], now: datetime) -> list[KnownDunning]:
    """Read what is known of documents, in the order of their rows.

    Args:
        session: states the tenant; whoever changes something after it has locked the account before.
        rows: of the documents.
        now: the instant.
    """
    invoices = by_key(session, [row.invoice_id for row in rows])
    keys = list(invoices)
    balances = undisputed_by_day(session, list(invoices.values()))
    steps, claimed = _steps(session, keys), _claimed(session, keys)
    pauses = _pauses(session, rows)
    moving, refused = _charges(session, keys)
    debited, returned = _debits(session, keys)
    moving, refused = moving | debited, refused | returned
    listed = []
    for row in rows:
        invoice = invoices[row.invoice_id]
        terms, today = terms_of(invoice), today_of(invoice, now)
        if terms is None or invoice.due_on is None:
            continue
        of_it = [pause for pause in pauses[row.customer_id] if pause.invoice_id in (None, row.invoice_id)]
        refused_at = refused.get(row.invoice_id)
        late = LateDocument(
            due_on=invoice.due_on,
            currency=invoice.currency,
            balances=tuple(balances[row.invoice_id]),
            steps=tuple(steps[row.invoice_id]),
            claimed=claimed.get(row.invoice_id, ClaimedBefore()),
            deferred=tuple(days for pause in of_it if (days := deferred_days(pause)) is not None),
            paused=paused_until(of_it, today),
            on_its_way=row.invoice_id in moving,
            refused_on=None if refused_at is None else today_of(invoice, refused_at),
            ordered=row.ordered_at is not None,
        )
        listed.append(KnownDunning(row, invoice, late, terms, today))
    return listed


def undisputed_by_day(session: Session, invoices: Sequence[InvoiceRow]) -> Mapping[int, list[DueBalance]]:
    """Say what of documents was open and not disputed from the end of which day on; by key."""
    settled = settlements(session, [invoice.id for invoice in invoices])
    disputes = _disputes(session, invoices)
    parts = {one.row.id: one.parts for one in (billed(session, disputes) if disputes else ())}

    def disputed(invoice: InvoiceRow, day: date) -> Decimal:
        open_then = [known for known in disputes.get(invoice.id, ()) if is_open_on(known, invoice, day)]
        if not open_then:
            return _NOTHING
        lines = [
            (part.lines, [known.dispute for known in open_then if known.contract_id == part.row.contract_id])
            for part in parts[invoice.id]
        ]
        return disputed_amount(lines, invoice.currency)

    histories = {}
    for invoice in invoices:
        days = {invoice.issued_on or invoice.created_at.date(), *(one.on for one in settled.get(invoice.id, ()))}
        for known in disputes.get(invoice.id, ()):
            days |= {today_of(invoice, at) for at in (known.raised_at, known.settled_at) if at is not None}
        histories[invoice.id] = [
            DueBalance(day, _undisputed(invoice, settled.get(invoice.id, ()), day, disputed(invoice, day)))
            for day in sorted(days)
        ]
    return histories


def _undisputed(invoice: InvoiceRow, settled: Sequence[Settlement], day: date, disputed: Decimal) -> Decimal:
    if invoice.voided_on is not None:
        return _NOTHING
    open_ = invoice.payable - sum((one.amount for one in settled if one.on <= day), _NOTHING)
    return max(_NOTHING, open_ - min(disputed, max(_NOTHING, open_)))


def _disputes(session: Session, invoices: Sequence[InvoiceRow]) -> dict[int, list[KnownDispute]]:
    """List the disputes of the contracts that documents bill, by document; of those that have any."""
    contracts_of = contracts_billed(session, invoices)
    by_contract: dict[int, list[KnownDispute]] = defaultdict(list)
    for known in of_contracts(session, sorted({key for keys in contracts_of.values() for key in keys})):
        by_contract[known.contract_id].append(known)
    all_of = {
        key: [one for of in sorted(keys) for one in by_contract.get(of, ())] for key, keys in contracts_of.items()
    }
    return {key: disputes for key, disputes in all_of.items() if disputes}


def _steps(session: Session, keys: Collection[int]) -> Mapping[int, list[MadeStep]]:
    row = DunningStepRow
    standing = select(row).where(col(row.invoice_id).in_(keys), col(row.withdrawn_id).is_(None))
    steps: dict[int, list[MadeStep]] = defaultdict(list)
    for step in session.exec(standing.order_by(col(row.place))):
        steps[step.invoice_id].append(MadeStep(step.id, step.place, step.made_on, step.fee))
    return steps


def _claimed(session: Session, keys: Collection[int]) -> Mapping[int, ClaimedBefore]:
    """Add up what was claimed of documents by what is not void."""
    row = LateClaimRow
    counted = (
        columns(col(row.invoice_id), func.sum(col(row.fee)), func.sum(col(row.interest)), func.max(col(row.through)))
        .join(InvoiceRow, within_tenant(InvoiceRow.id, row.claim_id))
        .where(col(row.invoice_id).in_(keys), col(InvoiceRow.voided_on).is_(None))
        .group_by(col(row.invoice_id))
    )
    return {key: ClaimedBefore(fee, interest, through) for key, fee, interest, through in session.execute(counted)}


def newest_claims(session: Session, keys: Collection[int]) -> Mapping[int, CorrectedClaim]:
    """Name the newest document that claimed of the delay of each of some; void ones do not count."""
    row = LateClaimRow
    chosen = (
        columns(col(row.invoice_id), col(InvoiceRow.id), col(InvoiceRow.number))
        .join(InvoiceRow, within_tenant(InvoiceRow.id, row.claim_id))
        .where(col(row.invoice_id).in_(keys), col(InvoiceRow.voided_on).is_(None), col(InvoiceRow.gross) > 0)
        .order_by(col(InvoiceRow.id))
    )
    return {key: CorrectedClaim(invoice=claim, number=number) for key, claim, number in session.execute(chosen)}


def _pauses(session: Session, rows: Sequence[DunningRow]) -> Mapping[int, list[DunningPauseRow]]:
    pause = DunningPauseRow
    chosen = select(pause).where(col(pause.customer_id).in_({row.customer_id for row in rows}))
    pauses: dict[int, list[DunningPauseRow]] = defaultdict(list)
    for one in session.exec(chosen.order_by(col(pause.id)).execution_options(populate_existing=True)):
        pauses[one.customer_id].append(one)
    return pauses


def deferred_days(pause: DunningPauseRow) -> DeferredDays | None:
    """Say on which days a pause puts documents off; None where it only keeps letters back, or was ended at once."""
    ends = [pause.until, None if pause.ended_on is None else pause.ended_on - _A_DAY]
    last = min((day for day in ends if day is not None), default=None)
    if not pause.defers or (last is not None and last < pause.first):
        return None
    return DeferredDays(pause.first, last)


def paused_until(pauses: Sequence[DunningPauseRow], today: date) -> date | None:
    """Say until when letters are kept back today; ``date.max`` where no day is known, None where they are not."""
    active = [
        pause
        for pause in pauses
        if pause.first <= today
        and (pause.until is None or pause.until >= today)
        and (pause.ended_on is None or pause.ended_on > today)
    ]
    return max((pause.until or date.max for pause in active), default=None)


def _charges(session: Session, keys: Collection[int]) -> tuple[set[int], dict[int, datetime]]:
    """Say of which documents a charge is under way or will be tried, and when the last one of which was refused."""
    order, event = GatewayOrderRow, GatewayOrderEventRow
    of_documents = select(order).where(col(order.invoice_id).in_(keys), col(order.movement).in_(_CHARGES))
    rows = session.exec(of_documents.order_by(col(order.id)).execution_options(populate_existing=True)).all()
    moving = {
        row.invoice_id or 0
        for row in rows
        if row.state in _ON_ITS_WAY or (row.state == OrderState.DUE and row.movement == "charge" and not row.held)
    }
    refused = {row.id: row.invoice_id or 0 for row in rows if row.state in ("refused", "charged_back")}
    if not refused:
        return moving, {}
    told = columns(col(event.order_id), func.max(col(event.at))).where(
        col(event.order_id).in_(refused), col(event.kind).in_([kind.value for kind in _REFUSED])
    )
    return moving, {refused[key]: at for key, at in session.execute(told.group_by(col(event.order_id)))}


def _debits(session: Session, keys: Collection[int]) -> tuple[set[int], dict[int, datetime]]:
    """The same of debits by files for banks: in a file or to be put into one, and refused or returned by the bank."""
    order, event = BankOrderRow, BankOrderEventRow
    of_documents = select(order).where(col(order.invoice_id).in_(keys), order.purpose == "collection")
    rows = session.exec(of_documents.order_by(col(order.id)).execution_options(populate_existing=True)).all()
    moving = {
        row.invoice_id or 0
        for row in rows
        if row.state in _IN_A_FILE or (row.state == BankOrderState.DUE and not row.held)
    }
    returned = {row.id: row.invoice_id or 0 for row in rows if row.state in _CAME_BACK}
    if not returned:
        return moving, {}
    told = columns(col(event.order_id), func.max(col(event.at))).where(
        col(event.order_id).in_(returned), col(event.kind).in_([kind.value for kind in _CAME_BACK.values()])
    )
    return moving, {returned[key]: at for key, at in session.execute(told.group_by(col(event.order_id)))}
