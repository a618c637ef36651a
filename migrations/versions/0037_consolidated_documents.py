"""consolidated documents: what several contracts of a customer owe stands on one, whose number each of them bears.

Revision: 0037
After: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

WORKS = 'uq_invoice_contract_id_kind_first_tenant'
UNIQUE = {
    'uq_invoice_issuer_id_series_year_sequence_tenant': ['issuer_id', 'series', 'year', 'sequence', 'tenant'],
    'uq_invoice_issuer_id_number_tenant': ['issuer_id', 'number', 'tenant'],
}
CONSOLIDATED = "(terms #>> '{settings,document}') = 'consolidated'"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
#: What becomes of a document: of the whole of it.
BECOMES = ("sending", "payment_allocation", "write_off")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('invoice', sa.Column('within_id', sa.Integer(), nullable=True))
    op.create_foreign_key('fk_invoice_tenant_within_id', 'invoice', 'invoice', ['tenant', 'within_id'], ['tenant', 'id'])
    op.create_index('ix_invoice_tenant_within_id', 'invoice', ['tenant', 'within_id'],
                    postgresql_where=sa.text('within_id is not null'))
    op.create_index('ix_contract_version_consolidated', 'contract_version', ['tenant', 'customer_id'],
                    postgresql_where=sa.text(CONSOLIDATED))
    _find_works("kind not in ('correction', 'credit', 'consolidated') and sequence is not null and of_id is null")
    for name, columns in UNIQUE.items():
        op.drop_constraint(name, 'invoice', type_='unique')
        op.create_index(name, 'invoice', columns, unique=True, postgresql_where=sa.text('within_id is null'))
    _count_documents("and within_id is null")
    _tell_of_documents("and i.within_id is null", "coalesce(m.within_id, m.id)")
    _hold_together()
    _become_of_the_whole()


def _find_works(rows: str) -> None:
    op.drop_index(WORKS, table_name='invoice')
    op.create_index(WORKS, 'invoice', ['contract_id', 'kind', 'first', 'tenant'], unique=True,
                    postgresql_where=sa.text(rows))


def _count_documents(also: str) -> None:
    """Let each number up to the last stand on one document; what is within it bears the number besides."""
    numbered = """tenant = new.tenant and issuer_id = new.issuer_id and series = new.series and year = new.year
                  and sequence > known and sequence <= new.last"""
    op.execute(f"""
        create or replace function refuse_a_gap() {TRIGGER} as $$
        declare
            known int := case tg_op when 'UPDATE' then old.last else 0 end;
        begin
            if new.last < 1 then
                raise exception 'a counter begins with its first invoice' {REFUSED} 'numbers_without_gap';
            end if;
            if (select count(*) from invoice where {numbered} {also})
                + (select count(*) from payee_document where {numbered}) <> new.last - known then
                raise exception 'not every number up to % of % stands on an invoice', new.last, new.year
                    {REFUSED} 'numbers_without_gap';
            end if;
            return null;
        end $$""")  # noqa: S608 tables of our own


def _tell_of_documents(which: str, whole: str) -> None:
    """Tell of a document once, and never of what stands within it."""
    contract = "(select c.reference from contract c where c.tenant = i.tenant and c.id = i.contract_id)"
    op.execute(f"""
        create or replace function tell_document_issued() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            of_tenant int;
        begin
            for of_tenant in select distinct tenant from (select tenant from changed where number is not null) issued loop
                perform set_config('app.tenant', of_tenant::text, true);
                insert into notification (tenant, type, customer_id, facts)
                select i.tenant, 'document.issued', i.customer_id, jsonb_build_object(
                    'number', i.number, 'contract', {contract}, 'kind', i.kind, 'first', i.first, 'last', i.after_last - 1)
                from changed i where i.tenant = of_tenant and i.number is not null {which} order by i.id;
                insert into notification (tenant, type, customer_id, facts)
                select i.tenant, 'document.corrected', i.customer_id, jsonb_build_object(
                    'number', i.number, 'contract', {contract}, 'corrects', i.corrected)
                from (select {whole} as id, jsonb_agg(distinct l.corrects_number order by l.corrects_number) as corrected
                      from changed m cross join lateral (
                          select corrects_number from invoice_line
                          where tenant = m.tenant and invoice_id = m.id and corrects_number is not null offset 0) l
                      where m.tenant = of_tenant and m.number is not null group by 1) d
                join (select * from changed where tenant = of_tenant) c using (id)
                cross join lateral (select c.*, d.corrected) i
                order by i.id;
            end loop;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")


def _hold_together() -> None:
    """Let a consolidated document be what stands within it, and bear that its number and its dates; at the commit."""
    op.execute(f"""
        create function refuse_apart() {TRIGGER} as $$
        begin
            if new.within_id is not null and not exists (
                select from invoice whole
                where whole.tenant = new.tenant and whole.id = new.within_id and whole.kind = 'consolidated'
                  and whole.within_id is null and (whole.number, whole.issued_on, whole.due_on, whole.issuer_id,
                      whole.customer_id, whole.currency) is not distinct from
                      (new.number, new.issued_on, new.due_on, new.issuer_id, new.customer_id, new.currency)) then
                raise exception 'invoice % does not bear what its consolidated document does', new.id
                    {REFUSED} 'whole_and_within';
            end if;
            if new.kind = 'consolidated' and (
                select count(*) < 2 or sum(part.net) <> new.net from invoice part
                where part.tenant = new.tenant and part.within_id = new.id) then
                raise exception 'consolidated document % is not what stands within it', new.number
                    {REFUSED} 'whole_and_within';
            end if;
            return null;
        end $$""")
    op.execute("""
        create constraint trigger whole_and_within after insert or update on invoice
        deferrable initially deferred for each row
        when (new.within_id is not null or new.kind = 'consolidated') execute function refuse_apart()""")


def _become_of_the_whole() -> None:
    op.execute(f"""
        create function refuse_of_a_part() {TRIGGER} as $$
        begin
            if exists (select from invoice
                       where tenant = new.tenant and id = new.invoice_id and within_id is not null) then
                raise exception 'what stands within a document is sent and paid with it' {REFUSED} 'of_the_whole';
            end if;
            return new;
        end $$""")
    for table in BECOMES:
        op.execute(f"""
            create trigger of_the_whole before insert on {table}
            for each row execute function refuse_of_a_part()""")


def downgrade() -> None:
    """Go back while no consolidated document is issued: what stands within one could not keep its number."""
    op.execute("set local lock_timeout = '5s'")
    for table in BECOMES:
        op.execute(f"drop trigger of_the_whole on {table}")
    op.execute("drop function refuse_of_a_part")
    op.execute("drop trigger whole_and_within on invoice")
    op.execute("drop function refuse_apart")
    _tell_of_documents("", "m.id")
    _count_documents("")
    for name, columns in UNIQUE.items():
        op.drop_index(name, table_name='invoice')
        op.create_unique_constraint(name, 'invoice', columns)
    _find_works("kind not in ('correction', 'credit') and sequence is not null and of_id is null")
    op.drop_index('ix_contract_version_consolidated', table_name='contract_version')
    op.drop_index('ix_invoice_tenant_within_id', table_name='invoice')
    op.drop_constraint('fk_invoice_tenant_within_id', 'invoice', type_='foreignkey')
    op.drop_column('invoice', 'within_id')
