"""Elements of FA(3): texts, amounts, quantities and days, written as the schema wants them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from quantities.number import plain, trimmed
from quantities.rounding import Rounding
from quantities.unseen import as_seen

#: FA(3), edition 1-0E, of 25 June 2025.
NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
_AMOUNT_PLACES = 2
_PRICE_PLACES = 8
_QUANTITY_PLACES = 6
NAME_MAX = 512
TEXT_MAX = 256
SHORT_MAX = 50


def element(name: str, *children: etree._Element | str | None) -> etree._Element:
    """Make an element of a text, or of those children that are there."""
    made = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})
    for child in children:
        if isinstance(child, str):
            made.text = as_seen(child)
        elif child is not None:
            made.append(child)
    return made


def optional(name: str, text: str) -> etree._Element | None:
    """An element of a text; nothing of an empty one, which the schema refuses."""
    return element(name, text) if text else None


def token(text: str, most: int = TEXT_MAX) -> str:
    """A text as ``xsd:token``: blanks become one, and what is beyond the schema's length is cut."""
    return " ".join(text.split())[:most].strip()


def amount(value: Decimal) -> str:
    """An amount with two decimals; the schema takes no more."""
    return f"{Rounding.HALF_UP.to_places(value, _AMOUNT_PLACES) + 0:f}"


def price(value: Decimal) -> str:
    """A unit price, rounded to the eight decimals of the schema."""
    return plain(trimmed(Rounding.HALF_UP.to_places(value, _PRICE_PLACES)))


def quantity(value: Decimal) -> str:
    """A quantity, rounded to the six decimals of the schema."""
    return plain(trimmed(Rounding.HALF_UP.to_places(value, _QUANTITY_PLACES)))


def day(on: date) -> str:
    """A day as ISO 8601 writes it."""
    return on.isoformat()


def described(key: str, value: str, row: int | None = None) -> Iterator[etree._Element]:
    """A pair of ``DodatkowyOpis``, of a row or of the document; none where either is empty."""
    named, text = token(key), token(value)
    if named and text:
        number = None if row is None else element("NrWiersza", str(row))
        yield element("DodatkowyOpis", number, element("Klucz", named), element("Wartosc", text))
