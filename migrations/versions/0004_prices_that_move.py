"""released versions, indices, what an invoice knew, disputes.

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


WALLED = ["contract_version", "evidence", "invoice"]


def _let_the_owner_see(tables: list[str]) -> None:
    """Let this migration fill columns of every tenant's rows: forced, the policies hide them from the owner as well."""
    for table in tables:
        op.execute(f"alter table {table} no force row level security")


def _wall_the_owner_in(tables: list[str]) -> None:
    for table in tables:
        op.execute(f"alter table {table} force row level security")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _let_the_owner_see(WALLED)
    op.add_column('contract_version', sa.Column('released_at', sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column('contract_version', sa.Column('released_by', sa.Text(), nullable=True))
    # what was recorded before anyone had to release it is in force, and stays so
    op.execute("update contract_version set released_at = recorded_at, released_by = recorded_by")
    op.create_check_constraint('released_whole', 'contract_version', '(released_by is null) = (released_at is null)')
    op.create_table('index_series',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('base', sa.Text(), nullable=False),
    sa.Column('links', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_index_series'),
    sa.UniqueConstraint('tenant', 'name', name='uq_index_series_tenant_name')
    )
    op.create_table('index_value',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('series_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('value', sa.Numeric(), nullable=False),
    sa.Column('provisional', sa.Boolean(), nullable=False),
    sa.Column('published_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('released_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.CheckConstraint('value > 0', name='ck_index_value_value_is_positive'),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name='ck_index_value_released_whole'),
    sa.ForeignKeyConstraint(['tenant', 'series_id'], ['index_series.tenant', 'index_series.id'], name='fk_index_value_tenant_series_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_index_value')
    )
    op.create_index('ix_index_value_tenant_series_id_month', 'index_value', ['tenant', 'series_id', 'month'], unique=False)
    op.add_column('invoice', sa.Column('kind', sa.Text(), server_default='period', nullable=False))
    op.drop_constraint('uq_invoice_tenant_contract_id_first', 'invoice', type_='unique')
    op.create_unique_constraint('uq_invoice_tenant_contract_id_kind_first', 'invoice', ['tenant', 'contract_id', 'kind', 'first'])
    op.add_column('invoice_line', sa.Column('tax_code', sa.Text(), server_default='', nullable=False))
    op.add_column('invoice_line', sa.Column('revenue_account', sa.Text(), server_default='', nullable=False))
    op.create_table('basis',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rated_by', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('versions', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.Column('index_values', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.Column('disputes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_basis_tenant_invoice_id', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant', 'rated_by'], ['invoice.tenant', 'invoice.id'], name='fk_basis_tenant_rated_by', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'invoice_id', 'rated_by', name='pk_basis')
    )
    op.create_table('dispute',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('charge', sa.Text(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('after_last', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('raised_by', sa.Text(), nullable=False),
    sa.Column('raised_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('settled_by', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.CheckConstraint("outcome in ('due', 'waived')", name='ck_dispute_outcome_is_one'),
    sa.CheckConstraint('(outcome is null) = (settled_by is null) and (outcome is null) = (settled_at is null)', name='ck_dispute_settled_whole'),
    sa.CheckConstraint('first < after_last', name='ck_dispute_of_some_days'),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_dispute_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_dispute_tenant_customer_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_dispute')
    )
    op.add_column('evidence', sa.Column('rated_by', sa.Integer(), nullable=True))
    op.execute("""
        update evidence e set rated_by = coalesce((
            select max(i.id) from invoice i join invoice o on o.tenant = i.tenant and o.contract_id = i.contract_id
            where o.tenant = e.tenant and o.id = e.invoice_id and i.id > o.id and i.watermark = e.watermark
              and i.inputs->'corrections' @> jsonb_build_array(jsonb_build_object('invoice', o.id))), e.invoice_id)""")
    op.alter_column('evidence', 'rated_by', nullable=False)
    op.drop_constraint('pk_evidence', 'evidence', type_='primary')
    op.create_primary_key('pk_evidence', 'evidence', ['tenant', 'series', 'start', 'invoice_id', 'rated_by'])
    op.create_foreign_key('fk_evidence_tenant_rated_by', 'evidence', 'invoice', ['tenant', 'rated_by'], ['tenant', 'id'], ondelete='CASCADE')
    op.create_index('ix_evidence_tenant_rated_by', 'evidence', ['tenant', 'rated_by'], unique=False)
    op.execute("grant insert (rated_by) on evidence to usufruct_load")
    # what is billed already knows every version that there is: a migration corrects nothing
    op.execute("""
        insert into basis (tenant, invoice_id, rated_by, until, versions, index_values, disputes)
        select i.tenant, i.id, i.id, i.after_last,
               (select array_agg(v.id) from contract_version v where v.tenant = i.tenant and v.contract_id = i.contract_id),
               '{}', '{}'
        from invoice i""")
    _wall_the_owner_in(WALLED)
    wall("index_series", app="select, insert")
    wall("index_value", app="select, insert")
    wall("basis", app="select")  # written by COPY, as the loader
    wall("dispute", app="select, insert", party="customer_id")
    op.execute("grant update (links) on index_series to usufruct_app")
    op.execute("grant update (released_by, released_at) on index_value, contract_version to usufruct_app")
    op.execute("grant update (outcome, settled_by, settled_at) on dispute to usufruct_app")
    op.execute("""
        grant insert (invoice_id, rated_by, until, versions, index_values, disputes) on basis to usufruct_load""")
    op.execute("grant insert (tax_code, revenue_account) on invoice_line to usufruct_load")
    op.execute("""
        create function refuse_one_pair_of_eyes_on_terms() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and old.released_by is not null then
                raise exception '% % is released and never changes', tg_table_name, old.id
                    using errcode = 'integrity_constraint_violation', constraint = 'released_never_changes';
            end if;
            if new.released_by = new.recorded_by
               and (select four_eyes_off is null from tenant where id = new.tenant) then
                raise exception '% % was recorded by %', tg_table_name, new.id, new.recorded_by
                    using errcode = 'integrity_constraint_violation', constraint = 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    for table in ("contract_version", "index_value"):
        op.execute(f"""
            create trigger two_pairs_of_eyes before insert or update on {table}
            for each row execute function refuse_one_pair_of_eyes_on_terms()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in ("contract_version", "index_value"):
        op.execute(f"drop trigger two_pairs_of_eyes on {table}")
    op.execute("drop function refuse_one_pair_of_eyes_on_terms")
    _let_the_owner_see(["evidence"])
    op.drop_index('ix_evidence_tenant_rated_by', table_name='evidence')
    op.drop_constraint('pk_evidence', 'evidence', type_='primary')
    op.execute("""
        delete from evidence e using evidence other
        where other.tenant = e.tenant and other.series = e.series and other.start = e.start
          and other.invoice_id = e.invoice_id and other.watermark = e.watermark and other.rated_by > e.rated_by""")
    op.drop_column('evidence', 'rated_by')
    op.create_primary_key('pk_evidence', 'evidence', ['tenant', 'series', 'start', 'invoice_id', 'watermark'])
    _wall_the_owner_in(["evidence"])
    op.drop_table('dispute')
    op.drop_table('basis')
    op.drop_column('invoice_line', 'revenue_account')
    op.drop_column('invoice_line', 'tax_code')
    op.drop_constraint('uq_invoice_tenant_contract_id_kind_first', 'invoice', type_='unique')
    op.create_unique_constraint('uq_invoice_tenant_contract_id_first', 'invoice', ['tenant', 'contract_id', 'first'])
    op.drop_column('invoice', 'kind')
    op.drop_index('ix_index_value_tenant_series_id_month', table_name='index_value')
    op.drop_table('index_value')
    op.drop_table('index_series')
    op.drop_constraint('released_whole', 'contract_version', type_='check')
    op.drop_column('contract_version', 'released_by')
    op.drop_column('contract_version', 'released_at')
