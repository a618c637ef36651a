"""due and paused: what a pause holds of spending, payouts and dunning is not due; a bank that has moved wakes a payee.

Revision: 0053
After: 0052

The functions that say for which tenants something of these kinds is due are written anew: they ask for pauses as the
claims do, of the tenants alone of which something is due at all. Of kinds that a pause holds as a whole, what was begun
is still seen to its end. An account of a payee is looked at as soon as the bank has said what became of its payout.
"""

from importlib import import_module

from alembic import op


revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None

SEARCHED = "set search_path = pg_catalog, public, pg_temp"
DEFINER = f"returns trigger language plpgsql security definer {SEARCHED}"
SEES_ALL = f"language sql stable security definer {SEARCHED}"
DUE = import_module("migrations.versions.0051_due_work").DUE
SET_BACK = import_module("migrations.versions.0051_due_work").SET_BACK
#: Their claims say what of them was begun, and what a pause holds: a pause of all of it holds no more than they do.
ENDED_IN_A_PAUSE = "('deliver', 'collect')"

#: By function: of which tenants something is due at all, paused or not; and whether some of it is not paused. ``one`` is
#: the tenant. A pause of the whole kind is asked for first, so that a long one costs no look at each row.
ASKED = {
    "payouts_due": (
        """exists (select from payout_account a where a.tenant = t.id and a.next_at <= instant)
           or exists (select from connected_account c where c.tenant = t.id and c.next_at <= instant)""",
        """not is_held_back(one, '{pay out}', null, instant)
           or exists (select from connected_account c where c.tenant = one and c.next_at <= instant)""",
    ),
    "dunning_due": (
        "exists (select from dunning d where d.tenant = t.id and d.next_at <= instant)",
        """not is_held_back(one, '{dun}', null, instant) and exists (
               select from dunning d where d.tenant = one and d.next_at <= instant
               and not is_document_held_back(one, '{dun}', d.invoice_id, instant))
           or exists (select from dunning d where d.tenant = one and d.next_at <= instant and d.ordered_at is not null)""",
    ),
    "spending_due": (
        """exists (select from spending_look l where l.tenant = t.id and l.next_at <= instant)
           or exists (select from spending_alert a where a.tenant = t.id and a.mail_next_at <= instant)""",
        """not is_held_back(one, '{spend}', null, instant) and (
               exists (select from spending_look l where l.tenant = one and l.next_at <= instant
                       and not is_held_back(one, '{spend}', l.contract_id, instant))
               or exists (select from spending_alert a where a.tenant = one and a.mail_next_at <= instant
                          and not is_held_back(one, '{spend}', a.contract_id, instant)))
           or exists (select from spending_alert a where a.tenant = one and a.mail_next_at <= instant
                      and a.mail_state = 'sending')""",
    ),
}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for function, (due, and_not_paused) in ASKED.items():
        op.execute(_asking_for_pauses(function, due, and_not_paused))
    op.execute(_due_kinds(f"k.kind in {ENDED_IN_A_PAUSE} or "))
    op.execute(f"""
        create function look_at_the_payee_again() {DEFINER} as $$
        begin
            update payout_account a set next_at = 'epoch' from payout p
            where p.tenant = new.tenant and p.id = substr(new.key, 8)::int and p.by = 'bank'
              and a.tenant = p.tenant and a.id = p.account_id;
            return null;
        end $$""")
    op.execute("""
        create trigger look_at_the_payee_again after update of state on bank_order
        for each row when (new.purpose = 'payout' and new.key like 'payout %' and new.state <> old.state
                           and new.state in ('done', 'returned', 'refused', 'withdrawn'))
        execute function look_at_the_payee_again()""")


def _asking_for_pauses(function: str, due: str, and_not_paused: str) -> str:
    return f"""
        create or replace function {function}(instant timestamptz) returns table (tenant int)
        language plpgsql security definer {SEARCHED} as $$
        #variable_conflict use_column
        declare
            stated text := current_setting('app.tenant', true);
            one int;
        begin
            for one in select t.id from tenant t where {due} order by t.id loop
                perform set_config('app.tenant', one::text, true);
                if {and_not_paused} then
                    return query select one;
                end if;
            end loop;
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$"""


def _asking_for_none(function: str, due: str) -> str:
    return f"""
        create or replace function {function}(instant timestamptz) returns table (tenant int) {SEES_ALL} as $$
            select t.id from tenant t
            where {due}
            order by t.id
        $$"""


def _due_kinds(unless: str) -> str:
    """Write the function of 0051; ``unless`` a kind is one that is looked for by what its claims hold."""
    counted = " union all ".join(
        f"select one as tenant, '{kind}'::text as kind, count(*)::int as many, min(f.at) as earliest from ({due}) f (at)"
        for kind, due in DUE.items()
    )
    return f"""
        create or replace function due_kinds(instant timestamptz, prints jsonb)
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
                where k.many > 0 and ({unless}not is_held_back(one, case k.kind
                    when 'bill' then array['bill', 'issue'] when 'correct' then array['correct', 'issue']
                    else array[k.kind] end, null, instant));
            end loop;
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$"""


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop trigger look_at_the_payee_again on bank_order")
    op.execute("drop function look_at_the_payee_again")
    op.execute(_due_kinds(""))
    for function, (due, _) in ASKED.items():
        op.execute(_asking_for_none(function, due))
