"""what raw SQL as the application could still do, disputes that are accepted, the record of four eyes switched off.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import TENANT, wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


FILLED = ["dispute"]
FUNCTIONS = (
    "open_batch", "watermark", "refuse_change_of_issued", "refuse_one_pair_of_eyes", "refuse_one_pair_of_eyes_on_terms",
)  # fmt: skip


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _name_schemas()
    _record_four_eyes()
    _accept_disputes()
    op.add_column('batch', sa.Column('request_sha256', sa.LargeBinary(), nullable=True))
    _issue_by_counter_alone()
    _close_what_is_issued()
    _wall_due_work()


def _name_schemas() -> None:
    """Look tables up where they are: a temporary table of the same name comes first unless pg_temp is named last."""
    for function in FUNCTIONS:
        op.execute(f"alter function {function}() set search_path = pg_catalog, public, pg_temp")


def _record_four_eyes() -> None:
    op.create_table('four_eyes_change',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('switched_off', sa.Boolean(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_four_eyes_change')
    )
    op.execute("""
        insert into four_eyes_change (tenant, switched_off, by, at, reason)
        select id, true, four_eyes_off->>'by', (four_eyes_off->>'at')::timestamptz, four_eyes_off->>'reason'
        from tenant where four_eyes_off is not null""")
    wall("four_eyes_change", app="select")  # written by the administrator


def _accept_disputes() -> None:
    for table in FILLED:
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
    op.add_column('dispute', sa.Column('accepted_by', sa.Text(), nullable=True))
    op.add_column('dispute', sa.Column('accepted_at', sa.TIMESTAMP(timezone=True), nullable=True))
    # until now a dispute held its charge back from the day on which it was raised
    op.execute("update dispute set accepted_by = raised_by, accepted_at = raised_at")
    for table in FILLED:
        op.execute(f"alter table {table} force row level security")
    op.create_check_constraint('accepted_whole', 'dispute', '(accepted_by is null) = (accepted_at is null)')
    op.create_check_constraint('waived_is_accepted', 'dispute', "outcome <> 'waived' or accepted_at is not null")
    op.execute("grant update (accepted_by, accepted_at) on dispute to usufruct_app")
    op.execute("""
        create function refuse_own_dispute() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if tg_op = 'UPDATE' and (old.outcome is not null or old.accepted_at is not null
                                     and (new.accepted_at, new.accepted_by) <> (old.accepted_at, old.accepted_by)
                                     or old.accepted_at is not null and new.accepted_at is null) then
                raise exception 'dispute % is accepted once and settled once', old.id
                    using errcode = 'integrity_constraint_violation', constraint = 'settled_never_changes';
            end if;
            if nullif(current_setting('app.party', true), '') is not null
               and (new.accepted_by is not null or new.outcome is not null)
               and not (tg_op = 'INSERT' and new.outcome is null and exists (
                   -- what is disputed of a statement is accepted by the contract's own terms of statements
                   select from statement_step step join statement on statement.tenant = step.tenant
                                                                 and statement.id = step.statement_id
                   where statement.tenant = new.tenant and statement.contract_id = new.contract_id
                     and statement.first <= new.first and new.after_last <= statement.after_last
                     and step.step = 'disputed' and new.charge = any(step.charges))) then
                raise exception 'a party neither accepts nor settles its own dispute'
                    using errcode = 'integrity_constraint_violation', constraint = 'dispute_of_a_party_waits';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger dispute_of_a_party_waits before insert or update on dispute
        for each row execute function refuse_own_dispute()""")


def _issue_by_counter_alone() -> None:
    """Let a number be given once, by the counter, and let the counter only count on."""
    op.execute("alter table invoice drop constraint ck_invoice_ck_invoice_issued_whole")  # 0002 named it twice over
    whole = "num_nulls(year, sequence, number, issued_on, due_on) in (0, 5)"
    op.create_check_constraint('issued_whole', 'invoice', whole)
    op.create_unique_constraint('uq_invoice_tenant_issuer_id_number', 'invoice', ['tenant', 'issuer_id', 'number'])
    op.execute("""
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
            if old.sequence is not null then
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
    op.execute("drop trigger issued_never_changes on invoice")
    op.execute("""
        create trigger issued_never_changes before insert or update or delete on invoice
        for each row execute function refuse_change_of_issued()""")
    op.execute("""
        create function refuse_counting_back() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if (new.tenant, new.issuer_id, new.year) <> (old.tenant, old.issuer_id, old.year)
               or new.last < old.last or new.last_on < old.last_on then
                raise exception 'the counter of % stands at % of %', old.year, old.last, old.last_on
                    using errcode = 'integrity_constraint_violation', constraint = 'counter_counts_on';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger counter_counts_on before update on counter
        for each row execute function refuse_counting_back()""")
    op.execute("""
        create function refuse_a_gap() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            known int := case tg_op when 'UPDATE' then old.last else 0 end;
        begin
            if new.last < 1 then
                raise exception 'a counter begins with its first invoice'
                    using errcode = 'integrity_constraint_violation', constraint = 'numbers_without_gap';
            end if;
            if (select count(*) from invoice
                where tenant = new.tenant and issuer_id = new.issuer_id and year = new.year
                  and sequence > known and sequence <= new.last) <> new.last - known then
                raise exception 'not every number up to % of % stands on an invoice', new.last, new.year
                    using errcode = 'integrity_constraint_violation', constraint = 'numbers_without_gap';
            end if;
            return null;
        end $$""")
    op.execute("""
        create constraint trigger numbers_without_gap after insert or update on counter
        deferrable initially deferred for each row execute function refuse_a_gap()""")


def _close_what_is_issued() -> None:
    """Let nothing be added to, or taken from, what an issued invoice consists of and rests on."""
    op.execute("revoke delete on evidence from usufruct_app")
    for table, column in (("invoice_line", "invoice_id"), ("evidence", "rated_by"), ("basis", "rated_by")):
        # of a statement, not of each row: lines come by COPY; as the owner, for the loader may read nothing; and with no
        # party stated, for whoever states a stranger's would hide the invoice from this very question
        op.execute(f"""
            create function refuse_{table}_of_issued() returns trigger language plpgsql security definer
            set search_path = pg_catalog, public, pg_temp as $$
            declare
                stated text := current_setting('app.party', true);
                is_issued boolean;
            begin
                perform set_config('app.party', '', true);
                -- by its key, and not by a join: the planner does not know how few invoices a COPY is of
                is_issued := exists (select from invoice where tenant = (select tenant from added limit 1)
                                     and id = any(array(select distinct {column} from added)) and sequence is not null);
                perform set_config('app.party', coalesce(stated, ''), true);
                if is_issued then
                    raise exception 'an issued invoice gets no further row of {table}'
                        using errcode = 'integrity_constraint_violation', constraint = 'issued_never_changes';
                end if;
                return null;
            end $$""")
        op.execute(f"""
            create trigger issued_never_changes after insert on {table} referencing new table as added
            for each statement execute function refuse_{table}_of_issued()""")


def _wall_due_work() -> None:
    """Let a worker that has stated no tenant look for whose turn it is, and write what is its tenant's alone."""
    unstated = "nullif(current_setting('app.tenant', true), '') is null"
    no_party = "nullif(current_setting('app.party', true), '') is null"
    op.execute("alter table due enable row level security")
    op.execute("alter table due force row level security")
    op.execute(f"create policy tenant on due using ({TENANT} and {no_party})")
    op.execute(f"create policy looked_through on due for select using ({unstated} and {no_party})")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop policy looked_through on due")
    op.execute("drop policy tenant on due")
    op.execute("alter table due no force row level security")
    op.execute("alter table due disable row level security")
    for table in ("invoice_line", "evidence", "basis"):
        op.execute(f"drop trigger issued_never_changes on {table}")
        op.execute(f"drop function refuse_{table}_of_issued")
    op.execute("grant delete on evidence to usufruct_app")
    op.execute("drop trigger numbers_without_gap on counter")
    op.execute("drop function refuse_a_gap")
    op.execute("drop trigger counter_counts_on on counter")
    op.execute("drop function refuse_counting_back")
    op.execute("drop trigger issued_never_changes on invoice")
    op.execute("""
        create or replace function refuse_change_of_issued() returns trigger language plpgsql as $$
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
    op.drop_constraint('uq_invoice_tenant_issuer_id_number', 'invoice', type_='unique')
    op.drop_constraint('issued_whole', 'invoice', type_='check')
    op.execute("""
        alter table invoice add constraint ck_invoice_ck_invoice_issued_whole
        check ((sequence is null) = (issued_on is null))""")
    op.drop_column('batch', 'request_sha256')
    op.execute("drop trigger dispute_of_a_party_waits on dispute")
    op.execute("drop function refuse_own_dispute")
    op.drop_constraint('waived_is_accepted', 'dispute', type_='check')
    op.drop_constraint('accepted_whole', 'dispute', type_='check')
    op.drop_column('dispute', 'accepted_at')
    op.drop_column('dispute', 'accepted_by')
    op.drop_table('four_eyes_change')
    for function in FUNCTIONS:
        op.execute(f"alter function {function}() reset search_path")
