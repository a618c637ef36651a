"""many assets and contracts: an alias, an asset's registers and a customer's contracts are found without reading all.

Revision: 0015
After: 0014

Aliases of registers stand in a list beside the key. Under row-level security no index serves an operator of lists, so
each delivery and each declaration read all registers of its tenant. A table has a row for each alias, and the database
writes it whenever a register is written.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import wall

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
#: Of a table, what a part of it is found by: that leads, so that no tenant's whole table is as good a choice (0009).
INDEXES = (
    ("asset", "site_id", "tenant"),
    ("meter", "asset_id", "tenant"),
    ("register", "meter_id", "tenant"),
    ("contract", "customer_id", "reference", "tenant"),
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for table, *columns in INDEXES:
        op.create_index('_'.join(("ix", table, *columns)), table, columns)
    op.create_table('register_alias',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('register_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'register_id'], ['register.tenant', 'register.id'], name='fk_register_alias_tenant_register_id', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('name', 'tenant', 'register_id', name='pk_register_alias')
    )
    op.create_index('ix_register_alias_register_id_tenant', 'register_alias', ['register_id', 'tenant'])
    op.execute("alter table register no force row level security")  # the policies hide rows from the owner as well
    op.execute("""
        insert into register_alias (tenant, name, register_id)
        select distinct r.tenant, called.name, r.id from register r, unnest(r.aliases) called (name)""")
    op.execute("alter table register force row level security")
    wall("register_alias", app="select, insert, delete")
    op.execute("""
        create function list_aliases() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if tg_op = 'UPDATE' then
                delete from register_alias where register_id = old.id and tenant = old.tenant;
            end if;
            insert into register_alias (tenant, name, register_id)
            select distinct new.tenant, called.name, new.id from unnest(new.aliases) called (name);
            return null;
        end $$""")
    op.execute("""
        create trigger aliases_of_new_are_listed after insert on register
        for each row when (new.aliases <> '{}') execute function list_aliases()""")
    op.execute("""
        create trigger aliases_are_listed after update on register
        for each row when (old.aliases is distinct from new.aliases) execute function list_aliases()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger aliases_of_new_are_listed on register")
    op.execute("drop trigger aliases_are_listed on register")
    op.execute("drop function list_aliases")
    op.drop_table('register_alias')
    for table, *columns in reversed(INDEXES):
        op.drop_index('_'.join(("ix", table, *columns)), table_name=table)
