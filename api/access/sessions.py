"""Sessions of a browser: a signed cookie, behind which stands a row that ends.

cookie    a random number and its signature, so that one that is made up is refused without asking the database
row       its hash; it ends when nobody has used it for 30 minutes, after 12 hours, when it is closed, and with the key
          or the subject that it was opened with (``session_of``)
unsafe    what writes has to bring a word besides that only pages of the same origin can know
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlmodel import Session

from api.access.caller import Caller
from api.access.keys import LookUp, caller_in, hashed
from api.access.openid import KnownSubject
from api.access.openid_tokens import TokenRefused
from api.access.roles import Permission
from api.access.tables import CredentialRow, OpenIdUseRow
from api.refusals import Unauthenticated

#: ``session_of`` says the same, and how long it lasts in any case.
UNUSED_MAX = timedelta(minutes=30)
_COOKIE_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """Who comes by a cookie, and the session's number, which nobody else may learn."""

    caller: Caller
    number: str


class SessionSigner:
    """Signs the numbers of sessions, and says the word that belongs to one."""

    def __init__(self, secret: bytes) -> None:
        """Sign with a secret."""
        self._secret = secret

    def cookie(self, number: str) -> str:
        """The value of a session's cookie."""
        return f"{number}.{self._digest('session', number)}"

    def number(self, cookie: str) -> str:
        """The number in a cookie.

        Raises:
            Unauthenticated: the cookie was not signed here.
        """
        number, _, signature = cookie[:_COOKIE_CHARACTERS_MAX].partition(".")
        if not hmac.compare_digest(signature.encode(), self._digest("session", number).encode()):
            raise Unauthenticated("the session is not known, or has ended")
        return number

    def csrf_token(self, number: str) -> str:
        """The word that a request of this session has to bring when it writes."""
        return self._digest("csrf", number)

    def _digest(self, purpose: str, number: str) -> str:
        digest = hmac.digest(self._secret, f"usufruct {purpose} {number}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def session_of(look_up: LookUp, number: str, now: datetime) -> BrowserSession:
    """Say who comes by the session of a number; it goes on from now.

    Raises:
        Unauthenticated: there is none, or it has ended.
    """
    asked = {"number_sha256": hashed(number), "now": now}
    try:
        rows = look_up("select * from session_of(%(number_sha256)s, %(now)s)", asked)
        return BrowserSession(caller_in(rows, now), number)
    except Unauthenticated as error:
        raise Unauthenticated("the session is not known, or has ended") from error


def open_by_key(session: Session, caller: Caller, at: datetime) -> str:
    """Open a session for the bearer of a key; within the key's scope, and no longer than the key.

    Returns:
        Its number, which is new each time.
    """
    scope = None if caller.scope is None else sorted(caller.scope)
    return _opened(session, caller, at, scope=scope, of_key=caller.key)


def open_by_subject(session: Session, known: KnownSubject, at: datetime) -> str:
    """Open a session for whom an ID token speaks for. A token opens one session.

    Raises:
        TokenRefused: it has opened one already.
    """
    # of what is signed, and not of the whole: of some signatures there are two that are right
    digest = hashlib.sha256(known.token.signed).digest()
    row = {"token_sha256": digest, "expires_at": known.token.expires_at}
    table = OpenIdUseRow.__table__  # type: ignore[attr-defined]
    kept = session.execute(
        insert_once(table).values(**row).on_conflict_do_nothing().returning(table.c.token_sha256)
    ).scalar_one_or_none()
    if kept is None:
        raise TokenRefused("it has opened a session already")
    return _opened(session, known.caller, at, openid_subject=known.subject_id)


def close(session: Session, number: str, at: datetime) -> None:
    """End a session of the tenant that is stated; one that has ended stays so."""
    table = CredentialRow.__table__  # type: ignore[attr-defined]
    session.execute(
        update(table)
        .where(table.c.key_sha256 == hashed(number), table.c.kind == "session", table.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def _opened(
    session: Session, caller: Caller, at: datetime, *, scope: Sequence[Permission] | None = None, **by: object
) -> str:
    number = secrets.token_urlsafe(32)
    session.execute(select(func.sweep_ended(at)))
    session.execute(
        insert(CredentialRow).values(
            key_sha256=hashed(number),
            id=f"session_{secrets.token_hex(8)}",
            kind="session",
            identity=caller.identity,
            scope=None if scope is None else [str(permission) for permission in scope],
            created_at=at,
            expires_at=at + UNUSED_MAX,
            **by,
        )
    )
    return number
