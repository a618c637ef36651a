"""Texts in the characters that banks take: a to z, A to Z, 0 to 9, blank, and / - ? : ( ) . , ' + (EPC217-08, 1.4).

What has no place among them is written in letters that stand for it: Müller & Söhne is written Mueller + Soehne, and a
Chinese name in letters as it is spoken. That a text reads otherwise is told to whoever takes the file; a text of which
something would be lost is refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from anyascii import anyascii

from quantities.errors import Conflict

_TAKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
_WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "ß": "ss",
        "ẞ": "SS",
        "&": "+",
        "@": "(at)",
        "_": "-",
        '"': "'",
        "`": "'",
        "^": "'",
        "<": "(",
        ">": ")",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        ";": ",",
        "*": ".",
        "!": ".",
        "|": "/",
        "\\": "/",
        "~": "-",
        "=": "-",
        "#": "No.",
        "%": " per cent",
        "$": "USD",
        "€": "EUR",
        "£": "GBP",
        "¥": "JPY",
    }
)
_BLANKS = re.compile(r"\s+")
#: Identifications neither begin nor end with a slash, and have no two of them (EPC130-08, 1.6).
_ID = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<!/)")


class CharactersLost(Conflict):
    """A text cannot be written in the characters that banks take."""


def latin(text: str, most: int) -> str:
    """Write a text in the characters that banks take.

    Args:
        text: in any script.
        most: how many characters; a longer one ends there.

    Raises:
        CharactersLost: a character of it has no letters that stand for it, or nothing of the text is left.
    """
    written = "".join(_letters(character, text) for character in unicodedata.normalize("NFC", text))
    written = _BLANKS.sub(" ", written).strip()[:most].strip()
    if not written:
        raise _lost(text, text)
    return written


def is_identification(text: str) -> bool:
    """Tell whether a text may be an identification, as the reference of a mandate: up to 35 characters as they are."""
    return _ID.fullmatch(text) is not None and text == text.strip()


def _letters(character: str, text: str) -> str:
    if character in _TAKEN:
        return character
    if character.isspace():
        return " "
    known = _WRITTEN.get(character)
    if known is None:
        known = "".join(_WRITTEN.get(letter, letter) for letter in _spoken(character))
    if unicodedata.category(character) in {"Cf", "Mn"} and not known:
        return ""  # joins or marks letters, and is no letter
    if not known or not set(known) <= _TAKEN:
        raise _lost(character, text)
    return known


def _spoken(character: str) -> str:
    """Write a letter without its marks, or as it is spoken; a sign of Chinese as a word of its own."""
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    if base and set(base) <= _TAKEN:
        return base
    spoken = str(anyascii(character))
    is_word = unicodedata.name(character, "").startswith("CJK UNIFIED")
    return f"{spoken} " if is_word and spoken else spoken


def _lost(character: str, text: str) -> CharactersLost:
    detail = f"{character!r} of {text!r} cannot be written in the characters that banks take"
    return CharactersLost(detail, found=text, expected="a name in Latin letters, as the account's holder")
