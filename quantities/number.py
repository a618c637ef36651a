"""The one door for numbers: text in, ``Decimal`` inside, text out. No float passes it, in either direction.

A JSON *number* is rounded before anyone can look at it (``12345678901234567.123456789`` arrives as
``12345678901234568``), so amounts and quantities travel as strings.
"""

import re
from contextlib import AbstractContextManager, nullcontext
from decimal import Context, Decimal, getcontext, localcontext
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities.errors import Invalid

INTEGER_DIGITS_MAX = 24
DECIMAL_PLACES_MAX = 12
#: Digits that arithmetic keeps: more than a stored quantity times a stored price has, so that nothing rounds unseen.
ARITHMETIC_DIGITS = 60
#: A context for sums and products of their own, whatever the one around them keeps.
EXACT = Context(prec=ARITHMETIC_DIGITS)
#: What a quotient is rounded to that does not end, as in MJ → kWh.
QUOTIENT_STEP = Decimal(1).scaleb(-15)
_AS_IT_IS = nullcontext()
PATTERN = rf"^-?[0-9]{{1,{INTEGER_DIGITS_MAX}}}(\.[0-9]{{1,{DECIMAL_PLACES_MAX}}})?$"
_WITH_CURRENCY = re.compile(r"(?:[A-Z]{3} ?-?[0-9.,]+|-?[0-9.,]+ ?[A-Z]{3})\Z", re.ASCII)
_NUMBER = re.compile(PATTERN.replace("$", r"\Z"), re.ASCII)


class NotANumber(Invalid):
    """A number is written in digits with at most one point."""


def exact(text: str) -> Decimal:
    """Read a number without rounding it.

    Args:
        text: an optional minus, up to 24 digits, and up to 12 more behind a point. No exponent, blank or group mark.

    Raises:
        NotANumber: the text is anything else.
    """
    if not _NUMBER.match(text):
        raise NotANumber(f"{text[:60]!r} is no plain decimal number", found=text[:60], expected='digits, as in "12.50"')
    return Decimal(text)


def plain(number: Decimal) -> str:
    """Write a number in digits, never with an exponent, with the places it has: ``1E+3`` is ``1000``."""
    return format(number, "f")


def exactly() -> AbstractContextManager[object]:
    """Let arithmetic keep all digits; where it does already, at no cost."""
    return _AS_IT_IS if getcontext().prec >= ARITHMETIC_DIGITS else localcontext(prec=ARITHMETIC_DIGITS)


def trimmed(number: Decimal) -> Decimal:
    """Drop zeros that end a fraction: ``1.500`` is ``1.5`` and ``1000`` stays."""
    text = plain(number)
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else number


def settled(quotient: Decimal) -> Decimal:
    """Keep a quotient that has 15 decimal places or fewer as it is; round another, half-even, to so many."""
    rounded = quotient.quantize(QUOTIENT_STEP, context=EXACT)
    return quotient if quotient == rounded else rounded


def _at_the_door(found: object) -> Decimal:
    if isinstance(found, Decimal):
        if not found.is_finite():
            raise PydanticCustomError("not-a-number", "the number is not finite")
        return found
    if isinstance(found, str):
        try:
            return exact(found)
        except NotANumber as error:
            if _WITH_CURRENCY.match(found):
                said = "an amount stands alone and is in the contract's own currency"
                raise PydanticCustomError("currency-in-amount", said) from error
            raise PydanticCustomError("not-a-number", "a number is written in digits, as in '12.50'") from error
    raise PydanticCustomError("not-a-string", "a number travels as a string, as in '12.50', so that nothing rounds it")


#: A number at a door: a string in JSON, a finite ``Decimal`` inside. What ``Amount`` and ``Magnitude`` are made of.
DecimalString = Annotated[
    Decimal,
    BeforeValidator(_at_the_door),
    PlainSerializer(plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["12.50"]}),
]
