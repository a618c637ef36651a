"""The wall around a table of tenants: policies, forced, and what the application may do in it."""

from alembic import op

APP = "usufruct_app"
LOAD = "usufruct_load"

TENANT = "tenant = nullif(current_setting('app.tenant', true), '')::int"


def wall(table: str, *, app: str, party: str | None = None) -> None:
    """Let a transaction see and write rows of the tenant it stated, and of its party where it stated one.

    Args:
        table: has a column ``tenant``.
        app: what the application is granted, such as ``"select, insert"``.
        party: the column that says whose row it is; a caller who speaks for a party sees only its own.
    """
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy tenant on {table} using ({TENANT})")
    if party is not None:
        stated = "nullif(current_setting('app.party', true), '')"
        op.execute(f"create policy party on {table} as restrictive using ({stated} is null or {party} = {stated}::int)")
    op.execute(f"grant {app} on {table} to {APP}")
