"""The billing run: work that is due is claimed, made into documents and issued; safe to repeat, to kill, side by side.

    plan      each period of each contract is a row of due work, once
    claim     lock what is due and nobody else has, with its contract: two periods of one contract, billed at once,
              would each correct the same earlier one
    make      what is due, counted, corrected and rated (billing/drafts/making.py)
    save      lines and evidence by COPY; what contracts owe together on one document; the number last

A chunk is one transaction. Killed at any instant, it was never there. Where it fails as a whole, its caller claims
smaller ones, until the contract at fault is alone and is held.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlmodel import Session

from billing.drafts.making import Made, due_at_of, loaded, make
from billing.due import store as due_store
from billing.due.store import Due
from billing.due.work import store as work_store
from billing.estimating.put_down.store import put_down, put_down_again
from billing.invoices import store
from billing.invoices.consolidated import to_number, values_of, wholes_of
from billing.invoices.store import InvoiceKind
from billing.issuing import issue
from billing.rated import store as rated
from billing.rating.completeness import IncompleteReadings
from billing.rating.segments import segments
from billing.sources.sweep import sweep
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.consumption.use import NothingRead
from quantities.period import midnight, zone

CHUNK = 100


@dataclass(slots=True)
class RunOutcome:
    """What a run did.

    Attributes:
        invoices: the keys of those it made.
        held: for contracts that wait for a person, why.
        held_work: what of them waits.
    """

    invoices: list[int] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    held_work: set[Due] = field(default_factory=set)

    def note_held(self, due: Due, reason: str | None) -> None:
        """Note what is held; the first of a contract's periods says why, for the others wait for it."""
        self.held_work.add(due)
        if reason is not None:
            self.held.setdefault(due.reference, reason)


def plan(session: Session, tenant: int, now: datetime, among: Collection[int] | None = None) -> int:
    """Write down the work that falls due by now: each period of each contract once.

    Only contracts are looked at of which something falls due that may not be written down yet. A contract that cannot
    be planned is held with its reason, until a later plan succeeds.

    Args:
        session: states the tenant.
        tenant: the same.
        now: what falls due by then.
        among: the contracts, by key; without it, all.

    Returns:
        How many rows are new.
    """
    chosen = due_store.to_plan(session, tenant, now) if among is None else among
    references = due_store.lock_planning(session, tenant, chosen, now)
    planned = due_store.planned_until(session, tenant, references)
    versions, faults = loaded(session, list(references))
    work: list[tuple[int, InvoiceKind, BillingPeriod, datetime]] = []
    next_at: dict[int, datetime | None] = {}
    for contract_id in references:
        known = versions.get(contract_id)
        if known is None:
            continue
        of_contract = {kind: planned.get((contract_id, kind.value)) for kind in InvoiceKind}
        try:
            falling_due, next_at[contract_id] = _falling_due(known, now, of_contract)
        except Exception as fault:  # noqa: BLE001 a contract's fault, whatever it is, is that contract's alone
            faults[contract_id] = fault
            continue
        work += ((contract_id, kind, period, due_at) for kind, period, due_at in falling_due)
    due_store.write_down(session, tenant, work)
    put_down(session, tenant, {key: versions[key] for key in next_at})
    reasons = {key: due_store.reason(fault, references[key], now) for key, fault in faults.items()}
    due_store.plan_next(session, tenant, next_at, reasons, now)
    work_store.forget_outcome(session, tenant, next_at)
    return len(work)


#: What falls due, and when it does.
_FallingDue: TypeAlias = tuple[InvoiceKind, BillingPeriod, datetime]


def _falling_due(
    versions: tuple[Version, ...], now: datetime, planned: Mapping[InvoiceKind, date | None]
) -> tuple[list[_FallingDue], datetime | None]:
    """List what of a contract falls due by now: its opening, where a fee is due with it, and each period.

    Args:
        versions: of the contract.
        now: the instant.
        planned: the day up to which each kind is written down already, which is left out.

    Returns:
        What falls due; and the instant from which something more does, None where nothing is to come.
    """
    contract = versions[-1].contract
    where = zone(contract.zone)
    first = next(contract.periods(), None)
    if first is None:
        return [], None
    if (opens_at := midnight(first.first, where)) > now:
        return [], opens_at
    falling_due: list[_FallingDue] = []
    if _is_new(first, planned[InvoiceKind.OPENING]) and _opens_with_fees(versions, first):
        falling_due.append((InvoiceKind.OPENING, first, opens_at))
    until = planned[InvoiceKind.PERIOD]
    for period in contract.periods(since=until):
        due_at = due_at_of(contract, period)
        if due_at > now:
            return falling_due, due_at
        if _is_new(period, until):
            falling_due.append((InvoiceKind.PERIOD, period, due_at))
    return falling_due, None


def _is_new(period: BillingPeriod, until: date | None) -> bool:
    return until is None or period.after_last > until


def _opens_with_fees(versions: tuple[Version, ...], first: BillingPeriod) -> bool:
    """Tell whether the first period has a fee in advance, be it from a day on that lies within it."""
    if not any(version.contract.names_in_advance for version in versions):
        return False
    begun = any(version.contract.effective <= first.first for version in versions)
    return begun and any(segment.charges for segment in segments(versions, first, None, advance=True))


def bill(
    session: Session,
    tenant: int,
    claimed: Sequence[Due],
    now: datetime,
    due_by: datetime,
    issue_date: date | None = None,
) -> RunOutcome:
    """Issue the documents of a chunk of claimed work in the transaction that claimed it.

    A fault of one contract holds that contract; what is raised fails the whole chunk.

    Args:
        session: states the tenant.
        tenant: the same, for the table of due work.
        claimed: one work of each contract; at least one.
        now: the instant of the run.
        due_by: a period that by now ends later, because its contract was prolonged, is held.
        issue_date: the date that the invoices bear; by default the day of ``now`` in the issuer's zone, or the issuer's
            last date where that is later. ``give_numbers`` says which dates are refused.

    Returns:
        The keys of the invoices made, and which contracts are held and why.
    """
    made = make(session, claimed, now, due_by, issue_date=issue_date)
    return conclude(session, tenant, made, now, issue_date)


def conclude(session: Session, tenant: int, made: Made, now: datetime, issue_date: date | None = None) -> RunOutcome:
    """Save and number what was made of claimed work, close that work, and hold what has to wait.

    Raises:
        IssueDateAhead: the date that is asked for lies in the future.
        IssueDateTooEarly: it lies before the last date of an issuer.
        EInvoiceRefused and others: a document is refused before its number, as ``billing.issuing.issue`` says.
    """
    outcome = RunOutcome()
    for due in made.gone:
        due_store.drop(session, tenant, due)
    for due, fault in made.held:
        outcome.note_held(due, _hold(session, tenant, due, fault, now))
    due_store.close(session, tenant, made.done, now)
    due_store.close_corrections(session, tenant, made.corrected, now)
    work_store.forget_outcome(session, tenant, {*(due.contract_id for due in made.done), *made.corrected})
    rated.save(session, made.again, now)
    if made.drafts:
        drafts = [draft for _, draft in made.drafts]
        saved = store.save(session, drafts, now)
        wholes = wholes_of(saved, [due.together for due, _ in made.drafts])
        keys = store.save_heads(session, [values_of(whole, now) for whole in wholes])
        numbered = to_number(saved, wholes, keys, now)
        outcome.invoices = issue(session, saved, now, issue_date, numbered=numbered)
        _correct_what_follows(session, tenant, [one.work for one in saved], now)
    return outcome


def hold(session: Session, tenant: int, due: Due, fault: Exception, now: datetime) -> RunOutcome:
    """Hold work that failed alone, in another transaction than the one that failed; every later run tries it again."""
    outcome = RunOutcome()
    outcome.note_held(due, _hold(session, tenant, due, fault, now))
    return outcome


def _hold(session: Session, tenant: int, due: Due, fault: Exception, now: datetime) -> str | None:
    """Hold work with its reason; where readings are missing, they may be estimated one day."""
    if due.kind is InvoiceKind.PERIOD and isinstance(fault, IncompleteReadings | NothingRead):
        put_down_again(session, tenant, due)
    return due_store.hold(session, tenant, due, fault, now)


def refresh(session: Session, tenant: int, now: datetime) -> None:
    """Look for what has changed since the last run, and plan corrections of the periods that it concerns."""
    marked = sweep(session, now)
    plan_corrections(session, tenant, {rating.contract_id for rating in rated.of_keys(session, marked)}, now)


def _correct_what_follows(session: Session, tenant: int, invoice_ids: Sequence[int], now: datetime) -> None:
    """Plan a correction of periods that were billed before the one that they follow: they open with what it carries."""
    following = rated.mark_following(session, invoice_ids, now)
    if following:
        plan_corrections(session, tenant, following, now)


def plan_corrections(session: Session, tenant: int, contract_ids: Iterable[int], now: datetime) -> None:
    """Write down, for contracts with stale ratings of issued periods, that a correction falls due in some days.

    Args:
        session: states the tenant.
        tenant: the same.
        contract_ids: of which something may be stale.
        now: the instant.
    """
    stale = {rating.contract_id for rating in rated.stale(session, sorted(contract_ids))}
    versions, _ = loaded(session, sorted(stale))
    for contract_id, known in versions.items():
        contract = known[-1].contract
        where = zone(contract.zone)
        today = now.astimezone(where).date()
        until = today + timedelta(days=max(1, contract.settings.correct_after_days))
        due_at = midnight(today + timedelta(days=contract.settings.correct_after_days), where)
        due_store.plan_correction(session, tenant, contract_id, BillingPeriod(today, until, today, until), due_at)
