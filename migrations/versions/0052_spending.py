"""spending: claims before supply, when a contract's spending is looked at, and which thresholds it has reached.

Revision: 0052
After: 0045

A contract is looked at from the release of a version on that says something of spending. A threshold is reached once a
window: an index says so. Of what is claimed before supply a contract has as many documents as it needs.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner contract_manager finance auditor"
GUARDED = {
    "spending_look": Guarded(read=READERS, insert="system", update="system"),
    "spending_alert": Guarded(read=f"{READERS} customer", insert="system", update="system", party="customer_id"),
}
GRANTED = {
    "spending_look": "select, insert, update (next_at, watermark, seen, waits, top_up_id, looked_at)",
    "spending_alert": "select, insert, update (now_reading, looked_at, mail_state, mail_next_at, mail_tries, mail_detail)",
}
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
SEES_ALL = "language sql stable security definer set search_path = pg_catalog, public, pg_temp"
WORKS = 'uq_invoice_contract_id_kind_first_tenant'
ONE_EACH = "sequence is not null and of_id is null and voided_on is null"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _find_works(f"kind not in ('correction', 'credit', 'consolidated', 'late', 'advance') and {ONE_EACH}")
    _make_tables()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    _look_at_what_is_released()
    _tell()
    _look_up()


def _find_works(rows: str) -> None:
    op.drop_index(WORKS, table_name='invoice')
    op.create_index(WORKS, 'invoice', ['contract_id', 'kind', 'first', 'tenant'], unique=True,
                    postgresql_where=sa.text(rows))


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _make_tables() -> None:
    op.create_table('spending_look',
    _tenant(),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('began_at', INSTANT, nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('watermark', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('seen', sa.Text(), server_default='', nullable=False),
    sa.Column('waits', sa.Text(), server_default='', nullable=False),
    sa.Column('top_up_id', sa.Integer(), nullable=True),
    sa.Column('looked_at', INSTANT, nullable=True),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_spending_look_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'top_up_id'], ['invoice.tenant', 'invoice.id'], name='fk_spending_look_tenant_top_up_id'),
    sa.PrimaryKeyConstraint('tenant', 'contract_id', name=op.f('pk_spending_look'))
    )
    op.create_index('ix_spending_look_tenant_next_at', 'spending_look', ['tenant', 'next_at'],
                    postgresql_where=sa.text('next_at is not null'))
    op.create_table('spending_alert',
    _tenant(),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('threshold_name', sa.Text(), nullable=False),
    sa.Column('charge', sa.Text(), nullable=False),
    sa.Column('per', sa.Text(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('after_last', sa.Date(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('threshold', sa.Numeric(), nullable=False),
    sa.Column('reading', sa.Numeric(), nullable=False),
    sa.Column('now_reading', sa.Numeric(), nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.Column('fired_at', INSTANT, nullable=False),
    sa.Column('looked_at', INSTANT, nullable=False),
    sa.Column('mail_to', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('mail_state', sa.Text(), server_default='none', nullable=False),
    sa.Column('mail_next_at', INSTANT, nullable=True),
    sa.Column('mail_tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('mail_detail', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("kind in ('alert', 'cap')", name=op.f('ck_spending_alert_kind_is_one')),
    sa.CheckConstraint("mail_state in ('none', 'due', 'sending', 'sent', 'failed', 'unknown')",
                       name=op.f('ck_spending_alert_mail_state_is_one')),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_spending_alert_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_spending_alert_tenant_customer_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name=op.f('pk_spending_alert')),
    sa.UniqueConstraint('tenant', 'contract_id', 'threshold_name', 'first', name='uq_spending_alert_once')
    )
    op.create_index('ix_spending_alert_tenant_mail_next_at', 'spending_alert', ['tenant', 'mail_next_at'],
                    postgresql_where=sa.text('mail_next_at is not null'))


def _look_at_what_is_released() -> None:
    op.execute(f"""
        create function look_at_spending() {DEFINER} as $$
        begin
            insert into spending_look (tenant, contract_id, began_at, next_at)
            values (new.tenant, new.contract_id, new.released_at, new.released_at)
            on conflict (tenant, contract_id) do update set next_at = excluded.next_at, seen = '';
            return null;
        end $$""")
    for name, when, condition in (
        ("look_at_spending", "insert", "new.released_at is not null"),
        ("look_at_spending_later", "update", "old.released_at is null and new.released_at is not null"),
    ):
        op.execute(f"""
            create trigger {name} after {when} on contract_version
            for each row when ({condition} and new.terms ? 'spending') execute function look_at_spending()""")


def _tell() -> None:
    """A threshold is told of as it is reached, without an amount."""
    op.execute(f"""
        create function tell_alert_fired() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            insert into notification (tenant, type, customer_id, facts)
            values (new.tenant, case new.kind when 'cap' then 'cap.reached' else 'alert.fired' end, new.customer_id,
                jsonb_build_object('alert', new.id, 'contract', (select c.reference from contract c
                    where c.tenant = new.tenant and c.id = new.contract_id),
                    'first', new.first, 'last', new.after_last - 1, 'late', new.is_late));
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$""")
    op.execute("""
        create trigger tell_alert_fired after insert on spending_alert
        for each row execute function tell_alert_fired()""")


def _look_up() -> None:
    """Whose spending is to be looked at, or whose alerts are to be mailed: asked before a tenant is stated."""
    op.execute(f"""
        create function spending_due(instant timestamptz) returns table (tenant int) {SEES_ALL} as $$
            select t.id from tenant t
            where exists (select from spending_look l where l.tenant = t.id and l.next_at <= instant)
               or exists (select from spending_alert a where a.tenant = t.id and a.mail_next_at <= instant)
            order by t.id
        $$""")
    op.execute("revoke execute on function spending_due(timestamptz) from public")
    op.execute(f"grant execute on function spending_due(timestamptz) to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop function spending_due")
    for name in ("look_at_spending", "look_at_spending_later"):
        op.execute(f"drop trigger {name} on contract_version")
    op.execute("drop function look_at_spending")
    op.drop_table('spending_alert')
    op.drop_table('spending_look')
    op.execute("drop function tell_alert_fired")
    _find_works(f"kind not in ('correction', 'credit', 'consolidated', 'late') and {ONE_EACH}")
