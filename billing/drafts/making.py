"""Due work made into documents: counted, corrected, rated; nothing of it is saved or closed here.

count     one query for all registers of all contracts
correct   earlier periods of which something changed (billing/sources/sweep.py) are rated again, and the difference
goes onto this document, or onto one of its own where no period follows in time; what the last of them
now carries on is what this period opens with
wait      the invoice that closes a window of savings waits until its statement is agreed
rate      the core; a contract that cannot be rated is left with its reason, and the rest goes on
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
from sqlmodel import Session

from billing.advances.draw import DrawingDays, Drawn, OpenAdvance, draw
from billing.advances.store import Advances, open_advances
from billing.corrections.store import CorrectionContext, Reasons, Rerating, known_closing, rating_inputs, rerate
from billing.disputes import store as dispute_store
from billing.due.store import Due
from billing.invoices import store
from billing.invoices.document_tax import Issuing
from billing.invoices.invoice import Line
from billing.invoices.made_out import MakingOut
from billing.invoices.prepaid_by import draws_on_claims, numbers_of_claims
from billing.invoices.store import InvoiceKind
from billing.rated import store as rated
from billing.rated.store import NewRating, RatingHome
from billing.rating.rating import States
from billing.rating.store import Billable, Uses, billable, count_all, fit_to_bill, rate, taxed_by
from billing.records.inputs import Days, DocumentTax, InvoiceInputs
from billing.records.invoicing import InvoicingRecord
from billing.sources import store as sources
from billing.sources.recorder import RecordedLookup
from billing.statements.store import wait_for_statement
from billing.tables import RatingRow
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.indexation import store as index_store
from contracts.indexation.lookup import IndexValueMissing
from contracts.indexation.store import indices_of
from contracts.party_profiles.known_profiles import KnownProfiles
from contracts.party_profiles.store import known_profiles
from contracts.schedule import BillingPeriod
from contracts.sharing.owners import owners_of
from contracts.store import Version
from metering.log.transaction import watermark as take_watermark
from quantities.document import faults_of
from quantities.errors import Conflict, UsufructError
from quantities.period import midnight, zone
from quantities.terms import Terms


class NotYetAgreed(Conflict):
    """The contract is not signed, or not accepted yet."""


class EarlierPeriodOpen(Conflict):
    """An earlier period of the contract is not billed yet."""


class NotYetDue(Conflict):
    """The contract was prolonged, and the period has not ended yet."""


class PartBilled(Conflict):
    """A part of the period is billed already."""


class TermsDamaged(Conflict):
    """The stored terms of the contract have faults."""


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


def loaded(session: Session, contract_ids: list[int]) -> tuple[dict[int, tuple[Version, ...]], dict[int, Exception]]:
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
    versions, faults = loaded(session, contract_ids[:half])
    more_versions, more_faults = loaded(session, contract_ids[half:])
    return versions | more_versions, faults | more_faults


def due_at_of(contract: Contract, period: BillingPeriod) -> datetime:
    """Say from when on a period may be billed."""
    return midnight(period.after_last + timedelta(days=contract.settings.bill_after_days), zone(contract.zone))


@dataclass(slots=True)
class Made:
    """What due work came to.

    Attributes:
        drafts: the documents, with the work that each is of.
        done: the work that is done with them, also where it came to no document.
        corrected: the contracts of which all that was to be corrected is.
        gone: work of periods that a contract no longer has, because it was amended.
        held: work that waits for a person, and why.
        again: that nothing was found in periods which were rated again, to be kept.
    """

    drafts: list[tuple[Due, store.Draft]] = field(default_factory=list)
    done: list[Due] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    gone: list[Due] = field(default_factory=list)
    held: list[tuple[Due, Exception]] = field(default_factory=list)
    again: list[tuple[RatingHome, NewRating, int]] = field(default_factory=list)

    @contextmanager
    def holding(self, due: Due) -> Iterator[None]:
        """Hold work for whatever goes wrong inside, unless the database refuses: then the chunk is lost."""
        try:
            yield
        except (SQLAlchemyError, psycopg.Error):
            raise
        except Exception as fault:  # noqa: BLE001 a contract's fault, whatever it is, is that contract's alone
            self.held.append((due, fault))


def make(
    session: Session,
    work: Sequence[Due],
    now: datetime,
    due_by: datetime,
    *,
    issue_date: date | None = None,
    unswept: bool = False,
) -> Made:
    """Compute the documents of due work, as they would be issued now; what follows of it is the caller's.

    A fault of one contract holds that contract; what is raised fails all of them.

    Args:
        session: states the tenant.
        work: one of each contract; at least one.
        now: the instant.
        due_by: a period that by then has not ended, because its contract was prolonged, is held.
        issue_date: the date that they bear, where one is asked for.
        unswept: ask all ratings of the contracts what has changed, and not only those that a sweep has marked.
    """
    watermark = take_watermark(session)
    due_of = {due.contract_id: due for due in work}
    versions, faults = loaded(session, list(due_of))
    contexts = _contexts(session, versions, watermark, now, issue_date)
    made, begun = Made(), list[_Work]()
    for due in work:
        with made.holding(due):
            if due.contract_id in faults:
                raise faults[due.contract_id]
            known = versions[due.contract_id]
            if due.kind is not InvoiceKind.CORRECTION and known[-1].contract.period_from(due.first) is None:
                made.gone.append(due)
                continue
            begun.append(_work(due, contexts[due.contract_id], due_by))
    bills = [one.bill for one in begun if one.bill is not None]
    counted = iter(fit_to_bill(session, bills, count_all(session, bills, watermark)))
    uses_of = {one.contract_id: next(counted) for one in begun if one.bill is not None}
    chunk = _chunk(session, begun, contexts, watermark, unswept=unswept)
    for one in begun:
        due = due_of[one.contract_id]
        with made.holding(due):
            if one.bill is not None and one.bill.kind is InvoiceKind.PERIOD:
                wait_for_statement(session, one.versions, one.bill.period, watermark, now)
            draft = _draft(session, one, uses_of.get(one.contract_id, []), chunk, made)
            if draft is not None:
                made.drafts.append((due, draft))
            made.done.append(due)
            if _corrects_all(one, chunk.reasons.get(one.contract_id, {}).values()):
                made.corrected.append(one.contract_id)
    named = _naming_claims(session, [draft for _, draft in made.drafts])
    made.drafts = [(due, draft) for (due, _), draft in zip(made.drafts, named, strict=True)]
    made.held = [
        (due, index_store.as_it_stands(session, fault) if isinstance(fault, IndexValueMissing) else fault)
        for due, fault in made.held
    ]
    return made


def _corrects_all(work: _Work, reasons: Iterable[Reasons]) -> bool:
    """Tell whether a document corrects all that is stale: that of a period billed late corrects none after it."""
    return work.bill is None or all(
        reason.first is None or reason.first <= work.bill.period.first for reason in reasons
    )


@dataclass(frozen=True, slots=True)
class _PartBilled:
    """An invoice that begins with the period at hand, and ends before it does, because the contract was prolonged."""

    invoice_id: int
    refusal: PartBilled


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What a chunk's contracts have in common, and what is known of each."""

    contexts: Mapping[int, CorrectionContext]
    reasons: Mapping[int, Mapping[int, Reasons]]
    last: Mapping[int, RatingRow]
    part_billed: Mapping[int, _PartBilled]
    advances: Advances


def _profiles(session: Session, versions: Mapping[int, tuple[Version, ...]]) -> KnownProfiles:
    """Read the profiles of all sides of contracts, and of those in whose names they sell."""
    sides = {key for known in versions.values() for one in known for key in (one.supplier_id, one.customer_id)}
    owners = {name for known in versions.values() for name in owners_of(known)}
    return known_profiles(session, sides.union(store.party_keys(session, owners).values()))


def _contexts(
    session: Session,
    versions: Mapping[int, tuple[Version, ...]],
    watermark: int,
    now: datetime,
    issue_date: date | None = None,
) -> dict[int, CorrectionContext]:
    """Load for all contracts at once what is known of each now."""
    disputes = defaultdict(list)
    for dispute in dispute_store.of_contracts(session, list(versions)):
        disputes[dispute.contract_id].append(dispute)
    lookup = index_store.lookup(
        session, indices_of(version.contract for known in versions.values() for version in known)
    )
    book = law_book(session)
    making_out = MakingOut(now, _profiles(session, versions), issue_date)
    return {
        key: CorrectionContext(known, tuple(disputes[key]), lookup, watermark, now, book, making_out=making_out)
        for key, known in versions.items()
    }


def _chunk(
    session: Session,
    work: Sequence[_Work],
    contexts: Mapping[int, CorrectionContext],
    watermark: int,
    *,
    unswept: bool = False,
) -> _Chunk:
    """Load for all contracts at once what calls for corrections, what the last periods carry on, what is billed.

    Args:
        session: states the tenant.
        work: the contracts.
        contexts: what is known of each now.
        watermark: up to which batch readings count.
        unswept: ask all ratings of the contracts what has changed, and not only those that a sweep has marked.
    """
    stateful = {one.contract_id for one in work if contracts.is_stateful(one.versions)}
    firsts = {one.contract_id: one.bill.period.first for one in work if one.bill is not None}
    last = rated.before(session, {key: first for key, first in firsts.items() if key in stateful})
    reasons = _reasons(session, [one.contract_id for one in work], watermark, unswept=unswept)
    claiming = {
        one.contract_id
        for one in work
        if one.bill is not None and any(version.contract.spending is not None for version in one.versions)
    }
    return _Chunk(contexts, reasons, last, _part_billed(session, work), open_advances(session, claiming))


def _reasons(
    session: Session, contract_ids: Sequence[int], watermark: int, *, unswept: bool
) -> dict[int, dict[int, Reasons]]:
    """Say why periods of contracts are rated again: by contract, then by the invoice of the period."""
    marked = {stale.rating_id for stale in rated.stale(session, contract_ids)}
    if unswept:
        ratings = [row for known in rated.newest(session, contract_ids).values() for row in known.values()]
        changed = sources.changed(session, [row.id for row in ratings], watermark)
        ratings = [row for row in ratings if row.id in changed or row.id in marked]
    else:
        ratings = rated.of_keys(session, marked)
        changed = sources.changed(session, sorted(marked), watermark)
    reasons: dict[int, dict[int, Reasons]] = defaultdict(dict)
    for row in ratings:
        reasons[row.contract_id][row.invoice_id] = Reasons(changed.get(row.id, ()), row.first)
    return reasons


def _part_billed(session: Session, work: Sequence[_Work]) -> dict[int, _PartBilled]:
    """Find the contracts of which a period was rated that begins with the one at hand, and ends before it does."""
    bills = {one.contract_id: one.bill for one in work if one.bill is not None}
    # text: a join to four arrays of what is asked, each looked up by itself
    rows = session.execute(
        text("""
            select distinct on (r.invoice_id) due.contract as contract_id, i.id, i.number, r.first, r.after_last,
                   due.after_last as now_until
            from unnest(cast(:contracts as int[]), cast(:kinds as text[]), cast(:firsts as date[]),
                        cast(:after_lasts as date[])) due(contract, kind, first, after_last)
            cross join lateral (
                select tenant, id, number from invoice
                where contract_id = due.contract and first = due.first and kind = due.kind and voided_on is null
                offset 0) i
            join rating r on r.tenant = i.tenant and r.invoice_id = i.id
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
            PartBilled(
                f"{row.number or 'what came to nothing'} bills the days from {row.first} until {row.after_last}; "
                f"the period now lasts until {row.now_until}",
                found=str(row.after_last),
                expected=str(row.now_until),
            ),
        )
        for row in rows
    }


def _work(due: Due, context: CorrectionContext, due_by: datetime) -> _Work:
    versions, recorded = context.versions, RecordedLookup(context.lookup)
    contract = versions[-1].contract
    period = contract.period_from(due.first)
    if due.kind is InvoiceKind.CORRECTION or period is None:
        return _Work(due.contract_id, versions, None, recorded)
    due_at = due_at_of(contract, period)
    if due.kind is InvoiceKind.PERIOD and due_at > due_by:
        detail = f"{contract.contract}: the period from {due.first} now lasts until {period.after_last}"
        raise NotYetDue(detail, found=due_by.isoformat(), expected=due_at.isoformat())
    missing = contract.milestones.missing
    if missing is not None:
        raise NotYetAgreed(f"{contract.contract} is not {missing.value} yet", expected=missing.value)
    bill = billable(versions, due.kind, period, recorded, context.disputed(context.at))
    return _Work(due.contract_id, versions, bill, recorded)


def _draft(
    session: Session, work: _Work, counted: list[Uses] | UsufructError, chunk: _Chunk, made: Made
) -> store.Draft | None:
    """Compute the document of a contract's work; None where it is a correction that finds nothing."""
    reasons = dict(chunk.reasons.get(work.contract_id, {}))
    part_billed = chunk.part_billed.get(work.contract_id)
    if part_billed is not None:
        reasons.setdefault(part_billed.invoice_id, Reasons())
        work = replace(work, bill=None)
    if work.bill is None:
        return _correction(session, work, reasons, chunk, made)
    return _period_draft(session, work, work.bill, counted, reasons, chunk)


def _correction(
    session: Session, work: _Work, reasons: Mapping[int, Reasons], chunk: _Chunk, made: Made
) -> store.Draft | None:
    """Make a document of corrections alone; where they come to nothing, keep that they were looked for."""
    context = chunk.contexts[work.contract_id]
    rerated, newest = _rerated(session, work, reasons, context)
    if not rerated.lines:
        home = RatingHome(work.contract_id, work.version.customer_id, rests_on_id=newest)
        made.again += [(home, rating, context.watermark) for rating in rerated.ratings]
        return None
    first = min(rating.first for rating in rerated.ratings)
    after_last = max(rating.after_last for rating in rerated.ratings)
    version = in_force_on(work.versions, after_last - timedelta(days=1)) or work.versions[-1]
    period = BillingPeriod(first, after_last, first, after_last)
    totals, tax = context.issuing(version.contract, period).totalled(rerated.lines)
    sellers = context.sellers(version, period, rerated.lines)
    return store.Draft(
        kind=InvoiceKind.CORRECTION,
        version=version,
        period=period,
        lines=tuple(rerated.lines),
        totals=totals,
        watermark=context.watermark,
        inputs=_inputs(version, period, context, tax),
        ratings=tuple(rerated.ratings),
        sellers=sellers,
        made_out=_made_out(version, context, sellers),
    )


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
    ids = store.ids_of_contract(session, work.contract_id)
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
    rating = rate(bill, counted, opening, work.recorded, taxed_by(context.deciding), disputed)
    drawn = _drawn(work, bill, (*rating.lines, *rerated.lines), chunk)
    lines = (*rating.lines, *rerated.lines, *drawn.lines)
    own = NewRating(
        invoice_id=None,
        first=period.first,
        after_last=period.after_last,
        inputs=rating_inputs(bill, context, opening, rating, disputed),
        asked=context.asked(bill, counted, work.recorded, is_first=True),
    )
    totals, tax = context.issuing(contract, period).totalled(lines)
    sellers = context.sellers(work.version, period, lines)
    return store.Draft(
        kind=bill.kind,
        version=work.version,
        period=period,
        lines=lines,
        totals=totals,
        watermark=context.watermark,
        inputs=_inputs(work.version, period, context, tax).model_copy(update={"draws": drawn.records}),
        ratings=(own, *rerated.ratings),
        sellers=sellers,
        made_out=_made_out(work.version, context, sellers),
    )


def _drawn(work: _Work, bill: Billable, lines: Sequence[Line], chunk: _Chunk) -> Drawn:
    """Draw on what was claimed before; an opening draws nothing, for its period has its own document."""
    advances: Sequence[OpenAdvance] = chunk.advances.get(work.contract_id, ())
    if not advances or bill.kind is not InvoiceKind.PERIOD:
        return Drawn()
    newest, period = work.versions[-1].contract, bill.period
    today = chunk.contexts[work.contract_id].at.astimezone(zone(newest.zone)).date()
    is_last = newest.until is not None and newest.until <= period.after_last
    return draw(advances, lines, DrawingDays(period.first, period.after_last, today, is_last))


def _made_out(
    version: Version, context: CorrectionContext, sellers: Mapping[str, Issuing]
) -> dict[str, InvoicingRecord | None]:
    """Say how documents in the names of others are made out."""
    issuers = {name: issuing.issuer for name, issuing in sellers.items()}
    return context.making_out.of_sellers(version.contract, issuers)


def _inputs(
    version: Version, period: BillingPeriod, context: CorrectionContext, tax: DocumentTax | None
) -> InvoiceInputs:
    """Write down what a document is made of, besides its ratings."""
    contract = version.contract
    return InvoiceInputs(
        contract=contract.contract,
        version_id=version.id,
        version_number=version.number,
        watermark=context.watermark,
        zone=contract.zone,
        period=Days(period.first, period.after_last),
        whole_period=Days(period.whole_first, period.whole_after_last),
        supplier=contract.supplier,
        customer=contract.customer,
        payment_days=contract.settings.payment_days,
        documents=context.document_rules,
        tax=tax,
        cash_discount=contract.settings.cash_discount,
        invoicing=context.making_out.of_contract(contract, contract.supplier),
    )


def _naming_claims(session: Session, drafts: Sequence[store.Draft]) -> list[store.Draft]:
    """Let documents that draw on a prepayment name those that claimed it and are issued by now."""
    drawing = {draft.version.contract_id for draft in drafts if draws_on_claims(draft.lines)}
    if not drawing:
        return list(drafts)
    claims = store.prepayment_claims(session, drawing)
    named = []
    for draft in drafts:
        numbers = numbers_of_claims(draft.lines, claims.get(draft.version.contract_id, ()))
        inputs = draft.inputs.model_copy(update={"prepaid_by": numbers}) if numbers else draft.inputs
        named.append(replace(draft, inputs=inputs))
    return named


def preview(
    session: Session, contract_id: int, versions: tuple[Version, ...], period: BillingPeriod, now: datetime
) -> store.Draft:
    """Compute the draft that ``bill`` would make of a period now, corrections included, and save nothing.

    It does not wait for a savings statement, and does not ask whether the period is due, agreed or billed already.

    Raises:
        EarlierPeriodOpen: the period before is not billed yet, and the contract carries something on.
        PartBilled: an invoice bills only the first days, because the contract was prolonged since.
        UsufructError: it cannot be counted or rated; the reason is its own.
    """
    watermark = take_watermark(session)
    contexts = _contexts(session, {contract_id: versions}, watermark, now)
    context = contexts[contract_id]
    recorded = RecordedLookup(context.lookup)
    bill = billable(versions, InvoiceKind.PERIOD, period, recorded, context.disputed(now))
    work = _Work(contract_id, versions, bill, recorded)
    (counted,) = count_all(session, [bill], watermark)
    chunk = _chunk(session, [work], contexts, watermark, unswept=True)
    if contract_id in chunk.part_billed:
        raise chunk.part_billed[contract_id].refusal
    draft = _period_draft(session, work, bill, counted, chunk.reasons.get(contract_id, {}), chunk)
    return _naming_claims(session, [draft])[0]
