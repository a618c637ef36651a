"""Contracts checked and recorded as versions, many by a few statements; one is recorded as one of many."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from contracts.arithmetic import with_numbers_of
from contracts.checks.amending import faults_among
from contracts.checks.reading import ReadContract, read_contract
from contracts.checks.store import faults_of_all, faults_of_named
from contracts.contract import Contract
from contracts.parties import Party
from contracts.release.store import Releasing, may_release
from contracts.store import Version, life_digest, versions_of
from contracts.tables import ContractRow, ContractVersionRow, PartyRow
from metering.log.bulk_rows import insert_rows, rows_named
from quantities.document import Fault, FaultyDocument

#: Finds faults that are not seen from here: what nobody can bill.
FurtherFaults: TypeAlias = Callable[[Contract], Iterable[Fault]]


def _none(_: Contract) -> Iterable[Fault]:
    return ()


def check(session: Session, contract: Contract) -> tuple[Fault, ...]:
    """Check a contract against the fleet, the recorded indices and its own earlier versions: all faults at once."""
    return _read_and_checked(session, [ReadContract(contract)], _none)[0].faults


def read_checked(session: Session, document: Any, further: FurtherFaults = _none) -> Contract:
    """Read a contract's document, and check it as ``check`` does.

    Args:
        session: states the tenant.
        document: as it was read.
        further: finds further faults.

    Raises:
        FaultyDocument: with every fault: a malformed charge does not hide the faults of the others.
    """
    (checked,) = _read_and_checked(session, [read_contract(document)], further)
    if checked.contract is None or checked.faults:
        raise FaultyDocument(checked.faults)
    return checked.contract


def apply(session: Session, contract: Contract, *, recorded_by: str, recorded_at: datetime) -> Version:
    """Record a version of a contract; the first one makes the contract. The same terms again record nothing.

    It counts once another person has released it, or at once where the tenant has switched four eyes off.

    Raises:
        FaultyDocument: with every fault that ``check`` finds.
    """
    return apply_document(session, contract, recorded_by=recorded_by, recorded_at=recorded_at)


def apply_document(session: Session, document: Any, *, recorded_by: str, recorded_at: datetime) -> Version:
    """Record a version of a contract as ``apply`` does, of its document.

    Raises:
        FaultyDocument: with every fault that ``read_checked`` finds.
    """
    (recorded,) = apply_all(session, [document], recorded_by=recorded_by, recorded_at=recorded_at)
    if isinstance(recorded, FaultyDocument):
        raise recorded
    return recorded.version


@dataclass(frozen=True, slots=True)
class AppliedVersion:
    """A version of a contract, and whether it was recorded now: the same terms again record nothing."""

    version: Version
    is_new: bool


def apply_all(
    session: Session,
    documents: Sequence[Any],
    *,
    recorded_by: str,
    recorded_at: datetime,
    further: FurtherFaults = _none,
) -> list[AppliedVersion | FaultyDocument]:
    """Record versions of many contracts, as if one after the other.

    Args:
        session: states the tenant.
        documents: of contracts as they were read, or contracts.
        recorded_by: who records them.
        recorded_at: the instant of recording.
        further: finds further faults.

    Returns:
        For each document the version, or why it is refused; one that is refused keeps no other from being recorded.
    """
    results: list[AppliedVersion | FaultyDocument] = []
    for together in _of_different_contracts([read_contract(document) for document in documents]):
        checked = _read_and_checked(session, together, further)
        results += _apply_together(session, checked, recorded_by, recorded_at)
    return results


def one_at_a_time(session: Session) -> None:
    """Wait until nobody else records many contracts of the tenant; until the transaction ends, nobody else does.

    Two that record the same contracts in another order would otherwise wait for each other.
    """
    # text: a lock of a name, as elsewhere
    session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' contracts', 0))")
    )


@dataclass(frozen=True, slots=True)
class _Checked:
    """A contract that was checked.

    Attributes:
        contract: None where nothing is left of its document.
        faults: all of them.
        earlier: the versions recorded before it, oldest first.
    """

    contract: Contract | None
    faults: tuple[Fault, ...]
    earlier: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class _New:
    """A version that is to be written: its terms, and their JSON."""

    contract: Contract
    number: int
    terms: dict[str, Any]


def _of_different_contracts(documents: Sequence[ReadContract]) -> Iterator[list[ReadContract]]:
    """Divide documents where a contract comes again: what was recorded of it counts for the next version."""
    together: list[ReadContract] = []
    references: set[str] = set()
    for document in documents:
        reference = document.contract.contract if document.contract is not None else None
        if reference in references:
            yield together
            together, references = [], set()
        together.append(document)
        if reference is not None:
            references.add(reference)
    if together:
        yield together


def _read_and_checked(session: Session, documents: Sequence[ReadContract], further: FurtherFaults) -> list[_Checked]:
    contracts = [document.contract for document in documents if document.contract is not None]
    earlier = versions_of(session, [contract.contract for contract in contracts]) if contracts else {}
    versions = [earlier[contract.contract] for contract in contracts]
    of_contracts = iter(
        faults_of_all(session, [(contract, _terms(of)) for contract, of in zip(contracts, versions, strict=True)])
    )
    checked = []
    for document in documents:
        contract = document.contract
        unknown = tuple(faults_of_named(session, document.named)) if document.named else ()
        if contract is None:
            checked.append(_Checked(None, (*document.faults, *unknown)))
        else:
            faults = (*document.all_faults((*next(of_contracts), *further(contract))), *unknown)
            checked.append(_Checked(contract, faults, earlier[contract.contract]))
    return checked


def _apply_together(
    session: Session, checked: Sequence[_Checked], recorded_by: str, recorded_at: datetime
) -> list[AppliedVersion | FaultyDocument]:
    """Record versions of different contracts."""
    releasing = may_release(session, recorded_by, recorded_at)
    decided = [_decided(one, releasing) for one in checked]
    written = iter(_written(session, decided, checked, (recorded_by, recorded_at, releasing)))
    return [next(written) if isinstance(decision, _New) else decision for decision in decided]


def _decided(checked: _Checked, releasing: Releasing) -> _New | AppliedVersion | FaultyDocument:
    """Decide whether a contract is recorded, is there already, or is refused."""
    contract, earlier = checked.contract, checked.earlier
    if contract is None or checked.faults:
        return FaultyDocument(checked.faults)
    if earlier:
        contract = with_numbers_of(earlier[-1].contract, contract)
        if earlier[-1].contract == contract and _as_listed(earlier[-1].contract) == _as_listed(contract):
            return AppliedVersion(earlier[-1], is_new=False)
    released = [version.contract for version in earlier if version.released_by is not None]
    if releasing.by is not None and len(released) < len(earlier):  # of all of them it was checked already
        faults = tuple(faults_among(released, contract))
        if faults:
            return FaultyDocument(faults)
    return _New(contract, len(earlier) + 1, contract.model_dump(mode="json"))


def _written(
    session: Session,
    decided: Sequence[_New | AppliedVersion | FaultyDocument],
    checked: Sequence[_Checked],
    recording: tuple[str, datetime, Releasing],
) -> Iterator[AppliedVersion]:
    """Write what is new: parties, contracts and versions, each by one statement."""
    new = [
        (decision, one.earlier) for decision, one in zip(decided, checked, strict=True) if isinstance(decision, _New)
    ]
    if not new:
        return
    recorded_by, recorded_at, releasing = recording
    parties = _parties(session, [decision.contract for decision, _ in new])
    ids = _contracts(session, new, parties)
    rows: list[dict[str, Any]] = [
        {
            "contract_id": ids[decision.contract.contract],
            "customer_id": parties[decision.contract.customer.name],
            "number": decision.number,
            "effective": decision.contract.effective,
            "recorded_at": recorded_at,
            "recorded_by": recorded_by,
            "released_at": releasing.at,
            "released_by": releasing.by,
            "terms": decision.terms,
        }
        for decision, _ in new
    ]
    for key, row, (decision, earlier) in zip(insert_rows(session, ContractVersionRow, rows), rows, new, strict=True):
        version = Version(
            id=key,
            contract_id=row["contract_id"],
            supplier_id=earlier[0].supplier_id if earlier else parties[decision.contract.supplier.name],
            customer_id=earlier[0].customer_id if earlier else row["customer_id"],
            number=decision.number,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
            contract=decision.contract,
            released_at=releasing.at,
            released_by=releasing.by,
            life=life_digest(decision.terms),
        )
        yield AppliedVersion(version, is_new=True)


def _contracts(
    session: Session, new: Sequence[tuple[_New, Sequence[Version]]], parties: Mapping[str, int]
) -> dict[str, int]:
    """Find the keys of contracts by reference, and write those of which this is the first version."""
    first = [
        {
            "reference": decision.contract.contract,
            "supplier_id": parties[decision.contract.supplier.name],
            "customer_id": parties[decision.contract.customer.name],
        }
        for decision, earlier in new
        if not earlier
    ]
    made = insert_rows(session, ContractRow, first)
    known = {decision.contract.contract: earlier[0].contract_id for decision, earlier in new if earlier}
    return known | {str(row["reference"]): key for row, key in zip(first, made, strict=True)}


def _parties(session: Session, contracts: Sequence[Contract]) -> dict[str, int]:
    """Find the keys of the parties of contracts by name, their payees among them, and write those that are new."""
    named = (party.name for contract in contracts for party in _sides(contract))
    names = list(dict.fromkeys(named))  # as they are named, a supplier before its customer
    known = _known_parties(session, names)
    missing = [name for name in names if name not in known]
    if missing:
        # another who makes the same party at the same moment is waited for, and has made it then
        session.execute(insert(PartyRow).on_conflict_do_nothing(), [{"name": name} for name in missing])
        known |= _known_parties(session, missing)
    return known


def _sides(contract: Contract) -> Iterator[Party]:
    """List who is a party of a contract, or has documents by it."""
    yield from (contract.supplier, contract.customer)
    yield from () if contract.sharing is None else contract.sharing.payees


def _known_parties(session: Session, names: Iterable[str]) -> dict[str, int]:
    return {row["name"]: row["id"] for row in rows_named(session, PartyRow, "name", names, ("name", "id"))}


def _terms(versions: Sequence[Version]) -> list[Contract]:
    return [version.contract for version in versions]


def _as_listed(contract: Contract) -> list[tuple[object, ...]]:
    return [charge.as_listed for charge in contract.charges]
