"""Who calls: a key, kept only as its hash, that speaks for a tenant in a role and, for a customer, for one party."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, text
from sqlmodel import Session, select

from api.problems import Unauthenticated
from api.tables import CredentialRow
from metering.errors import NotFound

_PREFIX = "usu_"


class Role(StrEnum):
    """What a key may do."""

    MANUFACTURER = "manufacturer"  # declares, ingests, contracts, bills
    FINANCE = "finance"  # reads everything, issues
    CUSTOMER = "customer"  # reads what is its party's


class UnknownTenant(NotFound):
    """There is no tenant of that name."""


class UnknownParty(NotFound):
    """There is no party of that name."""


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a request is made."""

    tenant: int
    party: int | None
    role: Role
    label: str


def hashed(key: str) -> bytes:
    """Hash a key. Keys are 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(key.encode()).digest()


def caller_of(session: Session, key: str, now: datetime) -> Caller:
    """Find for whom a key speaks.

    Raises:
        Unauthenticated: nobody, or it is revoked.
    """
    found = session.exec(select(CredentialRow).where(CredentialRow.key_sha256 == hashed(key))).one_or_none()
    if found is None or (found.revoked_at is not None and found.revoked_at <= now):
        raise Unauthenticated("the key is not known, or revoked")
    return Caller(found.tenant, found.party, Role(found.role), found.label)


def create_tenant(administrator: Connection, name: str) -> int:
    """Make a tenant, or find it."""
    administrator.execute(text("insert into tenant (name) values (:n) on conflict do nothing"), {"n": name})
    return int(administrator.execute(text("select id from tenant where name = :n"), {"n": name}).scalar_one())


def four_eyes(administrator: Connection, tenant: int, off: Mapping[str, str] | None) -> None:
    """Let one person release what the same has prepared, with who said so, when and why; or no longer."""
    administrator.execute(
        text("update tenant set four_eyes_off = cast(:off as jsonb) where id = :id"),
        {"id": tenant, "off": None if off is None else json.dumps(dict(off))},
    )


def create_key(
    administrator: Connection, tenant: int, role: Role, label: str, now: datetime, party: str | None = None
) -> str:
    """Make a key and say it, once; only its hash is kept.

    Raises:
        UnknownParty: a customer's key speaks for a party of the tenant.
    """
    party_id = None
    if role is Role.CUSTOMER:
        party_id = administrator.execute(
            text("select id from party where tenant = :t and name = :n"), {"t": tenant, "n": party}
        ).scalar()
        if party_id is None:
            raise UnknownParty(f"there is no party {party!r}; a contract makes it", found=party)
    key = _PREFIX + secrets.token_urlsafe(32)
    administrator.execute(
        text("""insert into credential (key_sha256, tenant, party, role, label, created_at)
                values (:hash, :tenant, :party, :role, :label, :now)"""),
        {"hash": hashed(key), "tenant": tenant, "party": party_id, "role": role.value, "label": label, "now": now},
    )
    return key


def revoke_keys(administrator: Connection, tenant: int, label: str, now: datetime) -> int:
    """Revoke the keys of a label; say how many."""
    done = administrator.execute(
        text("""update credential set revoked_at = :now where tenant = :t and label = :l and revoked_at is null"""),
        {"now": now, "t": tenant, "l": label},
    )
    return int(done.rowcount)
