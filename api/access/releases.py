"""Releases: who, or which key, waits for another owner, and what a release of somebody lets in.

Nothing is let in that was not shown: a release names the identity and each key, by whom it was made, and until when.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from api.access.identities import Identity, find, identities
from api.access.keys import KEY, Key, key_of_id, keys
from api.access.roles import Role
from api.access.tables import CredentialRow, IdentityRow
from api.access.unseen import Unseen, see, unseen
from quantities.errors import Conflict

_WAITING = "somebody whom `usufruct waiting` lists"


class OwnIdentity(Conflict):
    """Whoever made the identity or its key cannot release it."""


class NothingWaits(Conflict):
    """Neither the identity nor a key of it waits for a release."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a release lets in, or has let in.

    Attributes:
        identity: whose it is.
        is_new: whether the identity itself is released, and not keys of it alone.
        keys: those that are released, by age.
    """

    identity: Identity
    is_new: bool
    keys: Sequence[Key]


def releasable(session: Session, name: str, by: int, now: datetime) -> Release:
    """Say what somebody could release of an identity: what waits, and what another alone has made and nobody has seen.

    Args:
        session: states the tenant.
        name: of the identity.
        by: the number of the owner who would release it.
        now: the instant.

    Raises:
        UnknownIdentity: nobody has the name.
        NothingWaits: it is released, and so are its keys; or it was refused.
        OwnIdentity: the same owner has made it, or each key of it that waits.
    """
    return _asked(session, find(session, name), by, now).release


def release(session: Session, name: str, at: datetime, by: int, only: Collection[str] | None = None) -> Release:
    """Release an identity that another person made, and the keys that others made for it: from now on they work.

    Args:
        session: states the tenant, and who acts.
        name: of the identity.
        at: the instant.
        by: the number of the owner who releases it.
        only: of its keys those that were shown; None: all that ``releasable`` names.

    Raises:
        UnknownIdentity, NothingWaits, OwnIdentity: as ``releasable``.
    """
    identity = find(session, name)
    row = session.exec(select(IdentityRow).where(IdentityRow.id == identity.id).with_for_update()).one()
    asked = _asked(session, identity, by, at)
    if identity.waits:
        row.released_at = at
        session.flush()  # first who it is
    shown = [key.id for key in asked.release.keys if only is None or key.id in only]
    for waiting in asked.waiting:
        if waiting.id in shown:
            waiting.released_at = at
    session.flush()
    for made in asked.unseen:
        if made.key is None or made.key in shown:
            see(session, made, identity.id)
    session.expire_all()  # the database has let them act
    return Release(find(session, name), asked.release.is_new, [key for key in keys(session) if key.id in shown])


def release_key(session: Session, key_id: str, at: datetime, by: int) -> Key:
    """Release one key that another person made.

    Args:
        session: states the tenant, and who acts.
        key_id: of the key.
        at: the instant.
        by: the number of the owner who releases it.

    Raises:
        UnknownKey: there is none of that name.
        NothingWaits: it is released, or was refused.
        OwnIdentity: the same owner has made it.
    """
    row, key = key_of_id(session, key_id)
    alone = next((made for made in unseen(session, at) if made.key == key_id), None)
    if not key.waits and alone is None:
        raise NothingWaits(f"{key_id} does not wait for a release", found=key_id, expected=_WAITING)
    if by == row.created_identity or (alone is not None and by in alone.hidden_from):
        detail = f"you have made {key_id}, or it is yours: another owner releases it"
        raise OwnIdentity(detail, found=key_id, expected="another owner")
    if alone is not None:
        see(session, alone, row.identity)
    else:
        row.released_at = at
    session.flush()
    session.expire(row)
    return key_of_id(session, key_id)[1]


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


@dataclass(frozen=True, slots=True)
class _AskedRelease:
    """What a release is of: shown, and as rows."""

    release: Release
    waiting: Sequence[CredentialRow]
    unseen: Sequence[Unseen]


def _asked(session: Session, identity: Identity, by: int, now: datetime) -> _AskedRelease:
    is_refused = identity.disabled_at is not None and not identity.waits
    waiting = [] if is_refused else _waiting(session, identity)
    alone = [made for made in unseen(session, now) if made.name == identity.name]
    if not identity.waits and not waiting and not alone:
        raise NothingWaits(f"nothing of {identity.name!r} waits for a release", found=identity.name, expected=_WAITING)
    of_others = [row for row in waiting if row.created_identity != by]
    to_see = [made for made in alone if by not in made.hidden_from]
    made_by = session.exec(select(IdentityRow.created_identity).where(IdentityRow.id == identity.id)).one()
    if made_by == by if identity.waits else not (of_others or to_see):
        detail = f"you have made {identity.name!r}, or a key of it: another owner releases it"
        raise OwnIdentity(detail, found=identity.name, expected="another owner")
    is_new = identity.waits or any(made.key is None for made in to_see)
    ids = {row.id for row in of_others} | {made.key for made in to_see}
    return _AskedRelease(Release(identity, is_new, [key for key in keys(session) if key.id in ids]), of_others, to_see)


def _waiting(session: Session, identity: Identity) -> Sequence[CredentialRow]:
    waiting = select(CredentialRow).where(
        CredentialRow.identity == identity.id,
        CredentialRow.kind == KEY,
        col(CredentialRow.released_at).is_(None),
        col(CredentialRow.revoked_at) == CredentialRow.created_at,
    )
    return session.exec(waiting).all()
