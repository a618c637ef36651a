"""The series of an issuer: how its numbers are told from those of other issuers of the tenant.

The first issuer of a tenant numbers without a name, as in 2026-000001, and every other one with the name of its series,
as in SUEDLUFT-2026-000001. An issuer keeps its series for good: what it is called does not depend on who comes later.
"""

import unicodedata
from collections.abc import Iterator
from itertools import count

from contracts.parties import Party

UNNAMED = ""
_LENGTH_MAX = 12
#: Letters that are written as two where there are only plain ones.
_PLAIN = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Æ": "AE", "Ø": "OE", "Å": "AA"}


def names_of_series(supplier: Party) -> Iterator[str]:
    """Name the series that an issuer may have, the best one first; the first that no other issuer has is its own.

    Args:
        supplier: as its contract states it. The series that it states comes first; without one, the series without a
            name, then one of the letters of its name.

    Returns:
        Names without end: of those that are taken already, the next are numbered.
    """
    stated = supplier.series
    if stated is None:
        yield UNNAMED
        stated = _plain(supplier.name) or "SERIES"
    yield stated
    for number in count(2):
        yield f"{stated[: _LENGTH_MAX - len(str(number))]}{number}"


def _plain(name: str) -> str:
    """Write the first word of a name in plain capital letters and digits; empty where it has none."""
    for word in name.upper().split():
        letters = "".join(_PLAIN.get(letter, letter) for letter in unicodedata.normalize("NFC", word))
        decomposed = unicodedata.normalize("NFKD", letters)
        plain = "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())
        if plain:
            return plain[:_LENGTH_MAX]
    return ""
