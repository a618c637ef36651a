"""tax law of a tenant: its own rows for a country, recorded by one and released by another.

Revision: 0031
After: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, GUEST, READER, Guarded, guard

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
RIGHTS = Guarded(read="owner contract_manager finance auditor", insert="owner finance", update="owner finance")
#: Where a name of whoever acted stands beside the number, with this table's.
NAMED = (
    *NAMED_AT_FIRST,
    ("tax_law", "recorded_by", "recorded_identity"),
    ("tax_law", "released_by", "released_identity"),
)
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('tax_law',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('law', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('recorded_at', INSTANT, nullable=False),
    sa.Column('recorded_by', sa.Text(), nullable=False),
    sa.Column('recorded_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f('ck_tax_law_country_is_a_code')),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name=op.f('ck_tax_law_released_whole')),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_tax_law')
    )
    op.create_index('ix_tax_law_tenant_country_id', 'tax_law', ['tenant', 'country', 'id'], unique=False)
    guard("tax_law", RIGHTS)
    op.execute(f"grant select, insert, update (released_at, released_by) on tax_law to {APP}")
    _see_with_two_pairs_of_eyes()
    _touch_what_was_taxed()
    _let_whoever_rates_ask()
    erase_names(NAMED)


def _see_with_two_pairs_of_eyes() -> None:
    op.execute(f"""
        create function two_pairs_of_eyes_on_tax_law() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            who identity := who_acts(new.tenant);
            alone boolean := (select four_eyes_off is not null from tenant where id = new.tenant);
        begin
            if tg_op = 'UPDATE' and old.released_by is not null then
                raise exception 'tax_law % is released and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if tg_op = 'INSERT' then
                new.recorded_identity := who.id;
                new.recorded_by := coalesce(who.name, new.recorded_by);
            end if;
            if new.released_by is null then
                return new;
            end if;
            if not alone and (who.id is null or new.recorded_identity is null) then
                raise exception 'nobody is stated who recorded or released tax_law %', new.id {REFUSED} 'somebody_acts';
            end if;
            if not alone and new.recorded_identity = who.id then
                raise exception 'tax_law % was recorded by %', new.id, new.recorded_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            if not alone and who.kind <> 'person' then
                raise exception '% is no person', who.name {REFUSED} 'a_person_releases';
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            return new;
        end $$""")
    op.execute("""
        create trigger two_pairs_of_eyes before insert or update on tax_law
        for each row execute function two_pairs_of_eyes_on_tax_law()""")


def _touch_what_was_taxed() -> None:
    """Let a release call for a second look at whatever was taxed: as the owner, of the row's own tenant."""
    op.execute("""
        create function touch_of_tax_law() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            party_stated text := current_setting('app.party', true);
        begin
            if new.released_by is not null then
                perform set_config('app.tenant', cast(new.tenant as text), true);
                perform set_config('app.party', '', true);
                insert into fact_touch (tenant, source, subject, about) values (new.tenant, 'tax', 0, '');
                perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
                perform set_config('app.party', coalesce(party_stated, ''), true);
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger a_fact_is_touched after insert or update on tax_law
        for each row execute function touch_of_tax_law()""")


def _let_whoever_rates_ask() -> None:
    """Say what is in force to whoever rates, as a customer does who disputes: of the tenant that is stated alone."""
    op.execute("""
        create function tax_law_in_force() returns table (country text, law jsonb)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
            select distinct on (t.country) t.country, t.law from tax_law t
            where t.tenant = nullif(current_setting('app.tenant', true), '')::int and t.released_by is not null
            order by t.country, t.id desc
        $$""")
    op.execute("revoke execute on function tax_law_in_force from public")
    op.execute(f"grant execute on function tax_law_in_force to {APP}, {READER}, {GUEST}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_AT_FIRST)
    op.drop_table('tax_law')
    for function in ("two_pairs_of_eyes_on_tax_law", "touch_of_tax_law", "tax_law_in_force"):
        op.execute(f"drop function {function}")
