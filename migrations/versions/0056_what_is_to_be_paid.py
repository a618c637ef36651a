"""invoice: what is to be paid of a document is a column, computed of its own totals.

Revision: 0056
After: 0054

What was open of a document was its gross total less what was paid. A document says otherwise where its prices have the
tax in them (the cents of BT-114) and where its customer withholds a tax: who paid what it says still owed, and was dunned.
"""

import sqlalchemy as sa
from alembic import op

revision = '0056'
down_revision = '0054'
branch_labels = None
depends_on = None

PAYABLE = (
    "gross + coalesce((inputs #>> '{tax,rounding}')::numeric, 0) - coalesce((inputs #>> '{tax,withheld}')::numeric, 0)"
)
DEFINER = "returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('invoice', sa.Column('payable', sa.Numeric(), sa.Computed(PAYABLE, persisted=True)))
    _mark_once("""
            was.payable := new.payable;  -- which the database computes after this""")
    _pay_no_more_than("payable")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _mark_once("")
    _pay_no_more_than("gross")
    op.drop_column('invoice', 'payable')


def _mark_once(computed: str) -> None:
    """Let nothing of what is issued change, but for a mark that is set once."""
    op.execute(f"""
        create or replace function refuse_change_of_issued() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            was invoice;
        begin
            if tg_op = 'INSERT' then
                if new.number is not null then
                    raise exception 'an invoice is a draft before it is issued' {REFUSED} 'drafted_first';
                end if;
                return new;
            end if;
            was := old;
            was.voided_on := new.voided_on;
            was.counts_until := new.counts_until;{computed}
            if tg_op = 'UPDATE' and old.sequence is not null and old.voided_on is null and new.voided_on is not null
               and was is not distinct from new then
                return new;
            end if;
            if old.sequence is not null or old.came_to_nothing then
                raise exception 'invoice % is issued and never changes', old.number {REFUSED} 'issued_never_changes';
            end if;
            if tg_op = 'UPDATE' and new.sequence is not null and not exists (
                select from counter
                where tenant = new.tenant and issuer_id = new.issuer_id and series = new.series and year = new.year
                  and new.sequence between 1 and last and new.issued_on = last_on) then
                raise exception 'number % was not drawn from its counter', new.number {REFUSED} 'numbered_by_counter';
            end if;
            return case tg_op when 'DELETE' then old else new end;
        end $$""")


def _pay_no_more_than(amount: str) -> None:
    """What a payee sells in its own name is paid on up to what its customer is to pay."""
    op.execute(f"""
        create or replace function pay_no_more_than_is_owed() {DEFINER} as $$
        declare
            owed numeric;
            has numeric;
        begin
            perform from payout_account a
            where a.tenant = new.tenant
              and a.id = (select p.account_id from payout p where p.tenant = new.tenant and p.id = new.payout_id) for update;
            if new.kind = 'fee' then
                return null;
            elsif new.kind = 'sale' then
                select abs(i.{amount}) into owed from invoice i where i.tenant = new.tenant and i.id = new.invoice_id;
            else
                select sum(abs((line ->> 'net')::numeric) * (1 + (line ->> 'rate_percent')::numeric / 100)) + 1 into owed
                from payee_document d cross join lateral jsonb_array_elements(d.content -> 'lines') line
                join invoice i on i.tenant = d.tenant and i.id = (line ->> 'invoice')::int
                where d.tenant = new.tenant and d.id = new.payee_document_id and coalesce(i.within_id, i.id) = new.invoice_id;
            end if;
            select sum(l.amount) into has
            from payout_line l join payout p on p.tenant = l.tenant and p.id = l.payout_id
            where l.tenant = new.tenant and l.kind = new.kind and l.invoice_id = new.invoice_id
              and l.payee_document_id is not distinct from new.payee_document_id
              and p.state in ('held', 'due', 'ordered', 'paid');
            if owed is null or (abs(has) > owed and has * new.amount > 0) then
                raise exception 'of % more is paid than is owed', new.number {REFUSED} 'no_more_than_is_owed';
            end if;
            return null;
        end $$""")
