"""Billing periods and other windows of a contract's time: from an anchor, in local days, parts at both ends."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.calendars import Day
from quantities.document import WholeNumber
from quantities.months import anchored
from quantities.period import Period
from quantities.terms import Terms

_DAYS = {"week": 7, "two_weeks": 14, "four_weeks": 28}
_MONTHS = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12}
_WEEKDAYS = list(Day)[:7]
_YEAR = 12


class BillingInterval(StrEnum):
    """How long a whole period is; ``custom`` where a calendar says so by itself, as a trade's 4-4-5 weeks do."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    FOUR_WEEKS = "four_weeks"
    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    CUSTOM = "custom"

    @property
    def months(self) -> int:
        """In calendar months; none where it is of weeks or of its own calendar."""
        return _MONTHS.get(self.value, 0)


class Per(StrEnum):
    """What a clause adds up over: the billing period, a window that may be longer, or the contract's whole life."""

    PERIOD = "period"
    WEEK = "week"
    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    CONTRACT = "contract"


class Ends(StrEnum):
    """What becomes of a part of a period at an end: a period ``alone``, or ``joined`` to its neighbour."""

    ALONE = "alone"
    JOINED = "joined"


class Whole(StrEnum):
    """What a leading part is a part of: of the period between two ``anchors``, or of one ``counted_back`` from its end.

    They differ where an anchor is clamped: before 28 February, an anchor on the 31st is 28 days back, a month is 31.
    """

    ANCHORS = "anchors"
    COUNTED_BACK = "counted_back"


class Billing(Terms):
    """When bills are made.

    Attributes:
        every: how long a whole period is.
        anchor_day: the day of the month on which periods of months begin; a shorter month's last day stands for it.
        anchor_weekday: the day on which periods of weeks begin.
        year_begins: the month from which quarters and years are counted; without it, from the contract's start.
        calendar: for ``custom``: the first day of each period, and last the day after the last one.
        leading: what becomes of a part of a period at the start.
        trailing: and at the end.
        leading_part_of: of how many days a part at the start is a part.
    """

    every: BillingInterval = BillingInterval.MONTH
    anchor_day: Annotated[WholeNumber, Field(ge=1, le=31)] = 1
    anchor_weekday: Day = Day.MONDAY
    year_begins: Annotated[WholeNumber, Field(ge=1, le=12)] | None = None
    calendar: tuple[date, ...] = ()
    leading: Ends = Ends.ALONE
    trailing: Ends = Ends.ALONE
    leading_part_of: Whole = Whole.ANCHORS

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.every is BillingInterval.CUSTOM) is not bool(self.calendar):
            raise ValueError("a calendar is named where periods are custom, and only there")
        if any(before >= after for before, after in pairwise(self.calendar)) or len(self.calendar) == 1:
            raise ValueError("a calendar names at least two days, each after the one before it")
        if self.anchor_weekday is Day.HOLIDAY:
            raise ValueError("weeks begin on a day of the week")
        return self


#: Calendar months.
MONTHLY = Billing()


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """Local days from ``first`` up to, and without, ``after_last``, and the whole period that they are part of.

    Attributes:
        paused: how many of the days do not count, because the contract was suspended.
    """

    first: date
    after_last: date
    whole_first: date
    whole_after_last: date
    paused: int = 0

    @property
    def days(self) -> int:
        """How many local days are billed."""
        return (self.after_last - self.first).days - self.paused

    @property
    def days_of_whole(self) -> int:
        """How many local days the whole period has."""
        return (self.whole_after_last - self.whole_first).days

    def instants(self, where: tzinfo) -> Period:
        """Find the instants of the period in a zone."""
        return Period.of_days(self.first, self.after_last, where)

    def meet(self, first: date, after_last: date | None) -> "BillingPeriod | None":
        """Keep the days that lie in a stretch, if any; the whole stays what it is."""
        low = max(self.first, first)
        high = self.after_last if after_last is None else min(self.after_last, after_last)
        return replace(self, first=low, after_last=high, paused=0) if low < high else None

    def less(self, paused: tuple[tuple[date, date], ...]) -> "BillingPeriod":
        """Leave out the days of suspensions, which do not overlap."""
        if not paused and not self.paused:
            return self
        met = (self.meet(first, after_last) for first, after_last in paused)
        return replace(self, paused=sum((each.after_last - each.first).days for each in met if each is not None))

    def __str__(self) -> str:
        return f"{self.first}/{self.after_last}"


@dataclass(frozen=True, slots=True)
class Life:
    """From when to when a contract is billed, and how its time is cut.

    Attributes:
        starts: the first day billed.
        ends: the first day not billed any more, if the contract ends.
        billing: when bills are made.
        paused: stretches in which it was suspended: their first days, and the days after their last.
    """

    starts: date
    ends: date | None = None
    billing: Billing = MONTHLY
    paused: tuple[tuple[date, date], ...] = ()

    def window(self, per: Per, of: BillingPeriod) -> BillingPeriod:
        """Find the window that the billed days are in.

        Args:
            per: which.
            of: the billed days; a window is found by the first of them.

        Returns:
            The window's days within the contract's life, and the whole window that they are part of.
        """
        match per:
            case Per.PERIOD:
                low, high = of.whole_first, of.whole_after_last
            case Per.CONTRACT:
                low, high = self.starts, self.ends or date.max
            case _:
                low, high = _whole(self.starts, self.billing, BillingInterval(per.value), of.first)
        # What is billed as a whole is whole, whatever else the contract's life says.
        first = max(low, min(self.starts, of.first))
        after_last = high if self.ends is None else min(high, max(self.ends, of.after_last))
        return BillingPeriod(first, after_last, low, high).less(self.paused)


def billing_periods(starts: date, ends: date | None, billing: Billing) -> Iterator[BillingPeriod]:
    """Cut a contract's life into billing periods, without end where it has none.

    A clamped anchor returns to its day: 31 January, 28 February, 31 March.

    Args:
        starts: the first day billed.
        ends: the first day not billed any more, if the contract ends.
        billing: when bills are made.
    """
    cut = _cut(starts, ends, billing)
    leading = next(cut, None)
    if leading is None:
        return
    if billing.leading_part_of is Whole.COUNTED_BACK and billing.every.months:
        end = leading.whole_after_last
        back = anchored(end.year, end.month - billing.every.months, end.day)
        leading = replace(leading, whole_first=min(back, leading.first))
    following = next(cut, None)
    if following is not None and billing.leading is Ends.JOINED and leading.days < leading.days_of_whole:
        # Joined, both are one: it is of the first day's and the whole one's days, and nothing of it is a part.
        leading = BillingPeriod(leading.first, following.after_last, leading.first, following.whole_after_last)
        following = next(cut, None)
    while following is not None:
        after = next(cut, None)
        is_part = following.days < following.days_of_whole
        if after is None and is_part and billing.trailing is Ends.JOINED:
            leading = BillingPeriod(leading.first, following.after_last, leading.whole_first, following.after_last)
            break
        yield leading
        leading, following = following, after
    yield leading


def _cut(starts: date, ends: date | None, billing: Billing) -> Iterator[BillingPeriod]:
    day = starts
    while ends is None or day < ends:
        if billing.every is BillingInterval.CUSTOM and not billing.calendar[0] <= day < billing.calendar[-1]:
            return  # the calendar says no more; a contract that runs on needs an amendment
        low, high = _whole(starts, billing, billing.every, day)
        after_last = high if ends is None else min(high, ends)
        yield BillingPeriod(day, after_last, low, high)
        day = after_last


def _whole(starts: date, billing: Billing, every: BillingInterval, day: date) -> tuple[date, date]:
    """Find the whole period or window that a day is in: its first day, and the day after its last."""
    if every is BillingInterval.CUSTOM:
        at = bisect_right(billing.calendar, day)
        return billing.calendar[at - 1], billing.calendar[at]
    if every.value in _DAYS:  # weeks
        step = _DAYS[every.value]
        monday = starts - timedelta(days=(starts.weekday() - _WEEKDAYS.index(billing.anchor_weekday)) % 7)
        low = monday + timedelta(days=(day - monday).days // step * step)
        return low, low + timedelta(days=step)
    months = every.months
    of_start = _month_of(starts, billing.anchor_day)
    base = of_start if billing.year_begins is None else of_start - (of_start - billing.year_begins + 1) % months
    at = base + (_month_of(day, billing.anchor_day) - base) // months * months
    return _anchor(at, billing.anchor_day), _anchor(at + months, billing.anchor_day)


def _month_of(day: date, anchor_day: int) -> int:
    """Number the month, from the year 0, whose anchor is the last on or before a day."""
    number = day.year * _YEAR + day.month - 1
    return number if _anchor(number, anchor_day) <= day else number - 1


def _anchor(number: int, anchor_day: int) -> date:
    return anchored(number // _YEAR, number % _YEAR + 1, anchor_day)
