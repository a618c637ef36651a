"""Signing in as use cases: a key is exchanged for a short-lived token, a session is opened and closed."""

from datetime import datetime

from sqlmodel import Session

from api.access import client_credentials, sessions
from api.access.caller import Caller
from api.access.client_credentials import GrantedToken
from api.access.openid import KnownSubject
from api.access.roles import Permission
from api.audit.note import made
from api.server.database import as_product


def grant_token(session: Session, caller: Caller, scope: frozenset[Permission] | None, *, at: datetime) -> GrantedToken:
    """Make a short-lived token for the bearer of a key; it ends with the key."""
    with as_product(session):
        return client_credentials.grant(session, caller, scope, at)


def open_session(session: Session, by: Caller | KnownSubject, *, at: datetime) -> str:
    """Open a session for the bearer of a key, or for whom an ID token speaks for; say its number.

    Raises:
        TokenRefused: the token has opened a session already.
    """
    made(session, "a session")
    with as_product(session):
        if isinstance(by, KnownSubject):
            return sessions.open_by_subject(session, by, at)
        return sessions.open_by_key(session, by, at)


def close_session(session: Session, number: str, *, at: datetime) -> None:
    """End a session."""
    made(session, "a session")
    with as_product(session):
        sessions.close(session, number, at)
