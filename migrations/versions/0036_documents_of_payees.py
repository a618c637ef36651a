"""documents between the supplier and its payees: issued with the customer's documents they come of, never changed.

Revision: 0036
After: 0035
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import APP, Guarded, guard

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
RIGHTS = Guarded(
    read="owner contract_manager finance payee auditor", insert="owner finance", party="payee_id"
)
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('payee_document',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Integer(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('leg', sa.Text(), nullable=False),
    sa.Column('document_type', sa.Text(), nullable=False),
    sa.Column('series', sa.Text(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('net', sa.Numeric(), nullable=False),
    sa.Column('vat', sa.Numeric(), nullable=False),
    sa.Column('gross', sa.Numeric(), nullable=False),
    sa.Column('about', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.Column('content', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("leg in ('purchase', 'commission')", name=op.f('ck_payee_document_leg_is_one')),
    sa.CheckConstraint('gross = net + vat', name=op.f('ck_payee_document_gross_is_the_sum')),
    *(sa.ForeignKeyConstraint(['tenant', column], [f'{to}.tenant', f'{to}.id'], name=f'fk_payee_document_tenant_{column}')
      for column, to in (('invoice_id', 'invoice'), ('contract_id', 'contract'), ('payee_id', 'party'), ('issuer_id', 'party'))),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_payee_document'),
    sa.UniqueConstraint('issuer_id', 'series', 'year', 'sequence', 'tenant',
                        name='uq_payee_document_issuer_id_series_year_sequence_tenant'),
    sa.UniqueConstraint('issuer_id', 'number', 'tenant', name='uq_payee_document_issuer_id_number_tenant')
    )
    for columns in (['contract_id'], ['invoice_id'], ['payee_id', 'id'], ['number']):
        op.create_index(f"ix_payee_document_tenant_{'_'.join(columns)}", 'payee_document', ['tenant', *columns])
    guard("payee_document", RIGHTS)
    op.execute(f"grant select, insert on payee_document to {APP}")
    _keep_what_is_issued()
    _count(("invoice", "payee_document"))
    _make_parties()


def _count(tables: tuple[str, ...]) -> None:
    """Let each number of a series stand on a document, of whichever table."""
    of_series = "tenant = new.tenant and issuer_id = new.issuer_id and series = new.series and year = new.year"
    numbered = f"where {of_series} and sequence > known and sequence <= new.last"
    counted = " + ".join(f"(select count(*) from {table} {numbered})" for table in tables)
    op.execute(f"""
        create or replace function refuse_a_gap() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            known int := case tg_op when 'UPDATE' then old.last else 0 end;
        begin
            if new.last < 1 then
                raise exception 'a counter begins with its first invoice' {REFUSED} 'numbers_without_gap';
            end if;
            if {counted} <> new.last - known then
                raise exception 'not every number up to % of % stands on an invoice', new.last, new.year
                    {REFUSED} 'numbers_without_gap';
            end if;
            return null;
        end $$""")  # noqa: S608 tables of our own


def _keep_what_is_issued() -> None:
    """Issued with the customer's document, by the seller's counter alone; never changed, whoever asks."""
    op.execute(f"""
        create function keep_payee_document() {TRIGGER} as $$
        begin
            if tg_op <> 'INSERT' then
                raise exception 'document % is issued and never changes', old.number {REFUSED} 'issued_never_changes';
            end if;
            if not exists (
                select from counter c
                where c.tenant = new.tenant and c.issuer_id = new.issuer_id and c.series = new.series
                  and c.year = new.year and new.sequence between 1 and c.last and new.issued_on = c.last_on) then
                raise exception 'number % was not drawn from its counter', new.number {REFUSED} 'numbered_by_counter';
            end if;
            if not exists (
                select from invoice i
                where i.tenant = new.tenant and i.id = new.invoice_id and i.contract_id = new.contract_id
                  and i.number is not null) then
                raise exception 'what document % comes of is not issued', new.number {REFUSED} 'issued_with_its_invoice';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger issued_never_changes before insert or update or delete on payee_document
        for each row execute function keep_payee_document()""")


def _make_parties() -> None:
    """Payees of contracts that are recorded already become parties, as those of later ones do as they are recorded."""
    tables = ("contract_version", "party")
    for table in tables:
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
    op.execute("""
        insert into party (tenant, name)
        select distinct version.tenant, payee ->> 'name'
        from contract_version version
        cross join lateral jsonb_array_elements(case jsonb_typeof(version.terms #> '{sharing,payees}')
                                                when 'array' then version.terms #> '{sharing,payees}' else '[]' end) payee
        where payee ->> 'name' is not null
        on conflict do nothing""")
    for table in tables:
        op.execute(f"alter table {table} force row level security")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _count(("invoice",))
    op.drop_table('payee_document')
    op.execute("drop function keep_payee_document")
