"""Rows ⇄ values of contracts: versions checked and recorded, released, listed, and the one in force on a day."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from contracts.arithmetic import with_numbers_of
from contracts.checks.amending import faults_among
from contracts.checks.store import faults_of, further_faults
from contracts.checks.warnings import Caution, amending_warnings
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.parties import Party
from contracts.release.store import Releasing, may_release
from contracts.tables import ContractRow, ContractVersionRow, PartyRow
from contracts.weights import by_name
from metering.deliveries.history import RegisterWithReadings, registers_with_readings
from quantities.document import Fault, FaultyDocument, parse
from quantities.errors import Conflict, NotFound

_NUMBER = col(ContractVersionRow.number)
_JOINED = select(ContractRow, ContractVersionRow).join(
    ContractVersionRow,
    ContractVersionRow.contract_id == ContractRow.id,  # type: ignore[arg-type]
)


class UnknownContract(NotFound):
    """There is no contract of that reference here."""


class AlreadyReleased(Conflict):
    """The version is already released."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a contract, with its keys; ``life`` is a digest of what divides its time into periods."""

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
    life: str = ""


def check(session: Session, contract: Contract) -> tuple[Fault, ...]:
    """Check a contract against the fleet, the recorded indices and its own earlier versions: all faults at once."""
    return faults_of(session, contract, _terms(_versions(session, contract.contract)))


def read_checked(session: Session, document: Any) -> Contract:
    """Read a contract's document, and check it as ``check`` does.

    Raises:
        FaultyDocument: with every fault: a malformed charge does not hide the faults of the others.
    """
    return _read_checked(session, document)[0]


def _read_checked(session: Session, document: Any) -> tuple[Contract, Sequence[Version]]:
    """Read and check a document: the contract, and the versions that are recorded of it."""
    try:
        contract = parse(Contract, document)
    except FaultyDocument as refusal:
        faults = further_faults(
            session, document, refusal.faults, lambda reference: _terms(_versions(session, reference))
        )
        raise FaultyDocument([*refusal.faults, *faults]) from refusal
    earlier = _versions(session, contract.contract)
    _refuse(faults_of(session, contract, _terms(earlier)))
    return contract, earlier


def cautions_of(session: Session, version: Version) -> tuple[Caution, ...]:
    """List what a version leaves behind of the versions recorded before it."""
    earlier = [other for other in _versions(session, version.contract.contract) if other.number < version.number]
    return tuple(amending_warnings(version.contract, _terms(earlier)))


def recorded_terms(session: Session, reference: str) -> list[Contract]:
    """List the terms of a contract's versions, oldest first; none of a contract that is not recorded."""
    return _terms(_versions(session, reference))


def _terms(versions: Sequence[Version]) -> list[Contract]:
    return [version.contract for version in versions]


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise FaultyDocument(faults)


def apply(session: Session, contract: Contract, *, recorded_by: str, recorded_at: datetime) -> Version:
    """Record a version of a contract; the first one makes the contract. The same terms again record nothing.

    It counts once another person has released it, or at once where the tenant has switched four eyes off.

    Raises:
        FaultyDocument: with every fault that ``check`` finds.
    """
    earlier = _versions(session, contract.contract)
    _refuse(faults_of(session, contract, _terms(earlier)))
    return _append(session, contract, earlier, recorded_by, recorded_at)


def apply_document(session: Session, document: Any, *, recorded_by: str, recorded_at: datetime) -> Version:
    """Record a version of a contract as ``apply`` does, of its document.

    Raises:
        FaultyDocument: with every fault that ``read_checked`` finds.
    """
    contract, earlier = _read_checked(session, document)
    return _append(session, contract, earlier, recorded_by, recorded_at)


def _append(
    session: Session, contract: Contract, earlier: Sequence[Version], recorded_by: str, recorded_at: datetime
) -> Version:
    supplier, customer = _party(session, contract.supplier), _party(session, contract.customer)
    row = session.exec(select(ContractRow).where(ContractRow.reference == contract.contract)).one_or_none()
    if row is None:
        row = ContractRow(reference=contract.contract, supplier_id=supplier, customer_id=customer)
        session.add(row)
        session.flush()
    if earlier:
        contract = with_numbers_of(earlier[-1].contract, contract)
    if earlier and earlier[-1].contract == contract and _as_listed(earlier[-1].contract) == _as_listed(contract):
        return earlier[-1]
    at_once = may_release(session, recorded_by, recorded_at)
    if at_once.by is not None:
        _refuse([*faults_among([version.contract for version in earlier if version.released_by is not None], contract)])
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
    """Release a version of a contract: from now on it counts, for the days that it states.

    Args:
        session: states the tenant.
        reference: the contract.
        release_of: who releases, and when.
        number: of the version; without it, the newest one. Earlier versions that wait go on waiting.

    Raises:
        UnknownContract: none is visible here.
        OwnWork: the same person has recorded it.
        AlreadyReleased: it is released already.
        FaultyDocument: a charge cannot go on from what the version before carries, of those that are released; or one
            of the version after it cannot go on from this one.
    """
    numbered = [version for version in versions(session, reference) if number in (None, version.number)]
    if not numbered:
        raise UnknownContract(f"{reference} has no version {number}", found=str(number))
    version = numbered[-1]
    if version.released_by is not None:
        raise AlreadyReleased(f"version {version.number} of {reference} was released by {version.released_by}")
    release_of.check(version.recorded_by)
    released = [other for other in versions(session, reference) if other.released_by is not None]
    earlier, later = (
        [other.contract for other in released if (other.number > version.number) is is_later]
        for is_later in (False, True)
    )
    _refuse([*faults_among(earlier, version.contract, later)])
    row = session.exec(select(ContractVersionRow).where(ContractVersionRow.id == version.id)).one()
    row.released_by, row.released_at = release_of.by, release_of.at
    session.flush()
    return replace(version, released_by=release_of.by, released_at=release_of.at)


def unbilled(session: Session) -> tuple[RegisterWithReadings, ...]:
    """List the registers with readings that no version of any contract prices: use is never silently free."""
    all_terms = session.exec(select(ContractVersionRow.terms))
    priced = {key for terms in all_terms for key in Contract.model_validate(terms).registers}
    return registers_with_readings(session, besides=priced)


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
    statement = _chosen(released_only=released_only).order_by(col(ContractRow.reference), _NUMBER)
    rows = {row.id: (row, version) for row, version in session.exec(statement)}
    return tuple(_value(row, version) for row, version in rows.values())


def by_id(session: Session, version_id: int) -> Version:
    """Find a version by its key, as an invoice's inputs name it.

    Raises:
        UnknownContract: none with this key is visible here.
    """
    rows = session.exec(_JOINED.where(ContractVersionRow.id == version_id)).one_or_none()
    if rows is None:
        raise UnknownContract(f"there is no contract version {version_id} here")
    return _value(*rows)


def of_contracts(session: Session, contract_ids: list[int] | None = None) -> dict[int, tuple[Version, ...]]:
    """Find the released versions of many contracts, by contract, oldest first; a contract without any is left out.

    Args:
        session: states the tenant, and the party where a customer asks.
        contract_ids: of the contracts; without them, all that are visible here.
    """
    chosen = _chosen(released_only=True)
    if contract_ids is not None:
        chosen = chosen.where(col(ContractVersionRow.contract_id).in_(contract_ids))
    statement = chosen.order_by(_NUMBER)
    by_contract: dict[int, tuple[Version, ...]] = {}
    for row in session.exec(statement):
        version = _value(*row)
        by_contract[version.contract_id] = (*by_contract.get(version.contract_id, ()), version)
    return by_contract


def is_stateful(versions: Iterable[Version]) -> bool:
    """Tell whether a contract's billing periods depend on those before them, by any of its versions."""
    return any(version.contract.is_stateful for version in versions)


def token(versions: Iterable[Version], until: date) -> str:
    """Say which released versions of a contract decide its days up to one: another answer means another token.

    Versions in force by then count by their keys; of later ones the newest alone, by the life that it states, which
    divides earlier days as well.
    """
    return _token([(version.id, version.contract.effective, version.life) for version in versions], until)


def _token(released: Sequence[tuple[int, date, str]], until: date) -> str:
    keys = " ".join(str(version_id) for version_id, effective, _ in released if effective < until)
    return f"{keys} | {released[-1][2]}" if released else ""


def keys_of_token(token_: str) -> tuple[int, ...]:
    """Read the keys of the versions that decide the days of a token, in the order of their numbers."""
    return tuple(int(version_id) for version_id in token_.partition(" | ")[0].split())


def tokens(session: Session, asked: Collection[tuple[int, date]]) -> dict[tuple[int, date], str]:
    """Answer as ``token`` does, as of now, for contracts and days; terms that are damaged are an answer like others."""
    released: dict[int, list[tuple[int, date, str]]] = defaultdict(list)
    chosen = select(ContractVersionRow).where(
        col(ContractVersionRow.contract_id).in_({contract_id for contract_id, _ in asked}),
        col(ContractVersionRow.released_by).is_not(None),
    )
    for row in session.exec(chosen.order_by(_NUMBER)):
        released[row.contract_id].append((row.id, row.effective, _life(row.terms)))
    return {(contract_id, until): _token(released[contract_id], until) for contract_id, until in asked}


def in_force(versions: tuple[Version, ...], on: date) -> Version:
    """Choose a contract's version in force on a day: the newest recorded of those effective by then.

    Raises:
        UnknownContract: the contract had not begun.
    """
    version = in_force_on(versions, on)
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
        id=version.id,
        contract_id=row.id,
        supplier_id=row.supplier_id,
        customer_id=row.customer_id,
        number=version.number,
        recorded_at=version.recorded_at,
        recorded_by=version.recorded_by,
        contract=_kept(json.dumps(version.terms)),
        released_at=version.released_at,
        released_by=version.released_by,
        life=_life(version.terms),
    )


@lru_cache(maxsize=1024)  # a version is asked for by each look, tick and run; what differs in one character is another
def _kept(terms: str) -> Contract:
    return stored_contract(json.loads(terms))


def stored_contract(terms: Any) -> Contract:
    """Read the terms of a recorded version: what was stored without a number of its arithmetic goes on with 1.

    Raises:
        pydantic.ValidationError: they are damaged.
    """
    if not isinstance(terms, dict) or not isinstance(terms.get("charges"), list):
        return Contract.model_validate(terms)
    charges = [_with_number(charge) for charge in terms["charges"]]
    settings = terms.get("settings", {})
    numbered = {"arithmetic": 1} | settings if isinstance(settings, dict) else settings
    return Contract.model_validate(terms | {"charges": charges, "settings": numbered})


def _with_number(charge: Any) -> Any:
    if not isinstance(charge, dict):
        return charge
    included, index = charge.get("included"), charge.get("index")
    numbered = {"included": {"arithmetic": 1} | included} if isinstance(included, dict) else {}
    clause = index.get("clause") if isinstance(index, dict) else None
    if isinstance(index, dict) and isinstance(clause, dict) and clause.get("kind") == "following":
        numbered |= {"index": index | {"clause": {"arithmetic": 1} | clause}}
    return charge | numbered | _with_order(charge)


def _with_order(charge: dict[str, Any]) -> dict[str, Any]:
    """Bring weights into the order in which they were listed: of names, unless a list has another."""
    ordered = {"payees": by_name(charge["payees"])} if "payees" in charge else {}
    allocation = charge.get("allocation")
    if isinstance(allocation, list):
        parts = [
            part | {"weights": by_name(part["weights"])} if isinstance(part, dict) and "weights" in part else part
            for part in allocation
        ]
        ordered |= {"allocation": parts}
    return ordered


def _as_listed(contract: Contract) -> list[tuple[object, ...]]:
    return [charge.as_listed for charge in contract.charges]


#: What of a contract's terms divides its time into billing periods.
_OF_LIFE = ("starts", "ends", "extension", "billing")


def _life(terms: Any) -> str:
    """Digest what of the terms, as they are stored and whatever they are, says on which days the contract is billed."""
    divides = terms
    if isinstance(terms, dict):
        suspensions = terms.get("suspensions")  # as earlier releases, which left them out, where there are none
        divides = [*(terms.get(name) for name in _OF_LIFE), *([suspensions] if suspensions else [])]
    return sha256(json.dumps(divides, sort_keys=True).encode()).hexdigest()[:16]


def _party(session: Session, party: Party) -> int:
    row = session.exec(select(PartyRow).where(PartyRow.name == party.name)).one_or_none()
    if row is None:
        row = PartyRow(name=party.name)
        session.add(row)
        session.flush()
    return row.id
