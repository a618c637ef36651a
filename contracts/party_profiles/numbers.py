"""Numbers of parties and accounts: whether one can be of its kind, by its length, its form and its check digits.

That it is anybody's, only its register or its bank knows: a number that passes here is well-formed, and no more.
"""

import re
from functools import cache
from importlib import import_module

from stdnum.exceptions import ValidationError as NotANumberOfIt

#: Lengths of what begins like an IBAN: two letters, and two check digits (ISO 13616).
_LIKE_AN_IBAN = re.compile(r"^[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}$")
_BLANKS = re.compile(r"\s+")


def without_blanks(number: str) -> str:
    """Write a number without the blanks between its groups."""
    return _BLANKS.sub("", number)


@cache
def can_be(form: str, number: str) -> bool:
    """Tell whether a number can be one of a form.

    Args:
        form: a module of python-stdnum, as ``fr.siren``.
        number: as it is written.
    """
    try:
        import_module(f"stdnum.{form}").validate(number)
    except NotANumberOfIt:
        return False
    return True


def is_like_an_iban(account: str) -> bool:
    """Tell whether an account is written like an IBAN; of other ones no form is known."""
    return _LIKE_AN_IBAN.fullmatch(without_blanks(account).upper()) is not None


def is_iban(account: str) -> bool:
    """Tell whether an account is an IBAN."""
    return can_be("iban", without_blanks(account).upper())


def is_leitweg_id(reference: str) -> bool:
    """Tell whether a buyer's reference is a Leitweg-ID: parts and check digits (specification 2.0.2, section 2)."""
    return can_be("de.leitweg", reference)


_LIKE_A_LEITWEG_ID = re.compile(r"^[0-9]{2,12}(-[0-9A-Za-z]{1,30})?-[0-9]{2}$")


def is_like_a_leitweg_id(reference: str) -> bool:
    """Tell whether a reference is written like a Leitweg-ID: address, perhaps a finer one, and two check digits."""
    return _LIKE_A_LEITWEG_ID.fullmatch(reference) is not None
