"""pay pages: refunds that two people release, links by which a method is saved, and what customers see of it.

Revision: 0047
After: 0045

Money that is given back by a gateway is asked for by one person and released by another, up to the tenant's limit by
one. People make no order for a refund but of one that is released: the database says so, whichever door they use. A
customer sees its own orders, methods and links. Of a contract one page at most is open in which a method is saved.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from migrations.erasing import erase_names
from migrations.row_level_security import APP, GUEST, ROLE, TENANT, Guarded, guard

revision = '0047'
down_revision = '0045'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner contract_manager finance auditor"
WRITERS = "owner finance"
#: By table, the column with the customer whose row it is.
SHOWN_TO_CUSTOMERS = {"gateway_order": "party_id", "saved_method": "party_id", "pay_link": "customer_id"}
NAMED_BEFORE = import_module("migrations.versions.0045_bank_files").NAMED
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("refund", "prepared_by", "prepared_identity"),
    ("refund", "released_by", "released_identity"),
    ("refund", "withdrawn_by", "withdrawn_identity"),
)
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
LIMIT = 'operation_has_an_amount'


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_refunds()
    guard("refund", Guarded(read=READERS, insert=WRITERS, update=WRITERS))
    op.execute(f"""
        grant select, insert, update (released_by, released_at, withdrawn_by, withdrawn_at, order_id) on refund
        to {APP}""")
    _give_back_by_two()
    _limit("'dispute_waived', 'credit_note', 'write_off', 'refund'")
    _save_methods_by_links()
    for table, column in SHOWN_TO_CUSTOMERS.items():
        op.execute(f"""
            create policy guest_select on {table} for select to {GUEST} using ({TENANT}
                and {ROLE} = 'customer' and {column} = nullif(current_setting('app.party', true), '')::int)""")
        op.execute(f"grant select on {table} to {GUEST}")
    erase_names(NAMED)


def _limit(operations: str) -> None:
    op.drop_constraint(LIMIT, 'four_eyes_limit', type_='check')
    op.create_check_constraint(LIMIT, 'four_eyes_limit', f"operation in ({operations})")


def _acted(name: str, *, nullable: bool) -> tuple[sa.Column[str], sa.Column[int], sa.Column[object]]:
    stated = {} if nullable else {"server_default": STATED_IDENTITY}
    return (
        sa.Column(f'{name}_by', sa.Text(), nullable=nullable),
        sa.Column(f'{name}_identity', sa.Integer(), nullable=True, **stated),
        sa.Column(f'{name}_at', INSTANT, nullable=nullable),
    )


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['tenant', column], [f'{target}.tenant', f'{target}.id'], name=f'fk_refund_tenant_{column}')


def _make_refunds() -> None:
    op.create_table('refund',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('of_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=True),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    *_acted('prepared', nullable=False), *_acted('released', nullable=True), *_acted('withdrawn', nullable=True),
    sa.CheckConstraint('amount > 0', name=op.f('ck_refund_amount_above_zero')),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name=op.f('ck_refund_released_whole')),
    sa.CheckConstraint('(withdrawn_by is null) = (withdrawn_at is null)', name=op.f('ck_refund_withdrawn_whole')),
    sa.CheckConstraint('released_by is null or withdrawn_by is null', name=op.f('ck_refund_released_or_withdrawn')),
    sa.CheckConstraint('order_id is null or released_by is not null', name=op.f('ck_refund_released_first')),
    _refers('of_id', 'gateway_order'), _refers('customer_id', 'party'), _refers('payment_id', 'payment'),
    _refers('invoice_id', 'invoice'), _refers('order_id', 'gateway_order'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_refund')
    )
    op.create_index('ix_refund_tenant_of_id', 'refund', ['tenant', 'of_id'])


def _give_back_by_two() -> None:
    """Money leaves the house: one asks for it and another releases it; of a payment one is enough up to the limit."""
    op.execute(f"""
        create function refund_is_small(asked refund) returns boolean {SEES_ALL} as $$
            select coalesce((
                select asked.currency = allowed.currency
                   and asked.amount + coalesce((
                           select sum(before.amount) from refund before
                           where before.tenant = asked.tenant and before.of_id = asked.of_id
                             and before.id <> asked.id and before.released_at is not null), 0) <= allowed.amount
                from (select * from four_eyes_limit
                      where tenant = asked.tenant and operation = 'refund' and released_at is not null
                      order by id desc limit 1) allowed), false)
        $$""")
    op.execute("revoke execute on function refund_is_small(refund) from public")
    op.execute(f"grant execute on function refund_is_small(refund) to {APP}")
    op.execute(f"""
        create function by_two_on_refund() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.released_by is not null or new.withdrawn_by is not null then
                    raise exception 'a refund is prepared before it is released' {REFUSED} 'prepared_first';
                end if;
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
                return new;
            end if;
            if old.withdrawn_by is not null or old.order_id is not null
               or old.released_by is not null and (new.released_by, new.released_at, new.withdrawn_by)
                  is distinct from (old.released_by, old.released_at, old.withdrawn_by) then
                raise exception 'refund % is done and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.withdrawn_by is not null then
                new.withdrawn_identity := who.id;
                new.withdrawn_by := coalesce(who.name, new.withdrawn_by);
                return new;
            end if;
            if new.released_by is null or old.released_by is not null then
                return new;
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.prepared_identity is null then
                raise exception 'nobody is stated who prepared or released refund %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.prepared_identity = who.id and not refund_is_small(new) then
                raise exception 'refund % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on refund
        for each row execute function by_two_on_refund()""")
    op.execute(f"""
        create function refund_what_is_released() {TRIGGER} as $$
        begin
            if current_user in {APPLICATION} and {ROLE} is distinct from 'system' and not exists (
                select from refund r
                where r.tenant = new.tenant and r.of_id = new.of_id and r.amount = new.asked
                  and r.invoice_id is not distinct from new.invoice_id
                  and r.released_at is not null and r.order_id is null) then
                raise exception 'nobody has released a refund of order %', new.of_id {REFUSED} 'refund_is_released';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger refund_is_released before insert on gateway_order
        for each row when (new.movement = 'refund') execute function refund_what_is_released()""")


def _save_methods_by_links() -> None:
    op.alter_column('pay_link', 'invoice_id', nullable=True)
    op.add_column('pay_link', sa.Column('contract_id', sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f('fk_pay_link_tenant_contract_id'), 'pay_link', 'contract', ['tenant', 'contract_id'], ['tenant', 'id'])
    op.create_check_constraint(op.f('ck_pay_link_of_one'), 'pay_link', '(invoice_id is null) <> (contract_id is null)')
    op.create_index(op.f('ix_pay_link_tenant_contract_id'), 'pay_link', ['tenant', 'contract_id'])
    op.create_index('uq_gateway_order_saving', 'gateway_order', ['tenant', 'issuer_id', 'party_id', 'currency', 'rail'],
                    unique=True, postgresql_where=sa.text(
                        "state in ('due', 'sending', 'waits', 'processing', 'unknown') and movement = 'session'"
                        " and invoice_id is null"))


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    for table in SHOWN_TO_CUSTOMERS:
        op.execute(f"drop policy guest_select on {table}")
        op.execute(f"revoke select on {table} from {GUEST}")
    op.drop_index('uq_gateway_order_saving', table_name='gateway_order')
    op.drop_index(op.f('ix_pay_link_tenant_contract_id'), table_name='pay_link')
    op.drop_constraint(op.f('ck_pay_link_of_one'), 'pay_link', type_='check')
    op.drop_constraint(op.f('fk_pay_link_tenant_contract_id'), 'pay_link', type_='foreignkey')
    op.execute("alter table pay_link no force row level security")  # the policies hide rows from the owner as well
    op.execute("delete from pay_link where invoice_id is null")
    op.execute("alter table pay_link force row level security")
    op.drop_column('pay_link', 'contract_id')
    op.alter_column('pay_link', 'invoice_id', nullable=False)
    op.execute("drop trigger refund_is_released on gateway_order")
    op.execute("drop function refund_what_is_released")
    op.execute("drop trigger money_moves_by_two on refund")
    op.execute("drop function by_two_on_refund")
    op.execute("drop function refund_is_small")
    op.drop_table('refund')
    op.execute("alter table four_eyes_limit no force row level security")
    op.execute("alter table four_eyes_limit disable trigger user")
    op.execute("delete from four_eyes_limit where operation = 'refund'")
    op.execute("alter table four_eyes_limit enable trigger user")
    op.execute("alter table four_eyes_limit force row level security")
    _limit("'dispute_waived', 'credit_note', 'write_off'")
