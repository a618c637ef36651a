"""what documents say of parties: profiles, prepared by one and released by another, and logos.

Revision: 0039
After: 0038
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.erasing import NAMED_AT_FIRST, erase_names
from migrations.row_level_security import APP, GUEST, READER, Guarded, guard

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
OF_PROFILES = Guarded(
    read="owner contract_manager finance auditor customer", insert="owner contract_manager finance",
    update="owner contract_manager finance", party="party_id",
)
OF_LOGOS = Guarded(read="owner contract_manager finance auditor", insert="owner contract_manager finance")
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
)
#: Where a name of whoever acted stands beside the number, with this table's.
NAMED = (
    *NAMED_BEFORE,
    ("party_profile", "prepared_by", "prepared_identity"),
    ("party_profile", "released_by", "released_identity"),
    ("party_profile", "withdrawn_by", "withdrawn_identity"),
)
#: What the application may be in the database, by the role of who acts.
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
E_INVOICED = "(terms #>> '{invoicing,form}') <> 'pdf'"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('party_profile',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('in_force_from', sa.Date(), nullable=False),
    sa.Column('profile', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('prepared_by', sa.Text(), nullable=False),
    sa.Column('prepared_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('prepared_at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('withdrawn_by', sa.Text(), nullable=True),
    sa.Column('withdrawn_identity', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', INSTANT, nullable=True),
    sa.CheckConstraint('(released_by is null) = (released_at is null)', name=op.f('ck_party_profile_released_whole')),
    sa.CheckConstraint('(withdrawn_by is null) = (withdrawn_at is null)', name=op.f('ck_party_profile_withdrawn_whole')),
    sa.CheckConstraint('released_at is null or withdrawn_at is null', name=op.f('ck_party_profile_ends_once')),
    sa.ForeignKeyConstraint(['tenant', 'party_id'], ['party.tenant', 'party.id'], name='fk_party_profile_tenant_party_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_party_profile')
    )
    op.create_index('ix_party_profile_tenant_party_id_in_force_from_id', 'party_profile',
                    ['tenant', 'party_id', 'in_force_from', 'id'], unique=False)
    op.create_table('party_logo',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('sha256', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('stored_at', INSTANT, nullable=False),
    sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f('ck_party_logo_sha256_is_one')),
    sa.PrimaryKeyConstraint('tenant', 'sha256', name='pk_party_logo')
    )
    op.create_index('ix_contract_version_e_invoiced', 'contract_version', ['tenant', 'contract_id'],
                    postgresql_where=sa.text(E_INVOICED))
    guard("party_profile", OF_PROFILES)
    guard("party_logo", OF_LOGOS)
    op.execute(f"""
        grant select, insert, update (released_by, released_at, withdrawn_by, withdrawn_at) on party_profile to {APP}""")
    op.execute(f"grant select, insert on party_logo to {APP}")
    _say_by_two()
    _give_logos_by_name()
    erase_names(NAMED)


def _say_by_two() -> None:
    """Bank details are part of a profile: what one prepares, another releases, and then nothing of it changes."""
    op.execute(f"""
        create function by_two_on_party_profile() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.released_by is not null or new.withdrawn_by is not null then
                    raise exception 'a profile is prepared before it is released' {REFUSED} 'prepared_first';
                end if;
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
                return new;
            end if;
            if old.released_by is not null or old.withdrawn_by is not null then
                raise exception 'profile % is done and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            if new.withdrawn_by is not null then
                new.withdrawn_identity := who.id;
                new.withdrawn_by := coalesce(who.name, new.withdrawn_by);
                return new;
            end if;
            if new.released_by is null then
                return new;
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.prepared_identity is null then
                raise exception 'nobody is stated who prepared or released profile %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.prepared_identity = who.id then
                raise exception 'profile % was prepared by %', new.id, new.prepared_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on party_profile
        for each row execute function by_two_on_party_profile()""")


def _give_logos_by_name() -> None:
    """Give a logo to whoever knows its hash, as a customer does by a document: of the tenant that is stated alone."""
    op.execute("""
        create function party_logo_named(named text) returns table (media_type text, content bytea)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
            select l.media_type, l.content from party_logo l
            where l.tenant = nullif(current_setting('app.tenant', true), '')::int and l.sha256 = named
        $$""")
    op.execute("revoke execute on function party_logo_named from public")
    op.execute(f"grant execute on function party_logo_named to {APP}, {READER}, {GUEST}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    op.execute("drop function party_logo_named")
    op.drop_index('ix_contract_version_e_invoiced', table_name='contract_version')
    op.drop_table('party_logo')
    op.drop_table('party_profile')
    op.execute("drop function by_two_on_party_profile")
