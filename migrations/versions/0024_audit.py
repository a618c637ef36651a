"""who did what: entries of the audit, sealed into a chain, and names that are erased.

Revision: 0024
After: 0023

An entry is written in the transaction of the work that it is of, unsealed, so that no writer waits for another. Its
transaction's number says when nothing before it is in flight any more. Names and addresses stand where they can be
erased: not in the chain.
"""

import sqlalchemy as sa
from alembic import op

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, GUEST, OWNER, READER, ROLE, TENANT, Guarded, guard

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
#: What the application says of an entry; who, when in the order of transactions, and of which tenant the database says.
SAID = "at, key, door, operation, object, body_sha256, address, address_salt, address_sha256"
ROLES = (
    "owner", "contract_manager", "finance", "meter", "customer", "payee", "auditor", "verifier", "lender", "third_party", "system",
)
NAMED = NAMED_AT_FIRST


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_tables()
    _forget_addresses()
    _cut_the_chain()
    erase_names(NAMED)


def _make_tables() -> None:
    op.create_table('audit_entry',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('xact', sa.BigInteger(), server_default=sa.text("((pg_current_xact_id())::text)::bigint"), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('door', sa.Text(), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('object', sa.Text(), nullable=False),
    sa.Column('body_sha256', sa.LargeBinary(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('address_salt', sa.LargeBinary(), nullable=True),
    sa.Column('address_sha256', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("door in ('http', 'command line', 'schedule')", name=op.f('ck_audit_entry_door_is_one')),
    # transactions first, so that rows are added at one end of the index alone
    sa.PrimaryKeyConstraint('tenant', 'xact', 'id', name='pk_audit_entry')
    )
    op.create_table('audit_seal',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('xact', sa.BigInteger(), nullable=False),
    sa.Column('entry', sa.Uuid(), nullable=False),
    sa.Column('content_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'position', name='pk_audit_seal'),
    sa.UniqueConstraint('tenant', 'xact', 'entry', name='uq_audit_seal_tenant_xact_entry')
    )
    op.create_table('audit_cut',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('xact', sa.BigInteger(), nullable=False),
    sa.Column('entry', sa.Uuid(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'position', name='pk_audit_cut')
    )
    _wall_entries()
    for table, insert in (("audit_seal", "system"), ("audit_cut", "")):
        guard(table, Guarded(read="owner auditor", insert=insert))
        op.execute(f"grant select{', insert' if insert else ''} on {table} to {APP}")


def _wall_entries() -> None:
    """Let everybody leave an entry, whatever the role, and those read who read the audit."""
    op.execute("alter table audit_entry enable row level security")
    op.execute("alter table audit_entry force row level security")
    for who, role in (("app", APP), ("reader", READER), ("guest", GUEST)):
        op.execute(f"create policy {who}_insert on audit_entry for insert to {role} with check ({TENANT} and {ROLE} in ({', '.join(map(repr, ROLES))}))")
        op.execute(f"grant insert ({SAID}) on audit_entry to {role}")
    for who, role, readers in (("app", APP, "'owner', 'system'"), ("reader", READER, "'auditor'")):
        op.execute(f"create policy {who}_select on audit_entry for select to {role} using ({TENANT} and {ROLE} in ({readers}))")
        op.execute(f"grant select on audit_entry to {role}")
    op.execute(f"create policy owner on audit_entry to {OWNER} using ({TENANT})")


def _function(signature: str, body: str, returns: str) -> None:
    op.execute(f"""
        create function {signature} returns {returns} language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$ {body} $$""")
    op.execute(f"revoke execute on function {signature} from public")
    op.execute(f"grant execute on function {signature} to {APP}")


def _forget_addresses() -> None:
    """Remove addresses with their salts; the digest that stays says nothing without the salt."""
    _function("forget_audit_addresses(before timestamptz)", """
        declare
            stated int not null := nullif(current_setting('app.tenant', true), '')::int;
            forgotten int;
        begin
            if before > now() - interval '180 days' then
                raise exception 'addresses of the last 180 days are kept'
                    using errcode = 'integrity_constraint_violation', constraint = 'audit_is_kept';
            end if;
            update audit_entry set address = null, address_salt = null
            where tenant = stated and address is not null and at < before;
            get diagnostics forgotten = row_count;
            return forgotten;
        end""", returns="int")


def _cut_the_chain() -> None:
    """Remove entries and their seals from the beginning to a position; the last seal's hash is what follows begin with."""
    _function("cut_audit(upto bigint)", """
        declare
            stated int not null := nullif(current_setting('app.tenant', true), '')::int;
            last_removed audit_seal;
        begin
            select * into last_removed from audit_seal s where s.tenant = stated and s.position = upto;
            if last_removed.tenant is null then
                raise exception 'there is no seal %', upto
                    using errcode = 'integrity_constraint_violation', constraint = 'audit_is_sealed';
            end if;
            if exists (select from audit_seal s join audit_entry e on e.tenant = s.tenant and e.xact = s.xact and e.id = s.entry
                       where s.tenant = stated and s.position <= upto and e.at > now() - interval '10 years') then
                raise exception 'entries of the last 10 years are kept'
                    using errcode = 'integrity_constraint_violation', constraint = 'audit_is_kept';
            end if;
            delete from audit_entry e using audit_seal s
            where s.tenant = stated and s.position <= upto and e.tenant = s.tenant and e.xact = s.xact and e.id = s.entry;
            delete from audit_seal s where s.tenant = stated and s.position <= upto;
            insert into audit_cut (tenant, position, xact, entry, hash)
            values (stated, upto, last_removed.xact, last_removed.entry, last_removed.hash);
            return last_removed.hash;
        end""", returns="bytea")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop function erase_identity(int)")
    op.execute("drop function cut_audit(bigint)")
    op.execute("drop function forget_audit_addresses(timestamptz)")
    op.drop_table('audit_cut')
    op.drop_table('audit_seal')
    op.drop_table('audit_entry')
