"""dunning: what is not paid in time, the steps that follow, letters, claims for the delay, and pauses.

Revision: 0050
After: 0045

A row a document says when it is looked at next. Whatever happens to the document sets that to the beginning of time, in
the transaction in which it happens: money, a write-off, a dispute, a charge that was refused, that it is void. Of the
steps that stand a document has each once; an index says so. That a service may be stopped is told once a contract, and
again when nothing of the contract stops it any more.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.erasing import erase_names
from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
OF_THE_SUPPLIER = "owner contract_manager finance auditor"
WRITERS = "owner finance"
WRITTEN = Guarded(read=OF_THE_SUPPLIER, insert=WRITERS, update=WRITERS)
GUARDED = {
    # whether its service may be stopped a customer sees
    "dunning": Guarded(read=f"{OF_THE_SUPPLIER} customer", insert=WRITERS, update=WRITERS, party="customer_id"),
    "dunning_letter": Guarded(read=f"{OF_THE_SUPPLIER} customer", insert=WRITERS, party="customer_id"),
    "dunning_step": WRITTEN,
    "late_claim": Guarded(read=OF_THE_SUPPLIER, insert=WRITERS),
    "dunning_pause": WRITTEN,
}
GRANTED = {
    "dunning": "select, insert, update (next_at, held, stopped_at, ordered_by, ordered_identity, ordered_at)",
    "dunning_letter": "select, insert",
    "dunning_step": "select, insert, update (withdrawn_id)",
    "late_claim": "select, insert",
    "dunning_pause": "select, insert, update (ended_on, ended_by, ended_identity, ended_at)",
}
#: Read and written as the owner, by the functions below, whichever tenant is stated.
LOOKED_UP = ("dunning",)
#: Where a name of whoever acted stands beside the number, in the tables of the release before.
NAMED_BEFORE = import_module("migrations.versions.0049_payouts").NAMED
NAMED = (
    *NAMED_BEFORE,
    ("dunning", "ordered_by", "ordered_identity"),
    ("dunning_pause", "made_by", "made_identity"),
    ("dunning_pause", "ended_by", "ended_identity"),
)
WORKS = 'uq_invoice_contract_id_kind_first_tenant'
NUMBERED = " and sequence is not null and of_id is null and voided_on is null"
WORKS_BEFORE = "kind not in ('correction', 'credit', 'consolidated')" + NUMBERED
WORKS_NOW = "kind not in ('correction', 'credit', 'consolidated', 'late')" + NUMBERED
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
#: What takes something off a document, or gives it back, and when.
PAYING = {"payment_allocation": "insert", "write_off": "update", "gateway_order": "update", "bank_order": "update"}
#: Before every clock: it is looked at at once.
AT_ONCE = "timestamptz 'epoch'"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _find_works(WORKS_NOW)
    _make_tables()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    for table in LOOKED_UP:
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    _deliver_letters()
    _dun_what_is_issued()
    _look_again()
    _tell_of_services()
    _look_up()
    erase_names(NAMED)


def _find_works(rows: str) -> None:
    op.drop_index(WORKS, table_name='invoice')
    op.create_index(WORKS, 'invoice', ['contract_id', 'kind', 'first', 'tenant'], unique=True,
                    postgresql_where=sa.text(rows))


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['tenant', column], [f'{target}.tenant', f'{target}.id'], name=f'fk_{table}_tenant_{column}')


def _make_tables() -> None:
    op.create_table('dunning',
    _tenant(), _number(),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('held', sa.Text(), server_default='', nullable=False),
    sa.Column('stopped_at', INSTANT, nullable=True),
    sa.Column('ordered_by', sa.Text(), nullable=True),
    sa.Column('ordered_identity', sa.Integer(), nullable=True),
    sa.Column('ordered_at', INSTANT, nullable=True),
    sa.CheckConstraint('num_nulls(ordered_by, ordered_at) in (0, 2)', name=op.f('ck_dunning_ordered_whole')),
    _refers('dunning', 'invoice_id', 'invoice'), _refers('dunning', 'issuer_id', 'party'),
    _refers('dunning', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_dunning'),
    sa.UniqueConstraint('tenant', 'invoice_id', name='uq_dunning_tenant_invoice_id')
    )
    op.create_index('ix_dunning_next_at', 'dunning', ['tenant', 'next_at', 'id'], postgresql_where=sa.text('next_at is not null'))
    op.create_index('ix_dunning_stopped', 'dunning', ['tenant', 'id'], postgresql_where=sa.text('stopped_at is not null'))
    op.create_index('ix_dunning_held', 'dunning', ['tenant', 'id'], postgresql_where=sa.text("held <> ''"))
    op.create_index('ix_dunning_tenant_customer_id_id', 'dunning', ['tenant', 'customer_id', 'id'])
    op.create_table('dunning_letter',
    _tenant(), _number(),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('written_on', sa.Date(), nullable=False),
    sa.Column('claim_id', sa.Integer(), nullable=True),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.CheckConstraint("kind in ('reminder', 'notice', 'stop', 'correction')", name=op.f('ck_dunning_letter_kind_is_one')),
    _refers('dunning_letter', 'issuer_id', 'party'), _refers('dunning_letter', 'customer_id', 'party'),
    _refers('dunning_letter', 'claim_id', 'invoice'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_dunning_letter')
    )
    op.create_index('ix_dunning_letter_tenant_customer_id_id', 'dunning_letter', ['tenant', 'customer_id', 'id'])
    op.create_table('dunning_step',
    _tenant(), _number(),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('made_on', sa.Date(), nullable=False),
    sa.Column('fee', sa.Numeric(), nullable=False),
    sa.Column('letter_id', sa.Integer(), nullable=False),
    sa.Column('withdrawn_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind in ('reminder', 'notice', 'stop')", name=op.f('ck_dunning_step_kind_is_one')),
    _refers('dunning_step', 'invoice_id', 'invoice'), _refers('dunning_step', 'customer_id', 'party'),
    _refers('dunning_step', 'letter_id', 'dunning_letter'), _refers('dunning_step', 'withdrawn_id', 'dunning_letter'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_dunning_step')
    )
    op.create_index('uq_dunning_step_standing', 'dunning_step', ['tenant', 'invoice_id', 'place'], unique=True,
                    postgresql_where=sa.text('withdrawn_id is null'))
    op.create_index('ix_dunning_step_tenant_letter_id', 'dunning_step', ['tenant', 'letter_id'])
    op.create_table('late_claim',
    _tenant(),
    sa.Column('claim_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('fee', sa.Numeric(), nullable=False),
    sa.Column('interest', sa.Numeric(), nullable=False),
    sa.Column('through', sa.Date(), nullable=True),
    _refers('late_claim', 'claim_id', 'invoice'), _refers('late_claim', 'invoice_id', 'invoice'),
    _refers('late_claim', 'customer_id', 'party'),
    sa.PrimaryKeyConstraint('tenant', 'claim_id', 'invoice_id', name='pk_late_claim')
    )
    op.create_index('ix_late_claim_tenant_invoice_id', 'late_claim', ['tenant', 'invoice_id'])
    op.create_table('dunning_pause',
    _tenant(), _number(),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=True),
    sa.Column('defers', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('made_by', sa.Text(), nullable=False),
    sa.Column('made_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('made_at', INSTANT, nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_by', sa.Text(), nullable=True),
    sa.Column('ended_identity', sa.Integer(), nullable=True),
    sa.Column('ended_at', INSTANT, nullable=True),
    sa.CheckConstraint('num_nulls(ended_by, ended_at, ended_on) in (0, 3)', name=op.f('ck_dunning_pause_ended_whole')),
    sa.CheckConstraint('until is null or until >= first', name=op.f('ck_dunning_pause_of_some_days')),
    _refers('dunning_pause', 'customer_id', 'party'), _refers('dunning_pause', 'invoice_id', 'invoice'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_dunning_pause')
    )
    op.create_index('ix_dunning_pause_tenant_customer_id', 'dunning_pause', ['tenant', 'customer_id'])
    op.create_index('ix_dunning_pause_tenant_invoice_id', 'dunning_pause', ['tenant', 'invoice_id'])


def _deliver_letters() -> None:
    """A delivery is of a customer's document, of a payee's, or of a letter."""
    op.add_column('delivery', sa.Column('dunning_letter_id', sa.Integer(), nullable=True))
    op.create_foreign_key('fk_delivery_tenant_dunning_letter_id', 'delivery', 'dunning_letter',
                          ['tenant', 'dunning_letter_id'], ['tenant', 'id'])
    op.create_unique_constraint('uq_delivery_tenant_dunning_letter_id_way_address', 'delivery',
                                ['tenant', 'dunning_letter_id', 'way', 'address'])
    _of_one_document('num_nonnulls(invoice_id, payee_document_id, dunning_letter_id) = 1')


def _of_one_document(condition: str) -> None:
    op.drop_constraint(op.f('ck_delivery_of_one_document'), 'delivery', type_='check')
    op.create_check_constraint(op.f('ck_delivery_of_one_document'), 'delivery', condition)


def _dun_what_is_issued() -> None:
    """As a document is issued, its row is made, if its contract has steps; as it is void, it is looked at again."""
    op.execute(f"""
        create function dun_what_is_issued() {DEFINER} as $$
        begin
            insert into dunning (tenant, invoice_id, issuer_id, customer_id, currency, next_at)
            select i.tenant, i.id, i.issuer_id, i.customer_id, i.currency, i.due_on::timestamp at time zone 'UTC'
            from changed i
            where i.number is not null and i.within_id is null and i.voided_on is null and i.gross > 0 and i.kind <> 'late'
              and i.inputs ->> 'made_out_by' is null and i.inputs #> '{{invoicing,terms,dunning}}' is not null
            order by i.id
            on conflict do nothing;
            update dunning d set next_at = {AT_ONCE}
            from changed i
            where i.voided_on is not null and d.tenant = i.tenant and d.invoice_id = i.id;
            return null;
        end $$""")
    op.execute("""
        create trigger dun_what_is_issued after update on invoice referencing new table as changed
        for each statement execute function dun_what_is_issued()""")


def _look_again() -> None:
    """Whatever takes something off a document, or gives it back, has it looked at again."""
    for table, events in PAYING.items():
        op.execute(f"""
            create function dun_again_after_{table}() {DEFINER} as $$
            begin
                update dunning d set next_at = {AT_ONCE}
                from changed c where d.tenant = c.tenant and d.invoice_id = c.invoice_id;
                return null;
            end $$""")
        op.execute(f"""
            create trigger dun_again after {events} on {table} referencing new table as changed
            for each statement execute function dun_again_after_{table}()""")
    op.execute(f"""
        create function dun_again_after_dispute() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            update dunning d set next_at = {AT_ONCE}
            where d.tenant = new.tenant and d.invoice_id in (
                select coalesce(i.within_id, i.id) from invoice i
                where i.tenant = new.tenant and i.contract_id = new.contract_id and i.number is not null);
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")
    op.execute("""
        create trigger dun_again after insert or update on dispute
        for each row execute function dun_again_after_dispute()""")


def _tell_of_services() -> None:
    """That the service of a contract may be stopped is told for its first document, and that it goes on for its last."""
    op.execute(f"""
        create function tell_of_service() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            insert into notification (tenant, type, customer_id, facts)
            select new.tenant, case when new.stopped_at is null then 'service.resumed' else 'service.stopped' end,
                   new.customer_id, jsonb_build_object('contract', k.reference, 'number', bill.number)
            from invoice bill
            join contract k on k.tenant = bill.tenant and k.id in (
                select i.contract_id from invoice i
                where i.tenant = bill.tenant and (i.id = bill.id or i.within_id = bill.id))
            where bill.tenant = new.tenant and bill.id = new.invoice_id
              and not exists (
                select from dunning other
                join invoice late on late.tenant = other.tenant and (late.id = other.invoice_id or late.within_id = other.invoice_id)
                where other.tenant = new.tenant and other.id <> new.id and other.stopped_at is not null
                  and late.contract_id = k.id)
            order by k.id;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")
    op.execute("""
        create trigger tell_of_service after update of stopped_at on dunning
        for each row when ((new.stopped_at is null) <> (old.stopped_at is null)) execute function tell_of_service()""")


def _look_up() -> None:
    """What is asked before a tenant is stated: whose documents are due to be looked at."""
    op.execute(f"""
        create function dunning_due(instant timestamptz) returns table (tenant int) {SEES_ALL} as $$
            select t.id from tenant t
            where exists (select from dunning d where d.tenant = t.id and d.next_at <= instant)
            order by t.id
        $$""")
    op.execute("revoke execute on function dunning_due(timestamptz) from public")
    op.execute(f"grant execute on function dunning_due(timestamptz) to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table invoice no force row level security")  # the policies hide rows from the owner as well
    op.execute(f"""
        do $$ begin
            if exists (select from invoice where kind = 'late') or exists (select from dunning_letter) then
                raise exception 'documents claim for delay, or letters were written, which the release before does not know'
                    {REFUSED} 'of_one_document';
            end if;
        end $$""")
    op.execute("alter table invoice force row level security")
    erase_names(NAMED_BEFORE)
    op.execute("delete from notification where type in ('service.stopped', 'service.resumed')")
    op.execute("drop function dunning_due")
    for table in (*PAYING, "dispute"):
        op.execute(f"drop trigger dun_again on {table}")
        op.execute(f"drop function dun_again_after_{table}")
    op.execute("drop trigger dun_what_is_issued on invoice")
    op.execute("drop function dun_what_is_issued")
    op.drop_constraint('uq_delivery_tenant_dunning_letter_id_way_address', 'delivery', type_='unique')
    _of_one_document('num_nonnulls(invoice_id, payee_document_id) = 1')
    op.drop_column('delivery', 'dunning_letter_id')
    for table in ("dunning_pause", "late_claim", "dunning_step", "dunning_letter", "dunning"):
        op.drop_table(table)
    op.execute("drop function tell_of_service")
    _find_works(WORKS_BEFORE)
