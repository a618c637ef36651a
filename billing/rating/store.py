"""Rating with a database: what an invoice bills, what its registers counted, and whether it is fit to be billed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from sqlmodel import Session

from billing.counting.assembly import BilledUsage, Evidence
from billing.counting.store import count
from billing.invoices.store import InvoiceKind, StoredInvoice
from billing.rating.completeness import IncompleteReadings, see_that_all_was_read
from billing.rating.disputed import Dispute
from billing.rating.rating import Rating, States, TaxedBy, rate_segments
from billing.rating.segments import VersionSegment, billed_elsewhere, segments
from billing.records.inputs import Days, RatingInputs, SegmentRecord
from billing.tax.decision import Deciding, Decision, Supply
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.indexation.lookup import Lookup
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.quality.validation.store import holding
from quantities.errors import Conflict, UsufructError
from quantities.period import Period
from quantities.values import value_class
from savings.unit_questions import UnitsInQuestion, require_known_units

#: By charge, of one segment.
Uses: TypeAlias = Mapping[str, BilledUsage]


@value_class(frozen=True, slots=True)
class Billable:
    """What one invoice bills.

    Attributes:
        kind: a period, or the opening of a contract.
        period: which; of an opening, the first.
        segments: its days by version, and those of the next period whose fees are due in advance.
        until: the day after the last one whose terms decide what it bills: that of the next period, which it may bill
            fees of.
        elsewhere: what another invoice bills of the same periods, where an amendment divides them: fees in advance, and
            what such a fee was before it became one, or is after it.
    """

    kind: InvoiceKind
    period: BillingPeriod
    segments: tuple[VersionSegment, ...]
    until: date
    elsewhere: tuple[VersionSegment, ...] = ()


def billable(
    versions: Sequence[Version],
    kind: InvoiceKind,
    period: BillingPeriod,
    lookup: Lookup | None = None,
    disputed: Sequence[Dispute] = (),
) -> Billable:
    """Say what an invoice bills, as the versions known have it.

    A period is billed at its end, and with it the fees in advance of the next one; those of the first period are billed
    when the contract opens.

    Args:
        versions: of the contract, released, oldest first.
        kind: of what it is.
        period: which; of an opening, the first.
        lookup: finds the value of an index: a charge whose price moves within the days is billed piece by piece.
            Without it, nothing is cut by moves.
        disputed: what is left out: a charge that is priced by days is billed and left out piece by piece.

    Raises:
        UnknownContract: the contract had not begun.
    """
    newest = versions[-1].contract
    billed_ahead = period if kind is InvoiceKind.OPENING else _following(newest, period)
    billed: list[VersionSegment] = []
    elsewhere: list[VersionSegment] = []
    if kind is InvoiceKind.PERIOD:
        billed += segments(versions, period, lookup, advance=False, disputed=disputed)
        elsewhere += billed_elsewhere(versions, period, advance=False)
    until = period.after_last if billed_ahead is None else billed_ahead.after_last
    has_fees = kind is InvoiceKind.OPENING or any(version.contract.names_in_advance for version in versions)
    if billed_ahead is None or not has_fees:
        return Billable(kind, period, tuple(billed), until, tuple(elsewhere))
    ahead = list(segments(versions, billed_ahead, lookup, advance=True, disputed=disputed))
    if any(segment.charges for segment in ahead):
        billed += ahead
        elsewhere += billed_elsewhere(versions, billed_ahead, advance=True)
    return Billable(kind, period, tuple(billed), until, tuple(elsewhere))


def _following(contract: Contract, period: BillingPeriod) -> BillingPeriod | None:
    if contract.until is not None and period.after_last >= contract.until:
        return None
    behind = contract.periods(since=period.after_last)
    return next((following for following in behind if following.first >= period.after_last), None)


def count_all(session: Session, bills: Sequence[Billable], watermark: int) -> list[list[Uses] | UsufructError]:
    """Count what invoices bill, all in one go.

    Returns:
        For each of them its uses by segment, or why they cannot be counted.
    """
    requests = [(segment.contract, segment.period, segment.charges) for bill in bills for segment in bill.segments]
    counted = iter(count(session, requests, watermark))
    results: list[list[Uses] | UsufructError] = []
    for bill in bills:
        of_bill = [next(counted) for _ in bill.segments]
        fault = next((uses for uses in of_bill if isinstance(uses, UsufructError)), None)
        results.append(
            fault if fault is not None else [uses for uses in of_bill if not isinstance(uses, UsufructError)]
        )
    return results


class QuestionableReadings(Conflict):
    """Readings of the period are in question."""


class ApprovalExpired(Conflict):
    """The meter's approval has expired."""


def fit_to_bill(
    session: Session, bills: Sequence[Billable], counted: Sequence[list[Uses] | UsufructError]
) -> list[list[Uses] | UsufructError]:
    """See that nothing that was counted waits for a person, and that all was read; what is not so holds its bill.

    A recomputation does not ask: what was issued was fit then.

    Returns:
        For each invoice its uses, or why it is held.
    """
    results = [_fit(bill, uses) for bill, uses in zip(bills, counted, strict=True)]
    places = [(number, evidence) for number, uses in enumerate(counted) for evidence in _evidence(uses)]
    spans = list(dict.fromkeys(_span(evidence) for _, evidence in places))  # several charges count one register
    reasons = dict(zip(spans, holding(session, spans), strict=True))
    for number, evidence in places:
        last, reason = bills[number].period.after_last - timedelta(days=1), reasons[_span(evidence)]
        questionable = evidence.use.questionable
        if evidence.approved_until is not None and evidence.approved_until < last:
            results[number] = ApprovalExpired(
                f"{evidence.meter} is approved until {evidence.approved_until}",
                place=evidence.meter,
                found=str(evidence.approved_until),
                expected=f"an approval until {last}",
            )
        elif questionable:
            results[number] = QuestionableReadings(f"{evidence.register}: {questionable} readings are questionable")
        elif reason is not None:
            results[number] = QuestionableReadings(reason)
    return results


def _fit(bill: Billable, counted: list[Uses] | UsufructError) -> list[Uses] | UsufructError:
    if isinstance(counted, UsufructError):
        return counted
    try:
        see_that_all_was_read(bill.segments, counted)
        see_that_units_are_known(counted)
    except (IncompleteReadings, UnitsInQuestion) as fault:
        return fault
    return counted


def see_that_units_are_known(counted: list[Uses] | UsufructError) -> None:
    """Hold what is billed or corrected of a saving whose units are in question.

    Raises:
        UnitsInQuestion: they are, and nobody has confirmed them.
    """
    for uses in () if isinstance(counted, UsufructError) else counted:
        for charge, usage in uses.items():
            require_known_units(f"{charge}: {usage.name}", usage.questions)


def rate(
    bill: Billable,
    counted: list[Uses] | UsufructError,
    opening: States,
    lookup: Lookup,
    taxed: TaxedBy,
    disputed: Iterable[Dispute] = (),
) -> Rating:
    """Rate what one invoice bills.

    Args:
        bill: what.
        counted: its uses, by segment; or why they cannot be counted.
        opening: what each charge carried out of the period before.
        lookup: finds the value of an index.
        taxed: how the supply of a charge is taxed at its tax point.
        disputed: what is held apart.

    Raises:
        UsufructError: it cannot be counted, rated or taxed; the reason is its own.
    """
    if isinstance(counted, UsufructError):
        raise counted
    return rate_segments(bill.segments, counted, opening, lookup, taxed, disputed, elsewhere=bill.elsewhere)


def taxed_by(deciding: Deciding) -> TaxedBy:
    """Tax the charges of contracts by what decides about supplies."""

    def taxed(contract: Contract, charge: Charge, tax_point: date) -> Decision:
        return deciding(Supply.of(contract, charge), tax_point)

    return taxed


def spans(counted: list[Uses] | UsufructError) -> tuple[tuple[int, Period], ...]:
    """Name the series and the instants that a rating rests on: its evidence."""
    return tuple(_span(evidence) for evidence in _evidence(counted))


def _evidence(counted: list[Uses] | UsufructError) -> Iterator[Evidence]:
    if isinstance(counted, UsufructError):
        return
    for uses in counted:
        for usage in uses.values():
            yield from usage.evidence


def _span(evidence: Evidence) -> tuple[int, Period]:
    return evidence.series, Period(evidence.use.first, evidence.use.last)


def as_billed(
    invoice: StoredInvoice,
    versions: Sequence[Version],
    lookup: Lookup,
    *,
    rated_until: date,
    due: date,
    disputed: Sequence[Dispute] = (),
) -> Billable:
    """Find what the period of an invoice comes to by the versions that are known now.

    Args:
        invoice: of the period, as it was saved.
        versions: of the contract.
        lookup: finds the value of an index.
        rated_until: the day after the last one that is rated already.
        due: a period that was prolonged is rated beyond that day once it has ended by this one.
        disputed: what is left out.
    """
    kind, own = InvoiceKind(invoice.row.kind), own_period(invoice)
    period = versions[-1].contract.period_from(own.first)
    if period is None:
        # An amendment has ended the contract before it, or so that its days are a part of the period before.
        return Billable(kind, own, (), own.after_last)
    if kind is InvoiceKind.PERIOD and rated_until < period.after_last and due < period.after_last:
        begun = period.meet(own.first, rated_until)
        if begun is not None:
            billed = tuple(segments(versions, begun, lookup, advance=False, disputed=disputed))
            elsewhere = tuple(billed_elsewhere(versions, period, advance=False))
            return Billable(kind, begun, billed, rated_until, elsewhere)
    return billable(versions, kind, period, lookup, disputed)


def stored_billable(invoice: StoredInvoice, inputs: RatingInputs, version_of: Callable[[int], Version]) -> Billable:
    """Find what a rating of an invoice's period billed, by segments that were stored.

    Args:
        invoice: of the period.
        inputs: of the rating.
        version_of: finds a version by its key.
    """
    billed, elsewhere = (
        tuple(_stored(version_of(segment.version_id), segment) for segment in records)
        for records in (inputs.segments, inputs.elsewhere)
    )
    own = own_period(invoice)
    return Billable(InvoiceKind(invoice.row.kind), own, billed, own.after_last, elsewhere)


def own_period(invoice: StoredInvoice) -> BillingPeriod:
    """Name the days of an invoice, and the whole period that they are part of."""
    return BillingPeriod(invoice.row.first, invoice.row.after_last, *invoice.row.inputs.whole_period)


def _stored(version: Version, segment: SegmentRecord) -> VersionSegment:
    names, contract = segment.charges, segment.terms(version.contract)
    if names is None:
        names = tuple(charge.name for charge in contract.charges)
    return VersionSegment(
        contract,
        version.number,
        version.id,
        segment.period,
        frozenset(names),
        lasts_until=segment.lasts_until,
        suspended=segment.suspended,
        piece_of=segment.piece_of,
    )


def segment_record(segment: VersionSegment) -> SegmentRecord:
    """Write a segment down for an invoice's inputs."""
    period = segment.period
    return SegmentRecord(
        version_id=segment.version_id,
        days=Days(period.first, period.after_last),
        whole=Days(period.whole_first, period.whole_after_last),
        charges=tuple(sorted(segment.charges)),
        lasts_until=segment.lasts_until,
        suspended=segment.suspended,
        piece_of=segment.piece_of,
    )
