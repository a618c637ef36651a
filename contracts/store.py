"""Rows ⇄ values of contracts: versions appended, the one in force on a day, as recorded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from contracts.checks.fleet import faults_against_fleet, faults_of_amending
from contracts.checks.salvage import replaced, salvage
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.indexation.store import faults_of_indices
from contracts.parties import Party
from contracts.release.store import Releasing, may_release
from contracts.tables import ContractRow, ContractVersionRow, PartyRow
from metering.deliveries.history import ReadRegister, read_registers
from metering.fleet.store import asset_names, registers
from quantities.document import Fault, FaultyDocument, parse
from quantities.errors import Conflict, NotFound

_NUMBER = text("contract_version.number")
_JOINED = select(ContractRow, ContractVersionRow).join(
    ContractVersionRow,
    ContractVersionRow.contract_id == ContractRow.id,  # type: ignore[arg-type]
)


class UnknownContract(NotFound):
    """There is no contract of that reference here."""


class AlreadyReleased(Conflict):
    """A version is released once; what changes afterwards is another version."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a contract, with its keys."""

    id: int
    contract_id: int
    supplier_id: int
    customer_id: int
    number: int
    recorded_at: datetime
    recorded_by: str
    contract: Contract
    released_at: datetime | None = None
    released_by: str | None = None


def check(session: Session, contract: Contract) -> tuple[Fault, ...]:
    """Check a contract against the fleet and against its own earlier versions: all faults at once."""
    named = set(contract.registers)
    known = registers(session, named)
    if named - known.keys():
        known = registers(session)  # all of them, to find the nearest spelling
    declared = {key: each.register for key, each in known.items()}
    faults = list(faults_against_fleet(contract, declared, asset_names(session)))
    faults += faults_of_indices(session, contract)
    earlier = _versions(session, contract.contract)
    if earlier:
        first, last = earlier[0].contract, earlier[-1].contract
        for name in ("supplier", "customer"):
            was, now = getattr(first, name).name, getattr(contract, name).name
            if was != now:
                faults.append(Fault(f"/{name}/name", "party-changed", "another party is another contract", now, was))
        for name in ("starts", "billing", "zone", "currency"):
            if getattr(first, name) != getattr(contract, name):
                detail = "an amendment keeps it; billed periods hang on it"
                faults.append(
                    Fault(f"/{name}", "fixed-term", detail, str(getattr(contract, name)), str(getattr(first, name)))
                )
        faults += faults_of_amending(last, contract)
        if contract.effective < last.effective:
            detail = "a version comes into force no earlier than the one before it"
            faults.append(Fault("/in_force_from", "out-of-order", detail, str(contract.effective), str(last.effective)))
    return tuple(faults)


def read_checked(session: Session, document: Any) -> Contract:
    """Read a contract's document, and check it against the fleet and its earlier versions.

    Raises:
        FaultyDocument: with every fault: a charge that is malformed does not hide what is wrong with the others.
    """
    try:
        contract = parse(Contract, document)
    except FaultyDocument as refusal:
        faults = list(refusal.faults)
        rest, places = salvage(document, faults)
        try:
            faults += (replaced(each, places) for each in check(session, parse(Contract, rest)))
        except FaultyDocument as further:
            known = {fault.path for fault in faults}
            found = (replaced(each, places) for each in further.faults)
            faults += (each for each in found if each.path not in known and each.code != "too_short")
        raise FaultyDocument(faults) from refusal
    faults = list(check(session, contract))
    if faults:
        raise FaultyDocument(faults)
    return contract


def apply(session: Session, contract: Contract, *, recorded_by: str, recorded_at: datetime) -> Version:
    """Record a version of a contract; the first one makes the contract. The same terms again record nothing.

    It counts once another person has released it, or at once where the tenant has switched four eyes off.

    Raises:
        FaultyDocument: with every fault that ``check`` finds.
    """
    faults = check(session, contract)
    if faults:
        raise FaultyDocument(faults)
    return _append(session, contract, recorded_by, recorded_at)


def apply_document(session: Session, document: Any, *, recorded_by: str, recorded_at: datetime) -> Version:
    """Record a version of a contract as ``apply`` does, of its document.

    Raises:
        FaultyDocument: with every fault that ``read_checked`` finds.
    """
    return _append(session, read_checked(session, document), recorded_by, recorded_at)


def _append(session: Session, contract: Contract, recorded_by: str, recorded_at: datetime) -> Version:
    supplier, customer = _party(session, contract.supplier), _party(session, contract.customer)
    row = session.exec(select(ContractRow).where(ContractRow.reference == contract.contract)).one_or_none()
    if row is None:
        row = ContractRow(reference=contract.contract, supplier_id=supplier, customer_id=customer)
        session.add(row)
        session.flush()
    earlier = _versions(session, contract.contract)
    if earlier and earlier[-1].contract == contract:
        return earlier[-1]
    at_once = may_release(session, recorded_by, recorded_at)
    version = ContractVersionRow(
        contract_id=row.id,
        customer_id=customer,
        number=len(earlier) + 1,
        effective=contract.effective,
        recorded_at=recorded_at,
        recorded_by=recorded_by,
        released_at=at_once.at,
        released_by=at_once.by,
        terms=contract.model_dump(mode="json"),
    )
    session.add(version)
    session.flush()
    return _value(row, version)


def release(session: Session, reference: str, release_of: Releasing, number: int | None = None) -> Version:
    """Release a version of a contract: it counts from then on, over the days that it says.

    Args:
        session: states the tenant.
        reference: the contract.
        release_of: who releases, and when.
        number: which version; the newest, unless it is said. Earlier ones that wait stay waiting.

    Raises:
        UnknownContract: none is visible here.
        OwnWork: whoever recorded it cannot release it.
        AlreadyReleased: it is.
    """
    found = [each for each in versions(session, reference) if number in (None, each.number)]
    if not found:
        raise UnknownContract(f"{reference} has no version {number}", found=str(number))
    version = found[-1]
    if version.released_by is not None:
        raise AlreadyReleased(f"version {version.number} of {reference} was released by {version.released_by}")
    release_of.check(version.recorded_by)
    row = session.exec(select(ContractVersionRow).where(ContractVersionRow.id == version.id)).one()
    row.released_by, row.released_at = release_of.by, release_of.at
    session.flush()
    return replace(version, released_by=release_of.by, released_at=release_of.at)


def unbilled(session: Session) -> tuple[ReadRegister, ...]:
    """List the registers that have readings and stand in no version of any contract: use is never silently free."""
    every_terms = session.exec(select(ContractVersionRow.terms))
    priced = {key for terms in every_terms for key in Contract.model_validate(terms).registers}
    return read_registers(session, besides=priced)


def latest(session: Session, reference: str) -> Version:
    """Find the newest version of a contract.

    Raises:
        UnknownContract: none is visible here.
    """
    return versions(session, reference)[-1]


def versions(session: Session, reference: str, *, released_only: bool = False) -> tuple[Version, ...]:
    """List the versions of a contract, oldest first.

    Args:
        session: states the tenant, and the party where a customer asks.
        reference: the contract.
        released_only: as a customer sees it: a contract without a released version does not exist.

    Raises:
        UnknownContract: none is visible here.
    """
    listed = _versions(session, reference, released_only=released_only)
    if not listed:
        raise UnknownContract(f"there is no contract {reference!r} here", found=reference)
    return listed


def newest(session: Session, *, released_only: bool = False) -> tuple[Version, ...]:
    """List the newest version of each contract that is visible here, in the order of their references.

    Args:
        session: states the tenant, and the party where a customer asks.
        released_only: as a customer sees it: the newest released version, and no contract without one.
    """
    statement = _chosen(released_only=released_only).order_by(text("contract.reference"), _NUMBER)
    rows = {row.id: (row, version) for row, version in session.exec(statement)}
    return tuple(_value(row, version) for row, version in rows.values())


def by_id(session: Session, version_id: int) -> Version:
    """Find one version by its key, as an invoice's inputs name it."""
    found = session.exec(_JOINED.where(ContractVersionRow.id == version_id)).one_or_none()
    if found is None:
        raise UnknownContract(f"there is no contract version {version_id} here")
    return _value(*found)


def of_contracts(session: Session, contract_ids: list[int] | None = None) -> dict[int, tuple[Version, ...]]:
    """Find the released versions of many contracts, by contract, oldest first; one without any is left out.

    Args:
        session: states the tenant, and the party where a customer asks.
        contract_ids: which contracts; all that are visible here, unless some are named.
    """
    chosen = _chosen(released_only=True)
    if contract_ids is not None:
        chosen = chosen.where(col(ContractVersionRow.contract_id).in_(contract_ids))
    statement = chosen.order_by(_NUMBER)
    found: dict[int, tuple[Version, ...]] = {}
    for row in session.exec(statement):
        value = _value(*row)
        found[value.contract_id] = (*found.get(value.contract_id, ()), value)
    return found


def remember(of_one: Iterable[Version]) -> bool:
    """Tell whether a contract's billing periods depend on those before them, by any of its versions."""
    return any(each.contract.is_stateful for each in of_one)


def in_force(of_one: tuple[Version, ...], on: date) -> Version:
    """Choose the version in force on a day: the newest recorded of those effective by then.

    Raises:
        UnknownContract: the contract had not begun.
    """
    version = in_force_on(of_one, on)
    if version is None:
        raise UnknownContract(f"no version is in force on {on}", found=str(on))
    return version


def _versions(session: Session, reference: str, *, released_only: bool = False) -> tuple[Version, ...]:
    statement = _chosen(released_only=released_only).where(ContractRow.reference == reference).order_by(_NUMBER)
    return tuple(_value(*row) for row in session.exec(statement))


def _chosen(*, released_only: bool) -> Select[ContractRow, ContractVersionRow]:
    return _JOINED.where(col(ContractVersionRow.released_by).is_not(None)) if released_only else _JOINED


def _value(row: ContractRow, version: ContractVersionRow) -> Version:
    return Version(
        version.id,
        row.id,
        row.supplier_id,
        row.customer_id,
        version.number,
        version.recorded_at,
        version.recorded_by,
        Contract.model_validate(version.terms),
        version.released_at,
        version.released_by,
    )


def _party(session: Session, party: Party) -> int:
    found = session.exec(select(PartyRow).where(PartyRow.name == party.name)).one_or_none()
    if found is None:
        found = PartyRow(name=party.name)
        session.add(found)
        session.flush()
    return found.id
