"""Tenants: creating and listing them; the four-eyes rule of a tenant, every change of which is recorded."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, Integer, cast, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from metering.tables import FourEyesChangeRow, FourEyesLimitRow, TenantRow
from metering.tenants.money import MoneyOperation
from quantities.errors import Conflict


def create_tenant(administrator: Connection, name: str) -> int:
    """Create a tenant, or find an existing one by its name; return its number."""
    administrator.execute(insert(TenantRow).values(name=name).on_conflict_do_nothing())
    return int(administrator.execute(select(TenantRow.id).where(col(TenantRow.name) == name)).scalar_one())


def tenants(session: Session) -> dict[str, int]:
    """The numbers of all tenants by name, in order of their names."""
    return dict(session.exec(select(TenantRow.name, TenantRow.id).order_by(col(TenantRow.name))).all())


def four_eyes(administrator: Connection, tenant: int, change: Mapping[str, str], *, off: bool = True) -> bool:
    """Switch a tenant's four-eyes rule off or on by the administrator's own hand; every change is recorded.

    With the rule, whoever prepared something may not release it. Without it, the same person may do both.

    Args:
        administrator: a connection in autocommit.
        tenant: its number.
        change: ``by`` whom, ``at`` which instant (ISO 8601), and the ``reason``, which may be empty.
        off: whether the rule is switched off.

    Returns:
        Whether the rule changed; if not, nothing is recorded.
    """
    with as_tenant(administrator, tenant):
        changed = administrator.execute(
            # text: an update whose rows are inserted in the same statement
            text("""
                with changed as (
                    update tenant set four_eyes_off = case when :off then cast(:change as jsonb) end
                    where id = :id and (four_eyes_off is null) = :off returning id)
                insert into four_eyes_change (tenant, switched_off, by, at, reason)
                select id, :off, :by, cast(:at as timestamptz), :reason from changed"""),
            {"id": tenant, "off": off, "change": json.dumps(dict(change)), **change},
        )
    return bool(changed.rowcount)


@dataclass(frozen=True, slots=True)
class FourEyesSwitch:
    """One switch of a tenant's four eyes: off or on, by whom and why; who released it, or when it was taken back."""

    number: int
    off: bool
    at: datetime
    by: str
    reason: str
    released_by: str | None
    released_at: datetime | None
    taken_back_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether another owner is still to release it."""
        return self.released_at is None and self.taken_back_at is None


@dataclass(frozen=True, slots=True)
class FourEyesLimit:
    """Up to which amount one person is enough for an operation, by whom and why, and who released it, if anyone has."""

    number: int
    operation: MoneyOperation
    amount: Decimal
    currency: str
    at: datetime
    by: str
    reason: str
    released_by: str | None
    released_at: datetime | None
    taken_back_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether another owner is still to release it."""
        return self.released_at is None and self.taken_back_at is None


class SwitchedAlready(Conflict):
    """Nothing of this number waits for a release."""


class SwitchWaits(Conflict):
    """Another owner has asked for the same switch."""


class OwnSwitch(Conflict):
    """Whoever asked for it cannot release it."""


class AskedByAnother(Conflict):
    """Another person has asked for it."""


def ask_switch(session: Session, change: Mapping[str, Any], *, off: bool) -> FourEyesSwitch | None:
    """Switch the four-eyes rule, or ask for it: where there are two owners, another releases it.

    Args:
        session: states the tenant, and who acts.
        change: ``by`` whom, ``at`` which instant, and the ``reason``.
        off: whether the rule is switched off.

    Returns:
        What is recorded, or waits already of the same owner; None where the rule is so.

    Raises:
        SwitchWaits: another owner has asked for it, and it waits for a release.
    """
    if keeps_four_eyes(session) is not off:
        return None
    waiting = select(FourEyesChangeRow).where(
        col(FourEyesChangeRow.released_at).is_(None),
        col(FourEyesChangeRow.taken_back_at).is_(None),
        FourEyesChangeRow.switched_off == off,
    )
    row = session.exec(waiting).first()
    if row is not None and row.by.lower() != str(change["by"]).lower():
        released = f"`usufruct tenant release-switch {row.id}` releases it"
        detail = f"{row.by} has asked for it at {row.at.isoformat()}: {released}"
        raise SwitchWaits(detail, found=row.id, expected="its release, or that it is taken back")
    return _switch(row or _recorded(session, FourEyesChangeRow(switched_off=off, **change)))


def ask_limit(session: Session, limit: Mapping[str, Any]) -> FourEyesLimit:
    """Let one person be enough up to an amount, or ask for it; ``limit`` has the columns of the row."""
    return _limit(_recorded(session, FourEyesLimitRow(**limit)))


def release_switch(session: Session, number: int, *, by: str, at: datetime) -> FourEyesSwitch:
    """Release a switch that another owner asked for: it takes effect.

    Raises:
        SwitchedAlready: none of that number waits.
        OwnSwitch: the same person has asked for it.
    """
    return _switch(_released(session, FourEyesChangeRow, number, by, at))


def release_limit(session: Session, number: int, *, by: str, at: datetime) -> FourEyesLimit:
    """Release a limit that another owner asked for: it takes effect. Raises as ``release_switch``."""
    return _limit(_released(session, FourEyesLimitRow, number, by, at))


def limits(session: Session) -> Sequence[FourEyesLimit]:
    """Every limit that was ever asked for, the oldest first; of each operation the newest released one counts."""
    return [_limit(row) for row in session.exec(select(FourEyesLimitRow).order_by(col(FourEyesLimitRow.id)))]


def limit_of(session: Session, operation: MoneyOperation) -> FourEyesLimit | None:
    """The limit that counts for an operation: the newest that is released; None where two are needed always."""
    released = [limit for limit in limits(session) if limit.operation is operation and limit.released_at is not None]
    return released[-1] if released else None


_Asked = TypeVar("_Asked", FourEyesChangeRow, FourEyesLimitRow)
#: What the database fills where there is nobody else to release it, and whoever asks may not write.
_FILLED = {"id", "tenant", "by_identity", "released_by", "released_identity", "released_at", "taken_back_at"}


def _recorded(session: Session, row: _Asked) -> _Asked:
    kind = type(row)
    written = {name: value for name, value in row.model_dump().items() if name not in _FILLED}
    number = session.execute(insert(kind).values(**written).returning(col(kind.id))).scalar_one()
    return session.exec(select(kind).where(kind.id == number)).one()


def _released(session: Session, kind: type[_Asked], number: int, by: str, at: datetime) -> _Asked:
    row = _waiting(session, kind, number)
    refuse_own_switch(row.by, by)
    row.released_by, row.released_at = by, at
    session.flush()
    return row


def take_back_switch(session: Session, number: int, *, by: str, at: datetime) -> FourEyesSwitch:
    """Take back a switch that waits: nobody can release it any more.

    Raises:
        SwitchedAlready: none of that number waits.
        AskedByAnother: another person has asked for it.
    """
    return _switch(_taken_back(session, FourEyesChangeRow, number, by, at))


def take_back_limit(session: Session, number: int, *, by: str, at: datetime) -> FourEyesLimit:
    """Take back a limit that waits. Raises as ``take_back_switch``."""
    return _limit(_taken_back(session, FourEyesLimitRow, number, by, at))


def _waiting(session: Session, kind: type[_Asked], number: int) -> _Asked:
    row = session.exec(select(kind).where(kind.id == number).with_for_update()).one_or_none()
    if row is None or row.released_at is not None or row.taken_back_at is not None:
        raise SwitchedAlready(f"nothing of the number {number} waits", found=number, expected="a number that waits")
    return row


def _taken_back(session: Session, kind: type[_Asked], number: int, by: str, at: datetime) -> _Asked:
    row = _waiting(session, kind, number)
    if row.by.lower() != by.lower():
        raise AskedByAnother(f"{row.by} has asked for it, and takes it back", found=by, expected=row.by)
    row.taken_back_at = at
    session.flush()
    return row


def refuse_own_switch(asked_by: str, by: str) -> None:
    """Refuse whoever releases a switch or a limit that the same person has asked for.

    Raises:
        OwnSwitch: the same person has.
    """
    if asked_by.lower() == by.lower():
        raise OwnSwitch(f"{by} has asked for it: another owner releases it", found=by, expected="another owner")


def four_eyes_record(session: Session) -> Sequence[FourEyesSwitch]:
    """Every change of the four-eyes rule, the oldest first; the session states the tenant."""
    return [_switch(row) for row in session.exec(select(FourEyesChangeRow).order_by(col(FourEyesChangeRow.id)))]


def _switch(row: FourEyesChangeRow) -> FourEyesSwitch:
    return FourEyesSwitch(
        number=row.id,
        off=row.switched_off,
        at=row.at,
        by=row.by,
        reason=row.reason,
        released_by=row.released_by,
        released_at=row.released_at,
        taken_back_at=row.taken_back_at,
    )


def _limit(row: FourEyesLimitRow) -> FourEyesLimit:
    return FourEyesLimit(
        number=row.id,
        operation=MoneyOperation(row.operation),
        amount=row.amount,
        currency=row.currency,
        at=row.at,
        by=row.by,
        reason=row.reason,
        released_by=row.released_by,
        released_at=row.released_at,
        taken_back_at=row.taken_back_at,
    )


def keeps_four_eyes(session: Session) -> bool:
    """Whether the four-eyes rule is on; the session states the tenant."""
    stated = cast(func.current_setting("app.tenant"), Integer)
    return session.exec(select(TenantRow.four_eyes_off).where(col(TenantRow.id) == stated)).one() is None


def tenant_name(session: Session) -> str:
    """The name of the tenant that the session states."""
    stated = cast(func.current_setting("app.tenant"), Integer)
    return session.exec(select(TenantRow.name).where(col(TenantRow.id) == stated)).one()


@contextmanager
def as_tenant(administrator: Connection, tenant: int) -> Iterator[None]:
    """Open a transaction that states its tenant, on a connection in autocommit."""
    with administrator.connection.driver_connection.transaction():  # type: ignore[union-attr]
        administrator.execute(select(func.set_config("app.tenant", str(tenant), True)))  # noqa: FBT003 for this transaction
        yield
