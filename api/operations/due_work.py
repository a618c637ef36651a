"""Due work as use cases: what will fall due, what is dead, run again; pauses asked for, released, ended."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from api.audit.note import about, made
from api.due_work.kinds import PAUSABLE
from billing.due.ahead.expected import AmountBasis, ExpectedAmount
from billing.due.ahead.store import FallingDue, ahead, amounts
from billing.due.pauses import store as pauses
from billing.due.pauses.store import KnownPause, PauseAsked
from billing.due.work import store as work
from billing.due.work.store import KnownWork, WorkQuery, WorkState
from contracts.release.store import releasing
from quantities.errors import Invalid
from quantities.listing import ListPage, ListQuery, cut
from quantities.money import Amount

#: So far ahead a calendar is looked up; a contract without end has periods for ever.
AHEAD_DAYS = 731
#: Unless it is said, so far.
_AHEAD = timedelta(days=31)


class DueTooFar(Invalid):
    """The calendar ends too far ahead."""


class UnknownWorkKind(Invalid):
    """There is no such kind of due work."""


class DueQuery(ListQuery):
    """What falls due by a day, in the order of days."""

    SORTS: ClassVar[tuple[str, ...]] = ("on",)

    until: Annotated[
        date | None, Field(description="The last day, where it falls due; a month from today without it.")
    ] = None
    kind: Annotated[str, Field(max_length=40, description="Of one kind, as bill or deliver.")] = ""
    contract: Annotated[str, Field(max_length=200, description="Of one contract, by reference.")] = ""
    customer: Annotated[str, Field(max_length=200, description="Of one customer, by name.")] = ""


class DueOut(BaseModel):
    """Something that falls due, and what is expected to come of it.

    Attributes:
        on: the day, in `zone`.
        kind: bill, correct, deliver, collect, or another kind of due work.
        subject: the reference of a contract, the number of a document, or what else it is of.
        first, last: the days of its period.
        held: why it waits, or why it failed the last time.
        paused: by the number of a pause that holds it.
        amount: net of tax; of a document what is open of it, with tax. None: it is not known, or there is none.
        fixed: what of it does not depend on use.
        basis: exact, estimate (of use), open (of a document) or unknown.
        rests_on: the same in words.
    """

    model_config = ConfigDict(frozen=True)

    on: date
    zone: str
    at: datetime
    kind: str
    subject: str
    contract: str
    customer: str
    first: date | None
    last: date | None
    held: str
    paused: int | None
    currency: str | None
    amount: Amount | None
    fixed: Amount | None
    basis: AmountBasis | None
    rests_on: str


class WorkOut(BaseModel):
    """Due work that waits by itself, or a contract's work that failed: when it is tried again, or that it is dead."""

    model_config = ConfigDict(frozen=True)

    work: int
    kind: str
    subject: str
    due_at: datetime
    next_at: datetime
    tries: int
    state: WorkState
    reason: str


class PauseOut(BaseModel):
    """What is held back, by whom and until when; `ends_at` is a week after it began until another has released it."""

    model_config = ConfigDict(frozen=True)

    pause: int
    kind: str | None
    contract: str | None
    reason: str
    until: datetime | None
    ends_at: datetime | None
    counts: bool
    paused_by: str
    paused_at: datetime
    released_by: str | None
    released_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None


def list_due(session: Session, tenant: int, query: DueQuery, now: datetime) -> ListPage[DueOut]:
    """List what falls due by a day, in pages; expected amounts are looked up for the page alone.

    Raises:
        DueTooFar: the day is more than two years ahead.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    latest = (now + timedelta(days=AHEAD_DAYS)).date()
    until = query.until or (now + _AHEAD).date()
    if until > latest:
        raise DueTooFar(
            f"{until} is too far ahead", place="/query/until", found=str(until), expected=f"{latest} at most"
        )
    # the day is one where each falls due: what begins anywhere on Earth on that day is looked at, and then chosen
    instant = datetime.combine(until, time.max, UTC) + timedelta(hours=13)
    within = [one for one in ahead(session, tenant, instant) if one.on <= until]
    page = cut(within, query.model_copy(update={"until": None}), {"on": _place}, _FILTERS)
    held = pauses.pauses(session, now)
    expected = amounts(session, page.rows, now)
    return page.of(tuple(_due_out(one, amount, held) for one, amount in zip(page.rows, expected, strict=True)))


def _place(one: FallingDue) -> tuple[str, ...]:
    return one.place


_FILTERS = {
    "kind": lambda one, kind: one.kind == kind,
    "contract": lambda one, reference: one.contract == reference,
    "customer": lambda one, name: one.customer == name,
}
_PAUSED_BY = {"bill": ("bill", "issue"), "correct": ("correct", "issue")}


def _due_out(one: FallingDue, expected: ExpectedAmount | None, held: Sequence[KnownPause]) -> DueOut:
    holding = (
        pause.number
        for pause in held
        if pause.asked.kind in (None, *_PAUSED_BY.get(one.kind, (one.kind,)))
        and pause.asked.contract in (None, one.contract or None)
        and (pause.ends_at is None or pause.ends_at > one.at)
    )
    return DueOut(
        on=one.on,
        zone=one.zone,
        at=one.at,
        kind=one.kind,
        subject=one.subject,
        contract=one.contract,
        customer=one.customer,
        first=one.first,
        last=one.last,
        held=one.held,
        paused=next(holding, None),
        currency=None if expected is None else expected.currency,
        amount=None if expected is None else expected.amount,
        fixed=None if expected is None else expected.fixed,
        basis=None if expected is None else expected.basis,
        rests_on="" if expected is None else expected.rests_on,
    )


def list_work(session: Session, query: WorkQuery) -> ListPage[WorkOut]:
    """List due work that waits by itself or failed, in pages, in the order in which it came up."""
    page = work.list_work(session, query)
    return page.of(tuple(map(_work_out, page.rows)))


def find_work(session: Session, number: int) -> WorkOut:
    """Find due work by its number.

    Raises:
        UnknownWork: there is none.
    """
    return _work_out(work.find_work(session, number))


def run_work_again(session: Session, number: int, *, at: datetime) -> WorkOut:
    """Let work be done at the next tick, as if it had never failed; dead work lives again.

    Raises:
        UnknownWork: there is none.
    """
    known = work.run_again(session, number, at)
    about(session, f"{known.kind} {known.subject}")
    return _work_out(known)


def pause_work(session: Session, asked: PauseAsked, *, who: str, at: datetime) -> PauseOut:
    """Hold work back from now on, alone for a week at most; for longer another releases it.

    Raises:
        UnknownWorkKind: there is no such kind.
        UnknownPausedContract, PauseOver: as ``billing.due.pauses.store.pause`` does.
    """
    if asked.kind is not None and asked.kind not in PAUSABLE:
        detail = f"there is no kind {asked.kind!r}"
        raise UnknownWorkKind(detail, place="/kind", found=asked.kind, expected=list(PAUSABLE))
    known = pauses.pause(session, asked, releasing(session, who, at))
    made(session, f"pause {known.number}")
    return _pause_out(known, at)


def release_pause(session: Session, number: int, *, who: str, at: datetime) -> PauseOut:
    """Release a pause that another has asked for: it holds until it says.

    Raises:
        UnknownPause, PauseDone, OwnWork: as ``billing.due.pauses.store.release_pause`` does.
    """
    return _pause_out(pauses.release_pause(session, number, releasing(session, who, at)), at)


def end_pause(session: Session, number: int, *, who: str, at: datetime) -> PauseOut:
    """End a pause: what it held back is caught up, in its order.

    Raises:
        UnknownPause, PauseDone: as ``billing.due.pauses.store.end_pause`` does.
    """
    return _pause_out(pauses.end_pause(session, number, releasing(session, who, at)), at)


def list_pauses(session: Session, at: datetime, *, ended: bool = False) -> list[PauseOut]:
    """List the pauses that count, oldest first; those that are ended as well, if asked."""
    return [_pause_out(known, at) for known in pauses.pauses(session, at, ended=ended)]


def _work_out(known: KnownWork) -> WorkOut:
    return WorkOut(
        work=known.number,
        kind=known.kind,
        subject=known.subject,
        due_at=known.due_at,
        next_at=known.next_at,
        tries=known.tries,
        state=known.state,
        reason=known.reason,
    )


def _pause_out(known: KnownPause, at: datetime) -> PauseOut:
    return PauseOut(
        pause=known.number,
        kind=known.asked.kind,
        contract=known.asked.contract,
        reason=known.asked.reason,
        until=known.asked.until,
        ends_at=known.ends_at,
        counts=known.counts(at),
        paused_by=known.paused_by,
        paused_at=known.paused_at,
        released_by=known.released_by,
        released_at=known.released_at,
        ended_by=known.ended_by,
        ended_at=known.ended_at,
    )
