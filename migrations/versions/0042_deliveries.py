"""deliveries: how documents leave the house, what came of each attempt, what was answered; links that expire.

Revision: 0042
After: 0041

That an attempt begins is a row of its own, committed before a byte leaves the house, and there is one for each attempt:
an index says so. A document of which a delivery is on its way, or may have arrived, is not void.
"""

import sqlalchemy as sa
from alembic import op

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
#: What an attempt failed of, and to whom a link was given, is the supplier's own.
OF_THE_SUPPLIER = "owner contract_manager finance auditor"
WRITERS = "owner finance"
GUARDED = {
    "delivery": Guarded(read=f"{OF_THE_SUPPLIER} customer", insert=WRITERS, update=WRITERS, party="customer_id"),
    "delivery_event": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS),
    "delivery_link": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS, update=WRITERS),
    "delivery_download": Guarded(read=OF_THE_SUPPLIER, insert="system"),
}
GRANTED = {
    "delivery": "select, insert, update (state, next_at, attempts, rounds, tries, began_at, original_sha256, held, answer,"
                " waits)",
    "delivery_event": "select, insert",
    "delivery_link": "select, insert, update (revoked_by, revoked_identity, revoked_at)",
    "delivery_download": "select, insert",
}
#: Read and written as the owner, before a tenant is stated: by the functions below alone.
LOOKED_UP = ("delivery", "delivery_link")
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
)
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("delivery", "asked_by", "asked_identity"),
    ("delivery_event", "recorded_by", "recorded_identity"),
    ("delivery_link", "made_by", "made_identity"),
    ("delivery_link", "revoked_by", "revoked_identity"),
)
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
HOW = 'ck_sending_how_is_one'


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_deliveries()
    _make_links()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    for table in LOOKED_UP:
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    _send_in("'mail', 'portal', 'hand', 'link', 'peppol'")
    _of_the_whole_and_not_void()
    _void_nothing_that_may_have_arrived("""
               or exists (select from delivery where tenant = new.tenant and invoice_id = new.id
                          and state in ('sending', 'sent', 'unknown'))""")
    _send_what_is_issued()
    _look_up()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['tenant', column], [f'{target}.tenant', f'{target}.id'], name=f'fk_{table}_tenant_{column}')


def _make_deliveries() -> None:
    op.create_table('delivery',
    _tenant(), _number(),
    sa.Column('reference', sa.Text(), server_default=sa.text("(gen_random_uuid())::text"), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('way', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rounds', sa.Integer(), server_default='1', nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('began_at', INSTANT, nullable=True),
    sa.Column('original_sha256', sa.Text(), nullable=True),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('waits', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=True),
    sa.Column('asked_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('asked_at', INSTANT, nullable=False),
    sa.CheckConstraint("way in ('mail', 'link', 'peppol', 'portal')", name=op.f('ck_delivery_way_is_one')),
    sa.CheckConstraint("state in ('due', 'sending', 'sent', 'refused', 'unknown', 'given_up')", name=op.f('ck_delivery_state_is_one')),
    sa.CheckConstraint("answer in ('AB', 'IP', 'UQ', 'CA', 'RE', 'AP', 'PD')", name=op.f('ck_delivery_answer_is_one')),
    sa.CheckConstraint("state not in ('due', 'sending') or next_at is not null", name=op.f('ck_delivery_looked_at_again')),
    _refers('delivery', 'invoice_id', 'invoice'), _refers('delivery', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_delivery'),
    sa.UniqueConstraint('tenant', 'invoice_id', 'way', 'address', name='uq_delivery_tenant_invoice_id_way_address'),
    sa.UniqueConstraint('tenant', 'reference', name='uq_delivery_tenant_reference')
    )
    op.create_index('ix_delivery_next_at', 'delivery', ['tenant', 'next_at', 'id'],
                    postgresql_where=sa.text('next_at is not null'))
    op.create_index('ix_delivery_waits', 'delivery', ['tenant', 'id'], postgresql_where=sa.text('waits'))
    op.create_table('delivery_event',
    _tenant(), _number(),
    sa.Column('delivery_id', sa.Integer(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('original_sha256', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('recorded_by', sa.Text(), nullable=True),
    sa.Column('recorded_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    _refers('delivery_event', 'delivery_id', 'delivery'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_delivery_event')
    )
    op.create_index('ix_delivery_event_tenant_delivery_id', 'delivery_event', ['tenant', 'delivery_id'])
    op.create_index('uq_delivery_event_claimed', 'delivery_event', ['tenant', 'delivery_id', 'attempt'], unique=True,
                    postgresql_where=sa.text("kind = 'claimed'"))


def _make_links() -> None:
    op.create_table('delivery_link',
    _tenant(), _number(),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=True),
    sa.Column('token_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', INSTANT, nullable=False),
    sa.Column('made_by', sa.Text(), nullable=True),
    sa.Column('made_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.Column('revoked_by', sa.Text(), nullable=True),
    sa.Column('revoked_identity', sa.Integer(), nullable=True),
    sa.Column('revoked_at', INSTANT, nullable=True),
    sa.CheckConstraint('(revoked_by is null) = (revoked_at is null)', name=op.f('ck_delivery_link_revoked_whole')),
    _refers('delivery_link', 'invoice_id', 'invoice'), _refers('delivery_link', 'customer_id', 'party'),
    _refers('delivery_link', 'delivery_id', 'delivery'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_delivery_link'),
    sa.UniqueConstraint('tenant', 'token_sha256', name='uq_delivery_link_tenant_token_sha256')
    )
    op.create_index('ix_delivery_link_token_sha256', 'delivery_link', ['token_sha256'])
    op.create_index('ix_delivery_link_tenant_invoice_id', 'delivery_link', ['tenant', 'invoice_id'])
    op.create_table('delivery_download',
    _tenant(), _number(),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('at', INSTANT, nullable=False),
    sa.CheckConstraint("what in ('page', 'pdf', 'original')", name=op.f('ck_delivery_download_what_is_one')),
    _refers('delivery_download', 'link_id', 'delivery_link'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_delivery_download')
    )
    op.create_index('ix_delivery_download_tenant_link_id', 'delivery_download', ['tenant', 'link_id'])


def _send_in(ways: str) -> None:
    op.drop_constraint(op.f(HOW), 'sending', type_='check')
    op.create_check_constraint(op.f(HOW), 'sending', f"how in ({ways})")


def _of_the_whole_and_not_void() -> None:
    for table in ("delivery", "delivery_link"):
        op.execute(f"""
            create trigger of_the_whole before insert on {table}
            for each row execute function refuse_of_a_part()""")
    op.execute("""
        create trigger void_stays_void before update on delivery
        for each row when (new.state = 'sending' and old.state <> 'sending') execute function refuse_what_is_void()""")


def _void_nothing_that_may_have_arrived(also: str) -> None:
    op.execute(f"""
        create or replace function refuse_to_void_what_is_used() {DEFINER} as $$
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
            if exists (select from sending where tenant = new.tenant and invoice_id = new.id){also}
               or (select coalesce(sum(amount + discount), 0) from payment_allocation
                   where tenant = new.tenant and invoice_id = new.id) <> 0
               or (select coalesce(sum(amount), 0) from write_off
                   where tenant = new.tenant and invoice_id = new.id and released_at is not null) <> 0 then
                raise exception '% was sent, or something of it is settled', new.number {REFUSED} 'void_before_it_is_sent';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")


def _send_what_is_issued() -> None:
    """As a document is issued, its delivery is due, if its contract names a way: in the same transaction."""
    electronic = "i.inputs #>> '{invoicing,buyer,electronic,scheme}' || ':' || (i.inputs #>> '{invoicing,buyer,electronic,value}')"
    op.execute(f"""
        create function send_what_is_issued() {DEFINER} as $$
        begin
            insert into delivery (tenant, invoice_id, customer_id, way, address, next_at, asked_at, asked_identity)
            select i.tenant, i.id, i.customer_id, terms ->> 'way',
                   coalesce((select string_agg(address, ', ' order by place)
                             from jsonb_array_elements_text(terms -> 'to') with ordinality listed (address, place)),
                            case terms ->> 'way' when 'peppol' then {electronic} end, ''),
                   statement_timestamp(), statement_timestamp(), null
            from changed i cross join lateral (select i.inputs #> '{{invoicing,terms,delivery}}' as terms offset 0) contract
            where i.number is not null and i.within_id is null and i.voided_on is null
              and terms ->> 'way' in ('mail', 'link', 'peppol', 'portal')
            order by i.id
            on conflict do nothing;
            return null;
        end $$""")
    op.execute("""
        create trigger send_what_is_issued after update on invoice referencing new table as changed
        for each statement execute function send_what_is_issued()""")


def _look_up() -> None:
    """What is asked before a tenant is stated: whose documents are due to be sent, and whose a link is."""
    op.execute(f"""
        create function deliveries_due(instant timestamptz) returns table (tenant int) {SEES_ALL} as $$
            select t.id from tenant t
            where exists (select from delivery d where d.tenant = t.id and d.next_at <= instant)
            order by t.id
        $$""")
    op.execute(f"""
        create function link_of_token(digest bytea) returns table (tenant int, customer_id int, link_id int) {SEES_ALL} as $$
            select l.tenant, l.customer_id, l.id from delivery_link l where l.token_sha256 = digest
        $$""")
    for function in ("deliveries_due(timestamptz)", "link_of_token(bytea)"):
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table sending no force row level security")  # the policies hide rows from the owner as well
    op.execute(f"""
        do $$ begin
            if exists (select from sending where how in ('link', 'peppol')) then
                raise exception 'documents were sent by ways that the release before does not know' {REFUSED} 'how_is_one';
            end if;
        end $$""")
    op.execute("alter table sending force row level security")
    erase_names(NAMED_BEFORE)
    op.execute("drop function link_of_token")
    op.execute("drop function deliveries_due")
    op.execute("drop trigger send_what_is_issued on invoice")
    op.execute("drop function send_what_is_issued")
    _void_nothing_that_may_have_arrived("")
    _send_in("'mail', 'portal', 'hand'")
    for table in ("delivery_download", "delivery_link", "delivery_event", "delivery"):
        op.drop_table(table)
