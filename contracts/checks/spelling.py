"""The fault of an unknown name, with the known name that is most like it."""

from difflib import get_close_matches
from typing import Any

from quantities.document import Fault


def unknown_name(path: str, code: str, detail: str, name: str, known: Any) -> Fault:
    """Make the fault of an unknown name; it expects the known name that is most like it, if any is."""
    return Fault(path, code, detail, name, next(iter(get_close_matches(name, list(known), n=1)), ""))
