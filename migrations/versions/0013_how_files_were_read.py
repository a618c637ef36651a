"""how the file of a delivery was read, and profiles: what is said about the files of a source, by version.

Revision: 0013
After: 0012

Of deliveries until now it is not known how their files were read.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('batch', sa.Column('how_read', postgresql.JSONB(), nullable=True))
    op.create_table('reading_profile',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('options', postgresql.JSONB(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint('version > 0', name='ck_reading_profile_version_from_1'),
    sa.PrimaryKeyConstraint('tenant', 'name', 'version', name='pk_reading_profile')
    )
    wall("reading_profile", app="select, insert")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('reading_profile')
    op.drop_column('batch', 'how_read')
