"""Identities: who acts for a tenant. A name is one identity's for ever, in one spelling and whatever its case."""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Integer, cast, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from api.access.caller import IdentityKind
from api.access.roles import OF_A_CONTRACT, OF_A_PARTY, Role
from api.access.tables import IdentityRow
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


class OneOfTwoOwners(Conflict):
    """Of two owners, neither can disable the other."""


class UnknownParty(NotFound):
    """There is no party of that name."""


class UnknownContractOfIdentity(NotFound):
    """There is no contract of that reference."""


class UnfitRole(Invalid):
    """The role does not go with the party or the contract that is named."""


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
        created_by: who made it, by name; None where nobody was stated, or the caller does not see who.
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
    created_by: str | None = None


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
        raise IdentityTaken(f"{name!r} is somebody already, or was", found=name, expected="a name nobody has had")
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


def owners(session: Session) -> int:
    """How many owners act in person: of two, one releases what the other asks for, even while four eyes are off."""
    stated = cast(func.current_setting("app.tenant"), Integer)
    return int(session.execute(select(func.owners_of(stated))).scalar_one())


# text: functions of the database, which the triggers on identities and keys ask as well
_OWNERS_RELEASE = text(
    """
    select case when two_must_act(stated.tenant) then owners_of(stated.tenant) else 0 end
    from (select cast(current_setting('app.tenant') as int)) stated (tenant)
    """
)


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
        lost = "where a key is lost, `usufruct user recover` makes another"
        detail = f"{identity.name!r} does it; `usufruct key revoke` ends their keys at once; {lost}"
        raise OneOfTwoOwners(detail, found=identity.name, expected="their own key")
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
    maker = aliased(IdentityRow)
    rows = session.exec(
        select(IdentityRow, PartyRow.name, ContractRow.reference, maker.name)
        .outerjoin(PartyRow, (col(PartyRow.tenant) == IdentityRow.tenant) & (col(PartyRow.id) == IdentityRow.party))
        .outerjoin(
            ContractRow,
            (col(ContractRow.tenant) == IdentityRow.tenant) & (col(ContractRow.id) == IdentityRow.contract),
        )
        .outerjoin(maker, (maker.tenant == IdentityRow.tenant) & (maker.id == IdentityRow.created_identity))  # type: ignore[arg-type]
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
            created_by=created_by,
        )
        for row, party, contract, created_by in rows
    ]


def _party_of(session: Session, new: NewIdentity) -> int | None:
    needs_one = new.role in OF_A_PARTY or new.role is Role.THIRD_PARTY
    if needs_one is (new.party is None):
        expected = "the name of its party" if needs_one else "no party"
        has = "no party" if needs_one else f"the party {new.party!r}"
        raise UnfitRole(f"{new.role} with {has}", found=new.party or has, expected=expected)
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
        has = "no contract" if needs_one else f"the contract {new.contract!r}"
        raise UnfitRole(f"{new.role} with {has}", found=new.contract or has, expected=expected)
    if new.contract is None:
        return None
    number = session.exec(select(ContractRow.id).where(ContractRow.reference == new.contract)).one_or_none()
    if number is None:
        raise UnknownContractOfIdentity(f"there is no contract {new.contract!r}", found=new.contract)
    return number
