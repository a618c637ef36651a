"""A usage event as a client of another engine posts it, and what can be wrong with one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from quantities.errors import Invalid, page_address

#: Names and ids of an event have so many characters at most: what an index of the database can hold.
EVENT_NAME_CHARACTERS_MAX = 300
_FAULTS_NAMED = 3


class EventClient(StrEnum):
    """Whose client posts an event, and by whose contract it is answered."""

    OPENMETER = "openmeter"
    LAGO = "lago"


class UnknownEventClient(Invalid):
    """Events of that client are not known."""


def event_client(name: str) -> EventClient:
    """The client of a name.

    Raises:
        UnknownEventClient: there is none.
    """
    try:
        return EventClient(name.lower())
    except ValueError:
        expected = [client.value for client in EventClient]
        raise UnknownEventClient(f"{name!r} is none of {', '.join(expected)}", found=name, expected=expected) from None


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """Something that was used at an instant.

    Attributes:
        client: whose client posted it.
        source: where its id is unique: CloudEvents' ``source``, or Lago's ``external_subscription_id``.
        event_id: CloudEvents' ``id``, or Lago's ``transaction_id``.
        event_type: CloudEvents' ``type``, or Lago's ``code``.
        subject: CloudEvents' ``subject``, or Lago's ``external_subscription_id``.
        at: in UTC; of a finer instant the microsecond in which it lies.
        content: CloudEvents' ``data``, or Lago's ``properties``; a number is a ``JsonNumber``, as it was written.
        line: its place in the request, from 1.
        is_timed: whether the event states its instant; if not, it is that at which it reached us.
    """

    client: EventClient
    source: str
    event_id: str
    event_type: str
    subject: str
    at: datetime
    content: Mapping[str, Any] = field(default_factory=dict)
    line: int = 1
    is_timed: bool = True

    @property
    def identity(self) -> tuple[str, str]:
        """What makes it one event for its client: it counts once, however often it is posted."""
        return self.source, self.event_id


@dataclass(frozen=True, slots=True)
class EventFault:
    """What is wrong with an event of a request.

    Attributes:
        line: the event's place in the request, from 1; 0: the request as a whole.
        member: the member of the event that is at fault.
        code: the kind of fault, in Lago's words where Lago has one.
        found: what stands there.
        expected: what would be right.
    """

    line: int
    member: str
    code: str
    found: str
    expected: str

    def __str__(self) -> str:
        whose = f"event {self.line}" if self.line else "the request"
        return f"{whose}, {self.member}: found {self.found!r}, expected {self.expected}"


class EventsRefused(Invalid):
    """The request has events that cannot be taken."""

    @classmethod
    def of(cls, faults: Sequence[EventFault]) -> "EventsRefused":
        """The refusal of a request; its sentence names the first faults, its members all of them."""
        named = "; ".join(map(str, faults[:_FAULTS_NAMED]))
        more = f"; and {len(faults) - _FAULTS_NAMED} more" if len(faults) > _FAULTS_NAMED else ""
        return cls(f"{named}{more}", faults=[_told(fault) for fault in faults])


def _told(fault: EventFault) -> dict[str, object]:
    """A fault as programs are told it: its members, the same in a sentence, and where the page of its code stands."""
    return {**asdict(fault), "detail": str(fault), "type": page_address(fault.code)}


def refuse_faulty(faults: Sequence[EventFault]) -> None:
    """Refuse a request that has faults.

    Raises:
        EventsRefused: it has.
    """
    if faults:
        raise EventsRefused.of(faults)
