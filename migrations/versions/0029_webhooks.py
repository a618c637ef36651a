"""webhooks: what happens is told outside, out of the transaction in which it happened.

Revision: 0029
After: 0028

Triggers on the facts themselves write a notification beside the fact: no door and no statement can forget it, and what
is rolled back is told to nobody. A trigger that fails takes the fact with it: there is none that nobody is told of.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import APP, OWNER, Guarded, guard

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner contract_manager finance customer auditor"
GUARDED = {
    "notification": Guarded(read=READERS, update="system", delete="system", party="customer_id"),
    "webhook": Guarded(read=READERS, insert="owner customer", update="owner customer", delete="owner customer",
                       party="party", columns="url, types, disabled_at, disabled_because"),
    "webhook_secret": Guarded(read="system", insert="system", update="system", delete="system"),
    "webhook_delivery": Guarded(read=READERS, insert="system", update="system", delete="system", party="party"),
}
GRANTED = {
    "notification": "select, update (position, id), delete",
    "webhook": "select, insert, update (url, types, disabled_at, disabled_because, failures), delete",
    "webhook_secret": "select, insert, update (ends_at), delete",
    "webhook_delivery": "select, insert, update, delete",
}
#: Read and written as the owner, before a tenant is stated: by the functions below alone.
LOOKED_UP = ("notification", "webhook", "webhook_delivery")

_CONTRACT = "(select c.reference from contract c where c.tenant = new.tenant and c.id = new.contract_id)"
#: By what is told: on which table, when, whose it is, and the facts. One row is told of at a time.
TOLD = {
    "readings.refused": ("batch", "insert", "new.refused > 0", "null", """
        'batch', new.id, 'refused', new.refused, 'stored', new.stored"""),
    "contract.released": ("contract_version", "insert", "new.released_at is not null", "new.customer_id", f"""
        'contract', {_CONTRACT}, 'version', new.number, 'effective', new.effective"""),
    "dispute.raised": ("dispute", "insert", "true", "new.customer_id", f"""
        'dispute', new.id, 'contract', {_CONTRACT}, 'charge', new.charge, 'first', new.first, 'last', new.after_last - 1"""),
    "statement.prepared": ("statement", "insert", "true", "new.customer_id", f"""
        'statement', new.id, 'contract', {_CONTRACT}, 'first', new.first, 'last', new.after_last - 1"""),
    "statement.due": ("due", "update of held", """
        new.held is not null and new.held ->> 'code' in ('statement-open', 'statement-outdated')
        and old.held ->> 'code' is distinct from new.held ->> 'code'""",
        "(select c.customer_id from contract c where c.tenant = new.tenant and c.id = new.contract)", f"""
        'contract', {_CONTRACT.replace("contract_id", "contract")}, 'first', lower(new.period), 'last', upper(new.period) - 1"""),
}
DEFINER = "returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_tables()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    for table in LOOKED_UP:
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to {OWNER} using (true)")
    _keep_whose_it_is()
    _tell_of_rows()
    _tell_of_findings()
    _tell_of_documents()
    _say_what_is_due()


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _make_tables() -> None:
    op.create_table('notification',
    _tenant(),
    sa.Column('xact', sa.BigInteger(), server_default=sa.text("((pg_current_xact_id())::text)::bigint"), autoincrement=False, nullable=False),
    sa.Column('nth', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=True),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('at', INSTANT, server_default=sa.text("statement_timestamp()"), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("(id is null) = (position is null)", name=op.f('ck_notification_settled_whole')),
    # transactions first, so that rows are added at one end of the index alone
    sa.PrimaryKeyConstraint('tenant', 'xact', 'nth', name='pk_notification')
    )
    op.create_index('ix_notification_unsettled', 'notification', ['tenant', 'xact', 'nth'], postgresql_where=sa.text("position is null"))
    op.create_index('uq_notification_tenant_id', 'notification', ['tenant', 'id'], unique=True, postgresql_where=sa.text("id is not null"))
    op.create_index('uq_notification_tenant_position', 'notification', ['tenant', 'position'], unique=True,
                    postgresql_where=sa.text("position is not null"))
    op.create_table('webhook',
    _tenant(),
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('types', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('party', sa.Integer(), nullable=True),
    sa.Column('identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('disabled_at', INSTANT, nullable=True),
    sa.Column('disabled_because', sa.Text(), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("(disabled_at is null) = (disabled_because is null)", name=op.f('ck_webhook_disabled_whole')),
    sa.CheckConstraint("disabled_because in ('asked', 'gone')", name=op.f('ck_webhook_disabled_because_is_one')),
    sa.ForeignKeyConstraint(['tenant', 'party'], ['party.tenant', 'party.id'], name='fk_webhook_tenant_party'),
    sa.ForeignKeyConstraint(['tenant', 'identity'], ['identity.tenant', 'identity.id'], name='fk_webhook_tenant_identity'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_webhook')
    )
    op.create_table('webhook_secret',
    _tenant(),
    sa.Column('id', sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
    sa.Column('webhook', sa.Text(), nullable=False),
    sa.Column('created_at', INSTANT, nullable=False),
    sa.Column('ends_at', INSTANT, nullable=True),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'webhook'], ['webhook.tenant', 'webhook.id'], name='fk_webhook_secret_tenant_webhook', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_webhook_secret')
    )
    op.create_index('ix_webhook_secret_tenant_webhook', 'webhook_secret', ['tenant', 'webhook'])
    op.create_table('webhook_delivery',
    _tenant(),
    sa.Column('webhook', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('notification', sa.Uuid(), nullable=False),
    sa.Column('party', sa.Integer(), nullable=True),
    sa.Column('state', sa.Text(), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_at', INSTANT, nullable=True),
    sa.Column('last_at', INSTANT, nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('failure', sa.Text(), nullable=True),
    sa.CheckConstraint("state in ('waiting', 'delivered', 'dead')", name=op.f('ck_webhook_delivery_state_is_one')),
    sa.CheckConstraint("(state = 'waiting') = (next_at is not null)", name=op.f('ck_webhook_delivery_waits_for_a_time')),
    sa.ForeignKeyConstraint(['tenant', 'webhook'], ['webhook.tenant', 'webhook.id'], name='fk_webhook_delivery_tenant_webhook', ondelete='CASCADE'),
    sa.UniqueConstraint('tenant', 'webhook', 'notification', name='uq_webhook_delivery_tenant_webhook_notification'),
    sa.PrimaryKeyConstraint('tenant', 'webhook', 'position', name='pk_webhook_delivery')
    )
    op.create_index('ix_webhook_delivery_waiting', 'webhook_delivery', ['tenant', 'webhook', 'next_at', 'position'],
                    postgresql_where=sa.text("state = 'waiting'"))


def _keep_whose_it_is() -> None:
    """A webhook is on the word of whoever made or changed it last; what the product itself does leaves that alone."""
    op.execute("""
        create function keep_whose_webhook() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if current_setting('app.role', true) is distinct from 'system' then
                new.identity := coalesce(nullif(current_setting('app.identity', true), '')::int, new.identity);
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger kept_by_whom_acts before insert or update of url, types, disabled_at on webhook
        for each row execute function keep_whose_webhook()""")


def _tell_of_rows() -> None:
    for kind, (table, when, condition, customer, facts) in TOLD.items():
        function = f"tell_{kind.replace('.', '_')}"
        op.execute(f"""
            create function {function}() {DEFINER} as $$
            declare
                tenant_stated text := current_setting('app.tenant', true);
            begin
                perform set_config('app.tenant', new.tenant::text, true);
                insert into notification (tenant, type, customer_id, facts)
                values (new.tenant, '{kind}', {customer}, jsonb_build_object({facts}));
                perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
                return null;
            end $$""")
        op.execute(f"""
            create trigger {function} after {when} on {table}
            for each row when ({condition}) execute function {function}()""")
    op.execute("""
        create trigger tell_contract_released_later after update on contract_version
        for each row when (old.released_at is null and new.released_at is not null)
        execute function tell_contract_released()""")


def _of_each_tenant(added: str, body: str) -> str:
    """The function of a trigger that is asked once a statement; an administrator's may be of several tenants."""
    return f"""{DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            of_tenant int;
        begin
            for of_tenant in select distinct tenant from {added} loop
                perform set_config('app.tenant', of_tenant::text, true);
                {body}
            end loop;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return null;
        end $$"""


def _tell_of_findings() -> None:
    told = _of_each_tenant("added", """
        insert into notification (tenant, type, facts)
        select a.tenant, 'finding.raised', jsonb_build_object(
            'finding', a.id, 'check', a.check_kind, 'holds', a.holds, 'start', a.start, 'end', a."end", 'batch', a.batch,
            'register', (select r.key from series s join register r on r.tenant = s.tenant and r.id = s.register_id
                         where s.tenant = a.tenant and s.id = a.series))
        from added a where a.tenant = of_tenant order by a.id;""")
    op.execute(f"create function tell_finding_raised() {told}")
    op.execute("""
        create trigger tell_finding_raised after insert on finding referencing new table as added
        for each statement execute function tell_finding_raised()""")


def _tell_of_documents() -> None:
    """A document is issued as it gets its number; it never changes again, so that each is told of once."""
    contract = "(select c.reference from contract c where c.tenant = i.tenant and c.id = i.contract_id)"
    told = _of_each_tenant("(select tenant from changed where number is not null) issued", f"""
        insert into notification (tenant, type, customer_id, facts)
        select i.tenant, 'document.issued', i.customer_id, jsonb_build_object(
            'number', i.number, 'contract', {contract}, 'kind', i.kind, 'first', i.first, 'last', i.after_last - 1)
        from changed i where i.tenant = of_tenant and i.number is not null order by i.id;
        insert into notification (tenant, type, customer_id, facts)
        select i.tenant, 'document.corrected', i.customer_id, jsonb_build_object(
            'number', i.number, 'contract', {contract}, 'corrects', i.corrected)
        from (select d.*, (select jsonb_agg(distinct l.corrects_number order by l.corrects_number) from invoice_line l
                           where l.tenant = d.tenant and l.invoice_id = d.id and l.corrects_number is not null) as corrected
              from changed d where d.tenant = of_tenant and d.number is not null offset 0) i
        where i.corrected is not null order by i.id;""")
    op.execute(f"create function tell_document_issued() {told}")
    op.execute("""
        create trigger tell_document_issued after update on invoice referencing new table as changed
        for each statement execute function tell_document_issued()""")


def _say_what_is_due() -> None:
    """Whose turn it is, in one look over all tenants: of which something is not settled, and which webhooks have to be told."""
    op.execute(f"""
        create function webhooks_due(instant timestamptz) returns table (tenant int, webhook text, is_failing boolean)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
            select t.id, null::text, false from tenant t
            where exists (select from notification n where n.tenant = t.id and n.position is null)
            union all
            select w.tenant, w.id, w.failures > 0 from webhook w
            where w.disabled_at is null and exists (
                select from webhook_delivery d where d.tenant = w.tenant and d.webhook = w.id and d.state = 'waiting'
                and d.next_at <= instant)
        $$""")
    op.execute("revoke execute on function webhooks_due(timestamptz) from public")
    op.execute(f"grant execute on function webhooks_due(timestamptz) to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger tell_contract_released_later on contract_version")
    tables = {kind: table for kind, (table, *_) in TOLD.items()} | {"finding.raised": "finding", "document.issued": "invoice"}
    for kind, table in tables.items():
        function = f"tell_{kind.replace('.', '_')}"
        op.execute(f"drop trigger {function} on {table}")
        op.execute(f"drop function {function}")
    op.execute("drop function webhooks_due")
    for table in ("webhook_delivery", "webhook_secret", "webhook", "notification"):
        op.drop_table(table)
    op.execute("drop function keep_whose_webhook")
