"""what states say of documents: asked for in a file, numbered by the state, and never undone.

Revision: 0041
After: 0040

A state's number and ours are two things, and neither side has one of the other's: so a clearance is a row of its own,
of one document or several, or of some lines of one. Files and steps are added and never changed. A document that a
state was asked about is not void any more until the file is withdrawn, and a void one is not asked about.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
INSIDE = "owner contract_manager finance auditor"
WRITERS = "owner finance"
RIGHTS = {
    "clearance_file": Guarded(read=INSIDE, insert=WRITERS),
    "red_confirmation": Guarded(read=INSIDE, insert=WRITERS, update=WRITERS),
    "clearance": Guarded(read=f"{INSIDE} customer", insert=WRITERS, update=WRITERS, party="customer_id"),
    "clearance_document": Guarded(read=f"{INSIDE} customer", insert=WRITERS, party="customer_id"),
    "clearance_event": Guarded(read=INSIDE, insert=WRITERS),
}
GRANTS = {
    "clearance_file": "select, insert",
    "red_confirmation": "select, insert, update (state, number, red_id)",
    "clearance": "select, insert, update (status, number, given_on, given_at, net_given, tax_given, file_id)",
    "clearance_document": "select, insert",
    "clearance_event": "select, insert",
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
)
#: Where a name of whoever acted stands beside the number, with these tables'.
NAMED = (
    *NAMED_BEFORE,
    ("clearance_file", "recorded_by", "recorded_identity"),
    ("clearance", "asked_by", "asked_identity"),
    ("red_confirmation", "asked_by", "asked_identity"),
    ("clearance_event", "recorded_by", "recorded_identity"),
)
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
DEFINER = "returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_files()
    _make_clearances()
    _make_confirmations()
    _make_steps()
    for table, rights in RIGHTS.items():
        guard(table, rights)
        op.execute(f"grant {GRANTS[table]} on {table} to {APP}")
    _keep_what_a_state_has_accepted()
    _leave_alone_what_is_void()
    _void_nothing_that_is_cleared()
    erase_names(NAMED)


def _tenant() -> sa.Column:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(['tenant', column], [f'{other}.tenant', f'{other}.id'], name=f'fk_{table}_tenant_{column}')


def _acted(what: str) -> tuple[sa.Column, sa.Column, sa.Column]:
    return (
        sa.Column(f'{what}_by', sa.Text(), nullable=False),
        sa.Column(f'{what}_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
        sa.Column(f'{what}_at', INSTANT, nullable=False),
    )


def _make_files() -> None:
    op.create_table('clearance_file',
    _tenant(), _number(),
    sa.Column('authority', sa.Text(), nullable=False),
    sa.Column('direction', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('sha256', sa.LargeBinary(), nullable=False),
    *_acted('recorded'),
    sa.CheckConstraint("direction in ('out', 'in')", name=op.f('ck_clearance_file_goes_out_or_comes_in')),
    sa.CheckConstraint('octet_length(sha256) = 32', name=op.f('ck_clearance_file_has_its_digest')),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_clearance_file')
    )
    op.create_index('ix_clearance_file_tenant_authority_id', 'clearance_file', ['tenant', 'authority', 'id'])


def _make_clearances() -> None:
    op.create_table('clearance',
    _tenant(), _number(),
    sa.Column('authority', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('seller', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('net', sa.Numeric(), nullable=False),
    sa.Column('tax', sa.Numeric(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('quota', sa.Numeric(), nullable=True),
    sa.Column('hand_in_by', sa.Date(), nullable=True),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('given_on', sa.Date(), nullable=True),
    sa.Column('given_at', INSTANT, nullable=True),
    sa.Column('net_given', sa.Numeric(), nullable=True),
    sa.Column('tax_given', sa.Numeric(), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=True),
    *_acted('asked'),
    sa.CheckConstraint('(number is null) = (given_on is null)', name=op.f('ck_clearance_numbered_on_a_day')),
    sa.CheckConstraint("(status in ('accepted', 'confirmed')) = (number is not null)",
                       name=op.f('ck_clearance_accepted_with_a_number')),
    _refers('clearance', 'issuer_id', 'party'), _refers('clearance', 'customer_id', 'party'),
    _refers('clearance', 'file_id', 'clearance_file'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_clearance')
    )
    op.create_index('ix_clearance_tenant_authority_id', 'clearance', ['tenant', 'authority', 'id'])
    op.create_index('ix_clearance_tenant_issuer_id_month', 'clearance', ['tenant', 'issuer_id', 'month'])
    op.create_index('uq_clearance_tenant_authority_number', 'clearance', ['tenant', 'authority', 'number'], unique=True,
                    postgresql_where=sa.text('number is not null'))
    op.create_table('clearance_document',
    _tenant(),
    sa.Column('clearance_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=True),
    sa.Column('payee_document_id', sa.Integer(), nullable=True),
    sa.Column('lines', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.CheckConstraint('num_nulls(invoice_id, payee_document_id) = 1', name=op.f('ck_clearance_document_of_one_document')),
    _refers('clearance_document', 'clearance_id', 'clearance'), _refers('clearance_document', 'invoice_id', 'invoice'),
    _refers('clearance_document', 'payee_document_id', 'payee_document'),
    sa.PrimaryKeyConstraint('tenant', 'clearance_id', 'number', name='pk_clearance_document')
    )
    for column in ('invoice_id', 'payee_document_id', 'number'):
        op.create_index(f'ix_clearance_document_tenant_{column}', 'clearance_document', ['tenant', column])


def _make_confirmations() -> None:
    op.create_table('red_confirmation',
    _tenant(), _number(),
    sa.Column('clearance_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('red_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('deducted', sa.Boolean(), nullable=False),
    sa.Column('by_buyer', sa.Boolean(), nullable=False),
    sa.Column('net', sa.Numeric(), nullable=False),
    sa.Column('tax', sa.Numeric(), nullable=False),
    *_acted('asked'),
    sa.CheckConstraint('net >= 0 and tax >= 0', name=op.f('ck_red_confirmation_takes_back')),
    _refers('red_confirmation', 'clearance_id', 'clearance'), _refers('red_confirmation', 'red_id', 'clearance'),
    _refers('red_confirmation', 'invoice_id', 'invoice'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_red_confirmation')
    )
    for column in ('clearance_id', 'invoice_id'):
        op.create_index(f'ix_red_confirmation_tenant_{column}', 'red_confirmation', ['tenant', column])


def _make_steps() -> None:
    op.create_table('clearance_event',
    _tenant(), _number(),
    sa.Column('clearance_id', sa.Integer(), nullable=False),
    sa.Column('confirmation_id', sa.Integer(), nullable=True),
    sa.Column('step', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    *_acted('recorded'),
    _refers('clearance_event', 'clearance_id', 'clearance'),
    _refers('clearance_event', 'confirmation_id', 'red_confirmation'),
    _refers('clearance_event', 'file_id', 'clearance_file'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_clearance_event')
    )
    op.create_index('ix_clearance_event_tenant_clearance_id', 'clearance_event', ['tenant', 'clearance_id'])


def _keep_what_a_state_has_accepted() -> None:
    """What a state has numbered keeps its number, and is neither refused nor withdrawn afterwards."""
    op.execute(f"""
        create function keep_clearance() {TRIGGER} as $$
        begin
            if old.number is not null and (new.number is distinct from old.number or new.given_on <> old.given_on
                                           or new.status not in ('accepted', 'confirmed')) then
                raise exception 'clearance % has the number %', old.id, old.number {REFUSED} 'a_number_stays';
            end if;
            if old.status in ('refused', 'withdrawn', 'confirmed') and new.status <> old.status then
                raise exception 'clearance % is %', old.id, old.status {REFUSED} 'a_clearance_ends_once';
            end if;
            return new;
        end $$""")
    op.execute("create trigger a_number_stays before update on clearance for each row execute function keep_clearance()")


def _leave_alone_what_is_void() -> None:
    op.execute("""
        create trigger void_stays_void before insert on clearance_document
        for each row when (new.invoice_id is not null) execute function refuse_what_is_void()""")


def _void_nothing_that_is_cleared() -> None:
    op.execute(f"""
        create function refuse_to_void_what_is_cleared() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            if exists (
                select from clearance_document d join clearance c on c.tenant = d.tenant and c.id = d.clearance_id
                where d.tenant = new.tenant and c.status not in ('refused', 'withdrawn') and (
                    d.invoice_id = new.id or d.payee_document_id in (
                        select id from payee_document where tenant = new.tenant and invoice_id = new.id))) then
                raise exception 'a state was asked to clear %', new.number {REFUSED} 'void_before_it_is_cleared';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")
    op.execute("""
        create trigger void_before_it_is_cleared before update on invoice
        for each row when (new.voided_on is not null) execute function refuse_to_void_what_is_cleared()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table clearance no force row level security")  # the policies hide rows from the owner as well
    op.execute(f"""
        do $$ begin
            if exists (select from clearance) then
                raise exception 'documents are cleared by numbers that only a state can give' {REFUSED} 'clearances_stay';
            end if;
        end $$""")
    erase_names(NAMED_BEFORE)
    op.execute("drop trigger void_before_it_is_cleared on invoice")
    op.execute("drop function refuse_to_void_what_is_cleared")
    for table in ('clearance_event', 'clearance_document', 'red_confirmation', 'clearance', 'clearance_file'):
        op.drop_table(table)
    op.execute("drop function keep_clearance")
