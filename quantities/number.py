"""Reading and writing numbers: text in, ``Decimal`` inside, text out; never a float.

JSON parsers round a JSON *number* before we can see it (``12345678901234567.123456789`` arrives as
``12345678901234568``), so amounts and quantities are strings in JSON.
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
#: Digits that arithmetic keeps: more than a stored quantity times a stored price has, so that no product is rounded.
ARITHMETIC_DIGITS = 60
#: A context for exact sums and products, independent of the caller's decimal context.
EXACT = Context(prec=ARITHMETIC_DIGITS)
#: The step that a non-terminating quotient is rounded to, as in MJ → kWh.
QUOTIENT_STEP = Decimal(1).scaleb(-15)
_AS_IT_IS = nullcontext()
PATTERN = rf"^-?[0-9]{{1,{INTEGER_DIGITS_MAX}}}(\.[0-9]{{1,{DECIMAL_PLACES_MAX}}})?$"
_WITH_CURRENCY = re.compile(r"(?:[A-Z]{3} ?-?[0-9.,]+|-?[0-9.,]+ ?[A-Z]{3})\Z", re.ASCII)
_WITH_MORE_DIGITS = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z", re.ASCII)
_MOST_DIGITS = f"a number has at most {INTEGER_DIGITS_MAX} digits before the point and {DECIMAL_PLACES_MAX} after it"
_NUMBER = re.compile(PATTERN.replace("$", r"\Z"), re.ASCII)


class NotANumber(Invalid):
    """The text is not a number."""


def exact(text: str) -> Decimal:
    """Read a number from text, without rounding.

    Args:
        text: an optional minus, up to 24 digits, and optionally a point and up to 12 decimals. No exponent, blank or
            group separator.

    Raises:
        NotANumber: the text is anything else.
    """
    if not _NUMBER.match(text):
        if _WITH_MORE_DIGITS.match(text):
            raise NotANumber(f"{text[:60]!r}: {_MOST_DIGITS}", found=text[:60], expected=_MOST_DIGITS)
        raise NotANumber(f"{text[:60]!r} is no plain decimal number", found=text[:60], expected='digits, as in "12.50"')
    return Decimal(text)


def plain(number: Decimal) -> str:
    """Write a number in digits without an exponent, keeping its decimal places: ``1E+3`` is ``1000``."""
    return format(number, "f")


def unsigned_zero(number: Decimal) -> Decimal:
    """Leave out the sign of a number that is nothing: ``-0.00`` is ``0.00``."""
    return number or number.copy_abs()


def exact_context() -> AbstractContextManager[object]:
    """A decimal context that keeps 60 digits; it costs nothing where the current context already does."""
    return _AS_IT_IS if getcontext().prec >= ARITHMETIC_DIGITS else localcontext(prec=ARITHMETIC_DIGITS)


def trimmed(number: Decimal) -> Decimal:
    """Drop trailing zeros after the point: ``1.500`` becomes ``1.5``; ``1000`` stays."""
    text = plain(number)
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else number


def rounded_quotient(quotient: Decimal) -> Decimal:
    """Round a quotient half-even to 15 decimal places; one with 15 places or fewer stays as it is."""
    rounded = quotient.quantize(QUOTIENT_STEP, context=EXACT)
    return quotient if quotient == rounded else rounded


def _to_decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise PydanticCustomError("not-a-number", "the number is not finite")
        return value
    if isinstance(value, str):
        try:
            return exact(value)
        except NotANumber as error:
            if _WITH_CURRENCY.match(value):
                detail = "an amount stands alone and is in the contract's own currency"
                raise PydanticCustomError("currency-in-amount", detail) from error
            if _WITH_MORE_DIGITS.match(value):
                raise PydanticCustomError("not-a-number", _MOST_DIGITS) from error
            raise PydanticCustomError("not-a-number", "a number is written in digits, as in '12.50'") from error
    raise PydanticCustomError("not-a-string", "a number travels as a string, as in '12.50', so that nothing rounds it")


#: A number of a model: a string in JSON, a finite ``Decimal`` inside. ``Amount`` and ``Magnitude`` are this type.
DecimalString = Annotated[
    Decimal,
    BeforeValidator(_to_decimal),
    PlainSerializer(plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["12.50"]}),
]
