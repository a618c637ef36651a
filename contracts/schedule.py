"""Billing periods: from an anchor day, in local days, with the parts at both ends of a contract."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum

from metering.period import Period

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Every(StrEnum):
    """How long a whole period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """In calendar months."""
        return _MONTHS[self.value]


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """Local days from ``first`` up to, and without, ``after_last``, and the whole period that they are part of."""

    first: date
    after_last: date
    whole_first: date
    whole_after_last: date

    @property
    def days(self) -> int:
        """How many local days are billed."""
        return (self.after_last - self.first).days

    @property
    def days_of_whole(self) -> int:
        """How many local days the whole period has."""
        return (self.whole_after_last - self.whole_first).days

    def instants(self, where: tzinfo) -> Period:
        """Find the instants of the period in a zone."""
        return Period.of_days(self.first, self.after_last, where)

    def __str__(self) -> str:
        return f"{self.first}/{self.after_last}"


def anchored(year: int, month: int, anchor_day: int) -> date:
    """Find the anchor of a month: the anchor day, or the last day of a month that is too short for it."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))


def billing_periods(starts: date, ends: date | None, every: Every, anchor_day: int) -> Iterator[BillingPeriod]:
    """Cut a contract's life into billing periods, without end where it has none.

    A clamped anchor returns to its day: 31 January, 28 February, 31 March.

    Args:
        starts: the first day billed.
        ends: the first day not billed any more, if the contract ends.
        every: how long a whole period is.
        anchor_day: the day of the month on which whole periods begin, 1 to 31.
    """
    month = starts.month
    if anchored(starts.year, month, anchor_day) > starts:
        month -= 1
    # Quarters and years are counted from the first anchor, not from January.
    low = anchored(starts.year, month, anchor_day)
    while ends is None or low < ends:
        month += every.months
        high = anchored(starts.year, month, anchor_day)
        first, after_last = max(low, starts), high if ends is None else min(high, ends)
        if first < after_last:
            yield BillingPeriod(first, after_last, low, high)
        low = high
