"""A name that is none, with the nearest one that is."""

from difflib import get_close_matches
from typing import Any

from quantities.document import Fault


def unknown_name(path: str, code: str, detail: str, found: str, known: Any) -> Fault:
    """Say that a name is unknown, and which known one is the most like it."""
    return Fault(path, code, detail, found, next(iter(get_close_matches(found, list(known), n=1)), ""))
