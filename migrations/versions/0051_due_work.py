"""due work: what waits by itself, with its tries and its reason; pauses that hold it; and what falls due, in one look.

Revision: 0051
After: 0045

Work that has a row of its own keeps it. A contract's work that failed gets a row beside it, which says when it is tried
again, or that it is not. A pause holds what one person asks for a week; longer once another has released it. Whether a
contract's documents are issued by themselves stands with its work, so that a look over all tenants reads indexes alone.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

from migrations.erasing import erase_names
from migrations.row_level_security import APP, Guarded, guard

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)
READERS = "owner contract_manager finance auditor"
WRITERS = "owner finance"
GUARDED = {
    "due_work": Guarded(read=READERS, insert="system", update=WRITERS, delete=WRITERS),
    "due_pause": Guarded(read=READERS, insert=WRITERS, update=WRITERS),
}
GRANTED = {
    "due_work": "select, insert, update (due_at, next_at, tries, tried_at, state, reason, revision), delete",
    "due_pause": "select, insert, update (released_by, released_at, ends_at, ended_by, ended_at)",
}
NAMED_BEFORE = import_module("migrations.versions.0050_dunning").NAMED
#: Where a name of whoever acted stands beside the number, with those of these tables.
NAMED = (
    *NAMED_BEFORE,
    ("due_pause", "paused_by", "paused_identity"),
    ("due_pause", "released_by", "released_identity"),
    ("due_pause", "ended_by", "ended_identity"),
)
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
#: For so long one person alone holds work back.
ALONE = "interval '7 days'"
#: A try that lies further ahead than this was made by a clock that has been set back since.
SET_BACK = "interval '1 hour'"
SEARCHED = "set search_path = pg_catalog, public, pg_temp"
DEFINER = f"returns trigger language plpgsql security definer {SEARCHED}"
BY_ITSELF = "by_itself and kind <> 'planning' and done_at is null"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_work()
    _make_pauses()
    for table, rights in GUARDED.items():
        guard(table, rights)
        op.execute(f"grant {GRANTED[table]} on {table} to {APP}")
    _pause_by_two()
    _say_what_is_issued_by_itself()
    _say_what_is_held_back()
    _note_what_falls_due()
    _look()
    erase_names(NAMED)


def _tenant() -> sa.Column[int]:
    return sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False)


def _number() -> sa.Column[int]:
    return sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False)


def _contract(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return sa.Column('contract_id', sa.Integer(), nullable=True), sa.ForeignKeyConstraint(
        ['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name=f'fk_{table}_tenant_contract_id')


def _make_work() -> None:
    column, refers = _contract('due_work')
    op.create_table('due_work',
    _tenant(), _number(),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    column,
    sa.Column('due_at', INSTANT, nullable=False),
    sa.Column('next_at', INSTANT, nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('tried_at', INSTANT, nullable=True),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("state in ('due', 'dead')", name=op.f('ck_due_work_state_is_one')),
    sa.CheckConstraint("state = 'due' or reason <> ''", name=op.f('ck_due_work_dead_for_a_reason')),
    refers,
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_due_work'),
    sa.UniqueConstraint('tenant', 'kind', 'subject', name='uq_due_work_tenant_kind_subject')
    )
    op.create_index('ix_due_work_next_at', 'due_work', ['tenant', 'next_at', 'id'], postgresql_where=sa.text("state = 'due'"))
    op.create_index('ix_due_work_dead', 'due_work', ['tenant', 'id'], postgresql_where=sa.text("state = 'dead'"))
    op.create_index('ix_due_work_tenant_contract_id', 'due_work', ['tenant', 'contract_id'],
                    postgresql_where=sa.text("contract_id is not null"))


def _make_pauses() -> None:
    column, refers = _contract('due_pause')
    op.create_table('due_pause',
    _tenant(), _number(),
    sa.Column('kind', sa.Text(), nullable=True),
    column,
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('until', INSTANT, nullable=True),
    sa.Column('ends_at', INSTANT, nullable=True),
    sa.Column('paused_by', sa.Text(), nullable=False),
    sa.Column('paused_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('paused_at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.Column('ended_by', sa.Text(), nullable=True),
    sa.Column('ended_identity', sa.Integer(), nullable=True),
    sa.Column('ended_at', INSTANT, nullable=True),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_due_pause_for_a_reason')),
    sa.CheckConstraint('until > paused_at', name=op.f('ck_due_pause_of_some_time')),
    sa.CheckConstraint('num_nulls(released_by, released_at) in (0, 2)', name=op.f('ck_due_pause_released_whole')),
    sa.CheckConstraint('num_nulls(ended_by, ended_at) in (0, 2)', name=op.f('ck_due_pause_ended_whole')),
    refers,
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_due_pause')
    )
    op.create_index('ix_due_pause_open', 'due_pause', ['tenant', 'id'], postgresql_where=sa.text('ended_at is null'))


def _pause_by_two() -> None:
    """One person holds work back at once, for a week at most; what holds it longer is released by another."""
    op.execute(f"""
        create function by_two_on_due_pause() returns trigger language plpgsql {SEARCHED} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                if new.released_by is not null or new.ended_by is not null then
                    raise exception 'a pause is asked for before it is released' {REFUSED} 'prepared_first';
                end if;
                new.paused_identity := who.id;
                new.paused_by := coalesce(who.name, new.paused_by);
                new.ends_at := least(new.until, new.paused_at + {ALONE});
                return new;
            end if;
            if old.ended_by is not null or old.released_by is not null and new.released_at is distinct from old.released_at then
                raise exception 'pause % is done and never changes', old.id {REFUSED} 'released_never_changes';
            end if;
            new.ends_at := case when new.released_by is null then old.ends_at else new.until end;
            if new.ended_by is not null then
                new.ended_identity := who.id;
                new.ended_by := coalesce(who.name, new.ended_by);
                return new;
            end if;
            if new.released_by is null or old.released_by is not null then
                return new;
            end if;
            new.released_identity := who.id;
            new.released_by := coalesce(who.name, new.released_by);
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null or new.paused_identity is null then
                raise exception 'nobody is stated who asked for or released pause %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if new.paused_identity = who.id then
                raise exception 'pause % was asked for by %', new.id, new.paused_by {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger money_moves_by_two before insert or update on due_pause
        for each row execute function by_two_on_due_pause()""")


def _say_what_is_issued_by_itself() -> None:
    """Of open work whether its contract's newest released version issues automatically; kept right as one is released."""
    op.add_column('due', sa.Column('by_itself', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    newest = """coalesce((
                select v.issue = 'automatically' from contract_version v
                where v.tenant = {0}.tenant and v.contract_id = {1} and v.released_by is not null
                order by v.number desc limit 1), false)"""
    op.execute(f"""
        create function say_whether_by_itself() returns trigger language plpgsql {SEARCHED} as $$
        begin
            new.by_itself := {newest.format("new", "new.contract")};
            return new;
        end $$""")
    op.execute("""
        create trigger by_itself_as_written before insert on due
        for each row when (new.kind <> 'planning') execute function say_whether_by_itself()""")
    op.execute("""
        create trigger by_itself_as_opened before update of done_at on due
        for each row when (new.kind <> 'planning' and old.done_at is not null and new.done_at is null)
        execute function say_whether_by_itself()""")
    # text of the function of 0014, which states the tenant of the row for its writes
    op.execute(f"""
        create function say_by_itself_anew() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            automatic boolean;
        begin
            if new.released_by is not null then
                perform set_config('app.tenant', cast(new.tenant as text), true);
                automatic := {newest.format("new", "new.contract_id")};
                update due set by_itself = automatic
                where due.tenant = new.tenant and due.contract = new.contract_id and kind <> 'planning' and done_at is null
                  and by_itself <> automatic;
                perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger by_itself_when_released after insert or update on contract_version
        for each row execute function say_by_itself_anew()""")
    for table in ("due", "contract_version"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(f"""
        update due set by_itself = true
        where kind <> 'planning' and done_at is null and {newest.format("due", "due.contract")}""")
    for table in ("due", "contract_version"):
        op.execute(f"alter table {table} force row level security")
    op.create_index('ix_due_by_itself', 'due', ['tenant', 'due_at', 'contract'], postgresql_where=sa.text(BY_ITSELF))


def _say_what_is_held_back() -> None:
    """Whether a pause holds work, and whether a contract's work is put off: what claims and the look ask alike."""
    op.execute(f"""
        create function is_held_back(of_tenant int, of_kinds text[], of_contract int, instant timestamptz) returns boolean
        language sql stable {SEARCHED} as $$
            select exists (
                select from due_pause p
                where p.tenant = of_tenant and p.ended_at is null and (p.ends_at is null or p.ends_at > instant)
                  and (p.kind is null or p.kind = any(of_kinds))
                  and (p.contract_id is null or p.contract_id = of_contract))
        $$""")
    op.execute(f"""
        create function is_document_held_back(of_tenant int, of_kinds text[], of_invoice int, instant timestamptz)
        returns boolean language sql stable {SEARCHED} as $$
            select exists (
                select from due_pause p
                where p.tenant = of_tenant and p.ended_at is null and (p.ends_at is null or p.ends_at > instant)
                  and (p.kind is null or p.kind = any(of_kinds))
                  and (p.contract_id is null or exists (
                       select from invoice i
                       where i.tenant = of_tenant and i.id = of_invoice and i.contract_id = p.contract_id)
                       or exists (
                       select from invoice part
                       where part.tenant = of_tenant and part.within_id = of_invoice and part.contract_id = p.contract_id)))
        $$""")
    op.execute(f"""
        create function is_put_off(of_tenant int, of_kind text, of_contract int, instant timestamptz) returns boolean
        language sql stable {SEARCHED} as $$
            select exists (
                select from due_work w
                where w.tenant = of_tenant and w.kind = of_kind and w.contract_id = of_contract
                  and (w.state = 'dead' or w.next_at > instant and w.tried_at <= instant + {SET_BACK}))
        $$""")


def _note_what_falls_due() -> None:
    """What waits by itself is written down as it comes up, in the transaction that brings it up."""
    op.execute(f"""
        create function note_index_to_rerate() {DEFINER} as $$
        begin
            if new.released_by is not null and (tg_op = 'INSERT' or old.released_by is null) then
                insert into due_work (tenant, kind, subject, due_at, next_at)
                select s.tenant, 'rerate', s.name, new.released_at, new.released_at from index_series s
                where s.tenant = new.tenant and s.id = new.series_id
                on conflict (tenant, kind, subject) do update
                set next_at = excluded.next_at, state = 'due', tries = 0, revision = due_work.revision + 1;
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger rerated_when_released after insert or update on index_value
        for each row execute function note_index_to_rerate()""")
    op.execute(f"""
        create function note_finding_to_remind_of() {DEFINER} as $$
        begin
            insert into due_work (tenant, kind, subject, due_at, next_at)
            select new.tenant, 'remind', cast(new.id as text), b.recorded_at + interval '3 days',
                   b.recorded_at + interval '3 days'
            from batch b where b.tenant = new.tenant and b.id = new.batch
            on conflict do nothing;
            return null;
        end $$""")
    op.execute("""
        create trigger reminded_of_when_raised after insert on finding
        for each row execute function note_finding_to_remind_of()""")
    op.execute(f"""
        create function remind_of_finding(number int) returns boolean language plpgsql security definer {SEARCHED} as $$
        declare
            stated int not null := nullif(current_setting('app.tenant', true), '')::int;
        begin
            if not exists (select from finding f where f.tenant = stated and f.id = number and f.closed_batch is null) then
                return false;
            end if;
            insert into notification (tenant, type, facts)
            select f.tenant, 'finding.open', jsonb_build_object(
                'finding', f.id, 'check', f.check_kind, 'holds', f.holds, 'start', f.start, 'end', f."end", 'batch', f.batch,
                'register', (select r.key from series s join register r on r.tenant = s.tenant and r.id = s.register_id
                             where s.tenant = f.tenant and s.id = f.series))
            from finding f where f.tenant = stated and f.id = number;
            return true;
        end $$""")
    op.execute("revoke execute on function remind_of_finding(int) from public")
    op.execute(f"grant execute on function remind_of_finding(int) to {APP}")
    for table in ("due_work", "finding"):
        op.execute(f"alter table {table} no force row level security")
    op.execute("""
        insert into due_work (tenant, kind, subject, due_at, next_at)
        select tenant, 'remind', cast(id as text), now() + interval '3 days', now() + interval '3 days'
        from finding where closed_batch is null""")
    for table in ("due_work", "finding"):
        op.execute(f"alter table {table} force row level security")


#: By kind, what of one tenant is due: an instant a row, at most a hundred. ``one`` is the tenant.
DUE = {
    "plan": """
        select d.due_at from due d
        where d.tenant = one and d.kind = 'planning' and d.done_at is null and d.due_at <= instant
          and (d.held is null or not is_put_off(one, 'plan', d.contract, instant))
          and not is_held_back(one, '{plan}', d.contract, instant)
        order by d.due_at limit 100""",
    "bill": """
        select d.due_at from due d
        where d.tenant = one and d.by_itself and d.kind <> 'planning' and d.kind <> 'correction' and d.done_at is null
          and d.due_at <= instant and (d.held is null or not is_put_off(one, 'bill', d.contract, instant))
          and not is_held_back(one, '{bill,issue}', d.contract, instant)
        order by d.due_at limit 100""",
    "correct": """
        (select d.due_at from due d
         where d.tenant = one and d.by_itself and d.kind <> 'planning' and d.kind = 'correction' and d.done_at is null
           and d.due_at <= instant and (d.held is null or not is_put_off(one, 'correct', d.contract, instant))
           and not is_held_back(one, '{correct,issue}', d.contract, instant)
         order by d.due_at limit 100)
        union all
        (select instant where exists (select from fact_touch f where f.tenant = one and not f.swept)
           or exists (select from rating r where r.tenant = one and not r.swept)
           or exists (select from batch_touch b where b.tenant = one and b.batch > coalesce(
                (select w.watermark from sweep w where w.tenant = one), 0))
           or exists (select from sweep w where w.tenant = one and w.shipped <> prints))""",
    "deliver": """
        select d.next_at from delivery d
        where d.tenant = one and d.next_at <= instant
          and not (d.state = 'due' and is_document_held_back(one, '{deliver}', d.invoice_id, instant))
        order by d.next_at limit 100""",
    "collect": """
        (select o.next_at from gateway_order o
         where o.tenant = one and o.next_at <= instant
           and not (o.state = 'due' and is_document_held_back(one, '{collect}', o.invoice_id, instant))
         order by o.next_at limit 100)
        union all
        (select e.next_at from gateway_event e where e.tenant = one and e.next_at <= instant order by e.next_at limit 100)""",
    "poll": "select p.next_at from gateway_poll p where p.tenant = one and p.next_at <= instant",
    "webhooks": """
        (select instant where exists (select from notification n where n.tenant = one and n.position is null))
        union all
        (select d.next_at from webhook w cross join lateral (
             select x.next_at from webhook_delivery x
             where x.tenant = w.tenant and x.webhook = w.id and x.state = 'waiting' and x.next_at <= instant
             order by x.next_at limit 100) d
         where w.tenant = one and w.disabled_at is null)""",
    "operations": """
        select o.asked_at from operation o
        where o.tenant = one and o.ended_at is null
          and (o.state = 'waiting' or o.beat_at < clock_timestamp() - interval '60 seconds')""",
    "seal": """
        (select a.at from audit_entry a
         where a.tenant = one and (a.xact, a.id) > (
             select coalesce(max(n.xact), 0), coalesce((array_agg(n.entry))[1], '00000000-0000-0000-0000-000000000000')
             from (select z.xact, z.entry from audit_seal z where z.tenant = one order by z.position desc limit 1) n)
         order by a.xact, a.id limit 100)""",
}


def _look() -> None:
    """Whose turn it is, and for what: every kind of due work of all tenants, in one statement, by indexes alone.

    Each tenant is stated in its turn, so that no policy is opened for it.
    """
    counted = " union all ".join(
        f"select one as tenant, '{kind}'::text as kind, count(*)::int as many, min(f.at) as earliest from ({due}) f (at)"
        for kind, due in DUE.items()
    )
    op.execute(f"""
        create function due_kinds(instant timestamptz, prints jsonb)
        returns table (tenant int, kind text, many int, earliest timestamptz)
        language plpgsql security definer {SEARCHED} as $$
        #variable_conflict use_column
        declare
            stated text := current_setting('app.tenant', true);
            one int;
        begin
            for one in select t.id from tenant t order by t.id loop
                perform set_config('app.tenant', one::text, true);
                return query
                select k.tenant, k.kind, k.many, k.earliest from (
                    {counted}
                    union all
                    select one, w.kind, count(*)::int, min(w.next_at) from due_work w
                    where w.tenant = one and w.state = 'due' and w.contract_id is null
                      and (w.next_at <= instant or w.tried_at > instant + {SET_BACK})
                    group by w.kind) k
                where k.many > 0 and not is_held_back(one, case k.kind
                    when 'bill' then array['bill', 'issue'] when 'correct' then array['correct', 'issue']
                    else array[k.kind] end, null, instant);
            end loop;
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$""")
    op.execute("revoke execute on function due_kinds(timestamptz, jsonb) from public")
    op.execute(f"grant execute on function due_kinds(timestamptz, jsonb) to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    erase_names(NAMED_BEFORE)
    op.execute("drop function due_kinds")
    op.execute("drop trigger reminded_of_when_raised on finding")
    op.execute("drop trigger rerated_when_released on index_value")
    op.execute("drop trigger by_itself_when_released on contract_version")
    op.execute("drop trigger by_itself_as_opened on due")
    op.execute("drop trigger by_itself_as_written on due")
    op.drop_index('ix_due_by_itself', table_name='due')
    op.drop_column('due', 'by_itself')
    for table in ("due_pause", "due_work"):
        op.drop_table(table)
    for function in ("remind_of_finding", "note_finding_to_remind_of", "note_index_to_rerate", "say_by_itself_anew", "say_whether_by_itself",
                     "is_put_off", "is_document_held_back", "is_held_back", "by_two_on_due_pause"):
        op.execute(f"drop function {function}")
