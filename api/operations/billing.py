"""Billing as a use case: all that is due looked at or issued, chunk by chunk; and at each tick, for every tenant."""

import gc
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

from api.operations.billing_run import (
    BilledWork,
    BillingRun,
    RunRequest,
    Tell,
    WaitingWork,
    is_of_the_run,
    note_waiting,
    to_plan,
    untold,
)
from api.server.database import Database
from api.server.log_context import in_run
from billing import run
from billing.drafts.look import look
from billing.due import store as due_store
from billing.invoices.store import StoredInvoice
from metering.tenants.store import tenants
from quantities.errors import Invalid

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReadyWork(WaitingWork):
    """What is ready: ``drafts`` as they would be issued now, those of a contract in their order; none is stored."""

    drafts: list[StoredInvoice] = field(default_factory=list)


class IssueDateWithoutIssue(Invalid):
    """An issue date is stated, but nothing is issued."""


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
    tell: Tell = untold,
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
        tell: is told how many invoices are issued; of how many is not known before.

    Raises:
        IssueAhead: what falls due later than now would be issued.
        IssueDateAhead: the issue date lies in the future.
        IssueDateTooEarly: it lies before the last date of an issuer. What was issued by then stays issued.
        Unavailable: the database is gone, or too busy; no contract is at fault, and nothing is held for it. A chunk
            that took too long is none of this: it is tried in smaller ones like any other that failed.
    """
    asked = RunRequest.of(tenant, now, until, issue_date, only_automatic=only_automatic)
    billing_run = BillingRun(database, asked, chunk, abandoned, tell)
    with in_run(tenant, asked.run):
        for contract_ids in to_plan(database, asked):
            if abandoned():
                break
            billing_run.plan_and_bill(contract_ids)
        done = billing_run.bill_the_rest()
        if done.invoices or done.held:
            log.info("billed", extra={"issued": len(done.invoices), "held": len(done.held)})
    return done


def look_at_everything(
    database: Database,
    tenant: int,
    now: datetime,
    *,
    until: datetime | None = None,
    chunk: int = run.CHUNK,
    abandoned: Callable[[], bool] = lambda: False,
    tell: Tell = untold,
) -> ReadyWork:
    """Make the drafts of all that is due, and save none of them: what they say is noted as looked at.

    Args:
        database: the application's.
        tenant: whose.
        now: the instant.
        until: look at what is due by then, which may lie ahead; now by default.
        chunk: contracts a transaction.
        abandoned: tells between two chunks whether whoever asked has left.
        tell: is told how many contracts are looked at, and of how many.

    Raises:
        Unavailable: the database is gone, or too busy.
    """
    due_by, ready = until or now, ReadyWork()
    for portion in to_plan(database, RunRequest(tenant, now, due_by)):
        with database.transaction(tenant) as session:
            run.plan(session, tenant, due_by, portion)
    with database.transaction(tenant) as session:
        contract_ids = sorted(due_store.queue(session, tenant, due_by))
    for first in range(0, len(contract_ids), chunk):
        if abandoned():
            break
        _look(database, tenant, contract_ids[first : first + chunk], (now, due_by), ready)
        tell(min(first + chunk, len(contract_ids)), len(contract_ids))
    note_waiting(database, tenant, due_by, ready)
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
        if is_of_the_run(fault):
            raise
        if len(contract_ids) > 1:
            half = len(contract_ids) // 2
            _look(database, tenant, contract_ids[:half], instants, ready)
            _look(database, tenant, contract_ids[half:], instants, ready)
            return
        with database.transaction(tenant) as session:
            for work in due_store.first_open(session, tenant, due_by, among=contract_ids):
                ready.held = run.hold(session, tenant, work, fault, now).held | ready.held
        return
    ready.drafts += looked.drafts
    ready.held = looked.held | ready.held  # of a contract the first reason stands


@cache
def collect_rarely() -> None:
    """Freeze existing objects and collect garbage less often during a run.

    Done once in a process, when it starts to bill or to serve: what is frozen is never collected. A run makes millions
    of objects and hardly a cycle, and reference counting frees nearly all of them at once. Walking the program's own
    half million again and again would take a third of the time that rating takes.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@dataclass(frozen=True, slots=True)
class TickOutcome:
    """What a tick did: how many invoices it issued, and for how many tenants it failed."""

    issued: int
    failed: int


def tick(
    database: Database,
    now: datetime,
    *,
    among: Collection[int] | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> TickOutcome:
    """Issue, for every tenant, what is due of contracts that say ``issue: automatically``: what the scheduler calls.

    What is due of the others is planned, and ready to be looked at.

    Args:
        database: the application's.
        now: the instant.
        among: the tenants of which something is due; None: all.
        abandoned: tells between two chunks whether the rest is left for the next tick.
    """
    if among is None:
        with database.transaction() as session:
            among = tenants(session).values()
    issued = failed = 0
    for tenant in sorted(among):
        if abandoned():
            break
        try:
            issued += len(bill_everything(database, tenant, now, only_automatic=True, abandoned=abandoned).invoices)
        except Exception:
            failed += 1
            log.exception("tenant %s could not be billed", tenant)
    return TickOutcome(issued, failed)
