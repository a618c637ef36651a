"""How much due work lies there, and for how long: what whoever runs the product watches.

Each statement reads at most so many rows by an index, so that watching costs the same on the worst of days.
"""

from datetime import datetime

#: More than so many rows of a tenant are counted as so many.
COUNTED_MAX = 10_000

_ISSUE = """
    (select issue from contract_version version
     where version.tenant = due.tenant and version.contract_id = due.contract and released_by is not null
     order by number desc limit 1)"""
_DUE = f"""
    select kind, coalesce(issue, 'after_review'), count(*), min(due_at) from (
        select kind, due_at, {_ISSUE} as issue from due
        where due.tenant = %(tenant)s::int and kind <> 'planning' and done_at is null and held is null
          and due_at <= %(now)s::timestamptz
        order by due_at limit {COUNTED_MAX}) oldest
    group by 1, 2
    union all
    select 'planning', 'automatically', count(*), min(due_at) from (
        select due_at from due
        where due.tenant = %(tenant)s::int and kind = 'planning' and done_at is null and held is null
          and due_at <= %(now)s::timestamptz
        order by due_at limit {COUNTED_MAX}) oldest"""  # noqa: S608 a number and a part of our own
_HELD = f"""
    select reason, count(*) from (
        select held ->> 'code' as reason from due
        where due.tenant = %(tenant)s::int and held is not null and done_at is null limit {COUNTED_MAX}) held
    group by 1"""  # noqa: S608 a number of our own

_DEAD = f"""
    select kind, count(*) from (
        select kind from due_work where due_work.tenant = %(tenant)s::int and state = 'dead' limit {COUNTED_MAX}) dead
    group by 1"""  # noqa: S608 a number of our own


def due_work(tenant: int, now: datetime) -> tuple[str, dict[str, object]]:
    """Ask how much is due, not done and not held: rows of kind, how it is issued, count, and the oldest instant.

    The planning of contracts is a kind of its own; how its invoices are issued says nothing there.
    """
    return _DUE, {"tenant": tenant, "now": now}


def held_work(tenant: int) -> tuple[str, dict[str, object]]:
    """Ask what is held: rows of the reason's code, and a count."""
    return _HELD, {"tenant": tenant}


def dead_work(tenant: int) -> tuple[str, dict[str, object]]:
    """Ask what failed too often and is tried no more: rows of kind and a count."""
    return _DEAD, {"tenant": tenant}
