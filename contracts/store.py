"""Rows ⇄ values of contracts: versions released, listed, and the one in force on a day."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, Text, bindparam, case, cast, func, text, true, update
from sqlalchemy import select as columns_of
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from contracts.checks.amending import faults_among
from contracts.checks.caution import Caution
from contracts.checks.warnings import amending_warnings
from contracts.contract import Contract
from contracts.coverage import in_force_on
from contracts.release.store import Releasing
from contracts.tables import ContractRow, ContractVersionRow
from contracts.weights import by_name
from metering.deliveries.history import RegisterWithReadings, registers_with_readings
from metering.log.bulk_rows import rows_named
from metering.log.list_page import nearest_names
from metering.tables import within_tenant
from quantities.document import Fault, FaultyDocument
from quantities.errors import Conflict, NotFound, UsufructError

_NUMBER = col(ContractVersionRow.number)


def _columns(contract: Any, version: Any) -> tuple[Any, ...]:
    """Name what a version is made of, in the order of ``_value``: terms as text, by which parsed ones are kept."""
    return (
        version.id,
        version.contract_id,
        contract.supplier_id,
        contract.customer_id,
        version.number,
        version.recorded_at,
        version.recorded_by,
        version.released_at,
        version.released_by,
        cast(version.terms, Text),
    )


#: What of a contract's terms divides its time into billing periods.
_OF_LIFE = ("starts", "ends", "extension", "billing")
_TERMS = col(ContractVersionRow.terms)
#: Of terms what ``life_digest`` asks for; of damaged ones all.
_TERMS_OF_LIFE = case(
    (
        func.jsonb_typeof(_TERMS) == "object",
        func.jsonb_build_object(*(part for name in (*_OF_LIFE, "suspensions") for part in (name, _TERMS[name]))),
    ),
    else_=_TERMS,
)
_JOINED: Select[Any] = columns_of(*_columns(ContractRow, ContractVersionRow)).join(
    ContractVersionRow, within_tenant(ContractVersionRow.contract_id, ContractRow.id)
)
_RELEASED = _JOINED.where(col(ContractVersionRow.released_by).is_not(None))


def _one_by_one(chosen: Select[Any], column: Any) -> Select[Any]:
    """Select for each of some ``keys`` by itself, in the order of numbers.

    Asked for any of a list, PostgreSQL reads all rows of the tenant wherever it takes them for few, as it does of every
    table that is not analysed yet. Made once: each is a circle of objects that only the collector frees.
    """
    asked = func.unnest(bindparam("keys", type_=ARRAY(Integer))).table_valued("key").render_derived(name="asked")
    own = chosen.where(column == asked.c.key).offset(0).lateral("own")
    return columns_of(own).select_from(asked).join(own, true()).order_by(own.c.number)


_OF_VERSIONS = _one_by_one(_JOINED, ContractVersionRow.id)
_OF_CONTRACTS = _one_by_one(_JOINED, ContractRow.id)
_RELEASED_OF_CONTRACTS = _one_by_one(_RELEASED, ContractRow.id)
_RELEASED_LIVES = _one_by_one(
    columns_of(
        col(ContractVersionRow.contract_id),
        col(ContractVersionRow.id),
        col(ContractVersionRow.effective),
        _TERMS_OF_LIFE.label("terms"),
        _NUMBER,
    ).where(col(ContractVersionRow.released_by).is_not(None)),
    ContractVersionRow.contract_id,
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
    version = _to_release(reference, _versions(session, reference), release_of, number)
    return _released(session, [version], release_of)[0]


def release_all(
    session: Session, references: Sequence[str], release_of: Releasing
) -> dict[str, Version | UsufructError]:
    """Release the newest version of many contracts, each as ``release`` does.

    Returns:
        Of each contract the version, or why it is not released, which keeps no other from being released.
    """
    known = versions_of(session, references)
    decided: dict[str, Version | UsufructError] = {}
    for reference, listed in known.items():
        try:
            decided[reference] = _to_release(reference, listed, release_of)
        except UsufructError as refusal:
            decided[reference] = refusal
    fit = [version for version in decided.values() if isinstance(version, Version)]
    written = {version.contract.contract: version for version in _released(session, fit, release_of)}
    return decided | written


def waiting(session: Session, besides: str | None = None) -> Sequence[str]:
    """List the contracts whose newest version waits for its release, by reference.

    Args:
        session: states the tenant.
        besides: leaves out those that this person has recorded, who cannot release them.
    """
    newer = aliased(ContractVersionRow)
    is_older = select(newer.id).where(newer.contract_id == ContractVersionRow.contract_id, newer.number > _NUMBER)
    statement = (
        select(ContractRow.reference)
        .join(ContractVersionRow, within_tenant(ContractVersionRow.contract_id, ContractRow.id))
        .where(col(ContractVersionRow.released_by).is_(None), ~is_older.exists())
        .order_by(col(ContractRow.reference))
    )
    if besides is not None:
        statement = statement.where(ContractVersionRow.recorded_by != besides)
    return session.exec(statement).all()


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """A version that waits for its release: which, since when, and who recorded it."""

    reference: str
    number: int
    effective: date
    recorded_at: datetime
    recorded_by: str


def waiting_versions(session: Session) -> list[WaitingVersion]:
    """List the versions that wait for their release, the oldest first; not those of which a later one is released."""
    newer = aliased(ContractVersionRow)
    is_passed = select(newer.id).where(
        newer.contract_id == ContractVersionRow.contract_id,
        newer.number > _NUMBER,
        col(newer.released_by).is_not(None),
    )
    statement = (
        select(ContractVersionRow, ContractRow.reference)
        .join(ContractRow, within_tenant(ContractRow.id, ContractVersionRow.contract_id))
        .where(col(ContractVersionRow.released_by).is_(None), ~is_passed.exists())
        .order_by(col(ContractVersionRow.recorded_at), col(ContractVersionRow.id))
    )
    return [
        WaitingVersion(reference, row.number, row.effective, row.recorded_at, row.recorded_by)
        for row, reference in session.exec(statement)
    ]


def _to_release(reference: str, listed: Sequence[Version], release_of: Releasing, number: int | None = None) -> Version:
    """Choose the version that is released, and check that it may be: the errors are those of ``release``."""
    if not listed:
        raise UnknownContract(f"there is no contract {reference!r} here", found=reference)
    numbered = [version for version in listed if number in (None, version.number)]
    if not numbered:
        raise UnknownContract(f"{reference} has no version {number}", found=str(number))
    version = numbered[-1]
    if version.released_by is not None:
        detail = f"version {version.number} of {reference} was released by {version.released_by}"
        raise AlreadyReleased(detail, place="version", found=version.number, expected="a version that waits")
    release_of.check(version.recorded_by)
    released = [other for other in listed if other.released_by is not None]
    earlier, later = (
        [other.contract for other in released if (other.number > version.number) is is_later]
        for is_later in (False, True)
    )
    _refuse([*faults_among(earlier, version.contract, later)])
    return version


def _released(session: Session, chosen: Sequence[Version], release_of: Releasing) -> list[Version]:
    """Write that versions are released."""
    if chosen:
        table = ContractVersionRow.__table__  # type: ignore[attr-defined]
        named = table.c.id == bindparam("key")
        releasing = update(table).where(named).values(released_by=release_of.by, released_at=release_of.at)
        keys = {version.id for version in chosen}
        session.connection().execute(releasing, [{"key": key} for key in sorted(keys)])
    return [replace(version, released_by=release_of.by, released_at=release_of.at) for version in chosen]


# text: every text that stands in a document, wherever
_NAMED = text(
    """
    select distinct named #>> '{}' from contract_version v cross join lateral (
        select jsonb_path_query(v.terms, 'strict $.** ? (@.type() == "string")')
        union all
        select jsonb_path_query(v.terms, 'strict $.** ? (@.type() == "object").keyvalue().key')) as t (named)
    where named #>> '{}' = any(:keys)
    """
)


def named_in_terms(session: Session, keys: Collection[str]) -> set[str]:
    """Of some keys of registers, those that a version of a contract names, wherever in its terms.

    It is quicker than ``unbilled``, and takes a text that only looks like a key for one.
    """
    return set(session.execute(_NAMED, {"keys": sorted(keys)}).scalars())


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


def contract_parties(session: Session, reference: str) -> tuple[int, int]:
    """Say the keys of the supplier and of the customer of a contract.

    Raises:
        UnknownContract: none is visible here.
    """
    of_it = select(ContractRow.supplier_id, ContractRow.customer_id).where(ContractRow.reference == reference)
    keys = session.exec(of_it).one_or_none()
    if keys is None:
        raise UnknownContract(f"there is no contract {reference!r} here", found=reference)
    return keys


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
        nearest = [] if released_only else nearest_names(session, ContractRow.reference, reference)
        raise UnknownContract(f"there is no contract {reference!r} here", found=reference, expected=nearest)
    return listed


def newest(session: Session, *, released_only: bool = False) -> tuple[Version, ...]:
    """List the newest version of every contract that is visible here, in the order of their references.

    Args:
        session: states the tenant, and the party where a customer asks.
        released_only: as a customer sees it: the newest released version, and no contract without one.
    """
    chosen = columns_of(ContractRow).where(*(of_released_ones() if released_only else ()))
    return newest_of(session, chosen, released_only=released_only)


def never_released(session: Session, shown: Iterable[Version]) -> frozenset[int]:
    """Which of the contracts of some versions wait for their first release, by their keys."""
    waiting = {version.contract_id for version in shown if version.released_by is None}
    row = ContractVersionRow
    released = select(row.contract_id).where(col(row.contract_id).in_(waiting), col(row.released_by).is_not(None))
    return frozenset(waiting - {*session.exec(released)}) if waiting else frozenset()


def of_released_ones() -> tuple[ColumnElement[bool], ...]:
    """Set the condition of contracts of which a version is released."""
    of_contract = select(ContractVersionRow.id).where(ContractVersionRow.contract_id == ContractRow.id)
    return (of_contract.where(col(ContractVersionRow.released_by).is_not(None)).exists(),)


def newest_of(session: Session, chosen: Select[Any], *, released_only: bool) -> tuple[Version, ...]:
    """Find the newest version, or the newest that is released, of contracts that a statement selects; by reference."""
    version = select(ContractVersionRow)
    if released_only:
        version = version.where(col(ContractVersionRow.released_by).is_not(None))
    # the page first: the versions of its contracts alone are looked up, whatever PostgreSQL takes the tables for
    row = aliased(ContractRow, chosen.subquery("page"))
    own = version.where(ContractVersionRow.contract_id == row.id)
    version_row = aliased(ContractVersionRow, own.order_by(_NUMBER.desc()).limit(1).lateral("own"))
    statement = columns_of(*_columns(row, version_row)).join(version_row, true()).order_by(col(row.reference))
    return tuple(_value(row) for row in session.execute(statement))


def by_id(session: Session, version_id: int) -> Version:
    """Find a version by its key, as an invoice's inputs name it.

    Raises:
        UnknownContract: none with this key is visible here.
    """
    row = session.execute(_JOINED.where(col(ContractVersionRow.id) == version_id)).one_or_none()
    if row is None:
        raise UnknownContract(f"there is no contract version {version_id} here")
    return _value(row)


def by_ids(session: Session, version_ids: Collection[int]) -> dict[int, Version]:
    """Find versions by their keys, all at once; those that are not visible here are left out.

    Raises:
        pydantic.ValidationError: the stored terms of one are damaged.
    """
    rows = _looked_up(session, _OF_VERSIONS, version_ids) if version_ids else ()
    return {row.id: _value(row) for row in rows}


def of_contracts(session: Session, contract_ids: list[int] | None = None) -> dict[int, tuple[Version, ...]]:
    """Find the released versions of many contracts, by contract, oldest first; a contract without any is left out.

    Args:
        session: states the tenant, and the party where a customer asks.
        contract_ids: of the contracts; without them, all that are visible here.
    """
    rows: Iterable[Row[Any]] = (
        session.execute(_RELEASED.order_by(_NUMBER))
        if contract_ids is None
        else _looked_up(session, _RELEASED_OF_CONTRACTS, contract_ids)
    )
    by_contract: dict[int, tuple[Version, ...]] = {}
    for row in rows:
        version = _value(row)
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
    for row in _looked_up(session, _RELEASED_LIVES, {contract_id for contract_id, _ in asked}):
        released[row.contract_id].append((row.id, row.effective, life_digest(row.terms)))
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
    statement = _chosen(released_only=released_only).where(col(ContractRow.reference) == reference).order_by(_NUMBER)
    return tuple(_value(row) for row in session.execute(statement))


def versions_of(session: Session, references: Collection[str]) -> dict[str, tuple[Version, ...]]:
    """List the versions of many contracts, by reference, oldest first; a contract that is not recorded has none.

    Each contract's are looked up by themselves, as ``rows_named`` does it and for its reason.
    """
    if len(references) == 1:
        return {reference: _versions(session, reference) for reference in references}
    named = rows_named(session, ContractRow, "reference", references, ("id", "reference"))
    references_of = {row["id"]: row["reference"] for row in named}
    listed: dict[str, tuple[Version, ...]] = dict.fromkeys(references, ())
    if references_of:
        for row in _looked_up(session, _OF_CONTRACTS, references_of):
            listed[references_of[row.contract_id]] += (_value(row),)
    return listed


def _looked_up(session: Session, one_by_one: Select[Any], keys: Collection[int]) -> Iterable[Row[Any]]:
    return session.execute(one_by_one, {"keys": sorted(keys)})


def _chosen(*, released_only: bool) -> Select[Any]:
    return _RELEASED if released_only else _JOINED


def _value(row: Iterable[Any]) -> Version:
    *recorded, released_at, released_by, terms = row
    contract, life = _kept(terms)
    fields = *recorded, contract, released_at, released_by, life
    return Version(*fields)


@lru_cache(maxsize=1024)  # a version is asked for by each look, tick and run; what differs in one character is another
def _kept(terms: str) -> tuple[Contract, str]:
    """Parse terms, and digest what of them says on which days the contract is billed."""
    stored = json.loads(terms)
    return stored_contract(stored), life_digest(stored)


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


def life_digest(terms: Any) -> str:
    """Digest what of the terms, as they are stored and whatever they are, says on which days the contract is billed."""
    divides = terms
    if isinstance(terms, dict):
        suspensions = terms.get("suspensions")  # as earlier releases, which left them out, where there are none
        divides = [*(terms.get(name) for name in _OF_LIFE), *([suspensions] if suspensions else [])]
    return sha256(json.dumps(divides, sort_keys=True).encode()).hexdigest()[:16]
