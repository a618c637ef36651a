"""savings statements, and published prices beside indices.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column('index_series', sa.Column('kind', sa.Text(), server_default='index', nullable=False))
    op.create_check_constraint('kind_is_one', 'index_series', "kind in ('index', 'price')")
    # a price may be below zero; 0004 named the check twice over
    op.execute('alter table index_value drop constraint ck_index_value_ck_index_value_value_is_positive')
    op.create_table('statement',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('after_last', sa.Date(), nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.Column('prepared_by', sa.Text(), nullable=False),
    sa.Column('prepared_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint('first < after_last', name='ck_statement_of_some_days'),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_statement_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_statement_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'version_id'], ['contract_version.tenant', 'contract_version.id'], name='fk_statement_tenant_version_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_statement')
    )
    op.create_index('ix_statement_tenant_contract_id_first', 'statement', ['tenant', 'contract_id', 'first'], unique=False)
    op.create_table('statement_step',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('statement_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('step', sa.Text(), nullable=False),
    sa.Column('party', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('charges', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint("step in ('submitted', 'verified', 'agreed', 'disputed')", name='ck_statement_step_step_is_one'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_statement_step_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'statement_id'], ['statement.tenant', 'statement.id'], name='fk_statement_step_tenant_statement_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_statement_step'),
    sa.UniqueConstraint('tenant', 'statement_id', 'step', name='uq_statement_step_tenant_statement_id_step')
    )
    wall("statement", app="select, insert", party="customer_id")
    wall("statement_step", app="select, insert", party="customer_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('statement_step')
    op.drop_table('statement')
    op.execute('alter table index_value add constraint ck_index_value_ck_index_value_value_is_positive check (value > 0)')
    op.drop_constraint('kind_is_one', 'index_series', type_='check')
    op.drop_column('index_series', 'kind')
