"""Events as Lago's client posts them: one, or a batch of at most a hundred.

Source: Lago's API, ``POST /api/v1/events`` and ``POST /api/v1/events/batch``.
"""

from datetime import datetime

from metering.events.members import Members, document
from metering.events.usage_event import EventClient, EventFault, EventsRefused, UsageEvent, refuse_faulty

#: A batch has so many events at most.
LAGO_BATCH_MAX = 100


def read_lago_event(raw: bytes, received_at: datetime) -> UsageEvent:
    """Read one event.

    Args:
        raw: the body of the request.
        received_at: the instant of an event that states none.

    Raises:
        EventsRefused: it is none; all faults are named.
    """
    body, faults = document(raw), list[EventFault]()
    if not isinstance(body, dict) or "event" not in body:
        raise EventsRefused.of([EventFault(0, "event", "value_is_mandatory", "", '{"event": {…}}')])
    event = _event(body["event"], 1, received_at, faults)
    refuse_faulty(faults)
    return event


def read_lago_batch(raw: bytes, received_at: datetime) -> tuple[UsageEvent, ...]:
    """Read a batch.

    Args:
        raw: the body of the request.
        received_at: the instant of an event that states none.

    Raises:
        EventsRefused: it has no events or more than a hundred, or one of them is none; all faults are named.
    """
    body, faults = document(raw), list[EventFault]()
    posted = body.get("events") if isinstance(body, dict) else None
    if not isinstance(posted, list) or not posted:
        raise EventsRefused.of([EventFault(0, "events", "no_events", "", '{"events": [{…}, …]}')])
    if len(posted) > LAGO_BATCH_MAX:
        actual, expected = f"{len(posted)} events", f"at most {LAGO_BATCH_MAX}"
        refuse_faulty([EventFault(0, "events", "too_many_events", actual, expected)])
    events = tuple(_event(event, line, received_at, faults) for line, event in enumerate(posted, start=1))
    refuse_faulty(faults)
    return events


def _event(event: object, line: int, received_at: datetime, faults: list[EventFault]) -> UsageEvent:
    members = Members(event, line, faults)
    amount = members.get("precise_total_amount_cents")
    if amount is not None:
        members.refuse("precise_total_amount_cents", "price_of_sender", amount, "none: the contract has the price")
    subscription = members.name("external_subscription_id")
    return UsageEvent(
        client=EventClient.LAGO,
        source=subscription,
        event_id=members.name("transaction_id"),
        event_type=members.name("code"),
        subject=subscription,
        at=members.unix_seconds("timestamp", received_at),
        content=members.content("properties"),
        line=line,
        is_timed=members.get("timestamp") is not None,
    )
