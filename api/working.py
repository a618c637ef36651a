"""What the command line, the worker and HTTP do alike: ingest a file, bill all that is due, each in its transaction."""

import gc
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from api.database import Database
from billing import run
from metering.delivery_store import Receipt, Sender, deliver
from metering.errors import Invalid
from metering.ingest import Told, parse
from metering.meter_store import StoredTargets
from metering.period import Period

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Billed:
    """What a run over everything due did."""

    invoices: list[int] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    refreshed: int = 0


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
    told: Told,
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
    targets = StoredTargets(session)
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
) -> Billed:
    """Bill all that is due, chunk by chunk, each its own transaction; side by side with others who do the same.

    Args:
        database: the application's.
        tenant: whose.
        now: the issue date's instant.
        issue: give numbers, or leave drafts.
        until: bill only what was due by then.
        chunk: contracts a transaction.
    """
    due_by = until or now
    done = Billed()
    collect_rarely()
    with database.transaction(tenant) as session:
        done.refreshed = run.refresh_drafts(session, tenant)
        run.plan(session, tenant, due_by)
    while issue:
        with database.transaction(tenant) as session:
            issued = run.issue_drafts(session, now, chunk)
        if not issued:
            break
        done.invoices += issued
    passed: set[tuple[int, date]] = set()
    while True:
        with database.transaction(tenant) as session:
            outcome = run.bill_chunk(session, tenant, now, due_by=due_by, issue=issue, chunk=chunk, passed=passed)
        if outcome is None:
            return done
        done.invoices += outcome.invoices
        done.held |= outcome.held
        passed |= outcome.held_work


def collect_rarely() -> None:
    """Let the collector of cycles leave alone what stands already, and look at what is new less often.

    A run makes millions of objects and hardly a cycle; walking the program's own half million again and again takes a
    third of the time that rating takes. Python's own counting frees nearly all of it at once.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def tick(database: Database, now: datetime) -> None:
    """Bill, as drafts, what is due for every tenant: what the scheduler calls, and nothing more."""
    with database.transaction() as session:
        tenants = list(session.execute(text("select id from tenant order by id")).scalars())
    for tenant in tenants:
        try:
            bill_everything(database, tenant, now, issue=False)
        except Exception:
            log.exception("tenant %s could not be billed", tenant)
