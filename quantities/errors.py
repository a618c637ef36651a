"""The one error tree. The kind (the class below the root) decides the HTTP status; the leaf class names the fault.

    UsufructError
    ├── Invalid       the input cannot be right             422
    ├── NotFound      nothing of that name is visible       404
    ├── Conflict      right by itself, but not now or here  409
    └── Unavailable   not the caller's fault; try again     503

The core raises these and knows no HTTP status; ``api/refusals.py`` holds the kinds only doors have, and the mapping.
A leaf class is defined beside the function that raises it.
"""

import re
from typing import ClassVar

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class UsufructError(Exception):
    """The request was refused."""

    #: The name that programs know an error class by, which never changes; empty: derived from the class's name.
    slug: ClassVar[str] = ""

    def __init__(self, detail: str = "", /, **members: object) -> None:
        """State the fault, as a sentence for people and as values for programs.

        Args:
            detail: a sentence about this occurrence; empty: the class's title.
            members: the same as values, RFC 9457 extension members; usually ``found`` and ``expected``.
        """
        super().__init__(detail or title(type(self)))
        self.members = members


class Invalid(UsufructError):
    """The input cannot be right."""


class NotFound(UsufructError):
    """Nothing of that name is visible here."""


class Conflict(UsufructError):
    """The request contradicts what is already recorded."""


class Unavailable(UsufructError):
    """The service cannot answer now."""


def says(given: object, wrong: object) -> bool:
    """Whether a parameter is the one that a fault was found in: it is what was found, or a pair that ends with it."""
    return str(given) == str(wrong) or str(given).endswith(f"={wrong}")


def title(kind: type[UsufructError]) -> str:
    """The title of an error class: the first line of its docstring; without docstrings (``-OO``) its name in words."""
    own = vars(kind).get("__doc__")
    return own.strip().splitlines()[0] if own else " ".join(_WORD_START.split(kind.__name__)).capitalize()


def slug(kind: type[UsufructError]) -> str:
    """The permanent name of an error class: its own ``slug``, else ``VATIdInvalid`` gives ``vat-id-invalid``."""
    return str(vars(kind).get("slug", "")) or "-".join(_WORD_START.split(kind.__name__)).lower()


def page_address(name: str) -> str:
    """Where the page of a refusal, or of the code of a fault, stands; as a problem's ``type`` has it."""
    return f"/problems/{name}"
