"""What is noted of the work of a transaction, and written with it: both are committed, or neither is.

over HTTP            with the commit, for by then it is known what the work has made; whether a request writes is known
                     by its permission, and what is refused is rolled back and leaves none
of deliveries        with the statement that opens the transaction, so that it costs no message of its own: there are
                     very many, and a message costs more than the entry (docs/decisions/0060)
at the command line  with the commit, and only if the transaction has written: one command may write or not
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from sqlmodel import Session

from api.access.roles import Permission, Role
from metering.log.transaction import driver
from quantities.period import utc

#: Whoever needs one of these takes things away: that leaves an entry although it writes nothing.
TAKES_AWAY = frozenset({Permission.EXPORTS_READ})
#: Whoever has one of these roles sees what is not their own: each look leaves an entry.
WATCHED = frozenset({Role.THIRD_PARTY})
#: What needs one of these computes or reads, and writes nothing.
WRITES_NOTHING = frozenset(permission for permission in Permission if permission.endswith(":read")) | {
    Permission.CONTRACTS_SIMULATE,
    Permission.PRICES_TRY,
    Permission.SAVINGS_COMPUTE,
    Permission.BASELINES_FIT,
    Permission.INVOICES_REPLAY,
}

_OBJECT_CHARACTERS_MAX = 500
_SALT_BYTES = 16


class Door(StrEnum):
    """By which door something was asked for."""

    HTTP = "http"
    COMMAND_LINE = "command line"
    SCHEDULE = "schedule"


@dataclass(slots=True)
class AuditNote:
    """What an entry says besides the tenant and who acts, which the transaction states.

    Attributes:
        at: the instant of the request or the command.
        door: by which it came.
        operation: a route's method and path, as it is declared, or a command; never with somebody's name in it.
        object: what it was done to, as a short text; never a person's name, for it stays as long as the chain.
        key: by which key, as lists of keys name it; None: by none.
        address: from where: of the network, or machine and account. It is erased sooner than the entry.
        body: what was sent, of which the entry has a hash.
        body_sha256: the hash, where it is known already.
        always: whether an entry is left where nothing was written.
        is_delivery: whether it is of readings, and goes with the opening.
    """

    at: datetime
    door: Door
    operation: str
    object: str = ""
    key: str | None = None
    address: str | None = None
    body: bytes = b""
    body_sha256: bytes | None = None
    always: bool = False
    is_delivery: bool = False


def is_always_noted(role: Role, needs: Collection[Permission]) -> bool:
    """Whether work leaves an entry although it writes nothing: exports, and all that third parties look at."""
    return role in WATCHED or not TAKES_AWAY.isdisjoint(needs)


def note(session: Session, noted: AuditNote) -> None:
    """Let a transaction leave an entry with its commit."""
    session.info[_NOTE] = noted


def about(session: Session, thing: str) -> None:
    """Say what a transaction's work is done to, where an entry that goes with the commit says it better so."""
    session.info[_ABOUT] = thing


def made(session: Session, thing: str) -> None:
    """Say what a transaction's work has made, by number, reference or month: never a person's name."""
    things: list[str] = session.info.setdefault(_MADE, [])
    if thing not in things:
        things.append(thing)


def opening(state: str, stated: Mapping[str, object], noted: AuditNote) -> tuple[str, Mapping[str, object]]:
    """The statement that opens a transaction, and writes an entry once it has stated who acts.

    Args:
        state: the query that states it.
        stated: its parameters.
        noted: what the entry says.
    """
    return _opening_with(state), {**stated, **_columns(noted, noted.object)}


@cache
def _opening_with(state: str) -> str:
    return f"{_WRITE} from ({state} offset 0) as stated"


def commit(session: Session) -> None:
    """Commit, and with it the entry of what was noted, on one way; nothing is sent where nothing has begun."""
    noted: AuditNote | None = session.info.pop(_NOTE, None)
    if noted is None or not (noted.always or session.in_transaction()):
        session.commit()
        return
    session.flush()
    columns = _columns(noted, _object(session, noted))
    with driver(session).pipeline(), driver(session).cursor() as cursor:
        cursor.execute(_WRITE if noted.always else _WRITE_IF_WRITTEN, columns, prepare=True)
        cursor.execute("commit", prepare=True)  # not the connection's own, which waits for the database once more
    session.commit()  # the database has committed: only the session is to know


_NOTE, _ABOUT, _MADE = "audit note", "audit object", "audit made"


def _object(session: Session, noted: AuditNote) -> str:
    """What the work was done to, and what it has made."""
    things: list[str] = session.info.pop(_MADE, [])
    return ", ".join(filter(None, (session.info.pop(_ABOUT, noted.object), *things)))


_WRITE = """
    insert into audit_entry (at, key, door, operation, object, body_sha256, address, address_salt, address_sha256)
    select %(at)s::timestamptz, %(key)s::text, %(door)s::text, %(operation)s::text, %(object)s::text,
           %(body_sha256)s::bytea, %(address)s::text, %(address_salt)s::bytea, %(address_sha256)s::bytea
"""
_WRITE_IF_WRITTEN = f"{_WRITE} where pg_current_xact_id_if_assigned() is not null"


def _columns(noted: AuditNote, thing: str) -> Mapping[str, object]:
    body_sha256 = noted.body_sha256
    if body_sha256 is None and noted.body:
        body_sha256 = hashlib.sha256(noted.body).digest()
    salt = None if noted.address is None else secrets.token_bytes(_SALT_BYTES)
    return {
        "at": utc(noted.at),
        "key": noted.key or None,
        "door": noted.door.value,
        "operation": noted.operation,
        "object": thing[:_OBJECT_CHARACTERS_MAX],
        "body_sha256": body_sha256,
        "address": noted.address,
        "address_salt": salt,
        "address_sha256": None if salt is None else salted(salt, noted.address or ""),
    }


def salted(salt: bytes, address: str) -> bytes:
    """The digest of an address that the chain holds; without its salt it cannot be found by trying addresses."""
    return hashlib.sha256(salt + address.encode()).digest()
