"""XML of anybody: without document types and entities, and without depth that no feed has."""

from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from metering.ingest.raw_columns import UnreadableFile

_DEPTH_MAX = 60
_WAITING_MAX = 600_000  # 100,000 readings in one part of a feed
_ROOT_BYTES = 1 << 16


def elements(raw: bytes, name: str) -> Iterator[Element]:
    """Read the elements of a name, whatever their namespace, each with what is in it; they are gone afterwards.

    Raises:
        UnreadableFile: it is no XML, declares a document type, or nests too deeply.
    """
    depth = waiting = 0
    path: list[Element] = []
    try:
        for event, element in iterparse(BytesIO(raw), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth, waiting = depth + 1, waiting + 1
                path.append(element)
                if depth > _DEPTH_MAX or waiting > _WAITING_MAX:
                    raise _unreadable(f"elements nest deeper than {_DEPTH_MAX}, or {_WAITING_MAX} in one")
                continue
            depth -= 1
            path.pop()
            if local(element) == name:
                yield element
            if depth == 1:  # nothing that is looked for reaches across the parts of a feed
                path[-1].remove(element)
                waiting = 0
    except DefusedXmlException as error:
        raise _unreadable(f"{type(error).__name__}: a document type or an entity is declared") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _unreadable(str(error)) from error


def root_name(head: bytes) -> str:
    """Name the outermost element, as far as the first bytes of a file tell."""
    try:
        return local(_root(head[:_ROOT_BYTES]))
    except UnreadableFile:
        return ""


def attributes(raw: bytes) -> dict[str, str]:
    """Read the attributes of the outermost element."""
    return {name.rpartition("}")[2]: text for name, text in _root(raw).attrib.items()}


def _root(raw: bytes) -> Element:
    """Read the outermost element, of which only the beginning is known yet."""
    element: Element
    try:
        _, element = next(iterparse(BytesIO(raw), events=("start",), forbid_dtd=True))
    except (DefusedXmlException, ParseError, ValueError, LookupError, StopIteration) as error:
        raise _unreadable(str(error)) from error
    return element


def local(element: Element) -> str:
    """Name an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, *names: str) -> Element | None:
    """Find the first child that bears one of the names, whatever its namespace and however it is capitalised."""
    wanted = {name.casefold() for name in names}
    return next((each for each in element if local(each).casefold() in wanted), None)


def text(element: Element, *path: str) -> str:
    """Read the text below an element, or nothing."""
    found: Element | None = element
    for name in path:
        found = None if found is None else child(found, name)
    return "" if found is None or found.text is None else found.text.strip()


def _unreadable(detail: str) -> UnreadableFile:
    return UnreadableFile(f"this XML is not read: {detail[:200]}", found=detail[:200], expected="well-formed XML")
