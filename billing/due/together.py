"""Contracts that are billed together: whose work stands on one document, found and locked as one.

A contract says so (``settings: {document: consolidated}``), and what its newest released version says counts. A group
is what one customer has of one supplier. Whoever bills a group has its lock until the transaction ends; another who
comes to it meanwhile leaves all of it, so that no group comes to two documents because two were at it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from sqlalchemy import TextClause, text
from sqlmodel import Session

from contracts.tables import CONSOLIDATED
from quantities.period import zone

#: Contracts that stand on one document at most; of more, the next so many stand on the next.
MOST = 1000


@dataclass(frozen=True, slots=True)
class DueTogether:
    """What works have in common that may stand on one document.

    Attributes:
        customer_id: the key of the customer.
        supplier: by name.
        day: on which they fall due, each where its contract is.
    """

    customer_id: int
    supplier: str
    day: date


@dataclass(frozen=True, slots=True)
class GroupedContract:
    """A contract that is billed together with others.

    Attributes:
        contract_id: its key.
        customer_id: the key of its customer.
        supplier: by name.
        zone: of its days.
    """

    contract_id: int
    customer_id: int
    supplier: str
    zone: str

    @property
    def group(self) -> tuple[int, str]:
        """What it has in common with the others."""
        return self.customer_id, self.supplier


@dataclass(frozen=True, slots=True)
class Together:
    """What was locked of groups.

    Attributes:
        locked: the contracts of groups that nobody else has, by key.
        left: the contracts of groups that are left to others.
    """

    locked: Mapping[int, GroupedContract] = field(default_factory=dict)
    left: frozenset[int] = frozenset()

    def widened(self, contract_ids: Collection[int]) -> set[int]:
        """Name contracts with all others of their groups, and without those that are left to others."""
        return (set(contract_ids) | self.locked.keys()) - self.left

    def of(self, contract_id: int, due_at: datetime) -> DueTogether | None:
        """Say with what some work stands together; None where its contract is billed by itself."""
        known = self.locked.get(contract_id)
        if known is None:
            return None
        return DueTogether(known.customer_id, known.supplier, due_at.astimezone(zone(known.zone)).date())


class _Claimed(Protocol):
    @property
    def together(self) -> DueTogether | None: ...


_Work = TypeVar("_Work", bound=_Claimed)

# text: members of a JSON document; of a contract the newest version that is released
_OWN = f"""
    with own as (
        select v.contract_id, v.customer_id, v.terms #>> '{{supplier,name}}' as supplier, v.terms ->> 'zone' as zone
        from contract_version v
        where {CONSOLIDATED} and v.released_by is not null and not exists (
            select from contract_version later
            where later.tenant = v.tenant and later.contract_id = v.contract_id and later.number > v.number
              and later.released_by is not null))"""  # noqa: S608 of our own words alone
# text: as above
_AMONG = text(f"{_OWN} select * from own where contract_id = any(:among)")  # noqa: S608 likewise
# text: as above
_GROUPS = text(
    f"""{_OWN}
    select * from own
    where (customer_id, supplier) in (select customer_id, supplier from own where contract_id = any(:among))
    order by contract_id"""  # noqa: S608 likewise
)
# text: a function of the database
_TAKE = text("""
    select pg_try_advisory_xact_lock(hashtextextended(
        concat_ws(' ', current_setting('app.tenant'), 'billed together', cast(:customer as text),
                  cast(:supplier as text)), 0))""")
# text: whoever bills, credits or issues one of them by hand is waited for
_HOLD = text("""
    select c.id from contract c
    where c.id = any(:contracts) and exists (
        select from due where due.tenant = :tenant and due.contract = c.id and due.kind <> 'planning'
          and due.done_at is null and due.due_at <= :due_by)
    order by c.id for no key update""")
# text: what is held is planned no further until somebody has seen to it, and holds nobody
_TO_BE_PLANNED = text("""
    select due.contract from due
    where due.tenant = :tenant and due.kind = 'planning' and due.contract = any(:contracts) and due.done_at is null
      and due.held is null and due.due_at <= :due_by""")

# text: a function of the database
_HELD_BACK = text("""
    select c.id from contract c
    where c.id = any(:contracts) and is_held_back(c.tenant, '{bill,issue}', c.id, cast(:at as timestamptz))""")


def in_groups(session: Session, contract_ids: Sequence[int]) -> list[int]:
    """Put contracts that are billed together next to each other, where the first of them stands."""
    groups = portions(session, contract_ids, 0)
    return [contract for group in groups for contract in group]


def portions(session: Session, contract_ids: Sequence[int], at_once: int) -> list[list[int]]:
    """Divide contracts into portions that cut no group.

    Args:
        session: states the tenant.
        contract_ids: in order.
        at_once: how many make a portion; a larger group makes a larger one. With 0 each group is one, and each contract
            that is billed by itself.
    """
    known = {row.contract_id: row.group for row in _rows(session, _AMONG, contract_ids)}
    together: dict[object, list[int]] = {}
    for contract_id in contract_ids:
        together.setdefault(known.get(contract_id, contract_id), []).append(contract_id)
    portions_ = list[list[int]]()
    for group in together.values():
        if portions_ and len(portions_[-1]) + len(group) <= at_once:
            portions_[-1] += group
        else:
            portions_.append(list(group))
    return portions_


def lock_groups(
    session: Session, tenant: int, contract_ids: Collection[int], due_by: datetime, at: datetime | None = None
) -> Together:
    """Lock the groups of contracts, with their contracts of which something is due.

    A group is left to others while another has it, and while a contract of it is to be planned: whoever plans it bills
    it. It waits as a whole while a pause holds one contract of it back.

    Args:
        session: states the tenant.
        tenant: the same.
        contract_ids: of which groups are looked for.
        due_by: what was due by then.
        at: the instant at which a pause counts; without it, none does.
    """
    groups: dict[tuple[int, str], list[GroupedContract]] = {}
    for row in _rows(session, _GROUPS, contract_ids):
        groups.setdefault(row.group, []).append(row)
    locked: dict[int, GroupedContract] = {}
    left = set[int]()
    for customer, supplier in sorted(groups):
        members = {row.contract_id: row for row in groups[customer, supplier]}
        asked = {"tenant": tenant, "contracts": list(members), "due_by": due_by}
        is_taken = session.execute(_TAKE, {"customer": customer, "supplier": supplier}).scalar_one()
        held_back = at is not None and session.execute(_HELD_BACK, asked | {"at": at}).first() is not None
        if not is_taken or held_back or session.execute(_TO_BE_PLANNED, asked).first() is not None:
            left |= members.keys()
            continue
        session.execute(_HOLD, asked)
        locked |= members
    return Together(locked, frozenset(left))


def _rows(session: Session, statement: TextClause, contract_ids: Collection[int]) -> list[GroupedContract]:
    asked = {"among": sorted(contract_ids)}
    return [
        GroupedContract(row.contract_id, row.customer_id, row.supplier, row.zone)
        for row in session.execute(statement, asked)
    ]


def of_oldest_days(claimed: Iterable[_Work]) -> list[_Work]:
    """Leave out what falls due later than the oldest of its group, and beyond what one document holds."""
    works = list(claimed)
    oldest: dict[tuple[int, str], date] = {}
    for falls_due in (work.together for work in works if work.together is not None):
        key = falls_due.customer_id, falls_due.supplier
        oldest[key] = min(falls_due.day, oldest.get(key, falls_due.day))
    chosen, count = list[_Work](), dict[DueTogether, int]()
    for work in works:
        group = work.together
        if group is not None:
            if group.day > oldest[group.customer_id, group.supplier] or count.get(group, 0) == MOST:
                continue
            count[group] = count.get(group, 0) + 1
        chosen.append(work)
    return chosen
