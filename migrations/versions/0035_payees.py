"""payees are found by the lines that somebody shares.

Revision: 0035
After: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_index('ix_invoice_line_shared', 'invoice_line', ['tenant', 'invoice_id'],
                    postgresql_where=sa.text("payees <> '{}'::jsonb"))


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_index('ix_invoice_line_shared', 'invoice_line')
