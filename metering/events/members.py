"""The members of an event's JSON: texts, instants, contents and numbers, each read as it is written."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from metering.events.usage_event import EVENT_NAME_CHARACTERS_MAX, EventFault, EventsRefused
from metering.ingest.json_rows import JsonNumber, decoded, load
from metering.ingest.row_parser import printable
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import EARLIEST_US, LATEST_US, SECOND_US, instant_of, micros
from quantities.number import NotANumber, exact, plain, trimmed

_DEPTH_MAX = 32
_EXPONENT_MAX = 40
_NUMERIC = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?\Z", re.ASCII)
_RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,30}))?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_UNIX_SECONDS = re.compile(r"-?\d{1,12}(\.\d{1,30})?\Z", re.ASCII)


def document(raw: bytes) -> Any:
    """Read the JSON of a request; numbers stay as they are written.

    Raises:
        EventsRefused: it is no JSON.
    """
    try:
        return load(decoded(raw))
    except (ValueError, UnreadableFile) as error:
        raise EventsRefused.of([EventFault(0, "body", "invalid_json", str(error), "JSON in UTF-8")]) from error


class Members:
    """Reads the members of one event, and gathers what is wrong with them."""

    def __init__(self, event: object, line: int, faults: list[EventFault]) -> None:
        """Read an event; of what is no object, every member is missing."""
        self._members: Mapping[str, Any] = event if isinstance(event, dict) else {}
        self._line = line
        self._faults = faults
        if not isinstance(event, dict):
            self.refuse("event", "invalid_type", event, "an object")
            self._faults = []  # of what is no object nothing else is said

    def refuse(self, member: str, code: str, actual: object, expected: str) -> None:
        """Note a fault of a member."""
        self._faults.append(EventFault(self._line, member, code, printable(str(actual)), expected))

    def get(self, member: str) -> Any:
        """What stands there; None: nothing does."""
        return self._members.get(member)

    def name(self, member: str) -> str:
        """A text that names something; where it is none, empty, and the fault is noted."""
        value = self.get(member)
        if value is None or value == "":
            self.refuse(member, "value_is_mandatory", "", "a text")
            return ""
        if type(value) is not str or not value.isprintable() or len(value) > EVENT_NAME_CHARACTERS_MAX:
            expected = f"a printable text of at most {EVENT_NAME_CHARACTERS_MAX} characters"
            self.refuse(member, "value_is_invalid", value, expected)
            return ""
        return value

    def content(self, member: str) -> Mapping[str, Any]:
        """An object, or nothing."""
        value = self.get(member)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse(member, "value_is_invalid", value, "an object")
            return {}
        if not all(_is_storable(text) for text in _texts(value)):
            self.refuse(member, "value_is_invalid", "a character that no text can hold", "text in UTF-8, without NUL")
            return {}
        if _depth(value) > _DEPTH_MAX:
            self.refuse(member, "value_is_invalid", "more", f"an object that nests at most {_DEPTH_MAX} levels deep")
            return {}
        return value

    def rfc_3339(self, member: str, otherwise: datetime) -> datetime:
        """An instant by RFC 3339; another one where there is none, or a fault."""
        value = self.get(member)
        if value is None:
            return otherwise
        match = _RFC_3339.match(value) if type(value) is str else None
        instant = None if match is None else _instant(*match.groups())
        if instant is None:
            expected = "an instant of the years 1900 to 2199 by RFC 3339, as 2026-03-01T12:00:00Z"
            self.refuse(member, "invalid_format", value, expected)
        return instant or otherwise

    def unix_seconds(self, member: str, otherwise: datetime) -> datetime:
        """An instant in seconds since 1970, as a number or as text; another one where there is none, or a fault."""
        value = self.get(member)
        if value is None:
            return otherwise
        if not isinstance(value, str) or not _UNIX_SECONDS.match(value):
            self.refuse(member, "invalid_format", value, "seconds since 1970, as 1772366400 or 1772366400.250")
            return otherwise
        us = int((Decimal(value) * SECOND_US).to_integral_value(rounding="ROUND_FLOOR"))
        if not EARLIEST_US <= us < LATEST_US:
            self.refuse(member, "invalid_format", value, "an instant of the years 1900 to 2199")
            return otherwise
        return instant_of(us)


def _instant(day: str, clock: str, fraction: str | None, offset: str) -> datetime | None:
    """An instant in UTC; None where there is no such day, hour or offset, or it is beyond the supported years."""
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    instant = whole + timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    return instant if EARLIEST_US <= micros(instant) < LATEST_US else None


def number_of(value: object) -> Decimal | None:
    """A JSON number, or a text that is one, as it is written; None: it is none, or has more digits than are stored."""
    if not isinstance(value, str) or not _NUMERIC.match(value):
        return None
    number = Decimal(value)
    if abs(number.adjusted()) > _EXPONENT_MAX:
        return None
    try:
        return exact(plain(trimmed(number)))
    except NotANumber:
        return None


def at_path(content: Mapping[str, Any], path: str) -> Any:
    """What stands at a path of names joined by points; None: nothing does."""
    value: Any = content
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def written(value: Any) -> str:
    """Write a content as JSON; numbers as they came."""
    match value:
        case JsonNumber():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{json.dumps(name)}: {written(member)}" for name, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case _:
            return json.dumps(value)


def _depth(value: Any) -> int:
    """How deep a value nests, level by level."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth - 1


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as members:
                yield from members
                waiting.extend(members.values())
            case list() as elements:
                waiting.extend(elements)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
