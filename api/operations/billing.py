"""Billing as a use case: all that is due looked at or issued, chunk by chunk; and at each tick, for every tenant."""

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from api.server.database import Database, TookTooLong
from billing import run
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.drafts.look import look
from billing.due import store as due_store
from billing.due.store import HeldWork
from billing.invoices.store import IssueDateAhead, IssueDateTooEarly, StoredInvoice
from metering.tenants.store import tenants
from quantities.errors import Invalid, Unavailable

log = logging.getLogger(__name__)

#: Contracts whose planning is locked in one transaction: whoever releases a version of one waits for so many at most.
_PLANNED_AT_ONCE = 1000
_FIRST_ZONE = timezone(timedelta(hours=14))
#: No contract is at fault for these, and none is held for them.
_OF_THE_RUN = (Unavailable, IssueDateAhead, IssueDateTooEarly)


@dataclass(slots=True)
class WaitingWork:
    """What waits for a person.

    Attributes:
        held: for contracts that were held now, why.
        held_work: all work that waits, each period for its own reason.
        disputes: those that wait to be accepted, and hold nothing back.
    """

    held: dict[str, str] = field(default_factory=dict)
    held_work: list[HeldWork] = field(default_factory=list)
    disputes: list[KnownDispute] = field(default_factory=list)


@dataclass(slots=True)
class BilledWork(WaitingWork):
    """What a run over everything due did; ``invoices`` are the keys of those it issued."""

    invoices: list[int] = field(default_factory=list)


@dataclass(slots=True)
class ReadyWork(WaitingWork):
    """What is ready: ``drafts`` as they would be issued now, those of a contract in their order; none is stored."""

    drafts: list[StoredInvoice] = field(default_factory=list)


class IssueDateWithoutIssue(Invalid):
    """An issue date is stated, but nothing is issued."""


class IssueAhead(Invalid):
    """Invoices would be issued before they fall due."""


def bill_everything(
    database: Database,
    tenant: int,
    now: datetime,
    *,
    until: datetime | None = None,
    issue_date: date | None = None,
    only_automatic: bool = False,
    chunk: int = run.CHUNK,
    abandoned: Callable[[], bool] = lambda: False,
) -> BilledWork:
    """Issue all that is due, chunk by chunk, each its own transaction; side by side with others who do the same.

    A chunk that fails is tried again in smaller ones, until the contract at fault is alone and is held.

    Args:
        database: the application's.
        tenant: whose.
        now: the issue date's instant.
        until: bill only what was due by then.
        issue_date: the date that the invoices bear; today by default.
        only_automatic: leave out the contracts whose invoices somebody reviews.
        chunk: contracts a transaction.
        abandoned: tells between two chunks whether whoever asked has left; what is billed by then stays billed.

    Raises:
        IssueAhead: what falls due later than now would be issued.
        IssueDateAhead: the issue date lies in the future.
        IssueDateTooEarly: it lies before the last date of an issuer. What was issued by then stays issued.
        Unavailable: the database is gone, or too busy; no contract is at fault, and nothing is held for it. A chunk
            that took too long is none of this: it is tried in smaller ones like any other that failed.
    """
    due_by = until or now
    _refuse_dates(now, due_by, issue_date)
    done = BilledWork()
    _plan(database, tenant, now, due_by, done)
    passed: set[due_store.Due] = set()
    size = chunk
    while not abandoned():
        work: list[due_store.Due] = []
        try:
            with database.transaction(tenant) as session:
                work = due_store.claim(session, tenant, due_by, size, passed, only_automatic=only_automatic)
                if not work:
                    break
                outcome = run.bill(session, tenant, work, now, due_by, issue_date)
        except Exception as fault:
            if _is_of_the_run(fault) or not work:
                raise
            if len(work) > 1:
                size = len(work) // 2
                continue
            with database.transaction(tenant) as session:
                outcome = run.hold(session, tenant, work[0], fault)
        done.invoices += outcome.invoices
        done.held |= outcome.held
        passed |= outcome.held_work
        size = min(chunk, 2 * size)
    if not only_automatic:
        done.held_work = _held_work(database, tenant, due_by)
    return done


def _plan(database: Database, tenant: int, now: datetime, due_by: datetime, waiting: WaitingWork) -> None:
    """Look for what has changed, write down what falls due, and note what waits for a person."""
    with database.transaction(tenant) as session:
        run.refresh(session, tenant, now)
        contract_ids = due_store.to_plan(session, tenant, due_by)
    for first in range(0, len(contract_ids), _PLANNED_AT_ONCE):
        with database.transaction(tenant) as session:
            run.plan(session, tenant, due_by, contract_ids[first : first + _PLANNED_AT_ONCE])
    with database.transaction(tenant) as session:
        waiting.held |= due_store.unplanned(session, tenant, due_by)
        waiting.disputes = dispute_store.waiting(session)


def _held_work(database: Database, tenant: int, due_by: datetime) -> list[HeldWork]:
    with database.transaction(tenant) as session:
        return due_store.held_work(session, tenant, due_by)


def look_at_everything(
    database: Database,
    tenant: int,
    now: datetime,
    *,
    until: datetime | None = None,
    chunk: int = run.CHUNK,
    abandoned: Callable[[], bool] = lambda: False,
) -> ReadyWork:
    """Make the drafts of all that is due, and save none of them: what they say is noted as looked at.

    Args:
        database: the application's.
        tenant: whose.
        now: the instant.
        until: look at what is due by then, which may lie ahead; now by default.
        chunk: contracts a transaction.
        abandoned: tells between two chunks whether whoever asked has left.

    Raises:
        Unavailable: the database is gone, or too busy.
    """
    due_by, ready = until or now, ReadyWork()
    _plan(database, tenant, now, due_by, ready)
    with database.transaction(tenant) as session:
        contract_ids = due_store.with_open_work(session, tenant, due_by)
    for first in range(0, len(contract_ids), chunk):
        if abandoned():
            break
        _look(database, tenant, contract_ids[first : first + chunk], (now, due_by), ready)
    ready.held_work = _held_work(database, tenant, due_by)
    return ready


def _look(
    database: Database,
    tenant: int,
    contract_ids: Sequence[int],
    instants: tuple[datetime, datetime],
    ready: ReadyWork,
) -> None:
    """Look at contracts in one transaction; where that fails, in halves, until the contract at fault is alone."""
    now, due_by = instants
    try:
        with database.transaction(tenant) as session:
            looked = look(session, tenant, contract_ids, now, due_by)
    except Exception as fault:
        if _is_of_the_run(fault):
            raise
        if len(contract_ids) > 1:
            half = len(contract_ids) // 2
            _look(database, tenant, contract_ids[:half], instants, ready)
            _look(database, tenant, contract_ids[half:], instants, ready)
            return
        with database.transaction(tenant) as session:
            for work in due_store.first_open(session, tenant, due_by, among=contract_ids):
                ready.held |= run.hold(session, tenant, work, fault).held
        return
    ready.drafts += looked.drafts
    ready.held |= looked.held


def _is_of_the_run(fault: Exception) -> bool:
    return isinstance(fault, _OF_THE_RUN) and not isinstance(fault, TookTooLong)


def _refuse_dates(now: datetime, due_by: datetime, issue_date: date | None) -> None:
    if due_by > now:
        raise IssueAhead(
            f"{due_by.isoformat()} lies ahead; without issuing, it can be looked at",
            found=due_by.isoformat(),
            expected=f"{now.isoformat()} at most",
        )
    if issue_date is None:
        return
    latest = now.astimezone(_FIRST_ZONE).date()  # nowhere on Earth is it a later day
    if issue_date > latest:
        raise IssueDateAhead(f"{issue_date} lies ahead", found=str(issue_date), expected=f"{latest} at most")


def collect_rarely() -> None:
    """Freeze existing objects and collect garbage less often during a run.

    Call it once, when a process starts that bills: what is frozen is never collected. A run makes millions of objects
    and hardly a cycle, and reference counting frees nearly all of them at once. Walking the program's own half million
    again and again would take a third of the time that rating takes.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def tick(database: Database, now: datetime) -> None:
    """Issue, for every tenant, what is due of contracts that say ``issue: automatically``: what the scheduler calls.

    What is due of the others is planned, and ready to be looked at.
    """
    with database.transaction() as session:
        everyone = sorted(tenants(session).values())
    for tenant in everyone:
        try:
            bill_everything(database, tenant, now, only_automatic=True)
        except Exception:
            log.exception("tenant %s could not be billed", tenant)
