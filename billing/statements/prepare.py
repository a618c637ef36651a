"""Statements prepared from what is stored: a window measured, and the invoice that closes it as it would be now."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from billing.drafts.making import preview
from billing.invoices.invoice import Line
from billing.invoices.store import InvoiceKind
from billing.statements.dividing import Billed, StatedWindow, divisions, margin
from billing.statements.earlier import as_stated
from billing.statements.statement import content
from billing.statements.store import Statement, measured, stated, still_stated, window_of
from billing.tables import InvoiceLineRow, InvoiceRow, StatementRow
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.schedule import BillingPeriod
from contracts.store import Version
from quantities.arithmetic import added
from quantities.errors import Conflict
from quantities.period import midnight, zone
from savings.plan import coverage_of
from savings.unit_questions import require_known_units


class WindowOpen(Conflict):
    """The window has not ended, or its closing invoice is already issued."""


def prepare(session: Session, reference: str, closes: date, *, by: str, at: datetime) -> Statement:
    """Make the statement of a window from what is stored.

    Args:
        session: states the tenant.
        reference: of the contract.
        closes: a day of the window.
        by: who prepares it.
        at: now.

    Raises:
        UnknownContract: none of that name is visible here.
        NoStatementAgreed: the contract says nothing of statements.
        NoWindow: no billing period closes a window there.
        WindowOpen: the window has not ended, or its closing invoice is out: what changes since is adjusted.
        EarlierPeriodOpen: a period before the last of the window is not billed yet.
        CoverageTooLow: too little of the window was measured.
        UnitsInQuestion: a unit of what was measured is in question, and nobody has confirmed it.
    """
    contract_id = contracts.versions(session, reference)[-1].contract_id
    of_contract = contracts.of_contracts(session, [contract_id]).get(contract_id, ())
    if not of_contract:
        raise contracts.UnknownContract(f"no version of {reference} is released yet", found=reference)
    version = contracts.in_force(of_contract, closes)
    window, period = window_of(version.contract, closes)
    version = contracts.in_force(of_contract, period.first)
    if at < midnight(window.after_last, zone(version.contract.zone)) or _is_billed(session, contract_id, period):
        raise WindowOpen(f"{reference}: {window}", found=str(closes), expected="a day of a window that has ended")
    draft = preview(session, contract_id, of_contract, period, at)
    watermark = draft.watermark
    savings = measured(session, of_contract, window, watermark)
    for saving in savings:
        coverage_of(saving.plan, saving.saved.rows).require()
        require_known_units(saving.plan.name, saving.plan.questions(saving.saved.rows))
    lookup = index_store.lookup(session, index_store.indices_of(known.contract for known in of_contract))
    billed_before = _billed_before(session, contract_id, window, period)
    earlier = _earlier(session, of_contract, version.contract, window, watermark)
    windows = [*earlier, StatedWindow(version.contract, window, savings)]
    billed = Billed(
        _with_lines(
            billed_before, (line for line in draft.lines if window.first <= line.service_first < window.after_last)
        ),
        _with_lines(_billed_ever(session, contract_id), draft.lines),
    )
    stated_content = content(
        version.contract,
        window,
        savings,
        draft.lines,
        lookup,
        billed_before=billed_before,
        divided=tuple(divisions(windows, billed, lookup)),
        margin=margin(windows, billed),
        version_ids=(known.id for known in of_contract),
    )
    row = StatementRow(
        contract_id=contract_id,
        customer_id=version.customer_id,
        version_id=version.id,
        first=window.first,
        after_last=window.after_last,
        watermark=watermark,
        prepared_by=by,
        prepared_at=at,
        content=stated_content,
    )
    session.add(row)
    session.flush()
    return stated(row, version.contract, (), at)


def _earlier(
    session: Session, versions: tuple[Version, ...], last: Contract, window: BillingPeriod, watermark: int
) -> Iterator[StatedWindow]:
    """Find the windows before one, as its contract divides time, each as the version in force at its end has it.

    One whose statement still says what was measured is taken from it; another one is measured again.
    """
    day = last.starts
    while day < window.first:
        days, period = window_of(last, day)
        version = contracts.in_force(versions, period.first)
        stated_content = still_stated(session, version.contract_id, versions, days, watermark)
        known = None if stated_content is None else as_stated(stated_content, version.contract, days)
        yield known or StatedWindow(version.contract, days, measured(session, versions, days, watermark))
        day = days.after_last


def _with_lines(nets: Mapping[str, Decimal], lines: Iterable[Line]) -> dict[str, Decimal]:
    """Add the lines of the invoice that closes a window to what was billed before, by charge."""
    sums = dict(nets)
    for line in lines:
        sums[line.charge] = added((sums.get(line.charge, Decimal(0)), line.net))
    return sums


def _billed_ever(session: Session, contract_id: int) -> dict[str, Decimal]:
    """Sum, by charge, what all invoices of a contract have billed so far, adjustments included."""
    sums = (
        select(col(InvoiceLineRow.charge), func.sum(col(InvoiceLineRow.net)))
        .join(
            InvoiceRow,
            and_(
                col(InvoiceRow.tenant) == col(InvoiceLineRow.tenant),
                col(InvoiceRow.id) == col(InvoiceLineRow.invoice_id),
            ),
        )
        .where(InvoiceRow.contract_id == contract_id, col(InvoiceRow.voided_on).is_(None))
        .group_by(col(InvoiceLineRow.charge))
        .order_by(col(InvoiceLineRow.charge))
    )
    return dict(session.exec(sums).all())


def _is_billed(session: Session, contract_id: int, period: BillingPeriod) -> bool:
    of_period = select(InvoiceRow.id).where(
        InvoiceRow.contract_id == contract_id,
        InvoiceRow.kind == InvoiceKind.PERIOD,
        InvoiceRow.first == period.first,
        col(InvoiceRow.voided_on).is_(None),
    )
    return session.exec(of_period).first() is not None


def _billed_before(
    session: Session, contract_id: int, window: BillingPeriod, period: BillingPeriod
) -> dict[str, Decimal]:
    """Sum, by charge, what earlier invoices of a window have billed of it, adjustments and credits by hand included."""
    sums = (
        select(col(InvoiceLineRow.charge), func.sum(col(InvoiceLineRow.net)))
        .join(
            InvoiceRow,
            and_(
                col(InvoiceRow.tenant) == col(InvoiceLineRow.tenant),
                col(InvoiceRow.id) == col(InvoiceLineRow.invoice_id),
            ),
        )
        .where(
            InvoiceRow.contract_id == contract_id,
            col(InvoiceRow.voided_on).is_(None),
            col(InvoiceRow.kind).in_([InvoiceKind.PERIOD, InvoiceKind.CREDIT]),
            InvoiceRow.after_last <= period.first,
            InvoiceLineRow.service_first >= window.first,
            InvoiceLineRow.service_after_last <= period.first,
        )
        .group_by(col(InvoiceLineRow.charge))
        .order_by(col(InvoiceLineRow.charge))
    )
    return dict(session.exec(sums).all())
