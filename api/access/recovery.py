"""When a key is lost: an administrator of the database makes a new one for an owner, on the record.

Where there are two owners, whom one of them makes waits for the other; if the key of one is lost, nobody releases any
more. Whoever administers the database could write to it what they like: this way it stands in the audit, and before
every owner, until another owner has looked at it.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from api.access import keys
from api.access.caller import IdentityKind
from api.access.identities import find
from api.access.keys import KEY, MadeKey
from api.access.roles import Role
from api.access.tables import CredentialRow
from quantities.errors import Conflict, Invalid


class NotAnActingOwner(Conflict):
    """Only the key of an owner who acts can be recovered."""


class NoReason(Invalid):
    """The reason is missing."""


def recover(session: Session, name: str, reason: str, at: datetime) -> tuple[MadeKey, list[str]]:
    """Make a new key for an owner, and end all others of theirs, with what came of them.

    Args:
        session: an administrator's, which states the tenant; the database refuses it to the application.
        name: of the owner, who is one already: nobody is made, and nobody who waits or is disabled is let in.
        reason: why; it stands beside the key, and is shown to every owner.
        at: the instant.

    Returns:
        The new key, and the first characters of those that ended.

    Raises:
        UnknownIdentity: nobody has the name.
        NotAnActingOwner: who has it is no owner in person, or waits for a release, or acts no more.
        NoReason: the reason is blank.
    """
    if not reason.strip():
        raise NoReason(found=reason, expected="why the key is recovered")
    owner = find(session, name)
    if owner.kind is not IdentityKind.PERSON or owner.role is not Role.OWNER or owner.disabled_at is not None:
        state = "waits for a release" if owner.waits else "acts no more" if owner.disabled_at else f"is a {owner.kind}"
        raise NotAnActingOwner(f"{owner.name!r}, {owner.role}, {state}", found=owner.name, expected="an owner who acts")
    before = select(CredentialRow).where(
        CredentialRow.identity == owner.id, CredentialRow.kind == KEY, col(CredentialRow.revoked_at).is_(None)
    )
    ended = session.exec(before.with_for_update()).all()
    for row in ended:
        row.revoked_at = at
    session.flush()
    made = keys.create(session, owner, at, recovery_reason=reason.strip())
    return made, sorted(row.id for row in ended)
