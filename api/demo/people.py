"""The people of the demonstration, two of whom see each contract and each price."""

from datetime import datetime

from sqlmodel import Session

from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import create_identity, list_identities
from api.server.database import SYSTEM, Acting, act

MANAGER, FINANCE = "Anna Petersen", "Carla Nowak"
_ROLES = {MANAGER: Role.CONTRACT_MANAGER, FINANCE: Role.FINANCE}


def enter(session: Session, name: str, at: datetime) -> str:
    """Let one of them act in the rest of a transaction; say the name again."""
    act(session, SYSTEM)  # neither of the two makes anybody
    known = {identity.name: identity for identity in list_identities(session)}
    identity = known.get(name) or create_identity(session, NewIdentity(name, _ROLES[name]), at=at)
    act(session, Acting(identity.id, identity.role.value))
    return name
