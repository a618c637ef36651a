"""Signs that nobody sees: control characters, what turns the direction of writing, blanks without a width.

A name with one of them reads as another name or account: ``U+202E`` shows what follows backwards, and ``U+200B``
makes two of one. Joiners without a width are part of some scripts, and are none between Latin letters.

Sources: Unicode Technical Report 36, 2.5 (bidirectional text spoofing); UTS 39, 3.1 (what identifiers leave out).
"""

import re
from collections.abc import Iterator
from typing import Any

#: U+0000 is not among them: nothing can store it, and whoever tries is told so.
_LATIN = "\x00-\u024f"
_ALWAYS = (
    "\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
_JOINERS = "\u200c\u200d"
_UNSEEN = re.compile(f"[{_ALWAYS}]|(?<![^{_LATIN}])[{_JOINERS}]|[{_JOINERS}](?![^{_LATIN}])")
#: One set of signs is looked for in a tenth of the time of three: most texts have none of it.
_SUSPECT = re.compile(f"[{_ALWAYS}{_JOINERS}]")


def unseen_in(document: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Find the texts of a document that have signs which nobody sees, keys as well.

    Args:
        document: of lists, mappings and texts.
        path: its place, as a JSON pointer.

    Yields:
        The place of each, and the first such sign in it, as ``U+202E``.
    """
    match document:
        case str():
            unseen = None if document.isascii() and document.isprintable() else _UNSEEN.search(document)
            if unseen is not None:
                yield path, f"U+{ord(unseen.group()):04X}"
        case dict():
            for key, part in document.items():
                named = f"{path}/{_UNSEEN.sub('', str(key)).replace('~', '~0').replace('/', '~1')}"
                yield from unseen_in(str(key), named)
                yield from unseen_in(part, named)
        case list():
            for at, part in enumerate(document):
                yield from unseen_in(part, f"{path}/{at}")


def as_seen(text: str) -> str:
    """Leave out of a text what nobody sees."""
    return _UNSEEN.sub("", text) if _SUSPECT.search(text) else text


def all_as_seen(value: Any) -> Any:
    """Leave out of all texts of lists and mappings what nobody sees; keys stay."""
    match value:
        case str():
            return as_seen(value)
        case dict():
            return {key: all_as_seen(part) for key, part in value.items()}
        case list() | tuple():
            return [all_as_seen(part) for part in value]
        case _:
            return value
