"""Long work as rows: asked for, claimed by one at a time, told how far it is, answered, and forgotten after a while."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from api.long_work.operation_query import OperationKind, OperationQuery, OperationState
from api.long_work.tables import OperationRow
from api.refusals import TooMany, Unforeseen, problem_of
from metering.log.list_page import Listing
from metering.log.transaction import fetch, send
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage

#: So much of a tenant's work may wait or run.
OPEN_MAX = 100
#: Whoever has not told for so long that it works on is taken for gone.
_GONE_S = 60
#: So often work is taken up that whoever did it was gone from.
_ATTEMPTS_MAX = 3
#: So long an answer is kept.
KEPT = timedelta(days=30)


class UnknownOperation(NotFound):
    """There is no operation of that number here."""


class OperationEnded(Conflict):
    """The operation has ended already."""


class OperationRuns(Conflict):
    """The operation has not ended yet."""


class TooManyOperations(TooMany):
    """Too many operations wait."""


@dataclass(frozen=True, slots=True)
class NewOperation:
    """Work that is asked for.

    Attributes:
        kind: what is to be done.
        arguments: with what, as JSON.
        body: of the request.
    """

    kind: OperationKind
    arguments: Mapping[str, Any]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """Work as it stands; ``done`` of ``total`` where that is known."""

    number: int
    kind: OperationKind
    identity: int
    state: OperationState
    done: int
    total: int | None
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    status: int | None


@dataclass(frozen=True, slots=True)
class ClaimedOperation:
    """Work that this process does, and by which attempt."""

    number: int
    attempt: int
    kind: OperationKind
    identity: int
    key: str
    arguments: Mapping[str, Any]
    body: bytes | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OperationAnswer:
    """What a request would have been answered."""

    status: int
    media_type: str
    content: bytes


def ask(session: Session, new: NewOperation, *, identity: int, key: str, at: datetime) -> int:
    """Write down work, and give it the next number of the tenant.

    Args:
        session: states the tenant, and acts as the product.
        new: what is asked.
        identity: who asks.
        key: by which key.
        at: now; the work is done as of this instant.

    Raises:
        TooManyOperations: as many as may wait do.
    """
    ((_, waiting),) = fetch(session, _LOCK, {"purpose": "operation numbers"})
    if waiting >= OPEN_MAX:
        raise TooManyOperations(f"{waiting} operations wait", found=waiting, expected=f"fewer than {OPEN_MAX}")
    asked = {
        "kind": new.kind.value,
        "identity": identity,
        "key": key,
        "arguments": json.dumps(dict(new.arguments)),
        "body": new.body,
        "at": at,
    }
    ((number,),) = fetch(session, _ASK, asked)
    return int(number)


_LOCK = """
    select pg_advisory_xact_lock(hashtextextended(%(purpose)s || current_setting('app.tenant'), 0)),
           (select count(*) from operation where ended_at is null)
"""
_ASK = """
    insert into operation (number, kind, identity, key, arguments, body, state, attempt, is_cancelled, done, asked_at)
    select coalesce(max(number), 0) + 1, %(kind)s, %(identity)s, %(key)s, %(arguments)s::jsonb, %(body)s, 'waiting', 0,
           false, 0, %(at)s
    from operation
    returning number
"""


def claim(session: Session) -> ClaimedOperation | None:
    """Claim the oldest work that waits, or that was left by whoever is gone; None: there is none."""
    send(session, _GIVE_UP, {"gone": _GONE_S, "most": _ATTEMPTS_MAX, "answer": _GIVEN_UP})
    rows = fetch(session, _CLAIM, {"gone": _GONE_S})
    if not rows:
        return None
    claimed = dict(zip(_CLAIMED, rows[0], strict=True))
    return ClaimedOperation(**claimed | {"kind": OperationKind(claimed["kind"])})


_IS_LEFT = "state = 'running' and beat_at < clock_timestamp() - make_interval(secs => %(gone)s)"
_CLAIMED = tuple(field.name for field in fields(ClaimedOperation))
_CLAIM = f"""
    update operation set state = 'running', attempt = attempt + 1, beat_at = clock_timestamp(), done = 0,
                         began_at = coalesce(began_at, clock_timestamp())
    where number = (select number from operation where ended_at is null and (state = 'waiting' or {_IS_LEFT})
                    order by number for update skip locked limit 1)
    returning {", ".join(_CLAIMED)}
"""  # noqa: S608 conditions of our own
_GIVE_UP = f"""
    update operation set state = 'failed', ended_at = clock_timestamp(), body = null, status = 503,
                         media_type = 'application/problem+json', answer = %(answer)s
    where ended_at is null and attempt >= %(most)s and {_IS_LEFT}
"""  # noqa: S608 conditions of our own
_GIVEN_UP = json.dumps(
    problem_of(Unforeseen("Whoever worked on it was gone before the end, each time that it was taken up."))
    | {"status": 503}
).encode()


def tell(session: Session, claimed: ClaimedOperation, done: int, total: int | None) -> bool:
    """Say that it is worked on, and how far it is; answer whether it is to go on: nobody has cancelled it."""
    asked = {"number": claimed.number, "attempt": claimed.attempt, "done": done, "total": total}
    rows = fetch(session, _TELL, asked)
    return bool(rows) and not rows[0][0]


_MINE = "number = %(number)s and attempt = %(attempt)s and state = 'running'"
_TELL = f"""
    update operation set beat_at = clock_timestamp(), done = %(done)s, total = %(total)s where {_MINE}
    returning is_cancelled
"""  # noqa: S608 conditions of our own


def end(session: Session, claimed: ClaimedOperation, state: OperationState, answer: OperationAnswer) -> None:
    """Write what work came to; of work that another has taken up meanwhile nothing is written."""
    asked = {
        "number": claimed.number,
        "attempt": claimed.attempt,
        "state": state.value,
        "status": answer.status,
        "media_type": answer.media_type,
        "answer": answer.content,
    }
    send(session, _END, asked)


_END = f"""
    update operation set state = %(state)s, ended_at = clock_timestamp(), body = null, status = %(status)s,
                         media_type = %(media_type)s, answer = %(answer)s
    where {_MINE}
"""  # noqa: S608 conditions of our own


def give_back(session: Session, claimed: ClaimedOperation) -> None:
    """Let another go on with work, because this process ends."""
    send(session, _GIVE_BACK, {"number": claimed.number, "attempt": claimed.attempt})


_GIVE_BACK = f"update operation set state = 'waiting', attempt = attempt - 1 where {_MINE}"  # noqa: S608 of our own


def cancel(session: Session, number: int) -> None:
    """Let work end after what it is at; what waits ends at once.

    Raises:
        OperationEnded: it has ended already.
    """
    if not fetch(session, _CANCEL, {"number": number}):
        raise OperationEnded(f"operation {number} has ended", found=number, expected="one that waits or runs")


_CANCEL = """
    update operation set is_cancelled = true,
        state = case state when 'waiting' then 'cancelled' else state end,
        ended_at = case state when 'waiting' then clock_timestamp() end,
        body = case state when 'waiting' then null else body end
    where number = %(number)s and ended_at is null
    returning number
"""


def forget(session: Session) -> None:
    """Remove what ended long ago, but for the newest of the tenant, after which numbers go on."""
    send(session, _FORGET, {"kept": KEPT})


_FORGET = """
    delete from operation where ended_at < clock_timestamp() - %(kept)s::interval
      and number < (select max(number) from operation)
"""

_SHOWN = tuple(field.name for field in fields(Operation))
_COLUMNS = tuple(col(getattr(OperationRow, name)) for name in _SHOWN)
_LISTING = Listing(
    statement=columns_of(*_COLUMNS),
    key=col(OperationRow.number),
    sorts={"operation": col(OperationRow.number)},
    filters={
        "state": lambda state: col(OperationRow.state) == state.value,
        "kind": lambda kind: col(OperationRow.kind) == kind.value,
    },
    named="operation",
)


def listed(session: Session, query: OperationQuery) -> ListPage[Operation]:
    """List operations in pages, the newest first: those that whoever acts may see.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_operation(row) for row in page.rows))


def find(session: Session, number: int) -> Operation:
    """Find an operation that whoever acts may see.

    Raises:
        UnknownOperation: there is none.
    """
    row = session.execute(columns_of(*_COLUMNS).where(col(OperationRow.number) == number)).one_or_none()
    if row is None:
        raise UnknownOperation(f"there is no operation {number} here", found=number)
    return _operation(row)


def answer_of(session: Session, number: int) -> OperationAnswer:
    """Read what an operation came to.

    Raises:
        UnknownOperation: there is none.
        OperationRuns: it has not ended.
        OperationEnded: it was cancelled before it began.
    """
    operation = find(session, number)
    row = session.exec(
        select(OperationRow.status, OperationRow.media_type, OperationRow.answer).where(OperationRow.number == number)
    ).one()
    if operation.ended_at is None:
        detail = f"operation {number} is {operation.state}"
        raise OperationRuns(detail, found=number, expected="one that has ended")
    status, media_type, content = row
    if status is None or media_type is None or content is None:
        detail = f"operation {number} was cancelled before it began"
        raise OperationEnded(detail, found=number, expected="one that was answered")
    return OperationAnswer(status, media_type, content)


def _operation(row: Any) -> Operation:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return Operation(**shown | {"kind": OperationKind(row.kind), "state": OperationState(row.state)})
