"""people and their keys: one identity whichever key it holds, and four eyes by identity.

Revision: 0019
After: 0018

A key's label was the person: who was revoked and came back as "Anna" was another one than "anna". Each label, in
whatever case, becomes one identity, and so does each name under which something was recorded. Rows keep the name, and
beside it the identity, which the database fills from what the transaction states.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")

#: Of each table, the verbs whose ``…_by`` names who did it; the first is of who writes the row.
ACTS = {
    "reading_profile": ("recorded",),
    "edit": ("prepared", "released"),
    "contract_version": ("recorded", "released"),
    "index_value": ("recorded", "released"),
    "dispute": ("raised", "accepted", "settled"),
    "statement": ("prepared",),
    "statement_step": ("recorded",),
}
#: Of these, what two must see.
TWO_MUST_SEE = ("edit", "contract_version", "index_value")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_identities()
    op.add_column('batch', sa.Column('recorded_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True))
    op.add_column('four_eyes_change', sa.Column('by_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True))
    for table, verbs in ACTS.items():
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
        op.execute(f"alter table {table} disable trigger user")
        for verb in verbs:
            default = STATED_IDENTITY if verb == verbs[0] else None
            op.add_column(table, sa.Column(f'{verb}_identity', sa.Integer(), server_default=default, nullable=True))
            _name_identities(table, f"{verb}_by")
            op.execute(f"""
                update {table} t set {verb}_identity = i.id from identity i
                where i.tenant = t.tenant and lower(i.name) = lower(t.{verb}_by)""")
        op.execute(f"alter table {table} enable trigger user")
        op.execute(f"alter table {table} force row level security")
    _wall_credentials()
    op.execute("alter table identity force row level security")
    _look_keys_up()
    _see_with_two_pairs_of_eyes()


def _make_identities() -> None:
    op.create_table('identity',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('party', sa.Integer(), nullable=True),
    sa.Column('contract', sa.Integer(), nullable=True),
    sa.Column('administers', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('created_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('disabled_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('person', 'program', 'account')", name=op.f('ck_identity_kind_is_one')),
    sa.CheckConstraint("(party is not null) = (role in ('customer', 'payee', 'third_party'))", name=op.f('ck_identity_of_a_party')),
    sa.CheckConstraint("(contract is not null) = (role in ('verifier', 'lender'))", name=op.f('ck_identity_of_a_contract')),
    sa.CheckConstraint("not administers or role = 'customer'", name=op.f('ck_identity_administers_its_party')),
    sa.ForeignKeyConstraint(['tenant', 'party'], ['party.tenant', 'party.id'], name='fk_identity_tenant_party'),
    sa.ForeignKeyConstraint(['tenant', 'contract'], ['contract.tenant', 'contract.id'], name='fk_identity_tenant_contract'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_identity')
    )
    # an account of the machine may be called as a person is, and is not that person
    op.create_index('uq_identity_lower_name_kind_tenant', 'identity', [sa.text('lower(name)'), sa.text("(kind = 'account')"), 'tenant'], unique=True)
    wall("identity", app="select, insert", party="party")
    op.execute("grant update (disabled_at) on identity to usufruct_app")
    op.execute("alter table identity no force row level security")
    # of keys of one label the newest that is valid, else the newest, says what its bearer is
    op.execute("""
        insert into identity (tenant, kind, name, role, party, created_at)
        select distinct on (tenant, lower(label)) tenant, 'person', label,
               case role when 'manufacturer' then 'owner' else role end, party, created_at
        from credential order by tenant, lower(label), revoked_at desc nulls first, created_at desc""")


def _name_identities(table: str, column: str) -> None:
    """Make an identity of every name that something was recorded under; it has no key."""
    op.execute(f"""
        insert into identity (tenant, kind, name, role, created_at)
        select distinct on (t.tenant, lower(t.{column})) t.tenant, 'account', t.{column}, 'owner', now()
        from {table} t
        where t.{column} is not null
          and not exists (select from identity i where i.tenant = t.tenant and lower(i.name) = lower(t.{column}))
        order by t.tenant, lower(t.{column})""")


def _wall_credentials() -> None:
    op.add_column('credential', sa.Column('id', sa.Text(), nullable=True))
    op.add_column('credential', sa.Column('identity', sa.Integer(), nullable=True))
    op.add_column('credential', sa.Column('scope', postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column('credential', sa.Column('created_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True))
    op.add_column('credential', sa.Column('expires_at', sa.TIMESTAMP(timezone=True), nullable=True))
    # the keys themselves are not known: of what was made before this, the hash gives the name
    op.execute("""
        update credential c set identity = i.id, id = 'usu_' || left(encode(c.key_sha256, 'hex'), 12)
        from identity i where i.tenant = c.tenant and lower(i.name) = lower(c.label)""")
    for column in ("id", "identity"):
        op.alter_column('credential', column, nullable=False)
    for column in ("party", "role", "label"):
        op.drop_column('credential', column)
    op.alter_column('credential', 'tenant', server_default=STATED_TENANT)
    op.create_unique_constraint('uq_credential_tenant_id', 'credential', ['tenant', 'id'])
    op.create_foreign_key('fk_credential_tenant_identity', 'credential', 'identity', ['tenant', 'identity'], ['tenant', 'id'])
    wall("credential", app="select, insert")
    op.execute("grant update (revoked_at, expires_at) on credential to usufruct_app")


def _look_keys_up() -> None:
    """Say whose a key is before a tenant is stated: of one hash, and as the owner, so that nobody lists keys."""
    op.execute("create policy looked_up on credential for select to usufruct_owner using (true)")
    op.execute("""
        create function bearer_of(hash bytea)
        returns table (tenant int, identity int, name text, kind text, role text, party int, contract int,
                       administers boolean, scope text[], key text, expires_at timestamptz, revoked_at timestamptz,
                       disabled_at timestamptz)
        language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated text := current_setting('app.tenant', true);
            found_credential credential;
        begin
            select * into found_credential from credential c where c.key_sha256 = hash;
            if found_credential.tenant is not null then
                perform set_config('app.tenant', found_credential.tenant::text, true);
                return query
                    select i.tenant, i.id, i.name, i.kind, i.role, i.party, i.contract, i.administers, found_credential.scope,
                           found_credential.id, found_credential.expires_at, found_credential.revoked_at, i.disabled_at
                    from identity i where i.tenant = found_credential.tenant and i.id = found_credential.identity;
                perform set_config('app.tenant', coalesce(stated, ''), true);
            end if;
        end $$""")
    op.execute("revoke execute on function bearer_of from public")
    op.execute("grant execute on function bearer_of to usufruct_app")


def _see_with_two_pairs_of_eyes() -> None:
    """Take who acts from what is stated; refuse the second act to whoever did the first, and to whoever is no person."""
    for table, (first, second) in ((table, ACTS[table]) for table in TWO_MUST_SEE):
        op.execute(f"""
            create function two_pairs_of_eyes_on_{table}() returns trigger language plpgsql
            set search_path = pg_catalog, public, pg_temp as $$
            declare
                acts int := nullif(current_setting('app.identity', true), '')::int;
                who identity;
                alone boolean;
            begin
                if tg_op = 'UPDATE' and old.{second}_by is not null then
                    raise exception '{table} % is released and never changes', old.id
                        using errcode = 'integrity_constraint_violation', constraint = 'released_never_changes';
                end if;
                alone := (select four_eyes_off is not null from tenant where id = new.tenant);
                if acts is null and nullif(current_setting('app.tenant', true), '') is null then
                    -- an administrator's own hand, whom no trigger stops; names are all that it states
                    if new.{second}_by = new.{first}_by and not alone then
                        raise exception '{table} % was {first} by %', new.id, new.{first}_by
                            using errcode = 'integrity_constraint_violation', constraint = 'two_pairs_of_eyes';
                    end if;
                    return new;
                end if;
                select * into who from identity where tenant = new.tenant and id = acts and disabled_at is null;
                if tg_op = 'INSERT' then
                    new.{first}_identity := who.id;
                    new.{first}_by := coalesce(who.name, new.{first}_by);
                end if;
                if new.{second}_by is not null then
                    if not alone and (who.id is null or new.{first}_identity is null) then
                        raise exception 'nobody is stated who {first} or {second} {table} %', new.id
                            using errcode = 'integrity_constraint_violation', constraint = 'somebody_acts';
                    end if;
                    if not alone and new.{first}_identity = who.id then
                        raise exception '{table} % was {first} by %', new.id, new.{first}_by
                            using errcode = 'integrity_constraint_violation', constraint = 'two_pairs_of_eyes';
                    end if;
                    if not alone and who.kind <> 'person' then
                        raise exception '% is no person', who.name
                            using errcode = 'integrity_constraint_violation', constraint = 'a_person_releases';
                    end if;
                    new.{second}_identity := who.id;
                    new.{second}_by := coalesce(who.name, new.{second}_by);
                end if;
                return new;
            end $$""")
        op.execute(f"drop trigger two_pairs_of_eyes on {table}")
        op.execute(f"""
            create trigger two_pairs_of_eyes before insert or update on {table}
            for each row execute function two_pairs_of_eyes_on_{table}()""")
    op.execute("drop function refuse_one_pair_of_eyes")
    op.execute("drop function refuse_one_pair_of_eyes_on_terms")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _see_by_name()
    op.execute("drop function bearer_of")
    _open_credentials()
    for table, verbs in ACTS.items():
        for verb in verbs:
            op.drop_column(table, f'{verb}_identity')
    op.drop_column('four_eyes_change', 'by_identity')
    op.drop_column('batch', 'recorded_identity')
    op.drop_table('identity')


def _see_by_name() -> None:
    for function, tables, first in (
        ("refuse_one_pair_of_eyes", ("edit",), "prepared"),
        ("refuse_one_pair_of_eyes_on_terms", ("contract_version", "index_value"), "recorded"),
    ):
        op.execute(f"""
            create function {function}() returns trigger language plpgsql
            set search_path = pg_catalog, public, pg_temp as $$
            begin
                if tg_op = 'UPDATE' and old.released_by is not null then
                    raise exception '% % is released and never changes', tg_table_name, old.id
                        using errcode = 'integrity_constraint_violation', constraint = 'released_never_changes';
                end if;
                if new.released_by = new.{first}_by
                   and (select four_eyes_off is null from tenant where id = new.tenant) then
                    raise exception '% % was {first} by %', tg_table_name, new.id, new.{first}_by
                        using errcode = 'integrity_constraint_violation', constraint = 'two_pairs_of_eyes';
                end if;
                return new;
            end $$""")
        for table in tables:
            op.execute(f"drop trigger two_pairs_of_eyes on {table}")
            op.execute(f"drop function two_pairs_of_eyes_on_{table}")
            op.execute(f"""
                create trigger two_pairs_of_eyes before insert or update on {table}
                for each row execute function {function}()""")


def _open_credentials() -> None:
    for table in ("credential", "identity"):
        op.execute(f"alter table {table} no force row level security")
    op.execute("drop policy looked_up on credential")
    op.execute("drop policy tenant on credential")
    op.execute("alter table credential disable row level security")
    op.execute("revoke all on credential from usufruct_app")
    op.execute("grant select on credential to usufruct_app")
    op.add_column('credential', sa.Column('party', sa.Integer(), nullable=True))
    for column in ("role", "label"):
        op.add_column('credential', sa.Column(column, sa.Text(), nullable=True))
    # what an earlier release has no role for may do nothing there
    op.execute("""
        update credential c set label = i.name, party = i.party,
               role = case when i.role in ('owner', 'contract_manager') then 'manufacturer'
                           when i.role in ('finance', 'customer') then i.role else 'customer' end,
               revoked_at = case when i.role in ('owner', 'contract_manager', 'finance', 'customer') and i.disabled_at is null
                                  and c.scope is null then c.revoked_at else coalesce(c.revoked_at, now()) end
        from identity i where i.tenant = c.tenant and i.id = c.identity""")
    for column in ("role", "label"):
        op.alter_column('credential', column, nullable=False)
    op.drop_constraint('fk_credential_tenant_identity', 'credential', type_='foreignkey')
    op.drop_constraint('uq_credential_tenant_id', 'credential', type_='unique')
    op.alter_column('credential', 'tenant', server_default=None)
    for column in ("id", "identity", "scope", "created_identity", "expires_at"):
        op.drop_column('credential', column)
