"""lists are read in pages, and long work is an operation: what they are found by.

Revision: 0030
After: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import APP, GUEST, READER, Guarded, guard

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
#: The name of an index, its table, its columns, and the rows that it has where it has not all.
INDEXES = (
    ('ix_invoice_tenant_customer_id_id', 'invoice', ['tenant', 'customer_id', 'id'], None),
    ('ix_invoice_tenant_issued_on_id', 'invoice', ['tenant', 'issued_on', 'id'], None),
    ('ix_invoice_tenant_first_id', 'invoice', ['tenant', 'first', 'id'], None),
    ('ix_invoice_tenant_kind_id', 'invoice', ['tenant', 'kind', 'id'], "kind <> 'period'"),
    ('ix_batch_tenant_source_id', 'batch', ['tenant', 'source', 'id'], None),
    ('ix_batch_tenant_recorded_at_id', 'batch', ['tenant', 'recorded_at', 'id'], None),
    ('ix_batch_tenant_id_refused', 'batch', ['tenant', 'id'], 'refused > 0'),
    ('ix_finding_tenant_start_id', 'finding', ['tenant', 'start', 'id'], 'closed_batch is null'),
)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _make_operations()
    for name, table, columns, rows in INDEXES:
        op.create_index(name, table, columns, postgresql_where=None if rows is None else sa.text(rows))


def _make_operations() -> None:
    op.create_table('operation',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('identity', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('arguments', postgresql.JSONB(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('is_cancelled', sa.Boolean(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=True),
    sa.Column('asked_at', INSTANT, nullable=False),
    sa.Column('began_at', INSTANT, nullable=True),
    sa.Column('beat_at', INSTANT, nullable=True),
    sa.Column('ended_at', INSTANT, nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('media_type', sa.Text(), nullable=True),
    sa.Column('answer', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed', 'cancelled')",
                       name=op.f('ck_operation_state_is_one')),
    sa.CheckConstraint("(ended_at is null) = (state in ('waiting', 'running'))", name=op.f('ck_operation_ended_whole')),
    sa.CheckConstraint("body is null or ended_at is null", name=op.f('ck_operation_body_goes_with_the_end')),
    sa.ForeignKeyConstraint(['tenant', 'identity'], ['identity.tenant', 'identity.id'],
                            name='fk_operation_tenant_identity'),
    sa.PrimaryKeyConstraint('tenant', 'number', name='pk_operation')
    )
    op.create_index('ix_operation_tenant_identity_number', 'operation', ['tenant', 'identity', 'number'])
    op.create_index('ix_operation_open', 'operation', ['tenant', 'number'], postgresql_where=sa.text('ended_at is null'))
    guard('operation', Guarded(read="owner auditor", insert="system", update="system", delete="system", own="identity"))
    op.execute(f"grant select, insert, update, delete on operation to {APP}")
    op.execute(f"grant select on operation to {READER}, {GUEST}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('operation')
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
