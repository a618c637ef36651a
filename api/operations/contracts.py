"""Contracts as use cases: checked, recorded as versions, released by another person, listed; and use without any."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.operations.contract_check import CheckedContract, with_warnings
from contracts import store
from contracts.contract import Contract
from contracts.life import ContractState
from contracts.release.store import releasing
from contracts.store import Version
from metering.deliveries.history import RegisterWithReadings
from quantities.period import zone


def check(session: Session, document: Any) -> CheckedContract:
    """Find every fault of a contract, against the fleet and its earlier versions too; nothing is stored.

    Raises:
        FaultyDocument: with every fault.
    """
    contract = store.read_checked(session, document)
    return with_warnings(contract, store.recorded_terms(session, contract.contract))


def record(session: Session, document: Any, *, who: str, at: datetime) -> Version:
    """Record a contract, or its next version; the same terms again record nothing.

    It counts once another person has released it, or at once where the tenant has switched four eyes off.

    Args:
        session: states the tenant.
        document: the contract as it was read, or a ``Contract``.
        who: records it.
        at: the instant of recording.

    Raises:
        FaultyDocument: with every fault that ``check`` finds.
    """
    if isinstance(document, Contract):
        return store.apply(session, document, recorded_by=who, recorded_at=at)
    return store.apply_document(session, document, recorded_by=who, recorded_at=at)


def warnings_of(session: Session, version: Version) -> tuple[str, ...]:
    """List what a version leaves behind of the versions recorded before it, for whoever records it."""
    return tuple(str(caution) for caution in store.cautions_of(session, version))


def release(session: Session, reference: str, number: int | None = None, *, who: str, at: datetime) -> Version:
    """Release a version that another person recorded: from now on it counts, for the days that it states.

    Args:
        session: states the tenant.
        reference: the contract.
        number: which version; by default the newest.
        who: releases it.
        at: the instant of the release.

    Raises:
        UnknownContract: there is no such version.
        OwnWork: whoever recorded it cannot release it.
        AlreadyReleased: it is released already.
        FaultyDocument: it cannot go on from the version before it, of those that are released.
    """
    return store.release(session, reference, releasing(session, who, at), number)


def newest(session: Session, *, as_customer: bool = False) -> Sequence[Version]:
    """List the newest version of each contract, by reference; of those that are released alone, as a customer."""
    return store.newest(session, released_only=as_customer)


def versions(session: Session, reference: str, *, as_customer: bool = False) -> Sequence[Version]:
    """List the versions of a contract, oldest first; those that are released alone, as a customer.

    Raises:
        UnknownContract: none is visible here.
    """
    return store.versions(session, reference, released_only=as_customer)


def state_at(version: Version, at: datetime) -> ContractState:
    """Say which state of its life a contract is in on the local day of an instant."""
    return version.contract.state_on(at.astimezone(zone(version.contract.zone)).date())


def unbilled(session: Session) -> Sequence[RegisterWithReadings]:
    """List the registers that count and that no contract prices: use is never silently free."""
    return store.unbilled(session)
