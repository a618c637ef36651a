"""Outside issuers as use cases: trusted, listed and removed; and who their subjects are here."""

from datetime import datetime

from sqlmodel import Session

from api.access import openid
from api.access.caller import Caller
from api.access.identities import find, identities, owners_release
from api.access.openid import BoundSubject, TrustedIssuer, UnknownSubject
from api.access.roles import Permission, Role
from api.audit.note import made
from api.refusals import Forbidden
from api.server.database import as_product
from quantities.errors import Conflict

#: Who changes nothing, whoever acts as them.
_READ_ALONE = frozenset({Role.AUDITOR, Role.THIRD_PARTY})


class BoundByItself(Conflict):
    """Where there are two owners, each person must bind its own subject."""


def refuse_outsider(caller: Caller) -> None:
    """Refuse whoever administers a customer's people: whom the tenant trusts is the tenant's own.

    Raises:
        Forbidden: the caller speaks for a party.
    """
    if caller.is_customer:
        raise Forbidden("whom the tenant trusts is its own", found=caller.role.value)


def trust_issuer(session: Session, issuer: str, audience: str, claim: str, *, at: datetime) -> TrustedIssuer:
    """Trust an issuer, or change for whom its tokens must be.

    Raises:
        UnfitIssuer, UnfitClaim, OtherClaim, TooManyIssuers: as ``openid.trust``.
    """
    made(session, f"issuer {issuer}")
    return openid.trust(session, issuer, audience, claim, at)


def trusted_issuers(session: Session) -> list[TrustedIssuer]:
    """List the issuers that the tenant trusts, by address."""
    return openid.trusted(session)


def remove_issuer(session: Session, issuer: str, *, at: datetime) -> TrustedIssuer:
    """Trust an issuer no more; who is bound to its subjects is so no more.

    Raises:
        UnknownIssuer: it is not trusted.
    """
    made(session, f"issuer {issuer}")
    return openid.distrust(session, issuer, at)


def bind_subject(
    session: Session, caller: Caller, name: str, issuer: str, subject: str, *, at: datetime
) -> BoundSubject:
    """Say who a subject of an issuer is. Everybody binds for themselves; where there are two owners, nobody for others.

    Raises:
        Forbidden: it is somebody else's, and the caller manages nobody.
        BoundByItself: four eyes are on, and there are two owners.
        UnknownIdentity, UnknownIssuer, UnfitClaim, SubjectTaken: as ``openid.bind``.
    """
    bound = find(session, name)  # whom the caller may see, of whoever's people it is
    if bound.id != caller.identity:
        caller.needs(Permission.PEOPLE_WRITE)
        if not caller.is_customer and bound.role not in _READ_ALONE and owners_release(session) > 1:
            detail = f"{bound.name!r} binds it: POST /v1/openid/subjects"
            raise BoundByItself(detail, found=bound.name, expected="the person's own key")
    made(session, f"identity {bound.id}")
    with as_product(session):
        return openid.bind(session, bound.name, issuer, subject, at)


def unbind_subject(session: Session, issuer: str, subject: str, *, at: datetime) -> BoundSubject:
    """Let a subject of an issuer be nobody here.

    Raises:
        UnknownSubject: it is not bound.
    """
    if not any((bound.issuer, bound.subject) == (issuer, subject) for bound in list_subjects(session)):
        raise UnknownSubject(f"{subject!r} of {issuer!r} is not bound", found=subject)
    made(session, f"a subject of {issuer}")
    with as_product(session):
        return openid.unbind(session, issuer, subject, at)


def list_subjects(session: Session) -> list[BoundSubject]:
    """List the subjects that are bound to people whom the caller may see, by name."""
    seen = {identity.name for identity in identities(session)}
    with as_product(session):
        return [bound for bound in openid.bound_subjects(session) if bound.name in seen]
