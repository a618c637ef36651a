"""each contract's planning is a row of due work, with the instant from which its next period is to be written down.

Revision: 0014
After: 0013

A contract's versions decide its periods, so a trigger brings its planning up whenever one is released. A run finds what is
to be planned by an index, and never by walking all contracts.
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('contract_version', sa.Column(
        'issue', sa.Text(), sa.Computed("coalesce(terms #>> '{settings,issue}', 'after_review')", persisted=True), nullable=True))
    op.create_index('ix_due_tenant_due_at_planning', 'due', ['tenant', 'due_at'],
                    postgresql_where=sa.text("kind = 'planning' and done_at is null"))
    op.execute("""
        create function plan_anew() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            party_stated text := current_setting('app.party', true);
        begin
            if new.released_by is not null then
                perform set_config('app.tenant', cast(new.tenant as text), true);
                perform set_config('app.party', '', true);
                insert into due (tenant, kind, contract, period, attempt, due_at)
                values (new.tenant, 'planning', new.contract_id, daterange(null, null), 0, timestamptz '2000-01-01 00:00Z')
                on conflict (tenant, kind, contract, period, attempt)
                do update set due_at = excluded.due_at, done_at = null;
                perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
                perform set_config('app.party', coalesce(party_stated, ''), true);
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger planned_when_released after insert or update on contract_version
        for each row execute function plan_anew()""")
    _plan_all_once()


def _plan_all_once() -> None:
    """Look at every contract once more: what is written down already stays as it is."""
    for table in ("due", "contract_version"):
        op.execute(f"alter table {table} no force row level security")
    op.execute("""
        insert into due (tenant, kind, contract, period, attempt, due_at)
        select distinct tenant, 'planning', contract_id, daterange(null, null), 0, timestamptz '2000-01-01 00:00Z'
        from contract_version where released_by is not null
        on conflict (tenant, kind, contract, period, attempt) do update set due_at = excluded.due_at, done_at = null""")
    for table in ("due", "contract_version"):
        op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger planned_when_released on contract_version")
    op.execute("drop function plan_anew")
    op.drop_index('ix_due_tenant_due_at_planning', table_name='due')
    op.execute("alter table due no force row level security")
    op.execute("update due set done_at = now() where kind = 'planning' and held is null and done_at is null")
    op.execute("alter table due force row level security")
    op.drop_column('contract_version', 'issue')
