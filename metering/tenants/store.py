"""Tenants: creating and listing them; the four-eyes rule of a tenant, every change of which is recorded."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Integer, cast, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from metering.tables import FourEyesChangeRow, TenantRow


def create_tenant(administrator: Connection, name: str) -> int:
    """Create a tenant, or find an existing one by its name; return its number."""
    administrator.execute(insert(TenantRow).values(name=name).on_conflict_do_nothing())
    return int(administrator.execute(select(TenantRow.id).where(col(TenantRow.name) == name)).scalar_one())


def tenants(session: Session) -> dict[str, int]:
    """The numbers of all tenants by name, in order of their names."""
    return dict(session.exec(select(TenantRow.name, TenantRow.id).order_by(col(TenantRow.name))).all())


def four_eyes(administrator: Connection, tenant: int, change: Mapping[str, str], *, off: bool = True) -> bool:
    """Switch a tenant's four-eyes rule off or on; every change is recorded.

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


def four_eyes_record(session: Session) -> Sequence[FourEyesChangeRow]:
    """Every change of the four-eyes rule, the oldest first; the session states the tenant."""
    return session.exec(select(FourEyesChangeRow).order_by(col(FourEyesChangeRow.id))).all()


def keeps_four_eyes(session: Session) -> bool:
    """Whether the four-eyes rule is on; the session states the tenant."""
    stated = cast(func.current_setting("app.tenant"), Integer)
    return session.exec(select(TenantRow.four_eyes_off).where(col(TenantRow.id) == stated)).one() is None


@contextmanager
def as_tenant(administrator: Connection, tenant: int) -> Iterator[None]:
    """Open a transaction that states its tenant, on a connection in autocommit."""
    with administrator.connection.driver_connection.transaction():  # type: ignore[union-attr]
        administrator.execute(select(func.set_config("app.tenant", str(tenant), True)))  # noqa: FBT003 for this transaction
        yield
