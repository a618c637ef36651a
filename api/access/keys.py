"""API keys: an identity holds any number of them. Only hashes are kept; a key is named by its first characters."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from api.access.caller import Caller, IdentityKind
from api.access.identities import Identity, find
from api.access.roles import PERMISSIONS, Permission, Role
from api.access.tables import CredentialRow, IdentityRow
from api.refusals import Unauthenticated
from quantities.errors import Conflict, Invalid, NotFound

#: The kind of credential that is a key; others are had for one.
KEY = "key"
_PREFIX = "usu_"
#: How a short-lived token's own name begins, before that of the key that it was had for (``bearer_of``).
OF_KEY = "oauth:"
_ID_CHARACTERS = len(_PREFIX) + 8  # 48 of 256 random bits: enough to tell keys apart, and not to guess one


class UnknownKey(NotFound):
    """There is no such key."""


class KeyEnded(Conflict):
    """The key is revoked, or has expired."""


class KeyWaits(Conflict):
    """The key waits for another owner."""


class UnfitScope(Invalid):
    """The scope names what the role does not include."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, as lists show it.

    Attributes:
        id: its first characters.
        name: of the identity whose it is.
        scope: what it may do at most; None: all that the role may.
        created_at: since when it is valid.
        expires_at: when it ends by itself.
        revoked_at: when it was ended.
        waits: whether another owner must release it before it works.
        created_by: who made it, by name; None where nobody was stated, or the caller does not see who.
    """

    id: str
    name: str
    scope: Sequence[Permission] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    waits: bool = False
    created_by: str | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it works at an instant."""
        return all(end is None or end > now for end in (self.expires_at, self.revoked_at))


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was made: this is the only time that it is said. Where it ``waits``, another owner releases it."""

    id: str
    key: str
    waits: bool = False


def hashed(key: str) -> bytes:
    """Hash a key. Keys are 256 random bits, so nobody can find one by trying hashes."""
    return hashlib.sha256(key.encode()).digest()


#: Asks whose the key, or the token, with a hash is.
BEARER = "select * from bearer_of(%(key_sha256)s)"
#: Asks the database before a tenant is stated, as ``Database.look_up``.
LookUp: TypeAlias = Callable[[str, Mapping[str, object]], list[tuple[Any, ...]]]


def caller_of_key(look_up: LookUp, key: str, now: datetime) -> Caller:
    """Say whose a key is, and take no token in its place: neither a token nor a session is had for a token.

    Raises:
        Unauthenticated: as ``caller_of``, or it is no key.
    """
    caller = caller_of(look_up, key, now)
    if caller.key.startswith(OF_KEY):
        raise Unauthenticated("the key is not known, or works no more")
    return caller


def caller_of(look_up: LookUp, key: str, now: datetime) -> Caller:
    """Say whose a key is, or a token that was had for it.

    Args:
        look_up: asks the database, as ``Database.look_up``.
        key: as its bearer sends it.
        now: the instant at which it must be valid.

    Raises:
        Unauthenticated: the key is not known, waits, is revoked or expired, or whose it is acts no more; which,
            is said to whoever shows the whole key.
    """
    try:
        return caller_in(look_up(BEARER, {"key_sha256": hashed(key)}), now)
    except Unauthenticated as error:
        ended = why_ended(look_up, key, now)
        raise (error if ended is None else Unauthenticated(str(ended))) from None


@dataclass(frozen=True, slots=True)
class EndedKey:
    """Why a key that was shown whole does not work.

    Attributes:
        why: it waits for another owner, is revoked or expired, or whose it is was disabled.
        since: since when.
        name: of whose it is.
    """

    why: Literal["waits", "revoked", "expired", "disabled"]
    since: datetime
    name: str

    def __str__(self) -> str:
        """In a sentence."""
        since = self.since.isoformat(timespec="seconds")
        match self.why:
            case "waits":
                return f"the key waits for another owner: usufruct user release {self.name!r}"
            case "disabled":
                return f"{self.name!r} acts no more since {since}"
            case how:
                return f"the key {'was ' if how == 'revoked' else ''}{how} at {since}"


def why_ended(look_up: LookUp, key: str, now: datetime) -> EndedKey | None:
    """Say why a key does not work; None where there is no such key, or no reason."""
    asked = {"key_sha256": hashed(key), "now": now}
    for why, since, name in look_up("select * from why_key_ended(%(key_sha256)s, %(now)s::timestamptz)", asked):
        return None if why is None else EndedKey(why, since, name)
    return None


def caller_in(rows: Iterable[tuple[Any, ...]], now: datetime) -> Caller:
    """The caller in the rows of ``BEARER``.

    Raises:
        Unauthenticated: there is none, or the key works no more.
    """
    for tenant, identity, name, kind, role, party, contract, administers, scope, key, *ends in rows:
        if all(end is None or end > now for end in ends):
            may = None if scope is None else frozenset(map(Permission, scope))
            return Caller(
                tenant=tenant,
                identity=identity,
                name=name,
                kind=IdentityKind(kind),
                role=Role(role),
                party=party,
                contract=contract,
                administers=administers,
                scope=may,
                key=key,
            )
    raise Unauthenticated("the key is not known, or works no more")


def create(
    session: Session,
    identity: Identity,
    at: datetime,
    *,
    scope: Sequence[Permission] | None = None,
    expires_at: datetime | None = None,
    recovery_reason: str | None = None,
) -> MadeKey:
    """Make a key of an identity and say it, once; only its hash is kept.

    Args:
        session: states the tenant.
        identity: whose it is.
        at: the instant from which it is valid.
        scope: what it may do at most; None: all that the role may.
        expires_at: when it ends by itself.
        recovery_reason: why an administrator makes it, in the place of one that is lost.

    Raises:
        UnfitScope: the role does not include all of the scope.
        KeyEnded: it would end before it begins.
    """
    beyond = sorted(map(str, set(scope or ()) - PERMISSIONS[identity.role]))
    if beyond:
        raise UnfitScope(
            f"{identity.role} does not include {', '.join(beyond)}",
            found=beyond,
            expected=sorted(map(str, PERMISSIONS[identity.role])),
        )
    if expires_at is not None and expires_at <= at:
        raise KeyEnded(f"{expires_at.isoformat()} is past", found=expires_at.isoformat(), expected="a later instant")
    key = _PREFIX + secrets.token_urlsafe(32)
    key_id = key[:_ID_CHARACTERS]
    waits = session.execute(
        insert(CredentialRow)
        .values(
            key_sha256=hashed(key),
            id=key_id,
            identity=identity.id,
            scope=None if scope is None else [str(permission) for permission in scope],
            created_at=at,
            expires_at=expires_at,
            recovery_reason=recovery_reason,
        )
        .returning(col(CredentialRow.released_at).is_(None))
    ).scalar_one()
    return MadeKey(key_id, key, waits)


#: Keys alone, neither tokens nor sessions, each with the names of whose it is and of who made it.
_MAKER = aliased(IdentityRow)
_LISTED = (
    select(CredentialRow, IdentityRow.name, _MAKER.name)
    .join(
        IdentityRow,
        (col(IdentityRow.tenant) == CredentialRow.tenant) & (col(IdentityRow.id) == CredentialRow.identity),
    )
    .outerjoin(
        _MAKER,
        (_MAKER.tenant == CredentialRow.tenant) & (_MAKER.id == CredentialRow.created_identity),  # type: ignore[arg-type]
    )
    .where(CredentialRow.kind == KEY)
)


def keys(session: Session) -> list[Key]:
    """List the keys of all whom the caller may see, by name and age."""
    rows = session.exec(_LISTED.order_by(col(IdentityRow.name), col(CredentialRow.created_at), col(CredentialRow.id)))
    return [_key(row, name, created_by) for row, name, created_by in rows]


def revoke(session: Session, key_id: str, at: datetime) -> Key:
    """End a key.

    Raises:
        UnknownKey: there is none of that name.
        KeyEnded: it is revoked already.
    """
    row, key = key_of_id(session, key_id)
    if row.revoked_at is not None and row.revoked_at <= at and not key.waits:
        detail = f"{key_id} was revoked at {row.revoked_at.isoformat()}"
        raise KeyEnded(detail, found=key_id, expected="a key that works")
    row.revoked_at = at
    session.add(row)
    session.flush()
    return _key(row, key.name, key.created_by)


def rotate(session: Session, key_id: str, at: datetime, ends_at: datetime) -> MadeKey:
    """Make a key in the place of another: of the same identity, for as long, with the same scope.

    Args:
        session: states the tenant.
        key_id: the key before.
        at: the instant.
        ends_at: when the one before ends, at the latest.

    Raises:
        UnknownKey: there is none of that name.
        KeyEnded: it works no more.
    """
    row, before = key_of_id(session, key_id)
    if not before.is_valid(at):
        raise KeyEnded(f"{key_id} works no more", found=key_id, expected="a key that works")
    row.expires_at = min(ends_at, before.expires_at or ends_at)
    session.add(row)
    session.flush()
    lifetime = None if before.expires_at is None else before.expires_at - before.created_at
    expires_at = None if lifetime is None else at + lifetime
    return create(session, find(session, before.name), at, scope=before.scope, expires_at=expires_at)


def key_of_id(session: Session, key_id: str) -> tuple[CredentialRow, Key]:
    """The row of a key, locked, and the key as lists show it.

    Raises:
        UnknownKey: there is none of that name.
    """
    known = session.exec(_LISTED.where(CredentialRow.id == key_id).with_for_update(of=CredentialRow)).one_or_none()
    if known is None:
        raise UnknownKey(f"there is no key {key_id!r}; `usufruct key list` names those there are", found=key_id)
    row, name, created_by = known
    return row, _key(row, name, created_by)


def _key(row: CredentialRow, name: str, created_by: str | None) -> Key:
    scope = None if row.scope is None else tuple(map(Permission, row.scope))
    waits = row.released_at is None and row.revoked_at == row.created_at
    return Key(
        id=row.id,
        name=name,
        scope=scope,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        waits=waits,
        created_by=created_by,
    )


def caller_of_work(session: Session, before: Caller, now: datetime) -> Caller:
    """Say what whoever asked for work may do by now.

    Args:
        session: states the tenant, and acts as the product.
        before: who asked, as it was then.
        now: the instant of the clock.

    Returns:
        The same identity in the role that it has now, within the scope of the key that it came by.

    Raises:
        Unauthenticated: it acts no more, or its key is revoked or has expired.
    """
    identity = session.exec(select(IdentityRow).where(IdentityRow.id == before.identity)).one()
    key_id = before.key.removeprefix(OF_KEY)
    credential = session.exec(select(CredentialRow).where(CredentialRow.id == key_id)).one_or_none()
    ends = [identity.disabled_at, *((credential.revoked_at, credential.expires_at) if credential else ())]
    if any(end is not None and end <= now for end in ends):
        raise Unauthenticated("whoever asked acts no more, or the key works no more")
    return replace(
        before,
        name=identity.name,
        role=Role(identity.role),
        party=identity.party,
        contract=identity.contract,
        administers=identity.administers,
    )
