"""payouts: what payees are paid, of which documents, what becomes of it, and their accounts at gateways.

Revision: 0049
After: 0045

Whoever makes a payout holds the account of the payee. Whatever writes: the lines of a payout come to its amount, and of
no document more is paid than its lines come to. Above the tenant's limit a person releases it, and not the one who has
prepared it.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from migrations.erasing import erase_names
from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0049'
down_revision = '0048'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
OF_THE_SUPPLIER = "owner contract_manager finance auditor"
AND_THE_PAYEE = f"{OF_THE_SUPPLIER} payee"
WRITERS = "owner finance"
GUARDED = {
    "payout_account": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS, update=WRITERS),
    "payout": Guarded(read=AND_THE_PAYEE, insert=WRITERS, update=WRITERS, party="payee_id"),
    "payout_line": Guarded(read=AND_THE_PAYEE, insert=WRITERS, party="payee_id"),
    "payout_event": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS),
    "connected_account": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS, update=WRITERS),
}
GRANTED = {
    "payout_account": "select, insert, update (next_at, looked_on, held)",
    "payout": "select, insert, update (state, held, order_id, external, paid_on, released_by, released_at)",
    "payout_line": "select, insert",
    "payout_event": "select, insert",
    "connected_account": "select, insert, update (account, attempts, began_at, key_began_at, external, may_receive, is_paid_out, missing,"
                         " asked_until, held, link_asked_at, link, link_until, looked_at, next_at)",
}
#: Read and written as the owner, before a tenant is stated or whoever acts: by the functions below alone.
LOOKED_UP = ("payout_account", "connected_account")
NAMED_BEFORE = import_module("migrations.versions.0048_orders_to_banks").NAMED
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("payout", "prepared_by", "prepared_identity"),
    ("payout", "released_by", "released_identity"),
    ("payout_event", "recorded_by", "recorded_identity"),
)
LIMITED = "ck_four_eyes_limit_operation_has_an_amount"
LIMITS = "'dispute_waived', 'write_off', 'credit_note', 'refund', 'bank_file'"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('gateway_order', sa.Column('fee', sa.Numeric(), nullable=True))
    op.execute(f"grant update (fee) on gateway_order to {APP}")
    _make_tables()
    _make_connected_accounts()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    for table in LOOKED_UP:
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    op.execute(f"alter table four_eyes_limit drop constraint {LIMITED}")
    op.execute(f"alter table four_eyes_limit add constraint {LIMITED} check (operation in ({LIMITS}, 'payout'))")
    _by_two()
    _no_more_than_is_owed()
    _open_accounts()
    _look_at_what_is_told()
    _look_up()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _to(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(['tenant', column], [f'{of}.tenant', f'{of}.id'], name=op.f(f'fk_{table}_tenant_{column}'))


def _make_tables() -> None:
    op.create_table('payout_account',
    _tenant(),
    _number(),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('looked_on', sa.Date(), nullable=True),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    _to('payout_account', 'issuer_id', 'party'),
    _to('payout_account', 'payee_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_payout_account')),
    sa.UniqueConstraint('tenant', 'issuer_id', 'payee_id', 'currency', name=op.f('uq_payout_account_tenant_issuer_id_payee_id_currency'))
    )
    op.create_index('ix_payout_account_next_at', 'payout_account', ['tenant', 'next_at', 'id'], postgresql_where=sa.text('next_at is not null'))
    op.create_table('payout',
    _tenant(),
    _number(),
    sa.Column('reference', sa.Text(), server_default=sa.text('(gen_random_uuid())::text'), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('of_id', sa.Integer(), nullable=True),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    sa.Column('external', sa.Text(), server_default='', nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('prepared_by', sa.Text(), nullable=True),
    sa.Column('prepared_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('prepared_at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.CheckConstraint("kind in ('payout', 'take_back')", name=op.f('ck_payout_kind_is_one')),
    sa.CheckConstraint("by in ('gateway', 'bank')", name=op.f('ck_payout_by_is_one')),
    sa.CheckConstraint("(kind = 'take_back') = (of_id is not null)", name=op.f('ck_payout_taken_back_of_one')),
    sa.CheckConstraint("state in ('held', 'due', 'ordered', 'paid', 'failed', 'withdrawn')", name=op.f('ck_payout_state_is_one')),
    sa.CheckConstraint("amount > 0", name=op.f('ck_payout_above_zero')),
    sa.CheckConstraint("(released_by is null) = (released_at is null)", name=op.f('ck_payout_released_whole')),
    _to('payout', 'account_id', 'payout_account'),
    _to('payout', 'issuer_id', 'party'),
    _to('payout', 'payee_id', 'party'),
    _to('payout', 'of_id', 'payout'),
    _to('payout', 'order_id', 'gateway_order'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_payout')),
    sa.UniqueConstraint('tenant', 'order_id', name=op.f('uq_payout_tenant_order_id'))
    )
    op.create_index(op.f('ix_payout_tenant_account_id'), 'payout', ['tenant', 'account_id'])
    op.create_index(op.f('ix_payout_tenant_of_id'), 'payout', ['tenant', 'of_id'])
    op.create_index('ix_payout_held', 'payout', ['tenant', 'id'], postgresql_where=sa.text("state = 'held'"))
    op.create_table('payout_line',
    _tenant(),
    _number(),
    sa.Column('payout_id', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('payee_document_id', sa.Integer(), nullable=True),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.CheckConstraint("kind in ('document', 'sale', 'fee')", name=op.f('ck_payout_line_kind_is_one')),
    sa.CheckConstraint("(kind = 'document') = (payee_document_id is not null)", name=op.f('ck_payout_line_of_its_document')),
    sa.CheckConstraint("amount <> 0", name=op.f('ck_payout_line_of_something')),
    _to('payout_line', 'payout_id', 'payout'),
    _to('payout_line', 'payee_id', 'party'),
    _to('payout_line', 'payee_document_id', 'payee_document'),
    _to('payout_line', 'invoice_id', 'invoice'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_payout_line')),
    sa.UniqueConstraint('tenant', 'payout_id', 'kind', 'payee_document_id', 'invoice_id', postgresql_nulls_not_distinct=True,
                        name=op.f('uq_payout_line_tenant_payout_id_kind_payee_document_id_invoice_id'))
    )
    op.create_index(op.f('ix_payout_line_tenant_payee_document_id'), 'payout_line', ['tenant', 'payee_document_id'])
    op.create_index(op.f('ix_payout_line_tenant_invoice_id'), 'payout_line', ['tenant', 'invoice_id'])
    op.create_table('payout_event',
    _tenant(),
    _number(),
    sa.Column('payout_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=True),
    sa.Column('recorded_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    _to('payout_event', 'payout_id', 'payout'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_payout_event'))
    )
    op.create_index(op.f('ix_payout_event_tenant_payout_id'), 'payout_event', ['tenant', 'payout_id'])


def _make_connected_accounts() -> None:
    op.create_table('connected_account',
    _tenant(),
    _number(),
    sa.Column('reference', sa.Text(), server_default=sa.text('(gen_random_uuid())::text'), nullable=False),
    sa.Column('account', sa.Text(), server_default='', nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Integer(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('began_at', INSTANT, nullable=True),
    sa.Column('key_began_at', INSTANT, nullable=True),
    sa.Column('external', sa.Text(), server_default='', nullable=False),
    sa.Column('may_receive', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('is_paid_out', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('missing', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('asked_until', INSTANT, nullable=True),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    sa.Column('link_asked_at', INSTANT, nullable=True),
    sa.Column('link', sa.Text(), server_default='', nullable=False),
    sa.Column('link_until', INSTANT, nullable=True),
    sa.Column('looked_at', INSTANT, nullable=True),
    sa.Column('next_at', INSTANT, nullable=True),
    _to('connected_account', 'issuer_id', 'party'),
    _to('connected_account', 'payee_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_connected_account')),
    sa.UniqueConstraint('tenant', 'issuer_id', 'payee_id', name=op.f('uq_connected_account_tenant_issuer_id_payee_id')),
    sa.UniqueConstraint('tenant', 'reference', name=op.f('uq_connected_account_tenant_reference'))
    )
    op.create_index('ix_connected_account_next_at', 'connected_account', ['tenant', 'next_at', 'id'], postgresql_where=sa.text('next_at is not null'))


def _by_two() -> None:
    """Up to the tenant's limit a payout is ordered as the contract says; above it, a person has released it."""
    op.execute(f"""
        create function payout_is_small(asked payout) returns boolean {SEES_ALL} as $$
            select asked.kind = 'take_back' or coalesce((
                select asked.currency = allowed.currency and asked.amount <= allowed.amount
                from four_eyes_limit allowed
                where allowed.tenant = asked.tenant and allowed.operation = 'payout' and allowed.released_at is not null
                order by allowed.id desc limit 1), false)
        $$""")
    op.execute("revoke execute on function payout_is_small(payout) from public")
    op.execute(f"grant execute on function payout_is_small(payout) to {APP}")
    op.execute(f"""
        create function by_two_on_payout() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
            is_released boolean := false;
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                new.prepared_identity := who.id;
                new.prepared_by := who.name;
                new.released_identity := null;
                is_released := new.released_by is not null;
            elsif old.released_by is not null and (new.released_by, new.released_at) is distinct from (old.released_by, old.released_at) then
                raise exception 'payout % is released', old.id {REFUSED} 'released_never_changes';
            else
                is_released := new.released_by is not null and old.released_by is null;
            end if;
            if is_released then
                new.released_identity := who.id;
                new.released_by := coalesce(who.name, new.released_by);
            end if;
            if not two_must_act(new.tenant) or payout_is_small(new) then
                return new;
            end if;
            if is_released then
                if who.id is null then
                    raise exception 'nobody is stated who releases payout %', new.id {REFUSED} 'somebody_acts';
                end if;
                if who.kind <> 'person' or who.party is not null or who.contract is not null then
                    raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
                end if;
                if new.prepared_identity = who.id then
                    raise exception 'payout % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
                end if;
            elsif new.state in ('due', 'ordered') and new.released_by is null then
                raise exception 'payout % waits for its release', new.id {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on payout
        for each row execute function by_two_on_payout()""")


def _no_more_than_is_owed() -> None:
    """Lines come to their payout; and what counts of a document is no more than what its lines come to with tax.

    How its gross amount is divided among the customers' documents is the application's: a unit is left for rounding.
    """
    op.execute(f"""
        create function come_to_the_payout() {DEFINER} as $$
        begin
            if (new.amount * (case new.kind when 'payout' then 1 else -1 end)) is distinct from
                   (select sum(l.amount) from payout_line l where l.tenant = new.tenant and l.payout_id = new.id) then
                raise exception 'the lines of payout % do not come to it', new.id {REFUSED} 'lines_come_to_the_payout';
            end if;
            return null;
        end $$""")
    op.execute("""
        create constraint trigger lines_come_to_the_payout after insert on payout deferrable initially deferred
        for each row execute function come_to_the_payout()""")
    op.execute(f"""
        create function pay_no_more_than_is_owed() {DEFINER} as $$
        declare
            owed numeric;
            has numeric;
        begin
            perform from payout_account a
            where a.tenant = new.tenant
              and a.id = (select p.account_id from payout p where p.tenant = new.tenant and p.id = new.payout_id) for update;
            if new.kind = 'fee' then
                return null;
            elsif new.kind = 'sale' then
                select abs(i.gross) into owed from invoice i where i.tenant = new.tenant and i.id = new.invoice_id;
            else
                select sum(abs((line ->> 'net')::numeric) * (1 + (line ->> 'rate_percent')::numeric / 100)) + 1 into owed
                from payee_document d cross join lateral jsonb_array_elements(d.content -> 'lines') line
                join invoice i on i.tenant = d.tenant and i.id = (line ->> 'invoice')::int
                where d.tenant = new.tenant and d.id = new.payee_document_id and coalesce(i.within_id, i.id) = new.invoice_id;
            end if;
            select sum(l.amount) into has
            from payout_line l join payout p on p.tenant = l.tenant and p.id = l.payout_id
            where l.tenant = new.tenant and l.kind = new.kind and l.invoice_id = new.invoice_id
              and l.payee_document_id is not distinct from new.payee_document_id
              and p.state in ('held', 'due', 'ordered', 'paid');
            if owed is null or (abs(has) > owed and has * new.amount > 0) then
                raise exception 'of % more is paid than is owed', new.number {REFUSED} 'no_more_than_is_owed';
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger no_more_than_is_owed after insert on payout_line
        for each row execute function pay_no_more_than_is_owed()""")


def _open_accounts() -> None:
    """As something is issued of which a payee is to be paid, by the terms of its version, the payee has an account."""
    op.execute(f"""
        create function payout_is_agreed(of_tenant int, version int, payee text) returns boolean {SEES_ALL} as $$
            select exists (
                select from contract_version v
                cross join lateral jsonb_array_elements(v.terms #> '{{sharing,payees}}') described
                where v.tenant = of_tenant and v.id = version and described ->> 'name' = payee and described ? 'payouts')
        $$""")
    op.execute("revoke execute on function payout_is_agreed(int, int, text) from public")
    op.execute(f"""
        create function pay_out_what_is_issued() {DEFINER} as $$
        begin
            insert into payout_account (tenant, issuer_id, payee_id, currency, next_at)
            select distinct d.tenant, c.supplier_id, d.payee_id, d.currency, statement_timestamp()
            from added d join contract c on c.tenant = d.tenant and c.id = d.contract_id
            where payout_is_agreed(d.tenant, (d.content ->> 'version')::int, d.content ->> 'payee')
            order by 1, 2, 3, 4
            on conflict do nothing;
            return null;
        end $$""")
    op.execute("""
        create trigger pay_out_what_is_issued after insert on payee_document referencing new table as added
        for each statement execute function pay_out_what_is_issued()""")
    op.execute(f"""
        create function pay_out_what_is_sold() {DEFINER} as $$
        begin
            insert into payout_account (tenant, issuer_id, payee_id, currency, next_at)
            select distinct i.tenant, c.supplier_id, i.issuer_id, i.currency, statement_timestamp()
            from changed i join contract c on c.tenant = i.tenant and c.id = i.contract_id
            where i.number is not null and i.within_id is null and i.voided_on is null and i.issuer_id <> c.supplier_id
              and payout_is_agreed(i.tenant, i.version_id, i.inputs -> 'supplier' ->> 'name')
            order by 1, 2, 3, 4
            on conflict do nothing;
            return null;
        end $$""")
    op.execute("""
        create trigger pay_out_what_is_sold after update on invoice referencing new table as changed
        for each statement execute function pay_out_what_is_sold()""")


def _look_at_what_is_told() -> None:
    """What a gateway tells of a payee's account has that account read at once; nothing of it is believed."""
    op.execute(f"""
        create function read_the_account_told_of() {DEFINER} as $$
        begin
            update connected_account c set next_at = least(c.next_at, new.received_at)
            where c.tenant = new.tenant and c.account = new.account and c.external <> ''
              and c.external in (new.thing_id, new.connected);
            return null;
        end $$""")
    op.execute("""
        create trigger read_the_account_told_of after insert on gateway_event
        for each row when (new.thing = 'account') execute function read_the_account_told_of()""")


def _look_up() -> None:
    """What is asked before a tenant is stated: whose payouts are due, and whose accounts at gateways are to be read."""
    op.execute(f"""
        create function payouts_due(instant timestamptz) returns table (tenant int) {SEES_ALL} as $$
            select t.id from tenant t
            where exists (select from payout_account a where a.tenant = t.id and a.next_at <= instant)
               or exists (select from connected_account c where c.tenant = t.id and c.next_at <= instant)
            order by t.id
        $$""")
    op.execute("revoke execute on function payouts_due(timestamptz) from public")
    op.execute(f"grant execute on function payouts_due(timestamptz) to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    op.execute("drop function payouts_due")
    op.execute("drop trigger read_the_account_told_of on gateway_event")
    op.execute("drop function read_the_account_told_of")
    op.execute("drop trigger pay_out_what_is_sold on invoice")
    op.execute("drop function pay_out_what_is_sold")
    op.execute("drop trigger pay_out_what_is_issued on payee_document")
    op.execute("drop function pay_out_what_is_issued")
    op.execute("drop function payout_is_agreed")
    for table in ("payout_event", "payout_line"):
        op.drop_table(table)
    op.execute("drop trigger money_moves_by_two on payout")
    op.execute("drop function by_two_on_payout")
    op.execute("drop function payout_is_small")
    for table in ("payout", "payout_account", "connected_account"):
        op.drop_table(table)
    for function in ("come_to_the_payout", "pay_no_more_than_is_owed"):
        op.execute(f"drop function {function}")
    op.drop_column('gateway_order', 'fee')
    op.execute("alter table four_eyes_limit no force row level security")  # the policies hide rows from the owner as well
    op.execute("delete from four_eyes_limit where operation = 'payout'")
    op.execute("alter table four_eyes_limit force row level security")
    op.execute(f"alter table four_eyes_limit drop constraint {LIMITED}")
    op.execute(f"alter table four_eyes_limit add constraint {LIMITED} check (operation in ({LIMITS}))")
