"""Names as banks write them: in capitals, without umlauts, cut and without signs; brought to one form."""

import re
import unicodedata

_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "&": " und "})
_AND = re.compile(r"\b(?:und|and|u|et)\b")
_WORDS = re.compile(r"[^\W_]+")


def plain_name(name: str) -> str:
    """Write a name in small letters and digits: ``MUELLER & SOEHNE GMBH`` and ``Müller u. Söhne GmbH`` are one.

    What tells two firms apart stays: also the legal form. Two names of one form are not one firm, only alike.
    """
    spelt = unicodedata.normalize("NFC", name).casefold().translate(_SPELT_OUT)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(sign))
    return "".join(_WORDS.findall(_AND.sub(" und ", bare)))
