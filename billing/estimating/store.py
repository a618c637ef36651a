"""Estimates that fall due, made when their day has come; put_down puts them down.

A period is estimated whole or not at all. What it rests on is looked at again on its day, under the contract's lock: a
period that was billed, given up or read meanwhile needs none, and an amendment may have moved the day.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, select

from billing.drafts.making import loaded
from billing.due import store as due_store
from billing.due.pauses.store import is_held_back
from billing.due.work import store as work_store
from billing.estimating.allowed import EstimatePlan, estimates_of
from billing.estimating.put_down.store import open_periods
from billing.invoices.store import InvoiceKind
from billing.rating.store import billable, count_all
from billing.sources.store import corrected_alone
from contracts.indexation import store as index_store
from contracts.schedule import BillingPeriod
from contracts.store import Version
from contracts.tables import ContractRow
from metering.deliveries.receipt import Sender
from metering.fleet.store import NoSuchRegister
from metering.log.transaction import watermark
from metering.quality.estimation.store import NothingMissing, estimate
from quantities.errors import Conflict, UsufructError
from quantities.period import Period

#: Whose estimates they are, where a delivery says who recorded it.
SCHEDULE = "schedule"
#: How long an estimate waits that a pause of its contract holds.
_PAUSED = timedelta(minutes=10)


class NotAllEstimated(Conflict):
    """Not all missing readings of the period can be estimated."""


class EstimateCorrectsBilled(Conflict):
    """The estimate would correct what is billed, which nobody does alone."""


def estimate_due(session: Session, tenant: int, subject: str, now: datetime) -> datetime | None:
    """Estimate what a period lacks, as far as its terms allow it by now.

    Args:
        session: states the tenant, and holds the work.
        tenant: the same.
        subject: as of ``subject_of``.
        now: the instant.

    Returns:
        When it falls due again: a pause holds it, or other days of the period wait longer; None: nothing is left to do.

    Raises:
        NotAllEstimated: nothing says what some of the missing readings were.
        EstimateCorrectsBilled: another bill rests on these days of a register, and two people have to see it.
        CountedLess: a counter rose by less than what is known already.
    """
    reference, _, day = subject.rpartition(" ")
    first = date.fromisoformat(day)
    row = ContractRow
    contract_id = session.exec(select(row.id).where(row.tenant == tenant, row.reference == reference)).first()
    if contract_id is None:
        return None
    due_store.lock_contract(session, contract_id)
    versions, faults = loaded(session, [contract_id])
    if contract_id in faults:
        raise faults[contract_id]
    known = versions[contract_id]
    period = known[-1].contract.period_from(first)
    is_open = first in {start for _, start in open_periods(session, tenant, [contract_id])}
    if period is None or not is_open:
        return None
    if session.scalar(select(is_held_back(tenant, [work_store.ESTIMATE], contract_id, now))):
        return now + _PAUSED
    plans = _missing(session, known, period)
    due = [plan for plan in plans if plan.at is not None and plan.at <= now]
    if due:
        _estimate_all(session, due, known[-1].contract.contract, now)
        work_store.wake_contract(session, contract_id, now)
    return min((plan.at for plan in plans if plan.at is not None and plan.at > now), default=None)


def _missing(session: Session, versions: tuple[Version, ...], period: BillingPeriod) -> tuple[EstimatePlan, ...]:
    lookup = index_store.lookup(session, index_store.indices_of(version.contract for version in versions))
    bill = billable(versions, InvoiceKind.PERIOD, period, lookup)
    (counted,) = count_all(session, [bill], watermark(session))
    return estimates_of(versions[-1].contract, bill, counted)


def _estimate_all(session: Session, plans: Sequence[EstimatePlan], reference: str, now: datetime) -> None:
    """Estimate registers one by one; what is refused of one leaves all as it was, for the caller's transaction ends."""
    batches, refused = list[int](), list[UsufructError]()
    for plan in plans:
        sender = Sender(
            f"estimates of {plan.register}", SCHEDULE, now, f"contract {reference} estimates what was not read in time"
        )
        try:
            filled = estimate(session, sender, plan.register, plan.days)
        except (NothingMissing, NoSuchRegister) as fault:
            refused.append(fault)
            continue
        if filled.unfilled:
            refused.append(_unfilled(plan, filled.unfilled))
        batches.append(filled.receipt.batch)
    refuse_parts(reference, refused)
    billed = corrected_alone(session, batches)
    refuse_billed(reference, [plan.register for plan in plans], None if billed is None else billed[1])


def refuse_parts(reference: str, refused: Sequence[UsufructError]) -> None:
    """Refuse to estimate some of what a period lacks.

    Raises:
        NotAllEstimated: some of it cannot be.
    """
    if refused:
        raise NotAllEstimated("; ".join(map(str, refused)), place=reference, expected="readings, or edits by hand")


def refuse_billed(reference: str, registers: Sequence[str], billed: Period | None) -> None:
    """Refuse to correct what is billed.

    Raises:
        EstimateCorrectsBilled: something is, of these instants.
    """
    if billed is not None:
        raise EstimateCorrectsBilled(
            f"bills rest on some of these days of {', '.join(registers)}",
            place=reference,
            found=str(billed),
            expected="usufruct estimate, which another person releases",
        )


def _unfilled(plan: EstimatePlan, count: int) -> UsufructError:
    return NothingMissing(f"{count} intervals of {plan.register} are missing, and nothing says what they were")
