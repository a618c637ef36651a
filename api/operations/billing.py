"""Billing as a use case: all that is due, chunk by chunk, for one tenant or, at each tick, for every one."""

import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from api.server.database import Database, TookTooLong
from billing import run
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.due import store as due_store
from billing.invoices.store import IssueDateAhead, IssueDateTooEarly
from metering.tenants.store import tenants
from quantities.errors import Invalid, Unavailable

log = logging.getLogger(__name__)

_FIRST_ZONE = timezone(timedelta(hours=14))
#: No contract is at fault for these, and none is held for them.
_OF_THE_RUN = (Unavailable, IssueDateAhead, IssueDateTooEarly)


@dataclass(slots=True)
class BilledWork:
    """What a run over everything due did.

    Attributes:
        invoices: the keys of those it made or issued.
        held: for contracts that wait for a person, why.
        disputes: those that wait to be accepted, and hold nothing back.
        refreshed: how many drafts were made anew.
    """

    invoices: list[int] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    disputes: list[KnownDispute] = field(default_factory=list)
    refreshed: int = 0


class IssueDateWithoutIssue(Invalid):
    """An issue date is stated, but the invoices are left as drafts."""


class IssueAhead(Invalid):
    """Invoices would be issued before they fall due."""


def bill_everything(
    database: Database,
    tenant: int,
    now: datetime,
    *,
    issue: bool,
    until: datetime | None = None,
    issue_date: date | None = None,
    chunk: int = run.CHUNK,
    abandoned: Callable[[], bool] = lambda: False,
) -> BilledWork:
    """Bill all that is due, chunk by chunk, each its own transaction; side by side with others who do the same.

    A chunk that fails is tried again in smaller ones, until the contract at fault is alone and is held.

    Args:
        database: the application's.
        tenant: whose.
        now: the issue date's instant.
        issue: give numbers, or leave drafts.
        until: bill only what was due by then.
        issue_date: the date that issued invoices bear; today by default.
        chunk: contracts a transaction.
        abandoned: tells between two chunks whether whoever asked has left; what is billed by then stays billed.

    Raises:
        IssueAhead: what falls due later than now would be issued.
        IssueDateWithoutIssue: there is an issue date, and nothing is issued.
        IssueDateAhead: the issue date lies in the future.
        IssueDateTooEarly: it lies before the last date of an issuer. What was issued by then stays issued.
        Unavailable: the database is gone, or too busy; no contract is at fault, and nothing is held for it. A chunk
            that took too long is none of this: it is tried in smaller ones like any other that failed.
    """
    due_by = until or now
    _refuse_dates(now, due_by, issue_date, issue=issue)
    done = BilledWork()
    with database.transaction(tenant) as session:
        done.refreshed = run.refresh(session, tenant, now)
        run.plan(session, tenant, due_by)
        done.held |= due_store.unplanned(session, tenant)
        done.disputes = dispute_store.waiting(session)
    while issue and not abandoned():
        with database.transaction(tenant) as session:
            issued = run.issue_drafts(session, now, chunk, due_by=due_by, issue_date=issue_date)
        if not issued:
            break
        done.invoices += issued
    passed: set[due_store.Due] = set()
    size = chunk
    while not abandoned():
        work: list[due_store.Due] = []
        try:
            with database.transaction(tenant) as session:
                work = due_store.claim(session, tenant, due_by, size, passed)
                if not work:
                    break
                outcome = run.bill(session, tenant, work, now, due_by, issue=issue, issue_date=issue_date)
        except Exception as fault:
            if (isinstance(fault, _OF_THE_RUN) and not isinstance(fault, TookTooLong)) or not work:
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
    return done


def _refuse_dates(now: datetime, due_by: datetime, issue_date: date | None, *, issue: bool) -> None:
    if issue and due_by > now:
        raise IssueAhead(
            f"{due_by.isoformat()} lies ahead; without issuing, drafts can be made",
            found=due_by.isoformat(),
            expected=f"{now.isoformat()} at most",
        )
    if issue_date is None:
        return
    if not issue:
        raise IssueDateWithoutIssue(f"drafts would not bear the date {issue_date}", found=str(issue_date))
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
    """Bill, as drafts, what is due for every tenant: what the scheduler calls, and nothing more."""
    with database.transaction() as session:
        everyone = sorted(tenants(session).values())
    for tenant in everyone:
        try:
            bill_everything(database, tenant, now, issue=False)
        except Exception:
            log.exception("tenant %s could not be billed", tenant)
