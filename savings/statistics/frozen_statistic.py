"""The type of a frozen statistic: a float while a model is fitted, an exact decimal in the frozen document.

A coefficient is written with every digit of its float, so that it reads back as the same float, and so that anybody can
predict from it with a pocket calculator. In JSON it is a string.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities.number import plain

#: The largest float has 309 digits, and the smallest 324 decimal places before its last digits: each is read back.
_PATTERN = r"^-?[0-9]{1,310}(\.[0-9]{1,345})?$"
_STATISTIC = re.compile(_PATTERN.replace("$", r"\Z"), re.ASCII)


def _read(value: object) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, str) and _STATISTIC.match(value):
        return Decimal(value)
    raise PydanticCustomError("not-a-statistic", "a statistic is a string of digits, as in '-0.0018'")


#: A coefficient or a figure of merit.
Statistic = Annotated[
    Decimal,
    BeforeValidator(_read),
    PlainSerializer(plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["-0.0018"]}),
]


def exact_decimal(number: float) -> Decimal:
    """The decimal of a float's shortest text, which reads back as the same float."""
    return Decimal(repr(float(number)))
