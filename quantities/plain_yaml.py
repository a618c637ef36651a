"""YAML as text, lists and mappings, from the events of a parser: nothing is guessed, and nothing hangs.

A YAML reader guesses types, which is wrong for a contract: ``0.10`` becomes a float, ``no`` false, ``12:30`` the number
750. So every scalar stays text here. What is built takes time and memory in proportion to the document: an alias that
would write out a gigabyte is refused while it is read, and so is a nesting that no document of people has.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from quantities.plain_json import DEPTH_MAX, NOTHING, NotPlainJson, read_plain_json

#: A document has at most so many bytes, also with every alias written out.
DOCUMENT_BYTES_MAX = 4 << 20
_ALIASES_MAX = 100
#: A document that begins so may be JSON.
_JSON = frozenset({"{", "[", b"{", b"["})
#: libyaml reads ten times as fast, where PyYAML was built with it.
_PARSER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class NoDocument(ValueError):
    """The text is no document of ours.

    Attributes:
        code: the kind of fault, for programs.
        detail: the fault in a sentence, with its place.
        read: what stands there.
    """

    def __init__(self, code: str, detail: str, read: str = "") -> None:
        """State the fault."""
        super().__init__(detail)
        self.code, self.detail, self.read = code, detail, read


@dataclass(slots=True)
class _Open:
    """A list or a mapping that has not ended: how it began, the size before it, the key that waits for its value."""

    value: list[Any] | dict[str, Any]
    begun: Any
    before: int
    key: str | None = None


@dataclass(slots=True)
class _Document:
    """What is built of a document so far.

    Attributes:
        root: its value.
        open: the collections that have not ended, outermost first.
        anchored: values by anchor, each with its size written out.
        size: of all so far, every alias written out.
        aliases: how many.
        bytes_max: how large it may be, every alias written out.
    """

    bytes_max: int = DOCUMENT_BYTES_MAX
    root: Any = None
    open: list[_Open] = field(default_factory=list)
    anchored: dict[str, tuple[Any, int]] = field(default_factory=dict)
    size: int = 0
    aliases: int = 0

    def begin(self, event: Any, value: list[Any] | dict[str, Any]) -> None:
        if len(self.open) == DEPTH_MAX:
            detail = f"a document is at most {DEPTH_MAX} levels deep; this one is deeper{_place(event.start_mark)}"
            raise NoDocument("too-deep", detail)
        self._see_that_it_is_new(event)
        self.open.append(_Open(value, event, self.size))
        self.size += 1

    def end(self) -> None:
        ended = self.open.pop()
        if ended.begun.anchor is not None:
            self.anchored[ended.begun.anchor] = ended.value, self.size - ended.before
        self._put(ended.value, ended.begun)

    def scalar(self, event: Any) -> None:
        self._see_that_it_is_new(event)
        text: str = event.value
        if not text.isascii():
            text.encode()  # half a character cannot be written in UTF-8: a ValueError
        size = 1 + len(text)
        self.size += size
        value = None if text in NOTHING else text
        if event.anchor is not None:
            self.anchored[event.anchor] = value, size
        self._put(value, event)

    def alias(self, event: Any) -> None:
        self.aliases += 1
        if self.aliases > _ALIASES_MAX:
            raise NoDocument("not-yaml", f"more than {_ALIASES_MAX} aliases")
        if any(one.begun.anchor == event.anchor for one in self.open):
            detail = f"an anchor contains itself{_place(event.start_mark)}"
            raise NoDocument("contains-itself", detail, f"*{event.anchor}")
        if event.anchor not in self.anchored:
            raise NoDocument("not-yaml", f"found undefined alias{_place(event.start_mark)}")
        value, size = self.anchored[event.anchor]
        self.size += size
        if self.size > self.bytes_max:
            detail = f"with every alias written out (expanded) a document has at most {self.bytes_max} bytes"
            raise NoDocument("too-large", f"{detail}; this one has more{_place(event.start_mark)}", str(self.size))
        self._put(value, event)

    def _see_that_it_is_new(self, event: Any) -> None:
        anchors = (*self.anchored, *(one.begun.anchor for one in self.open)) if event.anchor is not None else ()
        if event.anchor in anchors:
            raise NoDocument("not-yaml", f"found duplicate anchor{_place(event.start_mark)}")

    def _put(self, value: Any, event: Any) -> None:
        if not self.open:
            self.root = value
            return
        inner = self.open[-1]
        if isinstance(inner.value, list):
            inner.value.append(value)
        elif inner.key is None:
            inner.key = self._key(inner.value, value, event)
        else:
            inner.value[inner.key], inner.key = value, None

    def _key(self, mapping: dict[str, Any], value: Any, event: Any) -> str:
        if isinstance(value, list | dict):
            raise NoDocument("not-yaml", f"a key is text{_place(event.start_mark)}")
        key = str(value)
        if key == "<<" and not getattr(event, "style", None):
            raise NoDocument(
                "merge-key", f"a merge key is not read; write its entries out{_place(event.start_mark)}", "<<"
            )
        if key in mapping:
            raise NoDocument("duplicate-key", f"a mapping has the same key twice{_place(event.start_mark)}", key[:100])
        return key


def read_text(raw: bytes | str, bytes_max: int = DOCUMENT_BYTES_MAX) -> Any:
    """Read YAML, of which JSON is a part. Every scalar is text; what stands for nothing is None.

    Args:
        raw: the document.
        bytes_max: how large it may be with every alias written out.

    Raises:
        NoDocument: it is not YAML, or one of the limits above is passed; an anchor contains itself; a key is not text,
            is repeated, or is a merge key.
    """
    if raw[:1] in _JSON:
        with suppress(NotPlainJson):
            return read_plain_json(raw)
    try:
        return _built(yaml.parse(raw, Loader=_PARSER), bytes_max)
    except NoDocument:
        raise
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        place = _place(getattr(error, "problem_mark", None))
        raise NoDocument("not-yaml", f"{getattr(error, 'problem', None) or error}{place}") from error


def _built(events: Iterator[Any], bytes_max: int) -> Any:
    document, documents = _Document(bytes_max), 0
    for event in events:
        if isinstance(event, yaml.ScalarEvent):
            document.scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            document.begin(event, {})
        elif isinstance(event, yaml.SequenceStartEvent):
            document.begin(event, [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            document.end()
        elif isinstance(event, yaml.AliasEvent):
            document.alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise NoDocument("not-yaml", f"expected a single document{_place(event.start_mark)}")
    return document.root


def _place(mark: Any) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
