"""Rows ⇄ values of what gateways tell: each event once, whoever brings it, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from billing.payments.gateway import BalanceEntry, GatewayEvent, GatewayMovement, GatewayThing
from billing.payments.orders.recorded import GatewayWord, apply, begin_look
from billing.payments.orders.state import PAID, OrderHappening
from billing.payments.orders.store import locked, of_reference
from billing.payments.tables import (
    GatewayBalanceEntryRow,
    GatewayEventRow,
    GatewayOrderEventRow,
    GatewayOrderRow,
    GatewayPollRow,
)
from metering.tables import within_tenant

#: Of these something is done; all else is noted, and that is all.
HANDLED = frozenset({
    GatewayThing.PAYMENT, GatewayThing.SESSION, GatewayThing.REFUND, GatewayThing.CHARGEBACK, GatewayThing.MANDATE,
    GatewayThing.TRANSFER,
})  # fmt: skip
#: Whoever claims an event has so long to handle it.
EVENT_LEASE = timedelta(minutes=5)
#: After so many times an event that cannot be handled is dead, with its reason.
EVENT_TRIES = 12
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
#: An account is read so often,
POLLED_EVERY = timedelta(hours=1)
#: and again from so long before the last that was read: gateways list late what happened at once.
POLLED_AGAIN = timedelta(hours=2)
#: The first time, from so long ago; and from when something was first asked of it, however late it is read for once.
POLLED_FIRST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    """An event that is to be handled now.

    Attributes:
        key: its number.
        account: our name of the gateway account.
        thing: of what it tells.
        thing_id: the gateway's name of that.
        connected: the connected account that it is of.
        order: the order that is known under that name; None: the thing says it.
        look: the number of the look at that order.
    """

    key: int
    account: str
    thing: GatewayThing
    thing_id: str
    connected: str
    order: int | None = None
    look: int = 0


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """What a gateway told, and what became of it.

    Attributes:
        id: its number.
        account: our name of the gateway account.
        external: the gateway's name of it.
        kind: the gateway's own word.
        thing_id: of what, by the gateway's name.
        happened_at: by the gateway's clock.
        received_at: by ours.
        state: ``due``, ``done``, ``ignored`` or ``dead``.
        detail: why.
    """

    id: int
    account: str
    external: str
    kind: str
    thing_id: str
    happened_at: datetime
    received_at: datetime
    state: str
    detail: str


def record_events(session: Session, account: str, events: Iterable[GatewayEvent], at: datetime) -> int:
    """Keep what was told; what is known already stays as it is.

    Args:
        session: states the tenant, as the product itself.
        account: our name of the gateway account.
        events: as they were read.
        at: now.

    Returns:
        How many are new.
    """
    rows = [
        {
            "account": account,
            "external": event.id,
            "kind": event.kind,
            "thing": None if event.thing is None else event.thing.value,
            "thing_id": event.thing_id,
            "connected": event.account,
            "happened_at": event.at,
            "received_at": at,
            "state": "due" if event.thing in HANDLED else "ignored",
            "next_at": at if event.thing in HANDLED else None,
            "detail": "" if event.thing in HANDLED else "nothing is done of this kind",
        }
        for event in events
    ]
    if not rows:
        return 0
    kept = insert(GatewayEventRow).values(rows).on_conflict_do_nothing().returning(col(GatewayEventRow.id))
    return len(session.execute(kept).all())


def gateway_events(session: Session, account: str = "") -> list[KnownEvent]:
    """List what was told, the first received first."""
    chosen = select(GatewayEventRow).order_by(col(GatewayEventRow.id))
    if account:
        chosen = chosen.where(GatewayEventRow.account == account)
    return [
        KnownEvent(
            id=row.id,
            account=row.account,
            external=row.external,
            kind=row.kind,
            thing_id=row.thing_id,
            happened_at=row.happened_at,
            received_at=row.received_at,
            state=row.state,
            detail=row.detail,
        )
        for row in session.exec(chosen)
    ]


def claim_event(session: Session, now: datetime) -> ClaimedEvent | None:
    """Claim the event that is due longest and that nobody else holds; None where none is."""
    due = select(GatewayEventRow).where(col(GatewayEventRow.next_at).is_not(None), col(GatewayEventRow.next_at) <= now)
    oldest = due.order_by(col(GatewayEventRow.next_at), col(GatewayEventRow.id)).limit(1)
    unheld = oldest.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    row = session.exec(unheld).first()
    if row is None:
        return None
    row.tries += 1
    if row.tries > EVENT_TRIES:
        _ended(row, "dead", row.detail or f"not handled after {EVENT_TRIES} times")
        session.flush()
        return claim_event(session, now)
    row.next_at = now + EVENT_LEASE
    session.flush()
    thing = GatewayThing(row.thing or "")
    return ClaimedEvent(row.id, row.account, thing, row.thing_id, row.connected)


def known_order(session: Session, event: ClaimedEvent) -> tuple[int, int] | None:
    """Find the order of what an event tells by the gateway's name of it, and number the look at it; None: unknown."""
    row = GatewayOrderRow
    of_name = select(row.id).where(
        row.account == event.account, (row.external == event.thing_id) | (row.payment_external == event.thing_id)
    )
    keys = session.exec(of_name).all()
    return None if len(keys) != 1 else (keys[0], number_look(session, keys[0]))


def order_of(session: Session, event: ClaimedEvent, movement: GatewayMovement) -> tuple[int, int] | None:
    """Find the order that a thing is of by our own reference with it, and number the look at it; None: not ours.

    A refund that was made by hand is none of our orders: the payment that it is of is looked at.
    """
    key = None if movement.call is None else of_reference(session, movement.call.order)
    if key is not None:
        return key, number_look(session, key)
    if movement.payment:
        row = GatewayOrderRow
        of_payment = select(row).where(
            row.account == event.account,
            row.payment_external == movement.payment,
            col(row.state).in_([state.value for state in PAID]),
        )
        for order in session.exec(of_payment.with_for_update().execution_options(populate_existing=True)):
            order.next_at = order.next_at or movement.at or order.began_at
        session.flush()
    return None


def number_look(session: Session, key: int) -> int:
    """Number a look at an order; it is committed before the gateway is asked."""
    look = begin_look(locked(session, key))
    session.flush()
    return look


def handle(session: Session, event: ClaimedEvent, order: int, word: GatewayWord, now: datetime) -> None:
    """Record what the gateway says of the thing of an event, and that the event is handled."""
    apply(session, locked(session, order), word, now)
    end_event(session, event, "done", "")


def end_event(session: Session, event: ClaimedEvent, state: str, detail: str) -> None:
    """Say that an event is handled, or that nothing is to be done."""
    row = _locked_event(session, event.key)
    if row.state == "due":
        _ended(row, state, detail)
        session.flush()


def put_off_event(session: Session, event: ClaimedEvent, detail: str, now: datetime) -> None:
    """Have an event that could not be handled now looked at again, later each time."""
    row = _locked_event(session, event.key)
    if row.state == "due":
        row.next_at, row.detail = now + min(_FIRST_WAIT * 2 ** (row.tries - 1), _LONGEST_WAIT), detail
        session.flush()


def _locked_event(session: Session, key: int) -> GatewayEventRow:
    chosen = select(GatewayEventRow).where(GatewayEventRow.id == key).with_for_update()
    return session.exec(chosen.execution_options(populate_existing=True)).one()


def _ended(row: GatewayEventRow, state: str, detail: str) -> None:
    row.state, row.detail, row.next_at = state, detail, None


@dataclass(frozen=True, slots=True)
class ClaimedPoll:
    """A gateway account that is to be read now: from when on its events, and its balance."""

    account: str
    events_from: datetime
    balance_from: datetime


def claim_poll(session: Session, account: str, now: datetime) -> ClaimedPoll | None:
    """Claim the reading of an account; None where it was read within the hour, or somebody reads it."""
    of_account = select(GatewayPollRow).where(GatewayPollRow.account == account)
    if session.exec(of_account).first() is None:
        first = min(now - POLLED_FIRST, _first_asked(session, account) or now)
        values = {"account": account, "events_from": first, "balance_from": first, "next_at": now}
        session.execute(insert(GatewayPollRow).values(**values).on_conflict_do_nothing())
    chosen = of_account.where(GatewayPollRow.next_at <= now)
    unheld = chosen.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    row = session.exec(unheld).first()
    if row is None:
        return None
    row.next_at = now + POLLED_EVERY
    session.flush()
    return ClaimedPoll(account, row.events_from - POLLED_AGAIN, row.balance_from - POLLED_AGAIN)


def _first_asked(session: Session, account: str) -> datetime | None:
    """When something was first asked of an account."""
    order, event = GatewayOrderRow, GatewayOrderEventRow
    of_account = select(func.min(event.at)).join(order, within_tenant(col(order.id), event.order_id))
    of_account = of_account.where(order.account == account, event.kind == OrderHappening.CLAIMED.value)
    return session.exec(of_account).one()


def events_read(session: Session, account: str, until: datetime) -> None:
    """Say how far the events of an account were read; never less far than before."""
    row = _poll(session, account)
    row.events_from = max(row.events_from, until)
    session.flush()


def balance_read(session: Session, account: str, entries: Iterable[BalanceEntry]) -> int:
    """Keep changes of a balance; one that is known stays, and gets the payout that has it once that is known.

    Returns:
        How many are new.
    """
    row, new, until = _poll(session, account), 0, None
    for entry in entries:
        until = entry.at if until is None else max(until, entry.at)
        of_name = select(GatewayBalanceEntryRow).where(
            GatewayBalanceEntryRow.account == account, GatewayBalanceEntryRow.external == entry.id
        )
        known = session.exec(of_name).one_or_none()
        if known is not None:
            known.payout = known.payout or entry.payout
            continue
        new += 1
        session.add(
            GatewayBalanceEntryRow(
                account=account,
                external=entry.id,
                kind=entry.kind.value,
                kind_words=entry.kind_words,
                currency=entry.gross.currency,
                gross=entry.gross.amount,
                fee=entry.fee.amount,
                source=entry.source,
                payout=entry.payout,
                at=entry.at,
            )
        )
    row.balance_from = row.balance_from if until is None else max(row.balance_from, until)
    session.flush()
    return new


def _poll(session: Session, account: str) -> GatewayPollRow:
    chosen = select(GatewayPollRow).where(GatewayPollRow.account == account).with_for_update()
    return session.exec(chosen.execution_options(populate_existing=True)).one()
