"""orders to banks: mandates, debits and payments, the files that they are in, and what became of each.

Revision: 0048
After: 0045

An order stands in one file at a time, and a file is made once: orders are put into it in the transaction that writes its
bytes. As a document is issued, its order is made, if its contract has our bank collect it. Whoever prepares a file does
not take it, but below a limit of the tenant. A document that stands in a file, or was collected by one, is not void.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from migrations.erasing import erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner contract_manager finance auditor"
WRITERS = "owner finance"
OF_BOOKS = Guarded(read=READERS, insert=WRITERS)
OF_CHANGING = Guarded(read=READERS, insert=WRITERS, update=WRITERS)
GUARDED = {
    "mandate": OF_CHANGING,
    "mandate_version": OF_BOOKS,
    "bank_order_file": OF_CHANGING,
    "bank_order": OF_CHANGING,
    "bank_order_event": OF_BOOKS,
}
GRANTED = {
    "mandate": "select, insert, update (is_last, revoked_on, revoked_why, revoked_by, revoked_at)",
    "mandate_version": "select, insert",
    "bank_order_file": "select, insert, update (state, taken_by, taken_at, cancelled_by, cancelled_at, cancelled_why)",
    "bank_order": "select, insert, update (amount, state, file_id, batch, version_id, sequence, day, account, holder, bic,"
                  " country, town, post_code, address, their_reference, words, noticed_on, held, waits, payment_id,"
                  " entry_id)",
    "bank_order_event": "select, insert",
}
NAMED_BEFORE = import_module("migrations.versions.0047_pay_pages").NAMED
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("mandate", "recorded_by", "recorded_identity"),
    ("mandate", "revoked_by", "revoked_identity"),
    ("mandate_version", "recorded_by", "recorded_identity"),
    ("bank_order_file", "prepared_by", "prepared_identity"),
    ("bank_order_file", "taken_by", "taken_identity"),
    ("bank_order_file", "cancelled_by", "cancelled_identity"),
    ("bank_order", "asked_by", "asked_identity"),
    ("bank_order_event", "recorded_by", "recorded_identity"),
)
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
LIMIT = "ck_four_eyes_limit_operation_has_an_amount"
LIMITED_BEFORE = "'dispute_waived', 'write_off', 'credit_note', 'refund'"
STATES_BEFORE = "'queued', 'matched', 'returned', 'payout', 'no_payment', 'ignored', 'detailed'"
REFERENCE = sa.text("('E'::text || replace((gen_random_uuid())::text, '-'::text, ''::text))")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_mandates()
    _make_files()
    _make_orders()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    _name_batches_of_entries()
    _take_by_two()
    _name_who_ends_a_mandate()
    _hold_what_is_collected()
    _collect_what_is_issued()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _acting(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=STATED_IDENTITY, nullable=True)


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _empty(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default='', nullable=False)


def _no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text('false'), nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['tenant', column], [f'{target}.tenant', f'{target}.id'], name=f'fk_{table}_tenant_{column}')


def _make_mandates() -> None:
    op.create_table('mandate',
    _tenant(), _number(), _whole('issuer_id'), _whole('party_id'), _text('scheme'), _text('reference'),
    sa.Column('signed_on', sa.Date(), nullable=False),
    _no('is_one_off'), _no('is_last'),
    _text('recorded_by'), _acting('recorded_identity'),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.Column('revoked_on', sa.Date(), nullable=True),
    _text('revoked_why', True), _text('revoked_by', True), _whole('revoked_identity', True),
    sa.Column('revoked_at', INSTANT, nullable=True),
    sa.CheckConstraint("scheme in ('core', 'b2b')", name=op.f('ck_mandate_scheme_is_one')),
    sa.CheckConstraint('num_nulls(revoked_on, revoked_why, revoked_by, revoked_at) in (0, 4)',
                       name=op.f('ck_mandate_revoked_whole')),
    _refers('mandate', 'issuer_id', 'party'), _refers('mandate', 'party_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_mandate'),
    sa.UniqueConstraint('tenant', 'issuer_id', 'reference', name='uq_mandate_tenant_issuer_id_reference')
    )
    op.create_table('mandate_version',
    _tenant(), _number(), _whole('mandate_id'), _whole('number'), _text('reference'), _text('creditor_id'),
    _text('creditor_name'), _text('account'), _text('bic'), _text('holder'),
    _text('recorded_by'), _acting('recorded_identity'),
    sa.Column('recorded_at', INSTANT, nullable=False),
    _refers('mandate_version', 'mandate_id', 'mandate'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_mandate_version'),
    sa.UniqueConstraint('tenant', 'mandate_id', 'number', name='uq_mandate_version_tenant_mandate_id_number')
    )


def _make_files() -> None:
    op.create_table('bank_order_file',
    _tenant(), _number(), _text('message_id'), _text('kind'), _text('form'), _whole('issuer_id'), _text('account'),
    _text('currency'), _whole('orders'),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    _text('sha256'), _text('checked'),
    sa.Column('state', sa.Text(), server_default='prepared', nullable=False),
    _text('prepared_by'), _acting('prepared_identity'),
    sa.Column('prepared_at', INSTANT, nullable=False),
    _text('taken_by', True), _whole('taken_identity', True),
    sa.Column('taken_at', INSTANT, nullable=True),
    _text('cancelled_by', True), _whole('cancelled_identity', True),
    sa.Column('cancelled_at', INSTANT, nullable=True),
    _text('cancelled_why', True),
    sa.CheckConstraint("kind in ('debits', 'payments')", name=op.f('ck_bank_order_file_kind_is_one')),
    sa.CheckConstraint("state in ('prepared', 'taken', 'cancelled')", name=op.f('ck_bank_order_file_state_is_one')),
    sa.CheckConstraint('num_nulls(taken_by, taken_at) in (0, 2)', name=op.f('ck_bank_order_file_taken_whole')),
    sa.CheckConstraint('num_nulls(cancelled_by, cancelled_at, cancelled_why) in (0, 3)',
                       name=op.f('ck_bank_order_file_cancelled_whole')),
    sa.CheckConstraint('orders > 0', name=op.f('ck_bank_order_file_of_something')),
    _refers('bank_order_file', 'issuer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_order_file'),
    sa.UniqueConstraint('tenant', 'message_id', name='uq_bank_order_file_tenant_message_id')
    )
    op.create_index('ix_bank_order_file_prepared', 'bank_order_file', ['tenant', 'id'],
                    postgresql_where=sa.text("state = 'prepared'"))


def _make_orders() -> None:
    op.create_table('bank_order',
    _tenant(), _number(),
    sa.Column('reference', sa.Text(), server_default=REFERENCE, nullable=False),
    _text('purpose'), _text('key', True), _whole('issuer_id'), _whole('party_id'), _text('currency'),
    sa.Column('asked', sa.Numeric(), nullable=True),
    sa.Column('amount', sa.Numeric(), nullable=True),
    _whole('invoice_id', True), _text('scheme', True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    _whole('file_id', True), _whole('batch', True), _whole('version_id', True), _text('sequence', True),
    sa.Column('day', sa.Date(), nullable=True),
    *(_empty(name) for name in ('account', 'holder', 'bic', 'bank', 'bank_code', 'country', 'town', 'post_code', 'address',
                                'their_reference', 'words')),
    sa.Column('noticed_on', sa.Date(), nullable=True),
    _empty('held'), _no('waits'), _whole('payment_id', True), _whole('entry_id', True),
    _text('asked_by', True), _acting('asked_identity'),
    sa.Column('asked_at', INSTANT, nullable=False),
    sa.CheckConstraint("purpose in ('collection', 'refund', 'payout')", name=op.f('ck_bank_order_purpose_is_one')),
    sa.CheckConstraint("state in ('due', 'prepared', 'taken', 'done', 'returned', 'refused', 'withdrawn')",
                       name=op.f('ck_bank_order_state_is_one')),
    sa.CheckConstraint("(purpose = 'collection') = (scheme is not null)", name=op.f('ck_bank_order_collected_by_a_scheme')),
    sa.CheckConstraint("purpose <> 'collection' or invoice_id is not null",
                       name=op.f('ck_bank_order_collected_for_a_document')),
    sa.CheckConstraint("purpose = 'collection' or asked is not null", name=op.f('ck_bank_order_paid_what_is_asked')),
    sa.CheckConstraint("(state in ('prepared', 'taken')) <= (file_id is not null)", name=op.f('ck_bank_order_in_a_file')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_bank_order_amount_above_zero')),
    sa.CheckConstraint('asked > 0', name=op.f('ck_bank_order_asked_above_zero')),
    _refers('bank_order', 'issuer_id', 'party'), _refers('bank_order', 'party_id', 'party'),
    _refers('bank_order', 'invoice_id', 'invoice'), _refers('bank_order', 'file_id', 'bank_order_file'),
    _refers('bank_order', 'version_id', 'mandate_version'), _refers('bank_order', 'payment_id', 'payment'),
    _refers('bank_order', 'entry_id', 'bank_entry'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_order'),
    sa.UniqueConstraint('tenant', 'reference', name='uq_bank_order_tenant_reference'),
    sa.UniqueConstraint('tenant', 'key', name='uq_bank_order_tenant_key')
    )
    op.create_index('uq_bank_order_open', 'bank_order', ['tenant', 'invoice_id'], unique=True,
                    postgresql_where=sa.text("state in ('due', 'prepared', 'taken')"))
    op.create_index('ix_bank_order_due', 'bank_order', ['tenant', 'issuer_id', 'id'],
                    postgresql_where=sa.text("state = 'due'"))
    op.create_index('ix_bank_order_waits', 'bank_order', ['tenant', 'id'], postgresql_where=sa.text('waits'))
    for column in ('file_id', 'version_id', 'payment_id', 'invoice_id'):
        op.create_index(f'ix_bank_order_tenant_{column}', 'bank_order', ['tenant', column])
    op.create_table('bank_order_event',
    _tenant(), _number(), _whole('order_id'), _text('kind'),
    sa.Column('at', INSTANT, nullable=False),
    _whole('file_id', True), _whole('entry_id', True), _whole('payment_id', True),
    sa.Column('amount', sa.Numeric(), nullable=True),
    _text('detail'), _text('recorded_by', True), _acting('recorded_identity'),
    _refers('bank_order_event', 'order_id', 'bank_order'), _refers('bank_order_event', 'file_id', 'bank_order_file'),
    _refers('bank_order_event', 'entry_id', 'bank_entry'), _refers('bank_order_event', 'payment_id', 'payment'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_order_event')
    )
    op.create_index('ix_bank_order_event_tenant_order_id', 'bank_order_event', ['tenant', 'order_id'])


def _name_batches_of_entries() -> None:
    """An entry may be the sum of what was ordered: it names the file or the batch."""
    op.add_column('bank_entry', sa.Column('batches', sa.Text(), server_default='', nullable=False))
    op.drop_constraint(op.f('ck_bank_entry_state_is_one'), 'bank_entry', type_='check')
    op.create_check_constraint(op.f('ck_bank_entry_state_is_one'), 'bank_entry',
                               f"state in ({STATES_BEFORE}, 'ordered')")


def _take_by_two() -> None:
    """Who prepares a file for a bank does not take it; up to the tenant's limit one is enough."""
    op.drop_constraint(op.f(LIMIT), 'four_eyes_limit', type_='check')
    op.create_check_constraint(op.f(LIMIT), 'four_eyes_limit', f"operation in ({LIMITED_BEFORE}, 'bank_file')")
    op.execute("""
        create function bank_order_file_is_small(asked bank_order_file) returns boolean
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
            select coalesce((
                select allowed.currency = asked.currency and asked.amount <= allowed.amount
                from four_eyes_limit allowed
                where allowed.tenant = asked.tenant and allowed.operation = 'bank_file' and allowed.released_at is not null
                order by allowed.id desc limit 1), false)
        $$""")
    op.execute("revoke execute on function bank_order_file_is_small(bank_order_file) from public")
    op.execute(f"grant execute on function bank_order_file_is_small(bank_order_file) to {APP}")
    op.execute(f"""
        create function by_two_on_bank_order_file() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.state <> 'prepared' or new.taken_by is not null or new.cancelled_by is not null then
                    raise exception 'a file is prepared before it is taken' {REFUSED} 'prepared_first';
                end if;
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
                return new;
            end if;
            if old.state = 'cancelled' or old.taken_by is not null and new.taken_at is distinct from old.taken_at then
                raise exception 'file % is done and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.state = 'cancelled' then
                new.cancelled_identity := who.id;
                new.cancelled_by := coalesce(who.name, new.cancelled_by);
                return new;
            end if;
            if new.taken_by is null or old.taken_by is not null then
                return new;
            end if;
            new.taken_identity := who.id;
            new.taken_by := coalesce(who.name, new.taken_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.prepared_identity is null then
                raise exception 'nobody is stated who prepared or took file %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.prepared_identity = who.id and not bank_order_file_is_small(new) then
                raise exception 'file % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on bank_order_file
        for each row execute function by_two_on_bank_order_file()""")


def _name_who_ends_a_mandate() -> None:
    op.execute("""
        create trigger money_moves_by_two before insert on mandate
        for each row execute function recorded_by_whom_acts()""")
    op.execute(f"""
        create function end_mandate_once() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if old.revoked_at is not null then
                raise exception 'mandate % is revoked and never changes', old.id {REFUSED} 'revoked_once';
            end if;
            if new.revoked_at is not null then
                new.revoked_identity := who.id;
                new.revoked_by := coalesce(who.name, new.revoked_by);
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger revoked_once before update on mandate
        for each row when (old.revoked_at is not null or new.revoked_at is not null)
        execute function end_mandate_once()""")


def _hold_what_is_collected() -> None:
    """A document of which a file has a debit, or had one that was booked, is not void; and no void one is collected."""
    op.execute("""
        create trigger of_the_whole before insert on bank_order
        for each row when (new.invoice_id is not null) execute function refuse_of_a_part()""")
    op.execute("""
        create trigger void_stays_void before update on bank_order
        for each row when (new.invoice_id is not null and new.state = 'prepared' and old.state <> 'prepared')
        execute function refuse_what_is_void()""")
    op.execute(f"""
        create function refuse_to_void_what_a_bank_collects() {DEFINER} as $$
        begin
            if exists (select from bank_order where tenant = new.tenant and invoice_id = new.id
                       and state in ('prepared', 'taken', 'done')) then
                raise exception '% is being collected by a bank, or was', new.number {REFUSED} 'void_before_it_is_collected';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger void_before_a_bank_collects before update on invoice
        for each row when (new.voided_on is not null and old.voided_on is null)
        execute function refuse_to_void_what_a_bank_collects()""")


def _collect_what_is_issued() -> None:
    """As a document is issued, its order is made, if its contract has our bank collect it: in the same transaction."""
    op.execute(f"""
        create function debit_what_is_issued() {DEFINER} as $$
        begin
            insert into bank_order (tenant, purpose, issuer_id, party_id, currency, invoice_id, scheme, due_on, asked_at,
                                    asked_identity)
            select i.tenant, 'collection', i.issuer_id, i.customer_id, i.currency, i.id,
                   case terms ->> 'by' when 'bank_core' then 'core' else 'b2b' end,
                   case coalesce(terms ->> 'on', 'due') when 'issue' then i.issued_on
                        else coalesce(i.due_on, i.issued_on) end,
                   statement_timestamp(), null
            from changed i cross join lateral (select i.inputs #> '{{invoicing,terms,collection}}' as terms offset 0) contract
            where i.number is not null and i.within_id is null and i.voided_on is null and i.gross > 0
              and terms ->> 'by' in ('bank_core', 'bank_b2b')
              and not exists (select from bank_order o where o.tenant = i.tenant and o.invoice_id = i.id)
            order by i.id;
            return null;
        end $$""")
    op.execute("""
        create trigger debit_what_is_issued after update on invoice referencing new table as changed
        for each statement execute function debit_what_is_issued()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    for trigger, function in (("debit_what_is_issued", "debit_what_is_issued"),
                              ("void_before_a_bank_collects", "refuse_to_void_what_a_bank_collects")):
        op.execute(f"drop trigger {trigger} on invoice")
        op.execute(f"drop function {function}")
    op.drop_table("bank_order_event")
    op.drop_table("bank_order")
    op.execute("drop trigger money_moves_by_two on bank_order_file")
    op.execute("drop function by_two_on_bank_order_file")
    op.execute("drop function bank_order_file_is_small(bank_order_file)")
    for table in ("bank_order_file", "mandate_version", "mandate"):
        op.drop_table(table)
    op.execute("drop function end_mandate_once")
    op.execute("alter table four_eyes_limit no force row level security")  # the policies hide rows from the owner as well
    op.execute("alter table four_eyes_limit disable trigger user")
    op.execute("delete from four_eyes_limit where operation = 'bank_file'")
    op.execute("alter table four_eyes_limit enable trigger user")
    op.execute("alter table four_eyes_limit force row level security")
    op.drop_constraint(op.f(LIMIT), 'four_eyes_limit', type_='check')
    op.create_check_constraint(op.f(LIMIT), 'four_eyes_limit', f"operation in ({LIMITED_BEFORE})")
    op.execute("alter table bank_entry no force row level security")
    op.execute("alter table bank_entry disable trigger user")
    op.execute("update bank_entry set state = 'no_payment' where state = 'ordered'")
    op.execute("alter table bank_entry enable trigger user")
    op.execute("alter table bank_entry force row level security")
    op.drop_constraint(op.f('ck_bank_entry_state_is_one'), 'bank_entry', type_='check')
    op.create_check_constraint(op.f('ck_bank_entry_state_is_one'), 'bank_entry', f"state in ({STATES_BEFORE})")
    op.drop_column('bank_entry', 'batches')
