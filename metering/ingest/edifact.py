"""Reading EDIFACT: an interchange is cut into segments, elements and components, one segment at a time.

The service string ``UNA`` at the beginning states the marks; without it they are ``:+.? '``. A released mark (``?:``)
is text. Line ends between segments have no meaning.

Source: ISO 9735, syntax version 3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from metering.ingest.unreadable import UnreadableFile

_UNA_LENGTH = 9
_SEGMENT_BYTES_MAX = 1 << 16
_BEGIN = re.compile(rb"\s*(?:UNA.{6}\s*)?UNB", re.DOTALL)
_BLANK = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Marks:
    """What separates components and elements, marks decimals, releases a mark, and ends a segment."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    end: str = "'"


@dataclass(frozen=True, slots=True)
class EdifactSegment:
    """A segment.

    Attributes:
        number: its position in the interchange, from 1, the service string included: of a file with a segment a line,
            the line.
        tag: its three letters.
        elements: behind the tag, each as its components.
    """

    number: int
    tag: str
    elements: tuple[tuple[str, ...], ...]

    def get(self, element: int, component: int = 0) -> str:
        """A component by the positions of its element and within it, from 0; empty where it is left out."""
        parts = self.elements[element] if element < len(self.elements) else ()
        return parts[component] if component < len(parts) else ""


def begins(head: bytes) -> bool:
    """Whether a file that begins with these bytes is an interchange."""
    return _BEGIN.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def marks_of(raw: bytes) -> tuple[Marks, int]:
    """The marks of an interchange, and the position of its first segment behind ``UNA``.

    Raises:
        UnreadableFile: its service string states one mark for two purposes.
    """
    start = len(raw) - len(raw.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK))
    if raw[start : start + 3] != b"UNA":
        return Marks(), start
    stated = raw[start + 3 : start + _UNA_LENGTH].decode("latin-1")
    component, element, decimal, release, _, end = list(stated.ljust(6))
    distinct = {component, element, release, end}
    if len(distinct) < len("+:?'") or decimal not in ".," or any(mark.isalnum() or mark.isspace() for mark in distinct):
        raise UnreadableFile(f"the service string is {stated!r}", found=stated, expected="six marks, as :+.? '")
    return Marks(component, element, decimal, release, end), start + _UNA_LENGTH


def segments(raw: bytes) -> Iterator[EdifactSegment]:
    """The segments of an interchange behind its service string, in their order.

    Raises:
        UnreadableFile: a segment is too long, or the file ends within one.
    """
    marks, start = marks_of(raw)
    end_mark, release = marks.end.encode("latin-1"), marks.release.encode("latin-1")
    number, search = int(start >= _UNA_LENGTH and raw[:start].endswith(end_mark)), start
    while True:
        end = raw.find(end_mark, search)
        if (len(raw) if end < 0 else end) - start > _SEGMENT_BYTES_MAX:
            detail = f"segment {number + 1} has more than {_SEGMENT_BYTES_MAX} bytes"
            raise UnreadableFile(detail, found=detail, expected=f"an end of each segment: {marks.end}")
        if end < 0:
            break
        search = end + 1
        before = raw[start:end]
        if (len(before) - len(before.rstrip(release))) % 2:
            continue  # the mark is released: text
        number, start = number + 1, end + 1
        yield _segment(number, before.strip(_BLANK).decode("latin-1"), marks)
    rest = raw[start:].strip(_BLANK)
    if rest:
        shown = rest[:40].decode("latin-1")
        raise UnreadableFile("the file ends within a segment", found=shown, expected=f"{marks.end} at its end")


def _segment(number: int, text: str, marks: Marks) -> EdifactSegment:
    tag, *elements = _split(text, marks.element, marks.release)
    parts = (_split(element, marks.component, marks.release) for element in elements)
    return EdifactSegment(number, tag, tuple(tuple(_unreleased(part, marks.release) for part in of) for of in parts))


def _split(text: str, mark: str, release: str) -> list[str]:
    """Split at a mark where it is not released; what is released stays so."""
    if release not in text:
        return text.split(mark)
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == release:
            at += 1
        elif text[at] == mark:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def _unreleased(text: str, release: str) -> str:
    """The text without the marks that release the character behind them."""
    if release not in text:
        return text
    characters = iter(text)
    return "".join(next(characters, "") if character == release else character for character in characters)
