"""switches and limits of four eyes that wait are taken back by whoever asked for them.

Revision: 0027
After: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

TABLES = ("four_eyes_change", "four_eyes_limit")
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
TAKES_BACK = f"""
                if old.taken_back_at is not null then
                    raise exception 'what is taken back never changes' {REFUSED} 'released_never_changes';
                end if;
                if new.taken_back_at is not null then
                    if who.id is distinct from old.by_identity or new.released_at is not null then
                        raise exception '% has asked for it', old."by" {REFUSED} 'taken_back_by_its_own';
                    end if;
                    return new;
                end if;"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for table in TABLES:
        op.add_column(table, sa.Column('taken_back_at', sa.TIMESTAMP(timezone=True), nullable=True))
        op.execute(f"grant update (taken_back_at) on {table} to usufruct_app")
        _two_act_on(table, TAKES_BACK)


def _two_act_on(table: str, takes_back: str) -> None:
    op.execute(f"""
            create or replace function by_two_on_{table}() {TRIGGER} as $$
            declare
                who identity := who_acts(new.tenant);
            begin
                if current_user not in {APPLICATION} then
                    if tg_op = 'INSERT' then
                        new.released_by := coalesce(new.released_by, new."by");
                        new.released_at := coalesce(new.released_at, new.at);
                    end if;
                    return new;
                end if;
                if tg_op = 'INSERT' then
                    new.by_identity := who.id;
                    new."by" := coalesce(who.name, new."by");
                    if two_must_act(new.tenant) and owners_of(new.tenant) > 0 and who.id is null then
                        raise exception 'nobody is stated who asks for it' {REFUSED} 'somebody_acts';
                    end if;
                    if owners_of(new.tenant) > 1 and who.kind <> 'person' then
                        raise exception '% is no person', who.name {REFUSED} 'a_person_prepares';
                    end if;
                    if owners_of(new.tenant) < 2 then
                        new.released_by := new."by";
                        new.released_identity := who.id;
                        new.released_at := new.at;
                    end if;
                    return new;
                end if;
                if old.released_at is not null then
                    raise exception 'what is released never changes' {REFUSED} 'released_never_changes';
                end if;{takes_back}
                perform releases_people(who, old.by_identity);
                new.released_by := who.name;
                new.released_identity := who.id;
                return new;
            end $$""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in TABLES:
        _two_act_on(table, "")
        # what was taken back would wait again, as an earlier release knows it
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"delete from {table} where taken_back_at is not null")
        op.execute(f"alter table {table} force row level security")
        op.drop_column(table, 'taken_back_at')
