"""A calculation as the record has it, with its numbers and units as a language writes them."""

import re

from billing.documents.words.units import quantity_in_words
from billing.documents.words.words import Words
from quantities.number import exact
from quantities.quantity import UnknownUnit

#: A number by itself, not a part of a name, a date or an address; with the word behind it, which may be its unit.
_NUMBER = re.compile(
    r"(?<![\w.,:/-])(?P<number>-?\d+(?:\.\d+)?)(?![\w:/-]|\.\d)(?: (?P<unit>[^\W\d]\w*(?:[@/.]\w+)*)(?!\w))?"
)


def in_numbers(calculation: str, words: Words) -> str:
    """Write a calculation of the proof with numbers and units as the language has them."""
    return _NUMBER.sub(lambda written: _in_words(written, words), calculation)


def _in_words(written: re.Match[str], words: Words) -> str:
    number = exact(written["number"])
    if written["unit"] is None:
        return words.number(number)
    try:
        return quantity_in_words(words, number, written["unit"])
    except UnknownUnit:
        return f"{words.number(number)} {written['unit']}"
