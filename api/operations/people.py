"""Identities and their keys as use cases: made, listed, ended; and borne at the command line, where one logs in."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from api.access import identities, keys, recovery, releases, unseen
from api.access.caller import Caller
from api.access.identities import Identity, NewIdentity
from api.access.keys import Key, MadeKey
from api.access.login import KeyFile, bearer
from api.access.releases import Release
from api.access.roles import Permission, Role
from api.access.unseen import Unseen
from api.audit.note import about, made
from api.server.database import as_product
from quantities.errors import Invalid


class UnfitOverlap(Invalid):
    """The time during which both keys work is below zero."""


class PeopleOfOthers(Invalid):
    """A customer's administrator can make people of its own party only."""


def identity_of(session: Session, caller: Caller) -> Identity:
    """The identity of a caller, with the names of its party and of the contract that it sees."""
    with as_product(session):  # the names of what one is of, whether or not one may see it
        return next(known for known in identities.identities(session) if known.id == caller.identity)


def create_identity(session: Session, new: NewIdentity, *, at: datetime, of_party: int | None = None) -> Identity:
    """Make an identity.

    Args:
        session: states the tenant.
        new: what it is.
        at: the instant.
        of_party: the party whose administrator makes it; its own is meant where it names none.

    Raises:
        PeopleOfOthers: an administrator of a party would make people of others.
        UnfitName, IdentityTaken, UnfitRole, UnknownParty, UnknownContractOfIdentity: as ``identities.create``.
    """
    if of_party is not None:
        own = identities.party_name(session, of_party)
        new = replace(new, party=new.party or own)
        if new.role not in {Role.CUSTOMER, Role.THIRD_PARTY} or new.party != own:
            asked, expected = f"{new.role} of {new.party}", f"customer or third_party of {own}"
            place = "/body/role" if new.party == own else "/body/party"
            raise PeopleOfOthers(f"{asked} is asked for", place=place, found=asked, expected=expected)
    identity = identities.create(session, new, at)
    about(session, f"identity {identity.id}")
    return identity


def enrol(session: Session, new: NewIdentity, *, at: datetime) -> MadeKey:
    """Make an identity with its first key.

    Raises:
        UnfitName, IdentityTaken, UnfitRole, UnknownParty, UnknownContractOfIdentity: as ``identities.create``.
    """
    key = keys.create(session, create_identity(session, new, at=at), at)
    made(session, f"key {key.id}")
    return key


def list_identities(session: Session) -> Sequence[Identity]:
    """List the identities that the caller may see, by name."""
    return identities.identities(session)


def releasable(session: Session, name: str, *, by: int, at: datetime) -> Release:
    """Say what an owner could release of somebody: the identity, and each key, with who made it.

    Raises:
        UnknownIdentity, NothingWaits, OwnIdentity: as ``releases.releasable``.
    """
    return releases.releasable(session, name, by, at)


def release_identity(
    session: Session, name: str, *, by: int, at: datetime, only: Collection[str] | None = None
) -> Release:
    """Release somebody whom another owner made, with the keys that others made for them: now they may act.

    Args:
        session: states the tenant, and who acts.
        name: of the identity.
        by: the number of the owner who releases it.
        at: the instant.
        only: of its keys those that were shown; None: all that wait and that another made.

    Raises:
        UnknownIdentity, NothingWaits, OwnIdentity: as ``releases.releasable``.
    """
    released = releases.release(session, name, at, by, only)
    about(session, " ".join([f"identity {released.identity.id}", *(key.id for key in released.keys)]))
    return released


def release_key(session: Session, key_id: str, *, by: int, at: datetime) -> Key:
    """Release one key that another owner made.

    Raises:
        UnknownKey, NothingWaits, OwnIdentity: as ``releases.release_key``.
    """
    return releases.release_key(session, key_id, at, by)


def disable_identity(session: Session, name: str, *, at: datetime, by: int | None = None) -> Identity:
    """Let none of somebody's keys work any more; what they did stays theirs.

    Raises:
        UnknownIdentity: nobody has the name.
        OneOfTwoOwners: of two owners neither disables the other.
    """
    disabled = identities.disable(session, name, at, by)
    about(session, f"identity {disabled.id}")
    return disabled


def recover_owner(session: Session, name: str, *, reason: str, at: datetime) -> tuple[MadeKey, list[str]]:
    """Make a new key for an owner who has lost theirs, and end the others; every owner is shown it.

    Args:
        session: an administrator's, which states the tenant.
        name: of the owner.
        reason: why.
        at: the instant.

    Returns:
        The new key, and the first characters of those that ended.

    Raises:
        UnknownIdentity, NotAnActingOwner, NoReason: as ``recovery.recover``.
    """
    made, ended = recovery.recover(session, name, reason, at)
    about(session, " ".join([f"identity {identities.find(session, name).id} key {made.id} ended", *ended]))
    return made, ended


def recoveries(session: Session, caller: Caller, *, now: datetime) -> list[Unseen]:
    """List the recovered keys that no other owner has looked at: to owners alone, for 30 days."""
    return unseen.recoveries(session, now) if caller.role is Role.OWNER else []


def create_key(
    session: Session,
    name: str,
    *,
    at: datetime,
    scope: Sequence[Permission] | None = None,
    expires_at: datetime | None = None,
) -> MadeKey:
    """Make a key of an identity and say it, once; only its hash is kept.

    Args:
        session: states the tenant.
        name: of the identity.
        at: the instant from which it is valid.
        scope: what it may do at most; None: all that the role may.
        expires_at: when it ends by itself.

    Raises:
        UnknownIdentity: nobody has the name.
        UnfitScope: the role does not include all of the scope.
        KeyEnded: it would end before it begins.
    """
    identity = identities.find(session, name)
    about(session, f"identity {identity.id}")
    key = keys.create(session, identity, at, scope=scope, expires_at=expires_at)
    made(session, f"key {key.id}")
    return key


def list_keys(session: Session) -> list[Key]:
    """List the keys of all whom the caller may see, by name and age."""
    return keys.keys(session)


def revoke_key(session: Session, key_id: str, *, at: datetime) -> Key:
    """End a key.

    Raises:
        UnknownKey: there is none of that name.
        KeyEnded: it is revoked already.
    """
    return keys.revoke(session, key_id, at)


def rotate_key(session: Session, key_id: str, *, overlap: timedelta, at: datetime) -> MadeKey:
    """Make a key in the place of another, which works on for a while, so that there is no gap.

    Args:
        session: states the tenant.
        key_id: the key before.
        overlap: for how long both work.
        at: the instant.

    Raises:
        UnknownKey: there is none of that name.
        KeyEnded: it works no more.
        UnfitOverlap: the overlap is below zero.
    """
    if overlap < timedelta(0):
        hours = overlap // timedelta(hours=1)
        raise UnfitOverlap(f"{hours} hours is below zero", found=hours, expected="zero or more hours")
    key = keys.rotate(session, key_id, at, at + overlap)
    made(session, f"key {key.id}")
    return key


def log_in(session: Session, file: KeyFile, key: str, *, at: datetime) -> Caller:
    """Keep a key of the command line: from now on whoever bears it is recorded.

    Args:
        session: states the tenant of the file.
        file: where the key is kept.
        key: as it was given.
        at: the instant at which it must be valid.

    Raises:
        UnknownKey, KeyOfAnotherTenant, KeyOfAnOutsider: the key does not speak for this tenant.
        NoFolderForKeys, ExposedKeyFile: it cannot be kept.
    """
    caller = bearer(session, file.tenant, key, at)
    file.write(key)
    return caller


def log_out(file: KeyFile) -> bool:
    """Forget the key that is kept; it stays valid until it is revoked. Say whether there was one."""
    return file.forget()
