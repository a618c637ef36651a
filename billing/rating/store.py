"""Rating with a database: what an invoice bills, what its registers counted, and whether it is fit to be billed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

from sqlmodel import Session

from billing.counting.assembly import BilledUsage
from billing.counting.store import count
from billing.invoices.store import InvoiceKind, StoredInvoice
from billing.rating.rating import Dispute, Rating, States, VersionSegment, in_advance, rate_stretches
from billing.tax import Tax, decide
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation.indexation import Lookup
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.fleet.store import registers
from metering.quality.validation.store import holding
from quantities.errors import Conflict, UsufructError
from quantities.period import Period

#: By charge, of one stretch.
Uses: TypeAlias = Mapping[str, BilledUsage]


@dataclass(frozen=True, slots=True)
class Billable:
    """What one invoice bills.

    Attributes:
        kind: a period, or the opening of a contract.
        period: which; of an opening, the first.
        stretches: its days by version, and those of the next period whose fees are due in advance.
        until: the day after the last one whose terms decide what it bills: that of the next period, which it may bill
            fees of.
    """

    kind: InvoiceKind
    period: BillingPeriod
    stretches: tuple[VersionSegment, ...]
    until: date


def billable(versions: Sequence[Version], kind: InvoiceKind, period: BillingPeriod) -> Billable:
    """Say what an invoice bills, as the versions known have it.

    A period is billed at its end, and with it the fees in advance of the next one; those of the first period are billed
    when the contract opens.

    Raises:
        UnknownContract: the contract had not begun.
    """
    newest = versions[-1].contract
    ahead = period if kind is InvoiceKind.OPENING else _following(newest, period)
    stretches: list[VersionSegment] = []
    if kind is InvoiceKind.PERIOD:
        stretches += _stretches(versions, period, advance=False)
    if ahead is not None:
        stretches += (each for each in _stretches(versions, ahead, advance=True) if each.charges)
    return Billable(kind, period, tuple(stretches), period.after_last if ahead is None else ahead.after_last)


def _following(contract: Contract, period: BillingPeriod) -> BillingPeriod | None:
    if contract.until is not None and period.after_last >= contract.until:
        return None
    return next((each for each in contract.periods() if each.first >= period.after_last), None)


def _stretches(versions: Sequence[Version], period: BillingPeriod, *, advance: bool) -> Iterator[VersionSegment]:
    inside = sorted(
        {each.contract.effective for each in versions if period.first < each.contract.effective < period.after_last}
    )
    edges = [period.first, *inside, period.after_last]
    for first, after_last in pairwise(edges):
        version = contracts.in_force(tuple(versions), first)
        part = period.meet(first, after_last)
        if part is None:
            continue
        ahead = in_advance(version.contract)
        names = ahead if advance else frozenset(each.name for each in version.contract.charges) - ahead
        yield VersionSegment(version.contract, version.number, version.id, part, names)


def count_all(session: Session, asked: Sequence[Billable], watermark: int) -> list[list[Uses] | UsufructError]:
    """Count what invoices bill, all in one go.

    Returns:
        For each of them its uses by stretch, or why they cannot be counted.
    """
    flat = [(each.contract, each.period, each.charges) for one in asked for each in one.stretches]
    counted = iter(count(session, flat, watermark))
    found: list[list[Uses] | UsufructError] = []
    for one in asked:
        of_one = [next(counted) for _ in one.stretches]
        fault = next((each for each in of_one if isinstance(each, UsufructError)), None)
        found.append(fault if fault is not None else [each for each in of_one if not isinstance(each, UsufructError)])
    return found


class QuestionableReadings(Conflict):
    """What is in question is billed once a person has verified it, or put another reading in its place."""


class ApprovalExpired(Conflict):
    """Readings are billed while the meter's approval lasts; afterwards it is approved anew, or exchanged."""


def fit_to_bill(
    session: Session, asked: Sequence[Billable], counted: Sequence[list[Uses] | UsufructError]
) -> list[list[Uses] | UsufructError]:
    """See that nothing that was counted waits for a person; what does is a reason to hold its bill.

    A recomputation does not ask: what was issued was fit then.

    Returns:
        For each invoice its uses, or why it is held.
    """
    found = list(counted)
    places = [
        (number, each)
        for number, of_one in enumerate(counted)
        if not isinstance(of_one, UsufructError)
        for of_stretch in of_one
        for use in of_stretch.values()
        for each in use.evidence
    ]
    keys = {each.register for _, each in places}
    known = registers(session, keys) if keys else {}
    in_question = holding(session, [(each.series, Period(each.use.first, each.use.last)) for _, each in places])
    for (number, each), reason in zip(places, in_question, strict=True):
        meter, last = known[each.register], asked[number].period.after_last - timedelta(days=1)
        if meter.approved_until is not None and meter.approved_until < last:
            found[number] = ApprovalExpired(
                f"{meter.meter} is approved until {meter.approved_until}", found=str(last), expected=meter.meter
            )
        elif each.use.questionable:
            found[number] = QuestionableReadings(f"{each.register}: {each.use.questionable} readings are questionable")
        elif reason is not None:
            found[number] = QuestionableReadings(reason)
    return found


def rate(
    bill: Billable,
    counted: list[Uses] | UsufructError,
    opening: States,
    lookup: Lookup,
    disputed: Iterable[Dispute] = (),
) -> Rating:
    """Rate what one invoice bills.

    Raises:
        UsufructError: it cannot be counted, rated or taxed; the reason is its own.
    """
    if isinstance(counted, UsufructError):
        raise counted
    return rate_stretches(bill.stretches, counted, opening, lookup, _taxed, disputed)


def _taxed(contract: Contract, tax_point: date) -> Tax:
    return decide(contract.supplier, contract.customer, tax_point)


def spans(counted: list[Uses] | UsufructError) -> tuple[tuple[int, Period], ...]:
    """Name the series and the instants that a rating rests on: its evidence."""
    if isinstance(counted, UsufructError):
        return ()
    return tuple(
        (each.series, Period(each.use.first, each.use.last))
        for of_stretch in counted
        for use in of_stretch.values()
        for each in use.evidence
    )


def as_billed(session: Session, invoice: StoredInvoice, versions: Sequence[Version] = ()) -> Billable:
    """Find what an invoice bills: by the versions that its inputs name, or by those that are known now.

    Args:
        session: states the tenant.
        invoice: as it was saved.
        versions: those known now, for a correction; none for a recomputation.
    """
    kind = InvoiceKind(invoice.row.kind)
    if versions:
        contract = versions[-1].contract
        if contract.until is not None and contract.until <= invoice.row.first:
            # An amendment has ended the contract before it.
            return Billable(kind, _own_period(invoice), (), invoice.row.after_last)
        return billable(versions, kind, contract.period_from(invoice.row.first) or _own_period(invoice))
    return stored_billable(session, invoice, invoice.row.inputs)


def stored_billable(session: Session, invoice: StoredInvoice, inputs: Mapping[str, Any]) -> Billable:
    """Find what an invoice billed by inputs that were stored: its own, or those of a later correction of it."""
    kind, stretches = InvoiceKind(invoice.row.kind), inputs.get("stretches")
    if stretches is None:  # before there were any, an invoice was of one version and one period
        own = invoice.row.inputs
        stretches = [{"version": invoice.row.version_id, "days": own["period"], "whole": own["whole_period"]}]
    of_stretches = tuple(_stored(session, each) for each in stretches)
    return Billable(kind, _own_period(invoice), of_stretches, invoice.row.after_last)


def _own_period(invoice: StoredInvoice) -> BillingPeriod:
    whole_first, whole_after_last = _days(str(invoice.row.inputs["whole_period"]))
    return BillingPeriod(invoice.row.first, invoice.row.after_last, whole_first, whole_after_last)


def _days(text: str) -> tuple[date, date]:
    first, _, after_last = text.partition("/")
    return date.fromisoformat(first), date.fromisoformat(after_last)


def _stored(session: Session, stretch: Mapping[str, Any]) -> VersionSegment:
    version = contracts.by_id(session, int(stretch["version"]))
    first, after_last = _days(str(stretch["days"]))
    whole_first, whole_after_last = _days(str(stretch["whole"]))
    period = BillingPeriod(first, after_last, whole_first, whole_after_last)
    names = stretch.get("charges", [each.name for each in version.contract.charges])
    return VersionSegment(version.contract, version.number, version.id, period, frozenset(names))


def shown(stretch: VersionSegment) -> dict[str, Any]:
    """Write a stretch down for an invoice's inputs."""
    period = stretch.period
    return {
        "version": stretch.version_id,
        "days": str(period),
        "whole": f"{period.whole_first}/{period.whole_after_last}",
        "charges": sorted(stretch.charges),
    }
