"""The ways in: a key, a short-lived token, a signed token of an outside issuer, or a session. One identity behind all.

This is the one place where what a request shows becomes a caller.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.access.caller import Caller
from api.access.keys import LookUp, caller_of
from api.access.openid import subject_of_token
from api.access.openid_keys import IssuerKeys
from api.access.openid_tokens import is_signed_token
from api.access.sessions import BrowserSession, SessionSigner, session_of
from api.server.database import Database


class Way(StrEnum):
    """What a credential seems to be, before anybody has looked it up."""

    BEARER = "key"  # a key, or a token that was had for one
    SIGNED = "openid token"
    COOKIE = "session"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request shows to say who it is; never printed."""

    way: Way
    shown: str

    def __repr__(self) -> str:
        """Its kind, and nothing of it."""
        return f"Credential({self.way})"


def borne(shown: str) -> Credential:
    """The credential that stands in the header ``Authorization: Bearer``."""
    return Credential(Way.SIGNED if is_signed_token(shown) else Way.BEARER, shown)


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """Who comes, and for a session its number."""

    caller: Caller
    session_number: str | None = None


class WaysIn:
    """Looks credentials up."""

    def __init__(self, database: Database, keys: IssuerKeys) -> None:
        """Look up with the connections that are kept for it, and the issuers' keys."""
        self.database, self.keys = database, keys
        self._signer: SessionSigner | None = None
        self._lock = threading.Lock()

    @property
    def look_up(self) -> LookUp:
        """Asks the database before a tenant is stated."""
        return self.database.look_up

    @property
    def signer(self) -> SessionSigner:
        """Signs sessions, with the secret that the database keeps."""
        with self._lock:
            if self._signer is None:
                ((secret,),) = self.look_up("select secret from signing_secret", {})
                self._signer = SessionSigner(secret)
            return self._signer

    def who(self, credential: Credential, now: datetime) -> KnownCaller:
        """Say who shows a credential.

        Raises:
            Unauthenticated: it speaks for nobody.
            IssuerUnreachable: it is a token of an issuer whose keys cannot be had now.
        """
        match credential.way:
            case Way.BEARER:
                return KnownCaller(caller_of(self.look_up, credential.shown, now))
            case Way.SIGNED:
                return KnownCaller(subject_of_token(self.look_up, self.keys, credential.shown, now).caller)
            case Way.COOKIE:
                known = self.session(credential.shown, now)
                return KnownCaller(known.caller, known.number)

    def session(self, cookie: str, now: datetime) -> BrowserSession:
        """The session of a cookie.

        Raises:
            Unauthenticated: the cookie was not signed here, or its session has ended.
        """
        number = self.signer.number(cookie)
        return session_of(self.look_up, number, now)
