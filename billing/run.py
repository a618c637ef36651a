"""The billing run: work that is due is claimed, rated and saved; safe to repeat, to kill and to run side by side.

    plan      each period of each contract is a row of due work, once
    claim     lock what is due and nobody else has, with its contract: two periods of one contract, billed at once,
              would each correct the same earlier one
    count     one query for all registers of all claimed contracts
    correct   earlier periods of which something changed (billing/sources/sweep.py) are rated again, and the difference
              goes onto this document, or onto one of its own where no period follows in time; what the last of them
              now carries on is what this period opens with
    wait      the invoice that closes a window of savings waits until its statement is agreed
    rate      the core; a contract that cannot be rated is held with its reason, and the rest goes on
    save      lines and evidence by COPY; the number last

A chunk is one transaction. Killed at any instant, it was never there. Where it fails as a whole, its caller claims
smaller ones, until the contract at fault is alone and is held.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import psycopg
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from billing.corrections.store import CorrectionContext, Reasons, Rerating, known_closing, rating_inputs, rerate
from billing.disputes import store as dispute_store
from billing.due import store as due_store
from billing.due.store import Due
from billing.invoices import store
from billing.invoices.invoice import total
from billing.invoices.store import InvoiceKind
from billing.rated import store as rated
from billing.rated.store import NewRating, RatingHome
from billing.rating.rating import States
from billing.rating.segments import in_advance
from billing.rating.store import Billable, Uses, billable, count_all, fit_to_bill, rate
from billing.records.inputs import Days, InvoiceInputs
from billing.sources import store as sources
from billing.sources.asked import SourceName
from billing.sources.recorder import RecordedLookup
from billing.sources.sweep import sweep
from billing.statements.store import wait_for_statement
from billing.tables import InvoiceRow, RatingRow
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.indexation.store import StoredLookup, indices_of
from contracts.schedule import BillingPeriod
from contracts.store import Version
from contracts.tables import ContractRow
from metering.log.transaction import watermark as take_watermark
from quantities.document import faults_of
from quantities.errors import Conflict, UsufructError
from quantities.period import midnight, zone
from quantities.terms import Terms

CHUNK = 100


class DraftOutdated(Conflict):
    """Readings have changed since the draft was made."""


class AlreadyIssued(Conflict):
    """The invoice is already issued."""


class NotYetAgreed(Conflict):
    """The contract is not signed, or not accepted yet."""


class EarlierPeriodOpen(Conflict):
    """An earlier period of the contract is not billed yet."""


class EarlierDraftOpen(Conflict):
    """An earlier draft of the contract is not issued yet."""


class NotYetDue(Conflict):
    """The contract was prolonged, and the period has not ended yet."""


class PartBilled(Conflict):
    """A part of the period is billed already."""


class TermsDamaged(Conflict):
    """The stored terms of the contract have faults."""


@dataclass(slots=True)
class RunOutcome:
    """What a run did.

    Attributes:
        invoices: the keys of those it made.
        held: for contracts that wait for a person, why.
        held_work: what of them waits.
    """

    invoices: list[int] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    held_work: set[Due] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Work:
    """A contract whose work is claimed; ``bill`` is None where it is a correction alone."""

    contract_id: int
    versions: tuple[Version, ...]
    bill: Billable | None
    recorded: RecordedLookup

    @property
    def version(self) -> Version:
        """The version that the document is by: the newest of those that it bills."""
        ids = [segment.version_id for segment in self.bill.segments] if self.bill is not None else []
        return next((version for version in reversed(self.versions) if version.id in ids), self.versions[-1])


def plan(session: Session, tenant: int, now: datetime) -> int:
    """Write down the work that falls due by now: each period of each contract once.

    A contract that cannot be planned is held with its reason, until a later plan succeeds.

    Returns:
        How many rows are new.
    """
    all_contracts = select(col(ContractRow.id), col(ContractRow.reference)).order_by(col(ContractRow.id))
    references = dict(session.exec(all_contracts).all())
    planned = due_store.planned_until(session, tenant)
    versions, faults = _loaded(session, list(references))
    work: list[tuple[int, InvoiceKind, BillingPeriod, datetime]] = []
    for contract_id in references:
        try:
            falling_due = list(_falling_due(versions[contract_id], now)) if contract_id in versions else []
        except Exception as fault:  # noqa: BLE001 a contract's fault, whatever it is, is that contract's alone
            faults[contract_id] = fault
            continue
        for kind, period, due_at in falling_due:
            until = planned.get((contract_id, kind.value))
            if until is None or period.after_last > until:
                work.append((contract_id, kind, period, due_at))
    due_store.write_down(session, tenant, work)
    reasons = {key: due_store.reason(fault, references[key]) for key, fault in faults.items()}
    due_store.hold_planning(session, tenant, reasons, now)
    return len(work)


def _loaded(session: Session, contract_ids: list[int]) -> tuple[dict[int, tuple[Version, ...]], dict[int, Exception]]:
    """Load contracts all at once; where that fails, in halves, so that a damaged one does not hide the others.

    Returns:
        The released versions by contract, and what is wrong with those that cannot be loaded.
    """
    try:
        return contracts.of_contracts(session, contract_ids), {}
    except (SQLAlchemyError, psycopg.Error):
        raise
    except ValidationError as error:
        first, *_ = faults_of(error, Terms)  # of no particular kind: its spelling is not guessed at
        fault: Exception = TermsDamaged(f"the stored terms have faults: {first}")
    except Exception as error:  # noqa: BLE001 what can be wrong with damaged terms is not foreseen
        fault = error
    if len(contract_ids) < 2:  # noqa: PLR2004 one cannot be halved
        return {}, dict.fromkeys(contract_ids, fault)
    half = len(contract_ids) // 2
    versions, faults = _loaded(session, contract_ids[:half])
    more_versions, more_faults = _loaded(session, contract_ids[half:])
    return versions | more_versions, faults | more_faults


def _falling_due(versions: tuple[Version, ...], now: datetime) -> Iterator[tuple[InvoiceKind, BillingPeriod, datetime]]:
    """List what of a contract falls due by now: its opening, where fees are due in advance then, and each period."""
    contract = versions[-1].contract
    where = zone(contract.zone)
    first = next(contract.periods(), None)
    if first is not None and midnight(first.first, where) <= now:
        begun = any(version.contract.effective <= first.first for version in versions)
        if begun and in_advance(contracts.in_force(versions, first.first).contract):
            yield InvoiceKind.OPENING, first, midnight(first.first, where)
    for period in contract.periods():
        due_at = _due_at(contract, period)
        if due_at > now:
            break
        yield InvoiceKind.PERIOD, period, due_at


def _due_at(contract: Contract, period: BillingPeriod) -> datetime:
    """Say from when on a period may be billed."""
    return midnight(period.after_last + timedelta(days=contract.settings.bill_after_days), zone(contract.zone))


def bill(
    session: Session,
    tenant: int,
    claimed: Sequence[Due],
    now: datetime,
    due_by: datetime,
    *,
    issue: bool,
    issue_date: date | None = None,
) -> RunOutcome:
    """Bill a chunk of claimed work in the transaction that claimed it.

    A fault of one contract holds that contract; what is raised fails the whole chunk.

    Args:
        session: states the tenant.
        tenant: the same, for the table of due work.
        claimed: one work of each contract; at least one.
        now: the instant of the run.
        due_by: a period that by now ends later, because its contract was prolonged, is held.
        issue: give numbers, or leave drafts.
        issue_date: the date that the invoices bear; by default the day of ``now`` in the issuer's zone, or the issuer's
            last date where that is later. ``give_numbers`` says which dates are refused.

    Returns:
        The keys of the invoices made, and which contracts are held and why.
    """
    watermark = take_watermark(session)
    due_of = {due.contract_id: due for due in claimed}
    versions, faults = _loaded(session, list(due_of))
    lookup = _lookup(session, versions.values())
    outcome, work = RunOutcome(), list[_Work]()
    for due in claimed:
        with _holding(session, tenant, due, outcome):
            if due.contract_id in faults:
                raise faults[due.contract_id]
            known = versions[due.contract_id]
            if due.kind is not InvoiceKind.CORRECTION and known[-1].contract.period_from(due.first) is None:
                due_store.drop(session, tenant, due)  # the contract was amended, and has no such period any more
                continue
            work.append(_work(due, known, due_by, RecordedLookup(lookup)))
    bills = [one.bill for one in work if one.bill is not None]
    counted = iter(fit_to_bill(session, bills, count_all(session, bills, watermark)))
    uses_of = {one.contract_id: next(counted) for one in work if one.bill is not None}
    chunk = _chunk(session, work, lookup, watermark, now)

    drafts, done, corrected = list[store.Draft](), list[Due](), list[int]()
    for one in work:
        due = due_of[one.contract_id]
        with _holding(session, tenant, due, outcome):
            if one.bill is not None and one.bill.kind is InvoiceKind.PERIOD:
                wait_for_statement(session, one.versions, one.bill.period, watermark, now)
            draft = _draft(session, one, uses_of.get(one.contract_id, []), chunk)
            if draft is not None:
                drafts.append(draft)
            done.append(due)
            if _corrects_all(one, chunk.reasons.get(one.contract_id, {}).values()):
                corrected.append(one.contract_id)
    due_store.close(session, tenant, done, now)
    due_store.close_corrections(session, tenant, corrected, now)
    outcome.invoices = store.save(session, drafts, now) if drafts else []
    if issue and outcome.invoices:
        store.give_numbers(session, outcome.invoices, now, issue_date)
        _correct_what_follows(session, tenant, outcome.invoices, now)
    return outcome


def _corrects_all(work: _Work, reasons: Iterable[Reasons]) -> bool:
    """Tell whether a document corrects all that is stale: that of a period billed late corrects none after it."""
    return work.bill is None or all(
        reason.first is None or reason.first <= work.bill.period.first for reason in reasons
    )


@contextmanager
def _holding(session: Session, tenant: int, due: Due, outcome: RunOutcome) -> Iterator[None]:
    """Hold a contract's work for whatever goes wrong inside, unless the database refuses: then the chunk is lost."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error):
        raise
    except Exception as fault:  # noqa: BLE001 a contract's fault, whatever it is, is that contract's alone
        _hold(session, tenant, due, fault, outcome)


def hold(session: Session, tenant: int, due: Due, fault: Exception) -> RunOutcome:
    """Hold work that failed alone, in another transaction than the one that failed; every later run tries it again."""
    outcome = RunOutcome()
    _hold(session, tenant, due, fault, outcome)
    return outcome


def _hold(session: Session, tenant: int, due: Due, fault: Exception, outcome: RunOutcome) -> None:
    outcome.held_work.add(due)
    reason = due_store.hold(session, tenant, due, fault)
    if reason is not None:
        outcome.held[due.reference] = reason


@dataclass(frozen=True, slots=True)
class _PartBilled:
    """An invoice that begins with the period at hand, and ends before it does, because the contract was prolonged."""

    invoice_id: int
    is_issued: bool
    refusal: PartBilled


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a chunk's contracts have in common, and what is known of each."""

    contexts: Mapping[int, CorrectionContext]
    reasons: Mapping[int, Mapping[int, Reasons]]
    last: Mapping[int, RatingRow]
    part_billed: Mapping[int, _PartBilled]


def _chunk(
    session: Session,
    work: Sequence[_Work],
    lookup: StoredLookup,
    watermark: int,
    now: datetime,
    *,
    unswept: bool = False,
) -> _Chunk:
    """Load for all contracts at once what calls for corrections, what the last periods carry on, what is billed.

    Args:
        session: states the tenant.
        work: the contracts.
        lookup: finds the value of an index.
        watermark: up to which batch readings count.
        now: the instant of the run.
        unswept: ask all ratings of the contracts what has changed, and not only those that a sweep has marked.
    """
    versions = {one.contract_id: one.versions for one in work}
    ids = list(versions)
    disputes = defaultdict(list)
    for dispute in dispute_store.of_contracts(session, ids):
        disputes[dispute.contract_id].append(dispute)
    stateful = [key for key, known in versions.items() if contracts.is_stateful(known)]
    contexts = {
        key: CorrectionContext(known, tuple(disputes[key]), lookup, watermark, now) for key, known in versions.items()
    }
    firsts = {one.contract_id: one.bill.period.first for one in work if one.bill is not None}
    last = rated.before(session, {key: firsts[key] for key in stateful if key in firsts})
    reasons = _reasons(session, ids, watermark, unswept=unswept)
    return _Chunk(contexts, reasons, last, _part_billed(session, work))


def _reasons(
    session: Session, contract_ids: Sequence[int], watermark: int, *, unswept: bool
) -> dict[int, dict[int, Reasons]]:
    """Say why periods of contracts are rated again: by contract, then by the invoice of the period."""
    if unswept:
        ratings = [row for known in rated.newest(session, contract_ids).values() for row in known.values()]
        changed = sources.changed(session, [row.id for row in ratings], watermark)
        ratings = [row for row in ratings if row.id in changed]
    else:
        marked = [stale.rating_id for stale in rated.stale(session, contract_ids) if stale.is_issued]
        ratings = rated.of_keys(session, marked)
        changed = sources.changed(session, marked, watermark)
    reasons: dict[int, dict[int, Reasons]] = defaultdict(dict)
    for row in ratings:
        reasons[row.contract_id][row.invoice_id] = Reasons(changed.get(row.id, ()), row.first)
    return reasons


def _part_billed(session: Session, work: Sequence[_Work]) -> dict[int, _PartBilled]:
    """Find the contracts of which a period was rated that begins with the one at hand, and ends before it does."""
    bills = {one.contract_id: one.bill for one in work if one.bill is not None}
    # text: a join to four arrays of what is asked
    rows = session.execute(
        text("""
            select distinct on (r.invoice_id) r.contract_id, i.id, i.sequence is not null as issued,
                   coalesce(number, 'draft-' || i.id) as name, r.first, r.after_last, due.after_last as now_until
            from invoice i join unnest(cast(:contracts as int[]), cast(:kinds as text[]), cast(:firsts as date[]),
                                       cast(:after_lasts as date[])) due(contract, kind, first, after_last)
              on contract_id = due.contract and i.kind = due.kind and i.first = due.first
            join rating r on r.invoice_id = i.id
            order by r.invoice_id, r.id desc"""),
        {
            "contracts": list(bills),
            "kinds": [bill.kind.value for bill in bills.values()],
            "firsts": [bill.period.first for bill in bills.values()],
            "after_lasts": [bill.period.after_last for bill in bills.values()],
        },
    )
    return {
        row.contract_id: _PartBilled(
            row.id,
            row.issued,
            PartBilled(
                f"{row.name} bills the days from {row.first} until {row.after_last}; the period now lasts until "
                f"{row.now_until}",
                found=str(row.after_last),
                expected=str(row.now_until),
            ),
        )
        for row in rows
    }


def _lookup(session: Session, versions: Iterable[tuple[Version, ...]]) -> StoredLookup:
    return index_store.lookup(session, indices_of(version.contract for known in versions for version in known))


def _work(due: Due, versions: tuple[Version, ...], due_by: datetime, recorded: RecordedLookup) -> _Work:
    contract = versions[-1].contract
    period = contract.period_from(due.first)
    if due.kind is InvoiceKind.CORRECTION or period is None:
        return _Work(due.contract_id, versions, None, recorded)
    due_at = _due_at(contract, period)
    if due.kind is InvoiceKind.PERIOD and due_at > due_by:
        detail = f"{contract.contract}: the period from {due.first} now lasts until {period.after_last}"
        raise NotYetDue(detail, found=due_by.isoformat(), expected=due_at.isoformat())
    missing = contract.milestones.missing
    if missing is not None:
        raise NotYetAgreed(f"{contract.contract} is not {missing.value} yet", expected=missing.value)
    return _Work(due.contract_id, versions, billable(versions, due.kind, period, recorded), recorded)


def _draft(session: Session, work: _Work, counted: list[Uses] | UsufructError, chunk: _Chunk) -> store.Draft | None:
    """Compute the document of a contract's work; None where it is a correction that finds nothing."""
    reasons = dict(chunk.reasons.get(work.contract_id, {}))
    part_billed = chunk.part_billed.get(work.contract_id)
    if part_billed is not None:
        if not part_billed.is_issued:
            raise part_billed.refusal
        reasons.setdefault(part_billed.invoice_id, Reasons())
        work = replace(work, bill=None)
    if work.bill is None:
        return _correction(session, work, reasons, chunk)
    return _period_draft(session, work, work.bill, counted, reasons, chunk)


def _correction(session: Session, work: _Work, reasons: Mapping[int, Reasons], chunk: _Chunk) -> store.Draft | None:
    """Make a document of corrections alone; where they come to nothing, keep that they were looked for."""
    context = chunk.contexts[work.contract_id]
    rerated, newest = _rerated(session, work, reasons, context)
    if not rerated.lines:
        home = RatingHome(work.contract_id, work.version.customer_id, rests_on_id=newest)
        rated.save(session, [(home, rating, context.watermark) for rating in rerated.ratings], context.at)
        return None
    first = min(rating.first for rating in rerated.ratings)
    after_last = max(rating.after_last for rating in rerated.ratings)
    version = _by_day(work.versions, after_last - timedelta(days=1))
    period = BillingPeriod(first, after_last, first, after_last)
    return store.Draft(
        kind=InvoiceKind.CORRECTION,
        version=version,
        period=period,
        lines=tuple(rerated.lines),
        totals=total(rerated.lines, version.contract.currency),
        watermark=context.watermark,
        inputs=_inputs(version, period, context.watermark),
        ratings=tuple(rerated.ratings),
    )


def _by_day(versions: tuple[Version, ...], day: date) -> Version:
    begun = any(version.contract.effective <= day for version in versions)
    return contracts.in_force(versions, day) if begun else versions[-1]


def _rerated(
    session: Session,
    work: _Work,
    reasons: Mapping[int, Reasons],
    context: CorrectionContext,
    before: date | None = None,
) -> tuple[Rerating, int | None]:
    """Rate earlier periods of a contract again, where there is a reason; and name its newest document."""
    if not reasons:
        return Rerating(), None
    ids = store.ids_of(session, work.contract_id)
    known = rated.newest(session, [work.contract_id])[work.contract_id]
    return rerate(session, store.billed(session, ids), known, reasons, context, before), max(ids)


def _period_draft(
    session: Session,
    work: _Work,
    bill: Billable,
    counted: list[Uses] | UsufructError,
    reasons: Mapping[int, Reasons],
    chunk: _Chunk,
) -> store.Draft:
    contract, period, context = work.version.contract, bill.period, chunk.contexts[work.contract_id]
    last = chunk.last.get(work.contract_id)
    carries = bill.kind is InvoiceKind.PERIOD and contracts.is_stateful(work.versions)
    if carries and period.first != contract.starts and (last is None or last.after_last != period.first):
        raise EarlierPeriodOpen(f"{contract.contract}: the period before {period.first} is not billed yet")
    rerated, _ = _rerated(session, work, reasons, context, period.first)
    opening: States = {}
    if carries and rerated.closing is not None:
        opening = rerated.closing
    elif carries and last is not None:
        opening = known_closing(last, work.versions)
    disputed = context.disputed(context.at)
    rating = rate(bill, counted, opening, work.recorded, disputed)
    lines = (*rating.lines, *rerated.lines)
    own = NewRating(
        invoice_id=None,
        first=period.first,
        after_last=period.after_last,
        inputs=rating_inputs(bill, context, opening, rating, disputed),
        asked=context.asked(bill, counted, work.recorded, is_first=True),
    )
    return store.Draft(
        kind=bill.kind,
        version=work.version,
        period=period,
        lines=lines,
        totals=total(lines, contract.currency),
        watermark=context.watermark,
        inputs=_inputs(work.version, period, context.watermark),
        ratings=(own, *rerated.ratings),
    )


def _inputs(version: Version, period: BillingPeriod, watermark: int) -> InvoiceInputs:
    """Write down what a document is made of, besides its ratings."""
    contract = version.contract
    return InvoiceInputs(
        contract=contract.contract,
        version_id=version.id,
        version_number=version.number,
        watermark=watermark,
        zone=contract.zone,
        period=Days(period.first, period.after_last),
        whole_period=Days(period.whole_first, period.whole_after_last),
        supplier=contract.supplier,
        customer=contract.customer,
        payment_days=contract.settings.payment_days,
    )


def preview(
    session: Session, contract_id: int, versions: tuple[Version, ...], period: BillingPeriod, now: datetime
) -> store.Draft:
    """Compute the draft that ``bill`` would make of a period now, corrections included, and save nothing.

    It does not wait for a savings statement, and does not ask whether the period is due, agreed or billed already.

    Raises:
        EarlierPeriodOpen: the period before is not billed yet, and the contract carries something on.
        PartBilled: an invoice or draft bills only the first days, because the contract was prolonged since.
        UsufructError: it cannot be counted or rated; the reason is its own.
    """
    lookup = _lookup(session, [versions])
    recorded = RecordedLookup(lookup)
    bill = billable(versions, InvoiceKind.PERIOD, period, recorded)
    work = _Work(contract_id, versions, bill, recorded)
    watermark = take_watermark(session)
    (counted,) = count_all(session, [bill], watermark)
    chunk = _chunk(session, [work], lookup, watermark, now, unswept=True)
    if contract_id in chunk.part_billed:
        raise chunk.part_billed[contract_id].refusal
    return _period_draft(session, work, bill, counted, chunk.reasons.get(contract_id, {}), chunk)


def issue_draft(session: Session, number: str, now: datetime) -> store.StoredInvoice:
    """Give one draft its number and date; it never changes again.

    Raises:
        UnknownInvoice: there is none of that name here.
        AlreadyIssued: it has a number.
        EarlierDraftOpen: it goes on from another draft, or from what that one corrects.
        DraftOutdated: readings that it rests on changed since it was made.
    """
    draft = store.find(session, number)
    if draft.row.sequence is not None:
        raise AlreadyIssued(f"{draft.row.number} was issued on {draft.row.issued_on}")
    _see_that_none_is_before(session, draft.row)
    changes = sources.changed(session, [rating.id for rating in draft.ratings], take_watermark(session))
    other = {change.question.source for of_rating in changes.values() for change in of_rating}
    if SourceName.READINGS in other:
        raise DraftOutdated(f"{number} knows the readings up to batch {draft.row.watermark}, there are newer ones")
    if other:
        named = ", ".join(sorted(other))
        raise DraftOutdated(f"{number} rests on terms, index values or disputes that have changed since", found=named)
    store.give_numbers(session, [draft.row.id], now)
    _correct_what_follows(session, draft.row.tenant, [draft.row.id], now)
    return store.billed(session, [draft.row.id])[0]


def _see_that_none_is_before(session: Session, draft: InvoiceRow) -> None:
    """See that a draft rests on no other one, which may still be made anew."""
    # text: whether there is a row of another table, for each row
    rows = session.execute(
        text("""
            select id, exists (select from rating r where r.document_id = i.id and r.invoice_id <> i.id) as corrects
            from invoice i where contract_id = :contract and sequence is null and id < :id order by id"""),
        {"contract": draft.contract_id, "id": draft.id},
    ).all()
    if rows:
        versions, _ = _loaded(session, [draft.contract_id])
        is_stateful = contracts.is_stateful(versions.get(draft.contract_id, ()))
        before = next((row.id for row in rows if is_stateful or row.corrects), None)
        if before is not None:
            raise EarlierDraftOpen(f"draft-{before} is issued before draft-{draft.id}", found=f"draft-{before}")


def issue_drafts(
    session: Session,
    now: datetime,
    chunk: int = CHUNK,
    *,
    due_by: datetime | None = None,
    issue_date: date | None = None,
) -> list[int]:
    """Issue drafts that an earlier run left, oldest period first; what another run is at is left to it.

    Args:
        session: states the tenant.
        now: the instant of the run.
        chunk: how many at most.
        due_by: those of what was due by then; now, unless it is said.
        issue_date: the date that they bear; today by default (``give_numbers`` says which are refused).

    Returns:
        Their keys; none when there are none any more.
    """
    # text: a maximum over other rows in the condition, and locked rows skipped; of the record one value
    rows = session.execute(
        text(
            """
            select invoice.id, tenant
            from invoice
            -- a correction is due when it is made; of all work that begins with a period the last decides, for an
            -- amendment may have moved the end
            where sequence is null and case when kind = 'correction' then created_at else (
                select max(due_at) from due where due.tenant = invoice.tenant and due.kind = invoice.kind
                  and due.contract = invoice.contract_id and lower(due.period) = invoice.first) end <= :due_by
            order by first, id for no key update of invoice skip locked limit :chunk
            """
        ),
        {"chunk": chunk, "due_by": due_by or now},
    ).all()
    if rows:
        store.give_numbers(session, [row.id for row in rows], now, issue_date)
        _correct_what_follows(session, rows[0].tenant, [row.id for row in rows], now)
    return [row.id for row in rows]


def refresh(session: Session, tenant: int, now: datetime) -> int:
    """Look for what has changed since the last run: discard the drafts that it concerns, and plan corrections.

    A draft that rests on what has changed is made anew by the next chunk, and so is every later one of its contract: it
    goes on from what the draft carries on, and corrects what the draft has corrected already. Where an issued period is
    to be corrected, all drafts of its contract are made anew, and the first of them carries the correction.

    Returns:
        How many drafts are discarded.
    """
    marked = sweep(session, now)
    drafts = select(col(InvoiceRow.id), col(InvoiceRow.contract_id)).where(col(InvoiceRow.sequence).is_(None))
    contract_of = dict(session.exec(drafts.with_for_update(key_share=True, skip_locked=True)).all())
    stale = rated.stale(session, sorted(set(contract_of.values()))) if contract_of else []
    first: dict[int, int] = {}
    for rating in stale:
        draft = rating.document_id if rating.document_id in contract_of else 0
        first[rating.contract_id] = min(draft or 0, first.get(rating.contract_id, draft or 0))
    reached = {key for key, contract_id in contract_of.items() if key >= first.get(contract_id, key + 1)}
    outdated = store.billed(session, reached)
    for draft_ in outdated:
        due_store.reopen(session, tenant, draft_.row.contract_id, draft_.row.kind, draft_.row.first)
        store.discard(session, draft_)
    to_correct = {rating.contract_id for rating in rated.of_keys(session, marked)}
    to_correct |= {draft_.row.contract_id for draft_ in outdated if draft_.corrections}
    _plan_corrections(session, tenant, to_correct, now)
    return len(outdated)


def _correct_what_follows(session: Session, tenant: int, invoice_ids: Sequence[int], now: datetime) -> None:
    """Plan a correction of periods that were billed before the one that they follow: they open with what it carries."""
    following = rated.mark_following(session, invoice_ids, now)
    if following:
        _plan_corrections(session, tenant, following, now)


def _plan_corrections(session: Session, tenant: int, contract_ids: Iterable[int], now: datetime) -> None:
    """Write down, for contracts with stale ratings of issued periods, that a correction falls due in some days."""
    stale = {rating.contract_id for rating in rated.stale(session, sorted(contract_ids)) if rating.is_issued}
    versions, _ = _loaded(session, sorted(stale))
    for contract_id, known in versions.items():
        contract = known[-1].contract
        where = zone(contract.zone)
        today = now.astimezone(where).date()
        until = today + timedelta(days=max(1, contract.settings.correct_after_days))
        due_at = midnight(today + timedelta(days=contract.settings.correct_after_days), where)
        due_store.plan_correction(session, tenant, contract_id, BillingPeriod(today, until, today, until), due_at)
