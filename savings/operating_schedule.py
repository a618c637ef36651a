"""Operating modes: drivers that follow from a calendar and need no meter: school days, shifts, a yearly shutdown."""

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
    """The fraction of a row in one band of a calendar: 1 on a working day, 0 on a Sunday, 5/24 on a short day.

    Attributes:
        calendar: the calendar with its bands.
        band: the band whose time counts.
    """

    calendar: Calendar
    band: Name

    @model_validator(mode="after")
    def _is_of_the_calendar(self) -> Self:
        if self.band not in self.calendar.names:
            raise ValueError(f"{self.band} is no band of the calendar")
        return self

    def share_of(self, period: Period, where: tzinfo) -> Decimal:
        """The fraction of a period, 0 to 1, that lies in the band; ``where`` is the site's time zone."""
        inside = [piece.duration for band, piece in self.calendar.pieces(period, where) if band == self.band]
        return quotient(Decimal(sum(inside, timedelta()) // MICROSECOND), Decimal(period.duration // MICROSECOND))


def mode_shares(modes: Mapping[str, OperatingSchedule], period: Period, where: tzinfo) -> dict[str, Decimal | None]:
    """The share of a period in each mode's band, by the mode's name."""
    return {name: mode.share_of(period, where) for name, mode in modes.items()}
