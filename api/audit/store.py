"""The audit's rows: listed, sealed in the order of transactions, verified, and cut where they are past retention."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlmodel import Session

from api.audit.audit_query import AuditQuery
from api.audit.chain import (
    AuditEntry,
    AuditSeal,
    ChainFault,
    ChainStart,
    FaultKind,
    beginning,
    faults_in,
    seal_after,
    start_after,
)
from metering.log.transaction import fetch, send
from quantities.listing import ListPage, place_read, place_written, unknown_page

#: So many entries are read, and sealed in one transaction.
PORTION = 5000
#: So many faults are named; whoever sees as many looks no further.
FAULTS_NAMED = 100
#: The operation that an entry names which says that a chain's beginning was removed.
CUT_OPERATION = "audit prune"

_ENTRY = (
    "xact", "id", "at", "identity", "key", "door", "operation", "object", "body_sha256",
    "address", "address_salt", "address_sha256",
)  # fmt: skip
_OF_ENTRY = ", ".join(f"e.{column}" for column in _ENTRY)


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An entry as lists show it: with the name that its identity has now, and its position once it is sealed."""

    entry: AuditEntry
    name: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class AuditAnchor:
    """The newest seal of a chain, to be kept where nobody of this database can change it."""

    position: int
    hash: bytes


def entries(session: Session, tenant: int, query: AuditQuery) -> ListPage[ListedEntry]:
    """List entries in pages, in the order of transactions, the newest first unless the query turns it round.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    _, is_descending = query.order
    xact, number = _place(query) if query.after else (None, None)
    asked = {
        "start": query.start,
        "end": query.end,
        "who": query.who or None,
        "operation": query.operation or None,
        "xact": xact,
        "id": number,
        "limit": query.limit + 1,
    }
    rows = fetch(session, _LIST if is_descending else _LIST_FROM_THE_FIRST, asked)
    listed = [ListedEntry(_entry(tenant, row[2:]), row[0], row[1]) for row in rows]
    shown, after = listed[: query.limit], ""
    if len(listed) > query.limit:
        after = place_written(_order(query), (shown[-1].entry.xact, str(shown[-1].entry.id)))
    count = fetch(session, _COUNT, asked)[0][0] if query.total else None
    return ListPage(tuple(shown), after, count)


def _order(query: AuditQuery) -> str:
    return query.sort or query.SORTS[0]


def _place(query: AuditQuery) -> tuple[int, UUID]:
    xact, number = place_read(_order(query), query.after, 2)
    if not isinstance(xact, int) or not 0 <= xact < _XACT_MAX:
        raise unknown_page(query.after)
    try:
        return xact, UUID(str(number))
    except ValueError as error:
        raise unknown_page(query.after) from error


_XACT_MAX = 2**63
_SEARCHED = """
    from audit_entry e
    left join identity i on i.tenant = e.tenant and i.id = e.identity
    left join audit_seal s on s.tenant = e.tenant and s.xact = e.xact and s.entry = e.id
    where (%(start)s::timestamptz is null or e.at >= %(start)s::timestamptz)
      and (%(end)s::timestamptz is null or e.at < %(end)s::timestamptz)
      and (%(who)s::text is null or lower(i.name) = lower(%(who)s::text))
      and (%(operation)s::text is null or strpos(lower(e.operation), lower(%(operation)s::text)) > 0)
"""
_LIST = f"""
    select i.name, s.position, {_OF_ENTRY} {_SEARCHED}
      and (%(xact)s::bigint is null or (e.xact, e.id) < (%(xact)s::bigint, %(id)s::uuid))
    order by e.xact desc, e.id desc limit %(limit)s
"""
_LIST_FROM_THE_FIRST = f"""
    select i.name, s.position, {_OF_ENTRY} {_SEARCHED}
      and (%(xact)s::bigint is null or (e.xact, e.id) > (%(xact)s::bigint, %(id)s::uuid))
    order by e.xact, e.id limit %(limit)s
"""
_COUNT = f"select count(*) {_SEARCHED}"


def seal_portion(session: Session, tenant: int) -> int:
    """Seal entries after which nothing that comes before them can be committed any more; say how many.

    An entry bears the number of its transaction, so those below the oldest transaction in flight are all there. They
    are sealed by that number, and whatever commits later has a higher one. Nobody waits: one worker alone seals a
    tenant's entries, and another that comes meanwhile seals none.
    """
    ((is_mine,),) = fetch(session, _LOCK, {"purpose": _SEALING})
    if not is_mine:
        return 0
    before = _newest(session, tenant)
    rows = fetch(session, _restored_or_not(session, before), {"xact": before.xact, "id": before.entry, "most": PORTION})
    seals = list[AuditSeal]()
    for row in rows:
        seals.append(seal_after(before, _entry(tenant, row)))
        before = start_after(seals[-1])
    if seals:
        columns = ("position", "xact", "entry", "content_sha256", "hash")
        send(session, _WRITE_SEALS, {column: [getattr(seal, column) for seal in seals] for column in columns})
    return len(seals)


_SEALING, _CUTTING = "audit sealing", "audit cutting"
_KEY = "hashtextextended(%(purpose)s || current_setting('app.tenant'), 0)"
_LOCK = f"select pg_try_advisory_xact_lock({_KEY})"
_WRITE_SEALS = """
    insert into audit_seal (position, xact, entry, content_sha256, hash)
    select * from unnest(%(position)s::bigint[], %(xact)s::bigint[], %(entry)s::uuid[], %(content_sha256)s::bytea[],
                         %(hash)s::bytea[])
"""
_UNSEALED = f"""
    select {_OF_ENTRY} from audit_entry e
    where (e.xact, e.id) > (%(xact)s::bigint, %(id)s::uuid)
      and e.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    order by e.xact, e.id limit %(most)s
"""  # noqa: S608 columns of our own
# A database that was restored on another server, whose transactions have lower numbers: first what its former server
# left, all of which is committed, then what is new.
_AFTER_A_RESTORE = f"""
    select {_OF_ENTRY} from audit_entry e
    where ((e.xact, e.id) > (%(xact)s::bigint, %(id)s::uuid)
           or e.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
      and not exists (select from audit_seal s where s.tenant = e.tenant and s.xact = e.xact and s.entry = e.id)
    order by (e.xact, e.id) < (%(xact)s::bigint, %(id)s::uuid), e.xact, e.id limit %(most)s
"""  # noqa: S608 columns of our own
_IS_RESTORED = "select %(xact)s::bigint >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


def _restored_or_not(session: Session, newest: ChainStart) -> str:
    ((is_restored,),) = fetch(session, _IS_RESTORED, {"xact": newest.xact})
    return _AFTER_A_RESTORE if is_restored else _UNSEALED


def _newest(session: Session, tenant: int) -> ChainStart:
    """The newest seal of a chain; where there is none, what its first goes on from."""
    rows = fetch(session, _NEWEST, {})
    return ChainStart(*rows[0]) if rows else _start(session, tenant)


_NEWEST = "select position, hash, xact, entry from audit_seal order by position desc limit 1"


def _start(session: Session, tenant: int) -> ChainStart:
    rows = fetch(session, _NEWEST_CUT, {})
    return ChainStart(*rows[0]) if rows else beginning(tenant)


_NEWEST_CUT = "select position, hash, xact, entry from audit_cut order by position desc limit 1"


def anchor(session: Session, tenant: int) -> AuditAnchor:
    """The newest seal, to be kept outside; position 0 where nothing is sealed yet."""
    newest = _newest(session, tenant)
    return AuditAnchor(newest.position, newest.hash)


def verify(session: Session, tenant: int, anchored: AuditAnchor | None = None) -> tuple[int, list[ChainFault]]:
    """Recompute a tenant's chain.

    Args:
        session: states the tenant.
        tenant: the same.
        anchored: a seal that was kept outside.

    Returns:
        How many seals were recomputed, and the first faults, by position.
    """
    send(session, f"select pg_advisory_xact_lock_shared({_KEY})", {"purpose": _CUTTING})  # nothing goes meanwhile
    start, counted = _start(session, tenant), 0

    def sealed() -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
        nonlocal counted
        for pair in _sealed(session, tenant, start.position):
            counted += 1
            yield pair

    faults = [*_unrecorded_cut(session, start), *islice(faults_in(start, sealed()), FAULTS_NAMED)]
    faults += [ChainFault(FaultKind.ADDED, None, entry) for (entry,) in _added(session, tenant)]
    faults += [] if anchored is None else _against(session, start, anchored)
    ordered = sorted(faults, key=lambda fault: (fault.position is None, fault.position or 0))
    return counted, ordered[:FAULTS_NAMED]


def _sealed(session: Session, tenant: int, after: int) -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
    while rows := fetch(session, _CHAIN, {"after": after, "most": PORTION}):
        for position, xact, entry, content, hash_, *of_entry in rows:
            is_there = of_entry[1] is not None
            yield AuditSeal(position, xact, entry, content, hash_), _entry(tenant, of_entry) if is_there else None
        after = rows[-1][0]


_CHAIN = f"""
    select s.position, s.xact, s.entry, s.content_sha256, s.hash, {_OF_ENTRY}
    from audit_seal s left join audit_entry e on e.tenant = s.tenant and e.xact = s.xact and e.id = s.entry
    where s.position > %(after)s order by s.position limit %(most)s
"""  # noqa: S608 columns of our own


def _added(session: Session, tenant: int) -> list[tuple[Any, ...]]:
    """Entries without a seal that the sealer has passed: it will seal none of them."""
    newest = _newest(session, tenant)
    if _restored_or_not(session, newest) == _AFTER_A_RESTORE:
        return []
    return fetch(session, _PASSED, {"xact": newest.xact, "id": newest.entry, "most": FAULTS_NAMED})


_PASSED = """
    select e.id from audit_entry e
    where (e.xact, e.id) < (%(xact)s::bigint, %(id)s::uuid)
      and not exists (select from audit_seal s where s.tenant = e.tenant and s.xact = e.xact and s.entry = e.id)
    order by e.xact, e.id limit %(most)s
"""


def _unrecorded_cut(session: Session, start: ChainStart) -> list[ChainFault]:
    """The removal of a chain's beginning, if no entry says that it was removed there."""
    if not start.position or fetch(session, _RECORDED, {"operation": CUT_OPERATION, "object": cut_object(start)}):
        return []
    return [ChainFault(FaultKind.CUT, start.position, start.entry)]


_RECORDED = """
    select from audit_entry where operation = %(operation)s and object = %(object)s limit 1
"""


def cut_object(start: ChainStart) -> str:
    """How an entry names what was removed."""
    return f"to position {start.position}, hash {start.hash.hex()}"


def _against(session: Session, start: ChainStart, anchored: AuditAnchor) -> list[ChainFault]:
    if anchored.position < start.position or not anchored.position:
        return []  # removed by its retention, which the chain itself records
    if anchored.position == start.position:
        rows = [(start.hash, start.entry)]
    else:
        rows = [(row[0], row[1]) for row in fetch(session, _SEAL_AT, {"position": anchored.position})]
    if not rows:
        return [ChainFault(FaultKind.TAIL_REMOVED, anchored.position, None)]
    return [] if rows[0][0] == anchored.hash else [ChainFault(FaultKind.OTHER_CHAIN, anchored.position, rows[0][1])]


_SEAL_AT = "select hash, entry from audit_seal where position = %(position)s"


def cut(session: Session, before: datetime) -> ChainStart | None:
    """Remove the beginning of a chain up to the first entry that is not older; None where there is nothing to remove.

    The newest seal stays, so that the sealer goes on from it.
    """
    for purpose in (_SEALING, _CUTTING):
        send(session, f"select pg_advisory_xact_lock({_KEY})", {"purpose": purpose})
    ((position,),) = fetch(session, _PAST, {"before": before})
    if position is None:
        return None
    fetch(session, "select cut_audit(%(position)s::bigint)", {"position": position})
    return ChainStart(*fetch(session, _NEWEST_CUT, {})[0])


_PAST = """
    select max(s.position) from audit_seal s
    where s.position < coalesce(
        (select min(later.position)
         from audit_seal later
         join audit_entry e on e.tenant = later.tenant and e.xact = later.xact and e.id = later.entry
         where e.at >= %(before)s::timestamptz),
        (select max(position) from audit_seal))
"""


def forget_addresses(session: Session, before: datetime) -> int:
    """Erase the addresses of entries that are older; the chain has their digests. Say how many."""
    ((forgotten,),) = fetch(session, "select forget_audit_addresses(%(before)s::timestamptz)", {"before": before})
    return int(forgotten)


def _entry(tenant: int, row: Any) -> AuditEntry:
    columns: Mapping[str, Any] = dict(zip(_ENTRY, row, strict=True))
    return AuditEntry(tenant=tenant, **columns)
