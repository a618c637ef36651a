"""walls by role: one policy for each command holds tenant, role, party and contract; numbers of a tenant's own.

Revision: 0022
After: 0021

A transaction that states no role sees nothing and writes nothing. Auditors work as a role of the database that is
granted no write, guests (customers, verifiers, lenders, third parties) as one with policies of its own, so that the
conditions of few rows are no burden to who sees all.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import APP, GUEST, READER, TENANT, UNSTATED, Guarded, guard, open_again

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")

#: api/access/table_rights.py as it was, with the columns that say whose a row is.
RIGHTS = {
    "identity": Guarded(read="owner contract_manager finance customer auditor", insert="owner customer", update="owner customer", party="party", own="id", columns="disabled_at"),
    "credential": Guarded(read="owner contract_manager finance customer auditor", insert="owner customer", update="owner customer", party="party", columns="revoked_at, expires_at"),
    "openid_issuer": Guarded(read="owner contract_manager finance auditor", insert="owner", update="owner"),
    "openid_subject": Guarded(read="owner contract_manager finance auditor", insert="owner", update="owner"),
    "openid_use": Guarded(read="system", insert="system"),
    "machine_grant": Guarded(read="owner customer auditor", insert="customer", update="customer", party="party", own="identity", columns="revoked_at, revoked_identity"),
    "four_eyes_change": Guarded(read="owner auditor"),
    "site": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager", update="owner contract_manager", machine="id in app.sites"),
    "asset": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager", update="owner contract_manager", machine="id in app.assets"),
    "meter": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager", update="owner contract_manager", machine="id in app.meters"),
    "register": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager", update="owner contract_manager", machine="id in app.registers"),
    "register_alias": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager", delete="owner contract_manager", machine="register_id in app.registers"),
    "series": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager finance meter", update="owner contract_manager", lock="finance meter", machine="id in app.series"),
    "fleet_changes": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager", update="owner contract_manager"),
    "reading": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager finance meter", machine="series in app.series", by_copy=True),
    "batch_touch": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager finance meter", machine="series in app.series"),
    "register_event": Guarded(read="owner contract_manager finance meter customer auditor third_party", insert="owner contract_manager finance meter", machine="series in app.series"),
    "batch": Guarded(read="owner contract_manager finance meter customer auditor", insert="owner contract_manager finance meter", machine="is_of_seen_machine(id)"),
    "verdict": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager finance meter"),
    "finding": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager finance meter", update="owner contract_manager finance meter"),
    "edit": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager", update="owner contract_manager finance"),
    "reading_profile": Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager"),
    "party": Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager", update="owner contract_manager", lock="finance", party="id", contract="id in app.parties"),
    "contract": Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager", update="owner contract_manager", lock="finance", party="customer_id", contract="id"),
    "contract_version": Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager", update="owner contract_manager finance", party="customer_id", contract="contract_id"),
    "index_series": Guarded(read="owner contract_manager finance customer auditor", insert="owner contract_manager", update="owner contract_manager", machine="id in app.indices"),
    "index_value": Guarded(read="owner contract_manager finance customer auditor", insert="owner contract_manager", update="owner contract_manager finance", machine="series_id in app.indices"),
    "invoice": Guarded(read="owner contract_manager finance customer auditor", insert="owner finance", update="owner finance", party="customer_id"),
    "invoice_line": Guarded(read="owner contract_manager finance customer auditor", insert="owner finance", party="customer_id", by_copy=True),
    "dispute": Guarded(read="owner contract_manager finance customer auditor", insert="owner contract_manager finance customer", update="owner finance", party="customer_id"),
    "statement": Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager finance", party="customer_id", contract="contract_id"),
    "statement_step": Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager finance customer verifier", party="customer_id", contract="statement_id in app.statements"),
    "signature": Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="verifier lender", party="customer_id", contract="contract_id"),
    "rating": Guarded(read="owner contract_manager finance customer auditor", insert="owner finance", update="owner finance", party="customer_id"),
    "rating_source": Guarded(read="owner contract_manager finance auditor", insert="owner finance", by_copy=True),
    "stale": Guarded(read="owner contract_manager finance auditor", insert="owner finance"),
    "fact_touch": Guarded(read="owner contract_manager finance auditor", update="owner finance"),
    "sweep": Guarded(read="owner contract_manager finance auditor", insert="owner finance", update="owner finance"),
    "draft": Guarded(read="owner contract_manager finance", insert="owner finance", update="owner finance"),
    "due": Guarded(read="owner contract_manager finance auditor", insert="owner finance", update="owner finance", delete="owner finance", unstated=True),
    "counter": Guarded(read="owner contract_manager finance auditor", insert="owner finance", update="owner finance"),
    "issuer_series": Guarded(read="owner contract_manager finance auditor", insert="owner finance"),
}

#: Before this, whose party a row was of; the other policies of that time stand in ``downgrade``.
PARTY_BEFORE = {
    "contract": "customer_id", "contract_version": "customer_id", "dispute": "customer_id", "identity": "party",
    "invoice": "customer_id", "invoice_line": "customer_id", "party": "id", "rating": "customer_id", "signature": "customer_id",
    "statement": "customer_id", "statement_step": "customer_id",
}
NEW = {"machine_grant"}
#: Whose a key or a subject is has to be seen before a tenant is stated.
LOOKED_UP = ("credential", "openid_issuer", "openid_subject")
#: Whose rows people and documents name by their numbers.
NUMBERED = ("dispute", "edit", "finding", "identity", "index_value", "machine_grant", "signature", "statement")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.execute(f"grant select on tenant, alembic_version to {READER}, {GUEST}")
    _refuse_load()
    _grant_machines()
    _name_parties_of_credentials()
    op.execute("""
        create function is_of_seen_machine(number bigint) returns boolean language sql stable security definer
        set search_path = pg_catalog, public, pg_temp as $$
            select exists (select from batch_touch where tenant = nullif(current_setting('app.tenant', true), '')::int
                           and batch = number and series = any(nullif(current_setting('app.series', true), '')::int[]))
        $$""")
    for table in RIGHTS.keys() - NEW:
        for policy in ("tenant", "party", "of_no_party", "looked_through", "looked_up"):
            op.execute(f"drop policy if exists {policy} on {table}")
    for table, rights in RIGHTS.items():
        guard(table, rights)
    # whose a key is has to be seen before a tenant is stated: by the function that asks for one hash
    for table in LOOKED_UP:
        op.execute(f"drop policy owner on {table}")
        op.execute(f"create policy owner on {table} to usufruct_owner using (true)")
    _see_machines()
    _number_by_tenant()
    for function in ("bearer_of(bytea)", "watermark()", "state_guest()", "see_own_machines()", "is_of_seen_machine(bigint)"):
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP}, {READER}, {GUEST}")


def _refuse_load() -> None:
    """No policy binds the loader: of what it copies, once a statement, ask who acts."""
    op.execute("""
        create function refuse_load_of_others() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if current_user = 'usufruct_load'
               and not coalesce(current_setting('app.role', true) = any(tg_argv::text[]), false) then
                raise exception 'rows of % are not written in the role that is stated', tg_table_name
                    using errcode = 'insufficient_privilege';
            end if;
            return null;
        end $$""")


def _grant_machines() -> None:
    op.create_table('machine_grant',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('identity', sa.Integer(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=False),
    sa.Column('party', sa.Integer(), nullable=False),
    sa.Column('granted_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('granted_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('revoked_at', sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column('revoked_identity', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['tenant', 'identity'], ['identity.tenant', 'identity.id'], name='fk_machine_grant_tenant_identity'),
    sa.ForeignKeyConstraint(['tenant', 'asset_id'], ['asset.tenant', 'asset.id'], name='fk_machine_grant_tenant_asset_id'),
    sa.ForeignKeyConstraint(['tenant', 'party'], ['party.tenant', 'party.id'], name='fk_machine_grant_tenant_party'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_machine_grant')
    )
    op.create_index('uq_machine_grant_in_force', 'machine_grant', ['identity', 'asset_id', 'tenant'], unique=True, postgresql_where=sa.text('revoked_at is null'))
    op.execute(f"grant select, insert, update (revoked_at, revoked_identity) on machine_grant to {APP}")
    # of whatever a party's released terms name: the texts in them, and the names of their fields
    op.execute("""
        create function named_in_terms_of(of_party int) returns setof text language sql stable security definer
        set search_path = pg_catalog, public, pg_temp as $$
            select distinct named #>> '{}'
            from contract_version v, lateral (
                select jsonb_path_query(v.terms, 'strict $.** ? (@.type() == "string")')
                union all
                select jsonb_path_query(v.terms, 'strict $.** ? (@.type() == "object").keyvalue().key')) as t (named)
            where v.tenant = nullif(current_setting('app.tenant', true), '')::int
              and v.customer_id = of_party and v.released_by is not null
        $$""")
    op.execute("revoke execute on function named_in_terms_of from public")
    op.execute("""
        create function refuse_grant_of_others() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            named text[];
        begin
            if tg_op = 'UPDATE' then
                if old.revoked_at is not null or new.revoked_at is null then
                    raise exception 'grant % is revoked once, and otherwise stays', old.id
                        using errcode = 'integrity_constraint_violation', constraint = 'revoked_once';
                end if;
                new.revoked_identity := nullif(current_setting('app.identity', true), '')::int;
                return new;
            end if;
            new.granted_identity := nullif(current_setting('app.identity', true), '')::int;
            if new.revoked_at is not null or not exists (
                select from identity i where i.tenant = new.tenant and i.id = new.identity
                  and i.role = 'third_party' and i.party = new.party) then
                raise exception 'a machine is granted to a third party of who grants it'
                    using errcode = 'integrity_constraint_violation', constraint = 'granted_to_a_third_party';
            end if;
            named := array(select named_in_terms_of(new.party));
            if not exists (
                select from asset a where a.tenant = new.tenant and a.id = new.asset_id
                  and (a.name = any(named) or exists (
                      select from meter m join register r on r.tenant = m.tenant and r.meter_id = m.id
                      where m.tenant = a.tenant and m.asset_id = a.id and r.key = any(named)))) then
                raise exception 'asset % is of no contract of party %', new.asset_id, new.party
                    using errcode = 'integrity_constraint_violation', constraint = 'grants_its_own_machine';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger granted_by_whose_it_is before insert or update on machine_grant
        for each row execute function refuse_grant_of_others()""")


def _name_parties_of_credentials() -> None:
    """Say of each key of whose party it is: a customer's administrator sees those of its own people."""
    op.add_column('credential', sa.Column('party', sa.Integer(), nullable=True))
    op.execute("alter table identity no force row level security")
    op.execute("alter table credential no force row level security")
    op.execute("""
        update credential c set party = i.party from identity i
        where i.tenant = c.tenant and i.id = c.identity and i.party is not null""")
    op.execute("alter table identity force row level security")
    op.execute("alter table credential force row level security")
    op.execute("""
        create function name_party_of_credential() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            new.party := (select i.party from identity i where i.tenant = new.tenant and i.id = new.identity);
            return new;
        end $$""")
    op.execute("""
        create trigger of_its_identitys_party before insert or update of identity, party on credential
        for each row execute function name_party_of_credential()""")


def _see_machines() -> None:
    """State what a guest sees that no column says: the rows of the machines, and of its one contract."""
    op.execute("""
        create function see_machines(of_assets int[], of_registers int[]) returns void language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated int := nullif(current_setting('app.tenant', true), '')::int;
            of_meters int[];
        begin
            of_meters := array(select r.meter_id from register r where r.tenant = stated and r.id = any(of_registers));
            of_assets := of_assets || array(select m.asset_id from meter m where m.tenant = stated and m.id = any(of_meters));
            perform set_config('app.registers', of_registers::text, true), set_config('app.meters', of_meters::text, true),
                    set_config('app.assets', of_assets::text, true);
            perform set_config('app.sites', array(
                        select distinct a.site_id from asset a where a.tenant = stated and a.id = any(of_assets))::text, true),
                    set_config('app.series', array(
                        select s.id from series s where s.tenant = stated and s.register_id = any(of_registers))::text, true);
        end $$""")
    op.execute("revoke execute on function see_machines from public")
    op.execute("""
        create function see_own_machines() returns void language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        -- Lets a customer see the machines and indices that its released contracts name, for the rest of the transaction.
        declare
            stated int := nullif(current_setting('app.tenant', true), '')::int;
            named text[];
        begin
            if current_setting('app.role', true) = 'customer' then
                named := array(select named_in_terms_of(nullif(current_setting('app.party', true), '')::int));
                perform see_machines(
                    array(select a.id from asset a where a.tenant = stated and a.name = any(named)),
                    array(select r.id from register r where r.tenant = stated and r.key = any(named)));
                perform set_config('app.indices', array(
                    with recursive chain as (  -- and those that they are linked with
                        select s.id, s.links from index_series s where s.tenant = stated and s.name = any(named)
                        union
                        select linked.id, linked.links from chain c
                        cross join lateral jsonb_path_query(c.links, 'strict $.** ? (@.type() == "string")') as link (name)
                        join index_series linked on linked.tenant = stated and linked.name = link.name #>> '{}')
                    select id from chain)::text, true);
            end if;
        end $$""")
    op.execute("""
        create function state_guest() returns void language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        -- A third party: the machines that are granted to it now. A verifier or a lender: what is of its contract.
        declare
            stated int := nullif(current_setting('app.tenant', true), '')::int;
            seen int := nullif(current_setting('app.contract', true), '')::int;
            granted int[];
        begin
            case current_setting('app.role', true)
            when 'third_party' then
                granted := array(
                    select g.asset_id from machine_grant g where g.tenant = stated and g.revoked_at is null
                      and g.identity = nullif(current_setting('app.identity', true), '')::int);
                perform see_machines(granted, array(
                    select r.id from meter m join register r on r.tenant = m.tenant and r.meter_id = m.id
                    where m.tenant = stated and m.asset_id = any(granted)));
            when 'verifier', 'lender' then
                perform set_config('app.parties', array(
                            select unnest(array[c.supplier_id, c.customer_id]) from contract c
                            where c.tenant = stated and c.id = seen)::text, true),
                        set_config('app.statements', array(
                            select s.id from statement s where s.tenant = stated and s.contract_id = seen)::text, true);
            else
            end case;
        end $$""")


def _number_by_tenant() -> None:
    """Number what leaves the house by tenant: from two receipts nobody learns how much others deliver."""
    op.execute("""
        create function make_number(tenant int, numbered text, highest bigint) returns void language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            name text := format('%s_number_%s', numbered, tenant);
        begin
            execute format('create sequence public.%I as bigint cache 1', name);  -- a cached number would come late and be low
            if highest > 0 then
                perform setval(name::regclass, highest);
            end if;
        end $$""")
    op.execute("revoke execute on function make_number from public")
    op.execute(f"""
        create function make_numbers_of_tenant() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            numbered text;
        begin
            foreach numbered in array '{{batch, {", ".join(NUMBERED)}}}'::text[] loop
                perform make_number(new.id, numbered, 0);
            end loop;
            return null;
        end $$""")
    op.execute("""
        create trigger numbers_of_its_own after insert on tenant
        for each row execute function make_numbers_of_tenant()""")
    # Watermarks that are kept may be as high as the one sequence was: the numbers go on above it, and above what a
    # delivery of each connection has drawn from it meanwhile that waits for this migration's locks.
    op.execute("""
        select make_number(t.id, 'batch',
                           case when s.is_called then s.last_value + current_setting('max_connections')::int else 0 end)
        from tenant t, batch_number s""")
    op.execute("""
        create or replace function open_batch() returns bigint language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        -- Draws the number of a batch. Before that it marks, until the transaction ends, that a number above the
        -- sequence's present value may be in flight. The mark is a shared advisory lock, on which nobody ever waits:
        -- two bits that say "batch mark", 21 bits of tenant, 40 bits of number. The sequence is the tenant's own.
        declare
            stated bigint not null := nullif(current_setting('app.tenant', true), '')::int;
            numbers regclass not null := format('batch_number_%s', stated)::regclass;
        begin
            perform pg_advisory_xact_lock_shared(
                (1::bigint << 61) | (stated << 40) | coalesce(pg_sequence_last_value(numbers), 0));
            return nextval(numbers);
        end $$""")
    op.execute("""
        create or replace function watermark() returns bigint language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        -- The highest number below which nothing of this tenant is in flight any more. First the sequence, then the
        -- marks: a mark that is not there yet belongs to a number that is not drawn yet, and a mark that is gone
        -- belongs to a transaction whose rows every later statement sees, or that was rolled back.
        declare
            stated bigint not null := nullif(current_setting('app.tenant', true), '')::int;
            present bigint;
            lowest bigint;
        begin
            present := coalesce(pg_sequence_last_value(format('batch_number_%s', stated)::regclass), 0);
            select min(mark & ((1::bigint << 40) - 1)) into lowest
            from (select (classid::bigint << 32) | objid::bigint as mark from pg_locks
                  where locktype = 'advisory' and objsubid = 1
                  and database = (select oid from pg_database where datname = current_database())) as marks
            where mark >> 40 = (1::bigint << 21) | stated;
            return least(present, lowest);
        end $$""")
    op.execute("drop sequence batch_number")
    op.execute("""
        create function number_by_tenant() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            new.id := nextval(format('%s_number_%s', tg_table_name, new.tenant)::regclass);
            return new;
        end $$""")
    for table in NUMBERED:
        op.execute(f"""
            do $$
            declare
                one int;
            begin
                for one in select id from tenant loop
                    perform set_config('app.tenant', one::text, true);
                    perform make_number(one, '{table}', coalesce((select max(id) from {table}), 0));
                end loop;
                perform set_config('app.tenant', '', true);
            end $$""")
        op.execute(f"""
            create trigger a_number_of_its_tenants before insert on {table}
            for each row execute function number_by_tenant()""")  # the first of its triggers: others name the row


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table, rights in RIGHTS.items():
        open_again(table, rights)
    op.execute("drop function refuse_load_of_others")
    _number_all_tenants()
    op.drop_table('machine_grant')
    op.execute("drop function refuse_grant_of_others, see_own_machines, state_guest, see_machines, named_in_terms_of, is_of_seen_machine")
    op.execute("drop trigger of_its_identitys_party on credential")
    op.execute("drop function name_party_of_credential")
    op.drop_column('credential', 'party')
    _wall_as_before()
    op.execute(f"revoke all on tenant, alembic_version from {READER}, {GUEST}")
    op.execute(f"revoke execute on function bearer_of(bytea), watermark() from {READER}, {GUEST}")
    op.execute("grant execute on function watermark() to public")


def _number_all_tenants() -> None:
    op.execute("create sequence batch_number as bigint cache 1")
    op.execute("grant usage, select on batch_number to usufruct_app")
    op.execute("""
        do $$
        declare
            numbers regclass;
            highest bigint := 0;
        begin
            for numbers in select format('batch_number_%s', id)::regclass from tenant loop
                highest := greatest(highest, pg_sequence_last_value(numbers));
            end loop;
            for numbers in select c.oid from pg_class c, tenant t, unnest(NUMBERED) numbered
                           where c.relnamespace = 'public'::regnamespace and c.relname = format('%s_number_%s', numbered, t.id) loop
                execute format('drop sequence %s', numbers);
            end loop;
            if highest > 0 then
                perform setval('batch_number', highest);
            end if;
        end $$""".replace("NUMBERED", f"'{{batch, {', '.join(NUMBERED)}}}'::text[]"))
    for table in NUMBERED:  # the numbers of all tenants went on beside: none of a tenant is above them
        op.execute(f"drop trigger if exists a_number_of_its_tenants on {table}")
    op.execute("drop function number_by_tenant")
    op.execute("drop trigger numbers_of_its_own on tenant")
    op.execute("drop function make_numbers_of_tenant, make_number")
    op.execute("""
        create or replace function open_batch() returns bigint language plpgsql security invoker
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated bigint not null := nullif(current_setting('app.tenant', true), '')::int;
            present bigint;
        begin
            select case when is_called then last_value else 0 end into present from batch_number;
            perform pg_advisory_xact_lock_shared((1::bigint << 61) | (stated << 40) | present);
            return nextval('batch_number');
        end $$""")
    op.execute("""
        create or replace function watermark() returns bigint language plpgsql security invoker
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated bigint not null := nullif(current_setting('app.tenant', true), '')::int;
            present bigint;
            lowest bigint;
        begin
            select case when is_called then last_value else 0 end into present from batch_number;
            select min(mark & ((1::bigint << 40) - 1)) into lowest
            from (select (classid::bigint << 32) | objid::bigint as mark from pg_locks
                  where locktype = 'advisory' and objsubid = 1
                  and database = (select oid from pg_database where datname = current_database())) as marks
            where mark >> 40 = (1::bigint << 21) | stated;
            return least(present, lowest);
        end $$""")


def _wall_as_before() -> None:
    party = "nullif(current_setting('app.party', true), '')"
    for table in RIGHTS.keys() - NEW - {"due"}:
        op.execute(f"create policy tenant on {table} using ({TENANT})")
    for table, column in PARTY_BEFORE.items():
        op.execute(f"create policy party on {table} as restrictive using ({party} is null or {column} = {party}::int)")
    op.execute(f"create policy of_no_party on draft as restrictive using ({party} is null)")
    for table in LOOKED_UP:
        op.execute(f"create policy looked_up on {table} for select to usufruct_owner using (true)")
    op.execute(f"create policy tenant on due using ({TENANT} and {party} is null)")
    op.execute(f"create policy looked_through on due for select using ({UNSTATED} and {party} is null)")
