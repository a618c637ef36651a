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

A chunk is one transaction. Killed at any instant, it was never there. Where it fails as a whole, its caller claims
smaller ones, until the contract at fault is alone and is held.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import psycopg
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from billing.corrections.store import (
    CorrectionContext,
    Reasons,
    disputed_days,
    index_value_records,
    rerate,
    segment_records,
)
from billing.disputes import store as dispute_store
from billing.due import store as due_store
from billing.due.store import Due
from billing.invoices import store
from billing.invoices.invoice import total
from billing.invoices.store import InvoiceKind
from billing.rating.rating import Dispute, Rating, States, in_advance
from billing.rating.store import Billable, Uses, billable, count_all, fit_to_bill, rate, spans
from billing.records.inputs import CorrectionNote, Days, InvoiceInputs, RuleRecord
from billing.statements.store import wait_for_statement
from billing.tables import InvoiceRow
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.indexation.store import indices_of
from contracts.schedule import BillingPeriod
from contracts.store import Version
from contracts.tables import ContractRow
from metering.log.transaction import watermark as take_watermark
from quantities.document import faults_of
from quantities.errors import Conflict, UsufructError
from quantities.period import TZDATA_VERSION, midnight, zone
from quantities.terms import Terms

CHUNK = 100


class PeriodGone(Conflict):
    """The contract was amended and no longer has this period."""


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
    contract_id: int
    versions: tuple[Version, ...]
    bill: Billable

    @property
    def version(self) -> Version:
        """The version that the invoice is by: the newest of those that it bills."""
        ids = [segment.version_id for segment in self.bill.segments]
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
        issue_date: the date that the invoices bear; by default the day of ``now`` in the contracts' zones (of several
            the latest), or the issuer's last date where that is later. ``give_numbers`` says which dates are refused.

    Returns:
        The keys of the invoices made, and which contracts are held and why.
    """
    watermark = take_watermark(session)
    due_of = {due.contract_id: due for due in claimed}
    versions, faults = _loaded(session, list(due_of))
    outcome, work = RunOutcome(), list[_Work]()
    for due in claimed:
        with _holding(session, tenant, due, outcome):
            if due.contract_id in faults:
                raise faults[due.contract_id]
            work.append(_work(due, versions[due.contract_id], due_by))
    bills = [one.bill for one in work]
    counted = fit_to_bill(session, bills, count_all(session, bills, watermark))
    chunk = _chunk(session, work, watermark, now)

    drafts = []
    for one, uses in zip(work, counted, strict=True):
        due = due_of[one.contract_id]
        with _holding(session, tenant, due, outcome):
            if one.bill.kind is InvoiceKind.PERIOD:
                wait_for_statement(session, one.versions, one.bill.period, watermark, now)
            drafts.append(_draft(session, one, uses, chunk))
            due_store.close(session, tenant, due, now)
    outcome.invoices = store.save(session, drafts, now) if drafts else []
    if issue and outcome.invoices:
        store.give_numbers(session, outcome.invoices, _today(now, work), issue_date)
    return outcome


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
class _Chunk:
    """What a chunk's contracts have in common, and what is known of each."""

    contexts: Mapping[int, CorrectionContext]
    reasons: Mapping[int, Mapping[int, Reasons]]
    last: Mapping[int, InvoiceRow]
    part_billed: Mapping[int, PartBilled]


def _chunk(session: Session, work: Sequence[_Work], watermark: int, now: datetime) -> _Chunk:
    """Load for all contracts at once what calls for corrections, what the last periods carry on, what is billed."""
    versions = {one.contract_id: one.versions for one in work}
    ids = list(versions)
    lookup = index_store.lookup(
        session, indices_of(version.contract for known in versions.values() for version in known)
    )
    disputes = defaultdict(list)
    for dispute in dispute_store.of_contracts(session, ids):
        disputes[dispute.contract_id].append(dispute)
    reasons: dict[int, dict[int, Reasons]] = defaultdict(dict)
    for touched in store.touched(session, ids, watermark):
        reasons[touched.contract_id][touched.invoice_id] = Reasons(batches=touched.batches)
    for old in store.outdated(session, ids):
        why = reasons[old.contract_id].setdefault(old.invoice_id, Reasons())
        why.versions, why.index_values, why.disputes = old.versions, old.index_values, old.disputes
    stateful = [key for key, known in versions.items() if contracts.is_stateful(known)]
    contexts = {
        key: CorrectionContext(known, tuple(disputes[key]), lookup, watermark, now) for key, known in versions.items()
    }
    last = store.last_of(session, stateful) if stateful else {}
    return _Chunk(contexts, reasons, last, _part_billed(session, work))


def _part_billed(session: Session, work: Sequence[_Work]) -> dict[int, PartBilled]:
    """Find the contracts of which an invoice begins with the period at hand, and ends before it does."""
    # text: a join to four arrays of what is asked
    rows = session.execute(
        text("""
            select contract_id, coalesce(number, 'draft-' || id) as name, i.first, i.after_last,
                   due.after_last as now_until
            from invoice i join unnest(cast(:contracts as int[]), cast(:kinds as text[]), cast(:firsts as date[]),
                                       cast(:after_lasts as date[])) due(contract, kind, first, after_last)
              on contract_id = due.contract and i.kind = due.kind and i.first = due.first
            where i.after_last < due.after_last"""),
        {
            "contracts": [one.contract_id for one in work],
            "kinds": [one.bill.kind.value for one in work],
            "firsts": [one.bill.period.first for one in work],
            "after_lasts": [one.bill.period.after_last for one in work],
        },
    )
    return {
        row.contract_id: PartBilled(
            f"{row.name} bills the days from {row.first} until {row.after_last}; the period now lasts until "
            f"{row.now_until}",
            found=str(row.after_last),
            expected=str(row.now_until),
        )
        for row in rows
    }


def _today(now: datetime, work: Sequence[_Work]) -> date:
    """Name the day in the zones of the contracts at hand; where they are on both sides of a midnight, the later."""
    return max(now.astimezone(zone(one.version.contract.zone)).date() for one in work)


def _work(due: Due, versions: tuple[Version, ...], due_by: datetime) -> _Work:
    contract = versions[-1].contract
    period = contract.period_from(due.first)
    if period is None:
        raise PeriodGone(f"{contract.contract} has no period from {due.first} any more", found=str(due.first))
    due_at = _due_at(contract, period)
    if due.kind is InvoiceKind.PERIOD and due_at > due_by:
        detail = f"{contract.contract}: the period from {due.first} now lasts until {period.after_last}"
        raise NotYetDue(detail, found=due_by.isoformat(), expected=due_at.isoformat())
    missing = contract.milestones.missing
    if missing is not None:
        raise NotYetAgreed(f"{contract.contract} is not {missing.value} yet", expected=missing.value)
    return _Work(due.contract_id, versions, billable(versions, due.kind, period))


def _draft(session: Session, work: _Work, counted: list[Uses] | UsufructError, chunk: _Chunk) -> store.Draft:
    contract, period, context = work.version.contract, work.bill.period, chunk.contexts[work.contract_id]
    if work.contract_id in chunk.part_billed:
        raise chunk.part_billed[work.contract_id]
    reasons, last = chunk.reasons.get(work.contract_id, {}), chunk.last.get(work.contract_id)
    carries = work.bill.kind is InvoiceKind.PERIOD and contracts.is_stateful(work.versions)
    if carries and period.first != contract.starts and (last is None or last.after_last != period.first):
        raise EarlierPeriodOpen(f"{contract.contract}: the period before {period.first} is not billed yet")
    so_far = store.billed(session, store.ids_of(session, work.contract_id)) if reasons else []
    rerated = rerate(session, so_far, reasons, context, period.first)
    opening: States = {}
    if carries and rerated.closing is not None:
        opening = rerated.closing
    elif carries and last is not None:
        opening = last.inputs.closing
    disputed = context.disputed(context.at)
    rating = rate(work.bill, counted, opening, context.lookup, disputed)
    lines = (*rating.lines, *rerated.lines)
    basis = context.basis(work.bill, (value.id for value in rating.values))
    return store.Draft(
        kind=work.bill.kind,
        version=work.version,
        period=period,
        lines=lines,
        totals=total(lines, contract.currency),
        watermark=context.watermark,
        inputs=_inputs(work, context, opening, rating, disputed, rerated.notes),
        evidence={None: spans(counted), **rerated.evidence},
        basis={None: basis, **rerated.basis},
    )


def _inputs(
    work: _Work,
    context: CorrectionContext,
    opening: States,
    rating: Rating,
    disputed: Sequence[Dispute],
    corrections: Sequence[CorrectionNote],
) -> InvoiceInputs:
    """Write down everything that an invoice is computed from, besides the readings."""
    version, period = work.version, work.bill.period
    contract = version.contract
    return InvoiceInputs(
        contract=contract.contract,
        version_id=version.id,
        version_number=version.number,
        watermark=context.watermark,
        tzdata=TZDATA_VERSION,
        zone=contract.zone,
        period=Days(period.first, period.after_last),
        whole_period=Days(period.whole_first, period.whole_after_last),
        rules={
            charge.name: RuleRecord(rule=charge.rule.kind, arithmetic=charge.rule.arithmetic)
            for charge in contract.charges
        },
        supplier=contract.supplier,
        customer=contract.customer,
        payment_days=contract.settings.payment_days,
        segments=segment_records(work.bill),
        opening=opening,
        closing=rating.closing,
        index_values=index_value_records(rating.values),
        disputed=disputed_days(disputed),
        held_apart=context.held_apart(rating),
        corrections=tuple(corrections),
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
    work = _Work(contract_id, versions, billable(versions, InvoiceKind.PERIOD, period))
    watermark = take_watermark(session)
    (counted,) = count_all(session, [work.bill], watermark)
    return _draft(session, work, counted, _chunk(session, [work], watermark, now))


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
    watermark = take_watermark(session)
    own = [draft.row.contract_id]
    if any(touched.invoice_id == draft.row.id for touched in store.touched(session, own, watermark, issued=False)):
        raise DraftOutdated(f"{number} knows the readings up to batch {draft.row.watermark}, there are newer ones")
    if any(old.invoice_id == draft.row.id for old in store.outdated(session, own, issued=False)):
        raise DraftOutdated(f"{number} rests on terms, index values or disputes that have changed since")
    where = zone(draft.row.inputs.zone)
    store.give_numbers(session, [draft.row.id], now.astimezone(where).date())
    return store.billed(session, [draft.row.id])[0]


def _see_that_none_is_before(session: Session, draft: InvoiceRow) -> None:
    """See that a draft rests on no other one, which may still be made anew."""
    # text: of the record only whether a list in it is empty, and not all of it
    rows = session.execute(
        text("""
            select id, coalesce(inputs->'corrections', '[]') <> '[]' as corrects from invoice
            where contract_id = :contract and sequence is null and id < :id order by id"""),
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
            select invoice.id, inputs->>'zone' as zone
            from invoice
            where sequence is null and (
                -- of all work that begins with it the last, for an amendment may have moved the end
                select max(due_at) from due where due.tenant = invoice.tenant and due.kind = invoice.kind
                  and due.contract = invoice.contract_id and lower(due.period) = invoice.first) <= :due_by
            order by first, id for no key update of invoice skip locked limit :chunk
            """
        ),
        {"chunk": chunk, "due_by": due_by or now},
    ).all()
    if rows:
        today = max(now.astimezone(zone(row.zone)).date() for row in rows)
        store.give_numbers(session, [row.id for row in rows], today, issue_date)
    return [row.id for row in rows]


def refresh_drafts(session: Session, tenant: int) -> int:
    """Discard the drafts that rest on what has changed since, so that the next chunk makes them anew.

    Returns:
        How many.
    """
    watermark = take_watermark(session)
    drafts = select(col(InvoiceRow.id), col(InvoiceRow.contract_id)).where(col(InvoiceRow.sequence).is_(None))
    contract_of = dict(session.exec(drafts.with_for_update(key_share=True, skip_locked=True)).all())
    contract_ids = sorted(set(contract_of.values()))
    reached = {touched.invoice_id for touched in store.touched(session, contract_ids, watermark, issued=False)}
    reached |= {old.invoice_id for old in store.outdated(session, contract_ids, issued=False)}
    # What was made after a draft that is made anew is made anew too: it goes on from what the draft carries on, and
    # corrects what the draft has corrected already.
    first: dict[int, int] = {}
    for key in sorted(reached & contract_of.keys()):
        first.setdefault(contract_of[key], key)
    reached |= {key for key, contract_id in contract_of.items() if key > first.get(contract_id, key)}
    outdated = store.billed(session, reached & contract_of.keys())
    for draft in outdated:
        due_store.reopen(session, tenant, draft.row.contract_id, draft.row.kind, draft.row.first)
        store.discard(session, draft)
    return len(outdated)
