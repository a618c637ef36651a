"""Events as they are kept: those that nothing takes yet, with what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from metering.events.event_meter import EventMeter
from metering.events.matching import match_events, register_names
from metering.events.store import event_meters
from metering.events.usage_event import EventClient, UsageEvent
from metering.fleet.lookup import TargetRegister
from metering.fleet.register_lookup import StoredRegisterLookup
from metering.ingest.json_rows import load
from metering.tables import EventUseRow, UsageEventRow, within_tenant


@dataclass(frozen=True, slots=True)
class UnmatchedGroup:
    """Events of one type and subject that nothing takes, and why.

    Attributes:
        client: whose.
        event_type: their type.
        subject: of what.
        events: how many.
        first: the instant of the first.
        last: of the last.
        why: what is missing.
    """

    client: EventClient
    event_type: str
    subject: str
    events: int
    first: datetime
    last: datetime
    why: str


def unmatched_events(session: Session, most: int = 1000) -> list[UnmatchedGroup]:
    """Count the events that nothing takes, by client, type and subject; the most frequent first.

    Args:
        session: states the tenant.
        most: the most groups to return.
    """
    event, use = UsageEventRow, EventUseRow
    taken = select(use.meter).where(
        within_tenant(use.event_id, event.event_id), use.client == event.client, use.source == event.source
    )
    of_group = (col(event.client), col(event.event_type), col(event.subject))
    counted = func.count()
    rows = session.execute(
        columns(*of_group, counted, func.min(event.at), func.max(event.at), func.min(event.content))
        .where(~taken.exists())
        .group_by(*of_group)
        .order_by(counted.desc(), *of_group)
        .limit(most)
    ).all()
    samples = [
        UsageEvent(
            client=EventClient(client), source="", event_id="", event_type=kind, subject=subject, at=first,
            content=load(content),
        )
        for client, kind, subject, _, first, _, content in rows
    ]  # fmt: skip
    meters = event_meters(session)
    registers = StoredRegisterLookup(session).find(register_names(samples, meters))
    return [
        UnmatchedGroup(
            client=sample.client,
            event_type=sample.event_type,
            subject=sample.subject,
            events=events,
            first=first,
            last=last,
            why=_why(sample, meters, registers),
        )
        for sample, (_, _, _, events, first, last, _) in zip(samples, rows, strict=True)
    ]


def _why(sample: UsageEvent, meters: Sequence[EventMeter], registers: Mapping[str, TargetRegister]) -> str:
    matched = match_events([sample], meters, registers)
    if matched.unmatched:
        return matched.unmatched[0].why
    if matched.faults:
        fault = matched.faults[0]
        return f"{fault.member}: found {fault.found!r}, expected {fault.expected}"
    return "nothing is missing any more: match them"
