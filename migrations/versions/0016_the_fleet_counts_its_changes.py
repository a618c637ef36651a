"""the fleet counts its changes, so that a process may keep what it has read of it; deliveries are found by their bytes.

Revision: 0016
After: 0015
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import wall

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
FLEET = ("site", "asset", "meter", "register")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('fleet_changes',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', name='pk_fleet_changes')
    )
    wall("fleet_changes", app="select, insert, update")
    op.execute("""
        create function count_fleet_change() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        -- Before the statement, so that two who change one fleet wait for each other here, before either holds a name
        -- that the other wants. Whoever bypasses the policies and states no tenant may have changed any tenant's.
        declare
            stated int := nullif(current_setting('app.tenant', true), '')::int;
        begin
            insert into fleet_changes as known (tenant, number)
            select id, 1 from tenant
            where id = stated or (stated is null and not row_security_active('fleet_changes'))
            order by id
            on conflict (tenant) do update set number = known.number + 1;
            return null;
        end $$""")
    for table in FLEET:
        op.execute(f"""
            create trigger count_fleet_change before insert or update or delete on {table}
            for each statement execute function count_fleet_change()""")
    # the hash first: of two indexes that begin with the tenant PostgreSQL takes either while nothing is analysed
    op.create_index('ix_register_tenant', 'register', ['tenant'], postgresql_where=sa.text("jsonb_exists(traits, 'checks')"))
    op.create_index('ix_batch_payload_sha256_tenant', 'batch', ['payload_sha256', 'tenant'])


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index('ix_register_tenant', 'register')
    op.drop_index('ix_batch_payload_sha256_tenant', 'batch')
    for table in FLEET:
        op.execute(f"drop trigger count_fleet_change on {table}")
    op.execute("drop function count_fleet_change")
    op.drop_table('fleet_changes')
