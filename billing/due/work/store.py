"""Due work as rows: what of contracts is put off, what is dead, listed, run again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from billing.due.tables import DueWorkRow
from billing.due.work.retries import REFUSED, UNFORESEEN, RetryPolicy
from contracts.tables import ContractRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.errors import NotFound
from quantities.listing import ListPage, ListQuery

#: The kind of work by which missing readings are estimated.
ESTIMATE = "estimate"


class UnknownWork(NotFound):
    """There is no due work of that number here; it may be done by now."""


class WorkState(StrEnum):
    """What becomes of due work by itself."""

    DUE = "due"  # it is done, or tried again
    DEAD = "dead"  # it failed too often, and waits for somebody to run it again


class WorkQuery(ListQuery):
    """Due work in pages, by its number: ``due`` or ``dead`` alone, of one kind, of one contract."""

    SORTS: ClassVar[tuple[str, ...]] = ("work",)

    state: WorkState | None = None
    kind: Annotated[str | None, Field(max_length=40)] = None
    contract: Annotated[str | None, Field(max_length=200)] = None


@dataclass(frozen=True, slots=True)
class KnownWork:
    """Due work that waits by itself, or a contract's work that failed.

    Attributes:
        number: its own.
        kind: of work.
        subject: of what: the reference of a contract, the name of an index, the number of a finding.
        due_at: when it fell due, or failed first.
        next_at: when it is done or tried again; of dead work, when it was to be.
        tries: how often it was tried and failed.
        state: what becomes of it by itself.
        reason: why it failed the last time; empty where it did not.
    """

    number: int
    kind: str
    subject: str
    due_at: datetime
    next_at: datetime
    tries: int
    state: WorkState
    reason: str


def list_work(session: Session, query: WorkQuery) -> ListPage[KnownWork]:
    """List due work in pages.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return ListPage(tuple(_known(row, reference) for row, reference, *_ in page.rows), page.after, page.count)


def find_work(session: Session, number: int) -> KnownWork:
    """Find due work by its number.

    Raises:
        UnknownWork: there is none.
    """
    return _known(*_found(session, number))


def run_again(session: Session, number: int, now: datetime) -> KnownWork:
    """Let work be done at the next tick, as if it had never failed.

    Raises:
        UnknownWork: there is none.
    """
    row, reference = _found(session, number, to_change=True)
    row.state, row.next_at, row.tries, row.tried_at = WorkState.DUE, now, 0, None
    session.flush()
    return _known(row, reference)


def dead_work(session: Session) -> list[KnownWork]:
    """List dead work, the oldest first."""
    chosen = _STATEMENT.where(col(DueWorkRow.state) == WorkState.DEAD).order_by(col(DueWorkRow.id))
    return [_known(row, reference) for row, reference in session.execute(chosen)]


def _found(session: Session, number: int, *, to_change: bool = False) -> tuple[DueWorkRow, str | None]:
    """Find a row; locked only where it is to change, for whoever may only read locks nothing."""
    chosen = _STATEMENT.where(col(DueWorkRow.id) == number)
    chosen = chosen.with_for_update(of=DueWorkRow) if to_change else chosen
    row = session.execute(chosen).one_or_none()
    if row is None:
        raise UnknownWork(f"there is no work {number} here", found=number)
    return row[0], row[1]


def _known(row: DueWorkRow, reference: str | None) -> KnownWork:
    return KnownWork(
        number=row.id,
        kind=row.kind,
        subject=row.subject if reference is None else reference,
        due_at=row.due_at,
        next_at=row.next_at,
        tries=row.tries,
        state=WorkState(row.state),
        reason=row.reason,
    )


_STATEMENT: Any = select(DueWorkRow, ContractRow.reference).outerjoin(
    ContractRow, within_tenant(ContractRow.id, DueWorkRow.contract_id)
)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(DueWorkRow.id),
    sorts={"work": col(DueWorkRow.id)},
    filters={
        "state": lambda state: col(DueWorkRow.state) == state,
        "kind": lambda kind: col(DueWorkRow.kind) == kind,
        "contract": lambda reference: col(ContractRow.reference) == reference,
    },
    named="work",
)


def note_outcome(session: Session, tenant: int, contract_ids: Collection[int], now: datetime) -> None:
    """Put off what of contracts is held, by its reason; forget that anything was put off of what no longer is.

    Args:
        session: states the tenant; the transaction has tried the work.
        tenant: the same.
        contract_ids: of which work was tried.
        now: the instant.
    """
    asked = {"tenant": tenant, "contracts": sorted(contract_ids), "now": now} | _POLICIES
    session.execute(_PUT_OFF, asked)
    session.execute(_NO_LONGER, asked)


def forget_outcome(session: Session, tenant: int, contract_ids: Collection[int]) -> None:
    """Forget that work of contracts was put off, of what is held no longer: somebody else has done it."""
    session.execute(_NO_LONGER, {"tenant": tenant, "contracts": sorted(contract_ids)})


def wake(session: Session, naming: str, now: datetime) -> int:
    """Let contracts' work be tried at once that failed for a reason which names something; say how many.

    Dead work stays dead: what nobody foresaw is for a person.
    """
    return len(session.execute(_WAKE, {"naming": naming, "now": now}).all())


def wake_contract(session: Session, contract_id: int, now: datetime) -> None:
    """Let a contract's bill be tried at once that was put off; dead work stays dead."""
    of_contract = (col(DueWorkRow.contract_id) == contract_id, col(DueWorkRow.kind) == "bill")
    is_due = col(DueWorkRow.state) == WorkState.DUE
    session.execute(update(DueWorkRow).where(*of_contract, is_due, col(DueWorkRow.next_at) > now).values(next_at=now))


def _seconds(policy: RetryPolicy) -> list[int]:
    return [wait // timedelta(seconds=1) for wait in policy.waits]


_POLICIES = {
    "refused": _seconds(REFUSED),
    "unforeseen": _seconds(UNFORESEEN),
    "dead_after": UNFORESEEN.dead_after,
}
_WORK_OF = "case due.kind when 'planning' then 'plan' when 'correction' then 'correct' else 'bill' end"
# text: one statement a chunk of a run; of a contract's work of a kind the oldest that is held says the reason
_PUT_OFF = text(
    f"""
    insert into due_work (tenant, kind, subject, contract_id, due_at, next_at, tries, tried_at, state, reason)
    select :tenant, held.work, cast(held.contract as text), held.contract, held.due_at,
           cast(:now as timestamptz) + make_interval(secs => waits.after[least(tries.count, cardinality(waits.after))]),
           tries.count, :now,
           case when held.code = 'unforeseen' and tries.count >= :dead_after then 'dead' else 'due' end, held.detail
    from (
        select distinct on (due.contract, work.name) due.contract, work.name as work, due.due_at,
               due.held ->> 'code' as code, coalesce(nullif(due.held ->> 'detail', ''), due.held ->> 'code') as detail
        from due cross join lateral (select {_WORK_OF} as name) work
        where due.tenant = :tenant and due.contract = any(:contracts) and due.held is not null and due.done_at is null
        order by due.contract, work.name, due.due_at) held
    left join due_work known
        on known.tenant = :tenant and known.kind = held.work and known.subject = cast(held.contract as text)
    cross join lateral (select coalesce(known.tries, 0) + 1 as count) tries
    cross join lateral (
        select cast(case when held.code = 'unforeseen' then :unforeseen else :refused end as float8[]) as after) waits
    on conflict (tenant, kind, subject) do update
    set next_at = excluded.next_at, tries = excluded.tries, tried_at = excluded.tried_at, state = excluded.state,
        reason = excluded.reason
    """  # noqa: S608 of our own words alone
)
# text: a delete that looks at another table
_NO_LONGER = text(
    f"""
    delete from due_work
    where tenant = :tenant and contract_id = any(:contracts) and not exists (
        select from due
        where due.tenant = due_work.tenant and due.contract = due_work.contract_id and {_WORK_OF} = due_work.kind
          and due.held is not null and due.done_at is null)
    """  # noqa: S608 likewise
)
# text: a search within a text
_WAKE = text(
    """
    update due_work set next_at = :now
    where contract_id is not null and state = 'due' and next_at > :now and position(:naming in reason) > 0
    returning id
    """
)
