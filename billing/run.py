"""The billing run: work that is due is claimed, rated and saved; safe to repeat, to kill and to run side by side.

    plan      each period of each contract is a row of due work, once
    claim     lock what is due and nobody else has, with its contract: two periods of one contract, billed at once,
              would each correct the same earlier one
    count     one query for all registers of all claimed contracts
    rate      the core; a contract that cannot be rated is held with its reason, and the rest goes on
    correct   earlier invoices whose readings changed are rated again, the difference goes onto this one
    save      lines and evidence by COPY; the number last

A chunk is one transaction. Killed at any instant, it was never there.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from billing import store
from billing.correction_store import correct
from billing.invoice import total
from billing.rating import Counted
from billing.rating_store import count, fit_to_bill, periods_of, rate, spans
from contracts import store as contracts
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.errors import Conflict, UsufructError, slug
from metering.period import TZDATA_VERSION, Period, midnight, zone
from metering.store import watermark as take_watermark

KIND = "period"
CHUNK = 100


class PeriodGone(Conflict):
    """A period is billed while its contract has it; an amendment has ended the contract before this one."""


class DraftOutdated(Conflict):
    """Readings changed since the draft was made; bill again, look at it again, and issue it then."""


class AlreadyIssued(Conflict):
    """An issued invoice never changes; what changed since becomes an adjustment on the next one."""


@dataclass(slots=True)
class Outcome:
    """What a run did.

    Attributes:
        invoices: the keys of those it made.
        held: for contracts that wait for a person, why.
        held_work: their keys and the first days of the periods.
    """

    invoices: list[int] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    held_work: set[tuple[int, date]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Work:
    contract_id: int
    version: Version
    billing: BillingPeriod


def plan(session: Session, tenant: int, now: datetime) -> int:
    """Write down the work that falls due by now: each period of each contract once.

    Returns:
        How many rows are new.
    """
    ids = list(session.execute(text("select id from contract order by id")).scalars())
    planned: dict[int, date] = dict(
        list(
            session.execute(
                text("select contract, max(upper(period)) from due where tenant = :t and kind = :k group by contract"),
                {"t": tenant, "k": KIND},
            )
        )
    )
    rows = []
    for contract_id, versions in contracts.of_contracts(session, ids).items():
        contract = versions[-1].contract
        where = zone(contract.zone)
        for period in periods_of(contract):
            if contract_id in planned and period.after_last <= planned[contract_id]:
                continue
            due_at = midnight(period.after_last + timedelta(days=contract.settings.bill_after_days), where)
            if due_at > now:
                break
            row = {"t": tenant, "k": KIND, "c": contract_id, "first": period.first, "after_last": period.after_last}
            rows.append(row | {"due_at": due_at})
    if rows:
        session.execute(
            text("""insert into due (tenant, kind, contract, period, attempt, due_at)
                    values (:t, :k, :c, daterange(:first, :after_last), 0, :due_at) on conflict do nothing"""),
            rows,
        )
    return len(rows)


_CLAIM = text(
    """
    select due.contract, lower(due.period) as first
    from due join contract on contract.id = due.contract
    where due.tenant = :tenant and kind = :kind and done_at is null and due_at <= :due_by
      and not (due.contract, lower(due.period)) in (
        select * from unnest(cast(:passed as int[]), cast(:firsts as date[])))
      and not exists (
        select 1 from due earlier
        where earlier.tenant = due.tenant and earlier.kind = due.kind and earlier.contract = due.contract
          and earlier.done_at is null and earlier.held is null and earlier.period < due.period)
    order by due_at, due.contract for no key update of due, contract skip locked limit :chunk
    """
)


def bill_chunk(
    session: Session,
    tenant: int,
    now: datetime,
    *,
    issue: bool,
    due_by: datetime | None = None,
    chunk: int = CHUNK,
    passed: Collection[tuple[int, date]] = (),
) -> Outcome | None:
    """Bill a chunk of due work, in the session's transaction.

    Args:
        session: states the tenant.
        tenant: the same, for the table of due work, which has no policy.
        now: the instant of the run; the issue date is its day.
        due_by: bill what was due by then; now, unless it is said.
        issue: give numbers, or leave drafts.
        chunk: how many contracts at most.
        passed: contracts and first days not to try again in this run, because they were held in it.

    Returns:
        What was done; None when nothing is due that nobody else has.
    """
    asked: dict[str, object] = {"tenant": tenant, "kind": KIND, "due_by": due_by or now, "chunk": chunk}
    asked |= {"passed": [contract for contract, _ in passed], "firsts": [first for _, first in passed]}
    claimed = session.execute(_CLAIM, asked).all()
    once: dict[int, date] = {}
    for row in claimed:
        once.setdefault(row.contract, row.first)
    if not once:
        return None
    mark = take_watermark(session)
    versions = contracts.of_contracts(session, list(once))
    outcome, work = Outcome(), []
    for contract_id, first in once.items():
        try:
            work.append(_work(contract_id, first, versions[contract_id]))
        except UsufructError as fault:
            _hold(session, tenant, outcome, (contract_id, first), versions[contract_id][-1], fault)
    asked_of = [(each.version.contract, each.billing) for each in work]
    counted = fit_to_bill(session, asked_of, count(session, asked_of, mark))
    touched = defaultdict(list)
    for reached in store.touched(session, list(once), mark):
        touched[reached.contract_id].append(reached)

    drafts = []
    for each, of_each in zip(work, counted, strict=True):
        try:
            draft = _draft(session, each, of_each, mark, touched[each.contract_id])
        except UsufructError as fault:
            _hold(session, tenant, outcome, (each.contract_id, each.billing.first), each.version, fault)
        else:
            drafts.append(draft)
            _close(session, tenant, each, now)
    outcome.invoices = store.save(session, drafts, now) if drafts else []
    if issue and outcome.invoices:
        store.give_numbers(session, outcome.invoices, _today(now, work))
    return outcome


def _today(now: datetime, work: Sequence[_Work]) -> date:
    """Name the day in the zones of the contracts at hand; where they are on both sides of a midnight, the later."""
    return max(now.astimezone(zone(each.version.contract.zone)).date() for each in work)


def _work(contract_id: int, first: date, versions: tuple[Version, ...]) -> _Work:
    contract = versions[-1].contract
    billing = next(
        (each for each in takewhile(lambda each: each.first <= first, periods_of(contract)) if each.first == first),
        None,
    )
    if billing is None:
        raise PeriodGone(f"{contract.contract} has no period from {first} any more", found=str(first))
    return _Work(contract_id, contracts.in_force(versions, billing.first), billing)


def _close(session: Session, tenant: int, work: _Work, now: datetime) -> None:
    session.execute(
        text("""update due set done_at = :now, held = null
                where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first"""),
        {"now": now, "tenant": tenant, "kind": KIND, "contract": work.contract_id, "first": work.billing.first},
    )


def _hold(
    session: Session,
    tenant: int,
    outcome: Outcome,
    work: tuple[int, date],
    version: Version,
    fault: UsufructError,
) -> None:
    """Leave due work for a person, with its reason; every later run tries it again."""
    outcome.held[version.contract.contract] = str(fault)
    outcome.held_work.add(work)
    contract, first = work
    reason = json.dumps({"code": slug(type(fault)), "detail": str(fault)})
    session.execute(
        text("""update due set held = cast(:reason as jsonb)
                where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first"""),
        {"reason": reason, "tenant": tenant, "kind": KIND, "contract": contract, "first": first},
    )


def _draft(
    session: Session,
    work: _Work,
    counted: dict[str, Counted] | UsufructError,
    mark: int,
    touched: Sequence[store.Touched],
) -> store.Draft:
    contract = work.version.contract
    lines = list(rate(contract, work.billing, counted))
    evidence: dict[int | None, tuple[tuple[int, Period], ...]] = {None: spans(counted)}
    corrections = []
    so_far = store.billed(session, store.ids_of(session, work.contract_id)) if touched else []
    by_id = {each.row.id: each for each in so_far}
    for each in touched:
        original = by_id[each.invoice_id]
        adjusting, evidence[each.invoice_id] = correct(session, original, so_far, each.batches, mark)
        lines += adjusting
        note = {"invoice": each.invoice_id, "number": original.row.number, "batches": list(each.batches)}
        corrections.append(note)
    inputs = _inputs(work.version, work.billing, mark) | {"corrections": corrections}
    return store.Draft(
        work.version, work.billing, tuple(lines), total(lines, contract.currency), mark, inputs, evidence
    )


def _inputs(version: Version, period: BillingPeriod, mark: int) -> dict[str, Any]:
    contract = version.contract
    return {
        "contract": contract.contract,
        "version": version.id,
        "version_number": version.number,
        "watermark": mark,
        "tzdata": TZDATA_VERSION,
        "zone": contract.zone,
        "period": str(period),
        "whole_period": f"{period.whole_first}/{period.whole_after_last}",
        "rules": {each.name: {"rule": each.rule.kind, "arithmetic": each.rule.arithmetic} for each in contract.charges},
        "supplier": contract.supplier.model_dump(mode="json"),
        "customer": contract.customer.model_dump(mode="json"),
        "payment_days": contract.settings.payment_days,
    }


def issue_draft(session: Session, number: str, now: datetime) -> store.Billed:
    """Give one draft its number and date; it never changes again.

    Raises:
        UnknownInvoice: there is none of that name here.
        AlreadyIssued: it has a number.
        DraftOutdated: readings that it rests on changed since it was made.
    """
    draft = store.find(session, number)
    if draft.row.sequence is not None:
        raise AlreadyIssued(f"{draft.row.number} was issued on {draft.row.issued_on}")
    mark = take_watermark(session)
    if any(
        each.invoice_id == draft.row.id for each in store.touched(session, [draft.row.contract_id], mark, issued=False)
    ):
        raise DraftOutdated(f"{number} knows the readings up to batch {draft.row.watermark}, there are newer ones")
    where = zone(str(draft.row.inputs["zone"]))
    store.give_numbers(session, [draft.row.id], now.astimezone(where).date())
    return store.billed(session, [draft.row.id])[0]


def issue_drafts(session: Session, now: datetime, chunk: int = CHUNK) -> list[int]:
    """Issue drafts that an earlier run left, oldest period first; what another run is at is left to it.

    Returns:
        Their keys; none when there are none any more.
    """
    rows = session.execute(
        text("""select id, inputs->>'zone' as zone from invoice where sequence is null
                order by first, id for no key update skip locked limit :chunk"""),
        {"chunk": chunk},
    ).all()
    if rows:
        today = max(now.astimezone(zone(row.zone)).date() for row in rows)
        store.give_numbers(session, [row.id for row in rows], today)
    return [row.id for row in rows]


def refresh_drafts(session: Session, tenant: int) -> int:
    """Discard the drafts whose readings changed, so that the next chunk makes them anew.

    Returns:
        How many.
    """
    mark = take_watermark(session)
    mine = text("select id, contract_id from invoice where sequence is null for no key update skip locked")
    contract_of = {row.id: row.contract_id for row in session.execute(mine)}
    reached = store.touched(session, sorted(set(contract_of.values())), mark, issued=False)
    outdated = store.billed(session, [each.invoice_id for each in reached if each.invoice_id in contract_of])
    for draft in outdated:
        session.execute(
            text(
                """update due set done_at = null
                   where tenant = :t and kind = :k and contract = :c and lower(period) = :f"""
            ),
            {"t": tenant, "k": KIND, "c": draft.row.contract_id, "f": draft.row.first},
        )
        store.discard(session, draft)
    return len(outdated)
