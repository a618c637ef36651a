"""contracts and invoices.

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from migrations.row_level_security import wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('register_event',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('series', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
    sa.Column('batch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('gained', sa.Numeric(), nullable=True),
    sa.Column('serial', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'series', 'at', 'batch', name='pk_register_event')
    )
    op.create_table('contract',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_contract_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'supplier_id'], ['party.tenant', 'party.id'], name='fk_contract_tenant_supplier_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_contract'),
    sa.UniqueConstraint('tenant', 'reference', name='uq_contract_tenant_reference')
    )
    op.create_table('counter',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('issuer_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'issuer_id'], ['party.tenant', 'party.id'], name='fk_counter_tenant_issuer_id'),
    sa.PrimaryKeyConstraint('tenant', 'issuer_id', 'year', name='pk_counter')
    )
    op.create_table('contract_version',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('effective', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('terms', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_contract_version_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_contract_version_tenant_customer_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_contract_version'),
    sa.UniqueConstraint('tenant', 'contract_id', 'number', name='uq_contract_version_tenant_contract_id_number')
    )
    op.create_table('invoice',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('after_last', sa.Date(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=True),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('net', sa.Numeric(), nullable=False),
    sa.Column('vat', sa.Numeric(), nullable=False),
    sa.Column('gross', sa.Numeric(), nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.Column('inputs', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint('(sequence is null) = (issued_on is null)', name='ck_invoice_issued_whole'),
    sa.CheckConstraint('gross = net + vat', name='ck_invoice_gross_is_the_sum'),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_invoice_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_invoice_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'issuer_id'], ['party.tenant', 'party.id'], name='fk_invoice_tenant_issuer_id'),
    sa.ForeignKeyConstraint(['tenant', 'version_id'], ['contract_version.tenant', 'contract_version.id'], name='fk_invoice_tenant_version_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_invoice'),
    sa.UniqueConstraint('tenant', 'contract_id', 'first', name='uq_invoice_tenant_contract_id_first'),
    sa.UniqueConstraint('tenant', 'issuer_id', 'year', 'sequence', name='uq_invoice_tenant_issuer_id_year_sequence')
    )
    op.create_table('evidence',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('series', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('watermark', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_evidence_tenant_invoice_id', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'series', 'start', 'invoice_id', 'watermark', name='pk_evidence')
    )
    op.create_index('ix_evidence_tenant_invoice_id', 'evidence', ['tenant', 'invoice_id'], unique=False)
    op.create_table('invoice_line',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('pos', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('charge', sa.Text(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('nature', sa.Text(), nullable=False),
    sa.Column('quantity', sa.Numeric(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('unit_price', sa.Numeric(), nullable=False),
    sa.Column('net', sa.Numeric(), nullable=False),
    sa.Column('service_first', sa.Date(), nullable=False),
    sa.Column('service_after_last', sa.Date(), nullable=False),
    sa.Column('tax_point', sa.Date(), nullable=False),
    sa.Column('tax_category', sa.Text(), nullable=False),
    sa.Column('tax_rate', sa.Numeric(), nullable=False),
    sa.Column('tax_reason', sa.Text(), nullable=False),
    sa.Column('corrects_id', sa.Integer(), nullable=True),
    sa.Column('corrects_number', sa.Text(), nullable=True),
    sa.Column('dimensions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('allocation', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('payees', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('proof', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint('scale(net) <= 4', name='ck_invoice_line_net_is_rounded'),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_invoice_line_tenant_invoice_id', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'invoice_id', 'pos', name='pk_invoice_line')
    )
    op.add_column('register', sa.Column('interval_minutes', sa.Integer(), nullable=True))

    wall("register_event", app="select, insert")
    wall("contract", app="select, insert, update", party="customer_id")
    wall("contract_version", app="select, insert", party="customer_id")
    wall("invoice", app="select, insert, update, delete", party="customer_id")
    wall("invoice_line", app="select", party="customer_id")  # written by COPY, as the loader
    wall("evidence", app="select, delete")  # likewise
    wall("counter", app="select, insert, update")
    op.execute("""
        grant insert (invoice_id, pos, customer_id, charge, part, label, nature, quantity, unit, unit_price, net,
                      service_first, service_after_last, tax_point, tax_category, tax_rate, tax_reason, corrects_id,
                      corrects_number, dimensions, allocation, payees, proof) on invoice_line to usufruct_load""")
    op.execute('grant insert (series, start, invoice_id, watermark, "end") on evidence to usufruct_load')
    op.execute("""
        create function refuse_change_of_issued() returns trigger language plpgsql as $$
        begin
            if old.sequence is not null then
                raise exception 'invoice % is issued and never changes', old.number
                    using errcode = 'integrity_constraint_violation', constraint = 'issued_never_changes';
            end if;
            return case tg_op when 'DELETE' then old else new end;
        end $$""")
    op.execute("""
        create trigger issued_never_changes before update or delete on invoice
        for each row execute function refuse_change_of_issued()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger issued_never_changes on invoice")
    op.execute("drop function refuse_change_of_issued")
    op.drop_column('register', 'interval_minutes')
    op.drop_table('invoice_line')
    op.drop_index('ix_evidence_tenant_invoice_id', table_name='evidence')
    op.drop_table('evidence')
    op.drop_table('invoice')
    op.drop_table('contract_version')
    op.drop_table('counter')
    op.drop_table('contract')
    op.drop_table('register_event')
