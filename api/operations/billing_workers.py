"""A run over everything due spread over processes, each of which claims what no other has claimed."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date, datetime
from functools import cache
from multiprocessing import get_context
from typing import TypeAlias

from sqlalchemy import URL

from api.operations.billing import bill_everything, collect_rarely
from api.operations.billing_run import BilledWork, BillingRun, RunRequest, to_plan
from api.server.database import Database
from api.server.log_context import in_run
from api.server.parent import end_with_parent
from billing.due import store as due_store
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
        workers: processes, this one among them: it begins while the others start, which they do where much is due.
        until: bill only what was due by then.
        issue_date: the date that the invoices bear; today by default.

    Raises:
        UsufructError: as ``bill_everything`` does.
    """
    asked, address = RunRequest.of(tenant, now, until, issue_date), database.engine.url
    if workers == 1 or _is_soon_done(database, asked):
        return bill_everything(database, tenant, now, until=until, issue_date=issue_date)
    others = workers - 1
    # begun anew and not forked: a copy of this process would share its connections
    new = get_context("spawn")
    with ProcessPoolExecutor(others, new, end_with_parent) as processes, ThreadPoolExecutor(others) as threads:
        starts = [processes.submit(_start, address) for _ in range(others)]
        portions = iter(list(to_plan(database, asked, _PORTION)))

        def hand_out() -> list[_Share]:
            """Give one of the other processes a portion after the other, and then whatever is due."""
            shares = [processes.submit(_bill, address, asked, portion).result() for portion in portions]
            return [*shares, processes.submit(_bill, address, asked, None).result()]

        handing_out = [threads.submit(hand_out) for _ in range(others)]
        own = BillingRun(database, asked)
        for portion in portions:
            own.plan_and_bill(portion)
        own.bill()
        for start in starts:
            start.result()
        for done, passed in (share for handed_out in handing_out for share in handed_out.result()):
            own.done.invoices += done.invoices
            own.done.held |= done.held
            own.passed |= passed
    whole = own.bill_the_rest()
    whole.invoices.sort()
    return whole


#: Contracts that a process plans and bills before it asks for more: enough that asking costs little, and so few that
#: all end at about the same time.
_PORTION = 200
#: Of so few contracts one process is done long before another has started.
_FEW = 150
#: What a process did, and which work it held.
_Share: TypeAlias = tuple[BilledWork, set[Due]]


def _is_soon_done(database: Database, asked: RunRequest) -> bool:
    with database.transaction(asked.tenant) as session:
        to_be_planned = due_store.to_plan(session, asked.tenant, asked.due_by)
        return len({*to_be_planned, *due_store.queue(session, asked.tenant, asked.due_by)}) <= _FEW


@cache
def _database(address: URL) -> Database:
    """Open the database once in a process, which goes when the process does."""
    collect_rarely()
    return Database(address)


def _start(address: URL) -> None:
    with _database(address).transaction():
        pass


def _bill(address: URL, asked: RunRequest, contract_ids: Sequence[int] | None) -> _Share:
    """Plan and bill contracts, or bill whatever is due; and say which work is held, and not to be tried again."""
    share = BillingRun(_database(address), asked)
    with in_run(asked.tenant, asked.run):
        if contract_ids is None:
            share.bill()
        else:
            share.plan_and_bill(contract_ids)
    return share.done, share.passed
