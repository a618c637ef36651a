"""Disputes: a charge held apart over some days, until it is due after all or waived; the rest of the bill goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from billing.rating import Dispute
from billing.tables import DisputeRow
from contracts import store as contracts
from metering.errors import Conflict, Invalid, NotFound


class UnknownCharge(NotFound):
    """A dispute is over a charge that the contract has."""


class UnknownDispute(NotFound):
    """There is no dispute of that number here."""


class AlreadySettled(Conflict):
    """A dispute is settled once; who disagrees raises another."""


class NoDays(Invalid):
    """A dispute is over at least one day."""


@dataclass(frozen=True, slots=True)
class KnownDispute:
    """A dispute as it stands.

    Attributes:
        id: its number.
        contract_id: the contract's key.
        dispute: what it is over.
        reason: why it was raised.
        raised_by: by whom.
        raised_at: when.
        outcome: ``due`` or ``waived``; None while it is open.
        settled_by: by whom it was settled.
        settled_at: when.
    """

    id: int
    contract_id: int
    dispute: Dispute
    reason: str
    raised_by: str
    raised_at: datetime
    outcome: str | None
    settled_by: str | None
    settled_at: datetime | None

    @property
    def mark(self) -> str:
        """What an invoice's basis remembers of it: itself, and how it stands."""
        return f"{self.id}:{self.outcome or 'open'}"

    def leaves_out(self, rated_at: datetime) -> bool:
        """Tell whether its lines are left out of a bill.

        Waived ones are, for ever; while it is open, those of what was not billed yet when it was raised. What was
        stays billed until it is settled.
        """
        return self.outcome == "waived" or (self.outcome is None and self.raised_at <= rated_at)


def raise_(
    session: Session, reference: str, charge: str, first: date, after_last: date, *, reason: str, by: str, at: datetime
) -> KnownDispute:
    """Hold a charge apart over some days.

    Raises:
        UnknownContract: none of that name is visible here.
        UnknownCharge: no version of it has the charge.
        NoDays: the days end before they start.
    """
    versions = contracts.versions(session, reference)
    names = {each.name for version in versions for each in version.contract.charges}
    if charge not in names:
        raise UnknownCharge(f"{reference} has no charge {charge!r}", found=charge, expected=sorted(names))
    if first >= after_last:
        raise NoDays(found=f"{first}/{after_last}")
    row = DisputeRow(
        contract_id=versions[-1].contract_id,
        customer_id=versions[-1].customer_id,
        charge=charge,
        first=first,
        after_last=after_last,
        reason=reason,
        raised_by=by,
        raised_at=at,
    )
    session.add(row)
    session.flush()
    return _known(row)


def settle(session: Session, number: int, *, due: bool, by: str, at: datetime) -> KnownDispute:
    """Settle a dispute: the next bill of the contract carries what follows.

    Raises:
        UnknownDispute: there is none of that number.
        AlreadySettled: it is.
    """
    row = session.exec(select(DisputeRow).where(DisputeRow.id == number)).one_or_none()
    if row is None:
        raise UnknownDispute(f"there is no dispute {number} here", found=number)
    if row.outcome is not None:
        raise AlreadySettled(f"dispute {number} was settled by {row.settled_by}: {row.outcome}", found=number)
    row.outcome, row.settled_by, row.settled_at = "due" if due else "waived", by, at
    session.flush()
    return _known(row)


def of_contracts(session: Session, contract_ids: Sequence[int]) -> list[KnownDispute]:
    """List the disputes of contracts, oldest first."""
    chosen = select(DisputeRow).where(DisputeRow.contract_id.in_(contract_ids))  # type: ignore[attr-defined]
    return [_known(row) for row in session.exec(chosen.order_by(DisputeRow.id))]  # type: ignore[arg-type]


def _known(row: DisputeRow) -> KnownDispute:
    names = ("reason", "raised_by", "raised_at", "outcome", "settled_by", "settled_at")
    what = Dispute(row.charge, row.first, row.after_last)
    return KnownDispute(row.id, row.contract_id, what, *(getattr(row, name) for name in names))
