"""Disputes as use cases: raised, accepted, settled, listed."""

from datetime import date, datetime

from sqlmodel import Session

from api.access.grants import see_machines
from api.audit.note import made
from api.server.database import as_product
from billing.disputes import store
from billing.disputes.dispute_query import ContractDisputeQuery, DisputeQuery, DisputeState
from billing.disputes.store import KnownDispute
from contracts import store as contracts
from metering.tenants import store as tenants
from metering.tenants.money import MoneyOperation
from quantities.listing import ListPage


def raise_dispute(
    session: Session,
    reference: str,
    charge: str,
    *,
    first: date,
    after_last: date,
    reason: str,
    who: str,
    at: datetime,
    accepted: bool,
) -> KnownDispute:
    """Dispute a charge of a contract over some days.

    Args:
        session: states the tenant, and the party where a customer disputes.
        reference: of the contract.
        charge: its name.
        first: the first day.
        after_last: the day after the last.
        reason: why.
        who: raises it.
        at: now.
        accepted: the supplier raises it, which holds the charge apart at once; a customer's dispute waits.

    Raises:
        UnknownContract: none of that name is visible here (others: ``billing.disputes.store.raise_``).
    """
    see_machines(session)
    raised = store.raise_(
        session, reference, charge, first, after_last, reason=reason, by=who, at=at, accepted=accepted
    )
    made(session, f"dispute {raised.id}")
    return raised


def accept_dispute(session: Session, number: int, *, who: str, at: datetime) -> KnownDispute:
    """Accept a customer's dispute for the supplier.

    Raises:
        UnknownDispute: there is none of that number.
        AlreadyAccepted: it was accepted before.
        AlreadySettled: it was settled before.
    """
    return store.accept(session, number, by=who, at=at)


def settle_dispute(session: Session, number: int, *, due: bool, who: str, at: datetime) -> KnownDispute:
    """Settle a dispute: the charge is due after all, or waived; one that waits is declined where it is due.

    Two people of the supplier waive: where the first does, it waits for another.

    Raises:
        UnknownDispute: there is none of that number.
        AlreadySettled: it was settled before.
        WaiverWaits: the same person has waived it first.
    """
    settled = store.settle(session, number, due=due, by=who, at=at)
    made(session, settled.outcome or "waived by one")
    return settled


def list_contract_disputes(
    session: Session, reference: str, query: ContractDisputeQuery, *, as_customer: bool = False
) -> ListPage[KnownDispute]:
    """List the disputes over a contract in pages, oldest first.

    Args:
        session: states the tenant, and the party where a customer asks.
        reference: of the contract.
        query: which of them.
        as_customer: a contract without a released version does not exist for a customer.

    Raises:
        UnknownContract: none of that name is visible here.
    """
    newest = contracts.versions(session, reference, released_only=as_customer)[-1]
    return _shown(store.listed(session, query, newest.contract_id), as_customer=as_customer)


def list_disputes(session: Session, query: DisputeQuery, *, as_customer: bool = False) -> ListPage[KnownDispute]:
    """List the disputes over all contracts in pages, oldest first: those that wait, unless it says otherwise.

    What waits is what the supplier has neither accepted nor settled. The supplier sees besides what one person has
    waived, and another confirms; a customer does not.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    if as_customer and query.state is DisputeState.WAITING:
        query = query.model_copy(update={"state": DisputeState.RAISED})
    return _shown(store.listed(session, query), as_customer=as_customer)


def why_two(session: Session, dispute: KnownDispute) -> str:
    """Say why a waiver waits for another person though there is a limit below which one is enough; else nothing."""
    if dispute.waiver_by is None or dispute.outcome is not None:
        return ""
    with as_product(session):  # whoever settles need not see the tenant's limits
        limit = tenants.limit_of(session, MoneyOperation.DISPUTE_WAIVED)
        return "" if limit is None else store.why_two_waive(session, dispute, limit)


def issued_documents(session: Session, dispute: KnownDispute) -> list[str]:
    """Name the issued documents with days of a dispute; nothing is held apart of them until it is settled."""
    return store.issued_of(session, dispute)


def _shown(listed: ListPage[KnownDispute], *, as_customer: bool) -> ListPage[KnownDispute]:
    return listed.of(tuple(dispute.for_customer for dispute in listed.rows)) if as_customer else listed
