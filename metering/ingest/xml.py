"""Reading untrusted XML: document types, entities and deep nesting are refused."""

from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from metering.ingest.unreadable import UnreadableFile

_DEPTH_MAX = 60
_WAITING_MAX = 600_000  # 100,000 readings in one part of a feed
_ROOT_BYTES = 1 << 16


def elements(raw: bytes, name: str) -> Iterator[Element]:
    """Iterate over the elements with a name, in any namespace; an element may be removed once the next one is taken.

    Raises:
        UnreadableFile: the file is not XML, declares a document type, or nests too deeply.
    """
    waiting = 0
    for path, element, ends in _events(raw):
        if not ends:
            waiting += 1
            if waiting > _WAITING_MAX:
                raise _unreadable(f"more than {_WAITING_MAX} elements in one")
            continue
        if local(element) == name:
            yield element
        if len(path) == 1:  # frees memory: no element of interest spans several top-level parts
            path[-1].remove(element)
            waiting = 0


def at_depth(raw: bytes, depth: int) -> Iterator[tuple[list[Element], Element]]:
    """Iterate over the elements that have as many ancestors as ``depth``; none is kept once the next one is taken.

    Returns:
        The ancestors of each, from the outermost on, and the element with all that it holds.

    Raises:
        UnreadableFile: as by ``elements``.
    """
    waiting = 0
    for path, element, ends in _events(raw):
        waiting += 1
        if waiting > _WAITING_MAX:
            raise _unreadable(f"more than {_WAITING_MAX} elements in one")
        if ends and len(path) == depth:
            yield path, element
        if ends and 0 < len(path) <= depth:
            path[-1].remove(element)
            waiting = 0


def _events(raw: bytes) -> Iterator[tuple[list[Element], Element, bool]]:
    """Every element twice, as it starts and as it ends (True), with the list of its ancestors."""
    path: list[Element] = []
    try:
        for event, element in iterparse(BytesIO(raw), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if len(path) >= _DEPTH_MAX:
                    raise _unreadable(f"elements nest deeper than {_DEPTH_MAX}")
                yield path, element, False
                path.append(element)
            else:
                path.pop()
                yield path, element, True
    except DefusedXmlException as error:
        raise _unreadable(f"{type(error).__name__}: a document type or an entity is declared") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _unreadable(str(error)) from error


def root_name(head: bytes) -> str:
    """The name of the outermost element, read from the first bytes of a file; empty if there is none."""
    if b"<" not in head[:_ROOT_BYTES]:
        return ""
    try:
        return local(_root(head[:_ROOT_BYTES]))
    except UnreadableFile:
        return ""


def attributes(raw: bytes) -> dict[str, str]:
    """The attributes of the outermost element, by name without namespace."""
    return {name.rpartition("}")[2]: text for name, text in _root(raw).attrib.items()}


def _root(raw: bytes) -> Element:
    """The outermost element; only its start tag is read."""
    element: Element
    try:
        _, element = next(iterparse(BytesIO(raw), events=("start",), forbid_dtd=True))
    except (DefusedXmlException, ParseError, ValueError, LookupError, StopIteration) as error:
        raise _unreadable(str(error)) from error
    return element


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, *names: str) -> Element | None:
    """The first child with one of the names, in any namespace, upper or lower case; None if there is none."""
    wanted = {name.casefold() for name in names}
    return next((inner for inner in element if local(inner).casefold() in wanted), None)


def text(element: Element, *path: str) -> str:
    """The text at a path of child names below an element; empty if there is none."""
    node: Element | None = element
    for name in path:
        node = None if node is None else child(node, name)
    return "" if node is None or node.text is None else node.text.strip()


def _unreadable(detail: str) -> UnreadableFile:
    return UnreadableFile(f"this XML is not read: {detail[:200]}", found=detail[:200], expected="well-formed XML")
