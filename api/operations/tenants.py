"""Tenants as use cases: made, and their four eyes switched, limited and shown; all of it stays on the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection
from sqlmodel import Session

from api.access.unseen import Unseen, unseen
from api.audit.note import made
from metering.tenants import store
from metering.tenants.money import RULES, MoneyOperation
from metering.tenants.store import FourEyesLimit, FourEyesSwitch
from quantities.errors import Invalid


@dataclass(frozen=True, slots=True)
class FourEyes:
    """Whether what one person prepares another must release, every switch and limit of it, and what one made alone."""

    on: bool
    record: Sequence[FourEyesSwitch]
    limits: Sequence[FourEyesLimit]
    unseen: Sequence[Unseen]


class NoAmount(Invalid):
    """The operation has no amount by which it could be limited."""


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


def list_tenants(session: Session) -> dict[str, int]:
    """List the tenants of the database by name, with their numbers."""
    return store.tenants(session)


def switch_four_eyes(session: Session, *, off: bool, reason: str, who: str, at: datetime) -> FourEyesSwitch | None:
    """Let one person release what the same has prepared, or no longer; where there are two owners, another releases it.

    Args:
        session: states the tenant, and who acts.
        off: whether one person is enough from now on.
        reason: why; may be empty where they are switched on.
        who: asks for it.
        at: the instant.

    Returns:
        The switch, released at once or not; None where they are so already, and nothing is recorded.

    Raises:
        SwitchWaits: another owner has asked for the same.
    """
    switch = store.ask_switch(session, {"by": who, "at": at, "reason": reason}, off=off)
    asked = "off" if off else "on"
    made(session, f"four eyes {asked} already" if switch is None else f"switch {switch.number} {asked}")
    return switch


def release_four_eyes(session: Session, number: int, *, who: str, at: datetime) -> FourEyesSwitch:
    """Release a switch that another owner asked for.

    Raises:
        SwitchedAlready: none of that number waits.
        OwnSwitch: the same person has asked for it.
    """
    return store.release_switch(session, number, by=who, at=at)


def limit_four_eyes(
    session: Session, operation: MoneyOperation, amount: Decimal, currency: str, *, reason: str, who: str, at: datetime
) -> FourEyesLimit:
    """Let one person be enough for an operation up to an amount; where there are two owners, another releases it.

    Args:
        session: states the tenant, and who acts.
        operation: one of which the amount is known before it is done.
        amount: in the currency, net; 0 takes a limit back.
        currency: its code; in another one, two people are needed.
        reason: why.
        who: asks for it.
        at: the instant.

    Raises:
        NoAmount: nobody knows what the operation comes to.
    """
    if not RULES[operation].has_amount:
        with_amount = [name.value for name, rule in RULES.items() if rule.has_amount]
        raise NoAmount(f"what {operation.value} comes to is not known", found=operation.value, expected=with_amount)
    asked = {"operation": operation.value, "amount": amount, "currency": currency, "reason": reason}
    limit = store.ask_limit(session, {**asked, "by": who, "at": at})
    made(session, f"limit {limit.number}")
    return limit


def release_limit(session: Session, number: int, *, who: str, at: datetime) -> FourEyesLimit:
    """Release a limit that another owner asked for.

    Raises:
        SwitchedAlready: none of that number waits.
        OwnSwitch: the same person has asked for it.
    """
    return store.release_limit(session, number, by=who, at=at)


def take_back_switch(session: Session, number: int, *, who: str, at: datetime) -> FourEyesSwitch:
    """Take back a switch that waits for another owner.

    Raises:
        SwitchedAlready: none of that number waits.
        AskedByAnother: another person has asked for it.
    """
    return store.take_back_switch(session, number, by=who, at=at)


def take_back_limit(session: Session, number: int, *, who: str, at: datetime) -> FourEyesLimit:
    """Take back a limit that waits for another owner.

    Raises:
        SwitchedAlready: none of that number waits.
        AskedByAnother: another person has asked for it.
    """
    return store.take_back_limit(session, number, by=who, at=at)


def four_eyes(session: Session, *, now: datetime) -> FourEyes:
    """Say whether the session's tenant keeps to four eyes, since when, and up to which amounts one is enough.

    Args:
        session: states the tenant, and an owner or an auditor.
        now: the instant; a recovered key is shown for 30 days.
    """
    record = store.four_eyes_record(session)
    return FourEyes(store.keeps_four_eyes(session), record, store.limits(session), unseen(session, now))
