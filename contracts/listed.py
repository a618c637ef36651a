"""The list of contracts, in pages: what a filter means that no column says is asked of the terms by SQL.

A contract's state follows from its terms and the day (``contracts.life``). Asked by SQL, a page of the few contracts
that are suspended does not read the terms of all; tests/contracts/test_listed.py holds both together.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, any_, func, text
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from contracts.contract_query import ContractQuery, VersionQuery
from contracts.store import Version, newest_of, of_released_ones, versions
from contracts.tables import ContractRow, ContractVersionRow, PartyRow
from metering.log.list_page import Listing
from quantities.listing import ListPage, cut
from quantities.period import zone

_NUMBER = col(ContractVersionRow.number)
_PARTY = col(PartyRow.name)
#: As a version of a contract has it.
_SUPPLIER = col(ContractVersionRow.terms)["supplier"]["name"].astext


def listed(session: Session, query: ContractQuery, at: datetime, *, released_only: bool = False) -> ListPage[Version]:
    """List contracts in pages, each by its newest version.

    Args:
        session: states the tenant, and the party where a customer asks.
        query: which of them.
        at: the instant at whose local day a contract has its state.
        released_only: as a customer sees it: the newest released version, and no contract without one.

    Raises:
        UnknownSort: there is no such order.
    """
    conditions = of_released_ones() if released_only else ()
    if query.state is not None:
        conditions = (*conditions, _in_state(session, query.state.value, at, released_only=released_only))
    if query.kind:
        conditions = (*conditions, _of_newest(_HAS_KIND, released_only, kind=query.kind))
    listing = _OF_CUSTOMER if released_only else _LISTING
    asked = query.model_copy(update={"state": None, "kind": ""})
    shown = newest_of(session, listing.selected(asked, *conditions), released_only=released_only)
    if query.order[1]:
        shown = shown[::-1]
    page = shown[: query.limit]
    after = page[-1].contract.contract if len(shown) > query.limit else ""
    return ListPage(page, after, listing.count(session, asked, *conditions) if query.total else None)


def versions_listed(
    session: Session, reference: str, query: VersionQuery, *, released_only: bool = False
) -> ListPage[Version]:
    """List the versions of a contract in pages; a contract has so few that they are read whole.

    Raises:
        UnknownContract: none is visible here.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return cut(
        versions(session, reference, released_only=released_only),
        query,
        {
            "version": lambda version: (version.number,),
            "effective": lambda version: (version.contract.effective.isoformat(), version.number),
        },
        {
            "waiting": lambda version, waits: (version.released_by is None) is waits,
            "effective_by": lambda version, day: version.contract.effective <= day,
        },
    )


def _of_party(column: Any, named_so: ColumnElement[bool]) -> ColumnElement[bool]:
    named = select(PartyRow.id).where(named_so).scalar_subquery()
    condition: ColumnElement[bool] = column == any_(func.array(named))
    return condition


def _waits() -> ColumnElement[bool]:
    """Set the condition of contracts whose newest version waits for its release."""
    waiting, newer = ContractVersionRow, aliased(ContractVersionRow)
    is_older = select(newer.id).where(newer.contract_id == waiting.contract_id, newer.number > _NUMBER)
    of_contract = select(waiting.id).where(waiting.contract_id == ContractRow.id, col(waiting.released_by).is_(None))
    return of_contract.where(~is_older.exists()).exists()


def _of_newest(condition: str, released_only: bool, **values: Any) -> Any:  # noqa: FBT001 named where it is called
    """Set a condition of a contract's newest version, or of the newest that is released."""
    released = "and v.released_by is not null" if released_only else ""
    chosen = f"""coalesce((select {condition} from contract_version v cross join lateral ({_LIFE}) life
                           where v.tenant = contract.tenant and v.contract_id = contract.id {released}
                           order by v.number desc limit 1), false)"""  # noqa: S608 conditions of our own
    return text(chosen).bindparams(**values)  # text: of JSON and its paths, which select() says in casts


#: Of terms: the first day, the end with extensions (``Extension.end``), and when they come into full operation.
_LIFE = """
    select (v.terms ->> 'starts')::date as starts,
           case when jsonb_typeof(v.terms -> 'extension') = 'object' then (
               select min(ending.day)
               from (select (v.terms ->> 'ends')::date as ends,
                            (v.terms #>> '{extension,notice}')::date
                                + coalesce((v.terms #>> '{extension,notice_days}')::int, 0) as reached,
                            (v.terms #>> '{extension,months}')::int as months) extended
               cross join lateral (
                   select greatest(0, ((extract(year from reached) - extract(year from ends)) * 12
                                       + extract(month from reached) - extract(month from ends))::int / months) as times
               ) passed
               cross join lateral generate_series(passed.times, passed.times + 1) as repeated
               cross join lateral (select (ends + make_interval(months => repeated * months))::date as day) ending
               where ending.day >= reached)
           else (v.terms ->> 'ends')::date end as until
"""
_PAUSED = """
    exists (select from jsonb_array_elements(coalesce(nullif(v.terms -> 'suspensions', 'null'), '[]')) pause
            where (pause ->> 'first')::date <= {day} and {day} < (pause ->> 'after_last')::date)
"""
_STATE = f"""
    case when v.released_by is null and not exists (
             select from contract_version counts
             where counts.tenant = v.tenant and counts.contract_id = v.contract_id and counts.released_by is not null)
         then 'waiting'
         when life.until <= {{day}} then 'ended'
         when life.starts <= {{day}} and {_PAUSED} then 'suspended'
         when life.starts <= {{day}} then
             case when (v.terms #>> '{{{{milestones,ramp_until}}}}')::date > {{day}} then 'ramp' else 'running' end
         when (v.terms #>> '{{{{milestones,accepted}}}}')::date <= {{day}} then 'accepted'
         when (v.terms #>> '{{{{milestones,installed}}}}')::date <= {{day}} then 'installed'
         when (v.terms #>> '{{{{milestones,signed}}}}')::date <= {{day}} then 'signed'
         else 'quoted' end
"""
_TODAY = "(cast(:days as jsonb) ->> (v.terms ->> 'zone'))::date"
_HAS_KIND = """
    jsonb_path_exists(v.terms, 'strict $.charges[*].rule.kind ? (@ == $kind)', jsonb_build_object('kind', :kind))
"""
_IS_IN_FORCE = """
    life.starts <= :day and (life.until is null or life.until > :day)
    and exists (select from contract_version applied
                where applied.tenant = v.tenant and applied.contract_id = v.contract_id
                  and applied.released_by is not null and applied.effective <= :day)
"""


def _in_state(session: Session, state: str, at: datetime, *, released_only: bool) -> Any:
    """Set the condition of contracts that are in a state on the local day of an instant."""
    # text: one member of JSON
    zones = session.execute(text("select distinct terms ->> 'zone' from contract_version")).scalars()
    days = {name: at.astimezone(zone(name)).date().isoformat() for name in zones if name}
    condition = f"({_STATE.format(day=_TODAY)}) = :state"
    return _of_newest(condition, released_only, state=state, days=json.dumps(days))


def _supplied(named_so: ColumnElement[bool]) -> ColumnElement[bool]:
    of_contract = select(ContractVersionRow.id).where(ContractVersionRow.contract_id == ContractRow.id)
    return of_contract.where(named_so).exists()


_LISTING = Listing(
    statement=columns_of(ContractRow),
    key=col(ContractRow.reference),
    sorts={"contract": col(ContractRow.reference)},
    filters={
        "begins": lambda begins: func.starts_with(ContractRow.reference, begins),
        "customer": lambda name: _of_party(col(ContractRow.customer_id), name == _PARTY),
        "customer_begins": lambda begins: _of_party(col(ContractRow.customer_id), func.starts_with(_PARTY, begins)),
        "supplier": lambda name: _of_party(col(ContractRow.supplier_id), name == _PARTY),
        "supplier_begins": lambda begins: _of_party(col(ContractRow.supplier_id), func.starts_with(_PARTY, begins)),
        "in_force_on": lambda day: _of_newest(_IS_IN_FORCE, True, day=day),  # noqa: FBT003 its life is that of the released
        "waiting": lambda _: _waits(),
    },
    named="contract",
)
# a customer sees of parties itself alone: who supplies it, its own contracts say
_OF_CUSTOMER = replace(
    _LISTING,
    filters={
        **_LISTING.filters,
        "supplier": lambda name: _supplied(name == _SUPPLIER),
        "supplier_begins": lambda begins: _supplied(func.starts_with(_SUPPLIER, begins)),
    },
)
