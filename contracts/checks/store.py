"""Contracts checked with a database: against the declared fleet, the recorded indices and the versions before them."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session

from contracts.checks.amending import faults_of_amending
from contracts.checks.fleet import faults_against_fleet
from contracts.checks.salvage import replaced, salvage
from contracts.contract import Contract
from contracts.indexation.store import faults_of_indices
from metering.fleet.store import asset_names, registers
from quantities.document import Fault, FaultyDocument, parse


def faults_of(session: Session, contract: Contract, earlier: Sequence[Contract]) -> tuple[Fault, ...]:
    """Check a contract that does not contradict itself: all faults at once.

    Args:
        session: states the tenant.
        contract: the version to check.
        earlier: the versions before it, oldest first.
    """
    named = set(contract.registers)
    known = registers(session, named)
    if named - known.keys():
        known = registers(session)  # all of them, to find the nearest spelling
    declared = {key: stored.register for key, stored in known.items()}
    return (
        *faults_against_fleet(contract, declared, asset_names(session)),
        *faults_of_indices(session, contract),
        *faults_of_amending(earlier, contract),
    )


def further_faults(
    session: Session, document: Any, faults: Sequence[Fault], earlier_of: Callable[[str], Sequence[Contract]]
) -> list[Fault]:
    """Check what is left of a faulty document without its faulty parts.

    Args:
        session: states the tenant.
        document: as it was read.
        faults: those that are known.
        earlier_of: finds the versions of a contract by its reference, oldest first.

    Returns:
        The faults of the rest, with their places in the whole document.
    """
    rest, places = salvage(document, faults)
    try:
        contract = parse(Contract, rest)
    except FaultyDocument as further:
        known = {fault.path for fault in faults}
        in_place = (replaced(fault, places) for fault in further.faults)
        return [fault for fault in in_place if fault.path not in known and fault.code != "too_short"]
    return [replaced(fault, places) for fault in faults_of(session, contract, earlier_of(contract.contract))]
