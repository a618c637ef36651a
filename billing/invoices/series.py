"""The series of an issuer: how its numbers are told from those of other issuers of the tenant.

The first issuer of a tenant numbers without a name, as in 2026-000001, and every other one with the name of its series,
as in SUEDLUFT-2026-000001. An issuer keeps its series for good: what it is called does not depend on who comes later.

A name in other letters than Latin ones is not transcribed: each has several readings. Its tax number names the series,
as in CN600037341-2026-000001, unless the contract states one.
"""

import unicodedata
from collections.abc import Iterator
from itertools import count

from contracts.parties import Party

UNNAMED = ""
_LENGTH_MAX = 12
#: Of a unified social credit code (GB 32100-2015), the nine signs of the organisation before the check sign.
_USCC_LENGTH, _ORGANISATION = 18, slice(8, 17)
#: Letters that are written as two where there are only plain ones.
_PLAIN = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Æ": "AE", "Ø": "OE", "Å": "AA"}


def names_of_series(supplier: Party) -> Iterator[str]:
    """Name the series that an issuer may have, the best one first; the first that no other issuer has is its own.

    Args:
        supplier: as its contract states it. The series that it states comes first; without one, the series without a
            name, then one of the letters of its name, or of its tax number where its name has no plain letter.

    Returns:
        Names without end: of those that are taken already, the next are numbered.
    """
    stated = supplier.series
    if stated is None:
        yield UNNAMED
        stated = _plain(supplier.name) or _of_number(supplier) or "SERIES"
    yield stated
    for number in count(2):
        yield f"{stated[: _LENGTH_MAX - len(str(number))]}{number}"


def _of_number(supplier: Party) -> str:
    """Name a series by a tax number: of a USCC the signs of the organisation alone, for the others many share."""
    number = "".join(letter for letter in (supplier.vat_id or "").upper() if letter.isascii() and letter.isalnum())
    if supplier.country == "CN" and len(number) == _USCC_LENGTH:
        return supplier.country + number[_ORGANISATION]
    has_country = number[:2].isalpha()  # EL of Greece, CHE of Switzerland
    return (number if has_country or not number else supplier.country + number)[-_LENGTH_MAX:]


def _plain(name: str) -> str:
    """Write the first word of a name in plain capital letters and digits; empty where it has none."""
    for word in name.upper().split():
        letters = "".join(_PLAIN.get(letter, letter) for letter in unicodedata.normalize("NFC", word))
        decomposed = unicodedata.normalize("NFKD", letters)
        plain = "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())
        if plain:
            return plain[:_LENGTH_MAX]
    return ""
