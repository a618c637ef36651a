"""events that clients of other engines post, and what they add to readings

Revision: 0026
After: 0025

An event's key is why it counts once, however often and by however many at once it is posted.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import APP, Guarded, guard

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
RIGHTS = {
    "event_meter": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager"),
    "usage_event": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager meter"),
    "event_use": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager meter", machine="series in app.series"),
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('event_meter',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('client', sa.Text(), nullable=False),
    sa.Column('event_type', sa.Text(), nullable=False),
    sa.Column('aggregation', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('dimensions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('recorded_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("client in ('openmeter', 'lago')", name=op.f('ck_event_meter_client_is_known')),
    sa.CheckConstraint("aggregation in ('sum', 'count')", name=op.f('ck_event_meter_aggregation_is_exact')),
    sa.CheckConstraint("(aggregation = 'sum') = (value is not null)", name=op.f('ck_event_meter_sum_has_a_value')),
    sa.PrimaryKeyConstraint('tenant', 'name', name='pk_event_meter')
    )
    op.create_table('usage_event',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('client', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('source', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('event_type', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('received_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("client in ('openmeter', 'lago')", name=op.f('ck_usage_event_client_is_known')),
    sa.PrimaryKeyConstraint('tenant', 'client', 'source', 'event_id', name='pk_usage_event')
    )
    op.create_index('ix_usage_event_event_type_client_tenant', 'usage_event', ['event_type', 'client', 'tenant'])
    op.create_table('event_use',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('client', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('source', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('meter', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('series', sa.Integer(), nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'client', 'source', 'event_id', 'meter', name='pk_event_use')
    )
    op.create_index('ix_event_use_series_at_tenant', 'event_use', ['series', 'at', 'tenant'])
    for table, rights in RIGHTS.items():
        guard(table, rights)
        op.execute(f"grant select, insert on {table} to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for table in reversed(RIGHTS):
        op.drop_table(table)
