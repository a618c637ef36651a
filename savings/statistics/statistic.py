"""Statistics on their way into a document: floats while a model is fitted, exact decimals once it is frozen.

A coefficient is written down with every digit that its float has, so that it reads back as the same float, and so that
anybody predicts from it with a pocket calculator. JSON carries it as a string.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities.number import plain

_PATTERN = r"^-?[0-9]{1,60}(\.[0-9]{1,60})?$"
_STATISTIC = re.compile(_PATTERN.replace("$", r"\Z"), re.ASCII)


def _read(found: object) -> Decimal:
    if isinstance(found, Decimal) and found.is_finite():
        return found
    if isinstance(found, str) and _STATISTIC.match(found):
        return Decimal(found)
    raise PydanticCustomError("not-a-statistic", "a statistic is a string of digits, as in '-0.0018'")


#: A coefficient or a figure of merit.
Statistic = Annotated[
    Decimal,
    BeforeValidator(_read),
    PlainSerializer(plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["-0.0018"]}),
]


def frozen(number: float) -> Decimal:
    """Write a float down with all its digits."""
    return Decimal(repr(float(number)))
