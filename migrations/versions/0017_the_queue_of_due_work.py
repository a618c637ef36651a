"""due work is listed in its order, claimed by its contracts, and found where it is held: indexes without what is planned

Revision: 0017
After: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

NOT_DONE = sa.text("done_at is null")
OPEN_WORK = sa.text("kind <> 'planning' and done_at is null")
HELD = sa.text("held is not null and done_at is null")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    # the index by instant alone served no tenant by itself; both held the planning of every contract
    op.drop_index('ix_due_due_at', table_name='due', postgresql_where=NOT_DONE)
    op.drop_index('ix_due_tenant_contract', table_name='due', postgresql_where=NOT_DONE)
    op.create_index('ix_due_tenant_contract', 'due', ['tenant', 'contract'], postgresql_where=OPEN_WORK)
    op.create_index('ix_due_tenant_due_at_contract', 'due', ['tenant', 'due_at', 'contract'],
                    postgresql_where=OPEN_WORK)
    op.create_index('ix_due_tenant_held', 'due', ['tenant'], postgresql_where=HELD)


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index('ix_due_tenant_held', table_name='due', postgresql_where=HELD)
    op.drop_index('ix_due_tenant_due_at_contract', table_name='due', postgresql_where=OPEN_WORK)
    op.drop_index('ix_due_tenant_contract', table_name='due', postgresql_where=OPEN_WORK)
    op.create_index('ix_due_tenant_contract', 'due', ['tenant', 'contract'], postgresql_where=NOT_DONE)
    op.create_index('ix_due_due_at', 'due', ['due_at'], postgresql_where=NOT_DONE)
