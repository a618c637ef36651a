"""indexes of a contract's invoices and of its open work: a run of many contracts reads no rows of the others.

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    # Since documents of corrections came, the key of an invoice's period is a partial index, and serves no other query.
    op.create_index('ix_invoice_tenant_contract_id_first', 'invoice', ['tenant', 'contract_id', 'first'])
    op.create_index('ix_due_tenant_contract', 'due', ['tenant', 'contract'], postgresql_where=sa.text('done_at is null'))


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index('ix_due_tenant_contract', table_name='due', postgresql_where=sa.text('done_at is null'))
    op.drop_index('ix_invoice_tenant_contract_id_first', table_name='invoice')
