"""kinds of registers.

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('register', sa.Column('aliases', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.add_column('register', sa.Column('traits', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_column('register', 'traits')
    op.drop_column('register', 'aliases')
