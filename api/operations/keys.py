"""API keys as use cases: made, revoked, and borne by a person at the command line, who logs in and out."""

from datetime import datetime

from sqlalchemy import Connection
from sqlmodel import Session

from api.access import auth
from api.access.auth import Caller, Role
from api.access.login import KeyFile, bearer


def create(
    administrator: Connection, tenant: int, role: Role, label: str, *, party: str | None = None, at: datetime
) -> str:
    """Make a key and say it, once; only its hash is kept.

    Args:
        administrator: whose statements take effect one by one.
        tenant: whose data the key opens.
        role: what its bearer may do.
        label: who bears it; what the bearer does is recorded under it.
        party: for a customer's key, the party's name.
        at: the instant from which it is valid.

    Raises:
        UnfitLabel: the label is empty, too long, or has characters that do not show.
        LabelTaken: a key with that label is valid; revoke it first.
        UnknownParty: there is no party of that name.
    """
    return auth.create_key(administrator, tenant, role, label, at, party)


def revoke(administrator: Connection, tenant: int, label: str, *, at: datetime) -> int:
    """Revoke the keys of a label; say how many."""
    return auth.revoke_keys(administrator, tenant, label, at)


def log_in(session: Session, file: KeyFile, key: str, *, at: datetime) -> Caller:
    """Keep a key of the command line: from now on its label is recorded.

    Args:
        session: states the tenant of the file.
        file: where the key is kept.
        key: as it was given.
        at: the instant at which it must be valid.

    Raises:
        UnknownKey, RevokedKey, KeyOfAnotherTenant, KeyOfACustomer: the key does not speak for this tenant.
        NoFolderForKeys, ExposedKeyFile: it cannot be kept.
    """
    caller = bearer(session, file.tenant, key, at)
    file.write(key)
    return caller


def log_out(file: KeyFile) -> bool:
    """Forget the key that is kept; it stays valid until it is revoked. Say whether there was one."""
    return file.forget()
