"""readings parties and due work.

Revision: 0001
After: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from migrations.row_level_security import wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('batch',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('payload_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('stored', sa.Integer(), nullable=False),
    sa.Column('corrected', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_batch'),
    sa.UniqueConstraint('tenant', 'idempotency_key', name='uq_batch_tenant_idempotency_key')
    )
    op.create_table('batch_touch',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('series', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('batch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('corrected', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'series', 'batch', 'start', name='pk_batch_touch')
    )
    op.create_table('due',
    sa.Column('tenant', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('contract', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('period', postgresql.DATERANGE(), autoincrement=False, nullable=False),
    sa.Column('attempt', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('due_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('done_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('held', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'kind', 'contract', 'period', 'attempt', name='pk_due')
    )
    op.create_index('ix_due_due_at', 'due', ['due_at'], unique=False, postgresql_where=sa.text('done_at is null'))
    op.create_table('party',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_party'),
    sa.UniqueConstraint('tenant', 'name', name='uq_party_tenant_name')
    )
    op.create_table('reading',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('series', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('batch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line', sa.Integer(), server_default='0', nullable=False),
    sa.Column('quality', sa.SmallInteger(), nullable=False),
    sa.Column('value', sa.Numeric(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'series', 'start', 'batch', name='pk_reading'),
    postgresql_with={'autovacuum_vacuum_insert_scale_factor': '0.02', 'autovacuum_analyze_scale_factor': '0.02'}
    )
    op.create_table('site',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_site'),
    sa.UniqueConstraint('tenant', 'name', name='uq_site_tenant_name')
    )
    op.create_table('tenant',
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.CheckConstraint('id between 1 and 2097151', name='ck_tenant_id_fits_a_batch_mark'),
    sa.PrimaryKeyConstraint('id', name='pk_tenant'),
    sa.UniqueConstraint('name', name='uq_tenant_name')
    )
    op.create_table('asset',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('site_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'site_id'], ['site.tenant', 'site.id'], name='fk_asset_tenant_site_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_asset'),
    sa.UniqueConstraint('tenant', 'name', name='uq_asset_tenant_name')
    )
    op.create_table('credential',
    sa.Column('key_sha256', sa.LargeBinary(), autoincrement=False, nullable=False),
    sa.Column('tenant', sa.Integer(), nullable=False),
    sa.Column('party', sa.Integer(), nullable=True),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('created_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant'], ['tenant.id'], name='fk_credential_tenant'),
    sa.PrimaryKeyConstraint('key_sha256', name='pk_credential')
    )
    op.create_table('verdict',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('batch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.Column('expected', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'batch'], ['batch.tenant', 'batch.id'], name='fk_verdict_tenant_batch'),
    sa.PrimaryKeyConstraint('tenant', 'batch', 'line', name='pk_verdict')
    )
    op.create_table('meter',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('serial', sa.Text(), nullable=True),
    sa.Column('approved_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['tenant', 'asset_id'], ['asset.tenant', 'asset.id'], name='fk_meter_tenant_asset_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_meter'),
    sa.UniqueConstraint('tenant', 'name', name='uq_meter_tenant_name')
    )
    op.create_table('register',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('meter_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('quantity_kind', sa.Text(), nullable=False),
    sa.Column('resolution', sa.Numeric(), nullable=False),
    sa.Column('modulus', sa.Numeric(), nullable=True),
    sa.Column('multiplier', sa.Numeric(), nullable=False),
    sa.CheckConstraint('modulus > 0', name='ck_register_modulus_positive'),
    sa.CheckConstraint('multiplier > 0', name='ck_register_multiplier_positive'),
    sa.CheckConstraint('resolution > 0', name='ck_register_resolution_positive'),
    sa.ForeignKeyConstraint(['tenant', 'meter_id'], ['meter.tenant', 'meter.id'], name='fk_register_tenant_meter_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_register'),
    sa.UniqueConstraint('tenant', 'key', name='uq_register_tenant_key')
    )
    op.create_table('series',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('register_id', sa.Integer(), nullable=False),
    sa.Column('dimensions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'register_id'], ['register.tenant', 'register.id'], name='fk_series_tenant_register_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_series'),
    sa.UniqueConstraint('tenant', 'register_id', 'dimensions', name='uq_series_tenant_register_id_dimensions')
    )

    for table in ("site", "asset", "meter", "register", "series", "party"):
        wall(table, app="select, insert, update", party="id" if table == "party" else None)
    for table in ("batch", "verdict", "batch_touch"):
        wall(table, app="select, insert")
    wall("reading", app="select")  # written by COPY as the loader, and never changed
    op.execute('grant insert (series, start, "end", batch, line, quality, value) on reading to usufruct_load')

    # The three that answer "which tenant?"; the rows of the first two are the administrator's to write.
    op.execute("grant select on tenant, credential, alembic_version to usufruct_app")
    op.execute("grant select, insert, update on due to usufruct_app")

    op.execute("create sequence batch_number as bigint cache 1")  # a cached number would come late and be low
    op.execute("grant usage, select on batch_number to usufruct_app")
    op.execute("""
        create function open_batch() returns bigint language plpgsql as $$
        -- Draws the number of a batch. Before that it marks, until the transaction ends, that a number above the
        -- sequence's present value may be in flight. The mark is a shared advisory lock, on which nobody ever waits:
        -- two bits that say "batch mark", 21 bits of tenant, 40 bits of number.
        declare
            stated bigint not null := nullif(current_setting('app.tenant', true), '')::int;
            present bigint;
        begin
            select case when is_called then last_value else 0 end into present from batch_number;
            perform pg_advisory_xact_lock_shared((1::bigint << 61) | (stated << 40) | present);
            return nextval('batch_number');
        end $$""")
    op.execute("""
        create function watermark() returns bigint language plpgsql as $$
        -- The highest number below which nothing of this tenant is in flight any more. First the sequence, then the
        -- marks: a mark that is not there yet belongs to a number that is not drawn yet, and a mark that is gone
        -- belongs to a transaction whose rows every later statement sees, or that was rolled back.
        declare
            stated bigint not null := nullif(current_setting('app.tenant', true), '')::int;
            present bigint;
            lowest bigint;
        begin
            select case when is_called then last_value else 0 end into present from batch_number;
            select min(mark & ((1::bigint << 40) - 1)) into lowest
            from (select (classid::bigint << 32) | objid::bigint as mark from pg_locks
                  where locktype = 'advisory' and objsubid = 1
                  and database = (select oid from pg_database where datname = current_database())) as marks
            where mark >> 40 = (1::bigint << 21) | stated;
            return least(present, lowest);
        end $$""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop function watermark, open_batch")
    op.execute("drop sequence batch_number")
    op.drop_table('series')
    op.drop_table('register')
    op.drop_table('meter')
    op.drop_table('verdict')
    op.drop_table('credential')
    op.drop_table('asset')
    op.drop_table('tenant')
    op.drop_table('site')
    op.drop_table('reading')
    op.drop_table('party')
    op.drop_index('ix_due_due_at', table_name='due', postgresql_where=sa.text('done_at is null'))
    op.drop_table('due')
    op.drop_table('batch_touch')
    op.drop_table('batch')
