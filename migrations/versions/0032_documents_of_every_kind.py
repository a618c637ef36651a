"""documents of every kind: a piece of work may come to several, each with its type and, where the law has one, its series.

Revision: 0032
After: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None

UNIQUE = 'uq_invoice_contract_id_kind_first_tenant'
NUMBERED = 'uq_invoice_issuer_id_year_sequence_tenant'
NUMBERED_BY_SERIES = 'uq_invoice_issuer_id_series_year_sequence_tenant'
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('invoice', sa.Column('document_type', sa.Text(), server_default='380', nullable=False))
    op.add_column('invoice', sa.Column('series', sa.Text(), server_default='', nullable=False))
    op.add_column('invoice', sa.Column('of_id', sa.Integer(), nullable=True))
    op.create_foreign_key('fk_invoice_tenant_of_id', 'invoice', 'invoice', ['tenant', 'of_id'], ['tenant', 'id'])
    op.create_index('ix_invoice_tenant_of_id', 'invoice', ['tenant', 'of_id'],
                    postgresql_where=sa.text('of_id is not null'))
    _find_works("kind <> 'correction' and sequence is not null and of_id is null")
    op.drop_constraint(NUMBERED, 'invoice', type_='unique')
    op.create_unique_constraint(NUMBERED_BY_SERIES, 'invoice', ['issuer_id', 'series', 'year', 'sequence', 'tenant'])
    op.add_column('counter', sa.Column('series', sa.Text(), server_default='', nullable=False))
    _key_counters(['tenant', 'issuer_id', 'series', 'year'])
    _draw_and_count("series = new.series", "new.series, ", "old.series, ")
    _call_corrections_by_their_name()


def _find_works(rows: str) -> None:
    op.drop_index(UNIQUE, table_name='invoice')
    op.create_index(UNIQUE, 'invoice', ['contract_id', 'kind', 'first', 'tenant'], unique=True,
                    postgresql_where=sa.text(rows))


def _key_counters(columns: list[str]) -> None:
    op.drop_constraint('pk_counter', 'counter', type_='primary')
    op.create_primary_key('pk_counter', 'counter', columns)


def _draw_and_count(of_series: str, new_series: str, old_series: str) -> None:
    """Let a number be drawn from the counter of its series, and each series count on without a gap."""
    op.execute(f"""
        create or replace function refuse_change_of_issued() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if tg_op = 'INSERT' then
                if new.number is not null then
                    raise exception 'an invoice is a draft before it is issued' {REFUSED} 'drafted_first';
                end if;
                return new;
            end if;
            if old.sequence is not null or old.came_to_nothing then
                raise exception 'invoice % is issued and never changes', old.number {REFUSED} 'issued_never_changes';
            end if;
            if tg_op = 'UPDATE' and new.sequence is not null and not exists (
                select from counter
                where tenant = new.tenant and issuer_id = new.issuer_id and {of_series} and year = new.year
                  and new.sequence between 1 and last and new.issued_on = last_on) then
                raise exception 'number % was not drawn from its counter', new.number {REFUSED} 'numbered_by_counter';
            end if;
            return case tg_op when 'DELETE' then old else new end;
        end $$""")
    op.execute(f"""
        create or replace function refuse_counting_back() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if (new.tenant, new.issuer_id, {new_series}new.year) <> (old.tenant, old.issuer_id, {old_series}old.year)
               or new.last < old.last or new.last_on < old.last_on then
                raise exception 'the counter of % stands at % of %', old.year, old.last, old.last_on
                    {REFUSED} 'counter_counts_on';
            end if;
            return new;
        end $$""")
    op.execute(f"""
        create or replace function refuse_a_gap() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            known int := case tg_op when 'UPDATE' then old.last else 0 end;
        begin
            if new.last < 1 then
                raise exception 'a counter begins with its first invoice' {REFUSED} 'numbers_without_gap';
            end if;
            if (select count(*) from invoice
                where tenant = new.tenant and issuer_id = new.issuer_id and {of_series} and year = new.year
                  and sequence > known and sequence <= new.last) <> new.last - known then
                raise exception 'not every number up to % of % stands on an invoice', new.last, new.year
                    {REFUSED} 'numbers_without_gap';
            end if;
            return null;
        end $$""")


def _call_corrections_by_their_name() -> None:
    """What corrected alone was an invoice of a kind of its own; it is a credit note, or claims more of what is billed."""
    op.execute("alter table invoice no force row level security")  # the policies hide rows from the owner as well
    op.execute("alter table invoice disable trigger issued_never_changes")
    op.execute("alter table invoice disable trigger tell_document_issued")
    op.execute("""
        update invoice set document_type = case when net < 0 then '381' else '384' end
        where kind = 'correction'""")
    op.execute("alter table invoice enable trigger tell_document_issued")
    op.execute("alter table invoice enable trigger issued_never_changes")
    op.execute("alter table invoice force row level security")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _draw_and_count("true", "", "")
    _key_counters(['tenant', 'issuer_id', 'year'])
    op.drop_column('counter', 'series')
    op.drop_constraint(NUMBERED_BY_SERIES, 'invoice', type_='unique')
    op.create_unique_constraint(NUMBERED, 'invoice', ['issuer_id', 'year', 'sequence', 'tenant'])
    _find_works("kind <> 'correction' and sequence is not null")
    op.drop_column('invoice', 'of_id')
    op.drop_column('invoice', 'series')
    op.drop_column('invoice', 'document_type')
