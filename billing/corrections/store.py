"""Earlier invoices rated again, as of a watermark, against everything that was billed for them since.

What calls for it: readings that were changed, a version that came into force in a billed period, an index value that
was revised, a dispute that was settled. Where a period then closes in another state, those after it are rated again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from billing.corrections.adjustment import adjustments
from billing.disputes.store import KnownDispute
from billing.invoices import store
from billing.invoices.invoice import Corrects, Line
from billing.rating.rating import Dispute, Rating, States
from billing.rating.store import Billable, as_billed, count_all, rate, segment_record, spans, stored_billable
from billing.records.changes import BatchChange, Change, DisputeChange, IndexChange, VersionChange
from billing.records.inputs import (
    CorrectionNote,
    DisputedDays,
    HeldApartNote,
    IndexValueRecord,
    InvoiceInputs,
    SegmentRecord,
)
from contracts import store as contracts
from contracts.indexation import store as indices
from contracts.indexation.lookup import IndexValue, Lookup
from contracts.store import Version
from metering.deliveries import history
from quantities.arithmetic import added
from quantities.period import Period


@dataclass(frozen=True, slots=True)
class CorrectionContext:
    """What is known of a contract when its invoices are rated.

    Attributes:
        versions: of the contract, released, oldest first.
        disputes: of the contract.
        lookup: finds the value of an index.
        watermark: up to which batch the readings count.
        at: the instant of the run.
    """

    versions: tuple[Version, ...]
    disputes: tuple[KnownDispute, ...]
    lookup: Lookup
    watermark: int
    at: datetime

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

    def basis(self, bill: Billable, values: Iterable[int]) -> store.TermsSnapshot:
        """Say which versions, index values and disputes a rating rests on."""
        versions = tuple(version.id for version in self.versions)
        # by the instant of the run, as what it leaves out: what is accepted while it runs is news to the next one
        disputes = tuple(known.known_as for known in self.disputes if known.is_accepted(self.at))
        return store.TermsSnapshot(bill.until, versions, tuple(sorted(set(values))), disputes)


@dataclass(slots=True)
class Reasons:
    """Why an invoice is rated again: by number and key."""

    batches: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    index_values: tuple[int, ...] = ()
    disputes: tuple[int, ...] = ()

    def changes(self, session: Session, context: CorrectionContext) -> tuple[Change, ...]:
        """Describe them: what changed, who recorded it, when and why."""
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
                if version.id in self.versions
            ),
            *(IndexChange.model_validate(change) for change in indices.changes(session, self.index_values)),
            *(
                DisputeChange(
                    dispute=known.id,
                    outcome=known.outcome,
                    recorded_by=known.settled_by,
                    recorded_at=known.settled_at.isoformat() if known.settled_at else "",
                    reason=known.reason,
                )
                for known in context.disputes
                if known.id in self.disputes
            ),
        )


def batch_changes(session: Session, batches: Iterable[int]) -> tuple[BatchChange, ...]:
    """Describe deliveries that changed readings."""
    return tuple(BatchChange.model_validate(change) for change in history.describe_batches(session, batches))


@dataclass(slots=True)
class Rerating:
    """What rating earlier invoices again came to.

    Attributes:
        lines: adjustments, in the order of the invoices that they correct.
        notes: for each invoice rated again, from what it can be computed once more.
        evidence: for each of them.
        basis: for each of them.
        closing: what the last period carries on now; None if none was rated again.
    """

    lines: list[Line] = field(default_factory=list)
    notes: list[CorrectionNote] = field(default_factory=list)
    evidence: dict[int | None, tuple[tuple[int, Period], ...]] = field(default_factory=dict)
    basis: dict[int | None, store.TermsSnapshot] = field(default_factory=dict)
    closing: States | None = None


def rerate(
    session: Session,
    so_far: Sequence[store.StoredInvoice],
    reasons: Mapping[int, Reasons],
    context: CorrectionContext,
    before: date,
) -> Rerating:
    """Rate a contract's earlier invoices again, each for its own reasons or because an earlier one closes otherwise.

    Args:
        session: states the tenant.
        so_far: every invoice of the contract.
        reasons: by invoice.
        context: what is known now.
        before: the first day of the period at hand; later ones are not looked at.

    Raises:
        UsufructError: a period can no longer be counted or rated.
    """
    outcome = Rerating()
    carried: States | None = None
    is_stateful = contracts.is_stateful(context.versions)
    last_changes: tuple[Change, ...] = ()
    issued = [invoice for invoice in so_far if invoice.row.sequence is not None and invoice.row.first <= before]
    for original in sorted(issued, key=lambda invoice: (invoice.row.first, invoice.row.id)):
        is_period = original.row.kind == store.InvoiceKind.PERIOD
        goes_on = is_stateful and is_period and carried is not None
        if original.row.id not in reasons and not goes_on:
            continue
        known_opening = _opening(original, so_far)
        if original.row.id not in reasons and carried == known_opening:
            carried = outcome.closing = None  # the one before closes as it did: what goes on from it stays
            continue
        opening: States = carried if goes_on and carried is not None else known_opening
        why = reasons.get(original.row.id, Reasons())
        changes = why.changes(session, context) or last_changes
        bill = as_billed(session, original, context.versions)
        (counted,) = count_all(session, [bill], context.watermark)
        disputed = context.disputed(original.row.created_at)
        rating = rate(bill, counted, opening, context.lookup, disputed)
        outcome.lines += adjust(original, so_far, rating.lines, changes)
        outcome.evidence[original.row.id] = spans(counted)
        outcome.basis[original.row.id] = context.basis(bill, (value.id for value in rating.values))
        outcome.notes.append(
            CorrectionNote(
                invoice=original.row.id,
                number=original.row.number,
                batches=why.batches,
                changes=changes,
                segments=segment_records(bill),
                opening=opening,
                closing=rating.closing,
                index_values=index_value_records(rating.values),
                disputed=disputed_days(disputed),
            )
        )
        if is_period:
            carried, last_changes = rating.closing, changes
            outcome.closing = rating.closing
    return outcome


def segment_records(bill: Billable) -> tuple[SegmentRecord, ...]:
    """Write down what is billed, by version."""
    return tuple(segment_record(segment) for segment in bill.segments)


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
) -> tuple[Line, ...]:
    """Bring what was billed for an invoice, by itself and by every adjustment since, to what is owed for it."""
    own = [line for line in original.lines if line.corrects is None]
    adjusted = [
        line
        for invoice in since
        for line in invoice.lines
        if line.corrects is not None and line.corrects.invoice == original.row.id
    ]
    return adjustments([*own, *adjusted], owed, Corrects(original.row.id, original.row.number or ""), changes)


def recompute(
    session: Session, original: store.StoredInvoice, inputs: InvoiceInputs | CorrectionNote, watermark: int
) -> tuple[Line, ...]:
    """Compute an invoice's own lines once more, from inputs that were stored: its own, or a later correction's.

    Raises:
        UsufructError: it can no longer be counted or rated.
    """
    bill = stored_billable(session, original, inputs.segments or ())
    (counted,) = count_all(session, [bill], watermark)
    disputed = [Dispute(*days) for days in inputs.disputed or ()]
    return rate(bill, counted, inputs.opening or {}, _lookup_of(inputs.index_values or ()), disputed).lines


def _lookup_of(records: Iterable[IndexValueRecord]) -> Lookup:
    """Find index values as they were stored, so that an invoice computes the same for ever."""
    values = {
        (record.index, record.month): IndexValue(
            record.index, record.month, record.value, record.provisional, record.id
        )
        for record in records
    }
    return lambda index, month: values.get((index, month))


def _opening(original: store.StoredInvoice, so_far: Iterable[store.StoredInvoice]) -> States:
    """Find what a period opened with, as it was last rated."""
    openings = [
        note.opening
        for invoice in so_far
        for note in invoice.row.inputs.corrections
        if note.invoice == original.row.id and note.opening is not None
    ]
    return openings[-1] if openings else original.row.inputs.opening
