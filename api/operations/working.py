"""What the command line, the worker and HTTP do alike: ingest a file, bill all that is due, each in its transaction."""

import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from api.server.database import Database, TookTooLong
from billing import run
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.due import store as due_store
from metering.deliveries.store import Receipt, Sender, deliver
from metering.fleet.store import StoredRegisterLookup
from metering.ingest import IngestOptions, parse
from metering.tenants.store import tenants
from quantities.errors import Invalid, Unavailable
from quantities.period import Period

log = logging.getLogger(__name__)


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


class IssueAhead(Invalid):
    """Invoices cannot be issued before they fall due; without issuing, drafts can be made."""


class NotAPair(Invalid):
    """A column is mapped as in time=Datum."""


def column_map(options: Sequence[str]) -> Mapping[str, str]:
    """Read ``role=column`` options.

    Raises:
        NotAPair: one has no equals sign, or nothing on one side of it.
    """
    read = {}
    for option in options:
        role, _, column = option.partition("=")
        if not role.strip() or not column:
            raise NotAPair(f"{option!r} is no role=column", found=option, expected="as in time=Datum")
        read[role.strip()] = column.strip()
    return read


def ingest(
    session: Session,
    sender: Sender,
    raw: bytes,
    told: IngestOptions,
    *,
    format_: str | None = None,
    atomic: bool = False,
    replaces: Period | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Receipt, Mapping[str, str]]:
    """Read a file of any format and store it.

    Returns:
        What became of it, and what was found out about its dialect.
    """
    targets = StoredRegisterLookup(session)
    parsed = parse(raw, targets, told, format_)
    known = targets.registers
    receipt = deliver(session, sender, raw, parsed, known, atomic=atomic, replaces=replaces, progress=progress)
    return receipt, parsed.dialect


def bill_everything(
    database: Database,
    tenant: int,
    now: datetime,
    *,
    issue: bool,
    until: datetime | None = None,
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
        chunk: contracts a transaction.
        abandoned: tells between two chunks whether whoever asked has left; what is billed by then stays billed.

    Raises:
        IssueAhead: what falls due later than now would be issued.
        Unavailable: the database is gone, or too busy; no contract is at fault, and nothing is held for it. A chunk
            that took too long is none of this: it is tried in smaller ones like any other that failed.
    """
    due_by = until or now
    if issue and due_by > now:
        raise IssueAhead(
            f"{due_by.isoformat()} lies ahead", found=due_by.isoformat(), expected=f"{now.isoformat()} at most"
        )
    done = BilledWork()
    with database.transaction(tenant) as session:
        done.refreshed = run.refresh_drafts(session, tenant)
        run.plan(session, tenant, due_by)
        done.held |= due_store.unplanned(session, tenant)
        done.disputes = dispute_store.waiting(session)
    while issue and not abandoned():
        with database.transaction(tenant) as session:
            issued = run.issue_drafts(session, now, chunk, due_by=due_by)
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
                outcome = run.bill(session, tenant, work, now, due_by, issue=issue)
        except Exception as fault:
            is_busy = isinstance(fault, Unavailable) and not isinstance(fault, TookTooLong)
            if is_busy or not work:
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


def collect_rarely() -> None:
    """Let the collector of cycles leave alone what stands already, and look at what is new less often.

    Once, when a process starts that bills: what is frozen later is never looked at again. A run makes millions of
    objects and hardly a cycle; walking the program's own half million again and again takes a third of the time that
    rating takes. Python's own counting frees nearly all of it at once.
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
