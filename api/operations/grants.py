"""Grants as use cases: a customer lets a third party see the use of one machine, and takes it back."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.access import grants
from api.access.grants import Grant
from api.audit.note import made


def grant_machine(session: Session, name: str, machine: str, *, at: datetime) -> Grant:
    """Let a third party see the use of a machine of one's contracts.

    Raises:
        UnknownIdentity, NotAThirdParty, UnknownMachine, AlreadyGranted: as ``grants.grant_machine``.
    """
    grant = grants.grant_machine(session, name, machine, at)
    made(session, f"grant {grant.id}")
    return grant


def revoke_grant(session: Session, number: int, *, at: datetime) -> Grant:
    """Let a third party see a machine no more, from its next request on.

    Raises:
        UnknownGrant: the caller has made none of that number.
        GrantRevoked: it is revoked already.
    """
    return grants.revoke_grant(session, number, at)


def list_grants(session: Session) -> Sequence[Grant]:
    """List the grants that the caller may see, in the order of their making; revoked ones stay listed."""
    return grants.grants(session)
