"""Due work as rows: written down once, claimed by one worker at a time, done or held with its reason."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, TextClause, func, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlmodel import Session, col, select

from billing.due.pauses.store import is_held_back
from billing.due.together import DueTogether, Together, in_groups, lock_groups, of_oldest_days
from billing.invoices.store import InvoiceKind
from billing.records.held import HoldReason
from billing.records.record import written_as_text
from billing.tables import DueRow
from contracts.schedule import BillingPeriod
from contracts.tables import ContractRow
from metering.tables import within_tenant
from quantities.errors import UsufructError, slug

log = logging.getLogger(__name__)

#: The kind of a row that says why a contract cannot be planned; it has no period, and nobody claims it.
_PLANNING = "planning"
_DETAIL_MAX = 1000
#: What each period of a contract falls due for, once.
_PERIODS = [InvoiceKind.PERIOD, InvoiceKind.OPENING]
#: Rows of due work are never held as objects, so that none needs to follow an update.
_NO_OBJECTS = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Due:
    """Work that is claimed.

    Attributes:
        contract_id: whose.
        reference: what the contract is called.
        kind: what its invoice is of.
        first: the first day of its period. Where an amendment moved the end, several rows are this one work.
        together: with what it stands on one document, where its contract says so and it was claimed for a run.
    """

    contract_id: int
    reference: str
    kind: InvoiceKind
    first: date
    together: DueTogether | None = field(default=None, compare=False)


def to_plan(session: Session, tenant: int, now: datetime, *, at: datetime | None = None) -> list[int]:
    """Name the contracts of which something falls due by an instant that may not be written down yet, by their keys.

    Args:
        session: states the tenant.
        tenant: the same.
        now: what falls due by then.
        at: leave out what is put off, or held back by a pause, at this instant: of what is done by schedule.
    """
    chosen = select(col(DueRow.contract)).where(*_planning_by(tenant, now))
    if at is not None:
        is_put_off = func.is_put_off(tenant, "plan", DueRow.contract, at)
        chosen = chosen.where(col(DueRow.held).is_(None) | ~is_put_off)
        chosen = chosen.where(~is_held_back(tenant, ["plan"], DueRow.contract, at))
    return list(session.exec(chosen.order_by(col(DueRow.contract))))


def lock_planning(session: Session, tenant: int, contract_ids: Collection[int], now: datetime) -> dict[int, str]:
    """Wait until nobody plans any of some contracts, and let nobody until the transaction ends.

    Returns:
        The references of those that are still to be planned, by key. Two who plan at once wait for each other in one
        order, and not in a circle.
    """
    chosen = (
        select(col(DueRow.contract), col(ContractRow.reference))
        .join(ContractRow, within_tenant(ContractRow.id, DueRow.contract))
        .where(*_planning_by(tenant, now), col(DueRow.contract).in_(contract_ids))
        .order_by(col(DueRow.contract))
        .with_for_update(of=DueRow, key_share=True)
    )
    return dict(session.exec(chosen).all())


def _planning_by(tenant: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_planning = col(DueRow.kind) == _PLANNING
    return col(DueRow.tenant) == tenant, is_planning, col(DueRow.done_at).is_(None), col(DueRow.due_at) <= now


def planned_until(session: Session, tenant: int, contract_ids: Collection[int]) -> dict[tuple[int, str], date]:
    """Say up to which day the work of each of some contracts and of each kind is written down."""
    until = func.max(func.upper(DueRow.period, type_=Date))
    written = (
        select(col(DueRow.contract), col(DueRow.kind), until)
        .where(DueRow.tenant == tenant, col(DueRow.kind).in_(_PERIODS), col(DueRow.contract).in_(contract_ids))
        .group_by(col(DueRow.contract), col(DueRow.kind))
    )
    return {(contract, kind): last for contract, kind, last in session.exec(written)}


def write_down(session: Session, tenant: int, work: Iterable[tuple[int, InvoiceKind, BillingPeriod, datetime]]) -> None:
    """Write down work: contract, kind, period, and from when on a worker may take it up. What is there stays."""
    rows = [
        {
            "tenant": tenant,
            "kind": kind.value,
            "contract": contract_id,
            "period": Range(period.first, period.after_last),
            "attempt": 0,
            "due_at": due_at,
        }
        for contract_id, kind, period, due_at in work
    ]
    if rows:
        session.execute(insert(DueRow).on_conflict_do_nothing(), rows)


# text: one statement, against three arrays. What is updated is named once more: joined alone, all due work is read
_PLAN_NEXT = text(
    """
    update due set due_at = coalesce(planned.next_at, due_at), held = cast(planned.held as jsonb), done_at =
        case when planned.next_at is null and planned.held is null then cast(:now as timestamptz) end
    from unnest(cast(:contracts as int[]), cast(:next_ats as timestamptz[]), cast(:reasons as text[]))
         as planned (contract, next_at, held)
    where tenant = :tenant and kind = 'planning' and due.contract = planned.contract and attempt = 0
      and due.contract = any(:contracts)
    """
)


def plan_next(
    session: Session,
    tenant: int,
    next_at: Mapping[int, datetime | None],
    reasons: Mapping[int, HoldReason],
    now: datetime,
) -> None:
    """Note when contracts, which are planned up to now, are to be planned next; hold the planning of others.

    Args:
        session: states the tenant.
        tenant: the same.
        next_at: the instant from which a further period may be billed, by contract; None where there is none to come.
        reasons: why contracts cannot be planned; they are tried again by every run.
        now: the instant.
    """
    contracts = [*next_at, *reasons]
    session.execute(
        _PLAN_NEXT,
        {
            "tenant": tenant,
            "now": now,
            "contracts": contracts,
            "next_ats": [next_at.get(key) for key in contracts],
            "reasons": [written_as_text(reasons[key]) if key in reasons else None for key in contracts],
        },
    )


def unplanned(session: Session, tenant: int, due_by: datetime) -> dict[str, str]:
    """Say why contracts cannot be planned of which something falls due by an instant, by their references."""
    held = (
        select(col(ContractRow.reference), col(DueRow.held))
        .join(ContractRow, within_tenant(ContractRow.id, DueRow.contract))
        .where(*_planning_by(tenant, due_by), col(DueRow.held).is_not(None))
        .order_by(col(ContractRow.id))
    )
    return {reference: reason.detail for reference, reason in session.exec(held) if reason is not None}


@dataclass(frozen=True, slots=True)
class HeldWork:
    """Work that waits for a person.

    Attributes:
        contract: the reference of its contract.
        kind: of its document; ``planning`` where the contract cannot be planned.
        days: that its document would be of; None of planning.
        reason: why it waits, as the last run or look found.
    """

    contract: str
    kind: str
    days: tuple[date, date] | None
    reason: HoldReason


def held_work(session: Session, tenant: int, due_by: datetime) -> list[HeldWork]:
    """List all work that is held, each period for its own reason: by contract, the oldest first.

    Args:
        session: states the tenant.
        tenant: the same.
        due_by: what was due by then; a look ahead may have found that more will wait.
    """
    chosen = (
        select(col(ContractRow.reference), DueRow)
        .join(ContractRow, within_tenant(ContractRow.id, DueRow.contract))
        .where(DueRow.tenant == tenant, col(DueRow.done_at).is_(None), col(DueRow.held).is_not(None))
        .where(col(DueRow.due_at) <= due_by)
        .order_by(col(ContractRow.id), col(DueRow.due_at), col(DueRow.kind))
    )
    return [
        HeldWork(reference, row.kind, _days(row.period), row.held)
        for reference, row in session.exec(chosen)
        if row.held is not None
    ]


def _days(period: Range[date]) -> tuple[date, date] | None:
    return None if period.lower is None or period.upper is None else (period.lower, period.upper)


# Measured, for every chunk of a run begins with it. What is earlier is asked for each work on its own: joined, all open
# work of a tenant is read for each, until it is analysed. ``planning`` is named for the indexes, which have none of it
_PASSED = """
    with passed as (
        select * from unnest(cast(:contracts as int[]), cast(:of_kinds as text[]), cast(:firsts as date[])))"""
_CHOSEN = """
    select due.contract, contract.reference, due.kind, lower(due.period) as first, due.due_at
    from due join contract on contract.tenant = due.tenant and contract.id = due.contract
    cross join lateral (
        -- the oldest period first; and a correction alone only where no period carries it
        select bool_or(before.due_at < due.due_at or due.kind = 'correction' and before.due_at <= :due_by) as is_open
        from due before
        where before.tenant = due.tenant and before.kind = any(:periods) and before.contract = due.contract
          and before.kind <> 'planning' and before.done_at is null and before.held is null
          and not (before.contract, before.kind, lower(before.period)) in (select * from passed)) earlier
    where earlier.is_open is not true and due.contract = any(:among) and"""
_IS_OPEN = """
    due.tenant = :tenant and due.kind = any(:kinds) and due.kind <> 'planning' and done_at is null
      and due_at <= :due_by
      and (not :only_automatic or due.by_itself and (due.held is null or not is_put_off(
           due.tenant, case due.kind when 'correction' then 'correct' else 'bill' end, due.contract,
           cast(:at as timestamptz))))
      and (cast(:at as timestamptz) is null or not is_held_back(
           due.tenant, array[case due.kind when 'correction' then 'correct' else 'bill' end, 'issue'], due.contract,
           cast(:at as timestamptz)))
      and not (due.contract, due.kind, lower(due.period)) in (select * from passed)"""
_OLDEST_FIRST = " order by due_at, due.contract"
# text: tuples against three arrays, and locked rows skipped
_CLAIM = text(_PASSED + _CHOSEN + _IS_OPEN + _OLDEST_FIRST + " for no key update of due, contract skip locked")
# text: tuples against three arrays
_LOOK = text(_PASSED + _CHOSEN + _IS_OPEN + _OLDEST_FIRST)
_LISTED = " select due.contract from due where"
# text: as above
_QUEUE = text(_PASSED + _LISTED + _IS_OPEN + _OLDEST_FIRST)
# text: as above
_QUEUE_AMONG = text(_PASSED + _LISTED + _IS_OPEN + " and due.contract = any(:among)" + _OLDEST_FIRST)


def queue(
    session: Session,
    tenant: int,
    due_by: datetime,
    passed: Collection[Due] = (),
    *,
    among: Collection[int] | None = None,
    only_automatic: bool = False,
    at: datetime | None = None,
) -> list[int]:
    """List the contracts with work that is due and not done, by key: that with the oldest first, and none is locked.

    Those that are billed together stand together. Claims are among some of them: one among all would sort all work for
    each chunk.

    Args:
        session: states the tenant.
        tenant: the same.
        due_by: what was due by then.
        passed: as if it were done.
        among: the contracts, by key; without it, all.
        only_automatic: leave out the contracts whose invoices somebody reviews, and what is put off.
        at: the instant at which a pause holds work back; without it, none does, as where somebody only looks.
    """
    asked = _asked(tenant, due_by, passed, among) | {"only_automatic": only_automatic, "at": at}
    rows = session.execute(_QUEUE if among is None else _QUEUE_AMONG, asked)
    return in_groups(session, list(dict.fromkeys(rows.scalars())))


def claim(
    session: Session,
    tenant: int,
    due_by: datetime,
    among: Collection[int],
    passed: Collection[Due] = (),
    *,
    only_automatic: bool = False,
    apart: bool = False,
    at: datetime | None = None,
) -> list[Due]:
    """Lock due work of contracts that nobody else has, with the contracts: the oldest of each.

    Of contracts that are billed together, all are claimed if one is asked for, and what falls due on their oldest day;
    none of them while another has one, or while there is one to be planned.

    Args:
        session: states the tenant.
        tenant: the same.
        due_by: what was due by then.
        among: the contracts, by key.
        passed: not to be claimed.
        only_automatic: leave out the contracts whose invoices somebody reviews, and what is put off.
        apart: each of these contracts by itself, whatever they say.
        at: as of ``queue``. A pause of one contract holds all that is billed together with it.
    """
    together = Together() if apart else lock_groups(session, tenant, among, due_by, at)
    asked = _asked(tenant, due_by, passed, together.widened(among)) | {"only_automatic": only_automatic, "at": at}
    claimed = [
        replace(work, together=together.of(work.contract_id, due_at)) if work.kind in _PERIODS else work
        for work, due_at in _one_each(session, _CLAIM, asked)
    ]
    return of_oldest_days(claimed)


def first_open(
    session: Session, tenant: int, due_by: datetime, *, among: Collection[int], passed: Collection[Due] = ()
) -> list[Due]:
    """Name what a run would take up next of contracts, one work of each, and lock nothing.

    Args:
        session: states the tenant.
        tenant: the same.
        due_by: what was due by then.
        among: the contracts, by key.
        passed: as if it were done.
    """
    return [work for work, _ in _one_each(session, _LOOK, _asked(tenant, due_by, passed, among))]


def _asked(
    tenant: int, due_by: datetime, passed: Collection[Due], among: Collection[int] | None = None
) -> dict[str, object]:
    return {
        "tenant": tenant,
        "kinds": list(InvoiceKind),
        "periods": _PERIODS,
        "due_by": due_by,
        "contracts": [work.contract_id for work in passed],
        "of_kinds": [work.kind.value for work in passed],
        "firsts": [work.first for work in passed],
        "among": None if among is None else sorted(among),
        "only_automatic": False,
        "at": None,
    }


def _one_each(session: Session, statement: TextClause, asked: Mapping[str, object]) -> list[tuple[Due, datetime]]:
    first: dict[int, tuple[Due, datetime]] = {}
    for row in session.execute(statement, asked):
        work = Due(row.contract, row.reference, InvoiceKind(row.kind), row.first)
        first.setdefault(row.contract, (work, row.due_at))
    return list(first.values())


def open_corrections(session: Session, tenant: int, contract_ids: Collection[int]) -> list[Due]:
    """Name the work of contracts that is to correct something, whenever it falls due."""
    chosen = (
        select(col(DueRow.contract), col(ContractRow.reference), func.lower(DueRow.period, type_=Date))
        .join(ContractRow, within_tenant(ContractRow.id, DueRow.contract))
        .where(DueRow.tenant == tenant, DueRow.kind == InvoiceKind.CORRECTION, col(DueRow.done_at).is_(None))
        .where(col(DueRow.contract).in_(contract_ids))
    )
    rows = session.exec(chosen) if contract_ids else ()
    return [Due(contract, reference, InvoiceKind.CORRECTION, first) for contract, reference, first in rows]


def is_open(session: Session, tenant: int, work: Due, due_by: datetime) -> bool:
    """Tell whether work is due by an instant and not done."""
    of_work = (DueRow.contract == work.contract_id, DueRow.kind == work.kind.value)
    starts = func.lower(DueRow.period, type_=Date) == work.first
    chosen = select(DueRow.contract).where(*_open_by(tenant, due_by), *of_work, starts)
    return session.exec(chosen).first() is not None


def _open_by(tenant: int, due_by: datetime) -> tuple[ColumnElement[bool], ...]:
    is_of_documents = col(DueRow.kind).in_(list(InvoiceKind))
    return col(DueRow.tenant) == tenant, is_of_documents, col(DueRow.done_at).is_(None), col(DueRow.due_at) <= due_by


def lock(session: Session, work: Due) -> None:
    """Wait until nobody bills the contract of some work, and let nobody bill it until the transaction ends."""
    lock_contract(session, work.contract_id)


def lock_contract(session: Session, contract_id: int) -> None:
    """Wait until nobody bills a contract, and let nobody bill it until the transaction ends."""
    of_contract = select(ContractRow.id).where(ContractRow.id == contract_id)
    session.exec(of_contract.with_for_update(key_share=True)).one()


# text: one statement a chunk of a run, against three arrays
_CLOSE = text(
    """
    update due set done_at = :now, held = null
    from unnest(cast(:kinds as text[]), cast(:contracts as int[]), cast(:firsts as date[]))
         as done (kind, contract, first)
    where tenant = :tenant and due.kind = done.kind and due.contract = done.contract
      and lower(due.period) = done.first and done_at is null
      and due.kind <> 'planning' and due.contract = any(:contracts)
    """
)
# text: as above, a statement of a look
_HOLD_NO_MORE = text(
    """
    update due set held = null
    from unnest(cast(:kinds as text[]), cast(:contracts as int[]), cast(:firsts as date[]))
         as made (kind, contract, first)
    where tenant = :tenant and due.kind = made.kind and due.contract = made.contract
      and lower(due.period) = made.first and held is not null
    """
)
# text: a statement of a run; as text it is compiled once
_HOLD = text(
    """
    update due set held = cast(:reason as jsonb)
    where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first and done_at is null
    returning contract
    """
)


def close(session: Session, tenant: int, done: Sequence[Due], now: datetime) -> None:
    """Note that work is done, and held no more."""
    session.execute(_CLOSE, _keys(tenant, done) | {"now": now})


# text: as above
_CLOSE_CORRECTIONS = text(
    """
    update due set done_at = :now, held = null
    where tenant = :tenant and kind = 'correction' and contract = any(:contracts) and done_at is null
    """
)
# text: the next attempt of the same days, unless one is open
_PLAN_CORRECTION = text(
    """
    insert into due (tenant, kind, contract, period, attempt, due_at)
    select :tenant, 'correction', :contract, daterange(:first, :after_last),
           count(*) filter (where period = daterange(:first, :after_last)), :due_at
    from due where tenant = :tenant and kind = 'correction' and contract = :contract
    having count(*) filter (where done_at is null) = 0
    """
)
# text: as above
_OPEN_AGAIN = text(
    """
    update due set done_at = null, held = null
    where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first
      and upper(period) = (select max(upper(period)) from due last where last.tenant = :tenant and last.kind = :kind
                           and last.contract = :contract and lower(last.period) = :first)
    returning contract
    """
)
# text: as above
_DROP = text(
    """
    delete from due
    where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first and done_at is null
    """
)


def close_corrections(session: Session, tenant: int, contract_ids: Sequence[int], now: datetime) -> None:
    """Note that what was to be corrected of contracts is."""
    session.execute(_CLOSE_CORRECTIONS, {"tenant": tenant, "contracts": list(contract_ids), "now": now})


def plan_correction(session: Session, tenant: int, contract_id: int, days: BillingPeriod, due_at: datetime) -> None:
    """Write down that a contract's earlier periods are to be corrected, unless that is written down and open.

    Args:
        session: states the tenant.
        tenant: the same.
        contract_id: whose.
        days: from the day on which it was found to the one on which it falls due.
        due_at: when a document of its own is made, where no period has carried it by then.
    """
    parameters = {"first": days.first, "after_last": days.after_last, "due_at": due_at}
    session.execute(_PLAN_CORRECTION, parameters | {"tenant": tenant, "contract": contract_id})


def open_again(session: Session, tenant: int, contract_id: int, kind: InvoiceKind, first: date) -> None:
    """Let the work of a period be due again, as if it had never been done; of several rows of it the last.

    Raises:
        LookupError: there is no such work, and what was billed for it would be lost.
    """
    days = {"tenant": tenant, "contract": contract_id, "kind": kind.value, "first": first}
    if not session.execute(_OPEN_AGAIN, days).all():
        raise LookupError(f"no {kind.value} work of contract {contract_id} begins on {first}")


def drop(session: Session, tenant: int, work: Due) -> None:
    """Forget open work of a period that the contract no longer has; prolonged, it is planned anew."""
    session.execute(_DROP, _key(tenant, work))


def hold(session: Session, tenant: int, work: Due, fault: Exception, now: datetime) -> str | None:
    """Leave work for a person, with its reason as of an instant; every later run tries it again.

    Returns:
        The reason, in words; None where another worker has done the work meanwhile.
    """
    why = reason(fault, work.reference, now)
    rows = session.execute(_HOLD, _key(tenant, work) | {"reason": written_as_text(why)}).all()
    return why.detail if rows else None


def hold_no_more(session: Session, tenant: int, works: Collection[Due]) -> None:
    """Note that nothing holds work any more, which was made into a document and looked at."""
    session.execute(_HOLD_NO_MORE, _keys(tenant, works))


def _keys(tenant: int, works: Collection[Due]) -> dict[str, object]:
    return {
        "tenant": tenant,
        "kinds": [work.kind.value for work in works],
        "contracts": [work.contract_id for work in works],
        "firsts": [work.first for work in works],
    }


def _key(tenant: int, work: Due) -> dict[str, object]:
    return {"tenant": tenant, "kind": work.kind.value, "contract": work.contract_id, "first": work.first}


def reason(fault: Exception, reference: str, now: datetime) -> HoldReason:
    """Say why a contract's work is held: a refusal by its name and words; what nobody foresaw is logged besides.

    Args:
        fault: for which it is held.
        reference: of the contract.
        now: the instant at which that was found.
    """
    members: Mapping[str, object] = {}
    if isinstance(fault, UsufructError):
        code, detail, members = slug(type(fault)), str(fault), fault.members
    else:
        log.error("contract %s could not be billed", reference, exc_info=fault)
        code, detail = "unforeseen", f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}"
    named = {name: _storable(_in_words(members.get(name))) for name in ("found", "expected")}
    return HoldReason(code=code, detail=_storable(detail), at=now, **named)


def _in_words(member: object) -> str:
    """What a refusal found or expected, as a text; several of them one after the other."""
    return ", ".join(map(str, member)) if isinstance(member, list | tuple) else "" if member is None else str(member)


def _storable(text_: str) -> str:
    return text_.encode(errors="replace").decode().replace("\0", "?")[:_DETAIL_MAX]  # no half characters, no zero bytes
