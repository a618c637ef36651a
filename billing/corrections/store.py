"""Earlier invoices rated again, as of a watermark, against everything that was billed for them since.

What calls for it: readings that were changed, a version that came into force in a billed period, an index value that
was revised, a dispute that was settled. Where a period then closes in another state, those after it join the sweep.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from billing.corrections.adjustment import adjustments
from billing.disputes.store import KnownDispute
from billing.invoices import store
from billing.invoices.invoice import Corrects, Line
from billing.rating.rating import Dispute, Rating, States
from billing.rating.store import Billable, as_billed, count_all, rate, shown, spans, stored_billable
from contracts import store as contracts
from contracts.indexation import store as indices
from contracts.indexation.indexation import Lookup
from contracts.indexation.store import pinned, stored
from contracts.store import Version
from metering.deliveries import history
from quantities.arithmetic import added
from quantities.number import plain
from quantities.period import Period


@dataclass(frozen=True, slots=True)
class CorrectionContext:
    """What a sweep goes by.

    Attributes:
        versions: of the contract, released, oldest first.
        disputes: of the contract.
        lookup: finds the value of an index.
        mark: up to which batch the readings count.
        at: the instant of the run.
    """

    versions: tuple[Version, ...]
    disputes: tuple[KnownDispute, ...]
    lookup: Lookup
    watermark: int
    at: datetime

    def disputed(self, rated_at: datetime) -> tuple[Dispute, ...]:
        """Name what is left out of a bill."""
        return tuple(each.dispute for each in self.disputes if each.leaves_out(rated_at))

    def held_apart(self, rating: Rating) -> list[dict[str, Any]]:
        """Describe the open disputes that leave lines out of a rating, each with the net amount of its lines."""
        notes = []
        for known in (known for known in self.disputes if known.state == "accepted"):
            lines = [line for line in rating.held_apart if known.dispute.covers(line)]
            if lines:
                notes.append(
                    {
                        "dispute": known.id,
                        "charge": known.dispute.charge,
                        "first": str(known.dispute.first),
                        "after_last": str(known.dispute.after_last),
                        "net": plain(added(line.net for line in lines)),
                        "accepted_by": known.accepted_by,
                    }
                )
        return notes

    def basis(self, bill: Billable, values: Iterable[int]) -> store.TermsSnapshot:
        """Say what a rating knows."""
        versions = tuple(each.id for each in self.versions)
        # by the instant of the run, as what it leaves out: what is accepted while it runs is news to the next one
        marks = tuple(dispute.watermark for dispute in self.disputes if dispute.is_accepted(self.at))
        return store.TermsSnapshot(bill.until, versions, tuple(sorted(set(values))), marks)


@dataclass(slots=True)
class Reasons:
    """Why an invoice is rated again: by number and key."""

    batches: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    index_values: tuple[int, ...] = ()
    disputes: tuple[int, ...] = ()

    def changes(self, session: Session, known: CorrectionContext) -> list[dict[str, Any]]:
        """Describe them: what changed, who recorded it, when and why."""
        found = history.described(session, self.batches)
        for version in (each for each in known.versions if each.id in self.versions):
            found.append(
                {
                    "version": version.number,
                    "recorded_by": version.recorded_by,
                    "recorded_at": version.recorded_at.isoformat(),
                    **({"reason": version.contract.reason} if version.contract.reason else {}),
                }
            )
        found += indices.changes(session, self.index_values)
        for each in (each for each in known.disputes if each.id in self.disputes):
            found.append(
                {
                    "dispute": each.id,
                    "outcome": each.outcome,
                    "recorded_by": each.settled_by,
                    "recorded_at": each.settled_at.isoformat() if each.settled_at else "",
                    "reason": each.reason,
                }
            )
        return found


@dataclass(slots=True)
class Swept:
    """What a sweep found.

    Attributes:
        lines: adjustments, in the order of the invoices that they correct.
        notes: for each invoice rated again, from what it can be computed once more.
        evidence: for each of them.
        basis: for each of them.
        closing: what the last period carries on now; None if none was rated again.
    """

    lines: list[Line] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    evidence: dict[int | None, tuple[tuple[int, Period], ...]] = field(default_factory=dict)
    basis: dict[int | None, store.TermsSnapshot] = field(default_factory=dict)
    closing: States | None = None


def rerate(
    session: Session,
    so_far: Sequence[store.StoredInvoice],
    reasons: Mapping[int, Reasons],
    known: CorrectionContext,
    before: date,
) -> Swept:
    """Rate a contract's earlier invoices again, each for its own reasons or because an earlier one closes otherwise.

    Args:
        session: states the tenant.
        so_far: every invoice of the contract.
        reasons: by invoice.
        known: what is known now.
        before: the first day of the period at hand; later ones are none of its business.

    Raises:
        UsufructError: a period can no longer be counted or rated.
    """
    found = Swept()
    carried: dict[str, Any] | None = None
    is_stateful = contracts.remember(known.versions)
    last: list[dict[str, Any]] = []
    issued = [each for each in so_far if each.row.sequence is not None and each.row.first <= before]
    for original in sorted(issued, key=lambda each: (each.row.first, each.row.id)):
        is_period = original.row.kind == store.InvoiceKind.PERIOD
        joins = is_stateful and is_period and carried is not None
        if original.row.id not in reasons and not joins:
            continue
        known_opening = _opening(original, so_far)
        if original.row.id not in reasons and carried == known_opening:
            carried = found.closing = None  # the one before closes as it did: what goes on from it stays
            continue
        opening: States = carried if joins and carried is not None else known_opening
        why = reasons.get(original.row.id, Reasons())
        changes = why.changes(session, known) or last
        bill = as_billed(session, original, known.versions)
        (counted,) = count_all(session, [bill], known.watermark)
        disputed = known.disputed(original.row.created_at)
        rating = rate(bill, counted, opening, known.lookup, disputed)
        found.lines += adjust(original, so_far, rating.lines, changes)
        found.evidence[original.row.id] = spans(counted)
        found.basis[original.row.id] = known.basis(bill, (each.id for each in rating.values))
        found.notes.append(
            {
                "invoice": original.row.id,
                "number": original.row.number,
                "batches": list(why.batches),
                "changes": changes,
                **inputs_of(bill, opening, rating.closing, stored(rating.values), disputed),
            }
        )
        if is_period:
            carried, last = dict(rating.closing), changes
            found.closing = rating.closing
    return found


def inputs_of(
    bill: Billable, opening: States, closing: States, values: list[dict[str, object]], disputed: Iterable[Dispute]
) -> dict[str, Any]:
    """Write down what, besides the readings, a rating was computed from."""
    return {
        "stretches": [shown(each) for each in bill.stretches],
        "opening": dict(opening),
        "closing": dict(closing),
        "index": values,
        "disputed": [[each.charge, str(each.first), str(each.after_last)] for each in disputed],
    }


def adjust(
    original: store.StoredInvoice,
    since: Iterable[store.StoredInvoice],
    owed: Sequence[Line],
    changes: Sequence[Mapping[str, Any]],
) -> tuple[Line, ...]:
    """Bring what was billed for an invoice, by itself and by every adjustment since, to what is owed for it."""
    own = [line for line in original.lines if line.corrects is None]
    adjusted = [
        line
        for each in since
        for line in each.lines
        if line.corrects is not None and line.corrects.invoice == original.row.id
    ]
    return adjustments([*own, *adjusted], owed, Corrects(original.row.id, original.row.number or ""), changes)


def recompute(
    session: Session, original: store.StoredInvoice, inputs: Mapping[str, Any], watermark: int
) -> tuple[Line, ...]:
    """Compute an invoice's own lines once more, from inputs that were stored, its own or a later correction's.

    Raises:
        UsufructError: it can no longer be counted or rated.
    """
    bill = stored_billable(session, original, inputs)
    (counted,) = count_all(session, [bill], watermark)
    disputed = [
        Dispute(charge, date.fromisoformat(first), date.fromisoformat(after_last))
        for charge, first, after_last in inputs.get("disputed", [])
    ]
    return rate(bill, counted, inputs.get("opening", {}), pinned(inputs.get("index", [])), disputed).lines


def _opening(original: store.StoredInvoice, so_far: Iterable[store.StoredInvoice]) -> States:
    """Find what a period opened with, as it was last rated."""
    notes = (note for each in so_far for note in each.row.inputs.get("corrections", []))
    known = [note["opening"] for note in notes if note["invoice"] == original.row.id and "opening" in note]
    opening: States = known[-1] if known else original.row.inputs.get("opening", {})
    return opening
