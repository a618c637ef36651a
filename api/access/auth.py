"""API keys: each speaks for a tenant in a role and, in the role of a customer, for one party. Only hashes are kept."""

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, or_, update
from sqlmodel import col, select

from api.access.tables import CredentialRow
from api.refusals import Unauthenticated
from contracts.tables import PartyRow
from metering.tables import TenantRow
from metering.tenants.store import as_tenant
from quantities.errors import Conflict, Invalid, NotFound

_PREFIX = "usu_"
_LABEL_CHARACTERS_MAX = 200


class Role(StrEnum):
    """What a key may do."""

    MANUFACTURER = "manufacturer"  # declares, ingests, contracts, bills
    FINANCE = "finance"  # reads everything, issues
    CUSTOMER = "customer"  # reads what is its party's


class UnknownTenant(NotFound):
    """There is no tenant of that name."""


class UnknownParty(NotFound):
    """There is no party of that name."""


class UnfitLabel(Invalid):
    """The label is empty, too long, or has invisible characters."""


class LabelTaken(Conflict):
    """A valid key has this label already."""


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a key speaks: a tenant, a role, and for a customer one party."""

    tenant: int
    party: int | None
    role: Role
    label: str

    @property
    def is_customer(self) -> bool:
        """Whether the key speaks for one party, and so sees and does what is that party's alone."""
        return self.party is not None


def hashed(key: str) -> bytes:
    """Hash a key. Keys are 256 random bits, so nobody can find one by trying hashes."""
    return hashlib.sha256(key.encode()).digest()


def caller_of(look_up: Callable[[str, Mapping[str, object]], list[tuple[Any, ...]]], key: str, now: datetime) -> Caller:
    """Say for whom a key speaks.

    Args:
        look_up: asks the database, as ``Database.look_up``.
        key: as its bearer sends it.
        now: the instant at which it must be valid.

    Raises:
        Unauthenticated: the key is not known, or it is revoked.
    """
    return caller_in(look_up(CALLER, {"key_sha256": hashed(key)}), now)


def caller_in(rows: Iterable[tuple[Any, ...]], now: datetime) -> Caller:
    """The caller in the rows of ``CALLER``.

    Raises:
        Unauthenticated: there is none, or the key is revoked.
    """
    for tenant, party, role, label, revoked_at in rows:
        if revoked_at is None or revoked_at > now:
            return Caller(tenant, party, Role(role), label)
    raise Unauthenticated("the key is not known, or revoked")


#: Asks for whom the key with a hash speaks.
CALLER = "select tenant, party, role, label, revoked_at from credential where key_sha256 = %(key_sha256)s"


def as_label(written: str) -> str:
    """Write the label of a key in its one spelling: two that look alike would be two persons.

    Raises:
        UnfitLabel: it is empty, longer than 200 characters, or has characters that do not show.
    """
    label = unicodedata.normalize("NFC", written).strip()
    if not label.isprintable() or not 0 < len(label) <= _LABEL_CHARACTERS_MAX:
        expected = f"1 to {_LABEL_CHARACTERS_MAX} characters, each of which shows"
        raise UnfitLabel(f"{label[:_LABEL_CHARACTERS_MAX]!r} names nobody", found=label, expected=expected)
    return label


def create_key(
    administrator: Connection, tenant: int, role: Role, label: str, now: datetime, party: str | None = None
) -> str:
    """Make a key and say it, once; only its hash is kept. Its label stands for one person.

    Args:
        administrator: whose statements take effect one by one.
        tenant: whose data the key opens.
        role: what its bearer may do.
        label: who bears it.
        now: the instant from which it is valid.
        party: for a customer's key, the party's name.

    Raises:
        UnfitLabel: the label names nobody.
        LabelTaken: a key with that label is valid; revoke it first.
        UnknownParty: a customer's key speaks for a party of the tenant.
    """
    label, key = as_label(label), _PREFIX + secrets.token_urlsafe(32)
    with as_tenant(administrator, tenant):
        party_id = _party_id(administrator, tenant, party) if role is Role.CUSTOMER else None
        # without this lock two at once would not see each other's key
        administrator.execute(select(TenantRow.id).where(TenantRow.id == tenant).with_for_update(key_share=True))
        if _valid_keys(administrator, tenant, label, now):
            raise LabelTaken(f"a valid key is {label!r} already; `usufruct key revoke` ends it", found=label)
        administrator.execute(
            insert(CredentialRow).values(
                key_sha256=hashed(key), tenant=tenant, party=party_id, role=role.value, label=label, created_at=now
            )
        )
    return key


def _party_id(administrator: Connection, tenant: int, name: str | None) -> int:
    """Look up the number of a party of a tenant."""
    query = select(PartyRow.id).where(PartyRow.tenant == tenant, PartyRow.name == name)
    number = administrator.execute(query).scalar_one_or_none()
    if number is None:
        raise UnknownParty(f"there is no party {name!r}; a contract makes it", found=name)
    return number


def _valid_keys(administrator: Connection, tenant: int, label: str, now: datetime) -> int:
    """Count the keys that bear a label, in whatever case it is written, and are not revoked."""
    revoked_at = col(CredentialRow.revoked_at)
    query = select(func.count()).where(
        CredentialRow.tenant == tenant,
        func.lower(CredentialRow.label) == func.lower(label),
        or_(revoked_at.is_(None), revoked_at > now),
    )
    return administrator.execute(query).scalar_one()


def revoke_keys(administrator: Connection, tenant: int, label: str, now: datetime) -> int:
    """Revoke the keys of a label; say how many."""
    spellings = [label, unicodedata.normalize("NFC", label).strip()]  # a key from before labels had one spelling
    revoked = administrator.execute(
        update(CredentialRow)
        .where(
            col(CredentialRow.tenant) == tenant,
            col(CredentialRow.label).in_(spellings),
            col(CredentialRow.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
    return revoked.rowcount
