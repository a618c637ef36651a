"""Events of other engines' clients as use cases: taken, matched with registers, and what nothing takes listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from billing.sources import store as sources
from metering.deliveries.receipt import Receipt, Sender
from metering.events import history, store
from metering.events.event_meter import EventMeter
from metering.events.history import UnmatchedGroup
from metering.events.lago import read_lago_batch, read_lago_event
from metering.events.openmeter import read_openmeter
from metering.events.usage_event import UsageEvent
from metering.fleet.register_lookup import KnownRegisters
from quantities.errors import Conflict

#: Where events come from, as their batches say.
_OPENMETER, _LAGO, _LAGO_BATCH = "OpenMeter events", "Lago event", "Lago events"


class EventsChangeBilledUse(Conflict):
    """The events change billed readings, and no meter posts them."""


@dataclass(frozen=True, slots=True)
class PostedEvents:
    """The events of a request, and the receipt of its batch."""

    events: tuple[UsageEvent, ...]
    receipt: Receipt


def post_openmeter(
    session: Session, raw: bytes, *, who: str, at: datetime, known: KnownRegisters | None = None
) -> PostedEvents:
    """Take CloudEvents: one, or a list. What was posted before is left out.

    Args:
        session: states the tenant.
        raw: the request as it came.
        who: posts.
        at: the instant.
        known: what the process knows of the tenant's registers.

    Raises:
        EventsRefused: an event is none, or cannot be read; nothing is stored.
        EventsChangeBilledUse: a person's events would change what is billed; nothing is stored.
    """
    events = read_openmeter(raw, at)
    return _post(session, Sender(_OPENMETER, who, at), raw, events, once=False, known=known)


def post_lago(
    session: Session, raw: bytes, *, batch: bool, who: str, at: datetime, known: KnownRegisters | None = None
) -> PostedEvents:
    """Take Lago's events: one, or a batch. Otherwise as ``post_openmeter``, but what was posted before is refused."""
    events = read_lago_batch(raw, at) if batch else (read_lago_event(raw, at),)
    return _post(session, Sender(_LAGO_BATCH if batch else _LAGO, who, at), raw, events, once=True, known=known)


def _post(
    session: Session,
    sender: Sender,
    raw: bytes,
    events: tuple[UsageEvent, ...],
    *,
    once: bool,
    known: KnownRegisters | None,
) -> PostedEvents:
    receipt = store.receive(session, sender, raw, events, once=once, known=known)
    _refuse_alone(session, receipt)
    return PostedEvents(events, receipt)


def _refuse_alone(session: Session, receipt: Receipt) -> None:
    """Refuse what only a meter's own program may change at once; the transaction is rolled back by the refusal."""
    alone = sources.corrected_alone(session, [receipt.batch]) if receipt.corrected else None
    if alone is not None:
        detail = (
            "they add to readings that are billed; a meter's own program posts them, or a file that another releases"
        )
        raise EventsChangeBilledUse(detail, found=str(alone[1]), expected="the key of a program with the role meter")


@dataclass(frozen=True, slots=True)
class DeclaredEventMeter:
    """An event meter, whether it is new, and what it added of stored events; None: nothing."""

    meter: EventMeter
    is_new: bool
    receipt: Receipt | None


def declare_event_meter(session: Session, meter: EventMeter, *, who: str, at: datetime) -> DeclaredEventMeter:
    """Declare what of the events of one type is their amount, and match what is stored of them.

    Raises:
        EventMeterChanged: it is declared already, and otherwise.
        EventsChangeBilledUse: stored events would change what is billed, and whoever declares is no meter.
    """
    is_new = store.declare_event_meter(session, meter, at)
    return DeclaredEventMeter(meter, is_new, match_events(session, who=who, at=at))


def match_events(session: Session, *, who: str, at: datetime) -> Receipt | None:
    """Match stored events that no register took yet; the receipt of what is added, None where nothing is.

    Raises:
        EventsChangeBilledUse: they would change what is billed, and whoever asks is no meter.
    """
    receipt = store.match_again(session, Sender("stored events", who, at))
    if receipt is not None:
        _refuse_alone(session, receipt)
    return receipt


def event_meters(session: Session) -> Sequence[EventMeter]:
    """List the event meters, by name."""
    return store.event_meters(session)


def unmatched_events(session: Session, most: int = 1000) -> Sequence[UnmatchedGroup]:
    """Count the events that nothing takes, by client, type and subject, with what is missing."""
    return history.unmatched_events(session, most)
