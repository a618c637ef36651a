"""what deliveries touched is found by their batches: a sweep with nothing new reads nothing

Revision: 0018
After: 0017
"""

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_index('ix_batch_touch_tenant_batch', 'batch_touch', ['tenant', 'batch'])


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index('ix_batch_touch_tenant_batch', table_name='batch_touch')
