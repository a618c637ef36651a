"""The billing run: work that is due is claimed, rated and saved; safe to repeat, to kill and to run side by side.

    plan      each period of each contract is a row of due work, once
    claim     lock what is due and nobody else has, with its contract: two periods of one contract, billed at once,
              would each correct the same earlier one
    count     one query for all registers of all claimed contracts
    correct   earlier invoices whose readings, terms or index values changed are rated again, the difference goes onto
              this one; what the last of them now carries on is what this period opens with
    wait      the invoice that closes a window of savings waits until its statement is agreed
    rate      the core; a contract that cannot be rated is held with its reason, and the rest goes on
    save      lines and evidence by COPY; the number last

A chunk is one transaction. Killed at any instant, it was never there.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from billing import dispute_store, store
from billing.correction_store import Known, Reasons, inputs_of, sweep
from billing.invoice import total
from billing.rating import in_advance
from billing.rating_store import Billable, Uses, billable, count_all, fit_to_bill, rate, spans
from billing.statement_store import wait_for_statement
from billing.store import Kind
from billing.tables import InvoiceRow
from contracts import index_store
from contracts import store as contracts
from contracts.index_store import indices_of, stored
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.errors import Conflict, UsufructError, slug
from metering.period import TZDATA_VERSION, midnight, zone
from metering.store import watermark as take_watermark

CHUNK = 100


class PeriodGone(Conflict):
    """A period is billed while its contract has it; an amendment has ended the contract before this one."""


class DraftOutdated(Conflict):
    """Readings changed since the draft was made; bill again, look at it again, and issue it then."""


class AlreadyIssued(Conflict):
    """An issued invoice never changes; what changed since becomes an adjustment on the next one."""


class NotYetAgreed(Conflict):
    """A contract that tells its milestones is billed once it is signed and, where it is installed, accepted."""


class EarlierPeriodOpen(Conflict):
    """A contract that carries something from period to period is billed in their order: the one before waits."""


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
    versions: tuple[Version, ...]
    bill: Billable

    @property
    def version(self) -> Version:
        """The version that the invoice is by: the newest of those that it bills."""
        ids = [each.version_id for each in self.bill.stretches]
        return next((each for each in reversed(self.versions) if each.id in ids), self.versions[-1])


def plan(session: Session, tenant: int, now: datetime) -> int:
    """Write down the work that falls due by now: each period of each contract once.

    Returns:
        How many rows are new.
    """
    ids = list(session.execute(text("select id from contract order by id")).scalars())
    planned: dict[tuple[int, str], date] = {
        (row.contract, row.kind): row.until
        for row in session.execute(
            text(
                "select contract, kind, max(upper(period)) as until from due where tenant = :t group by contract, kind"
            ),
            {"t": tenant},
        )
    }
    rows = []
    for contract_id, versions in contracts.of_contracts(session, ids).items():
        for kind, period, due_at in _falling_due(versions, now):
            if (contract_id, kind.value) in planned and period.after_last <= planned[contract_id, kind.value]:
                continue
            row = {
                "t": tenant,
                "k": kind.value,
                "c": contract_id,
                "first": period.first,
                "after_last": period.after_last,
            }
            rows.append(row | {"due_at": due_at})
    if rows:
        session.execute(
            text("""insert into due (tenant, kind, contract, period, attempt, due_at)
                    values (:t, :k, :c, daterange(:first, :after_last), 0, :due_at) on conflict do nothing"""),
            rows,
        )
    return len(rows)


def _falling_due(versions: tuple[Version, ...], now: datetime) -> Iterator[tuple[Kind, BillingPeriod, datetime]]:
    """List what of a contract falls due by now: its opening, where fees are due in advance then, and each period."""
    contract = versions[-1].contract
    where = zone(contract.zone)
    first = next(contract.periods(), None)
    if first is not None and midnight(first.first, where) <= now:
        begun = any(each.contract.effective <= first.first for each in versions)
        if begun and in_advance(contracts.in_force(versions, first.first).contract):
            yield Kind.OPENING, first, midnight(first.first, where)
    for period in contract.periods():
        due_at = midnight(period.after_last + timedelta(days=contract.settings.bill_after_days), where)
        if due_at > now:
            break
        yield Kind.PERIOD, period, due_at


_CLAIM = text(
    """
    select due.contract, due.kind, lower(due.period) as first
    from due join contract on contract.id = due.contract
    where due.tenant = :tenant and kind = any(:kinds) and done_at is null and due_at <= :due_by
      and not (due.contract, lower(due.period)) in (
        select * from unnest(cast(:passed as int[]), cast(:firsts as date[])))
      and not exists (
        select 1 from due earlier
        where earlier.tenant = due.tenant and earlier.kind = any(:kinds) and earlier.contract = due.contract
          and earlier.done_at is null and earlier.held is null and earlier.due_at < due.due_at)
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
    asked: dict[str, object] = {"tenant": tenant, "kinds": list(Kind), "due_by": due_by or now, "chunk": chunk}
    asked |= {"passed": [contract for contract, _ in passed], "firsts": [first for _, first in passed]}
    claimed = session.execute(_CLAIM, asked).all()
    once: dict[int, tuple[Kind, date]] = {}
    for row in claimed:
        once.setdefault(row.contract, (Kind(row.kind), row.first))
    if not once:
        return None
    mark = take_watermark(session)
    versions = contracts.of_contracts(session, list(once))
    outcome, work = Outcome(), []
    for contract_id, (kind, first) in once.items():
        try:
            work.append(_work(contract_id, kind, first, versions[contract_id]))
        except UsufructError as fault:
            _hold(session, tenant, outcome, (contract_id, kind, first), versions[contract_id][-1], fault)
    asked_of = [each.bill for each in work]
    counted = fit_to_bill(session, asked_of, count_all(session, asked_of, mark))
    chunk_of = _chunk(session, versions, mark, now)

    drafts = []
    for each, of_each in zip(work, counted, strict=True):
        try:
            if each.bill.kind is Kind.PERIOD:
                wait_for_statement(session, each.versions, each.bill.period, mark, now)
            draft = _draft(session, each, of_each, chunk_of)
        except UsufructError as fault:
            _hold(
                session,
                tenant,
                outcome,
                (each.contract_id, each.bill.kind, each.bill.period.first),
                each.version,
                fault,
            )
        else:
            drafts.append(draft)
            _close(session, tenant, each, now)
    outcome.invoices = store.save(session, drafts, now) if drafts else []
    if issue and outcome.invoices:
        store.give_numbers(session, outcome.invoices, _today(now, work))
    return outcome


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a chunk's contracts have in common, and what is known of each."""

    known: Mapping[int, Known]
    reasons: Mapping[int, Mapping[int, Reasons]]
    last: Mapping[int, InvoiceRow]


def _chunk(session: Session, versions: Mapping[int, tuple[Version, ...]], mark: int, now: datetime) -> _Chunk:
    """Load for all contracts at once what calls for corrections, and what the last periods carry on."""
    ids = list(versions)
    lookup = index_store.lookup(session, indices_of(each.contract for one in versions.values() for each in one))
    disputes = defaultdict(list)
    for dispute in dispute_store.of_contracts(session, ids):
        disputes[dispute.contract_id].append(dispute)
    reasons: dict[int, dict[int, Reasons]] = defaultdict(dict)
    for touched in store.touched(session, ids, mark):
        reasons[touched.contract_id][touched.invoice_id] = Reasons(batches=touched.batches)
    for old in store.outdated(session, ids):
        why = reasons[old.contract_id].setdefault(old.invoice_id, Reasons())
        why.versions, why.index_values, why.disputes = old.versions, old.index_values, old.disputes
    remembering = [key for key, of_one in versions.items() if contracts.remember(of_one)]
    known = {key: Known(of_one, tuple(disputes[key]), lookup, mark, now) for key, of_one in versions.items()}
    return _Chunk(known, reasons, store.last_of(session, remembering) if remembering else {})


def _today(now: datetime, work: Sequence[_Work]) -> date:
    """Name the day in the zones of the contracts at hand; where they are on both sides of a midnight, the later."""
    return max(now.astimezone(zone(each.version.contract.zone)).date() for each in work)


def _work(contract_id: int, kind: Kind, first: date, versions: tuple[Version, ...]) -> _Work:
    contract = versions[-1].contract
    period = contract.period_from(first)
    if period is None:
        raise PeriodGone(f"{contract.contract} has no period from {first} any more", found=str(first))
    missing = contract.milestones.missing
    if missing is not None:
        raise NotYetAgreed(f"{contract.contract} is not {missing.value} yet", expected=missing.value)
    return _Work(contract_id, versions, billable(versions, kind, period))


def _close(session: Session, tenant: int, work: _Work, now: datetime) -> None:
    session.execute(
        text("""update due set done_at = :now, held = null
                where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first"""),
        {
            "now": now,
            "tenant": tenant,
            "kind": work.bill.kind.value,
            "contract": work.contract_id,
            "first": work.bill.period.first,
        },
    )


def _hold(
    session: Session,
    tenant: int,
    outcome: Outcome,
    work: tuple[int, Kind, date],
    version: Version,
    fault: UsufructError,
) -> None:
    """Leave due work for a person, with its reason; every later run tries it again."""
    contract, kind, first = work
    outcome.held[version.contract.contract] = str(fault)
    outcome.held_work.add((contract, first))
    reason = json.dumps({"code": slug(type(fault)), "detail": str(fault)})
    session.execute(
        text("""update due set held = cast(:reason as jsonb)
                where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first"""),
        {"reason": reason, "tenant": tenant, "kind": kind.value, "contract": contract, "first": first},
    )


def _draft(session: Session, work: _Work, counted: list[Uses] | UsufructError, chunk: _Chunk) -> store.Draft:
    contract, period, known = work.version.contract, work.bill.period, chunk.known[work.contract_id]
    reasons, last = chunk.reasons.get(work.contract_id, {}), chunk.last.get(work.contract_id)
    remembers = work.bill.kind is Kind.PERIOD and contracts.remember(work.versions)
    if remembers and period.first != contract.starts and (last is None or last.after_last != period.first):
        raise EarlierPeriodOpen(f"{contract.contract}: the period before {period.first} is not billed yet")
    so_far = store.billed(session, store.ids_of(session, work.contract_id)) if reasons else []
    swept = sweep(session, so_far, reasons, known, period.first)
    opening = swept.closing if swept.closing is not None else (last.inputs.get("closing", {}) if last else {})
    opening = opening if remembers else {}
    disputed = known.disputed(known.at)
    rating = rate(work.bill, counted, opening, known.lookup, disputed)
    lines = [*rating.lines, *swept.lines]
    values = stored(rating.values)
    inputs = _inputs(work, known.mark) | inputs_of(work.bill, opening, rating.closing, values, disputed)
    return store.Draft(
        work.bill.kind,
        work.version,
        period,
        tuple(lines),
        total(lines, contract.currency),
        known.mark,
        inputs | {"corrections": swept.notes},
        {None: spans(counted), **swept.evidence},
        {None: known.basis(work.bill, (each.id for each in rating.values)), **swept.basis},
    )


def _inputs(work: _Work, mark: int) -> dict[str, Any]:
    version, period = work.version, work.bill.period
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


def preview(
    session: Session, contract_id: int, versions: tuple[Version, ...], period: BillingPeriod, now: datetime
) -> store.Draft:
    """Say what a period's invoice would be now, corrections included; nothing is saved, and nothing waited for.

    Raises:
        EarlierPeriodOpen: the period before is not billed yet, and the contract carries something on.
        UsufructError: it cannot be counted or rated; the reason is its own.
    """
    work = _Work(contract_id, versions, billable(versions, Kind.PERIOD, period))
    mark = take_watermark(session)
    (counted,) = count_all(session, [work.bill], mark)
    return _draft(session, work, counted, _chunk(session, {contract_id: versions}, mark, now))


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
    mine = [draft.row.contract_id]
    if any(each.invoice_id == draft.row.id for each in store.touched(session, mine, mark, issued=False)):
        raise DraftOutdated(f"{number} knows the readings up to batch {draft.row.watermark}, there are newer ones")
    if any(each.invoice_id == draft.row.id for each in store.outdated(session, mine, issued=False)):
        raise DraftOutdated(f"{number} rests on terms, index values or disputes that have changed since")
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
    """Discard the drafts that rest on what has changed since, so that the next chunk makes them anew.

    Returns:
        How many.
    """
    mark = take_watermark(session)
    mine = text("select id, contract_id from invoice where sequence is null for no key update skip locked")
    contract_of = {row.id: row.contract_id for row in session.execute(mine)}
    theirs = sorted(set(contract_of.values()))
    reached = {each.invoice_id for each in store.touched(session, theirs, mark, issued=False)}
    reached |= {each.invoice_id for each in store.outdated(session, theirs, issued=False)}
    # What goes on from a draft that is made anew is made anew too.
    of_contracts = contracts.of_contracts(session, sorted({contract_of[key] for key in reached & contract_of.keys()}))
    remembering = {key for key, of_one in of_contracts.items() if contracts.remember(of_one)}
    first: dict[int, int] = {}
    for key in sorted(reached & contract_of.keys()):
        first.setdefault(contract_of[key], key)
    reached |= {key for key, each in contract_of.items() if each in remembering and key > first[each]}
    outdated = store.billed(session, reached & contract_of.keys())
    for draft in outdated:
        session.execute(
            text(
                """update due set done_at = null
                   where tenant = :t and kind = :k and contract = :c and lower(period) = :f"""
            ),
            {"t": tenant, "k": draft.row.kind, "c": draft.row.contract_id, "f": draft.row.first},
        )
        store.discard(session, draft)
    return len(outdated)
