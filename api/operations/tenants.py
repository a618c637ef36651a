"""Tenants as use cases: made, and their four eyes switched and shown; every switch stays on the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlmodel import Session

from metering.tenants import store


@dataclass(frozen=True, slots=True)
class FourEyesSwitch:
    """One switch of a tenant's four eyes: off or on again, when, by whom and why."""

    off: bool
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class FourEyes:
    """Whether what one person prepares another must release, and every switch of it, the oldest first."""

    on: bool
    record: Sequence[FourEyesSwitch]


def tenants(session: Session) -> dict[str, int]:
    """List the numbers of all tenants by name, in the order of their names."""
    return store.tenants(session)


def create(administrator: Connection, name: str) -> int:
    """Make a tenant, or find it.

    Args:
        administrator: whose statements take effect one by one.
        name: the tenant's.

    Returns:
        Its number.
    """
    return store.create_tenant(administrator, name)


def switch_four_eyes(administrator: Connection, tenant: int, *, off: bool, reason: str, who: str, at: datetime) -> bool:
    """Let one person release what the same has prepared, or no longer.

    Args:
        administrator: whose statements take effect one by one.
        tenant: whose.
        off: whether one person is enough from now on.
        reason: why; may be empty where they are switched on.
        who: switches them.
        at: the instant.

    Returns:
        Whether this changed anything; what stands already is not recorded again.
    """
    change = {"by": who, "at": at.isoformat(), "reason": reason}
    return store.four_eyes(administrator, tenant, change, off=off)


def four_eyes(session: Session) -> FourEyes:
    """Say whether the session's tenant keeps to four eyes, and since when."""
    switches = [FourEyesSwitch(row.switched_off, row.at, row.by, row.reason) for row in store.four_eyes_record(session)]
    return FourEyes(store.keeps_four_eyes(session), switches)
