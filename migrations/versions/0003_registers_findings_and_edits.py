"""registers, findings and edits.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('register', sa.Column('aliases', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.add_column('register', sa.Column('traits', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))


    op.add_column('tenant', sa.Column('four_eyes_off', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True))
    op.create_table('finding',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('series', sa.Integer(), nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('check_kind', sa.Text(), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.Column('expected', sa.Text(), nullable=False),
    sa.Column('holds', sa.Boolean(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('closed_batch', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['tenant', 'batch'], ['batch.tenant', 'batch.id'], name='fk_finding_tenant_batch'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_finding')
    )
    op.create_index('ix_finding_tenant_series', 'finding', ['tenant', 'series'], unique=False, postgresql_where=sa.text('closed_batch is null'))
    op.create_table('edit',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('series', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('value', sa.Numeric(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('prepared_by', sa.Text(), nullable=False),
    sa.Column('prepared_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('batch', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name='ck_edit_released_whole'),
    sa.CheckConstraint('(batch is null) = (released_by is null)', name='ck_edit_written_when_released'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_edit')
    )
    wall("finding", app="select, insert")
    wall("edit", app="select, insert")
    op.execute("grant update (closed_batch) on finding to usufruct_app")
    op.execute("grant update (released_by, released_at, batch) on edit to usufruct_app")  # what was prepared stays
    op.execute("""
        create function refuse_one_pair_of_eyes() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and old.released_by is not null then
                raise exception 'edit % is released and never changes', old.id
                    using errcode = 'integrity_constraint_violation', constraint = 'released_never_changes';
            end if;
            if new.released_by = new.prepared_by
               and (select four_eyes_off is null from tenant where id = new.tenant) then
                raise exception 'edit % was prepared by %', new.id, new.prepared_by
                    using errcode = 'integrity_constraint_violation', constraint = 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger two_pairs_of_eyes before insert or update on edit
        for each row execute function refuse_one_pair_of_eyes()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger two_pairs_of_eyes on edit")
    op.execute("drop function refuse_one_pair_of_eyes")
    op.drop_table('edit')
    op.drop_index('ix_finding_tenant_series', table_name='finding', postgresql_where=sa.text('closed_batch is null'))
    op.drop_table('finding')
    op.drop_column('tenant', 'four_eyes_off')
    op.drop_column('register', 'traits')
    op.drop_column('register', 'aliases')
