"""tokens and sessions: other ways in, to the same identities.

Revision: 0021
After: 0020

A row of `credential` is a key, a short-lived token that a key was exchanged for, or a session. What was had by a key
ends with it; what was had by a subject of an outside issuer ends with its binding, and with the issuer.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import APP, wall

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")

BEARER = """returns table (tenant int, identity int, name text, kind text, role text, party int, contract int,
                       administers boolean, scope text[], key text, expires_at timestamptz, revoked_at timestamptz,
                       disabled_at timestamptz{more})
        language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$"""
#: What a key was exchanged for ends with the key, what a subject signed in for ends with its binding.
BEARER_NOW = BEARER.format(more=", key_expires_at timestamptz, key_revoked_at timestamptz, unbound_at timestamptz, removed_at timestamptz")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _name_issuers()
    _tell_credentials_apart()
    _keep_a_secret()
    _look_up()


def _name_issuers() -> None:
    op.create_table('openid_issuer',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('audience', sa.Text(), nullable=False),
    sa.Column('claim', sa.Text(), nullable=False),
    sa.Column('added_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('added_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('removed_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_openid_issuer')
    )
    op.create_index('uq_openid_issuer_issuer_tenant', 'openid_issuer', ['issuer', 'tenant'], unique=True, postgresql_where=sa.text('removed_at is null'))
    wall("openid_issuer", app="select, insert")
    op.execute(f"grant update (audience, removed_at) on openid_issuer to {APP}")
    op.create_table('openid_subject',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('issuer_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('identity', sa.Integer(), nullable=False),
    sa.Column('bound_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('bound_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('unbound_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['tenant', 'issuer_id'], ['openid_issuer.tenant', 'openid_issuer.id'], name='fk_openid_subject_tenant_issuer_id'),
    sa.ForeignKeyConstraint(['tenant', 'identity'], ['identity.tenant', 'identity.id'], name='fk_openid_subject_tenant_identity'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_openid_subject')
    )
    op.create_index('uq_openid_subject_issuer_id_subject_tenant', 'openid_subject', ['issuer_id', 'subject', 'tenant'], unique=True, postgresql_where=sa.text('unbound_at is null'))
    wall("openid_subject", app="select, insert")
    op.execute(f"grant update (unbound_at) on openid_subject to {APP}")
    op.create_table('openid_use',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('token_sha256', sa.LargeBinary(), autoincrement=False, nullable=False),
    sa.Column('expires_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'token_sha256', name='pk_openid_use')
    )
    op.create_index('ix_openid_use_tenant_expires_at', 'openid_use', ['tenant', 'expires_at'])
    wall("openid_use", app="select, insert")


def _tell_credentials_apart() -> None:
    op.add_column('credential', sa.Column('kind', sa.Text(), server_default=sa.text("'key'"), nullable=False))
    op.add_column('credential', sa.Column('of_key', sa.Text(), nullable=True))
    op.add_column('credential', sa.Column('openid_subject', sa.Integer(), nullable=True))
    op.create_check_constraint(op.f('ck_credential_kind_is_one'), 'credential', "kind in ('key', 'token', 'session')")
    op.create_check_constraint(op.f('ck_credential_comes_of_one'), 'credential',
        "num_nonnulls(of_key, openid_subject) = (kind <> 'key')::int and (kind <> 'token' or of_key is not null)")
    op.create_check_constraint(op.f('ck_credential_ends_by_itself'), 'credential', "kind = 'key' or expires_at is not null")
    op.create_foreign_key('fk_credential_tenant_of_key', 'credential', 'credential', ['tenant', 'of_key'], ['tenant', 'id'])
    op.create_foreign_key('fk_credential_tenant_openid_subject', 'credential', 'openid_subject', ['tenant', 'openid_subject'], ['tenant', 'id'])
    # without it each row that is swept is looked for in all of the table, as a key of another
    op.create_index('ix_credential_tenant_of_key', 'credential', ['tenant', 'of_key'], postgresql_where=sa.text("of_key is not null"))
    op.create_index('ix_credential_tenant_expires_at', 'credential', ['tenant', 'expires_at'], postgresql_where=sa.text("kind <> 'key'"))


def _keep_a_secret() -> None:
    """Make the secret that cookies are signed with, in the database itself: no process is ever given it as an argument."""
    op.create_table('signing_secret',
    sa.Column('only', sa.Boolean(), server_default=sa.text('true'), autoincrement=False, nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('"only"', name=op.f('ck_signing_secret_is_one')),
    sa.PrimaryKeyConstraint('only', name='pk_signing_secret')
    )
    op.execute("""insert into signing_secret (secret)
                  values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))""")
    op.execute(f"grant select on signing_secret to {APP}")


def _look_up() -> None:
    """Say who comes, before a tenant is stated: of one hash or one subject, and as the owner, so that nobody lists them."""
    for table in ("openid_issuer", "openid_subject"):
        op.execute(f"create policy looked_up on {table} for select to usufruct_owner using (true)")
    op.execute("drop function bearer_of")
    # For an unknown hash it does what it does for a known one, so that its time tells nothing.
    op.execute(f"""
        create function bearer_of(hash bytea)
        {BEARER_NOW}
        declare
            stated text := current_setting('app.tenant', true);
            found_credential credential;
            came_of credential;
        begin
            select * into found_credential from credential c where c.key_sha256 = hash and c.kind in ('key', 'token');
            perform set_config('app.tenant', coalesce(found_credential.tenant, 0)::text, true);
            if found_credential.of_key is not null then  -- a join would cost every key what it costs a token
                select * into came_of from credential c
                where c.tenant = found_credential.tenant and c.id = found_credential.of_key;
            end if;
            return query
                select i.tenant, i.id, i.name, i.kind, i.role, i.party, i.contract, i.administers, found_credential.scope,
                       case found_credential.kind when 'key' then found_credential.id else 'oauth:' || found_credential.of_key end,
                       found_credential.expires_at, found_credential.revoked_at, i.disabled_at,
                       came_of.expires_at, came_of.revoked_at, null::timestamptz, null::timestamptz
                from identity i
                where i.tenant = coalesce(found_credential.tenant, 0) and i.id = coalesce(found_credential.identity, 0);
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$""")
    # A session ends when it is unused for 30 minutes, and after 12 hours in any case; it is written at most once a minute.
    op.execute(f"""
        create function session_of(hash bytea, instant timestamptz)
        {BEARER_NOW}
        declare
            stated text := current_setting('app.tenant', true);
            found_credential credential;
            later timestamptz;
        begin
            select * into found_credential from credential c where c.key_sha256 = hash and c.kind = 'session';
            perform set_config('app.tenant', coalesce(found_credential.tenant, 0)::text, true);
            later := least(instant + interval '30 minutes', found_credential.created_at + interval '12 hours');
            if found_credential.revoked_at is null and found_credential.expires_at > instant
               and later >= found_credential.expires_at + interval '1 minute' then
                update credential c set expires_at = later
                where c.tenant = found_credential.tenant and c.key_sha256 = hash and c.revoked_at is null and c.expires_at < later;
            end if;
            return query
                select i.tenant, i.id, i.name, i.kind, i.role, i.party, i.contract, i.administers, found_credential.scope,
                       'session'::text, found_credential.expires_at, found_credential.revoked_at, i.disabled_at,
                       k.expires_at, k.revoked_at, s.unbound_at, o.removed_at
                from identity i
                left join credential k on k.tenant = i.tenant and k.id = found_credential.of_key
                left join openid_subject s on s.tenant = i.tenant and s.id = found_credential.openid_subject
                left join openid_issuer o on o.tenant = i.tenant and o.id = s.issuer_id
                where i.tenant = coalesce(found_credential.tenant, 0) and i.id = coalesce(found_credential.identity, 0);
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$""")
    op.execute("""
        create function openid_issuers_of(url text)
        returns table (tenant int, id int, audience text, claim text)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as
        'select o.tenant, o.id, o.audience, o.claim from openid_issuer o where o.issuer = url and o.removed_at is null'""")
    op.execute(f"""
        create function openid_bearer_of(of_tenant int, of_issuer int, subject_claimed text)
        {BEARER.format(more=", subject_id int")}
        declare
            stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', of_tenant::text, true);
            return query
                select i.tenant, i.id, i.name, i.kind, i.role, i.party, i.contract, i.administers, null::text[],
                       'openid:' || split_part(split_part(o.issuer, '://', 2), '/', 1),
                       o.removed_at, s.unbound_at, i.disabled_at, s.id
                from openid_subject s
                join openid_issuer o on o.tenant = s.tenant and o.id = s.issuer_id
                join identity i on i.tenant = s.tenant and i.id = s.identity
                where s.tenant = of_tenant and s.issuer_id = of_issuer and s.subject = subject_claimed
                  and s.unbound_at is null and o.removed_at is null;
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$""")
    # Of the tenant that is stated, which the policies see to.
    op.execute("""
        create function sweep_ended(instant timestamptz) returns void
        language sql security definer set search_path = pg_catalog, public, pg_temp as $$
            delete from credential where (tenant, key_sha256) in (
                select tenant, key_sha256 from credential
                where tenant = nullif(current_setting('app.tenant', true), '')::int and kind <> 'key' and expires_at <= instant
                order by expires_at limit 1000 for update skip locked);
            delete from openid_use where (tenant, token_sha256) in (
                select tenant, token_sha256 from openid_use
                where tenant = nullif(current_setting('app.tenant', true), '')::int and expires_at <= instant
                order by expires_at limit 1000 for update skip locked);
        $$""")
    for function in ("bearer_of", "session_of", "openid_issuers_of", "openid_bearer_of", "sweep_ended"):
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for function in ("session_of", "openid_issuers_of", "openid_bearer_of", "sweep_ended", "bearer_of"):
        op.execute(f"drop function {function}")
    op.execute("alter table credential no force row level security")
    op.execute("delete from credential where kind <> 'key'")
    op.execute("alter table credential force row level security")
    op.drop_index('ix_credential_tenant_expires_at', table_name='credential')
    op.drop_index('ix_credential_tenant_of_key', table_name='credential')
    for name in ("fk_credential_tenant_of_key", "fk_credential_tenant_openid_subject"):
        op.drop_constraint(name, 'credential', type_='foreignkey')
    for name in ("ck_credential_kind_is_one", "ck_credential_comes_of_one", "ck_credential_ends_by_itself"):
        op.drop_constraint(op.f(name), 'credential', type_='check')
    for column in ("kind", "of_key", "openid_subject"):
        op.drop_column('credential', column)
    for table in ("signing_secret", "openid_use", "openid_subject", "openid_issuer"):
        op.drop_table(table)
    op.execute(f"""
        create function bearer_of(hash bytea)
        {BEARER.format(more="")}
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
