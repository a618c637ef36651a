"""The people of the demonstration, two of whom see each contract and each price, and the program of its meters."""

from datetime import datetime

from sqlmodel import Session

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import create_identity, list_identities
from api.server.database import SYSTEM, Acting, act

MANAGER, FINANCE, SIGNATORY = "Anna Petersen", "Carla Nowak", "Emil Kurz"
CUSTOMER, METER = "Dora Meier", "telematics"
_PEOPLE = {
    person.name: person
    for person in (
        NewIdentity(MANAGER, Role.CONTRACT_MANAGER),
        NewIdentity(FINANCE, Role.FINANCE),
        NewIdentity(SIGNATORY, Role.FINANCE),
        NewIdentity(CUSTOMER, Role.CUSTOMER, party="Hanse Immobilien AG"),
        NewIdentity(METER, Role.METER, IdentityKind.PROGRAM),
    )
}


def enter(session: Session, name: str, at: datetime) -> str:
    """Let one of them act in the rest of a transaction; say the name again."""
    act(session, SYSTEM)  # neither of the two makes anybody
    known = {identity.name: identity for identity in list_identities(session)}
    identity = known.get(name) or create_identity(session, _PEOPLE[name], at=at)
    # whoever is outside would see nothing before its party is stated: the demonstration works in its name
    act(session, Acting(identity.id, identity.role.value if identity.party is None else SYSTEM.role))
    return name
