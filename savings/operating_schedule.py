"""Operating modes: drivers that a calendar tells, and no meter: school days, shifts, a shutdown each August."""

from collections.abc import Mapping
from datetime import timedelta, tzinfo
from decimal import Decimal
from typing import Self

from pydantic import model_validator

from quantities.arithmetic import quotient
from quantities.calendars import Calendar
from quantities.names import Name
from quantities.period import MICROSECOND, Period
from quantities.terms import Terms


class OperatingSchedule(Terms):
    """The part of a row that lies in a band of a calendar: 1 on a working day, 0 on a Sunday, 5/24 of a short one.

    Attributes:
        calendar: of the bands.
        band: which counts.
    """

    calendar: Calendar
    band: Name

    @model_validator(mode="after")
    def _is_of_the_calendar(self) -> Self:
        if self.band not in self.calendar.names:
            raise ValueError(f"{self.band} is no band of the calendar")
        return self

    def of(self, period: Period, where: tzinfo) -> Decimal:
        """Say which part of a period lies in the band."""
        inside = [piece.duration for band, piece in self.calendar.pieces(period, where) if band == self.band]
        return quotient(Decimal(sum(inside, timedelta()) // MICROSECOND), Decimal(period.duration // MICROSECOND))


def modes_of(modes: Mapping[str, OperatingSchedule], period: Period, where: tzinfo) -> dict[str, Decimal | None]:
    """Tell every mode of a row."""
    return {name: mode.of(period, where) for name, mode in modes.items()}
