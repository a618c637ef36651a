"""ratings as rows, with what they asked; touches of every stored fact; corrections that need no later period.

Revision: 0007
After: 0006
"""

import json
from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import wall

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


SEEN = [
    "basis", "batch", "contract_version", "dispute", "evidence", "index_value", "invoice", "reading", "register", "series",
]  # fmt: skip
MADE = ["rating", "rating_source", "sweep"]
#: What of a contract's terms divides its time into periods; contracts/store.py digests the same.
OF_LIFE = ("starts", "ends", "extension", "billing")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    _make_tables()
    for table in SEEN:
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
    _fill_ratings()
    _fill_sources()
    for table in SEEN:
        op.execute(f"alter table {table} force row level security")
    op.execute("drop trigger issued_never_changes on evidence")
    op.execute("drop trigger issued_never_changes on basis")
    op.drop_table('evidence')
    op.drop_table('basis')
    op.execute("drop function refuse_evidence_of_issued, refuse_basis_of_issued")
    _wall_tables()
    _close_what_is_issued()
    _touch_facts()
    op.drop_constraint('uq_invoice_tenant_contract_id_kind_first', 'invoice', type_='unique')
    op.create_index('uq_invoice_tenant_contract_id_kind_first', 'invoice', ['tenant', 'contract_id', 'kind', 'first'],
                    unique=True, postgresql_where=sa.text("kind <> 'correction'"))
    op.execute("grant delete on due to usufruct_app")


def _make_tables() -> None:
    op.create_table('rating',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('rests_on_id', sa.Integer(), nullable=True),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('after_last', sa.Date(), nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.Column('rated_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('inputs', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('swept', sa.Boolean(), server_default='false', nullable=False),
    sa.CheckConstraint('(document_id is null) = (rests_on_id is not null)', name='ck_rating_settled_or_found_nothing'),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_rating_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_rating_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_rating_tenant_invoice_id', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant', 'document_id'], ['invoice.tenant', 'invoice.id'], name='fk_rating_tenant_document_id', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant', 'rests_on_id'], ['invoice.tenant', 'invoice.id'], name='fk_rating_tenant_rests_on_id', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_rating')
    )
    op.create_index('ix_rating_tenant_invoice_id_id', 'rating', ['tenant', 'invoice_id', 'id'], unique=False)
    op.create_index('ix_rating_tenant_document_id', 'rating', ['tenant', 'document_id'], unique=False)
    op.create_index('ix_rating_tenant_rests_on_id', 'rating', ['tenant', 'rests_on_id'], unique=False)
    op.create_index('ix_rating_tenant_contract_id_first', 'rating', ['tenant', 'contract_id', 'first'], unique=False)
    op.create_index('ix_rating_unswept', 'rating', ['tenant', 'id'], unique=False, postgresql_where=sa.text('not swept'))
    op.create_table('rating_source',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('source', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('subject', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rating_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
    sa.Column('about', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'rating_id'], ['rating.tenant', 'rating.id'], name='fk_rating_source_tenant_rating_id', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'source', 'subject', 'rating_id', 'start', 'about', name='pk_rating_source')
    )
    op.create_index('ix_rating_source_tenant_rating_id', 'rating_source', ['tenant', 'rating_id'], unique=False)
    op.create_table('fact_touch',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('subject', sa.Integer(), nullable=False),
    sa.Column('about', sa.Text(), server_default='', nullable=False),
    sa.Column('swept', sa.Boolean(), server_default='false', nullable=False),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_fact_touch')
    )
    op.create_index('ix_fact_touch_unswept', 'fact_touch', ['tenant', 'id'], unique=False, postgresql_where=sa.text('not swept'))
    op.create_table('stale',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('rating_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('found_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('sources', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'rating_id'], ['rating.tenant', 'rating.id'], name='fk_stale_tenant_rating_id', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'rating_id', name='pk_stale')
    )
    op.create_table('sweep',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('watermark', sa.BigInteger(), nullable=False),
    sa.Column('shipped', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('tenant', name='pk_sweep')
    )


def _fill_ratings() -> None:
    """Take what an invoice's inputs say of its own rating, and of those of earlier periods, to rows of their own."""
    op.execute("""
        create view known as
        select tenant, id, contract_id, customer_id, first, after_last, watermark, created_at, inputs,
               jsonb_build_object(
                   'schema', 2, 'tzdata', inputs->'tzdata', 'whole_period', inputs->'whole_period',
                   'rules', inputs->'rules',
                   'stretches', coalesce(inputs->'stretches', jsonb_build_array(jsonb_build_object(
                       'version', inputs->'version', 'days', inputs->'period', 'whole', inputs->'whole_period'))),
                   'opening', coalesce(inputs->'opening', '{}'), 'closing', coalesce(inputs->'closing', '{}'),
                   'index', coalesce(inputs->'index', '[]'), 'disputed', coalesce(inputs->'disputed', '[]'))
               as own
        from invoice""")
    op.execute("""
        insert into rating (tenant, contract_id, customer_id, invoice_id, document_id, first, after_last, watermark,
                            rated_at, inputs, swept)
        select tenant, contract_id, customer_id, invoice_id, document_id, first, after_last, watermark, created_at,
               inputs, true
        from (
            select k.tenant, k.contract_id, k.customer_id, k.id as invoice_id, k.id as document_id, k.first,
                   k.after_last, k.watermark, k.created_at, 0 as place,
                   k.own || case when k.inputs ? 'held_apart'
                                 then jsonb_build_object('held_apart', k.inputs->'held_apart') else '{}' end as inputs
            from known k
            union all
            select k.tenant, k.contract_id, k.customer_id, o.id, k.id, o.first, o.after_last, k.watermark, k.created_at,
                   n.place,
                   o.own || jsonb_build_object('tzdata', k.inputs->'tzdata', 'rules', k.inputs->'rules',
                                               'number', n.note->'number', 'batches', n.note->'batches')
                   || coalesce((select jsonb_object_agg(key, value) from jsonb_each(n.note)
                                where key in ('stretches', 'opening', 'closing', 'index', 'disputed', 'changes')), '{}')
            from known k
            cross join jsonb_array_elements(coalesce(k.inputs->'corrections', '[]')) with ordinality as n (note, place)
            join known o on o.tenant = k.tenant and o.id = cast(n.note->>'invoice' as int)) as all_ratings
        order by tenant, document_id, place""")
    op.execute("drop view known")
    # the newest of each period is looked at once more: what an earlier release could not find is found now
    op.execute("""
        update rating r set swept = false
        where not exists (select from rating later where later.tenant = r.tenant and later.invoice_id = r.invoice_id
                          and later.id > r.id)""")


def _fill_sources() -> None:
    """Take evidence and bases to what ratings asked; of counters and levels, with what was missed at the edges."""
    op.execute("""
        insert into rating_source (tenant, source, subject, rating_id, start, about, "end", token)
        select tenant, 'readings', series, rating_id, start, '', max("end"), cast(watermark as text)
        from (
            select e.tenant, e.series, r.id as rating_id, e.watermark,
                   case when g.kind in ('cumulative', 'instantaneous', 'state') then coalesce((
                            select max(x.start) from reading x
                            where x.tenant = e.tenant and x.series = e.series and x.start <= e.start
                              and x.batch <= e.watermark), '-infinity')
                        when g.kind = 'interval' and v.terms->'settings'->>'edges' <> 'last_read'
                        then e.start - interval '366 days'
                        else e.start end as start,
                   case when g.traits->>'between' = 'linear' and not exists (
                            select from reading x
                            where x.tenant = e.tenant and x.series = e.series and x.batch <= e.watermark
                              and x.start >= e."end" - interval '1 microsecond')
                        then 'infinity' else e."end" end as "end"
            from evidence e
            join rating r on r.tenant = e.tenant and r.invoice_id = e.invoice_id and r.document_id = e.rated_by
            join series s on s.tenant = e.tenant and s.id = e.series
            join register g on g.tenant = e.tenant and g.id = s.register_id
            join invoice i on i.tenant = e.tenant and i.id = e.invoice_id
            join contract_version v on v.tenant = e.tenant and v.id = i.version_id) as reached
        group by tenant, series, rating_id, start, watermark""")
    op.execute("create temporary table life (tenant int, version int, digest text) on commit drop")
    connection = op.get_bind()
    versions = connection.execute(sa.text("select tenant, id, terms from contract_version")).all()
    lives = [
        {"tenant": tenant, "version": key, "digest": sha256(
            json.dumps([terms.get(name) for name in OF_LIFE], sort_keys=True).encode()).hexdigest()[:16]}
        for tenant, key, terms in versions
    ]  # fmt: skip
    if lives:
        connection.execute(sa.text("insert into life values (:tenant, :version, :digest)"), lives)
    op.execute("""
        insert into rating_source (tenant, source, subject, rating_id, start, about, "end", token)
        select b.tenant, 'versions', r.contract_id, r.id, cast('-infinity' as timestamptz), cast(b.until as text),
               cast('infinity' as timestamptz),
               (select coalesce(string_agg(cast(v.id as text), ' ' order by v.number), '') from contract_version v
                where v.tenant = b.tenant and v.id = any(b.versions) and v.effective < b.until)
               || ' | ' || (select l.digest from contract_version v
                            join life l on l.tenant = v.tenant and l.version = v.id
                            where v.tenant = b.tenant and v.id = any(b.versions) order by v.number desc limit 1)
        from basis b join rating r on r.tenant = b.tenant and r.invoice_id = b.invoice_id and r.document_id = b.rated_by
        where b.versions <> '{}'
        union all
        select b.tenant, 'disputes', r.contract_id, r.id, cast('-infinity' as timestamptz), cast(b.until as text),
               cast('infinity' as timestamptz),
               coalesce((select string_agg(known.state, ' ' order by d.id)
                         from unnest(b.disputes) as known (state)
                         join dispute d on d.tenant = b.tenant and d.id = cast(split_part(known.state, ':', 1) as int)
                         where d.first < b.until), '')
        from basis b join rating r on r.tenant = b.tenant and r.invoice_id = b.invoice_id and r.document_id = b.rated_by
        union all
        select distinct b.tenant, 'index', v.series_id, r.id, cast('-infinity' as timestamptz), v.month,
               cast('infinity' as timestamptz), cast(v.id as text)
        from basis b join rating r on r.tenant = b.tenant and r.invoice_id = b.invoice_id and r.document_id = b.rated_by
        join index_value v on v.tenant = b.tenant and v.id = any(b.index_values)""")
    op.execute("""
        insert into sweep (tenant, watermark, shipped)
        select tenant, max(id), '{}' from batch group by tenant""")


def _wall_tables() -> None:
    wall("rating", app="select, insert", party="customer_id")
    op.execute("grant update (swept) on rating to usufruct_app")
    wall("rating_source", app="select")  # written by COPY, as the loader
    op.execute('grant insert (rating_id, source, subject, about, start, "end", token) on rating_source to usufruct_load')
    wall("fact_touch", app="select")  # written by triggers
    op.execute("grant update (swept) on fact_touch to usufruct_app")
    wall("stale", app="select, insert")
    wall("sweep", app="select, insert, update")


def _close_what_is_issued() -> None:
    """Let no rating be added to an issued document, and no question to a rating of one, or to one that was swept."""
    for table, is_closed in (
        ("rating", """
            exists (select from invoice where tenant = (select tenant from added limit 1)
                    and id = any(array(select distinct document_id from added)) and sequence is not null)"""),
        ("rating_source", """
            exists (select from rating r left join invoice i on i.tenant = r.tenant and i.id = r.document_id
                    where r.tenant = (select tenant from added limit 1)
                      and r.id = any(array(select distinct rating_id from added))
                      and (r.swept or i.sequence is not null))"""),
    ):  # fmt: skip
        op.execute(f"""
            create function refuse_{table}_of_issued() returns trigger language plpgsql security definer
            set search_path = pg_catalog, public, pg_temp as $$
            declare
                stated text := current_setting('app.party', true);
                is_closed boolean;
            begin
                perform set_config('app.party', '', true);
                is_closed := {is_closed};
                perform set_config('app.party', coalesce(stated, ''), true);
                if is_closed then
                    raise exception 'an issued invoice gets no further row of {table}'
                        using errcode = 'integrity_constraint_violation', constraint = 'issued_never_changes';
                end if;
                return null;
            end $$""")
        op.execute(f"""
            create trigger issued_never_changes after insert on {table} referencing new table as added
            for each statement execute function refuse_{table}_of_issued()""")


#: Of each table, when a change of it is one of a stored fact, and what it is of: source, subject, about.
TOUCHES = {
    "contract_version": ("insert or update", "new.released_by is not null",
                         "select 'versions', new.contract_id, ''"),
    "index_value": ("insert or update", "new.released_by is not null", "select 'index', new.series_id, new.month"),
    "index_series": ("update", "new.links is distinct from old.links", "select 'index', new.id, 'links'"),
    "dispute": ("insert or update", "new.accepted_at is not null or new.outcome is not null",
                "select 'disputes', new.contract_id, ''"),
    "register": ("update", "true", """
        select 'registers', s.id, '' from series s
        where s.tenant = new.tenant and s.register_id = new.id and s.dimensions = '{}'"""),
    "meter": ("update", "true", """
        select 'registers', s.id, '' from series s join register r on r.tenant = s.tenant and r.id = s.register_id
        where r.tenant = new.tenant and r.meter_id = new.id and s.dimensions = '{}'"""),
    "asset": ("update", "true", """
        select 'registers', s.id, '' from series s join register r on r.tenant = s.tenant and r.id = s.register_id
        join meter m on m.tenant = r.tenant and m.id = r.meter_id
        where m.tenant = new.tenant and m.asset_id = new.id and s.dimensions = '{}'"""),
    "site": ("update", "true", """
        select 'registers', s.id, '' from series s join register r on r.tenant = s.tenant and r.id = s.register_id
        join meter m on m.tenant = r.tenant and m.id = r.meter_id join asset a on a.tenant = m.tenant and a.id = m.asset_id
        where a.tenant = new.tenant and a.site_id = new.id and s.dimensions = '{}'"""),
}  # fmt: skip


def _touch_facts() -> None:
    """Let every change of a stored fact leave a touch, whoever makes it: as the owner, of the row's own tenant."""
    for table, (when, condition, touch) in TOUCHES.items():
        op.execute(f"""
            create function touch_of_{table}() returns trigger language plpgsql security definer
            set search_path = pg_catalog, public, pg_temp as $$
            declare
                tenant_stated text := current_setting('app.tenant', true);
                party_stated text := current_setting('app.party', true);
            begin
                if {condition} then
                    perform set_config('app.tenant', cast(new.tenant as text), true);
                    perform set_config('app.party', '', true);
                    insert into fact_touch (tenant, source, subject, about)
                    select new.tenant, touched.* from ({touch}) as touched;
                    perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
                    perform set_config('app.party', coalesce(party_stated, ''), true);
                end if;
                return null;
            end $$""")
        op.execute(f"""
            create trigger a_fact_is_touched after {when} on {table}
            for each row execute function touch_of_{table}()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("revoke delete on due from usufruct_app")
    op.drop_index('uq_invoice_tenant_contract_id_kind_first', table_name='invoice')
    op.create_unique_constraint('uq_invoice_tenant_contract_id_kind_first', 'invoice', ['tenant', 'contract_id', 'kind', 'first'])
    for table in TOUCHES:
        op.execute(f"drop trigger a_fact_is_touched on {table}")
        op.execute(f"drop function touch_of_{table}")
    for table in ("rating", "rating_source"):
        op.execute(f"drop trigger issued_never_changes on {table}")
        op.execute(f"drop function refuse_{table}_of_issued")
    _make_evidence_and_basis()
    for table in ("invoice", *MADE):
        op.execute(f"alter table {table} no force row level security")
    _fill_inputs()
    _fill_evidence_and_basis()
    op.execute("alter table invoice force row level security")
    for table in ("sweep", "stale", "fact_touch", "rating_source", "rating"):
        op.drop_table(table)
    wall("evidence", app="select")
    wall("basis", app="select")
    op.execute('grant insert (series, start, invoice_id, rated_by, watermark, "end") on evidence to usufruct_load')
    op.execute("""
        grant insert (invoice_id, rated_by, until, versions, index_values, disputes) on basis to usufruct_load""")
    for table in ("evidence", "basis"):
        op.execute(f"""
            create function refuse_{table}_of_issued() returns trigger language plpgsql security definer
            set search_path = pg_catalog, public, pg_temp as $$
            declare
                stated text := current_setting('app.party', true);
                is_issued boolean;
            begin
                perform set_config('app.party', '', true);
                is_issued := exists (select from invoice where tenant = (select tenant from added limit 1)
                                     and id = any(array(select distinct rated_by from added)) and sequence is not null);
                perform set_config('app.party', coalesce(stated, ''), true);
                if is_issued then
                    raise exception 'an issued invoice gets no further row of {table}'
                        using errcode = 'integrity_constraint_violation', constraint = 'issued_never_changes';
                end if;
                return null;
            end $$""")
        op.execute(f"""
            create trigger issued_never_changes after insert on {table} referencing new table as added
            for each statement execute function refuse_{table}_of_issued()""")


def _make_evidence_and_basis() -> None:
    op.create_table('evidence',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('series', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('start', sa.TIMESTAMP(timezone=True), autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('watermark', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('end', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('rated_by', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_evidence_tenant_invoice_id', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant', 'rated_by'], ['invoice.tenant', 'invoice.id'], name='fk_evidence_tenant_rated_by', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'series', 'start', 'invoice_id', 'rated_by', name='pk_evidence')
    )
    op.create_index('ix_evidence_tenant_invoice_id', 'evidence', ['tenant', 'invoice_id'], unique=False)
    op.create_index('ix_evidence_tenant_rated_by', 'evidence', ['tenant', 'rated_by'], unique=False)
    op.create_table('basis',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('rated_by', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('versions', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.Column('index_values', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.Column('disputes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['tenant', 'invoice_id'], ['invoice.tenant', 'invoice.id'], name='fk_basis_tenant_invoice_id', ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tenant', 'rated_by'], ['invoice.tenant', 'invoice.id'], name='fk_basis_tenant_rated_by', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('tenant', 'invoice_id', 'rated_by', name='pk_basis')
    )


def _fill_inputs() -> None:
    """Take what ratings say back into the inputs of their documents, which an earlier release reads there."""
    op.execute("alter table invoice disable trigger issued_never_changes")
    op.execute("""
        update invoice i set inputs = i.inputs || '{"schema": 1}'
            || (select (r.inputs - 'number' - 'batches' - 'changes' - 'whole_period') || '{"schema": 1}' from rating r
                where r.tenant = i.tenant and r.document_id = i.id and r.invoice_id = i.id)
            || jsonb_build_object('corrections', coalesce((
                select jsonb_agg((r.inputs - 'schema' - 'tzdata' - 'rules' - 'whole_period' - 'held_apart')
                                 || jsonb_build_object('invoice', r.invoice_id, 'number', r.inputs->'number',
                                                       'batches', coalesce(r.inputs->'batches', '[]')) order by r.id)
                from rating r where r.tenant = i.tenant and r.document_id = i.id and r.invoice_id <> i.id), '[]'))
        where i.kind <> 'correction' and coalesce(cast(i.inputs->>'schema' as int), 0) > 1""")
    op.execute("alter table invoice enable trigger issued_never_changes")


def _fill_evidence_and_basis() -> None:
    op.execute("""
        insert into evidence (tenant, series, start, invoice_id, rated_by, watermark, "end")
        select s.tenant, s.subject, s.start, r.invoice_id, r.document_id, max(r.watermark), max(s."end")
        from rating_source s join rating r on r.tenant = s.tenant and r.id = s.rating_id
        where s.source = 'readings' and r.document_id is not null
        group by s.tenant, s.subject, s.start, r.invoice_id, r.document_id""")
    op.execute("""
        insert into basis (tenant, invoice_id, rated_by, until, versions, index_values, disputes)
        select r.tenant, r.invoice_id, r.document_id, cast(s.about as date),
               cast(string_to_array(nullif(split_part(s.token, ' | ', 1), ''), ' ') as int[]),
               array(select cast(v.token as int) from rating_source v
                     where v.tenant = r.tenant and v.rating_id = r.id and v.source = 'index' and v.about <> 'links'
                       and v.token <> '0' order by 1),
               coalesce((select string_to_array(nullif(d.token, ''), ' ') from rating_source d
                         where d.tenant = r.tenant and d.rating_id = r.id and d.source = 'disputes'), '{}')
        from rating r join rating_source s on s.tenant = r.tenant and s.rating_id = r.id and s.source = 'versions'
        where r.document_id is not null""")
