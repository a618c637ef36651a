"""Logos: a picture that goes onto every document, as it is kept; ``reading.py`` says what one may hold."""

from dataclasses import dataclass
from hashlib import sha256

from quantities.errors import Invalid

BYTES_MAX = 200_000


class LogoTooLarge(Invalid):
    """The logo is too large."""


class NoLogo(Invalid):
    """The file is no picture that a document may bear."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that documents may bear.

    Attributes:
        media_type: ``image/png``, ``image/jpeg`` or ``image/svg+xml``.
        content: its bytes.
    """

    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of its bytes, in hexadecimal: by it a profile and a document name it."""
        return sha256(self.content).hexdigest()
