"""Short-lived tokens for programs (OAuth 2.0 client credentials, RFC 6749, 4.4): a key is exchanged for one.

A token is a random word with a row, as a key has one: it ends at once with the key and with whose it is, it is looked
up in the same way, and there is no secret that signs it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlmodel import Session

from api.access.caller import Caller
from api.access.keys import hashed
from api.access.roles import Permission
from api.access.tables import CredentialRow
from quantities.errors import Invalid

TOKEN_LIFETIME = timedelta(minutes=10)
_PREFIX = "uto_"
_ID_CHARACTERS = len(_PREFIX) + 12


class ScopeBeyondKey(Invalid):
    """The scope names what the key does not include."""


@dataclass(frozen=True, slots=True)
class GrantedToken:
    """A token that was made: this is the only time that it is said.

    Attributes:
        token: the bearer's word.
        scope: what it may do.
        lifetime: for how long.
    """

    token: str
    scope: Sequence[Permission]
    lifetime: timedelta


def scope_within(caller: Caller, asked: Sequence[str]) -> frozenset[Permission] | None:
    """The scope of a token that a key's bearer asks for; nothing asked is all that the key may.

    Raises:
        ScopeBeyondKey: the key may not do all of it.
    """
    if not asked:
        return caller.scope
    beyond = sorted(set(asked) - set(map(str, caller.permissions)))
    if beyond:
        included = sorted(map(str, caller.permissions))
        detail = f"the key does not include {len(beyond)} of what is asked"
        raise ScopeBeyondKey(detail, place="/body/scope", found=beyond, expected=included)
    return frozenset(map(Permission, asked))


def grant(session: Session, caller: Caller, scope: frozenset[Permission] | None, at: datetime) -> GrantedToken:
    """Make a token for the bearer of a key, and sweep those that have ended.

    Args:
        session: states the tenant.
        caller: the bearer of the key.
        scope: what the token may do at most, within what the key may; None: all that the role may.
        at: the instant.
    """
    token = _PREFIX + secrets.token_urlsafe(32)
    session.execute(select(func.sweep_ended(at)))
    session.execute(
        insert(CredentialRow).values(
            key_sha256=hashed(token),
            id=token[:_ID_CHARACTERS],
            kind="token",
            of_key=caller.key,
            identity=caller.identity,
            scope=None if scope is None else sorted(map(str, scope)),
            created_at=at,
            expires_at=at + TOKEN_LIFETIME,
        )
    )
    may = caller.permissions if scope is None else caller.permissions & scope
    return GrantedToken(token, sorted(may), TOKEN_LIFETIME)
