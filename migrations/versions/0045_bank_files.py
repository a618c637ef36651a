"""bank files: what banks say of our accounts, which payments it became, who pays for whom, and what payers advise.

Revision: 0045
After: 0044

The same bytes are a file once, and the same booking an entry once, in whatever file it comes: two that read at the same
time wait for each other's keys. For whom an account stands is said by two, for it decides whose debt money settles.
"""

import sqlalchemy as sa
from alembic import op

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0045'
down_revision = '0044'
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
    "bank_file": OF_BOOKS,
    "bank_entry": OF_CHANGING,
    "bank_match": OF_BOOKS,
    "payer_alias": OF_CHANGING,
    "bank_advice": OF_CHANGING,
    "bank_advice_line": OF_BOOKS,
}
GRANTED = {
    "bank_file": "select, insert",
    "bank_entry": "select, insert, update (state, reason, candidates, settled_by, settled_at)",
    "bank_match": "select, insert",
    "payer_alias": "select, insert, update (released_by, released_at, withdrawn_by, withdrawn_at)",
    "bank_advice": "select, insert, update (entry_id)",
    "bank_advice_line": "select, insert",
}
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
    ("gateway_order", "asked_by", "asked_identity"),
    ("gateway_order_event", "recorded_by", "recorded_identity"),
    ("saved_method", "ended_by", "ended_identity"),
    ("pay_link", "made_by", "made_identity"),
    ("pay_link", "revoked_by", "revoked_identity"),
)
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("bank_file", "recorded_by", "recorded_identity"),
    ("bank_entry", "settled_by", "settled_identity"),
    ("bank_match", "matched_by", "matched_identity"),
    ("payer_alias", "prepared_by", "prepared_identity"),
    ("payer_alias", "released_by", "released_identity"),
    ("payer_alias", "withdrawn_by", "withdrawn_identity"),
    ("bank_advice", "recorded_by", "recorded_identity"),
)
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_entries()
    _make_payers()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    _say_by_two()
    _settle_once()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _acting(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=STATED_IDENTITY, nullable=True)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['tenant', column], [f'{target}.tenant', f'{target}.id'], name=f'fk_{table}_tenant_{column}')


def _make_entries() -> None:
    op.create_table('bank_file',
    _tenant(), _number(), _text('sha256'), _text('form'),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.Integer(), nullable=False),
    _text('recorded_by'), _acting('recorded_identity'),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_file'),
    sa.UniqueConstraint('tenant', 'sha256', name='uq_bank_file_tenant_sha256')
    )
    op.create_table('bank_entry',
    _tenant(), _number(),
    sa.Column('file_id', sa.Integer(), nullable=False),
    _text('account'), _text('key_sha256'),
    sa.Column('part', sa.Integer(), nullable=False),
    _text('place'),
    sa.Column('booked_on', sa.Date(), nullable=False),
    sa.Column('value_on', sa.Date(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    _text('currency'),
    sa.Column('before_charges', sa.Numeric(), nullable=True),
    sa.Column('charges', sa.Numeric(), nullable=False),
    _text('creditor_references'), _text('document_references'), _text('end_to_end'), _text('mandate'), _text('of_bank'),
    _text('text'), _text('party_name'), _text('party_account'), _text('party_behind'),
    _text('return_reason', True), _text('return_end_to_end'), _text('return_of_bank'),
    _text('state'), _text('reason'), _text('candidates'),
    _text('settled_by', True),
    sa.Column('settled_identity', sa.Integer(), nullable=True),
    sa.Column('settled_at', INSTANT, nullable=True),
    sa.CheckConstraint("state in ('queued', 'matched', 'returned', 'payout', 'no_payment', 'ignored', 'detailed')",
                       name=op.f('ck_bank_entry_state_is_one')),
    sa.CheckConstraint('charges >= 0', name=op.f('ck_bank_entry_charges_not_below_zero')),
    _refers('bank_entry', 'file_id', 'bank_file'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_entry'),
    sa.UniqueConstraint('tenant', 'account', 'key_sha256', 'part', name='uq_bank_entry_tenant_account_key_sha256_part')
    )
    op.create_index('ix_bank_entry_queued', 'bank_entry', ['tenant', 'id'],
                    postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_bank_entry_tenant_file_id', 'bank_entry', ['tenant', 'file_id'])
    op.create_table('bank_match',
    _tenant(), _number(),
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=False),
    _text('rule'),
    sa.Column('short', sa.Numeric(), nullable=False),
    _text('short_reason', True),
    sa.Column('charges', sa.Numeric(), nullable=False),
    _text('matched_by'), _acting('matched_identity'),
    sa.Column('matched_at', INSTANT, nullable=False),
    _refers('bank_match', 'entry_id', 'bank_entry'), _refers('bank_match', 'payment_id', 'payment'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_match'),
    sa.UniqueConstraint('tenant', 'entry_id', name='uq_bank_match_tenant_entry_id'),
    sa.UniqueConstraint('tenant', 'payment_id', name='uq_bank_match_tenant_payment_id')
    )


def _make_payers() -> None:
    op.create_table('payer_alias',
    _tenant(), _number(), _text('kind'), _text('account'), _text('name'),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    _text('prepared_by'), _acting('prepared_identity'),
    sa.Column('prepared_at', INSTANT, nullable=False),
    _text('released_by', True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    _text('withdrawn_by', True),
    sa.Column('withdrawn_identity', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', INSTANT, nullable=True),
    sa.CheckConstraint("kind in ('customer', 'gateway', 'own', 'other')", name=op.f('ck_payer_alias_kind_is_one')),
    sa.CheckConstraint("(kind = 'customer') = (customer_id is not null)", name=op.f('ck_payer_alias_customer_has_its_party')),
    sa.CheckConstraint("(account = '') <> (name = '')", name=op.f('ck_payer_alias_account_or_name')),
    sa.CheckConstraint('num_nulls(released_by, released_at) in (0, 2)', name=op.f('ck_payer_alias_released_whole')),
    sa.CheckConstraint('num_nulls(withdrawn_by, withdrawn_at) in (0, 2)', name=op.f('ck_payer_alias_withdrawn_whole')),
    _refers('payer_alias', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_payer_alias')
    )
    op.create_index('uq_payer_alias_in_force', 'payer_alias',
                    ['tenant', 'kind', 'account', 'name', sa.text('coalesce(customer_id, 0)')], unique=True,
                    postgresql_where=sa.text('withdrawn_at is null'))
    op.create_table('bank_advice',
    _tenant(), _number(), _text('sha256'), _text('reference'),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    _text('currency'),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('entry_id', sa.Integer(), nullable=True),
    _text('recorded_by'), _acting('recorded_identity'),
    sa.Column('recorded_at', INSTANT, nullable=False),
    _refers('bank_advice', 'customer_id', 'party'), _refers('bank_advice', 'entry_id', 'bank_entry'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_advice'),
    sa.UniqueConstraint('tenant', 'sha256', name='uq_bank_advice_tenant_sha256')
    )
    op.create_index('ix_bank_advice_open', 'bank_advice', ['tenant', 'id'], postgresql_where=sa.text('entry_id is null'))
    op.create_table('bank_advice_line',
    _tenant(), _number(),
    sa.Column('advice_id', sa.Integer(), nullable=False),
    _text('document'),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('discount', sa.Numeric(), nullable=False),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_bank_advice_line_of_something')),
    _refers('bank_advice_line', 'advice_id', 'bank_advice'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_bank_advice_line')
    )
    op.create_index('ix_bank_advice_line_tenant_advice_id', 'bank_advice_line', ['tenant', 'advice_id'])


def _say_by_two() -> None:
    """For whom an account pays decides whose debt its money settles: one prepares it, another releases it."""
    op.execute(f"""
        create function by_two_on_payer_alias() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.released_by is not null or new.withdrawn_by is not null then
                    raise exception 'an alias is prepared before it is released' {REFUSED} 'prepared_first';
                end if;
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
                return new;
            end if;
            if old.withdrawn_by is not null or old.released_by is not null and new.released_at is distinct from old.released_at then
                raise exception 'alias % is done and never changes', old.id {REFUSED} 'released_never_changes';
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
                raise exception 'nobody is stated who prepared or released alias %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.prepared_identity = who.id then
                raise exception 'alias % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on payer_alias
        for each row execute function by_two_on_payer_alias()""")


def _settle_once() -> None:
    """What is a payment, or was settled, stays so; an advice is answered once."""
    op.execute(f"""
        create function settle_bank_entry_once() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if new.settled_at is distinct from old.settled_at then
                new.settled_identity := who.id;
                new.settled_by := coalesce(who.name, new.settled_by);
            end if;
            if old.state not in ('queued', 'ignored') and new.state <> old.state then
                raise exception 'entry % is settled', old.id {REFUSED} 'settled_once';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger settled_once before update on bank_entry
        for each row execute function settle_bank_entry_once()""")
    op.execute(f"""
        create function answer_bank_advice_once() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if old.entry_id is not null and new.entry_id is distinct from old.entry_id then
                raise exception 'advice % is answered', old.id {REFUSED} 'answered_once';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger answered_once before update on bank_advice
        for each row execute function answer_bank_advice_once()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    for table in ("bank_advice_line", "bank_advice", "payer_alias", "bank_match", "bank_entry", "bank_file"):
        op.drop_table(table)
    for function in ("by_two_on_payer_alias", "settle_bank_entry_once", "answer_bank_advice_once"):
        op.execute(f"drop function {function}")
