"""what is not sent may be void: the number stays with its reason, and what it billed is billed anew.

Revision: 0038
After: 0037

An issued document still never changes, but for the mark that it is void: set once, together with the newest document that
counted it. The database lets nothing be void that two have not seen, that was sent, or of which something was paid; and
lets nothing be sent, paid or written off that is void.
"""

import sqlalchemy as sa
from alembic import op

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
RIGHTS = Guarded(read="owner contract_manager finance auditor", insert="owner finance", update="owner finance")
NAMED_BEFORE = (
    *NAMED_AT_FIRST,
    ("tax_law", "recorded_by", "recorded_identity"),
    ("tax_law", "released_by", "released_identity"),
    ("sending", "recorded_by", "recorded_identity"),
    ("payment", "recorded_by", "recorded_identity"),
    ("payment_allocation", "recorded_by", "recorded_identity"),
    ("write_off", "prepared_by", "prepared_identity"),
    ("write_off", "released_by", "released_identity"),
    ("credit", "prepared_by", "prepared_identity"),
    ("credit", "released_by", "released_identity"),
    ("credit", "withdrawn_by", "withdrawn_identity"),
)
#: Where a name of whoever acted stands beside the number, with this table's.
NAMED = (
    *NAMED_BEFORE,
    ("voiding", "asked_by", "asked_identity"),
    ("voiding", "released_by", "released_identity"),
    ("voiding", "withdrawn_by", "withdrawn_identity"),
)
#: What the application may be in the database, by the role of who acts.
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
UNIQUE = 'uq_invoice_contract_id_kind_first_tenant'
ONE_EACH = "kind not in ('correction', 'credit', 'consolidated') and sequence is not null and of_id is null"
FACTS = ("sending", "payment_allocation", "write_off")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('invoice', sa.Column('voided_on', sa.Date(), nullable=True))
    op.add_column('invoice', sa.Column('counts_until', sa.Integer(), nullable=True))
    op.create_check_constraint(op.f('ck_invoice_voided_whole'), 'invoice', 'num_nulls(voided_on, counts_until) in (0, 2)')
    op.add_column('rating', sa.Column('counts_until', sa.Integer(), nullable=True))
    op.execute(f"grant update (counts_until) on rating to {APP}")
    _find_works(f"{ONE_EACH} and voided_on is null")
    _make_table()
    _ask_and_release()
    _mark_once("""
            was := old;
            was.voided_on := new.voided_on;
            was.counts_until := new.counts_until;
            if tg_op = 'UPDATE' and old.sequence is not null and old.voided_on is null and new.voided_on is not null
               and was is not distinct from new then
                return new;
            end if;""")
    _void_what_two_have_seen()
    _leave_alone_what_is_void()
    _void_what_comes_of_it()
    _tell(" and i.voided_on is null", """
        insert into notification (tenant, type, customer_id, facts)
        select i.tenant, 'document.voided', i.customer_id, jsonb_build_object(
            'number', i.number, 'contract', (select c.reference from contract c where c.tenant = i.tenant and c.id = i.contract_id),
            'kind', i.kind, 'on', i.voided_on)
        from changed i where i.tenant = of_tenant and i.voided_on is not null and i.within_id is null order by i.id;""")
    _waive_by_what_counts(" and i.voided_on is null", " and bill.voided_on is null")
    erase_names(NAMED)


def _find_works(rows: str) -> None:
    op.drop_index(UNIQUE, table_name='invoice')
    op.create_index(UNIQUE, 'invoice', ['contract_id', 'kind', 'first', 'tenant'], unique=True,
                    postgresql_where=sa.text(rows))


def _make_table() -> None:
    op.create_table('voiding',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('asked_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('asked_at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_identity', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', INSTANT, nullable=True),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name=op.f('ck_voiding_released_whole')),
    sa.CheckConstraint('(withdrawn_by is null) = (withdrawn_at is null)', name=op.f('ck_voiding_withdrawn_whole')),
    sa.CheckConstraint('released_at is null or withdrawn_at is null', name=op.f('ck_voiding_ends_once')),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_voiding_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_voiding_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_voiding_tenant_invoice_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_voiding')
    )
    op.create_index('uq_voiding_tenant_invoice_id', 'voiding', ['tenant', 'invoice_id'], unique=True,
                    postgresql_where=sa.text('withdrawn_at is null'))
    op.create_index('ix_voiding_tenant_contract_id', 'voiding', ['tenant', 'contract_id'], unique=False)
    guard("voiding", RIGHTS)
    op.execute(f"""
        grant select, insert, update (released_by, released_at, withdrawn_by, withdrawn_at) on voiding to {APP}""")


def _ask_and_release() -> None:
    op.execute(f"""
        create function by_two_on_voiding() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.released_by is not null or new.withdrawn_by is not null then
                    raise exception 'a voiding is asked for before it is released' {REFUSED} 'prepared_first';
                end if;
                new.asked_identity := who.id;
                new.asked_by := coalesce(who.name, new.asked_by);
                return new;
            end if;
            if old.released_by is not null or old.withdrawn_by is not null then
                raise exception 'voiding % is done and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.withdrawn_by is not null then
                new.withdrawn_identity := who.id;
                new.withdrawn_by := coalesce(who.name, new.withdrawn_by);
                return new;
            end if;
            if new.released_by is null then
                return new;
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.asked_identity is null then
                raise exception 'nobody is stated who asked for or released voiding %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.asked_identity = who.id then
                raise exception 'voiding % was asked for by %', new.id, new.asked_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on voiding
        for each row execute function by_two_on_voiding()""")


def _mark_once(unless: str) -> None:
    """Let nothing of what is issued change, but for a mark that is set once."""
    op.execute(f"""
        create or replace function refuse_change_of_issued() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            was invoice;
        begin
            if tg_op = 'INSERT' then
                if new.number is not null then
                    raise exception 'an invoice is a draft before it is issued' {REFUSED} 'drafted_first';
                end if;
                return new;
            end if;{unless}
            if old.sequence is not null or old.came_to_nothing then
                raise exception 'invoice % is issued and never changes', old.number {REFUSED} 'issued_never_changes';
            end if;
            if tg_op = 'UPDATE' and new.sequence is not null and not exists (
                select from counter
                where tenant = new.tenant and issuer_id = new.issuer_id and series = new.series and year = new.year
                  and new.sequence between 1 and last and new.issued_on = last_on) then
                raise exception 'number % was not drawn from its counter', new.number {REFUSED} 'numbered_by_counter';
            end if;
            return case tg_op when 'DELETE' then old else new end;
        end $$""")


def _void_what_two_have_seen() -> None:
    """Whatever writes the mark: it is released, nothing of the document was sent, and nothing taken off it."""
    op.execute(f"""
        create function refuse_to_void_what_is_used() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            if not exists (
                select from voiding v
                where v.tenant = new.tenant and v.released_at is not null and v.invoice_id in (
                    coalesce(new.of_id, new.id), new.within_id,
                    (select first.within_id from invoice first where first.tenant = new.tenant and first.id = new.of_id))) then
                raise exception 'nobody has released that % is void', new.number {REFUSED} 'released_first';
            end if;
            if exists (select from sending where tenant = new.tenant and invoice_id = new.id)
               or (select coalesce(sum(amount + discount), 0) from payment_allocation
                   where tenant = new.tenant and invoice_id = new.id) <> 0
               or (select coalesce(sum(amount), 0) from write_off
                   where tenant = new.tenant and invoice_id = new.id and released_at is not null) <> 0 then
                raise exception '% was sent, or something of it is settled', new.number {REFUSED} 'void_before_it_is_sent';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")
    op.execute("""
        create trigger void_before_it_is_sent before update on invoice
        for each row when (new.voided_on is not null) execute function refuse_to_void_what_is_used()""")
    op.execute(f"""
        create function refuse_to_void_a_rating_twice() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            if old.counts_until is not null or not exists (
                select from voiding v
                where v.tenant = new.tenant and v.released_at is not null and (
                    v.contract_id = new.contract_id or exists (
                        select from invoice part where part.tenant = new.tenant and part.within_id = v.invoice_id
                                                       and part.contract_id = new.contract_id))) then
                raise exception 'rating % is void with its document, and once', new.id {REFUSED} 'released_first';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")
    op.execute("""
        create trigger void_with_its_document before update on rating
        for each row when (new.counts_until is distinct from old.counts_until)
        execute function refuse_to_void_a_rating_twice()""")


def _void_what_comes_of_it() -> None:
    """The documents of payees that come of a piece of work are void with it, and say so to the payee as well."""
    op.add_column('payee_document', sa.Column('voided_on', sa.Date(), nullable=True))
    _keep_documents_of_payees("""
            if tg_op = 'UPDATE' then
                was := new;
                was.voided_on := null;
                if old.voided_on is null and was is not distinct from old and exists (
                    select from invoice i
                    where i.tenant = new.tenant and i.id = new.invoice_id and i.voided_on = new.voided_on) then
                    return new;
                end if;
            end if;""")
    op.execute(f"""
        create function void_documents_of_payees() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            update payee_document set voided_on = new.voided_on where tenant = new.tenant and invoice_id = new.id;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")
    op.execute("""
        create trigger void_documents_of_payees after update on invoice
        for each row when (new.voided_on is not null and old.voided_on is null and new.of_id is null)
        execute function void_documents_of_payees()""")


def _keep_documents_of_payees(unless: str) -> None:
    """As it was, but for the mark that follows the customer's document."""
    op.execute(f"""
        create or replace function keep_payee_document() {TRIGGER} as $$
        declare
            was payee_document;
        begin{unless}
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


def _leave_alone_what_is_void() -> None:
    op.execute(f"""
        create function refuse_what_is_void() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            bill invoice;
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            -- the lock that the mark takes as well: of the two, the second sees what the first has done
            select * into bill from invoice where tenant = new.tenant and id = new.invoice_id for no key update;
            if bill.voided_on is not null then
                raise exception 'document % is void', bill.number {REFUSED} 'void_stays_void';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")
    for table in FACTS:
        op.execute(f"""
            create trigger void_stays_void before insert or update on {table}
            for each row execute function refuse_what_is_void()""")


def _tell(of_issued: str, of_void: str) -> None:
    """A document is issued as it gets its number, and void as it gets the mark; each is told of once."""
    contract = "(select c.reference from contract c where c.tenant = i.tenant and c.id = i.contract_id)"
    op.execute(f"""
        create or replace function tell_document_issued() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            of_tenant int;
        begin
            for of_tenant in select distinct tenant from (select tenant from changed where number is not null) issued loop
                perform set_config('app.tenant', of_tenant::text, true);
                insert into notification (tenant, type, customer_id, facts)
                select i.tenant, 'document.issued', i.customer_id, jsonb_build_object(
                    'number', i.number, 'contract', {contract}, 'kind', i.kind, 'first', i.first, 'last', i.after_last - 1)
                from changed i
                where i.tenant = of_tenant and i.number is not null and i.within_id is null{of_issued} order by i.id;
                insert into notification (tenant, type, customer_id, facts)
                select i.tenant, 'document.corrected', i.customer_id, jsonb_build_object(
                    'number', i.number, 'contract', {contract}, 'corrects', i.corrected)
                from (select coalesce(m.within_id, m.id) as id,
                             jsonb_agg(distinct l.corrects_number order by l.corrects_number) as corrected
                      from changed m cross join lateral (
                          select corrects_number from invoice_line
                          where tenant = m.tenant and invoice_id = m.id and corrects_number is not null offset 0) l
                      where m.tenant = of_tenant and m.number is not null group by 1) d
                join (select * from changed where tenant = of_tenant) c using (id)
                cross join lateral (select c.*, d.corrected) i
                where true{of_issued} order by i.id;{of_void}
            end loop;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")


def _waive_by_what_counts(of_days: str, of_bills: str) -> None:
    op.execute(f"""
        create or replace function waiver_is_small(waived dispute) returns boolean {SEES_ALL} as $$
            -- all of its days are billed, and what they came to is below the tenant's newest limit
            select coalesce((
                select abs(sum(line.net)) <= allowed.amount
                   and bool_and(bill.currency = allowed.currency)
                   and (select bool_and(exists (
                            select from invoice_line l join invoice i on i.tenant = l.tenant and i.id = l.invoice_id
                            where i.tenant = waived.tenant and i.contract_id = waived.contract_id{of_days}
                              and l.charge = waived.charge and l.service_first <= billed and billed < l.service_after_last))
                        from generate_series(waived.first, waived.after_last - 1, interval '1 day') billed)
                from (select * from four_eyes_limit
                      where tenant = waived.tenant and operation = 'dispute_waived' and released_at is not null
                      order by id desc limit 1) allowed
                join invoice bill on bill.tenant = waived.tenant and bill.contract_id = waived.contract_id{of_bills}
                join invoice_line line on line.tenant = bill.tenant and line.invoice_id = bill.id
                where line.charge = waived.charge and line.service_first < waived.after_last
                  and line.service_after_last > waived.first
                group by allowed.amount, allowed.currency), false)
        $$""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table invoice no force row level security")  # the policies hide rows from the owner as well
    op.execute(f"""
        do $$ begin
            if exists (select from invoice where voided_on is not null) then
                raise exception 'documents are void, and would be owed again' {REFUSED} 'void_stays_void';
            end if;
        end $$""")
    op.execute("alter table invoice force row level security")
    erase_names(NAMED_BEFORE)
    _waive_by_what_counts("", "")
    _tell("", "")
    for table in FACTS:
        op.execute(f"drop trigger void_stays_void on {table}")
    op.execute("drop function refuse_what_is_void")
    op.execute("drop trigger void_with_its_document on rating")
    op.execute("drop function refuse_to_void_a_rating_twice")
    op.execute("drop trigger void_before_it_is_sent on invoice")
    op.execute("drop function refuse_to_void_what_is_used")
    _mark_once("")
    op.execute("drop trigger void_documents_of_payees on invoice")
    op.execute("drop function void_documents_of_payees")
    _keep_documents_of_payees("")
    op.drop_column('payee_document', 'voided_on')
    op.execute("drop trigger money_moves_by_two on voiding")
    op.drop_table('voiding')
    op.execute("drop function by_two_on_voiding")
    _find_works(ONE_EACH)
    op.drop_column('rating', 'counts_until')
    op.drop_constraint(op.f('ck_invoice_voided_whole'), 'invoice', type_='check')
    op.drop_column('invoice', 'counts_until')
    op.drop_column('invoice', 'voided_on')
