"""Identities: who acts for a tenant. A name is one identity's for ever, in one spelling and whatever its case."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from api.access.caller import IdentityKind
from api.access.roles import OF_A_CONTRACT, OF_A_PARTY, Role
from api.access.tables import CredentialRow, IdentityRow
from contracts.tables import ContractRow, PartyRow
from quantities.errors import Conflict, Invalid, NotFound

_NAME_CHARACTERS_MAX = 200
_TWO = 2


class UnfitName(Invalid):
    """The name is empty, too long, or has invisible characters."""


class IdentityTaken(Conflict):
    """Somebody has this name already, or had it."""


class UnknownIdentity(NotFound):
    """There is nobody of that name."""


class OwnIdentity(Conflict):
    """Whoever made the identity or its key cannot release it."""


class NothingWaits(Conflict):
    """Neither the identity nor a key of it waits for a release."""


class OneOfTwoOwners(Conflict):
    """Of two owners neither disables the other."""


class UnknownParty(NotFound):
    """There is no party of that name."""


class UnknownContractOfIdentity(NotFound):
    """There is no contract of that reference that one could see."""


class UnfitRole(Invalid):
    """The role does not go with what the identity is of."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Someone who acts.

    Attributes:
        id: its number.
        name: under which what it does is recorded.
        kind: a person, a program or an account.
        role: what it is to the tenant.
        party: for whom it speaks, by name; None for the supplier's own and for who sees one contract.
        contract: the only one that it sees, by reference.
        administers: whether it manages the people of its party.
        created_at: since when.
        disabled_at: until when; None while its keys work.
        waits: whether another owner must release it before its keys work.
    """

    id: int
    name: str
    kind: IdentityKind
    role: Role
    party: str | None
    contract: str | None
    administers: bool
    created_at: datetime
    disabled_at: datetime | None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """What is said of an identity when it is made; as ``Identity``."""

    name: str
    role: Role
    kind: IdentityKind = IdentityKind.PERSON
    party: str | None = None
    contract: str | None = None
    administers: bool = False


def as_name(written: str) -> str:
    """Write a name in its one spelling: two that look alike would be two persons.

    Raises:
        UnfitName: it is empty, longer than 200 characters, or has characters that do not show.
    """
    name = unicodedata.normalize("NFC", written).strip()
    if not name.isprintable() or not 0 < len(name) <= _NAME_CHARACTERS_MAX:
        expected = f"1 to {_NAME_CHARACTERS_MAX} characters, each of which shows"
        raise UnfitName(f"{name[:_NAME_CHARACTERS_MAX]!r} names nobody", found=name, expected=expected)
    return name


def create(session: Session, new: NewIdentity, at: datetime) -> Identity:
    """Make an identity. Once two owners may release it, one that can move money waits until another of them does.

    Args:
        session: states the tenant, and the party where a customer's administrator makes it.
        new: what it is.
        at: the instant.

    Raises:
        UnfitName: the name names nobody.
        IdentityTaken: somebody has it already, or had it.
        UnknownParty, UnknownContractOfIdentity: there is none of that name here.
        UnfitRole: a role of a party has none, or another has one.
    """
    name = as_name(new.name)
    party, contract = _party_of(session, new), _contract_of(session, new)
    table = IdentityRow.__table__  # type: ignore[attr-defined]
    made = session.execute(
        insert(table)
        .values(
            kind=new.kind.value,
            name=name,
            role=new.role.value,
            party=party,
            contract=contract,
            administers=new.administers,
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id, table.c.released_at.is_(None).label("waits"))
    ).one_or_none()
    if made is None:
        raise IdentityTaken(f"{name!r} is somebody already, or was", found=name)
    facts = asdict(replace(new, name=name))
    return Identity(id=made.id, created_at=at, disabled_at=None, waits=made.waits, **facts)


def find(session: Session, name: str) -> Identity:
    """Find an identity by its name, in whatever case.

    Raises:
        UnknownIdentity: nobody has it, or nobody whom the caller may see.
    """
    of_the_name = func.lower(IdentityRow.name) == func.lower(as_name(name))
    for identity in _listed(session, of_the_name, IdentityRow.kind != IdentityKind.ACCOUNT.value):
        return identity
    raise UnknownIdentity(f"there is nobody of the name {name!r}", found=name)


def identities(session: Session) -> Sequence[Identity]:
    """List the identities that the caller may see, by name."""
    return _listed(session)


def party_name(session: Session, party: int) -> str:
    """The name of a party."""
    return session.exec(select(PartyRow.name).where(PartyRow.id == party)).one()


def owners_release(session: Session) -> int:
    """How many owners there are of whom another must release what one has made of people; 0: four eyes are off."""
    return int(session.execute(_OWNERS_RELEASE).scalar_one())


# text: functions of the database, which the triggers on identities and keys ask as well
_OWNERS_RELEASE = text(
    """
    select case when two_must_act(stated.tenant) then owners_of(stated.tenant) else 0 end
    from (select cast(current_setting('app.tenant') as int)) stated (tenant)
    """
)


def release(session: Session, name: str, at: datetime, by: int) -> Identity:
    """Release an identity that another person made, and the keys that others made for it: from now on they work.

    Args:
        session: states the tenant, and who acts.
        name: of the identity.
        at: the instant.
        by: the number of the owner who releases it.

    Raises:
        UnknownIdentity: nobody has the name.
        NothingWaits: it is released, and so are its keys; or it was refused.
        OwnIdentity: the same owner has made it, or a key of it.
    """
    identity = find(session, name)
    row = session.exec(select(IdentityRow).where(IdentityRow.id == identity.id).with_for_update()).one()
    keys_waiting = select(CredentialRow).where(
        CredentialRow.identity == identity.id,
        col(CredentialRow.released_at).is_(None),
        col(CredentialRow.revoked_at) == CredentialRow.created_at,
    )
    keys = session.exec(keys_waiting.with_for_update()).all()
    if not identity.waits and not (keys and row.disabled_at is None):
        raise NothingWaits(f"nothing of {row.name!r} waits for a release", found=name)
    refuse_maker(
        row.name, {key.created_identity for key in keys} | ({row.created_identity} if identity.waits else set()), by
    )
    if identity.waits:
        row.released_at = at
    session.flush()  # first who it is
    for key in keys:
        key.released_at = at
    session.flush()
    session.expire(row)  # the database has let it act
    return find(session, name)


def refuse_maker(name: str, makers: Collection[int | None], by: int) -> None:
    """Refuse an owner who releases somebody whom, or a key of whom, the same owner has made.

    Raises:
        OwnIdentity: the same owner has.
    """
    if by in makers:
        raise OwnIdentity(f"you have made {name!r}, or a key of it: another owner releases it", found=name)


@dataclass(frozen=True, slots=True)
class WaitingBearer:
    """Somebody who waits for another owner, or of whom a key does.

    Attributes:
        name: whose.
        role: what it is to the tenant.
        is_new: whether it waits itself.
        keys: the keys of it that wait, as lists name them.
        since: when the first of all that was made.
        makers: who made it, by number and name.
    """

    name: str
    role: Role
    is_new: bool
    keys: tuple[str, ...]
    since: datetime
    makers: Mapping[int | None, str]


def waiting_bearers(session: Session) -> list[WaitingBearer]:
    """List who waits for another owner, or of whom a key does, the oldest first."""
    names = {identity.id: identity.name for identity in identities(session)}
    keys: dict[int, list[CredentialRow]] = defaultdict(list)
    is_refused = col(CredentialRow.revoked_at) != CredentialRow.created_at
    for key in session.exec(select(CredentialRow).where(col(CredentialRow.released_at).is_(None), ~is_refused)):
        keys[key.identity].append(key)
    waits = col(IdentityRow.released_at).is_(None) & (col(IdentityRow.disabled_at) == IdentityRow.created_at)
    with_keys = col(IdentityRow.id).in_(list(keys)) & col(IdentityRow.disabled_at).is_(None)
    waiting = []
    for row in session.exec(select(IdentityRow).where(waits | with_keys).order_by(col(IdentityRow.id))):
        is_new = row.released_at is None
        made: list[IdentityRow | CredentialRow] = [*([row] if is_new else []), *keys[row.id]]
        makers = {one.created_identity: names.get(one.created_identity or 0, "") for one in made}
        since = min(one.created_at for one in made)
        waiting.append(
            WaitingBearer(row.name, Role(row.role), is_new, tuple(key.id for key in keys[row.id]), since, makers)
        )
    return sorted(waiting, key=lambda bearer: bearer.since)


def disable(session: Session, name: str, at: datetime, by: int | None = None) -> Identity:
    """Let none of somebody's keys work any more; what they did stays theirs.

    Args:
        session: states the tenant.
        name: of the identity.
        at: the instant.
        by: the number of whoever disables it.

    Raises:
        UnknownIdentity: nobody has the name.
        OneOfTwoOwners: another owner would be left alone, and could make a second one.
    """
    identity = find(session, name)
    row = session.exec(select(IdentityRow).where(IdentityRow.id == identity.id).with_for_update()).one()
    is_owner = row.disabled_at is None and identity.kind is IdentityKind.PERSON and identity.role is Role.OWNER
    if is_owner and row.id != by and owners_release(session) == _TWO:
        detail = f"{identity.name!r} does it, or another owner is made first; `usufruct key revoke` ends keys at once"
        raise OneOfTwoOwners(detail, found=identity.name)
    row.disabled_at = at if row.released_at is None else row.disabled_at or at
    session.add(row)
    session.flush()
    return find(session, name)


def account(session: Session, name: str, at: datetime) -> int:
    """The number of an account of the operating system, which is an identity from the first time on that it acts."""
    of_the_name = func.lower(IdentityRow.name) == func.lower(name)
    known = select(IdentityRow.id).where(of_the_name, IdentityRow.kind == IdentityKind.ACCOUNT.value)
    number = session.exec(known).one_or_none()
    if number is None:
        table = IdentityRow.__table__  # type: ignore[attr-defined]
        row = {"kind": IdentityKind.ACCOUNT.value, "name": name, "role": Role.OWNER.value, "created_at": at}
        session.execute(insert(table).values(**row).on_conflict_do_nothing())  # another command may be as quick
        number = session.exec(known).one()
    return number


def _listed(session: Session, *which: object) -> list[Identity]:
    rows = session.exec(
        select(IdentityRow, PartyRow.name, ContractRow.reference)
        .outerjoin(PartyRow, (col(PartyRow.tenant) == IdentityRow.tenant) & (col(PartyRow.id) == IdentityRow.party))
        .outerjoin(
            ContractRow,
            (col(ContractRow.tenant) == IdentityRow.tenant) & (col(ContractRow.id) == IdentityRow.contract),
        )
        .where(*which)  # type: ignore[arg-type]
        .order_by(func.lower(IdentityRow.name))
    )
    return [
        Identity(
            id=row.id,
            name=row.name,
            kind=IdentityKind(row.kind),
            role=Role(row.role),
            party=party,
            contract=contract,
            administers=row.administers,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            waits=row.released_at is None and row.disabled_at == row.created_at,
        )
        for row, party, contract in rows
    ]


def _party_of(session: Session, new: NewIdentity) -> int | None:
    needs_one = new.role in OF_A_PARTY or new.role is Role.THIRD_PARTY
    if needs_one is (new.party is None):
        expected = "the name of its party" if needs_one else "no party"
        raise UnfitRole(f"{new.role} and the party {new.party!r}", found=new.party, expected=expected)
    if new.party is None:
        return None
    number = session.exec(select(PartyRow.id).where(PartyRow.name == new.party)).one_or_none()
    if number is None:
        raise UnknownParty(f"there is no party {new.party!r}; a contract makes it", found=new.party)
    return number


def _contract_of(session: Session, new: NewIdentity) -> int | None:
    needs_one = new.role in OF_A_CONTRACT
    if needs_one is (new.contract is None):
        expected = "the reference of the contract that it sees" if needs_one else "no contract"
        raise UnfitRole(f"{new.role} and the contract {new.contract!r}", found=new.contract, expected=expected)
    if new.contract is None:
        return None
    number = session.exec(select(ContractRow.id).where(ContractRow.reference == new.contract)).one_or_none()
    if number is None:
        raise UnknownContractOfIdentity(f"there is no contract {new.contract!r}", found=new.contract)
    return number
