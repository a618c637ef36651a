"""The one error tree. A kind below the root decides the status at the door, a leaf names what is wrong.

    UsufructError
    ├── Invalid       the input cannot be right             422
    ├── NotFound      nothing of that name is visible       404
    ├── Conflict      right by itself, but not now or here  409
    └── Unavailable   not the caller's fault; try again     503

The core raises these and knows no status; ``api/http/problems.py`` holds the kinds only doors have, and the mapping.
A leaf stands beside the function that raises it.
"""

import re
from typing import ClassVar

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class UsufructError(Exception):
    """The request was refused."""

    #: What programs know a leaf by for ever, where it is not its class's name in words.
    slug: ClassVar[str] = ""

    def __init__(self, detail: str = "", /, **members: object) -> None:
        """Say what is wrong, in a sentence and in parts.

        Args:
            detail: this occurrence, for a person; without one, the class's title.
            members: the same for a program, as RFC 9457 extension members: usually ``found`` and ``expected``.
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


def title(kind: type[UsufructError]) -> str:
    """Say what a kind of error is: the first line of its own docstring, else (``-OO``) its name in words."""
    own = vars(kind).get("__doc__")
    return own.strip().splitlines()[0] if own else " ".join(_WORD_START.split(kind.__name__)).capitalize()


def slug(kind: type[UsufructError]) -> str:
    """Name a kind of error for ever: ``VATIdInvalid`` is ``vat-id-invalid``, unless it states a slug of its own."""
    return str(vars(kind).get("slug", "")) or "-".join(_WORD_START.split(kind.__name__)).lower()
