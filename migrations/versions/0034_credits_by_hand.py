"""credits by hand: lines of issued documents given back, prepared by one and released by another.

Revision: 0034
After: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0034'
down_revision = '0033'
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
)
#: Where a name of whoever acted stands beside the number, with this table's.
NAMED = (
    *NAMED_BEFORE,
    ("credit", "prepared_by", "prepared_identity"),
    ("credit", "released_by", "released_identity"),
    ("credit", "withdrawn_by", "withdrawn_identity"),
)
#: What the application may be in the database, by the role of who acts.
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
UNIQUE = 'uq_invoice_contract_id_kind_first_tenant'
LIMIT = 'operation_has_an_amount'


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _find_works("kind not in ('correction', 'credit') and sequence is not null and of_id is null")
    _limit("'dispute_waived', 'credit_note', 'write_off'")
    op.create_table('credit',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('net', sa.Numeric(), nullable=False),
    sa.Column('prepared_by', sa.Text(), nullable=False),
    sa.Column('prepared_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('prepared_at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_identity', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', INSTANT, nullable=True),
    sa.CheckConstraint('num_nulls(released_by, released_at, document_id) in (0, 3)', name=op.f('ck_credit_released_whole')),
    sa.CheckConstraint('(withdrawn_by is null) = (withdrawn_at is null)', name=op.f('ck_credit_withdrawn_whole')),
    sa.CheckConstraint('released_at is null or withdrawn_at is null', name=op.f('ck_credit_ends_once')),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_credit_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_credit_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_credit_tenant_invoice_id'),
    sa.ForeignKeyConstraint(['tenant', 'document_id'], ['invoice.tenant', 'invoice.id'], name='fk_credit_tenant_document_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_credit'),
    sa.UniqueConstraint('tenant', 'document_id', name='uq_credit_tenant_document_id')
    )
    op.create_index('ix_credit_tenant_invoice_id', 'credit', ['tenant', 'invoice_id'], unique=False)
    op.create_index('ix_credit_tenant_contract_id', 'credit', ['tenant', 'contract_id'], unique=False)
    guard("credit", RIGHTS)
    columns = "document_id, net, released_by, released_at, withdrawn_by, withdrawn_at"
    op.execute(f"grant select, insert, update ({columns}) on credit to {APP}")
    _see_with_two_pairs_of_eyes()
    _number_what_is_released()
    erase_names(NAMED)


def _find_works(rows: str) -> None:
    op.drop_index(UNIQUE, table_name='invoice')
    op.create_index(UNIQUE, 'invoice', ['contract_id', 'kind', 'first', 'tenant'], unique=True,
                    postgresql_where=sa.text(rows))


def _limit(operations: str) -> None:
    op.drop_constraint(LIMIT, 'four_eyes_limit', type_='check')
    op.create_check_constraint(LIMIT, 'four_eyes_limit', f"operation in ({operations})")


def _see_with_two_pairs_of_eyes() -> None:
    # what one person alone has given back of a document counts together: many small ones are no small one
    op.execute(f"""
        create function credit_is_small(given credit, amount numeric) returns boolean {SEES_ALL} as $$
            select coalesce((
                select given.currency = allowed.currency and amount + coalesce((
                           select sum(abs(c.net)) from credit c
                           where c.tenant = given.tenant and c.invoice_id = given.invoice_id and c.id <> given.id
                             and c.released_at is not null
                             and c.released_identity is not distinct from c.prepared_identity), 0) <= allowed.amount
                from four_eyes_limit allowed
                where allowed.tenant = given.tenant and allowed.operation = 'credit_note'
                  and allowed.released_at is not null
                order by allowed.id desc limit 1), false)
        $$""")
    op.execute("revoke execute on function credit_is_small from public")
    op.execute(f"grant execute on function credit_is_small to {APP}")
    op.execute(f"""
        create function by_two_on_credit() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
            amount numeric;
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.released_by is not null or new.withdrawn_by is not null or new.document_id is not null then
                    raise exception 'a credit is prepared before it is released' {REFUSED} 'prepared_first';
                end if;
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
                return new;
            end if;
            if old.released_by is not null or old.withdrawn_by is not null then
                raise exception 'credit % is done and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.withdrawn_by is not null then
                new.withdrawn_identity := who.id;
                new.withdrawn_by := coalesce(who.name, new.withdrawn_by);
                return new;
            end if;
            if new.released_by is null then
                return new;
            end if;
            select sum(i.net) into amount from invoice i
            where i.tenant = new.tenant and i.kind = 'credit' and i.contract_id = new.contract_id
              and new.document_id in (i.id, i.of_id) and (i.inputs->'credit'->>'document')::int = new.invoice_id;
            if amount is null or -amount <> new.net then
                raise exception 'credit % is not what its document gives back', new.id {REFUSED} 'of_its_document';
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.prepared_identity is null then
                raise exception 'nobody is stated who prepared or released credit %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.prepared_identity = who.id and not credit_is_small(new, abs(amount)) then
                raise exception 'credit % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on credit
        for each row execute function by_two_on_credit()""")


def _number_what_is_released() -> None:
    """Let no credit note have a number that two people have not seen."""
    op.execute(f"""
        create function number_released_credits() {TRIGGER} as $$
        begin
            if new.sequence is not null and new.kind = 'credit' and current_user in {APPLICATION} and not exists (
                select from credit c
                where c.tenant = new.tenant and c.document_id = coalesce(new.of_id, new.id)
                  and c.released_at is not null) then
                raise exception 'a credit note is released before it is issued' {REFUSED} 'released_first';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger credit_is_released before update on invoice
        for each row execute function number_released_credits()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    op.execute("drop trigger credit_is_released on invoice")
    op.execute("drop function number_released_credits")
    op.execute("drop trigger money_moves_by_two on credit")
    op.execute("drop function by_two_on_credit")
    op.execute("drop function credit_is_small")
    op.drop_table('credit')
    op.execute("alter table four_eyes_limit no force row level security")  # the policies hide rows from the owner as well
    op.execute("delete from four_eyes_limit where operation = 'credit_note'")
    op.execute("alter table four_eyes_limit force row level security")
    _limit("'dispute_waived', 'write_off'")
    _find_works("kind <> 'correction' and sequence is not null and of_id is null")
