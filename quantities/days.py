"""From when and until when, as people say it: a day, or an instant.

A day as an end means the whole day, the last that counts: "from 2026-03-01 to 2026-03-31" is March. An instant as an
end is the first that does not count, for an instant has no length: "to 2026-04-01T00:00+02:00" is the same end. A day
is a local day of a zone, which is the site's or the contract's where the question is about one, and UTC everywhere
else; it lasts 23 or 25 hours where the clock is put forward or back.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from quantities.document import custom_error
from quantities.errors import Invalid, UsufructError
from quantities.period import Period, midnight, plausible, utc

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXPECTED = "a day, as 2026-03-01, or an instant with its offset, as 2026-03-01T12:00Z"


class NotATime(Invalid):
    """The text is not a time or a day."""


def day_or_instant(written: str) -> date | datetime:
    """Read a day, or an instant.

    Returns:
        A ``date``, or a ``datetime`` in UTC.

    Raises:
        NotATime: it is neither, or an instant states no offset from UTC.
        ImplausibleInstant: its year is outside 1900 to 2199.
    """
    try:
        if _DAY.fullmatch(written):
            day = date.fromisoformat(written)
            plausible(day)
            return day
        read = datetime.fromisoformat(written.replace(" ", "+"))  # a query's plus sign, if it is not escaped
    except ValueError:
        raise NotATime(f"{written!r} is no time", found=written, expected=_EXPECTED) from None
    if read.tzinfo is None:
        raise NotATime(f"{written!r} states no offset", found=written, expected=f"{written}Z")
    return utc(read)


def begins(day_or_instant: date | datetime, where: tzinfo = UTC) -> datetime:
    """The first instant that counts, in UTC.

    Raises:
        ImplausibleInstant: it is before 1900 or after 2199 in UTC.
    """
    return utc(day_or_instant) if isinstance(day_or_instant, datetime) else midnight(day_or_instant, where)


def ends(day_or_instant: date | datetime, where: tzinfo = UTC) -> datetime:
    """The first instant that counts no more, in UTC: of a day the end of it.

    Raises:
        ImplausibleInstant: it is before 1900 or after 2199 in UTC.
    """
    if isinstance(day_or_instant, datetime):
        return utc(day_or_instant)
    return midnight(day_after(day_or_instant), where)


def day_after(last: date) -> date:
    """The first day that counts no more, after the last one that does.

    Raises:
        ImplausibleInstant: its year is outside 1900 to 2199.
    """
    plausible(last)
    return last + timedelta(days=1)


def period_of(first: date | datetime, last: date | datetime, where: tzinfo = UTC) -> Period:
    """The period from one to another.

    Raises:
        EmptyPeriod: it does not end after it starts.
    """
    return Period(begins(first, where), ends(last, where))


def _read(value: object) -> date | datetime:
    if isinstance(value, date):
        return value
    try:
        return day_or_instant(str(value))
    except UsufructError as error:
        raise custom_error(error) from error


def _read_day(value: object) -> date:
    read = _read(value)
    if isinstance(read, datetime):
        raise custom_error(NotATime(f"{value} is an instant", found=str(value), expected="a day, as 2026-03-01"))
    return read


#: A day in a model, or as a parameter, and nothing else that pydantic would take for one, as seconds since 1970.
Day: TypeAlias = Annotated[date, BeforeValidator(_read_day)]
_SCHEMA = WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]})
#: A day or an instant in a model, or as a parameter; in which zone a day is meant is said where it is used.
DayOrInstant: TypeAlias = Annotated[date | datetime, BeforeValidator(_read), _SCHEMA]
#: The first instant of a day in UTC, or an instant; and the end of such a day, or an instant.
FromInUtc: TypeAlias = Annotated[datetime, BeforeValidator(lambda value: begins(_read(value))), _SCHEMA]
ToInUtc: TypeAlias = Annotated[datetime, BeforeValidator(lambda value: ends(_read(value))), _SCHEMA]
FROM_IN_UTC = "From this instant on, or from the first of this day in UTC."
TO_IN_UTC = "Before this instant, or to the end of this day in UTC."
