"""ledger: books of legal entities, what is to be posted, entries that add up, months that are closed, rates of exchange.

Revision: 0057
After: 0056

A fact is noted to be posted by whatever writes it, where its tenant has books. An entry adds up to nothing in both of
its currencies when its transaction commits, or the transaction does not. Nothing of it changes, and nothing is posted
in a month that is closed. What a rate of exchange is, another person releases.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.erasing import erase_names
from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner finance auditor"
GUARDED = {
    "ledger_books": Guarded(read=READERS, insert="owner finance", update="owner finance"),
    "ledger_due": Guarded(read=READERS, insert="owner finance", update="owner finance", delete="owner finance"),
    "ledger_entry": Guarded(read=READERS, insert="owner finance"),
    "ledger_posting": Guarded(read=READERS, insert="owner finance"),
    "ledger_month": Guarded(read=READERS, insert="owner finance"),
    "exchange_rate": Guarded(read=READERS, insert="owner finance", update="owner finance"),
}
GRANTED = {
    "ledger_books": "select, insert, update (last_number, own_rows)",
    "ledger_due": "select, insert, update (held), delete",
    "ledger_entry": "select, insert",
    "ledger_posting": "select, insert",
    "ledger_month": "select, insert",
    "exchange_rate": "select, insert, update (released_by, released_at)",
}
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
#: Where a name of whoever acted stands beside the number, in the tables of the release before.
NAMED_BEFORE = import_module("migrations.versions.0051_due_work").NAMED
NAMED = (
    *NAMED_BEFORE,
    ("ledger_books", "opened_by", "opened_identity"),
    ("ledger_month", "closed_by", "closed_identity"),
    ("ledger_entry", "recorded_by", "recorded_identity"),
    ("exchange_rate", "recorded_by", "recorded_identity"),
    ("exchange_rate", "released_by", "released_identity"),
)
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_books()
    _make_entries()
    _make_rates()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    for table in ("ledger_books", "ledger_due"):  # which the functions below see of all tenants
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    _never_change()
    _add_up()
    _leave_closed_months_alone()
    _release_rates_by_two()
    _note_what_happens()
    _note_what_has_happened()
    _look_up()
    erase_names(NAMED)


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    op.execute("drop function ledger_is_due_of")
    op.execute("drop function note_all_to_post")
    for table in NOTED:
        op.execute(f"drop trigger if exists note_to_post on {table}")
        op.execute(f"drop trigger if exists note_to_post_later on {table}")
    op.execute("drop function note_to_post")
    op.execute("drop trigger note_documents_to_post on invoice")
    op.execute("drop function note_documents_to_post")
    for table in ("ledger_posting", "ledger_entry", "ledger_month", "ledger_due", "ledger_books", "exchange_rate"):
        op.drop_table(table)
    for name in (
        "refuse_change_of_ledger", "add_up_entries", "join_no_older_entry", "leave_closed_months_alone", "release_rate_by_two",
    ):
        op.execute(f"drop function {name}")


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _by(what: str, *, nullable: bool = False) -> tuple[sa.Column[str], sa.Column[int]]:
    return (sa.Column(f'{what}_by', sa.Text(), nullable=nullable),
            sa.Column(f'{what}_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True))


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(['tenant', column], [f'{target}.tenant', f'{target}.id'],
                                   name=f'fk_{table}_tenant_{column}')


def _make_books() -> None:
    op.create_table('ledger_books',
    _tenant(),
    sa.Column('issuer_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('chart', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('own_rows', JSONB(), nullable=False),
    sa.Column('last_number', sa.Integer(), server_default='0', nullable=False),
    *_by('opened'),
    sa.Column('opened_at', INSTANT, nullable=False),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('ck_ledger_books_currency_is_a_code')),
    sa.CheckConstraint("first_day = date_trunc('month', first_day)::date", name=op.f('ck_ledger_books_begins_with_a_month')),
    _to('ledger_books', 'issuer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'issuer_id', name=op.f('pk_ledger_books'))
    )
    op.create_table('ledger_due',
    _tenant(),
    _number(),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('fact_id', sa.Integer(), nullable=False),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    sa.Column('due_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_ledger_due')),
    sa.UniqueConstraint('tenant', 'cause', 'fact_id', name='uq_ledger_due_tenant_cause_fact_id')
    )
    op.create_table('ledger_month',
    _tenant(),
    sa.Column('issuer_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('last_number', sa.Integer(), nullable=False),
    *_by('closed'),
    sa.Column('closed_at', INSTANT, nullable=False),
    sa.CheckConstraint("month = date_trunc('month', month)::date", name=op.f('ck_ledger_month_is_a_month')),
    _to('ledger_month', 'issuer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'issuer_id', 'month', name=op.f('pk_ledger_month'))
    )


def _make_entries() -> None:
    op.create_table('ledger_entry',
    _tenant(),
    _number(),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('fact_id', sa.BigInteger(), nullable=False),
    sa.Column('posted_on', sa.Date(), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('rate', sa.Numeric(), nullable=False),
    sa.Column('rate_id', sa.Integer(), nullable=True),
    sa.Column('party_id', sa.Integer(), nullable=True),
    sa.Column('document', sa.Text(), server_default='', nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('postings', sa.Integer(), nullable=False),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    *_by('recorded', nullable=True),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.CheckConstraint('rate > 0', name=op.f('ck_ledger_entry_rate_above_zero')),
    _to('ledger_entry', 'issuer_id', 'party'),
    _to('ledger_entry', 'party_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_ledger_entry')),
    sa.UniqueConstraint('tenant', 'issuer_id', 'number', name='uq_ledger_entry_tenant_issuer_id_number'),
    sa.UniqueConstraint('tenant', 'issuer_id', 'cause', 'fact_id', name='uq_ledger_entry_tenant_issuer_id_cause_fact_id'),
    sa.UniqueConstraint('tenant', 'reverses_id', name='uq_ledger_entry_tenant_reverses_id')
    )
    op.create_foreign_key('fk_ledger_entry_tenant_reverses_id', 'ledger_entry', 'ledger_entry',
                          ['tenant', 'reverses_id'], ['tenant', 'id'])
    op.create_index('ix_ledger_entry_tenant_issuer_id_posted_on', 'ledger_entry', ['tenant', 'issuer_id', 'posted_on'])
    op.create_table('ledger_posting',
    _tenant(),
    sa.Column('entry_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('pos', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('functional', sa.Numeric(), nullable=False),
    sa.Column('tag', sa.Text(), nullable=False),
    sa.Column('tax_country', sa.Text(), nullable=True),
    sa.Column('tax_category', sa.Text(), nullable=True),
    sa.Column('tax_rate', sa.Numeric(), nullable=True),
    sa.Column('service_first', sa.Date(), nullable=True),
    sa.Column('service_after_last', sa.Date(), nullable=True),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('charge', sa.Text(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('dimensions', JSONB(), nullable=False),
    sa.CheckConstraint('amount <> 0 or functional <> 0', name=op.f('ck_ledger_posting_of_something')),
    _to('ledger_posting', 'entry_id', 'ledger_entry'),
    _to('ledger_posting', 'contract_id', 'contract'),
    sa.PrimaryKeyConstraint('tenant', 'entry_id', 'pos', name=op.f('pk_ledger_posting'))
    )
    op.create_index('ix_ledger_posting_carried', 'ledger_posting', ['tenant', 'document_id', 'role'],
                    postgresql_where=sa.text('document_id is not null'))
    op.create_index('ix_ledger_posting_tenant_role_contract_id', 'ledger_posting', ['tenant', 'role', 'contract_id'])


def _make_rates() -> None:
    op.create_table('exchange_rate',
    _tenant(),
    _number(),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('of_currency', sa.Text(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('rate', sa.Numeric(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    *_by('recorded'),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.CheckConstraint('rate > 0', name=op.f('ck_exchange_rate_rate_above_zero')),
    sa.CheckConstraint('currency <> of_currency', name=op.f('ck_exchange_rate_of_two_currencies')),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name=op.f('ck_exchange_rate_released_whole')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_exchange_rate'))
    )
    op.create_index('ix_exchange_rate_tenant_currency_of_currency_on_day', 'exchange_rate',
                    ['tenant', 'currency', 'of_currency', 'on_day'])


def _never_change() -> None:
    op.execute(f"""
        create function refuse_change_of_ledger() {TRIGGER} as $$
        begin
            raise exception 'what is in the ledger never changes' {REFUSED} 'ledger_never_changes';
        end $$""")
    for table in ("ledger_entry", "ledger_posting", "ledger_month"):
        op.execute(f"""
            create trigger ledger_never_changes before update or delete on {table}
            for each row execute function refuse_change_of_ledger()""")


def _add_up() -> None:
    """Whoever writes them: the postings of an entry are as many as it says, and add up; so none joins it later."""
    op.execute(f"""
        create function add_up_entries() {DEFINER} as $$
        declare
            sums record;
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            select count(*) as many, coalesce(sum(p.amount), 0) as amount, coalesce(sum(p.functional), 0) as functional
            into sums from ledger_posting p where p.tenant = new.tenant and p.entry_id = new.id;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            if new.postings < 2 or sums.many <> new.postings or sums.amount <> 0 or sums.functional <> 0 then
                raise exception 'entry % of % postings adds up to % and %', new.number, sums.many, sums.amount,
                    sums.functional {REFUSED} 'entry_adds_up';
            end if;
            return null;
        end $$""")
    op.execute("""
        create constraint trigger entry_adds_up after insert on ledger_entry deferrable initially deferred
        for each row execute function add_up_entries()""")
    op.execute(f"""
        create function join_no_older_entry() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            places int;
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            select e.postings into places from ledger_entry e where e.tenant = new.tenant and e.id = new.entry_id;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            if new.pos not between 1 and places then
                raise exception 'entry % has % postings', new.entry_id, places {REFUSED} 'ledger_never_changes';
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger joins_no_older_entry after insert on ledger_posting
        for each row execute function join_no_older_entry()""")


def _leave_closed_months_alone() -> None:
    """Nothing is posted in a month that is closed, nor before the books begin; months are closed one after another."""
    op.execute(f"""
        create function leave_closed_months_alone() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            first_day date;
            closed date;
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            select b.first_day into first_day from ledger_books b
            where b.tenant = new.tenant and b.issuer_id = new.issuer_id for update;
            select max(m.month) into closed from ledger_month m where m.tenant = new.tenant and m.issuer_id = new.issuer_id;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            if first_day is null then
                raise exception 'there are no books' {REFUSED} 'books_are_open';
            end if;
            if tg_table_name = 'ledger_month' then
                if new.month is distinct from coalesce((closed + interval '1 month')::date, first_day) then
                    raise exception '% is not the next month to close', new.month {REFUSED} 'months_in_order';
                end if;
            elsif new.posted_on < coalesce((closed + interval '1 month')::date, first_day) then
                raise exception '% is in a month that is closed', new.posted_on {REFUSED} 'month_is_closed';
            end if;
            return new;
        end $$""")
    for table in ("ledger_entry", "ledger_month"):
        op.execute(f"""
            create trigger closed_months_are_left_alone before insert on {table}
            for each row execute function leave_closed_months_alone()""")


def _release_rates_by_two() -> None:
    op.execute(f"""
        create function release_rate_by_two() {DEFINER} as $$
        declare
            who record;
        begin
            if tg_op = 'UPDATE' and old.released_at is not null then
                raise exception 'rate % is released', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.released_by is null then
                return new;
            end if;
            select i.id, i.name, i.kind, i.party into who from identity i
            where i.tenant = new.tenant and i.id = {STATED_IDENTITY};
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if two_must_act(new.tenant) and (who.id is null or new.recorded_identity is null
                                             or who.id = new.recorded_identity or who.party is not null) then
                raise exception 'rate % was recorded by %', new.id, new.recorded_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on exchange_rate
        for each row execute function release_rate_by_two()""")


#: Facts that are posted, by table: the cause, and which rows.
NOTED = {
    "payment": ("payment", "true", None),
    "payment_allocation": ("allocation", "not new.is_first", None),
    "write_off": ("write_off", "new.released_at is not null", "old.released_at is null and new.released_at is not null"),
    "payee_document": ("payee_document", "true", "old.voided_on is null and new.voided_on is not null"),
    "payout_event": ("payout", "new.kind in ('paid', 'failed')", None),
    "gateway_balance_entry": ("gateway_balance", "true", None),
    "bank_entry": ("bank_entry", "new.state = 'payout'", "old.state <> 'payout' and new.state = 'payout'"),
}


def _note_what_happens() -> None:
    op.execute(f"""
        create function note_to_post() {DEFINER} as $$
        begin
            insert into ledger_due (tenant, cause, fact_id, due_at)
            select new.tenant, tg_argv[0], new.id, statement_timestamp()
            where exists (select from ledger_books b where b.tenant = new.tenant)
            on conflict (tenant, cause, fact_id) do nothing;
            return null;
        end $$""")
    for table, (cause, inserted, updated) in NOTED.items():
        op.execute(f"""
            create trigger note_to_post after insert on {table}
            for each row when ({inserted}) execute function note_to_post('{cause}')""")
        if updated is not None:
            later = "payee_void" if table == "payee_document" else cause
            op.execute(f"""
                create trigger note_to_post_later after update on {table}
                for each row when ({updated}) execute function note_to_post('{later}')""")
    op.execute(f"""
        create function note_documents_to_post() {DEFINER} as $$
        begin
            insert into ledger_due (tenant, cause, fact_id, due_at)
            select i.tenant, case when was.number is null then 'document' else 'void' end, i.id, statement_timestamp()
            from changed i join before was on was.tenant = i.tenant and was.id = i.id
            where i.within_id is null and i.number is not null
              and (was.number is null or was.voided_on is null and i.voided_on is not null)
              and exists (select from ledger_books b where b.tenant = i.tenant)
            order by i.id
            on conflict (tenant, cause, fact_id) do nothing;
            return null;
        end $$""")
    op.execute("""
        create trigger note_documents_to_post after update on invoice
        referencing new table as changed old table as before
        for each statement execute function note_documents_to_post()""")


#: All facts so far, by cause, in the order in which they are posted: a document before what pays it.
SO_FAR = {
    "document": "invoice f where f.number is not null and f.within_id is null",
    "void": "invoice f where f.number is not null and f.within_id is null and f.voided_on is not null",
    "payment": "payment f where true",
    "allocation": "payment_allocation f where not f.is_first",
    "write_off": "write_off f where f.released_at is not null",
    "payee_document": "payee_document f where true",
    "payee_void": "payee_document f where f.voided_on is not null",
    "payout": "payout_event f where f.kind in ('paid', 'failed')",
    "gateway_balance": "gateway_balance_entry f where true",
    "bank_entry": "bank_entry f where f.state = 'payout'",
}


def _note_what_has_happened() -> None:
    """Of a tenant whose first books are opened, or more of them: whatever is posted already is passed over."""
    noted = "".join(f"""
            insert into ledger_due (cause, fact_id, due_at) select '{cause}', f.id, noted_at from {facts} order by f.id
            on conflict (tenant, cause, fact_id) do nothing;""" for cause, facts in SO_FAR.items())
    op.execute(f"""
        create function note_all_to_post(noted_at timestamptz) returns void language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin{noted}
        end $$""")
    op.execute("revoke all on function note_all_to_post(timestamptz) from public")
    op.execute(f"grant execute on function note_all_to_post(timestamptz) to {APP}")


def _look_up() -> None:
    """Which tenants have something to post: asked before one is stated."""
    op.execute(f"""
        create function ledger_is_due_of(now timestamptz) returns table (tenant integer, many bigint, earliest timestamptz)
        {SEES_ALL} as $$
            select d.tenant, count(*), min(d.due_at) from ledger_due d where d.held = '' and d.due_at <= now
            group by d.tenant
        $$""")
    op.execute("revoke all on function ledger_is_due_of from public")
    op.execute(f"grant execute on function ledger_is_due_of to {APP}")
