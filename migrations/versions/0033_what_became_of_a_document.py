"""what became of a document: sent, paid, set off, reversed, written off; facts beside it, which never change.

Revision: 0033
After: 0032

No row is edited: what is undone is another row. The last wall against paying more than is open is a trigger, whatever
writes the rows; it tells of a document that is paid as well, in the transaction that pays its last cent.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner contract_manager finance customer auditor"
WRITERS = "owner finance"
GUARDED = {
    "receivables_account": Guarded(read=READERS, insert=WRITERS, lock=WRITERS, party="customer_id"),
    "sending": Guarded(read=READERS, insert=WRITERS, party="customer_id"),
    "payment": Guarded(read=READERS, insert=WRITERS, party="customer_id"),
    "payment_allocation": Guarded(read=READERS, insert=WRITERS, party="customer_id"),
    "write_off": Guarded(read=READERS, insert=WRITERS, update=WRITERS, party="customer_id"),
}
GRANTED = {
    "receivables_account": "select, insert, update (id)",  # to lock it; a number that the database gives cannot be set
    "sending": "select, insert",
    "payment": "select, insert",
    "payment_allocation": "select, insert",
    "write_off": "select, insert, update (released_by, released_at, counts_on)",
}
NAMED_BEFORE = (
    *NAMED_AT_FIRST,
    ("tax_law", "recorded_by", "recorded_identity"),
    ("tax_law", "released_by", "released_identity"),
)
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("sending", "recorded_by", "recorded_identity"),
    ("payment", "recorded_by", "recorded_identity"),
    ("payment_allocation", "recorded_by", "recorded_identity"),
    ("write_off", "prepared_by", "prepared_identity"),
    ("write_off", "released_by", "released_identity"),
)
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
LIMITED = "ck_four_eyes_limit_operation_has_an_amount"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_tables()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    op.execute(f"alter table four_eyes_limit drop constraint {LIMITED}")
    op.execute(f"""
        alter table four_eyes_limit add constraint {LIMITED} check (operation in ('dispute_waived', 'write_off'))""")
    _say_who_records()
    _write_off_by_two()
    _pay_no_more_than_is_open()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = f'fk_{table}_tenant_{column}'
    return sa.ForeignKeyConstraint(['tenant', column], [f'{to}.tenant', f'{to}.id'], name=name)


def _acted(act: str) -> tuple[sa.Column[str], sa.Column[int], sa.Column[sa.types.TIMESTAMP]]:
    return (
        sa.Column(f'{act}_by', sa.Text(), nullable=False),
        sa.Column(f'{act}_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
        sa.Column(f'{act}_at', INSTANT, nullable=False),
    )


def _make_tables() -> None:
    op.create_table('receivables_account',
    _tenant(), _number(),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    _refers('receivables_account', 'issuer_id', 'party'), _refers('receivables_account', 'customer_id', 'party'),
    sa.UniqueConstraint('tenant', 'issuer_id', 'customer_id', 'currency',
                        name='uq_receivables_account_tenant_issuer_id_customer_id_currency'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_receivables_account')
    )
    op.create_table('sending',
    _tenant(), _number(),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=False),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    *_acted('recorded'),
    sa.CheckConstraint("how in ('mail', 'portal', 'hand')", name=op.f('ck_sending_how_is_one')),
    _refers('sending', 'invoice_id', 'invoice'), _refers('sending', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_sending')
    )
    op.create_table('payment',
    _tenant(), _number(),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('payer', sa.Text(), nullable=False),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    *_acted('recorded'),
    sa.CheckConstraint("char_length(reference) between 1 and 200", name=op.f('ck_payment_reference_is_one')),
    _refers('payment', 'account_id', 'receivables_account'), _refers('payment', 'issuer_id', 'party'),
    _refers('payment', 'customer_id', 'party'), _refers('payment', 'reverses_id', 'payment'),
    sa.UniqueConstraint('tenant', 'issuer_id', 'reference', name='uq_payment_tenant_issuer_id_reference'),
    sa.UniqueConstraint('tenant', 'reverses_id', name='uq_payment_tenant_reverses_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_payment')
    )
    op.create_table('payment_allocation',
    _tenant(), _number(),
    sa.Column('payment_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('discount', sa.Numeric(), nullable=False),
    sa.Column('shares', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('counts_on', sa.Date(), nullable=False),
    sa.Column('is_first', sa.Boolean(), nullable=False),
    *_acted('recorded'),
    sa.CheckConstraint('amount <> 0 or discount <> 0', name=op.f('ck_payment_allocation_of_something')),
    sa.CheckConstraint('(discount = 0) = (shares is null)', name=op.f('ck_payment_allocation_discount_has_its_shares')),
    _refers('payment_allocation', 'payment_id', 'payment'), _refers('payment_allocation', 'invoice_id', 'invoice'),
    _refers('payment_allocation', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_payment_allocation')
    )
    op.create_table('write_off',
    _tenant(), _number(),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    *_acted('prepared'),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('counts_on', sa.Date(), nullable=True),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_write_off_of_something')),
    sa.CheckConstraint('num_nulls(released_by, released_at, counts_on) in (0, 3)', name=op.f('ck_write_off_released_whole')),
    _refers('write_off', 'invoice_id', 'invoice'), _refers('write_off', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_write_off')
    )
    for table, *columns in (
        ('sending', 'invoice_id'), ('payment', 'account_id', 'id'), ('payment_allocation', 'invoice_id'),
        ('payment_allocation', 'payment_id'), ('write_off', 'invoice_id'),
    ):  # fmt: skip
        op.create_index(f"ix_{table}_tenant_{'_'.join(columns)}", table, ['tenant', *columns])


def _say_who_records() -> None:
    op.execute(f"""
        create function recorded_by_whom_acts() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user in {APPLICATION} then
                new.recorded_identity := who.id;
                new.recorded_by := coalesce(who.name, new.recorded_by);
            end if;
            return new;
        end $$""")
    for table in ("sending", "payment", "payment_allocation"):
        op.execute(f"""
            create trigger money_moves_by_two before insert on {table}
            for each row execute function recorded_by_whom_acts()""")


def _write_off_by_two() -> None:
    """A write-off is two people's of the supplier; of a document one is enough up to the tenant's limit in all."""
    op.execute("""
        create function write_off_is_small(asked write_off) returns boolean
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
            select coalesce((
                select bill.currency = allowed.currency
                   and asked.amount * bill.gross > 0
                   and abs(asked.amount + coalesce((
                           select sum(before.amount) from write_off before
                           where before.tenant = asked.tenant and before.invoice_id = asked.invoice_id
                             and before.id <> asked.id and before.released_at is not null), 0)) <= allowed.amount
                from invoice bill,
                     (select * from four_eyes_limit
                      where tenant = asked.tenant and operation = 'write_off' and released_at is not null
                      order by id desc limit 1) allowed
                where bill.tenant = asked.tenant and bill.id = asked.invoice_id), false)
        $$""")
    op.execute("revoke execute on function write_off_is_small(write_off) from public")
    op.execute(f"grant execute on function write_off_is_small(write_off) to {APP}")
    op.execute(f"""
        create function by_two_on_write_off() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
                new.released_identity := null;
            elsif old.released_by is not null then
                raise exception 'write-off % is released and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.released_by is null then
                return new;
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.prepared_identity is null then
                raise exception 'nobody is stated who prepared or released write-off %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.prepared_identity = who.id and not write_off_is_small(new) then
                raise exception 'write-off % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on write_off
        for each row execute function by_two_on_write_off()""")


def _pay_no_more_than_is_open() -> None:
    """Whatever writes a row: of no document more is taken off than was billed, and none is paid that is not issued."""
    op.execute(f"""
        create function no_more_than_is_open() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            bill invoice;
            given_up numeric;
            still numeric;
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            select * into bill from invoice where tenant = new.tenant and id = new.invoice_id for no key update;
            given_up := (select coalesce(sum(amount), 0) from write_off
                         where tenant = new.tenant and invoice_id = new.invoice_id and released_at is not null);
            still := bill.gross - given_up - (
                select coalesce(sum(amount + discount), 0) from payment_allocation
                where tenant = new.tenant and invoice_id = new.invoice_id);
            if bill.number is null or still * bill.gross < 0 or abs(still) > abs(bill.gross)
               or given_up * bill.gross < 0 then
                raise exception 'of document % there is % open', bill.number, still {REFUSED} 'no_more_than_is_open';
            end if;
            if tg_table_name = 'payment_allocation' and still = 0 and given_up = 0 and bill.gross <> 0 then
                insert into notification (tenant, type, customer_id, facts)
                values (new.tenant, 'document.paid', bill.customer_id, jsonb_build_object(
                    'number', bill.number, 'currency', bill.currency, 'gross', bill.gross::text,
                    'contract', (select reference from contract where tenant = bill.tenant and id = bill.contract_id)));
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")
    op.execute("""
        create trigger no_more_than_is_open after insert on payment_allocation
        for each row execute function no_more_than_is_open()""")
    op.execute("""
        create trigger no_more_than_is_open after insert or update on write_off
        for each row when (new.released_at is not null) execute function no_more_than_is_open()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    for table in ("write_off", "payment_allocation", "payment", "sending"):
        op.execute(f"drop trigger money_moves_by_two on {table}")
    op.execute("drop function by_two_on_write_off")
    op.execute("drop function write_off_is_small")
    op.execute("drop function recorded_by_whom_acts")
    for table in ("write_off", "payment_allocation", "payment", "sending", "receivables_account"):
        op.drop_table(table)
    op.execute("drop function no_more_than_is_open")
    op.execute("alter table four_eyes_limit no force row level security")  # the policies hide rows from the owner as well
    op.execute("alter table four_eyes_limit disable trigger user")
    op.execute("delete from four_eyes_limit where operation = 'write_off'")
    op.execute("delete from notification where type = 'document.paid'")
    op.execute("alter table four_eyes_limit enable trigger user")
    op.execute("alter table four_eyes_limit force row level security")
    op.execute(f"alter table four_eyes_limit drop constraint {LIMITED}")
    op.execute(f"alter table four_eyes_limit add constraint {LIMITED} check (operation in ('dispute_waived'))")
