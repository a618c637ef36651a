"""gateway orders: what gateways are asked for, what they tell, who saved which method, and links to pay by.

Revision: 0044
After: 0043

That an attempt begins is a row of its own, committed before a gateway is asked, and there is one for each attempt: an
index says so, and another one that of a document one charge or page at most may bring money. A document of which one
may, or did, is not void. Events are told once: by their own name.
"""

import sqlalchemy as sa
from alembic import op

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
OF_THE_SUPPLIER = "owner contract_manager finance auditor"
WRITERS = "owner finance"
WRITTEN = Guarded(read=OF_THE_SUPPLIER, insert=WRITERS, update=WRITERS)
OF_THE_PRODUCT = Guarded(read=OF_THE_SUPPLIER, insert="system", update="system")
GUARDED = {
    "saved_method": WRITTEN,
    "gateway_customer": WRITTEN,
    "gateway_order": WRITTEN,
    "gateway_order_event": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS),
    "gateway_event": OF_THE_PRODUCT,
    "gateway_balance_entry": OF_THE_PRODUCT,
    "gateway_poll": OF_THE_PRODUCT,
    "pay_link": WRITTEN,
}
GRANTED = {
    "saved_method": "select, insert, update (words, mandate, ended_at, ended_why, ended_by, ended_identity)",
    "gateway_customer": "select, insert, update (attempts, key_began_at, external)",
    "gateway_order": "select, insert, update (account, amount, method_id, payment_id, revision, state, next_at, attempts,"
                     " tries, began_at, key_began_at, looks, looked, external, payment_external, url, expires_at, held, waits)",
    "gateway_order_event": "select, insert",
    "gateway_event": "select, insert, update (state, next_at, tries, detail)",
    "gateway_balance_entry": "select, insert, update (payout)",
    "gateway_poll": "select, insert, update (events_from, balance_from, next_at)",
    "pay_link": "select, insert, update (revoked_by, revoked_identity, revoked_at)",
}
#: Read and written as the owner, before a tenant is stated: by the functions below alone.
LOOKED_UP = ("gateway_order", "gateway_event", "pay_link")
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
    ("voiding", "asked_by", "asked_identity"),
    ("voiding", "released_by", "released_identity"),
    ("voiding", "withdrawn_by", "withdrawn_identity"),
    ("party_profile", "prepared_by", "prepared_identity"),
    ("party_profile", "released_by", "released_identity"),
    ("party_profile", "withdrawn_by", "withdrawn_identity"),
    ("clearance_file", "recorded_by", "recorded_identity"),
    ("clearance", "asked_by", "asked_identity"),
    ("red_confirmation", "asked_by", "asked_identity"),
    ("clearance_event", "recorded_by", "recorded_identity"),
    ("delivery", "asked_by", "asked_identity"),
    ("delivery_event", "recorded_by", "recorded_identity"),
    ("delivery_link", "made_by", "made_identity"),
    ("delivery_link", "revoked_by", "revoked_identity"),
)
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("gateway_order", "asked_by", "asked_identity"),
    ("gateway_order_event", "recorded_by", "recorded_identity"),
    ("saved_method", "ended_by", "ended_identity"),
    ("pay_link", "made_by", "made_identity"),
    ("pay_link", "revoked_by", "revoked_identity"),
)
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_orders()
    _make_what_is_told()
    _make_links()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    for table in LOOKED_UP:
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    _of_the_whole_and_not_void()
    _collect_what_is_issued()
    _look_up()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _make_orders() -> None:
    op.create_table('saved_method',
    _tenant(),
    _number(),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('external', sa.Text(), nullable=False),
    sa.Column('rail', sa.Text(), nullable=False),
    sa.Column('mandate', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('saved_at', INSTANT, nullable=False),
    sa.Column('ended_at', INSTANT, nullable=True),
    sa.Column('ended_why', sa.Text(), nullable=True),
    sa.Column('ended_by', sa.Text(), nullable=True),
    sa.Column('ended_identity', sa.Integer(), nullable=True),
    sa.CheckConstraint("rail in ('card', 'sepa_core')", name=op.f('ck_saved_method_rail_is_one')),
    sa.CheckConstraint('(ended_at is null) = (ended_why is null)', name=op.f('ck_saved_method_ended_whole')),
    sa.ForeignKeyConstraint(['tenant', 'issuer_id'], ['party.tenant', 'party.id'], name=op.f('fk_saved_method_tenant_issuer_id')),
    sa.ForeignKeyConstraint(['tenant', 'party_id'], ['party.tenant', 'party.id'], name=op.f('fk_saved_method_tenant_party_id')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_saved_method')),
    sa.UniqueConstraint('tenant', 'account', 'external', name=op.f('uq_saved_method_tenant_account_external'))
    )
    op.create_index(op.f('ix_saved_method_tenant_party_id'), 'saved_method', ['tenant', 'party_id'])
    op.create_table('gateway_customer',
    _tenant(),
    _number(),
    sa.Column('reference', sa.Text(), server_default=sa.text('(gen_random_uuid())::text'), nullable=False),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('key_began_at', INSTANT, nullable=True),
    sa.Column('external', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'party_id'], ['party.tenant', 'party.id'], name=op.f('fk_gateway_customer_tenant_party_id')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_gateway_customer')),
    sa.UniqueConstraint('tenant', 'account', 'party_id', name=op.f('uq_gateway_customer_tenant_account_party_id')),
    sa.UniqueConstraint('tenant', 'reference', name=op.f('uq_gateway_customer_tenant_reference'))
    )
    op.create_table('gateway_order',
    _tenant(),
    _number(),
    sa.Column('reference', sa.Text(), server_default=sa.text('(gen_random_uuid())::text'), nullable=False),
    sa.Column('movement', sa.Text(), nullable=False),
    sa.Column('account', sa.Text(), server_default='', nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('asked', sa.Numeric(), nullable=True),
    sa.Column('amount', sa.Numeric(), nullable=True),
    sa.Column('invoice_id', sa.Integer(), nullable=True),
    sa.Column('of_id', sa.Integer(), nullable=True),
    sa.Column('rail', sa.Text(), nullable=True),
    sa.Column('method_id', sa.Integer(), nullable=True),
    sa.Column('payment_id', sa.Integer(), nullable=True),
    sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('began_at', INSTANT, nullable=True),
    sa.Column('key_began_at', INSTANT, nullable=True),
    sa.Column('looks', sa.Integer(), server_default='0', nullable=False),
    sa.Column('looked', sa.Integer(), server_default='0', nullable=False),
    sa.Column('external', sa.Text(), server_default='', nullable=False),
    sa.Column('payment_external', sa.Text(), server_default='', nullable=False),
    sa.Column('url', sa.Text(), server_default='', nullable=False),
    sa.Column('expires_at', INSTANT, nullable=True),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    sa.Column('waits', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=True),
    sa.Column('asked_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('asked_at', INSTANT, nullable=False),
    sa.CheckConstraint("movement in ('charge', 'session', 'refund', 'transfer', 'take_back')", name=op.f('ck_gateway_order_movement_is_one')),
    sa.CheckConstraint("rail in ('card', 'sepa_core')", name=op.f('ck_gateway_order_rail_is_one')),
    sa.CheckConstraint("state in ('due', 'sending', 'waits', 'processing', 'done', 'refused', 'expired', 'unknown', 'charged_back', 'withdrawn')", name=op.f('ck_gateway_order_state_is_one')),
    sa.CheckConstraint("state in ('due', 'withdrawn') or attempts > 0", name=op.f('ck_gateway_order_attempted')),
    sa.CheckConstraint("state not in ('due', 'sending', 'unknown') or next_at is not null", name=op.f('ck_gateway_order_looked_at_again')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_gateway_order_amount_above_zero')),
    sa.CheckConstraint('asked > 0', name=op.f('ck_gateway_order_asked_above_zero')),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name=op.f('fk_gateway_order_tenant_invoice_id')),
    sa.ForeignKeyConstraint(['tenant', 'issuer_id'], ['party.tenant', 'party.id'], name=op.f('fk_gateway_order_tenant_issuer_id')),
    sa.ForeignKeyConstraint(['tenant', 'method_id'], ['saved_method.tenant', 'saved_method.id'], name=op.f('fk_gateway_order_tenant_method_id')),
    sa.ForeignKeyConstraint(['tenant', 'of_id'], ['gateway_order.tenant', 'gateway_order.id'], name=op.f('fk_gateway_order_tenant_of_id')),
    sa.ForeignKeyConstraint(['tenant', 'party_id'], ['party.tenant', 'party.id'], name=op.f('fk_gateway_order_tenant_party_id')),
    sa.ForeignKeyConstraint(['tenant', 'payment_id'], ['payment.tenant', 'payment.id'], name=op.f('fk_gateway_order_tenant_payment_id')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_gateway_order')),
    sa.UniqueConstraint('tenant', 'reference', name=op.f('uq_gateway_order_tenant_reference'))
    )
    op.create_index('ix_gateway_order_next_at', 'gateway_order', ['tenant', 'next_at', 'id'], postgresql_where=sa.text('next_at is not null'))
    op.create_index(op.f('ix_gateway_order_tenant_invoice_id'), 'gateway_order', ['tenant', 'invoice_id'])
    op.create_index(op.f('ix_gateway_order_tenant_of_id'), 'gateway_order', ['tenant', 'of_id'])
    op.create_index('ix_gateway_order_waits', 'gateway_order', ['tenant', 'id'], postgresql_where=sa.text('waits'))
    op.create_index('uq_gateway_order_open', 'gateway_order', ['tenant', 'invoice_id'], unique=True, postgresql_where=sa.text("state in ('due', 'sending', 'waits', 'processing', 'unknown') and movement in ('charge', 'session')"))
    op.create_table('gateway_order_event',
    _tenant(),
    _number(),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=True),
    sa.Column('external', sa.Text(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=True),
    sa.Column('recorded_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.ForeignKeyConstraint(['tenant', 'order_id'], ['gateway_order.tenant', 'gateway_order.id'], name=op.f('fk_gateway_order_event_tenant_order_id')),
    sa.ForeignKeyConstraint(['tenant', 'payment_id'], ['payment.tenant', 'payment.id'], name=op.f('fk_gateway_order_event_tenant_payment_id')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_gateway_order_event'))
    )
    op.create_index(op.f('ix_gateway_order_event_tenant_order_id'), 'gateway_order_event', ['tenant', 'order_id'])
    op.create_index('uq_gateway_order_event_claimed', 'gateway_order_event', ['tenant', 'order_id', 'attempt'], unique=True, postgresql_where=sa.text("kind = 'claimed'"))


def _make_what_is_told() -> None:
    op.create_table('gateway_event',
    _tenant(),
    _number(),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('external', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('thing', sa.Text(), nullable=True),
    sa.Column('thing_id', sa.Text(), nullable=False),
    sa.Column('connected', sa.Text(), nullable=False),
    sa.Column('happened_at', INSTANT, nullable=False),
    sa.Column('received_at', INSTANT, nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("(state = 'due') = (next_at is not null)", name=op.f('ck_gateway_event_looked_at_while_due')),
    sa.CheckConstraint("state in ('due', 'done', 'ignored', 'dead')", name=op.f('ck_gateway_event_state_is_one')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_gateway_event')),
    sa.UniqueConstraint('tenant', 'account', 'external', name=op.f('uq_gateway_event_tenant_account_external'))
    )
    op.create_index('ix_gateway_event_next_at', 'gateway_event', ['tenant', 'next_at', 'id'], postgresql_where=sa.text('next_at is not null'))
    op.create_index(op.f('ix_gateway_event_tenant_account_happened_at'), 'gateway_event', ['tenant', 'account', 'happened_at'])
    op.create_table('gateway_balance_entry',
    _tenant(),
    _number(),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('external', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('kind_words', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('gross', sa.Numeric(), nullable=False),
    sa.Column('fee', sa.Numeric(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('payout', sa.Text(), server_default='', nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_gateway_balance_entry')),
    sa.UniqueConstraint('tenant', 'account', 'external', name=op.f('uq_gateway_balance_entry_tenant_account_external'))
    )
    op.create_index(op.f('ix_gateway_balance_entry_tenant_account_at'), 'gateway_balance_entry', ['tenant', 'account', 'at'])
    op.create_index(op.f('ix_gateway_balance_entry_tenant_account_payout'), 'gateway_balance_entry', ['tenant', 'account', 'payout'])
    op.create_table('gateway_poll',
    _tenant(),
    _number(),
    sa.Column('account', sa.Text(), nullable=False),
    sa.Column('events_from', INSTANT, nullable=False),
    sa.Column('balance_from', INSTANT, nullable=False),
    sa.Column('next_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_gateway_poll')),
    sa.UniqueConstraint('tenant', 'account', name=op.f('uq_gateway_poll_tenant_account'))
    )


def _make_links() -> None:
    op.create_table('pay_link',
    _tenant(),
    _number(),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('token_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', INSTANT, nullable=False),
    sa.Column('made_by', sa.Text(), nullable=True),
    sa.Column('made_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.Column('revoked_by', sa.Text(), nullable=True),
    sa.Column('revoked_identity', sa.Integer(), nullable=True),
    sa.Column('revoked_at', INSTANT, nullable=True),
    sa.CheckConstraint('(revoked_by is null) = (revoked_at is null)', name=op.f('ck_pay_link_revoked_whole')),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name=op.f('fk_pay_link_tenant_customer_id')),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name=op.f('fk_pay_link_tenant_invoice_id')),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_pay_link')),
    sa.UniqueConstraint('tenant', 'token_sha256', name=op.f('uq_pay_link_tenant_token_sha256'))
    )
    op.create_index(op.f('ix_pay_link_tenant_invoice_id'), 'pay_link', ['tenant', 'invoice_id'])
    op.create_index('ix_pay_link_token_sha256', 'pay_link', ['token_sha256'])


def _of_the_whole_and_not_void() -> None:
    for table in ("gateway_order", "pay_link"):
        op.execute(f"""
            create trigger of_the_whole before insert on {table}
            for each row execute function refuse_of_a_part()""")
    op.execute("""
        create trigger void_stays_void before update on gateway_order
        for each row when (new.movement in ('charge', 'session') and new.state = 'sending' and old.state <> 'sending')
        execute function refuse_what_is_void()""")
    op.execute(f"""
        create function refuse_to_void_what_is_collected() {DEFINER} as $$
        begin
            if exists (select from gateway_order where tenant = new.tenant and invoice_id = new.id
                       and movement in ('charge', 'session')
                       and state in ('sending', 'waits', 'processing', 'unknown', 'done')) then
                raise exception '% is being collected, or was', new.number {REFUSED} 'void_before_it_is_collected';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger void_before_it_is_collected before update on invoice
        for each row when (new.voided_on is not null and old.voided_on is null)
        execute function refuse_to_void_what_is_collected()""")


def _collect_what_is_issued() -> None:
    """As a document is issued, its order is made, if its contract has a gateway charge it: in the same transaction.

    In whose zone the day on which it is due begins, the claim says: it is looked at as that day begins anywhere.
    """
    op.execute(f"""
        create function collect_what_is_issued() {DEFINER} as $$
        begin
            insert into gateway_order (tenant, movement, issuer_id, party_id, currency, invoice_id, rail, next_at, asked_at,
                                       asked_identity)
            select i.tenant, 'charge', i.issuer_id, i.customer_id, i.currency, i.id, terms ->> 'by',
                   case coalesce(terms ->> 'on', 'due') when 'issue' then statement_timestamp()
                        else (i.due_on::timestamp - interval '14 hours') at time zone 'UTC' end,
                   statement_timestamp(), null
            from changed i cross join lateral (select i.inputs #> '{{invoicing,terms,collection}}' as terms offset 0) contract
            where i.number is not null and i.within_id is null and i.voided_on is null and i.gross > 0
              and terms ->> 'by' in ('card', 'sepa_core')
              and not exists (select from gateway_order o where o.tenant = i.tenant and o.invoice_id = i.id)
            order by i.id;
            return null;
        end $$""")
    op.execute("""
        create trigger collect_what_is_issued after update on invoice referencing new table as changed
        for each statement execute function collect_what_is_issued()""")


def _look_up() -> None:
    """What is asked before a tenant is stated: whose orders and events are due, and whose a link is."""
    op.execute(f"""
        create function collections_due(instant timestamptz) returns table (tenant int) {SEES_ALL} as $$
            select t.id from tenant t
            where exists (select from gateway_order o where o.tenant = t.id and o.next_at <= instant)
               or exists (select from gateway_event e where e.tenant = t.id and e.next_at <= instant)
            order by t.id
        $$""")
    op.execute(f"""
        create function pay_link_of_token(digest bytea) returns table (tenant int, customer_id int, link_id int) {SEES_ALL} as $$
            select l.tenant, l.customer_id, l.id from pay_link l where l.token_sha256 = digest
        $$""")
    for function in ("collections_due(timestamptz)", "pay_link_of_token(bytea)"):
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    op.execute("drop function pay_link_of_token")
    op.execute("drop function collections_due")
    op.execute("drop trigger collect_what_is_issued on invoice")
    op.execute("drop function collect_what_is_issued")
    op.execute("drop trigger void_before_it_is_collected on invoice")
    op.execute("drop function refuse_to_void_what_is_collected")
    for table in ("pay_link", "gateway_poll", "gateway_balance_entry", "gateway_event", "gateway_order_event", "gateway_order",
                  "gateway_customer", "saved_method"):
        op.drop_table(table)
