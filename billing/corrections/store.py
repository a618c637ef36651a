"""Earlier invoices rated again, as of a watermark, against everything that was billed for them since.

What calls for it: readings that were changed, a version that came into force in a billed period, an index value that
was revised, a dispute that was settled. Where a period then closes in another state, those after it are rated again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache

from sqlmodel import Session

from billing.corrections.adjustment import ARITHMETIC, adjustments
from billing.credits.owed import known_credits, owed_credits
from billing.credits.still_billed import credit_notes
from billing.disputes import store as dispute_store
from billing.disputes.store import KnownDispute
from billing.invoices import store
from billing.invoices.document_tax import Issuing
from billing.invoices.invoice import Corrects, Line
from billing.invoices.made_out import MakingOut
from billing.rated.store import NewRating
from billing.rating.disputed import Dispute
from billing.rating.rating import Rating, States
from billing.rating.segments import VersionSegment
from billing.rating.store import (
    Billable,
    Uses,
    as_billed,
    count_all,
    rate,
    see_that_units_are_known,
    segment_record,
    stored_billable,
    taxed_by,
)
from billing.records.changes import BatchChange, Change, DisputeChange, FactChange, IndexChange, VersionChange
from billing.records.document_type import DocumentRules
from billing.records.index_value import IndexValueRecord
from billing.records.inputs import (
    Days,
    DisputedDays,
    HeldApartNote,
    RatingInputs,
    RuleRecord,
    SegmentRecord,
)
from billing.sources import recorder
from billing.sources.asked import SHIPPED, Asked, Changed, SourceName
from billing.sources.recorded_tables import RecordedTables
from billing.sources.recorder import RecordedLookup
from billing.tables import RatingRow
from billing.tax.decision import Deciding, decider
from billing.tax.document_rules import rules_with_sellers
from billing.tax.law_book import LawBook
from contracts import store as contracts
from contracts.continuing import as_written_by, same_states
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.indexation import store as indices
from contracts.indexation.lookup import IndexValue, Lookup
from contracts.indexation.store import StoredLookup
from contracts.parties import Party
from contracts.schedule import BillingPeriod
from contracts.sharing.owners import owner_stated, owners_of
from contracts.store import Version
from metering.deliveries import history
from quantities.arithmetic import added
from quantities.conversion import as_recorded
from quantities.errors import UsufructError
from quantities.period import TZDATA_VERSION, zone


@dataclass(frozen=True, slots=True)
class CorrectionContext:
    """What is known of a contract when its invoices are rated.

    Attributes:
        versions: of the contract, released, oldest first.
        disputes: of the contract.
        lookup: finds the value of an index.
        watermark: up to which batch the readings count.
        at: the instant of the run.
        book: the law of all places.
        making_out: what documents are made out by.
        deciding: how supplies are taxed by it.
    """

    versions: tuple[Version, ...]
    disputes: tuple[KnownDispute, ...]
    lookup: StoredLookup
    watermark: int
    at: datetime
    book: LawBook
    making_out: MakingOut
    deciding: Deciding = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "deciding", decider(self.book))

    @property
    def document_rules(self) -> DocumentRules:
        """By which rules what is issued now becomes documents: those of the issuer's country, today where it is."""
        contract = self.versions[-1].contract
        today = self.at.astimezone(zone(contract.zone)).date()
        return rules_with_sellers(self.book, contract.supplier, owners_of(self.versions), today)

    def disputed(self, rated_at: datetime) -> tuple[Dispute, ...]:
        """Name what is left out of a bill."""
        return tuple(known.dispute for known in self.disputes if known.leaves_out(rated_at))

    def held_apart(self, rating: Rating) -> tuple[HeldApartNote, ...]:
        """Describe the open disputes that leave lines out of a rating, each with the net amount of its lines."""
        notes = []
        for known in (known for known in self.disputes if known.state == "accepted"):
            lines = [line for line in rating.held_apart if known.dispute.covers(line)]
            if lines:
                notes.append(
                    HeldApartNote(
                        dispute=known.id,
                        charge=known.dispute.charge,
                        first=known.dispute.first,
                        after_last=known.dispute.after_last,
                        net=added(line.net for line in lines),
                        accepted_by=known.accepted_by,
                    )
                )
        return tuple(notes)

    def asked(
        self, bill: Billable, counted: list[Uses] | UsufructError, recorded: RecordedLookup, *, is_first: bool
    ) -> tuple[Asked, ...]:
        """Write down everything that a rating asked of its sources.

        Args:
            bill: what was rated.
            counted: its uses, by segment.
            recorded: through which its index values were found.
            is_first: what is accepted of disputes while a first rating is made is news to it; what was rated before
                leaves them out by the instant of its first rating.
        """
        contract_id = self.versions[-1].contract_id
        disputes = [known for known in self.disputes if not is_first or known.is_accepted(self.at)]
        uses = counted if not isinstance(counted, UsufructError) else []
        return recorder.once(
            (
                recorder.of_versions(contract_id, bill.until, contracts.token(self.versions, bill.until)),
                recorder.of_disputes(contract_id, bill.until, dispute_store.token(disputes, bill.until)),
                *recorder.of_indices(recorded),
                *recorder.of_segments(bill.segments, uses, self.watermark, self.deciding),
            )
        )

    def issuing(self, contract: Contract, period: BillingPeriod, owner: Party | None = None) -> Issuing:
        """Say by what a document of a period is totalled; of an owner, where it is issued in its name."""
        return Issuing(contract, period.after_last - timedelta(days=1), self.book, self.lookup, owner)

    def sellers(self, version: Version, period: BillingPeriod, lines: Sequence[Line]) -> dict[str, Issuing]:
        """Say by what documents in the names of others are totalled, by these names.

        Raises:
            IndexValueMissing: the rate of exchange of a tax point is not known yet.
        """
        issuing: dict[str, Issuing] = {}
        for name in sorted({line.seller for line in lines if line.seller}):
            owner = owner_stated(self.versions, name, version.number)
            issuing[name] = self.issuing(version.contract, period, owner)
            issuing[name].totalled([line for line in lines if line.seller == name])  # what is missing holds the work
        return issuing

    def due(self, contract: Contract) -> date:
        """Name the day after the last one of a period that may be billed by now."""
        today = self.at.astimezone(zone(contract.zone)).date()
        return today - timedelta(days=contract.settings.bill_after_days)


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a period is rated again.

    Attributes:
        changed: the answers that are other ones by now.
        first: the period's first day; None where it is the one at hand.
    """

    changed: tuple[Changed, ...] = ()
    first: date | None = None

    @property
    def batches(self) -> tuple[int, ...]:
        """The deliveries that changed its readings."""
        of_readings = [change.now for change in self.changed if change.question.source is SourceName.READINGS]
        return tuple(sorted({int(batch) for batches in of_readings for batch in batches.split(",")}))

    def changes(self, session: Session, context: CorrectionContext) -> tuple[Change, ...]:
        """Describe them: what changed, who recorded it, when and why."""
        versions, disputes = self._news(SourceName.VERSIONS), self._news(SourceName.DISPUTES)
        values = [int(key) for key in self._news(SourceName.INDEX) if key.isdecimal() and key != "0"]
        return (
            *batch_changes(session, self.batches),
            *(
                VersionChange(
                    version=version.number,
                    recorded_by=version.recorded_by,
                    recorded_at=version.recorded_at.isoformat(),
                    reason=version.contract.reason or None,
                )
                for version in context.versions
                if str(version.id) in versions
            ),
            *(IndexChange.model_validate(change) for change in indices.changes(session, values)),
            *(
                DisputeChange(
                    dispute=known.id,
                    outcome=known.outcome,
                    recorded_by=known.settled_by,
                    recorded_at=known.settled_at.isoformat() if known.settled_at else "",
                    reason=known.reason,
                )
                for known in context.disputes
                if known.outcome is not None and known.known_as in disputes
            ),
            *(
                FactChange(
                    fact=change.question.source.value,
                    about=change.question.about,
                    was=change.was,
                    now=change.now,
                )
                for change in self.changed
                if _is_fact(change)
            ),
        )

    def _news(self, source: SourceName) -> set[str]:
        """Name the keys that an answer has now and had not then."""
        news: set[str] = set()
        for change in self.changed:
            if change.question.source is source:
                news |= set(change.now.partition("|")[0].split()) - set(change.was.partition("|")[0].split())
        return news


def _is_fact(change: Changed) -> bool:
    """Tell whether a change is of what has no author: a declaration, a link, a table of the code."""
    source = change.question.source
    is_link = source is SourceName.INDEX and change.question.about == indices.LINKS
    return is_link or source in {SourceName.REGISTERS, *SHIPPED}


def batch_changes(session: Session, batches: Iterable[int]) -> tuple[BatchChange, ...]:
    """Describe deliveries that changed readings."""
    return tuple(BatchChange.model_validate(change) for change in history.describe_batches(session, batches))


@dataclass(slots=True)
class Rerating:
    """What rating earlier periods again came to.

    Attributes:
        lines: adjustments, in the order of the invoices that they correct.
        ratings: of each period that was rated again.
        closing: what the last period carries on now; None if none was rated again.
    """

    lines: list[Line] = field(default_factory=list)
    ratings: list[NewRating] = field(default_factory=list)
    closing: States | None = None


def rerate(
    session: Session,
    so_far: Sequence[store.StoredInvoice],
    known: Mapping[int, RatingRow],
    reasons: Mapping[int, Reasons],
    context: CorrectionContext,
    before: date | None = None,
) -> Rerating:
    """Rate a contract's earlier periods again, each for its own reasons or because an earlier one closes otherwise.

    Args:
        session: states the tenant.
        so_far: every document of the contract.
        known: the newest rating of each period, by the invoice of the period.
        reasons: by the invoice of the period.
        context: what is known now.
        before: the first day of the period at hand; later ones are not looked at. Without it, all are.

    Raises:
        UsufructError: a period can no longer be counted or rated.
    """
    outcome = Rerating()
    carried: States | None = None
    carried_until = date.max
    is_stateful = contracts.is_stateful(context.versions)
    last_changes: tuple[Change, ...] = ()
    issued = [
        invoice for invoice in so_far if invoice.row.id in known and (before is None or invoice.row.first <= before)
    ]
    periods = [known[invoice.row.id] for invoice in issued if invoice.row.kind == store.InvoiceKind.PERIOD]
    closings = {rating.after_last: rating for rating in periods} if is_stateful else {}
    for original in sorted(issued, key=lambda invoice: (invoice.row.first, invoice.row.id)):
        is_period, last = original.row.kind == store.InvoiceKind.PERIOD, known[original.row.id]
        if is_period and original.row.first > carried_until:  # what lies between is void, and not billed anew yet
            carried = outcome.closing = None
        goes_on = is_stateful and is_period and carried is not None
        if original.row.id not in reasons and not goes_on:
            continue
        if original.row.id not in reasons and _same_states(original, context.versions, carried, last.inputs.opening):
            carried = outcome.closing = None  # the one before closes as it did: what goes on from it stays
            continue
        opening: States = carried if goes_on and carried is not None else last.inputs.opening
        behind = closings.get(original.row.first)
        if is_period and carried is None and behind is not None and original.row.id in reasons:
            closing = known_closing(behind, context.versions)  # it may have been billed later than this one
            opening = opening if _same_states(original, context.versions, closing, opening) else closing
        why = reasons.get(original.row.id, Reasons())
        changes = why.changes(session, context) or last_changes
        recorded, disputed = RecordedLookup(context.lookup), context.disputed(original.row.created_at)
        bill = as_billed(
            original,
            context.versions,
            recorded,
            rated_until=last.after_last,
            due=context.due(context.versions[-1].contract),
            disputed=disputed,
        )
        (counted,) = count_all(session, [bill], context.watermark)
        see_that_units_are_known(counted)
        rating = rate(bill, counted, opening, recorded, taxed_by(context.deciding), disputed)
        outcome.lines += adjust(original, so_far, rating.lines, changes, rules=context.document_rules)
        outcome.ratings.append(
            NewRating(
                invoice_id=original.row.id,
                first=bill.period.first,
                after_last=bill.period.after_last,
                inputs=rating_inputs(
                    bill,
                    context,
                    opening,
                    rating,
                    disputed,
                    number=original.row.number,
                    batches=why.batches,
                    changes=changes,
                    credits_known=known_credits(original.row.id, so_far),
                ),
                asked=context.asked(bill, counted, recorded, is_first=False),
            )
        )
        if is_period:
            carried, carried_until, last_changes = rating.closing, bill.period.after_last, changes
            outcome.closing = rating.closing
    return outcome


def known_closing(rating: RatingRow, versions: Sequence[Version]) -> States:
    """Find what a rating's period carries on; a state of an earlier release is told whose it is, by its own version."""
    by_id = {version.id: version.contract for version in versions}
    last = rating.inputs.segments[-1].version_id if rating.inputs.segments else 0
    return as_written_by(by_id[last], rating.inputs.closing) if last in by_id else rating.inputs.closing


def _same_states(
    original: store.StoredInvoice, versions: tuple[Version, ...], carried: States | None, known: States
) -> bool:
    """Tell whether a period opens with what it opened with before, however both are written."""
    if carried is None or carried == known:
        return carried == known
    version = in_force_on(versions, original.row.first) or versions[-1]
    return same_states(version.contract, carried, known, original.row.first)


def rating_inputs(
    bill: Billable,
    context: CorrectionContext,
    opening: States,
    rating: Rating,
    disputed: Sequence[Dispute],
    *,
    number: str | None = None,
    batches: tuple[int, ...] = (),
    changes: tuple[Change, ...] | None = None,
    credits_known: tuple[int, ...] = (),
) -> RatingInputs:
    """Write down everything that a period was rated from, besides the readings.

    Args:
        bill: what was rated.
        context: what was known.
        opening: what charges carried into it.
        rating: what it came to.
        disputed: what is left out.
        number: of the invoice of the period, where it is rated again.
        batches: that called for it.
        changes: all that called for it; None of a first rating.
        credits_known: the numbers of the credit notes by hand that are known of the period.
    """
    contract = context.versions[-1].contract if not bill.segments else bill.segments[-1].contract
    return RatingInputs(
        tzdata=TZDATA_VERSION,
        whole_period=Days(bill.period.whole_first, bill.period.whole_after_last),
        rules={charge.name: _rule_record(charge.rule.kind, charge.rule.arithmetic) for charge in contract.charges},
        segments=segment_records(bill.segments),
        elsewhere=segment_records(bill.elsewhere),
        opening=opening,
        closing=rating.closing,
        index_values=index_value_records(rating.values),
        disputed=disputed_days(disputed),
        held_apart=context.held_apart(rating),
        number=number,
        batches=batches,
        changes=changes,
        adjusting=None if changes is None else ARITHMETIC,
        credits=credits_known,
    )


@cache
def _rule_record(kind: str, arithmetic: int) -> RuleRecord:
    return RuleRecord(rule=kind, arithmetic=arithmetic)


def segment_records(segments: Iterable[VersionSegment]) -> tuple[SegmentRecord, ...]:
    """Write down what is billed, by version."""
    return tuple(segment_record(segment) for segment in segments)


def index_value_records(values: Iterable[IndexValue]) -> tuple[IndexValueRecord, ...]:
    """Write down the index values that a rating rests on, each once."""
    return tuple(
        IndexValueRecord(
            index=value.index, month=value.month, value=value.value, provisional=value.provisional, id=value.id
        )
        for value in dict.fromkeys(values)
    )


def disputed_days(disputed: Iterable[Dispute]) -> tuple[DisputedDays, ...]:
    """Write down what a rating leaves out."""
    return tuple(DisputedDays(dispute.charge, dispute.first, dispute.after_last) for dispute in disputed)


def adjust(
    original: store.StoredInvoice,
    since: Iterable[store.StoredInvoice],
    owed: Sequence[Line],
    changes: Sequence[Change],
    arithmetic: int = ARITHMETIC,
    *,
    rules: DocumentRules | None = None,
) -> tuple[Line, ...]:
    """Bring what was billed for a period, by its documents and every adjustment since, to what is owed for it.

    Args:
        original: the first document of the period.
        since: every document of the contract, that one and those beside it included.
        owed: the period rated again; what credit notes by hand give back of it comes besides.
        changes: what changed since.
        arithmetic: by which a stored document was adjusted.
        rules: by which what is adjusted becomes documents.

    Returns:
        The adjustments; each names the document on which amounts of its nature were billed.
    """
    since = list(since)
    of_period = [invoice for invoice in since if invoice.work == original.row.id]
    own = [line for invoice in of_period for line in invoice.lines if line.corrects is None and line.proof.draw is None]
    adjusted = [
        line
        for invoice in since
        for line in invoice.lines
        if line.corrects is not None and line.corrects.invoice == original.row.id
    ]
    corrects = Corrects(original.row.id, original.row.number or "")
    billed = [*own, *adjusted]
    owed = [*owed, *owed_credits(original.row.id, since, owed, original.row.currency)]
    brought: list[Line] = []
    for seller in dict.fromkeys(line.seller for line in (*billed, *owed)):
        brought += adjustments(
            [line for line in billed if line.seller == seller],
            [line for line in owed if line.seller == seller],
            corrects,
            changes,
            arithmetic,
            takes_back_whole=rules is not None and rules.of(seller).correction.takes_back_whole,
            supplier=original.row.inputs.maker,
        )
    numbers: dict[object, str | None] = {}
    for invoice in of_period:
        for line in invoice.lines:
            if line.corrects is None:
                numbers |= dict.fromkeys(_names_of(line), invoice.row.number)
    for note in credit_notes(since):
        numbers |= {_names_of(line)[-1]: note.row.number for line in note.lines}
    sellers = {line.seller for line in own}
    return tuple(_naming(line, numbers, sellers) for line in brought)


def _names_of(line: Line) -> tuple[object, ...]:
    """By what the document of a line is found: by its seller and nature; and closer, by its key as well."""
    return (line.seller, line.nature.kind), (line.seller, line.nature.kind, line.key)


def _naming(line: Line, numbers: Mapping[object, str | None], sellers: Collection[str]) -> Line:
    """Let an adjustment name the document that billed its line; of a new line, the one with amounts of its nature.

    One in whose name nothing was sold so far has no document that it would correct.
    """
    widely, closely = _names_of(line)
    number = numbers.get(closely) or numbers.get(widely)
    if number is None and sellers and line.seller not in sellers:
        number = ""
    if number is None or line.corrects is None:
        return line
    return replace(line, corrects=replace(line.corrects, number=number))


def recompute(
    session: Session,
    original: store.StoredInvoice,
    rating: RatingRow,
    version_of: Callable[[int], Version],
    tables: RecordedTables,
    counted: list[Uses] | UsufructError | None = None,
) -> Rating:
    """Compute a period once more, from what one of its ratings was computed from.

    Args:
        session: states the tenant.
        original: the invoice of the period.
        rating: of the period.
        version_of: finds a version by its key, with the arithmetic that the rating was computed by.
        tables: what ships with the code, as the rating was answered.
        counted: its uses as of the rating's watermark, where they are known already.

    Raises:
        UsufructError: it can no longer be counted or rated.
    """
    inputs = rating.inputs
    bill = stored_billable(original, inputs, version_of)
    disputed = [Dispute(*days) for days in inputs.disputed]
    with as_recorded(tables.factors):
        if counted is None:
            (counted,) = count_all(session, [bill], rating.watermark)
        return rate(bill, counted, inputs.opening, _lookup_of(inputs.index_values), tables.taxed, disputed)


def _lookup_of(records: Iterable[IndexValueRecord]) -> Lookup:
    """Find index values as they were stored, so that an invoice computes the same for ever."""
    values = {
        (record.index, record.month): IndexValue(
            record.index, record.month, record.value, record.provisional, record.id
        )
        for record in records
    }
    return lambda index, month: values.get((index, month))
