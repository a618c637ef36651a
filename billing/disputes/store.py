"""Disputes: raised by a party, accepted by the supplier, settled.

A charge is held apart over some days from the acceptance on, until it is due after all or waived; the rest of the bill
goes on. What a customer raises holds nothing back by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from sqlalchemy import ColumnElement, text, true
from sqlmodel import Session, col, select

from billing.disputes.dispute_query import ContractDisputeQuery, DisputeState
from billing.invoices.store import InvoiceKind
from billing.rating.disputed import Dispute, is_cut_by_disputes
from billing.rating.segments import segments
from billing.tables import DisputeRow, InvoiceLineRow, InvoiceRow
from contracts import store as contracts
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.indexation import store as index_store
from contracts.store import Version
from contracts.tables import ContractRow, PartyRow
from metering.log.list_page import Listing
from metering.tables import one_of, within_tenant
from metering.tenants.store import FourEyesLimit
from quantities.errors import Conflict, Invalid, NotFound
from quantities.listing import ListPage
from quantities.period import zone


class UnknownCharge(NotFound):
    """The contract has no charge of this name."""


class UnknownDispute(NotFound):
    """There is no dispute of that number here."""


class AlreadyAccepted(Conflict):
    """The dispute is already accepted."""


class AlreadySettled(Conflict):
    """The dispute is already settled."""


class WaiverWaits(Conflict):
    """The waiver waits for another person."""


class NoDays(Invalid):
    """The dispute's days end before they begin."""


class NothingToDispute(Invalid):
    """Some of the days are neither invoiced nor in a period that has begun."""


@dataclass(frozen=True, slots=True)
class KnownDispute:
    """A dispute with its state.

    Attributes:
        id: its number.
        contract_id: the contract's key.
        contract: its reference.
        dispute: what it is over.
        reason: why it was raised.
        raised_by: by whom.
        raised_at: when.
        accepted_by: who accepted it for the supplier; None while it waits, or was declined.
        accepted_at: when.
        waiver_by: the first of two who waive it.
        waiver_at: when.
        outcome: ``due`` or ``waived``; None while it is open.
        settled_by: by whom it was settled.
        settled_at: when.
    """

    id: int
    contract_id: int
    contract: str
    dispute: Dispute
    reason: str
    raised_by: str
    raised_at: datetime
    accepted_by: str | None
    accepted_at: datetime | None
    waiver_by: str | None
    waiver_at: datetime | None
    outcome: str | None
    settled_by: str | None
    settled_at: datetime | None

    @property
    def state(self) -> str:
        """Its state: ``raised``, ``accepted``, ``declined``, or settled as ``due`` or ``waived``."""
        if self.accepted_at is None:
            return "raised" if self.outcome is None else "declined"
        return self.outcome or "accepted"

    @property
    def for_customer(self) -> Self:
        """The dispute as its customer sees it: not what one of two would waive, before it is waived."""
        return self if self.outcome == "waived" else replace(self, waiver_by=None, waiver_at=None)

    @property
    def known_as(self) -> str:
        """What a rating keeps of it, once it is accepted: its number and its outcome."""
        return f"{self.id}:{self.outcome or 'open'}"

    def is_accepted(self, at: datetime) -> bool:
        """Tell whether it was accepted by an instant, whatever became of it since."""
        return self.accepted_at is not None and self.accepted_at <= at

    def leaves_out(self, rated_at: datetime) -> bool:
        """Tell whether its lines are left out of a bill.

        Waived ones are, for ever; while it is open, those of what was not billed yet when it was accepted. What was
        stays billed until it is settled.
        """
        if self.outcome is None:
            return self.is_accepted(rated_at)
        return self.outcome == "waived"


def raise_(
    session: Session,
    reference: str,
    charge: str,
    first: date,
    after_last: date,
    *,
    reason: str,
    by: str,
    at: datetime,
    accepted: bool,
) -> KnownDispute:
    """Dispute a charge over some days.

    Args:
        session: states the tenant, and the party where a customer disputes.
        reference: the contract.
        charge: one that a released version of it has.
        first: the first day. The days are of issued lines, or of periods that have begun and are not issued yet. A
            charge that is priced by days is disputed from any of them on; of any other a line is disputed as a whole.
        after_last: the day after the last one.
        reason: why.
        by: who says so.
        at: the instant.
        accepted: the supplier's own word, which holds the charge apart at once; otherwise it waits.

    Raises:
        UnknownContract: none of that name is visible here, or none of its versions is released.
        UnknownCharge: no version of it has the charge.
        NoDays: the days end before they begin.
        NothingToDispute: some of them are neither issued nor of a period that has begun.
    """
    versions = contracts.versions(session, reference, released_only=True)
    names = {named.name for version in versions for named in version.contract.charges}
    if charge not in names:
        raise UnknownCharge(f"{reference} has no charge {charge!r}", found=charge, expected=sorted(names))
    if first >= after_last:
        raise NoDays(f"{after_last} is not after {first}", found=str(after_last), expected=f"a day after {first}")
    first, after_last = _disputed_days(session, versions, charge, (first, after_last), at)
    row = DisputeRow(
        contract_id=versions[-1].contract_id,
        customer_id=versions[-1].customer_id,
        charge=charge,
        first=first,
        after_last=after_last,
        reason=reason,
        raised_by=by,
        raised_at=at,
        accepted_by=by if accepted else None,
        accepted_at=at if accepted else None,
    )
    session.add(row)
    session.flush()
    return _known(row, reference)


@dataclass(frozen=True, slots=True, order=True)
class _BilledDays:
    """The days of a line, issued or about to be, and whether some of them can be disputed without the others."""

    first: date
    after_last: date
    is_cut: bool


def _disputed_days(
    session: Session, versions: Sequence[Version], charge: str, stated: tuple[date, date], at: datetime
) -> tuple[date, date]:
    """Take stated days to those of the lines that cannot be cut, and see that all of them are billed."""
    billed = sorted([*_issued(session, versions, charge), *_not_issued(session, versions, charge, at)])
    met = [days for days in billed if days.first < stated[1] and stated[0] < days.after_last]
    reached = stated[0]
    for days in met:
        if days.first > reached:
            break
        reached = max(reached, days.after_last)
    if reached < stated[1]:
        expected = [f"{days.first}/{days.after_last}" for days in sorted(set(billed))[-12:]]
        raise NothingToDispute(f"{reached} is neither billed nor about to be", found=str(reached), expected=expected)
    whole = [days for days in met if not days.is_cut]
    return (
        min([stated[0], *(days.first for days in whole)]),
        max([stated[1], *(days.after_last for days in whole)]),
    )


def _issued(session: Session, versions: Sequence[Version], charge: str) -> Iterator[_BilledDays]:
    """Find the days of the lines of a charge that are issued."""
    statement = (
        select(col(InvoiceLineRow.service_first), col(InvoiceLineRow.service_after_last))
        .join(InvoiceRow, within_tenant(InvoiceRow.id, InvoiceLineRow.invoice_id))
        .where(InvoiceRow.contract_id == versions[-1].contract_id, col(InvoiceRow.voided_on).is_(None))
        .where(InvoiceLineRow.charge == charge)
        .distinct()
    )
    for first, after_last in session.exec(statement):
        version = in_force_on(versions, first) or versions[-1]
        yield _BilledDays(first, after_last, _is_cut(version.contract, charge))


def _is_cut(contract: Contract, name: str) -> bool:
    return any(is_cut_by_disputes(contract, charge) for charge in contract.charges if charge.name == name)


def _not_issued(session: Session, versions: Sequence[Version], charge: str, at: datetime) -> Iterator[_BilledDays]:
    """Cut the periods that have begun and are not issued yet into the days of a charge's lines."""
    contract = versions[-1].contract
    statement = select(col(InvoiceRow.first)).where(
        InvoiceRow.contract_id == versions[-1].contract_id,
        InvoiceRow.kind == InvoiceKind.PERIOD,
        col(InvoiceRow.voided_on).is_(None),
    )
    issued = set(session.exec(statement))
    lookup = index_store.lookup(session, index_store.indices_of(version.contract for version in versions))
    ahead = {False, any(charge in version.contract.names_in_advance for version in versions)}
    for period in contract.periods():
        if period.first > at.astimezone(zone(contract.zone)).date():
            return
        if period.first in issued:
            continue
        of_period = [segment for advance in ahead for segment in segments(versions, period, lookup, advance=advance)]
        for segment in (segment for segment in of_period if charge in segment.charges):
            is_cut = _is_cut(segment.contract, charge)
            yield _BilledDays(segment.period.first, segment.period.after_last, is_cut)


def accept(session: Session, number: int, *, by: str, at: datetime) -> KnownDispute:
    """Accept a dispute for the supplier: what is not billed yet of its charge and days is held apart from now on.

    Raises:
        UnknownDispute: there is none of that number.
        AlreadyAccepted: it is.
        AlreadySettled: it is.
    """
    row, reference = _open(session, number)
    if row.accepted_by is not None:
        detail = f"dispute {number} was accepted by {row.accepted_by}"
        raise AlreadyAccepted(detail, found=number, expected="one that nobody has accepted")
    row.accepted_by, row.accepted_at = by, at
    session.flush()
    return _known(row, reference)


def settle(session: Session, number: int, *, due: bool, by: str, at: datetime) -> KnownDispute:
    """Settle a dispute: the next bill of the contract carries what follows.

    One that was never accepted is declined, where it is due after all; where it is waived, it is accepted with that. A
    waiver is two people's of the supplier: whoever accepted it, or waived it first, and another.

    Raises:
        UnknownDispute: there is none of that number.
        AlreadySettled: it is.
        WaiverWaits: the same person has waived it first.
    """
    row, reference = _open(session, number)
    if not due and not session.execute(_MAY_WAIVE, {"number": number}).scalar_one():
        _refuse_own_waiver(number, row.waiver_by)
        row.waiver_by, row.waiver_at = by, at
        session.flush()
        return _known(row, reference)
    if not due and row.accepted_by is None:
        row.accepted_by, row.accepted_at = by, at
    row.outcome, row.settled_by, row.settled_at = "due" if due else "waived", by, at
    session.flush()
    return _known(row, reference)


def refuse_waiver(session: Session, known: KnownDispute) -> None:
    """Refuse whoever acts where the waiver of a dispute is not theirs to confirm.

    Raises:
        WaiverWaits: the same person has waived it first.
    """
    if not session.execute(_MAY_WAIVE, {"number": known.id}).scalar_one():
        _refuse_own_waiver(known.id, known.waiver_by)


def _refuse_own_waiver(number: int, waiver_by: str | None) -> None:
    if waiver_by is not None:
        detail = f"{waiver_by} has waived dispute {number} first: another of the supplier confirms it"
        raise WaiverWaits(detail, found=waiver_by, expected="another person")


# text: functions of the database, which the trigger on disputes asks as well
_MAY_WAIVE = text(
    """
    select not two_must_act(d.tenant) or waiver_is_seconded(d) or waiver_is_small(d) from dispute d where d.id = :number
    """
)


def _open(session: Session, number: int) -> tuple[DisputeRow, str]:
    chosen = _JOINED.where(DisputeRow.id == number).with_for_update(of=DisputeRow)
    stored = session.exec(chosen).one_or_none()
    if stored is None:
        raise UnknownDispute(f"there is no dispute {number} here", found=number)
    row, reference = stored
    if row.outcome is not None:
        settled = f"dispute {number} was settled by {row.settled_by}: {row.outcome}"
        detail = f"{settled}; what is disputed again is another dispute"
        raise AlreadySettled(detail, found=number, expected="one that is open")
    return row, reference


def why_two_waive(session: Session, known: KnownDispute, limit: FourEyesLimit) -> str:
    """Say why a tenant's limit does not let one person waive a dispute; empty where it does.

    Args:
        session: states the tenant, and sees all of its lines.
        known: the dispute.
        limit: the one that counts.
    """
    days = known.dispute
    asked = {"contract": known.contract_id, "charge": days.charge, "first": days.first, "after_last": days.after_last}
    row = session.execute(_BILLED, asked).one()
    allowed = f"the limit of {limit.amount:f} {limit.currency} does not apply"
    if row.first_unbilled is not None:
        return f"{allowed}: {row.first_unbilled} is not billed yet, so nobody knows what it comes to"
    if row.currencies != [limit.currency]:
        return f"{allowed}: its lines are in {', '.join(row.currencies)}"
    if abs(row.net) > limit.amount:
        return f"{allowed}: its lines come to {abs(row.net):f} {limit.currency}"
    return ""


# text: days as rows; what the database asks as well (waiver_is_small)
_BILLED = text(
    """
    with line as (
        select l.net, i.currency, l.service_first, l.service_after_last
        from invoice_line l join invoice i on i.tenant = l.tenant and i.id = l.invoice_id
        where i.contract_id = :contract and i.voided_on is null and l.charge = :charge
          and l.service_first < :after_last and l.service_after_last > :first)
    select (select sum(net) from line) as net,
           (select coalesce(array_agg(distinct currency), '{}') from line) as currencies,
           (select min(day)::date
            from generate_series(cast(:first as date), cast(:after_last as date) - 1, interval '1 day') day
            where not exists (select from line where service_first <= day and day < service_after_last)
           ) as first_unbilled
    """
)


def issued_of(session: Session, known: KnownDispute) -> list[str]:
    """Name the issued documents that have billed days of a dispute: there nothing is held apart until it is settled."""
    days = known.dispute
    statement = (
        select(InvoiceRow)
        .join(InvoiceLineRow, within_tenant(InvoiceLineRow.invoice_id, InvoiceRow.id))
        .where(InvoiceRow.contract_id == known.contract_id, col(InvoiceRow.sequence).is_not(None))
        .where(col(InvoiceRow.voided_on).is_(None))
        .where(InvoiceLineRow.charge == days.charge, col(InvoiceLineRow.service_first) < days.after_last)
        .where(col(InvoiceLineRow.service_after_last) > days.first)
        .order_by(col(InvoiceRow.first), col(InvoiceRow.id))
    )
    return list(dict.fromkeys(row.number or "" for row in session.exec(statement)))


def token(disputes: Iterable[KnownDispute], until: date) -> str:
    """Say which accepted disputes are over days up to one, and how they stand: news of them means another token."""
    return " ".join(
        known.known_as for known in disputes if known.accepted_at is not None and known.dispute.first < until
    )


def waiting(session: Session) -> list[KnownDispute]:
    """List the disputes that wait for the supplier's word, oldest first."""
    chosen = _JOINED.where(col(DisputeRow.accepted_by).is_(None), col(DisputeRow.outcome).is_(None))
    return [_known(row, reference) for row, reference in session.exec(chosen.order_by(col(DisputeRow.id)))]


def unsettled(session: Session) -> list[KnownDispute]:
    """List the disputes that are not settled, whether accepted or not, oldest first."""
    chosen = _JOINED.where(col(DisputeRow.outcome).is_(None)).order_by(col(DisputeRow.id))
    return [_known(row, reference) for row, reference in session.exec(chosen)]


def of_contracts(session: Session, contract_ids: Sequence[int]) -> list[KnownDispute]:
    """List the disputes of contracts, oldest first."""
    chosen = _JOINED.where(one_of(col(DisputeRow.contract_id), contract_ids)).order_by(col(DisputeRow.id))
    return [_known(row, reference) for row, reference in session.exec(chosen)]


def listed(session: Session, query: ContractDisputeQuery, contract_id: int | None = None) -> ListPage[KnownDispute]:
    """List disputes in pages, of one contract or of all, the oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    of_contract = () if contract_id is None else (col(DisputeRow.contract_id) == contract_id,)
    page = _LISTING.page(session, query, *of_contract)
    return page.of(tuple(_known(row[0], row[1]) for row in page.rows))


def _in_state(state: DisputeState) -> ColumnElement[bool]:
    """Set the condition of disputes in a state, as ``KnownDispute.state`` names it."""
    is_accepted, outcome = col(DisputeRow.accepted_at).is_not(None), col(DisputeRow.outcome)
    waived_once = col(DisputeRow.waiver_by).is_not(None)
    conditions: dict[DisputeState, ColumnElement[bool]] = {
        DisputeState.WAITING: (~is_accepted | waived_once) & outcome.is_(None),
        DisputeState.RAISED: ~is_accepted & outcome.is_(None),
        DisputeState.DECLINED: ~is_accepted & outcome.is_not(None),
        DisputeState.ACCEPTED: is_accepted & outcome.is_(None),
        DisputeState.ANY: true(),
    }
    return conditions.get(state, is_accepted & (outcome == state.value))


def _of_customer(name: str) -> ColumnElement[bool]:
    of_name = select(PartyRow.id).where(PartyRow.name == name).scalar_subquery()
    condition: ColumnElement[bool] = col(DisputeRow.customer_id) == of_name
    return condition


_JOINED = select(DisputeRow, col(ContractRow.reference)).join(
    ContractRow, within_tenant(ContractRow.id, DisputeRow.contract_id)
)


_LISTING = Listing(
    statement=_JOINED,
    key=col(DisputeRow.id),
    sorts={"dispute": col(DisputeRow.id)},
    filters={
        "state": _in_state,
        "charge": lambda name: col(DisputeRow.charge) == name,
        "contract": lambda reference: col(ContractRow.reference) == reference,
        "customer": _of_customer,
    },
    named="dispute",
)


def _known(row: DisputeRow, reference: str) -> KnownDispute:
    return KnownDispute(
        id=row.id,
        contract_id=row.contract_id,
        contract=reference,
        dispute=Dispute(row.charge, row.first, row.after_last),
        reason=row.reason,
        raised_by=row.raised_by,
        raised_at=row.raised_at,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
        waiver_by=row.waiver_by,
        waiver_at=row.waiver_at,
        outcome=row.outcome,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )
