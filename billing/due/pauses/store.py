"""Rows ⇄ values of pauses: one person holds work back at once, for a week at most; longer once another releases it.

What is held back stays as it is, and is caught up in its order when the pause ends: nothing is lost by it. What was
begun is ended: a document that is being sent, an order that a gateway was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, func
from sqlalchemy.dialects.postgresql import array
from sqlmodel import Session, col, select

from billing.due.tables import DuePauseRow
from contracts.release.store import OwnWork, Releasing
from contracts.tables import ContractRow
from metering.tables import within_tenant
from quantities.errors import Conflict, Invalid, NotFound


class UnknownPause(NotFound):
    """There is no pause of that number here."""


class PauseDone(Conflict):
    """The pause is released or ended already."""


class PauseOver(Invalid):
    """The pause would end before it begins."""


class UnknownPausedContract(NotFound):
    """There is no contract of that reference to pause."""


@dataclass(frozen=True, slots=True)
class PauseAsked:
    """What is to be held back.

    Attributes:
        reason: why.
        kind: of work; None: every kind.
        contract: by reference; None: of whatever it is.
        until: when it ends by itself; None: when somebody ends it.
    """

    reason: str
    kind: str | None = None
    contract: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownPause:
    """A pause.

    Attributes:
        number: its own.
        asked: what it holds back.
        ends_at: when it ends, as it counts now: a week after it began until another person has released it.
        paused_by, paused_at: by whom, and when.
        released_by, released_at: by which other person; None while none has.
        ended_by, ended_at: by whom it was ended; None while it was not.
    """

    number: int
    asked: PauseAsked
    ends_at: datetime | None
    paused_by: str
    paused_at: datetime
    released_by: str | None
    released_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None

    def counts(self, now: datetime) -> bool:
        """Whether it holds work back at an instant."""
        return self.ended_at is None and (self.ends_at is None or self.ends_at > now)

    def waits(self, now: datetime) -> bool:
        """Whether it would hold for longer if another person released it."""
        return self.counts(now) and self.released_at is None and self.ends_at != self.asked.until


def is_held_back(tenant: Any, kinds: Sequence[Any], contract: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a pause holds work of some kinds of a contract back: a condition of a claim.

    Args:
        tenant: as stated, or a column with it.
        kinds: the work is held back by a pause of any of them.
        contract: a column with the contract's key; None: it is of none.
        now: the instant.
    """
    return func.is_held_back(tenant, array(kinds, type_=Text), contract, now)


def is_document_held_back(tenant: Any, kinds: Sequence[str], invoice: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a pause holds work on a document back: of a consolidated one, a pause of any contract on it.

    Args:
        tenant: as stated, or a column with it.
        kinds: as above.
        invoice: a column with the document's key; of no customer's document it is null, and no contract's pause holds.
        now: the instant.
    """
    return func.is_document_held_back(tenant, array(kinds, type_=Text), invoice, now)


def pause(session: Session, asked: PauseAsked, releasing: Releasing) -> KnownPause:
    """Hold work back from now on.

    Raises:
        UnknownPausedContract: there is no such contract.
        PauseOver: it would end before it begins.
        OwnWork: nobody is stated who acts.
    """
    by, at = _acting(releasing)
    if asked.until is not None and asked.until <= at:
        detail = f"{asked.until.isoformat()} is over"
        raise PauseOver(detail, place="/until", found=asked.until.isoformat(), expected=f"after {at.isoformat()}")
    row = DuePauseRow(
        kind=asked.kind,
        contract_id=None if asked.contract is None else _contract(session, asked.contract),
        reason=asked.reason,
        until=asked.until,
        paused_by=by,
        paused_at=at,
    )
    session.add(row)
    session.flush()
    if releasing.alone:
        row.released_by, row.released_at = by, at
        session.flush()
    session.refresh(row)
    return _known(row, asked.contract)


def release_pause(session: Session, number: int, releasing: Releasing) -> KnownPause:
    """Release a pause that another person has asked for: it holds until it says, and no longer for a week alone.

    Raises:
        UnknownPause: there is none of that number.
        PauseDone: it is released or ended.
        OwnWork: the same person has asked for it.
    """
    row, reference = _locked(session, number)
    by, at = _acting(releasing)
    if row.released_at is not None or row.ended_at is not None or (row.ends_at is not None and row.ends_at <= at):
        raise PauseDone(f"pause {number} is done", found=number, expected="one that waits to be released")
    releasing.check(row.paused_by)
    row.released_by, row.released_at = by, at
    session.flush()
    session.refresh(row)
    return _known(row, reference)


def end_pause(session: Session, number: int, releasing: Releasing) -> KnownPause:
    """End a pause: what it held back is done at the next tick, in its order. One person is enough.

    Raises:
        UnknownPause: there is none of that number.
        PauseDone: it is ended.
    """
    row, reference = _locked(session, number)
    by, at = _acting(releasing)
    if row.ended_at is not None or (row.ends_at is not None and row.ends_at <= at):
        raise PauseDone(f"pause {number} is ended", found=number, expected="one that counts")
    row.ended_by, row.ended_at = by, at
    session.flush()
    session.refresh(row)
    return _known(row, reference)


def pauses(session: Session, now: datetime, *, ended: bool = False) -> list[KnownPause]:
    """List the pauses that count, the oldest first; those that are ended as well, if asked."""
    chosen = _STATEMENT.order_by(col(DuePauseRow.id))
    if not ended:
        chosen = chosen.where(col(DuePauseRow.ended_at).is_(None))
    known = [_known(row, reference) for row, reference in session.execute(chosen)]
    return known if ended else [one for one in known if one.counts(now)]


_STATEMENT: Any = select(DuePauseRow, ContractRow.reference).outerjoin(
    ContractRow, within_tenant(ContractRow.id, DuePauseRow.contract_id)
)


def _locked(session: Session, number: int) -> tuple[DuePauseRow, str | None]:
    chosen = _STATEMENT.where(col(DuePauseRow.id) == number).with_for_update(of=DuePauseRow)
    known = session.execute(chosen).one_or_none()
    if known is None:
        raise UnknownPause(f"there is no pause {number} here", found=number)
    return known[0], known[1]


def _contract(session: Session, reference: str) -> int:
    key = session.exec(select(ContractRow.id).where(ContractRow.reference == reference)).first()
    if key is None:
        detail = f"there is no contract {reference!r} here"
        raise UnknownPausedContract(detail, place="/contract", found=reference)
    return key


def _acting(releasing: Releasing) -> tuple[str, datetime]:
    if releasing.by is None or releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    return releasing.by, releasing.at


def _known(row: DuePauseRow, reference: str | None) -> KnownPause:
    return KnownPause(
        number=row.id,
        asked=PauseAsked(row.reason, row.kind, reference, row.until),
        ends_at=row.ends_at,
        paused_by=row.paused_by,
        paused_at=row.paused_at,
        released_by=row.released_by,
        released_at=row.released_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )
