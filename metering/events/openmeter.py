"""CloudEvents as OpenMeter's client posts them: one, or a list.

Source: CloudEvents 1.0.2, JSON format; OpenMeter's API, ``POST /api/v1/events``.
"""

from datetime import datetime

from metering.events.members import Members, document
from metering.events.usage_event import EventClient, EventFault, UsageEvent, refuse_faulty

_SPECVERSION, _JSON = "1.0", "application/json"


def read_openmeter(raw: bytes, received_at: datetime) -> tuple[UsageEvent, ...]:
    """Read a CloudEvent or a list of them.

    Args:
        raw: the body of the request.
        received_at: the instant of an event that states none.

    Raises:
        EventsRefused: one of them is none; all faults are named.
    """
    body = document(raw)
    faults: list[EventFault] = []
    posted = body if isinstance(body, list) else [body]
    if not posted:
        faults.append(EventFault(0, "body", "no_events", "an empty list", "one event at least"))
    events = tuple(_event(event, line, received_at, faults) for line, event in enumerate(posted, start=1))
    refuse_faulty(faults)
    return events


def _event(event: object, line: int, received_at: datetime, faults: list[EventFault]) -> UsageEvent:
    members = Members(event, line, faults)
    for member, only in (("specversion", _SPECVERSION), ("datacontenttype", _JSON)):
        stated = members.get(member)
        if stated != only and not (stated is None and member == "datacontenttype"):
            members.refuse(member, "value_is_invalid", "" if stated is None else stated, only)
    return UsageEvent(
        client=EventClient.OPENMETER,
        source=members.name("source"),
        event_id=members.name("id"),
        event_type=members.name("type"),
        subject=members.name("subject"),
        at=members.rfc_3339("time", received_at),
        content=members.content("data"),
        line=line,
        is_timed=members.get("time") is not None,
    )
