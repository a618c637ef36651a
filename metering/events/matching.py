"""Events matched with event meters and registers: what each adds to which series, and what takes none of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from metering.events.event_meter import EventAggregation, EventMeter
from metering.events.members import at_path, number_of
from metering.events.usage_event import EventClient, EventFault, UsageEvent
from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import Register, RegisterKind, SeriesKey
from metering.ingest.row_parser import is_valid_dimension, printable, series_key
from quantities.errors import UsufructError
from quantities.number import plain, unsigned_zero
from quantities.quantity import convert, exact_factor

#: An event has less than this: so sums of very many are stored exactly.
AMOUNT_LIMIT = Decimal(10) ** 18


@dataclass(frozen=True, slots=True)
class EventUse:
    """What an event adds to a series, by one event meter.

    Attributes:
        event: itself.
        meter: by which it was read.
        series: a register, and the dimensions that the event states.
        amount: in the register's unit, before its multiplier.
    """

    event: UsageEvent
    meter: EventMeter
    series: SeriesKey
    amount: Decimal


@dataclass(frozen=True, slots=True)
class UnmatchedEvent:
    """An event that nothing takes yet, and why; it is kept."""

    event: UsageEvent
    why: str


@dataclass(frozen=True, slots=True)
class MatchedEvents:
    """Events with what they add.

    Attributes:
        uses: one per event and meter.
        unmatched: events that no meter with a register takes.
        faults: of events that one takes, and cannot read.
    """

    uses: tuple[EventUse, ...]
    unmatched: tuple[UnmatchedEvent, ...]
    faults: tuple[EventFault, ...]


def register_names(events: Iterable[UsageEvent], meters: Sequence[EventMeter]) -> set[str]:
    """The names that registers of events have."""
    return {meter.register_name(event.subject) for event in events for meter in _of_type(event, meters)}


def match_events(
    events: Iterable[UsageEvent], meters: Sequence[EventMeter], registers: Mapping[str, TargetRegister]
) -> MatchedEvents:
    """Match events with meters by their type, and with registers by subject and meter.

    Args:
        events: in any order.
        meters: all of the tenant.
        registers: by key and alias, those of ``register_names`` that there are.
    """
    uses: list[EventUse] = []
    unmatched: list[UnmatchedEvent] = []
    faults: list[EventFault] = []
    for event in events:
        why, is_taken = [], False
        for meter in _of_type(event, meters):
            target = registers.get(meter.register_name(event.subject))
            unfit = why_unfit(event, meter, target)
            if target is None or unfit:
                why.append(unfit)
                continue
            is_taken, outcome = True, _use(event, meter, target.register)
            if isinstance(outcome, EventUse):
                uses.append(outcome)
            else:
                faults.append(outcome)
        if not is_taken:
            unmatched.append(UnmatchedEvent(event, "; ".join(why) or why_no_meter(event)))
    return MatchedEvents(tuple(uses), tuple(unmatched), tuple(faults))


def _of_type(event: UsageEvent, meters: Sequence[EventMeter]) -> list[EventMeter]:
    return [meter for meter in meters if (meter.client, meter.event_type) == (event.client, event.event_type)]


def why_no_meter(event: UsageEvent) -> str:
    """Say that no meter takes events of a type."""
    return f"no event meter of {event.client} takes events of type {event.event_type}"


def why_unfit(event: UsageEvent, meter: EventMeter, target: TargetRegister | None) -> str:
    """Say why a register cannot take an event; empty: it can."""
    if target is None:
        return f"no register is called {meter.register_name(event.subject)}"
    register = target.register
    if register.kind is not RegisterKind.EVENT:
        return f"{register.key} is a register of kind {register.kind}, and events are of kind event"
    try:
        exact_factor(meter.unit, register.unit)
    except UsufructError as error:
        return f"{register.key}: {error}"
    return ""


def _use(event: UsageEvent, meter: EventMeter, register: Register) -> EventUse | EventFault:
    amount = Decimal(1)
    if meter.aggregation is EventAggregation.SUM:
        stated = at_path(event.content, meter.value or "")
        number = number_of(stated)
        if number is None:
            actual = "" if stated is None else printable(str(stated))
            code = "value_is_mandatory" if stated is None else "value_is_not_valid_number"
            return _fault(event, meter.value or "", code, actual, "a number of at most 24 digits and 12 decimals")
        amount = number
    amount = convert(amount, meter.unit, register.unit)
    if not 0 <= amount < AMOUNT_LIMIT:
        expected = (
            f"an amount from 0 to below {plain(AMOUNT_LIMIT)}; less use is a withdrawal or a correction of readings"
        )
        return _fault(event, meter.value or "", "value_is_out_of_range", plain(amount), expected)
    if not register.shows(amount):
        expected = f"a multiple of {plain(register.resolution)} {register.unit}, the resolution of {register.key}"
        return _fault(event, meter.value or "", "finer_than_resolution", f"{plain(amount)} {register.unit}", expected)
    labels: dict[str, str] = {}
    for dimension, path in meter.dimensions.items():
        stated = at_path(event.content, path)
        label = str(stated).lower() if isinstance(stated, bool) else stated
        if label is not None and not (isinstance(label, str) and is_valid_dimension(label.strip())):
            return _fault(event, path, "value_is_invalid", printable(str(stated)), "a short text")
        labels[dimension] = (label or "").strip()
    return EventUse(event, meter, series_key(register, labels), unsigned_zero(amount))


def _fault(event: UsageEvent, path: str, code: str, actual: str, expected: str) -> EventFault:
    member = "properties" if event.client is EventClient.LAGO else "data"
    return EventFault(event.line, f"{member}.{path}" if path else member, code, actual, expected)
