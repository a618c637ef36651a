"""Due work as rows: written down once, claimed by one worker at a time, done or held with its reason."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from billing.invoices.store import InvoiceKind
from contracts.schedule import BillingPeriod
from quantities.errors import UsufructError, slug

log = logging.getLogger(__name__)

#: The kind of a row that says why a contract cannot be planned; it has no period, and nobody claims it.
_PLANNING = "planning"
_DETAIL_MAX = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """Work that is claimed.

    Attributes:
        contract_id: whose.
        reference: what the contract is called.
        kind: what its invoice is of.
        first: the first day of its period. Where an amendment moved the end, several rows are this one work.
    """

    contract_id: int
    reference: str
    kind: InvoiceKind
    first: date


def planned_until(session: Session, tenant: int) -> dict[tuple[int, str], date]:
    """Say up to which day the work of each contract and kind is written down."""
    rows = session.execute(
        text("""select contract, kind, max(upper(period)) as until from due
                where tenant = :tenant and kind = any(:kinds) group by contract, kind"""),
        {"tenant": tenant, "kinds": list(InvoiceKind)},
    )
    return {(row.contract, row.kind): row.until for row in rows}


def write_down(session: Session, tenant: int, work: Iterable[tuple[int, InvoiceKind, BillingPeriod, datetime]]) -> None:
    """Write down work: contract, kind, period, and from when on a worker may take it up. What is there stays."""
    rows = [
        {
            "tenant": tenant,
            "kind": kind.value,
            "contract": contract_id,
            "first": period.first,
            "after_last": period.after_last,
            "due_at": due_at,
        }
        for contract_id, kind, period, due_at in work
    ]
    if rows:
        session.execute(
            text("""insert into due (tenant, kind, contract, period, attempt, due_at)
                    values (:tenant, :kind, :contract, daterange(:first, :after_last), 0, :due_at)
                    on conflict do nothing"""),
            rows,
        )


def hold_planning(session: Session, tenant: int, reasons: Mapping[int, Mapping[str, str]], now: datetime) -> None:
    """Hold the planning of contracts, each for its reason; that of every other contract is held no more."""
    session.execute(
        text("""update due set done_at = :now, held = null
                where tenant = :tenant and kind = :kind and done_at is null and not contract = any(:contracts)"""),
        {"now": now, "tenant": tenant, "kind": _PLANNING, "contracts": list(reasons)},
    )
    common = {"tenant": tenant, "kind": _PLANNING, "now": now}
    # In one order, so that two plans at once wait for each other and not in a circle.
    rows = [common | {"contract": key, "reason": json.dumps(reasons[key])} for key in sorted(reasons)]
    if rows:
        session.execute(
            text("""insert into due (tenant, kind, contract, period, attempt, due_at, held)
                    values (:tenant, :kind, :contract, daterange(null, null), 0, :now, cast(:reason as jsonb))
                    on conflict (tenant, kind, contract, period, attempt) do update
                    set held = excluded.held, done_at = null"""),
            rows,
        )


def unplanned(session: Session, tenant: int) -> dict[str, str]:
    """Say why contracts cannot be planned, by their references."""
    rows = session.execute(
        text("""select contract.reference, due.held->>'detail' as detail
                from due join contract on contract.id = due.contract
                where due.tenant = :tenant and kind = :kind and done_at is null order by contract.id"""),
        {"tenant": tenant, "kind": _PLANNING},
    )
    return {row.reference: row.detail for row in rows}


_CLAIM = text(
    """
    select due.contract, contract.reference, due.kind, lower(due.period) as first
    from due join contract on contract.id = due.contract
    where due.tenant = :tenant and kind = any(:kinds) and done_at is null and due_at <= :due_by
      and not (due.contract, due.kind, lower(due.period)) in (
        select * from unnest(cast(:contracts as int[]), cast(:of_kinds as text[]), cast(:firsts as date[])))
      and not exists (
        select 1 from due earlier
        where earlier.tenant = due.tenant and earlier.kind = any(:kinds) and earlier.contract = due.contract
          and earlier.done_at is null and earlier.held is null and earlier.due_at < due.due_at)
    order by due_at, due.contract for no key update of due, contract skip locked limit :limit
    """
)


def claim(session: Session, tenant: int, due_by: datetime, limit: int, passed: Collection[Due] = ()) -> list[Due]:
    """Lock due work that nobody else has, with its contracts: oldest first, one of each contract.

    Args:
        session: states the tenant.
        tenant: the same.
        due_by: what was due by then.
        limit: how many contracts at most.
        passed: not to be claimed.
    """
    asked: dict[str, Any] = {"tenant": tenant, "kinds": list(InvoiceKind), "due_by": due_by, "limit": limit}
    asked |= {"contracts": [work.contract_id for work in passed], "of_kinds": [work.kind.value for work in passed]}
    asked |= {"firsts": [work.first for work in passed]}
    claimed: dict[int, Due] = {}
    for row in session.execute(_CLAIM, asked):
        claimed.setdefault(row.contract, Due(row.contract, row.reference, InvoiceKind(row.kind), row.first))
    return list(claimed.values())


_CLOSE = text(
    """
    update due set done_at = :now, held = null
    where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first and done_at is null
    """
)
_HOLD = text(
    """
    update due set held = cast(:reason as jsonb)
    where tenant = :tenant and kind = :kind and contract = :contract and lower(period) = :first and done_at is null
    returning contract
    """
)


def close(session: Session, tenant: int, work: Due, now: datetime) -> None:
    """Note that work is done, and held no more."""
    session.execute(_CLOSE, _key(tenant, work) | {"now": now})


def hold(session: Session, tenant: int, work: Due, fault: Exception) -> str | None:
    """Leave work for a person, with its reason; every later run tries it again.

    Returns:
        The reason, in words; None where another worker has done the work meanwhile.
    """
    why = reason(fault, work.reference)
    rows = session.execute(_HOLD, _key(tenant, work) | {"reason": json.dumps(why)}).all()
    return why["detail"] if rows else None


def _key(tenant: int, work: Due) -> dict[str, Any]:
    return {"tenant": tenant, "kind": work.kind.value, "contract": work.contract_id, "first": work.first}


def reason(fault: Exception, reference: str) -> dict[str, str]:
    """Say why a contract's work is held: a refusal by its name and words; what nobody foresaw is logged besides."""
    if isinstance(fault, UsufructError):
        code, detail = slug(type(fault)), str(fault)
    else:
        log.error("contract %s could not be billed", reference, exc_info=fault)
        code, detail = "unforeseen", f"{type(fault).__name__}: {str(fault).partition(chr(10))[0]}"
    storable = detail.encode(errors="replace").decode().replace("\0", "?")  # no half characters, no zero bytes
    return {"code": code, "detail": storable[:_DETAIL_MAX]}
