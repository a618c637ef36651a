"""Events taken once, whoever posts them and however often, and added to the readings of their instants.

Locks are taken in one order, so that posts cannot deadlock: the tenant's event meters, shared by posts and alone for
a declaration; the keys of events, sorted; the series, sorted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session, col, select

from metering.deliveries.receipt import Receipt, Sender
from metering.deliveries.store import deliver
from metering.events.event_meter import EventAggregation, EventMeter, EventMeterChanged
from metering.events.matching import EventUse, MatchedEvents, match_events, register_names
from metering.events.members import written
from metering.events.usage_event import EventClient, EventFault, UsageEvent, refuse_faulty
from metering.fleet.meter import SeriesKey
from metering.fleet.register_lookup import KnownRegisters, StoredRegisterLookup
from metering.fleet.store import series_numbers
from metering.ingest import Parsed
from metering.ingest.json_rows import load
from metering.log import store as log
from metering.log.as_of import newest
from metering.log.columns import Readings, readings_at_instants
from metering.log.reading import Quality, Verdict
from metering.log.transaction import array, fetch, send
from metering.tables import EventMeterRow
from quantities.number import exact_context, plain

#: So many events are matched at once when a meter is declared or the fleet has changed.
_MATCHED_AT_ONCE = 10_000


# --- event meters


def event_meters(session: Session) -> list[EventMeter]:
    """The event meters of the tenant, by name."""
    rows = session.exec(select(EventMeterRow).order_by(col(EventMeterRow.name)))
    return [
        EventMeter(
            name=row.name,
            client=EventClient(row.client),
            event_type=row.event_type,
            aggregation=EventAggregation(row.aggregation),
            unit=row.unit,
            value=row.value,
            dimensions=row.dimensions,
        )
        for row in rows
    ]


def declare_event_meter(session: Session, meter: EventMeter, at: datetime) -> bool:
    """Store an event meter; one that is declared already stays.

    Args:
        session: states the tenant.
        meter: to be stored.
        at: the instant of recording.

    Returns:
        Whether it is new.

    Raises:
        EventMeterChanged: it is declared already, and otherwise.
    """
    _hold_meters(session, alone=True)
    stored = next((known for known in event_meters(session) if known.name == meter.name), None)
    if stored is not None and stored != meter:
        detail = f"the event meter {meter.name!r} is {stored.in_words}; declare another one by another name"
        raise EventMeterChanged(detail, place=meter.name, found=meter.in_words, expected=stored.in_words)
    if stored is None:
        columns = {name: getattr(meter, name) for name in ("name", "event_type", "unit", "value")}
        columns |= {"client": meter.client.value, "aggregation": meter.aggregation.value}
        session.add(EventMeterRow(**columns, dimensions=dict(meter.dimensions), recorded_at=at))
        session.flush()
    return stored is None


def _hold_meters(session: Session, *, alone: bool) -> None:
    """Keep the event meters as they are, or wait until no post is under way that does not know the new one."""
    kind = "" if alone else "_shared"
    send(session, _HOLD.format(kind), {})


_HOLD = "select pg_advisory_xact_lock{}(hashtextextended(current_setting('app.tenant') || ' event meters', 0))"


# --- events


def receive(
    session: Session,
    sender: Sender,
    raw: bytes,
    events: Sequence[UsageEvent],
    *,
    once: bool = False,
    known: KnownRegisters | None = None,
) -> Receipt:
    """Store the events of a request, and add what they come to.

    Args:
        session: states the tenant; all of it is one transaction.
        sender: who posts, from where and when.
        raw: the request as it came.
        events: of one client.
        once: an event that was posted before refuses the request; otherwise it is left out.
        known: what the process knows of the tenant's registers.

    Returns:
        The receipt. An event that nothing takes has a verdict and is kept; so has one of which the id was used before
        for other content, which is left out. One that was posted before counts as unchanged.

    Raises:
        EventsRefused: an event is taken and cannot be read, or ``once``; nothing is stored.
    """
    _hold_meters(session, alone=False)
    first_of = {event.identity: place for place, event in reversed(tuple(enumerate(events)))}
    new = _insert(session, sender, [events[place] for _, place in sorted(first_of.items())])
    is_new = [event.identity in new and first_of[event.identity] == place for place, event in enumerate(events)]
    posted_now = [event for event, first in zip(events, is_new, strict=True) if first]
    repeated = [event for event, first in zip(events, is_new, strict=True) if not first]
    if once:
        member = {EventClient.LAGO: "transaction_id", EventClient.OPENMETER: "id"}
        refuse_faulty(
            [
                EventFault(
                    event.line,
                    member[event.client],
                    "value_already_exist",
                    event.event_id,
                    "an id that is not used yet",
                )
                for event in repeated
            ]
        )
    lookup = StoredRegisterLookup(session, known)
    matched = _matched(session, lookup, posted_now)
    refuse_faulty(matched.faults)
    others = _with_other_content(session, repeated)
    verdicts = [
        *_unmatched(matched),
        *(Verdict(event.line, "repeated_event", event.event_id, "the content of its first post") for event in others),
    ]
    return _book(session, sender, raw, lookup, matched.uses, _NotAdded(tuple(verdicts), len(repeated) - len(others)))


@dataclass(frozen=True, slots=True)
class _NotAdded:
    """What of a request adds nothing: the verdicts on some of its events, and how many were posted before."""

    verdicts: tuple[Verdict, ...] = ()
    repeated: int = 0


def match_again(session: Session, sender: Sender) -> Receipt | None:
    """Match stored events that an event meter has not taken yet, after a declaration of meters or of the fleet.

    Args:
        session: states the tenant.
        sender: who asks for it, and when.

    Returns:
        The receipt of what is added now; None if nothing is.
    """
    _hold_meters(session, alone=True)
    lookup = StoredRegisterLookup(session)
    uses: list[EventUse] = []
    for meter in event_meters(session):
        after: tuple[str, str] = ("", "")
        while rows := session.execute(_NOT_TAKEN, _asked(meter, after)).all():
            after = (rows[-1].source, rows[-1].event_id)
            events = [_event(row) for row in rows]
            registers = lookup.find(register_names(events, [meter]))
            uses += match_events(events, [meter], registers).uses
    if not uses:
        return None
    numbered = [replace(use, event=replace(use.event, line=line)) for line, use in enumerate(uses, start=1)]
    return _book(session, sender, b"", lookup, numbered, _NotAdded())


def _asked(meter: EventMeter, after: tuple[str, str]) -> dict[str, object]:
    return {
        "client": meter.client.value, "event_type": meter.event_type, "meter": meter.name,
        "source": after[0], "event_id": after[1], "most": _MATCHED_AT_ONCE,
    }  # fmt: skip


# text: rows compared with a pair of values, and what is missing in another table
_NOT_TAKEN = text(
    """
    select e.client, e.source, e.event_id, e.event_type, e.subject, e.at, e.content from usage_event e
    where e.client = :client and e.event_type = :event_type and (e.source, e.event_id) > (:source, :event_id)
      and not exists (select 1 from event_use u where u.tenant = e.tenant and u.client = e.client
                      and u.source = e.source and u.event_id = e.event_id and u.meter = :meter)
    order by e.source, e.event_id limit :most
    """
)


def _event(row: object) -> UsageEvent:
    names = ("source", "event_id", "event_type", "subject", "at")
    columns = {name: getattr(row, name) for name in names}
    return UsageEvent(EventClient(getattr(row, "client")), **columns, content=load(getattr(row, "content")))  # noqa: B009 a row of a query


def _matched(session: Session, lookup: StoredRegisterLookup, events: Sequence[UsageEvent]) -> MatchedEvents:
    meters = event_meters(session)
    return match_events(events, meters, lookup.find(register_names(events, meters)))


def _unmatched(matched: MatchedEvents) -> list[Verdict]:
    return [
        Verdict(one.event.line, "unmatched_event", f"{one.event.subject} {one.event.event_type}", one.why)
        for one in matched.unmatched
    ]


def _insert(session: Session, sender: Sender, events: Sequence[UsageEvent]) -> set[tuple[str, str]]:
    """Store events in the order of their keys; those that were not there yet."""
    columns = {
        "client": [event.client.value for event in events],
        "source": [event.source for event in events],
        "event_id": [event.event_id for event in events],
        "event_type": [event.event_type for event in events],
        "subject": [event.subject for event in events],
        "at": array(event.at.isoformat() for event in events),
        "content": [written(event.content) for event in events],
    }
    return {(source, id_) for source, id_ in fetch(session, _INSERT, columns | {"received_at": sender.recorded_at})}


# A row of another transaction under way is waited for; the one that comes first counts.
_INSERT = """
    insert into usage_event (client, source, event_id, event_type, subject, at, content, received_at)
    select posted.*, %(received_at)s from unnest(
        %(client)s::text[], %(source)s::text[], %(event_id)s::text[], %(event_type)s::text[], %(subject)s::text[],
        %(at)s::timestamptz[], %(content)s::text[]) as posted
    on conflict do nothing returning source, event_id
"""


def _with_other_content(session: Session, repeated: Sequence[UsageEvent]) -> list[UsageEvent]:
    """Those of repeated events that say something else than the first post of their id."""
    if not repeated:
        return []
    keys = {
        "client": repeated[0].client.value,
        "source": [event.source for event in repeated],
        "event_id": [event.event_id for event in repeated],
    }
    stored = {(source, id_): rest for source, id_, *rest in fetch(session, _STORED, keys)}

    def differs(event: UsageEvent) -> bool:
        event_type, subject, at, content = stored[event.identity]
        same = (event_type, subject, content) == (event.event_type, event.subject, written(event.content))
        return not same or (event.is_timed and at != event.at)

    return [event for event in repeated if differs(event)]


_STORED = """
    select e.source, e.event_id, e.event_type, e.subject, e.at, e.content
    from unnest(%(source)s::text[], %(event_id)s::text[]) as asked (source, event_id)
    join usage_event e on e.source = asked.source and e.event_id = asked.event_id and e.client = %(client)s
"""


# --- readings


def _book(
    session: Session,
    sender: Sender,
    raw: bytes,
    lookup: StoredRegisterLookup,
    uses: Sequence[EventUse],
    rest: _NotAdded,
) -> Receipt:
    """Add uses to the readings of their instants, as one delivery."""
    keys = sorted({use.series for use in uses})
    numbers = series_numbers(session, keys, lookup.registers)
    # all that deliver locks, so that nothing changes from here on
    of_registers = {series for key in keys for series in lookup.registers[key.register].all_series}
    log.lock_series(session, {*of_registers, *numbers.values()})
    readings = _sums(session, keys, numbers, uses)
    verdicts = tuple(sorted(rest.verdicts, key=lambda verdict: verdict.line))
    parsed = Parsed(keys, readings, verdicts, rest.repeated, {})
    receipt = deliver(session, sender, raw, parsed, lookup.registers)
    columns = {
        "client": [use.event.client.value for use in uses],
        "source": [use.event.source for use in uses],
        "event_id": [use.event.event_id for use in uses],
        "meter": [use.meter.name for use in uses],
        "series": array(numbers[use.series] for use in uses),
        "at": array(use.event.at.isoformat() for use in uses),
        "line": array(use.event.line for use in uses),
        "amount": array(plain(use.amount) for use in uses),
    }
    send(session, _INSERT_USES, columns | {"batch": receipt.batch})
    return receipt


_INSERT_USES = """
    insert into event_use (client, source, event_id, meter, series, at, line, amount, batch)
    select added.*, %(batch)s from unnest(
        %(client)s::text[], %(source)s::text[], %(event_id)s::text[], %(meter)s::text[], %(series)s::int[],
        %(at)s::timestamptz[], %(line)s::int[], %(amount)s::numeric[]) as added
"""


def _sums(
    session: Session, keys: Sequence[SeriesKey], numbers: Mapping[SeriesKey, int], uses: Iterable[EventUse]
) -> Readings:
    """The readings of the instants of uses: what stands there, if it was measured, and all that is added."""
    added: dict[tuple[int, datetime], Decimal] = defaultdict(Decimal)
    line: dict[tuple[int, datetime], int] = {}
    place_of = {key: place for place, key in enumerate(keys)}
    with exact_context():
        for use in uses:
            instant = place_of[use.series], use.event.at
            added[instant] += use.amount
            line.setdefault(instant, use.event.line)
        stored = _stored_values(session, [(numbers[keys[place]], at) for place, at in added])
        rows = [
            (place, at, amount + stored.get((numbers[keys[place]], at), Decimal(0)), line[place, at])
            for (place, at), amount in sorted(added.items())
        ]
    return readings_at_instants(rows, Quality.VALID)


def _stored_values(session: Session, instants: Sequence[tuple[int, datetime]]) -> dict[tuple[int, datetime], Decimal]:
    """The live values at some instants, without estimates: to an estimate nothing is added that was measured."""
    asked = {
        "series": array(series for series, _ in instants),
        "start": array(at.isoformat() for _, at in instants),
    }
    return {
        (series, at.astimezone(UTC)): value
        for series, at, value, quality in fetch(session, _AT_INSTANTS, asked)
        if value is not None and not Quality(quality).estimated
    }


_AT_INSTANTS = newest(
    "series, start, value, quality",
    """(series, start) in (select * from unnest(%(series)s::int[], %(start)s::timestamptz[]))""",
    now=True,
)
