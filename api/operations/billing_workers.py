"""A run over everything due spread over processes, each of which claims what no other has claimed."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from functools import cache
from multiprocessing import get_context

from sqlalchemy import URL

from api.operations.billing import bill_everything, collect_rarely
from api.operations.billing_run import BilledWork, BillingRun, RunRequest, to_plan
from api.server.database import Database
from api.server.parent import end_with_parent
from billing.due.store import Due


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
    asked, address = RunRequest.of(tenant, now, until, issue_date), database.engine.url
    # begun anew and not forked: a copy of this process would share its connections
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        starts = [pool.submit(_start, address) for _ in range(workers)]  # while this process looks for what is due
        portions = [pool.submit(_bill, address, asked, portion) for portion in to_plan(database, asked)]
        rests = [pool.submit(_bill, address, asked, None) for _ in range(workers)]
        for start in starts:
            start.result()
        shares = [running.result() for running in (*portions, *rests)]
    billing_run = BillingRun(database, asked)
    for done, passed in shares:
        billing_run.done.invoices += done.invoices
        billing_run.done.held |= done.held
        billing_run.passed |= passed
    whole = billing_run.bill_the_rest()
    whole.invoices.sort()
    return whole


@cache
def _database(address: URL) -> Database:
    """Open the database once in a process, which goes when the process does."""
    collect_rarely()
    return Database(address)


def _start(address: URL) -> None:
    end_with_parent()
    with _database(address).transaction():
        pass


def _bill(address: URL, asked: RunRequest, contract_ids: Sequence[int] | None) -> tuple[BilledWork, set[Due]]:
    """Plan and bill contracts, or bill whatever is due; and say which work is held, and not to be tried again."""
    share = BillingRun(_database(address), asked)
    if contract_ids is None:
        share.bill()
    else:
        share.plan_and_bill(contract_ids)
    return share.done, share.passed
