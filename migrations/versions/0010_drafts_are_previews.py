"""drafts are no documents: what is not issued is looked at, and not stored; what was a draft becomes open work.

Revision: 0010
After: 0009

Stored drafts counted as billed: they held what they corrected, and what followed went on from them. They are deleted with
their lines and ratings, and their work is open again; a correction that one of them carried is due as it was.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::int")
READ = ["due", "invoice", "rating"]


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for table in READ:
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
    _discard_drafts()
    for table in READ:
        op.execute(f"alter table {table} force row level security")
    op.execute("revoke delete on invoice from usufruct_app")
    _number_what_is_committed()
    op.create_table('draft',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('content_hash', sa.Text(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.Column('looked_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('due_by', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_draft_tenant_contract_id'),
    sa.PrimaryKeyConstraint('tenant', 'name', name='pk_draft'),
    sa.UniqueConstraint('tenant', 'content_hash', name='uq_draft_tenant_content_hash')
    )
    op.create_index('ix_draft_tenant_contract_id', 'draft', ['tenant', 'contract_id'], unique=False)
    wall("draft", app="select, insert, update")
    # a draft is nobody's business but its maker's
    no_party = "nullif(current_setting('app.party', true), '') is null"
    op.execute(f"create policy of_no_party on draft as restrictive using ({no_party})")


def _discard_drafts() -> None:
    # where an amendment moved the end, several rows are one work
    op.execute("""
        update due set done_at = null
        from invoice i
        where i.sequence is null and i.kind <> 'correction'
          and due.tenant = i.tenant and due.contract = i.contract_id and due.kind = i.kind and lower(due.period) = i.first""")
    op.execute("""
        update due set done_at = null
        from (select distinct on (d.tenant, d.contract) d.tenant, d.contract, d.period, d.attempt
              from due d
              where d.kind = 'correction'
                and (d.tenant, d.contract) in (
                    select i.tenant, i.contract_id from invoice i join rating r on r.tenant = i.tenant and r.document_id = i.id
                    where i.sequence is null and r.invoice_id <> i.id)
                and not exists (select from due o where o.tenant = d.tenant and o.contract = d.contract
                                and o.kind = 'correction' and o.done_at is null)
              order by d.tenant, d.contract, d.done_at desc, d.attempt desc) newest
        where due.tenant = newest.tenant and due.kind = 'correction' and due.contract = newest.contract
          and due.period = newest.period and due.attempt = newest.attempt""")
    # what a draft corrected was looked at no more: the rating before it is the newest again, and what has changed since it is
    op.execute("""
        update rating set swept = false
        from rating later join invoice i on i.tenant = later.tenant and i.id = later.document_id
        where i.sequence is null and later.invoice_id <> i.id
          and rating.tenant = later.tenant and rating.invoice_id = later.invoice_id""")
    op.execute("delete from invoice where sequence is null")


def _number_what_is_committed() -> None:
    op.drop_index('uq_invoice_contract_id_kind_first_tenant', table_name='invoice',
                  postgresql_where=sa.text("kind <> 'correction'"))
    # a look makes a document without a number and rolls it back: whoever issues the same meanwhile does not wait for it
    op.create_index('uq_invoice_contract_id_kind_first_tenant', 'invoice', ['contract_id', 'kind', 'first', 'tenant'],
                    unique=True, postgresql_where=sa.text("kind <> 'correction' and sequence is not null"))
    op.execute("""
        create function refuse_unnumbered() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if not exists (select from invoice where tenant = new.tenant and id = new.id and sequence is not null) then
                raise exception 'a document without a number is not kept'
                    using errcode = 'integrity_constraint_violation', constraint = 'issued_or_nothing';
            end if;
            return null;
        end $$""")
    op.execute("""
        create constraint trigger issued_or_nothing after insert on invoice
        deferrable initially deferred for each row execute function refuse_unnumbered()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('draft')
    op.execute("drop trigger issued_or_nothing on invoice")
    op.execute("drop function refuse_unnumbered")
    op.drop_index('uq_invoice_contract_id_kind_first_tenant', table_name='invoice',
                  postgresql_where=sa.text("kind <> 'correction' and sequence is not null"))
    op.create_index('uq_invoice_contract_id_kind_first_tenant', 'invoice', ['contract_id', 'kind', 'first', 'tenant'],
                    unique=True, postgresql_where=sa.text("kind <> 'correction'"))
    op.execute("grant delete on invoice to usufruct_app")
