"""Who calls: a key, kept only as its hash, that speaks for a tenant in a role and, for a customer, for one party."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, text
from sqlmodel import Session, select

from api.access.tables import CredentialRow
from api.http.problems import Unauthenticated
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
    """The label is empty, too long, or has characters that do not show."""


class LabelTaken(Conflict):
    """A valid key of the tenant has this label already."""


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a request is made."""

    tenant: int
    party: int | None
    role: Role
    label: str

    @property
    def is_customer(self) -> bool:
        """Whether it is made for one party, and so sees and does what is that party's alone."""
        return self.party is not None


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


def as_label(text_: str) -> str:
    """Write the label of a key in its one spelling: two that look alike would be two persons.

    Raises:
        UnfitLabel: it is empty, longer than 200 characters, or has characters that do not show.
    """
    label = unicodedata.normalize("NFC", text_).strip()
    if not label.isprintable() or not 0 < len(label) <= _LABEL_CHARACTERS_MAX:
        expected = f"1 to {_LABEL_CHARACTERS_MAX} characters, each of which shows"
        raise UnfitLabel(f"{label[:_LABEL_CHARACTERS_MAX]!r} names nobody", found=label, expected=expected)
    return label


def create_key(
    administrator: Connection, tenant: int, role: Role, label: str, now: datetime, party: str | None = None
) -> str:
    """Make a key and say it, once; only its hash is kept. Its label stands for one person.

    Raises:
        UnfitLabel: the label names nobody.
        LabelTaken: a key with that label is valid; revoke it first.
        UnknownParty: a customer's key speaks for a party of the tenant.
    """
    label, party_id, key = as_label(label), None, _PREFIX + secrets.token_urlsafe(32)
    with as_tenant(administrator, tenant):
        if role is Role.CUSTOMER:
            party_id = administrator.execute(
                text("select id from party where tenant = :t and name = :n"), {"t": tenant, "n": party}
            ).scalar()
            if party_id is None:
                raise UnknownParty(f"there is no party {party!r}; a contract makes it", found=party)
        # without this lock two at once would not see each other's key
        administrator.execute(text("select from tenant where id = :t for no key update"), {"t": tenant})
        valid = text("""select true from credential where tenant = :t and lower(label) = lower(:l)
                        and (revoked_at is null or revoked_at > :now) limit 1""")
        if administrator.execute(valid, {"t": tenant, "l": label, "now": now}).scalar():
            raise LabelTaken(f"a valid key is {label!r} already; `usufruct key revoke` ends it", found=label)
        administrator.execute(
            text("""insert into credential (key_sha256, tenant, party, role, label, created_at)
                    values (:hash, :tenant, :party, :role, :label, :now)"""),
            {"hash": hashed(key), "tenant": tenant, "party": party_id, "role": role.value, "label": label, "now": now},
        )
    return key


def revoke_keys(administrator: Connection, tenant: int, label: str, now: datetime) -> int:
    """Revoke the keys of a label; say how many."""
    spellings = [label, unicodedata.normalize("NFC", label).strip()]  # a key from before labels had one spelling
    done = administrator.execute(
        text("""update credential set revoked_at = :now
                where tenant = :t and label = any(:labels) and revoked_at is null"""),
        {"now": now, "t": tenant, "labels": spellings},
    )
    return int(done.rowcount)
