"""A run over everything due spread over processes, each of which claims what no other has claimed."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context

from sqlalchemy import URL

from api.operations.billing import BilledWork, bill_everything, collect_rarely
from api.server.database import Database


@dataclass(frozen=True, slots=True)
class _ShareOfRun:
    """What each process is to bill, as ``bill_everything`` has it."""

    address: URL
    tenant: int
    now: datetime
    until: datetime | None
    issue_date: date | None


def bill_side_by_side(
    database: Database,
    tenant: int,
    now: datetime,
    workers: int,
    *,
    until: datetime | None = None,
    issue_date: date | None = None,
) -> BilledWork:
    """Issue all that is due, as ``bill_everything`` does, by as many processes as are asked for.

    A contract is billed by one of them at a time. Where one of them fails, what it and the others have issued stays.

    Args:
        database: the application's.
        tenant: whose.
        now: the issue date's instant.
        workers: processes; with one, none is started beside this.
        until: bill only what was due by then.
        issue_date: the date that the invoices bear; today by default.

    Raises:
        UsufructError: as ``bill_everything`` does.
    """
    if workers == 1:
        return bill_everything(database, tenant, now, until=until, issue_date=issue_date)
    asked = _ShareOfRun(database.engine.url, tenant, now, until, issue_date)
    # begun anew and not forked: a copy of this process would share its connections
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(_bill, asked) for _ in range(workers)]
        by_worker = [run.result() for run in runs]
    done = bill_everything(database, tenant, now, until=until, issue_date=issue_date)  # what is left, and what waits
    done.invoices = sorted(invoice for billed in (*by_worker, done) for invoice in billed.invoices)
    return done


def _bill(asked: _ShareOfRun) -> BilledWork:
    collect_rarely()
    database = Database(asked.address)
    try:
        return bill_everything(database, asked.tenant, asked.now, until=asked.until, issue_date=asked.issue_date)
    finally:
        database.close()
