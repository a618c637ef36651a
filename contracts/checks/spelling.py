"""The fault of an unknown name, with the known name that is most like it."""

from difflib import get_close_matches
from typing import Any, Protocol, runtime_checkable

from quantities.document import Fault


@runtime_checkable
class Spelled(Protocol):
    """Known names that are too many to be listed: they tell themselves which one is most like another."""

    def nearest(self, name: str) -> str:
        """Give the known name that is most like one, or an empty text."""


def unknown_name(path: str, code: str, detail: str, name: str, known: Any) -> Fault:
    """Make the fault of an unknown name; it expects the known name that is most like it, if any is."""
    nearest = known.nearest(name) if isinstance(known, Spelled) else most_like(name, list(known))
    return Fault(path, code, detail, name, nearest)


def most_like(name: str, known: Any) -> str:
    """Give the name that is most like one, or an empty text."""
    return next(iter(get_close_matches(name, known, n=1)), "")
