"""who ends a way in: where two owners are told apart by their keys, an account of the machine ends nothing either.

Revision: 0028
After: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
#: By table, what ends somebody or a way in.
ENDS = {
    "identity": "new.disabled_at is not null and new.disabled_at is distinct from old.disabled_at",
    "credential": "new.kind = 'key' and (new.revoked_at is not null and new.revoked_at is distinct from old.revoked_at"
                  " or new.expires_at is distinct from old.expires_at)",
    "openid_issuer": "new.removed_at is distinct from old.removed_at or new.audience <> old.audience",
    "openid_subject": "new.unbound_at is distinct from old.unbound_at",
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _end_in_person()
    _say_why_a_key_ended()
    _recover_owners()
    _see_afterwards()


def _end_in_person() -> None:
    op.execute(f"""
        create function ended_in_person() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user in {APPLICATION} and who.kind = 'account' and two_must_act(new.tenant)
               and owners_of(new.tenant) > 1 then
                raise exception 'the account % tells nobody from another', who.name {REFUSED} 'a_person_ends';
            end if;
            return new;
        end $$""")
    for table, ends in ENDS.items():
        op.execute(f"""
            create trigger ended_in_person before update on {table}
            for each row when ({ends}) execute function ended_in_person()""")


def _say_why_a_key_ended() -> None:
    """Say it to whoever shows the whole key; for an unknown hash the same is done, so that its time tells nothing."""
    op.execute("""
        create function why_key_ended(hash bytea, instant timestamptz)
        returns table (why text, since timestamptz, name text)
        language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated text := current_setting('app.tenant', true);
            shown credential;
        begin
            select * into shown from credential c where c.key_sha256 = hash and c.kind = 'key';
            perform set_config('app.tenant', coalesce(shown.tenant, 0)::text, true);
            return query
                select case
                           when shown.released_at is null and shown.revoked_at = shown.created_at then 'waits'
                           when shown.revoked_at <= instant then 'revoked'
                           when shown.expires_at <= instant then 'expired'
                           when i.released_at is null and i.disabled_at = i.created_at then 'waits'
                           when i.disabled_at <= instant then 'disabled'
                       end,
                       case
                           when shown.revoked_at <= instant then shown.revoked_at
                           when shown.expires_at <= instant then shown.expires_at
                           else i.disabled_at
                       end,
                       i.name
                from identity i
                where i.tenant = coalesce(shown.tenant, 0) and i.id = coalesce(shown.identity, 0);
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$""")
    op.execute("revoke execute on function why_key_ended(bytea, timestamptz) from public")
    op.execute("grant execute on function why_key_ended(bytea, timestamptz) to usufruct_app")


def _recover_owners() -> None:
    """A key that an administrator makes for an owner has its reason beside it; the application makes none such."""
    op.add_column('credential', sa.Column('recovery_reason', sa.Text(), nullable=True))
    op.execute(f"""
        create function recovered_by_the_administrator() {TRIGGER} as $$
        begin
            if current_user in {APPLICATION} then
                raise exception 'an administrator recovers keys' {REFUSED} 'administrators_recover';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger recovered_by_the_administrator before insert on credential
        for each row when (new.recovery_reason is not null) execute function recovered_by_the_administrator()""")


def _see_afterwards() -> None:
    """Let another owner look at what one person alone has made, and what works already."""
    op.execute(f"""
        create function see_afterwards(looked_identity int, looked_key text) returns void language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated int not null := nullif(current_setting('app.tenant', true), '')::int;
            who identity := who_acts(stated);
            maker int;
            is_own boolean := looked_key is null and who.id = looked_identity;
        begin
            if looked_key is null then
                select created_identity into maker from identity where tenant = stated and id = looked_identity;
            else
                select created_identity, recovery_reason is not null and identity = who.id into maker, is_own
                from credential where tenant = stated and id = looked_key and identity = looked_identity;
            end if;
            perform releases_people(who, maker);
            if is_own then
                raise exception '% lets in nobody but another', who.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            if looked_key is null then
                update identity set released_identity = who.id
                where tenant = stated and id = looked_identity and released_at is not null and released_identity is null;
            end if;
            -- the key that was made with somebody is looked at with them
            update credential c set released_identity = who.id from identity i
            where c.tenant = stated and c.kind = 'key' and c.identity = looked_identity and i.tenant = stated and i.id = looked_identity
              and c.released_at is not null and c.released_identity is null
              and (c.id = looked_key or looked_key is null and c.created_at = i.created_at);
        end $$""")
    op.execute("revoke execute on function see_afterwards(int, text) from public")
    op.execute("grant execute on function see_afterwards(int, text) to usufruct_app")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop function see_afterwards(int, text)")
    op.execute("drop trigger recovered_by_the_administrator on credential")
    op.execute("drop function recovered_by_the_administrator")
    op.drop_column('credential', 'recovery_reason')
    op.execute("drop function why_key_ended(bytea, timestamptz)")
    for table in ENDS:
        op.execute(f"drop trigger ended_in_person on {table}")
    op.execute("drop function ended_in_person")
