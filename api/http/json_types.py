"""Values of a request as JSON has them: true is no number, 5 is no day, and a text is neither.

pydantic would take each for the other, and a program that sends the wrong one would never learn of it.
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, StrictBool
from pydantic_core import PydanticCustomError


def _whole(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise PydanticCustomError("int_type", "a whole number is written without quotation marks, as in 12")
    return value


def _written_day(value: Any) -> Any:
    if isinstance(value, str) and value[4:5] != "-":  # digits alone would be seconds since 1970
        raise PydanticCustomError("date_parsing", "a day is written as in 2026-01-31")
    if not isinstance(value, str | date):
        raise PydanticCustomError("date_type", "a day is written as in 2026-01-31")
    return value


def _written_instant(value: Any) -> Any:
    if isinstance(value, str) and value[4:5] != "-":
        raise PydanticCustomError("datetime_parsing", "an instant is written as in 2026-01-31T12:00:00Z")
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_type", "an instant is written as in 2026-01-31T12:00:00Z")
    return value


JsonInteger = Annotated[int, BeforeValidator(_whole)]
JsonBoolean = StrictBool
#: Of a body or of a query.
WrittenDay = Annotated[date, BeforeValidator(_written_day)]
#: Of a body or of a query.
WrittenInstant = Annotated[datetime, BeforeValidator(_written_instant)]
