"""money moves by two: what is billed is corrected, waived, stated, relinked and re-approved by two people.

Revision: 0023
After: 0022

Until now two saw versions, values of indices and edits. Whoever was alone could withdraw a billed reading, waive a
charge, sign for the customer, link an index to another one, or make a second person. The functions here bind the
application; an administrator's own hand is stopped by none, as before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import Guarded, guard, open_again

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
INSTANT = sa.TIMESTAMP(timezone=True)

#: How a function of plain SQL, and a trigger, begin.
#: What the application may be in the database, by the role of who acts.
APPLICATION = "('usufruct_app', 'usufruct_reader', 'usufruct_guest')"
READS = "language sql stable set search_path = pg_catalog, public, pg_temp"
#: One that has to see more of the tenant than whoever acts.
SEES_ALL = READS.replace("stable", "stable security definer")
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
#: By table, the function that its triggers call, and when.
TRIGGERS = {
    "dispute": "before insert or update",
    "statement": "before insert",
    "statement_step": "before insert or update",
    "index_series": "before insert or update",
    "identity": "before insert or update",
    "credential": "before insert or update",
    "four_eyes_change": "before insert or update",
    "four_eyes_limit": "before insert or update",
    "meter": "before update",
    "openid_subject": "before insert",
}

#: Of tables whose second act comes with this, who may what: until now, and from now on.
GUARDED = {
    "four_eyes_change": (Guarded(read="owner auditor"), Guarded(read="owner auditor", insert="owner", update="owner")),
    "edit": (
        Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager", update="owner contract_manager finance"),
        Guarded(read="owner contract_manager finance meter auditor", insert="owner contract_manager finance meter", update="owner contract_manager finance"),
    ),
    "index_series": (
        Guarded(read="owner contract_manager finance customer auditor", insert="owner contract_manager", update="owner contract_manager", machine="id in app.indices"),
        Guarded(read="owner contract_manager finance customer auditor", insert="owner contract_manager", update="owner contract_manager finance", machine="id in app.indices"),
    ),
    "statement_step": (
        Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager finance customer verifier", party="customer_id", contract="statement_id in app.statements"),
        Guarded(read="owner contract_manager finance customer auditor verifier lender", insert="owner contract_manager finance customer verifier", update="owner contract_manager finance", party="customer_id", contract="statement_id in app.statements"),
    ),
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for table, (before, after) in GUARDED.items():
        open_again(table, before)
        guard(table, after)
    _add_second_acts()
    _say_who_acts()
    _on_dispute()
    _on_statements()
    _on_links()
    _on_people()
    _on_four_eyes()
    _on_the_fleet()
    _on_the_log()
    for table, when in TRIGGERS.items():
        op.execute(f"""
            create trigger money_moves_by_two {when} on {table} for each row execute function by_two_on_{table}()""")


def _add_second_acts() -> None:
    op.add_column('edit', sa.Column('delivery', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True))
    op.add_column('edit', sa.Column('payload', sa.LargeBinary(), nullable=True))
    op.create_index('ix_edit_waiting', 'edit', ['tenant'], postgresql_where=sa.text('released_by is null'))
    for name, kind in (('waiver_by', sa.Text()), ('waiver_identity', sa.Integer()), ('waiver_at', INSTANT)):
        op.add_column('dispute', sa.Column(name, kind, nullable=True))
    op.create_check_constraint('waiver_whole', 'dispute', '(waiver_by is null) = (waiver_at is null)')
    op.execute("grant update (waiver_by, waiver_at) on dispute to usufruct_app")
    op.add_column('statement_step', sa.Column('on_paper', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    for name, kind in (('countersigned_by', sa.Text()), ('countersigned_identity', sa.Integer()), ('countersigned_at', INSTANT)):
        op.add_column('statement_step', sa.Column(name, kind, nullable=True))
    op.create_check_constraint('countersigned_whole', 'statement_step', '(countersigned_by is null) = (countersigned_at is null)')
    op.execute("grant update (countersigned_by, countersigned_at) on statement_step to usufruct_app")
    jsonb = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    for name, kind in (('new_links', jsonb), ('linked_by', sa.Text()), ('linked_identity', sa.Integer()), ('linked_at', INSTANT)):
        op.add_column('index_series', sa.Column(name, kind, nullable=True))
    op.execute("grant update (new_links, linked_by, linked_at) on index_series to usufruct_app")
    for table in ("identity", "credential"):
        op.add_column(table, sa.Column('released_at', INSTANT, nullable=True))
        op.add_column(table, sa.Column('released_identity', sa.Integer(), nullable=True))
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
        op.execute(f"update {table} set released_at = created_at")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant update (released_at) on {table} to usufruct_app")
    for name, kind in (('released_by', sa.Text()), ('released_identity', sa.Integer()), ('released_at', INSTANT)):
        op.add_column('four_eyes_change', sa.Column(name, kind, nullable=True))
    op.execute("alter table four_eyes_change no force row level security")
    op.execute("update four_eyes_change set released_by = by, released_identity = by_identity, released_at = at")
    op.execute("alter table four_eyes_change force row level security")
    op.execute("grant insert (switched_off, by, at, reason) on four_eyes_change to usufruct_app")
    op.execute("grant update (released_by, released_at) on four_eyes_change to usufruct_app")
    op.create_table('four_eyes_limit',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('by_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('at', INSTANT, nullable=False),
    sa.Column('released_by', sa.Text(), nullable=True),
    sa.Column('released_identity', sa.Integer(), nullable=True),
    sa.Column('released_at', INSTANT, nullable=True),
    sa.CheckConstraint("operation in ('dispute_waived')", name=op.f('ck_four_eyes_limit_operation_has_an_amount')),
    sa.CheckConstraint('amount >= 0', name=op.f('ck_four_eyes_limit_amount_is_not_negative')),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_four_eyes_limit')
    )
    guard("four_eyes_limit", Guarded(read="owner auditor", insert="owner", update="owner"))
    op.execute("grant select on four_eyes_limit to usufruct_app")
    op.execute("grant insert (operation, amount, currency, reason, by, at) on four_eyes_limit to usufruct_app")
    op.execute("grant update (released_by, released_at) on four_eyes_limit to usufruct_app")


def _say_who_acts() -> None:
    op.execute(f"""
        create function who_acts(of_tenant int) returns identity {READS} as $$
            select * from identity
            where tenant = of_tenant and id = nullif(current_setting('app.identity', true), '')::int
              and disabled_at is null
        $$""")
    op.execute(f"""
        create function two_must_act(of_tenant int) returns boolean {READS} as $$
            select current_user in {APPLICATION} and (select four_eyes_off is null from tenant where id = of_tenant)
        $$""")
    # who may release people and switches; who waits for a release is disabled as long
    op.execute(f"""
        create function owners_of(of_tenant int) returns int {SEES_ALL} as $$
            select count(*)::int from identity
            where tenant = of_tenant and kind = 'person' and role = 'owner' and disabled_at is null
        $$""")


def _on_dispute() -> None:
    """A waiver is two people's of the supplier; to hold a charge apart, or to let it be due after all, is one's."""
    op.execute(f"""
        create function waiver_is_small(waived dispute) returns boolean {SEES_ALL} as $$
            -- all of its days are billed, and what they came to is below the tenant's newest limit
            select coalesce((
                select abs(sum(line.net)) <= allowed.amount
                   and bool_and(bill.currency = allowed.currency)
                   and (select bool_and(exists (
                            select from invoice_line l join invoice i on i.tenant = l.tenant and i.id = l.invoice_id
                            where i.tenant = waived.tenant and i.contract_id = waived.contract_id
                              and l.charge = waived.charge and l.service_first <= billed and billed < l.service_after_last))
                        from generate_series(waived.first, waived.after_last - 1, interval '1 day') billed)
                from (select * from four_eyes_limit
                      where tenant = waived.tenant and operation = 'dispute_waived' and released_at is not null
                      order by id desc limit 1) allowed
                join invoice bill on bill.tenant = waived.tenant and bill.contract_id = waived.contract_id
                join invoice_line line on line.tenant = bill.tenant and line.invoice_id = bill.id
                where line.charge = waived.charge and line.service_first < waived.after_last
                  and line.service_after_last > waived.first
                group by allowed.amount, allowed.currency), false)
        $$""")
    op.execute(f"""
        create function waiver_is_seconded(waived dispute) returns boolean {SEES_ALL} as $$
            -- another person of the supplier has accepted it, or has waived it first
            select exists (
                select from identity other
                where other.tenant = waived.tenant and other.id in (waived.accepted_identity, waived.waiver_identity)
                  and other.id <> nullif(current_setting('app.identity', true), '')::int
                  and other.kind = 'person' and other.party is null and other.contract is null)
        $$""")
    op.execute(f"""
        create function by_two_on_dispute() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
            is_new boolean := tg_op = 'INSERT';
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if is_new then
                new.raised_identity := who.id;
                new.raised_by := coalesce(who.name, new.raised_by);
                new.accepted_identity := null;
                new.settled_identity := null;
                new.waiver_identity := null;
            elsif old.waiver_by is not null
                  and (new.waiver_by, new.waiver_at) is distinct from (old.waiver_by, old.waiver_at) then
                raise exception 'who waived dispute % first stays', old.id {REFUSED} 'settled_never_changes';
            end if;
            if new.accepted_by is not null and (is_new or old.accepted_by is null) then
                new.accepted_identity := who.id;
                new.accepted_by := coalesce(who.name, new.accepted_by);
            end if;
            if new.waiver_by is not null and (is_new or old.waiver_by is null) then
                new.waiver_identity := who.id;
                new.waiver_by := coalesce(who.name, new.waiver_by);
            end if;
            if new.outcome is null or not (is_new or old.outcome is null) then
                return new;
            end if;
            new.settled_identity := who.id;
            new.settled_by := coalesce(who.name, new.settled_by);
            if new.outcome <> 'waived' or not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null then
                raise exception 'nobody is stated who waives dispute %', new.id {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.party is not null or who.contract is not null then
                raise exception '% is no person of the supplier', who.name {REFUSED} 'a_person_releases';
            end if;
            if not waiver_is_seconded(new) and not waiver_is_small(new) then
                raise exception 'dispute % is waived by % alone', new.id, who.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")


def _on_statements() -> None:
    """Who signs, signs for himself; what is signed on paper is entered by one and confirmed by another."""
    op.execute(f"""
        create function by_two_on_statement() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user in {APPLICATION} then
                new.prepared_identity := who.id;
                new.prepared_by := coalesce(who.name, new.prepared_by);
            end if;
            return new;
        end $$""")
    op.execute(f"""
        create function by_two_on_statement_step() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
            preparer int;
            submitter int;
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if tg_op = 'INSERT' then
                new.recorded_identity := who.id;
                new.recorded_by := coalesce(who.name, new.recorded_by);
                new.countersigned_identity := null;
            elsif old.countersigned_by is not null or not old.on_paper then
                raise exception 'a step that counts never changes' {REFUSED} 'released_never_changes';
            end if;
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if who.id is null then
                raise exception 'nobody is stated who signs' {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' then
                raise exception '% is no person', who.name {REFUSED} 'a_person_releases';
            end if;
            if tg_op = 'UPDATE' then
                if who.party is not null or who.contract is not null or who.id = old.recorded_identity then
                    raise exception 'step % was entered by %', old.id, old.recorded_by {REFUSED} 'two_pairs_of_eyes';
                end if;
                new.countersigned_identity := who.id;
                new.countersigned_by := who.name;
                return new;
            end if;
            preparer := (select prepared_identity from statement
                         where tenant = new.tenant and id = new.statement_id);
            submitter := (select recorded_identity from statement_step
                          where tenant = new.tenant and statement_id = new.statement_id and step = 'submitted');
            if new.step = 'submitted' and preparer is null then
                raise exception 'nobody is stated who prepared it' {REFUSED} 'somebody_acts';
            end if;
            if new.step in ('submitted', 'verified') and who.id in (preparer, submitter) then
                raise exception '% has prepared or submitted it', who.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            if new.on_paper then
                if who.party is not null or who.contract is not null then
                    raise exception '% signs here, and not on paper', who.name {REFUSED} 'signs_for_oneself';
                end if;
                new.countersigned_by := null;
                new.countersigned_at := null;
            elsif lower(new.person) <> lower(who.name)
                  or (new.step in ('agreed', 'disputed')) <> (who.party is not null)
                  or who.party <> new.customer_id then
                raise exception '% does not sign as %', who.name, new.person {REFUSED} 'signs_for_oneself';
            end if;
            return new;
        end $$""")


def _on_links() -> None:
    op.execute(f"""
        create function by_two_on_index_series() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if not two_must_act(new.tenant) then
                return new;
            end if;
            if tg_op = 'INSERT' and new.links <> '[]' then
                raise exception 'links of % wait for a release', new.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            if new.new_links is not null and (tg_op = 'INSERT' or new.new_links is distinct from old.new_links) then
                new.linked_identity := who.id;
                new.linked_by := coalesce(who.name, new.linked_by);
            end if;
            if tg_op = 'INSERT' or new.links is not distinct from old.links then
                return new;
            end if;
            if new.links is distinct from old.new_links or new.new_links is not null then
                raise exception 'links of % are not those that wait', new.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            if who.id is null or old.linked_identity is null then
                raise exception 'nobody is stated who linked %', new.name {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' then
                raise exception '% is no person', who.name {REFUSED} 'a_person_releases';
            end if;
            if who.id = old.linked_identity then
                raise exception '% was linked by %', new.name, who.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")


def _on_people() -> None:
    """Who could move money is made by two, once two are there; until it is released, it is disabled."""
    reads_only = "('auditor', 'third_party')"
    op.execute(f"""
        create function releases_people(who identity, maker int) returns void language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if who.id is null then
                raise exception 'nobody is stated who releases' {REFUSED} 'somebody_acts';
            end if;
            if who.kind <> 'person' or who.role <> 'owner' then
                raise exception '% is no owner in person', who.name {REFUSED} 'a_person_releases';
            end if;
            if who.id = maker then
                raise exception 'it was made by %', who.name {REFUSED} 'two_pairs_of_eyes';
            end if;
        end $$""")
    op.execute(f"""
        create function by_two_on_identity() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
        begin
            if current_user not in {APPLICATION} then
                if tg_op = 'INSERT' then
                    new.released_at := coalesce(new.released_at, new.created_at);
                end if;
                return new;
            end if;
            if tg_op = 'INSERT' then
                new.created_identity := who.id;
                new.released_identity := null;
                new.released_at := null;
                if new.kind = 'account' or new.role in {reads_only} or not two_must_act(new.tenant)
                   or (who.administers and who.party = new.party) or owners_of(new.tenant) < 2 then
                    new.released_at := new.created_at;
                elsif who.kind = 'account' then
                    raise exception 'the account % tells nobody from another', who.name {REFUSED} 'a_person_prepares';
                else
                    new.disabled_at := new.created_at;
                end if;
                return new;
            end if;
            if old.released_at is null and new.released_at is not null then
                if old.disabled_at <> old.created_at then
                    raise exception '% was refused', old.name {REFUSED} 'released_never_changes';
                end if;
                if two_must_act(new.tenant) then
                    perform releases_people(who, old.created_identity);
                end if;
                new.released_identity := who.id;
                new.disabled_at := null;
                return new;
            end if;
            if new.released_at is distinct from old.released_at
               or (old.disabled_at is not null and old.released_at is not null
                   and new.disabled_at is distinct from old.disabled_at)
               or (old.released_at is null and new.disabled_at is null) then
                raise exception '% stays as it is', old.name {REFUSED} 'released_never_changes';
            end if;
            if new.disabled_at is not null and old.disabled_at is null and old.kind = 'person' and old.role = 'owner'
               and who.id is distinct from old.id and two_must_act(new.tenant) and owners_of(new.tenant) = 2 then
                raise exception 'of two owners neither disables the other' {REFUSED} 'two_stay';
            end if;
            return new;
        end $$""")
    op.execute(f"""
        create function by_two_on_credential() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
            bearer identity;
        begin
            if current_user not in {APPLICATION} then
                if tg_op = 'INSERT' then
                    new.released_at := coalesce(new.released_at, new.created_at);
                end if;
                return new;
            end if;
            if tg_op = 'INSERT' then
                select * into bearer from identity where tenant = new.tenant and id = new.identity;
                new.created_identity := who.id;
                new.released_identity := null;
                new.released_at := null;
                if bearer.released_at is not null
                   and (who.id = bearer.id or bearer.role in {reads_only} or not two_must_act(new.tenant)
                        or (who.administers and who.party = bearer.party) or owners_of(new.tenant) < 2
                        -- made in one act with the person, who was the second
                        or exists (select from identity where tenant = new.tenant and id = new.identity
                                   and xmin::text::bigint = pg_current_xact_id()::text::bigint & 4294967295)) then
                    new.released_at := new.created_at;
                elsif who.kind = 'account' then
                    raise exception 'the account % tells nobody from another', who.name {REFUSED} 'a_person_prepares';
                else
                    new.revoked_at := new.created_at;
                end if;
                return new;
            end if;
            if old.released_at is null and new.released_at is not null then
                if old.revoked_at <> old.created_at then
                    raise exception 'key % was refused', old.id {REFUSED} 'released_never_changes';
                end if;
                if two_must_act(new.tenant) then
                    perform releases_people(who, old.created_identity);
                end if;
                new.released_identity := who.id;
                new.revoked_at := null;
                return new;
            end if;
            if new.released_at is distinct from old.released_at
               or (old.revoked_at is not null and new.revoked_at is null) then
                raise exception 'key % stays as it is', old.id {REFUSED} 'released_never_changes';
            end if;
            return new;
        end $$""")


    op.execute(f"""
        create function by_two_on_openid_subject() {TRIGGER} as $$
        declare
            who identity := who_acts(new.tenant);
            bearer identity;
        begin
            -- whoever binds a subject of their own to a colleague would act as that one: where there are two owners,
            -- each binds for himself
            if not two_must_act(new.tenant) or owners_of(new.tenant) < 2 or who.id = new.identity then
                return new;
            end if;
            select * into bearer from identity where tenant = new.tenant and id = new.identity;
            if bearer.role in {reads_only} or (who.administers and who.party = bearer.party) then
                return new;
            end if;
            raise exception 'a subject is bound by whom it is' {REFUSED} 'two_pairs_of_eyes';
        end $$""")


def _on_four_eyes() -> None:
    """The rule itself: switched, and given a limit, by two where there are two."""
    for table in ("four_eyes_change", "four_eyes_limit"):
        op.execute(f"""
            create function by_two_on_{table}() {TRIGGER} as $$
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
                end if;
                perform releases_people(who, old.by_identity);
                new.released_by := who.name;
                new.released_identity := who.id;
                return new;
            end $$""")
    op.execute("""
        create function switch_four_eyes() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        begin
            if new.released_at is not null and (tg_op = 'INSERT' or old.released_at is null) then
                update tenant set four_eyes_off = case when new.switched_off then
                    jsonb_build_object('by', new."by", 'at', new.at, 'reason', new.reason) end
                where id = new.tenant and (four_eyes_off is not null) <> new.switched_off;
            end if;
            return null;
        end $$""")
    op.execute("""
        create trigger switched_when_released after insert or update on four_eyes_change
        for each row execute function switch_four_eyes()""")


def _on_the_fleet() -> None:
    """What decides what a register counts is declared once; until when its meter is approved, two change."""
    for table, columns in (
        ("register", "{0}.meter_id, {0}.kind, {0}.unit, {0}.quantity_kind, {0}.resolution, {0}.modulus, {0}.multiplier, "
                     "{0}.interval_minutes, {0}.traits - 'checks' - 'profile'"),
        ("series", "{0}.register_id, {0}.dimensions"),
        ("asset", "{0}.site_id"),
        ("site", "{0}.zone"),
    ):
        op.execute(f"""
            create function keep_what_{table}_counts() {TRIGGER} as $$
            begin
                if current_user in {APPLICATION} and row({columns.format('new')}) is distinct from row({columns.format('old')}) then
                    raise exception 'what decides what is counted is declared once' {REFUSED} 'declared_once';
                end if;
                return new;
            end $$""")
        op.execute(f"""
            create trigger declared_once before update on {table}
            for each row execute function keep_what_{table}_counts()""")
    op.execute(f"""
        create function meter_is_billed(of_tenant int, of_meter int) returns boolean {SEES_ALL} as $$
            select exists (
                select from register r join series s on s.tenant = r.tenant and s.register_id = r.id
                join rating_source asked on asked.tenant = s.tenant and asked.source = 'registers' and asked.subject = s.id
                where r.tenant = of_tenant and r.meter_id = of_meter)
        $$""")
    op.execute(f"""
        create function by_two_on_meter() {TRIGGER} as $$
        begin
            if current_user not in {APPLICATION} then
                return new;
            end if;
            if new.asset_id <> old.asset_id then
                raise exception 'what decides what is counted is declared once' {REFUSED} 'declared_once';
            end if;
            if new.approved_until is distinct from old.approved_until and two_must_act(new.tenant)
               and meter_is_billed(new.tenant, new.id) and not exists (
                   select from edit e join series s on s.tenant = e.tenant and s.id = e.series
                   join register r on r.tenant = s.tenant and r.id = s.register_id
                   where e.tenant = new.tenant and e.kind = 'approval' and r.meter_id = new.id
                     and (e.delivery->>'approved_until')::date is not distinct from new.approved_until
                     -- released in this very transaction: what was released once is no leave for ever
                     and e.released_identity is not null
                     and e.xmin::text::bigint = pg_current_xact_id()::text::bigint & 4294967295) then
                raise exception 'bills rest on meter %', new.name {REFUSED} 'two_pairs_of_eyes';
            end if;
            return new;
        end $$""")


def _on_the_log() -> None:
    """What a bill rests on is corrected by a meter, or by two. Whoever delivers what no bill rests on waits for nobody."""
    op.execute(f"""
        create function corrects_billed(touch batch_touch) returns boolean {SEES_ALL} as $$
            select billed.start is not null and (
                (select kind in ('estimation', 'exchange', 'reset') from batch
                 where batch.tenant = touch.tenant and batch.id = touch.batch)
                or exists (
                  select from series main
                  join series beside on beside.tenant = main.tenant and beside.register_id = main.register_id
                  join reading delivered on delivered.tenant = beside.tenant and delivered.series = beside.id
                       and delivered.start >= touch.start and delivered.start < touch."end"
                       and delivered.start < billed."end" and delivered.batch = touch.batch
                  where main.tenant = touch.tenant and main.id = touch.series
                    and (select earlier.value from reading earlier
                         where earlier.tenant = delivered.tenant and earlier.series = delivered.series
                           and earlier.start = delivered.start and earlier.batch < delivered.batch
                         order by earlier.batch desc limit 1) is not null))
            from (select min(asked.start) as start, max(asked."end") as "end" from rating_source asked
                  where asked.tenant = touch.tenant and asked.source = 'readings' and asked.subject = touch.series
                    and asked.start < touch."end" and asked."end" > touch.start) billed
        $$""")
    op.execute(f"""
        create function corrects_alone(of_tenant int) returns boolean {READS} as $$
            -- a meter's own program, released as such; or whoever acts where four eyes are off
            select not two_must_act(of_tenant) or exists (
                select from identity who where who.tenant = of_tenant and who.disabled_at is null
                and who.id = nullif(current_setting('app.identity', true), '')::int
                and who.kind = 'program' and who.role = 'meter')
        $$""")
    op.execute(f"""
        create function by_two_on_log() {TRIGGER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            party_stated text := current_setting('app.party', true);
            is_alone boolean;
        begin
            if nullif(tenant_stated, '')::int = new.tenant and nullif(party_stated, '') is null
               and corrects_alone(new.tenant) then
                return null;  -- a meter delivers, as nearly always
            end if;
            -- at the commit: whatever is stated by then, the rows are looked at as their own tenant's
            perform set_config('app.tenant', new.tenant::text, true), set_config('app.party', '', true);
            is_alone := not corrects_alone(new.tenant)
                and corrects_billed(new)
                and not exists (select from edit where tenant = new.tenant and batch = new.batch
                                and released_identity is not null);
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true),
                    set_config('app.party', coalesce(party_stated, ''), true);
            if is_alone then
                raise exception 'batch % corrects what is billed', new.batch {REFUSED} 'billed_is_corrected_by_two';
            end if;
            return null;
        end $$""")
    op.execute("""
        create constraint trigger billed_is_corrected_by_two after insert on batch_touch
        deferrable initially deferred for each row execute function by_two_on_log()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger billed_is_corrected_by_two on batch_touch")
    op.execute("drop trigger switched_when_released on four_eyes_change")
    for table in TRIGGERS:
        op.execute(f"drop trigger money_moves_by_two on {table}")
        op.execute(f"drop function by_two_on_{table}")
    for table in ("register", "series", "asset", "site"):
        op.execute(f"drop trigger declared_once on {table}")
        op.execute(f"drop function keep_what_{table}_counts")
    op.execute("""
        drop function by_two_on_log, corrects_alone, corrects_billed, meter_is_billed, switch_four_eyes, releases_people,
                      waiver_is_small, waiver_is_seconded, owners_of, two_must_act, who_acts""")
    op.drop_table('four_eyes_limit')
    op.drop_index('ix_edit_waiting', table_name='edit')
    # what waits there is not known to an earlier release, which would take it for done
    for table in ("four_eyes_change", "statement_step", "edit"):
        op.execute(f"alter table {table} no force row level security")
    op.execute("delete from four_eyes_change where released_at is null")
    op.execute("delete from statement_step where on_paper and countersigned_by is null")
    op.execute("alter table edit disable trigger user")
    op.execute("delete from edit where kind not in ('set', 'verify')")
    op.execute("alter table edit enable trigger user")
    for table in ("four_eyes_change", "statement_step", "edit"):
        op.execute(f"alter table {table} force row level security")
    for table, columns in (
        ("four_eyes_change", ("released_by", "released_identity", "released_at")),
        ("identity", ("released_at", "released_identity")),
        ("credential", ("released_at", "released_identity")),
        ("index_series", ("new_links", "linked_by", "linked_identity", "linked_at")),
        ("statement_step", ("on_paper", "countersigned_by", "countersigned_identity", "countersigned_at")),
        ("dispute", ("waiver_by", "waiver_identity", "waiver_at")),
        ("edit", ("delivery", "payload")),
    ):
        for column in columns:
            op.drop_column(table, column)
    op.execute("revoke insert on four_eyes_change from usufruct_app")
    for table, (before, after) in GUARDED.items():
        open_again(table, after)
        guard(table, before)
