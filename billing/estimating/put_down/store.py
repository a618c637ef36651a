"""Estimates put down as due work, when a period may lack readings; what makes them is in the store one room up."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, select

from billing.drafts.making import loaded
from billing.due import store as due_store
from billing.due.tables import DueWorkRow
from billing.due.work import store as work_store
from billing.estimating.allowed import estimate_at, shortest_wait
from billing.invoices.store import InvoiceKind
from billing.tables import DueRow
from contracts.store import Version


def subject_of(reference: str, first: date) -> str:
    """Write what an estimate is of: the contract, and the first day of the period."""
    return f"{reference} {first}"


def put_down(session: Session, tenant: int, versions: Mapping[int, tuple[Version, ...]]) -> None:
    """Put down the estimates of the open periods of contracts; what is put down already is brought forward at most.

    Args:
        session: states the tenant.
        tenant: the same.
        versions: of contracts whose periods are written down, by key.
    """
    waits = {key: shortest_wait(version.contract for version in known) for key, known in versions.items()}
    waiting = {key: after_days for key, after_days in waits.items() if after_days is not None}
    rows = []
    for contract_id, first in open_periods(session, tenant, waiting):
        contract = versions[contract_id][-1].contract
        period = contract.period_from(first)
        if period is None:
            continue  # an amendment has taken it away
        at = estimate_at(contract, period, waiting[contract_id])
        rows.append((subject_of(contract.contract, first), at))
    _write(session, tenant, rows)


def put_down_again(session: Session, tenant: int, work: due_store.Due) -> None:
    """Put down the estimate of a period that lacks readings, unless it is: some may have been withdrawn since."""
    versions, _ = loaded(session, [work.contract_id])
    for known in versions.values():
        contract, after_days = known[-1].contract, shortest_wait(version.contract for version in known)
        period = contract.period_from(work.first)
        if period is not None and after_days is not None:
            at = estimate_at(contract, period, after_days)
            _write(session, tenant, [(subject_of(work.reference, work.first), at)], bring_forward=False)


def open_periods(session: Session, tenant: int, contract_ids: Collection[int]) -> Iterable[tuple[int, date]]:
    """List the periods of contracts that are due and not billed: the contract, and the first day."""
    if not contract_ids:
        return []
    first = func.lower(DueRow.period)
    chosen = select(col(DueRow.contract), first).where(
        DueRow.tenant == tenant,
        DueRow.kind == InvoiceKind.PERIOD,
        col(DueRow.done_at).is_(None),
        col(DueRow.contract).in_(contract_ids),
    )
    return session.exec(chosen.order_by(col(DueRow.contract), first)).all()


def _write(
    session: Session, tenant: int, rows: Collection[tuple[str, datetime]], *, bring_forward: bool = True
) -> None:
    if not rows:
        return
    values = [
        {"tenant": tenant, "kind": work_store.ESTIMATE, "subject": subject, "due_at": at, "next_at": at}
        for subject, at in rows
    ]
    new, key = insert(DueWorkRow), ["tenant", "kind", "subject"]
    if bring_forward:  # a row that failed keeps its next try: its day has come already
        is_ahead = (col(DueWorkRow.tries) == 0) & (col(DueWorkRow.next_at) > new.excluded.next_at)
        moved = {"due_at": new.excluded.due_at, "next_at": new.excluded.next_at}
        session.execute(new.on_conflict_do_update(index_elements=key, set_=moved, where=is_ahead), values)
    else:
        session.execute(new.on_conflict_do_nothing(index_elements=key), values)
