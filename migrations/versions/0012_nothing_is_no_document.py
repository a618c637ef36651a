"""a period that came to nothing has no document: it is kept that it was rated, without a number and without lines.

Revision: 0012
After: 0011

What has been issued without lines keeps its number.
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('invoice', sa.Column('came_to_nothing', sa.Boolean(), server_default='false', nullable=False))
    op.create_check_constraint('nothing_has_no_number', 'invoice',
                               'not came_to_nothing or number is null and net = 0 and vat = 0')
    _keep_documents(" or old.came_to_nothing")
    _keep_lines(" or came_to_nothing")
    _keep_unnumbered("(sequence is not null or came_to_nothing)")


def _keep_documents(also: str) -> None:
    op.execute(f"""
        create or replace function refuse_change_of_issued() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if tg_op = 'INSERT' then
                if new.number is not null then
                    raise exception 'an invoice is a draft before it is issued'
                        using errcode = 'integrity_constraint_violation', constraint = 'drafted_first';
                end if;
                return new;
            end if;
            if old.sequence is not null{also} then
                raise exception 'invoice % is issued and never changes', old.number
                    using errcode = 'integrity_constraint_violation', constraint = 'issued_never_changes';
            end if;
            if tg_op = 'UPDATE' and new.sequence is not null and not exists (
                select from counter
                where tenant = new.tenant and issuer_id = new.issuer_id and year = new.year
                  and new.sequence between 1 and last and new.issued_on = last_on) then
                raise exception 'number % was not drawn from its counter', new.number
                    using errcode = 'integrity_constraint_violation', constraint = 'numbered_by_counter';
            end if;
            return case tg_op when 'DELETE' then old else new end;
        end $$""")


def _keep_lines(also: str) -> None:
    op.execute(f"""
        create or replace function refuse_invoice_line_of_issued() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated text := current_setting('app.party', true);
            is_issued boolean;
        begin
            perform set_config('app.party', '', true);
            -- by its key, and not by a join: the planner does not know how few invoices a COPY is of
            is_issued := exists (select from invoice where tenant = (select tenant from added limit 1)
                                 and id = any(array(select distinct invoice_id from added))
                                 and (sequence is not null{also}));
            perform set_config('app.party', coalesce(stated, ''), true);
            if is_issued then
                raise exception 'an issued invoice gets no further row of invoice_line'
                    using errcode = 'integrity_constraint_violation', constraint = 'issued_never_changes';
            end if;
            return null;
        end $$""")


def _keep_unnumbered(what: str) -> None:
    op.execute(f"""
        create or replace function refuse_unnumbered() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if not exists (select from invoice where tenant = new.tenant and id = new.id and {what}) then
                raise exception 'a document without a number is not kept'
                    using errcode = 'integrity_constraint_violation', constraint = 'issued_or_nothing';
            end if;
            return null;
        end $$""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _keep_unnumbered("sequence is not null")
    _keep_lines("")
    _keep_documents("")
    op.drop_constraint('nothing_has_no_number', 'invoice', type_='check')
    op.drop_column('invoice', 'came_to_nothing')
