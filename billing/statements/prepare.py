"""Statements prepared from what is stored: a window measured, and the invoice that closes it as it would be now."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session

from billing.run import preview
from billing.statements.statement import content
from billing.statements.store import Statement, measured, stated, window_of
from billing.tables import StatementRow
from contracts import store as contracts
from contracts.indexation import store as index_store
from contracts.schedule import BillingPeriod
from quantities.errors import Conflict
from quantities.period import midnight, zone


class WindowOpen(Conflict):
    """A statement is of a window that has ended, and whose closing invoice is not out yet."""


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
        CoverageTooLow: too little was measured.
    """
    contract_id = contracts.versions(session, reference)[-1].contract_id
    of_contract = contracts.of_contracts(session, [contract_id]).get(contract_id, ())
    if not of_contract:
        raise contracts.UnknownContract(f"no version of {reference} is released yet", found=reference)
    version = contracts.in_force(of_contract, closes)
    window, period = window_of(version.contract, closes)
    version = contracts.in_force(of_contract, period.first)
    if at < midnight(window.after_last, zone(version.contract.zone)) or _is_billed(session, contract_id, period):
        raise WindowOpen(f"{reference}: {window}", found=str(window))
    draft = preview(session, contract_id, of_contract, period, at)
    watermark = draft.watermark
    savings = measured(session, of_contract, window, watermark)
    lookup = index_store.lookup(session, index_store.indices_of(each.contract for each in of_contract))
    before = _billed_before(session, contract_id, window, period)
    said = content(version.contract, window, savings, draft.lines, lookup, before)
    row = StatementRow(
        contract_id=contract_id,
        customer_id=version.customer_id,
        version_id=version.id,
        first=window.first,
        after_last=window.after_last,
        watermark=watermark,
        prepared_by=by,
        prepared_at=at,
        content=said | {"versions": [each.id for each in of_contract]},
    )
    session.add(row)
    session.flush()
    return stated(row, version.contract, (), at)


def _is_billed(session: Session, contract_id: int, period: BillingPeriod) -> bool:
    asked = {"contract": contract_id, "first": period.first}
    found = session.execute(
        text("select 1 from invoice where contract_id = :contract and kind = 'period' and first = :first"), asked
    )
    return found.first() is not None


def _billed_before(
    session: Session, contract_id: int, window: BillingPeriod, period: BillingPeriod
) -> dict[str, Decimal]:
    """Sum, by charge, what earlier invoices of a window have billed of it, adjustments included."""
    rows = session.execute(
        text("""select l.charge, sum(l.net) as net from invoice_line l
                join invoice i on i.tenant = l.tenant and i.id = l.invoice_id
                where i.contract_id = :contract and i.kind = 'period' and i.after_last <= :until
                  and l.service_first >= :first and l.service_after_last <= :until
                group by l.charge order by l.charge"""),
        {"contract": contract_id, "first": window.first, "until": period.first},
    )
    return {row.charge: row.net for row in rows}
