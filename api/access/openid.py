"""Outside issuers of identities (OpenID providers): which ones a tenant trusts, and who their subjects are here.

Somebody is a subject of an issuer that was bound to an identity. No address of mail and no name binds anybody: they
change, are given to others, and some issuers let everybody write them (OpenID Connect Core, 5.7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.caller import Caller
from api.access.identities import find
from api.access.keys import LookUp, caller_in
from api.access.openid_keys import IssuerKeys, as_issuer
from api.access.openid_tokens import (
    SignedToken,
    TokenRefused,
    is_access_token,
    read_token,
    refuse_untimely,
    verify,
)
from api.access.tables import IdentityRow, OpenIdIssuerRow, OpenIdSubjectRow
from api.refusals import Unauthenticated
from quantities.errors import Conflict, Invalid, NotFound

_ISSUERS_MAX = 20  # whoever names one lets the program ask it for its keys
_NAME_CHARACTERS_MAX = 255
#: Claims that name nobody for good.
_CHANGING = frozenset(
    {
        "email",
        "email_verified",
        "family_name",
        "given_name",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "picture",
        "preferred_username",
        "profile",
        "unique_name",
        "upn",
        "website",
    }
)


class UnfitClaim(Invalid):
    """The claim, the audience or the subject names nobody for good."""


class TooManyIssuers(Conflict):
    """The tenant trusts as many issuers as it may."""


class OtherClaim(Conflict):
    """The issuer's people are named by another claim already."""


class UnknownIssuer(NotFound):
    """The tenant trusts no such issuer."""


class SubjectTaken(Conflict):
    """The subject is bound to somebody already."""


class UnknownSubject(NotFound):
    """No such subject is bound to anybody."""


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer that a tenant trusts.

    Attributes:
        issuer: its address, to the letter as its tokens say it.
        audience: whom its tokens must be for.
        claim: which of their claims names the subject.
        added_at: since when it is trusted.
    """

    issuer: str
    audience: str
    claim: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class BoundSubject:
    """A subject of an issuer, and the name of the identity that it is."""

    issuer: str
    subject: str
    name: str
    bound_at: datetime


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """Who a token speaks for.

    Attributes:
        caller: the identity.
        subject_id: the number of the binding.
        audience: under which its issuer knows the tenant.
        token: the token, verified.
    """

    caller: Caller
    subject_id: int
    audience: str
    token: SignedToken


def trust(session: Session, issuer: str, audience: str, claim: str, at: datetime) -> TrustedIssuer:
    """Trust an issuer, or change for whom the tokens of one that is trusted must be.

    Args:
        session: states the tenant.
        issuer: its address.
        audience: for whom its tokens must be, as the client identifier that it gave.
        claim: which claim of its tokens names the subject.
        at: the instant.

    Raises:
        UnfitIssuer: the address is none of an issuer.
        UnfitClaim: the claim is one that changes or that anybody may write, or the audience is no name.
        OtherClaim: it is trusted with another claim, by which subjects are bound.
        TooManyIssuers: there are 20 already.
    """
    as_issuer(issuer)
    if _fit(claim, "a claim such as sub") in _CHANGING:
        expected = "a claim that is never given to another, as sub"
        raise UnfitClaim(f"{claim} names nobody for good", found=claim, expected=expected)
    _fit(audience, "the audience of the tokens")
    known = session.exec(_trusted().where(OpenIdIssuerRow.issuer == issuer).with_for_update()).one_or_none()
    if known is None:
        count = len(session.exec(_trusted()).all())
        if count >= _ISSUERS_MAX:
            raise TooManyIssuers(f"{count} issuers are trusted", found=count, expected=f"at most {_ISSUERS_MAX}")
        known = OpenIdIssuerRow(issuer=issuer, audience=audience, claim=claim, added_at=at)
    elif known.claim != claim:
        detail = f"the people of {issuer} are bound by {known.claim}; remove it first, and with it who is bound"
        raise OtherClaim(detail, found=claim, expected=known.claim)
    known.audience = audience
    session.add(known)
    session.flush()
    return _shown(known)


def trusted(session: Session) -> list[TrustedIssuer]:
    """List the issuers that the tenant trusts, by address."""
    return [_shown(row) for row in session.exec(_trusted().order_by(OpenIdIssuerRow.issuer))]


def distrust(session: Session, issuer: str, at: datetime) -> TrustedIssuer:
    """Trust an issuer no more: its tokens, its sessions and who is bound to its subjects end with it.

    Raises:
        UnknownIssuer: it is not trusted.
    """
    row = _known(session, issuer)
    row.removed_at = at
    session.add(row)
    session.flush()
    return _shown(row)


def bind(session: Session, name: str, issuer: str, subject: str, at: datetime) -> BoundSubject:
    """Say who a subject of an issuer is.

    Args:
        session: states the tenant, and the party where a customer's administrator binds.
        name: of the identity.
        issuer: the address of an issuer that is trusted.
        subject: the value of the claim that names it.
        at: the instant.

    Raises:
        UnknownIdentity: nobody has the name.
        UnknownIssuer: the issuer is not trusted.
        UnfitClaim: the subject is no name.
        SubjectTaken: it is bound to somebody.
    """
    identity, row = find(session, name), _known(session, issuer)
    _fit(subject, "a subject")
    if session.exec(_bound(row, subject)).one_or_none() is not None:
        raise SubjectTaken(
            f"{subject} of {issuer} is bound already", found=subject, expected="one that is bound to nobody"
        )
    session.execute(
        insert(OpenIdSubjectRow).values(issuer_id=row.id, subject=subject, identity=identity.id, bound_at=at)
    )
    return BoundSubject(issuer, subject, identity.name, at)


def unbind(session: Session, issuer: str, subject: str, at: datetime) -> BoundSubject:
    """Let a subject be nobody here: its tokens and sessions end.

    Raises:
        UnknownSubject: it is not bound to anybody whom the caller may see.
    """
    for bound in bound_subjects(session):
        if (bound.issuer, bound.subject) == (issuer, subject):
            row = session.exec(_bound(_known(session, issuer), subject).with_for_update()).one()
            row.unbound_at = at
            session.add(row)
            session.flush()
            return bound
    raise UnknownSubject(f"{subject!r} of {issuer!r} is not bound", found=subject)


def bound_subjects(session: Session) -> list[BoundSubject]:
    """List the subjects that are bound to people whom the caller may see, by name."""
    rows = session.exec(
        select(OpenIdSubjectRow, OpenIdIssuerRow.issuer, IdentityRow.name)
        .join(
            OpenIdIssuerRow,
            (col(OpenIdIssuerRow.tenant) == OpenIdSubjectRow.tenant)
            & (col(OpenIdIssuerRow.id) == OpenIdSubjectRow.issuer_id),
        )
        .join(
            IdentityRow,
            (col(IdentityRow.tenant) == OpenIdSubjectRow.tenant) & (col(IdentityRow.id) == OpenIdSubjectRow.identity),
        )
        .where(col(OpenIdSubjectRow.unbound_at).is_(None), col(OpenIdIssuerRow.removed_at).is_(None))
        .order_by(IdentityRow.name, OpenIdIssuerRow.issuer, OpenIdSubjectRow.subject)
    )
    return [BoundSubject(issuer, row.subject, name, row.bound_at) for row, issuer, name in rows]


def subject_of_token(look_up: LookUp, keys: IssuerKeys, compact: str, now: datetime) -> KnownSubject:
    """Say who a signed token speaks for.

    Args:
        look_up: asks the database before a tenant is stated.
        keys: of the issuers.
        compact: the token as it was sent.
        now: the instant at which it must be valid.

    Raises:
        TokenRefused: it speaks for nobody here.
        IssuerUnreachable: its issuer is trusted, and its keys cannot be had now.
    """
    token = read_token(compact)
    issuer = token.text("iss")
    trusted_by = look_up("select * from openid_issuers_of(%(issuer)s)", {"issuer": issuer})
    if not trusted_by:
        raise TokenRefused("its issuer is not trusted")
    verify(token, keys.of(issuer, token.key_id))
    refuse_untimely(token, now)
    candidates = [row for row in trusted_by if row[2] in token.audiences]
    if not candidates:
        raise TokenRefused("it is for somebody else")
    bound = [(row, audience) for *asked, audience, claim in candidates for row in _who(look_up, token, asked, claim)]
    if len(bound) != 1:  # where several tenants share issuer and audience, none of them may take another's people
        raise TokenRefused("its subject is not bound to one identity")
    ((*row, subject_id), audience) = bound[0]
    try:
        caller = caller_in([tuple(row)], now)
    except Unauthenticated as error:
        raise TokenRefused("whose it is acts no more") from error
    return KnownSubject(caller, subject_id, audience, token)


def refuse_no_id_token(known: KnownSubject) -> None:
    """Refuse a token that does not say who signed in, or says it to another client.

    Raises:
        TokenRefused: it is so.
    """
    token = known.token
    if is_access_token(token):
        raise TokenRefused("it is an access token")
    if len(token.audiences) > 1 and "azp" not in token.claims:
        raise TokenRefused("it has several audiences and was asked for by none")
    if "azp" in token.claims and token.claims["azp"] != known.audience:
        raise TokenRefused("another client has asked for it")


def _who(look_up: LookUp, token: SignedToken, trusted_by: Sequence[int], claim: str) -> list[tuple[Any, ...]]:
    tenant, issuer_id = trusted_by
    asked = {"tenant": tenant, "issuer": issuer_id, "subject": token.text(claim)}
    return look_up("select * from openid_bearer_of(%(tenant)s, %(issuer)s, %(subject)s)", asked)


def _fit(word: str, expected: str) -> str:
    if not word.isprintable() or not 0 < len(word) <= _NAME_CHARACTERS_MAX or word != word.strip():
        raise UnfitClaim(f"{word[:_NAME_CHARACTERS_MAX]!r} is no name", found=word, expected=expected)
    return word


def _trusted() -> SelectOfScalar[OpenIdIssuerRow]:
    return select(OpenIdIssuerRow).where(col(OpenIdIssuerRow.removed_at).is_(None))


def _bound(issuer: OpenIdIssuerRow, subject: str) -> SelectOfScalar[OpenIdSubjectRow]:
    return select(OpenIdSubjectRow).where(
        OpenIdSubjectRow.issuer_id == issuer.id,
        OpenIdSubjectRow.subject == subject,
        col(OpenIdSubjectRow.unbound_at).is_(None),
    )


def _known(session: Session, issuer: str) -> OpenIdIssuerRow:
    row = session.exec(_trusted().where(OpenIdIssuerRow.issuer == issuer)).one_or_none()
    if row is None:
        raise UnknownIssuer(f"{issuer!r} is not trusted here", found=issuer)
    return row


def _shown(row: OpenIdIssuerRow) -> TrustedIssuer:
    return TrustedIssuer(row.issuer, row.audience, row.claim, row.added_at)
