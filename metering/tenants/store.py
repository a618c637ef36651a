"""Tenants: made and found, and their four eyes, each switch of which is on the record."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlmodel import Session, col, select

from metering.tables import FourEyesChangeRow, TenantRow


def create_tenant(administrator: Connection, name: str) -> int:
    """Make a tenant, or find it."""
    administrator.execute(text("insert into tenant (name) values (:n) on conflict do nothing"), {"n": name})
    return int(administrator.execute(text("select id from tenant where name = :n"), {"n": name}).scalar_one())


def tenants(session: Session) -> dict[str, int]:
    """List the numbers of all tenants by name, in the order of their names."""
    return dict(session.exec(select(TenantRow.name, TenantRow.id).order_by(col(TenantRow.name))).all())


def four_eyes(administrator: Connection, tenant: int, change: Mapping[str, str], *, off: bool = True) -> bool:
    """Let one person release what the same has prepared, or no longer; every change stays on the record.

    Args:
        administrator: whose statements take effect one by one.
        tenant: whose.
        change: ``by`` whom, ``at`` which instant (ISO 8601), and the ``reason``, which may be empty.
        off: whether one person is enough from now on.

    Returns:
        Whether this changed anything; what stands already is not recorded again.
    """
    with as_tenant(administrator, tenant):
        changed = administrator.execute(
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
    """List every time that four eyes were switched off or on, the oldest first; the session states the tenant."""
    return session.exec(select(FourEyesChangeRow).order_by(text("id"))).all()


def keeps_four_eyes(session: Session) -> bool:
    """Say whether what one person prepares another must release; the session states the tenant."""
    query = text("select four_eyes_off is null from tenant where id = current_setting('app.tenant')::int")
    return bool(session.execute(query).scalar_one())


@contextmanager
def as_tenant(administrator: Connection, tenant: int) -> Iterator[None]:
    """Open one transaction that states its tenant, where statements otherwise take effect one by one."""
    with administrator.connection.driver_connection.transaction():  # type: ignore[union-attr]
        administrator.execute(text("select set_config('app.tenant', :t, true)"), {"t": str(tenant)})
        yield
