"""Billing periods and other windows of a contract's time: counted from an anchor, in local days."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.calendars import Day
from quantities.document import WholeNumber
from quantities.months import anchored
from quantities.period import Period
from quantities.terms import Terms
from quantities.values import value_class

_ONE_DAY = timedelta(days=1)
_DAYS = {"week": 7, "two_weeks": 14, "four_weeks": 28}
_MONTHS = {"month": 1, "two_months": 2, "quarter": 3, "half_year": 6, "year": 12}
_WEEKDAYS = list(Day)[:7]
_YEAR = 12


class BillingInterval(StrEnum):
    """The length of a whole period; ``custom``: the periods of a calendar of its own, such as 4-4-5 weeks."""

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
        """Its length in calendar months; 0 for weeks and for a calendar of its own."""
        return _MONTHS.get(self, 0)


class Per(StrEnum):
    """The window over which a clause adds up: the billing period, a longer one, or the contract's whole life."""

    PERIOD = "period"
    WEEK = "week"
    MONTH = "month"
    TWO_MONTHS = "two_months"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    CONTRACT = "contract"


class Ends(StrEnum):
    """What a part of a period at the contract's start or end becomes: a period ``alone``, or ``joined`` to the next."""

    ALONE = "alone"
    JOINED = "joined"


class Whole(StrEnum):
    """The whole period of a part at the start: between two ``anchors``, or one interval ``counted_back`` from its end.

    They differ where a month is shorter than the anchor's day: the period that ends on 28 February begins on 31 January
    by its anchors (28 days), and on 28 January when a month is counted back (31 days).
    """

    ANCHORS = "anchors"
    COUNTED_BACK = "counted_back"


class Billing(Terms):
    """How a contract's time is divided into billing periods.

    Attributes:
        every: the length of a whole period.
        anchor_day: the day of the month on which periods of months begin; in a shorter month, its last day.
        anchor_weekday: the day on which periods of weeks begin.
        year_begins: the month from which quarters and years are counted; without it, from the contract's start.
        calendar: for ``custom``: the first days of the periods, and at the end the day after the last period.
        leading: what a part of a period at the start becomes.
        trailing: what a part of a period at the end becomes.
        leading_part_of: the whole period of which a part at the start is a share.
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


@value_class(frozen=True, slots=True)
class BillingPeriod:
    """The billed local days, from ``first`` to before ``after_last``, and the whole period that they are part of.

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
        """The number of billed local days, without those of suspensions."""
        return (self.after_last - self.first).days - self.paused

    @property
    def is_whole(self) -> bool:
        """Whether the whole period is billed, suspended days among them."""
        return self.first == self.whole_first and self.after_last == self.whole_after_last

    @property
    def days_of_whole(self) -> int:
        """The number of local days of the whole period."""
        return (self.whole_after_last - self.whole_first).days

    def instants(self, where: tzinfo) -> Period:
        """Find the instants of the period in a zone."""
        return Period.of_days(self.first, self.after_last, where)

    def meet(self, first: date, after_last: date | None) -> "BillingPeriod | None":
        """Keep the days from ``first`` to before ``after_last``, of the same whole period; None if there are none."""
        low = max(self.first, first)
        high = self.after_last if after_last is None else min(self.after_last, after_last)
        return BillingPeriod(low, high, self.whole_first, self.whole_after_last) if low < high else None

    def touches(self, other: "BillingPeriod") -> bool:
        """Tell whether some of the days are among another's."""
        return self.first < other.after_last and other.first < self.after_last

    def without_paused(self, paused: tuple[tuple[date, date], ...]) -> "BillingPeriod":
        """Do not count the days of suspensions, which do not overlap each other."""
        if not paused and not self.paused:
            return self
        met = (self.meet(first, after_last) for first, after_last in paused)
        return replace(self, paused=sum((days.after_last - days.first).days for days in met if days is not None))

    def __str__(self) -> str:
        return f"{self.first}/{self.after_last}"


@value_class(frozen=True, slots=True)
class Life:
    """The time in which a contract is billed, and how it is divided.

    Attributes:
        starts: the first day billed.
        ends: the first day not billed any more, if the contract ends.
        billing: how it is divided into billing periods.
        paused: the suspensions: pairs of the first day and the day after the last one.
    """

    starts: date
    ends: date | None = None
    billing: Billing = MONTHLY
    paused: tuple[tuple[date, date], ...] = ()

    def window(self, per: Per, billed: BillingPeriod) -> BillingPeriod:
        """Find the window that some billed days are in.

        Args:
            per: the kind of window.
            billed: the billed days; the first of them decides.

        Returns:
            The window's days within the contract's life, and the whole window that they are part of.
        """
        match per:
            case Per.PERIOD:
                low, high = billed.whole_first, billed.whole_after_last
            case Per.CONTRACT:
                low, high = self.starts, self.ends or date.max
            case _:
                low, high = _whole(self.starts, self.billing, BillingInterval(per.value), billed.first)
        # Billed days belong to the window even where they lie outside the contract's life.
        first = max(low, min(self.starts, billed.first))
        after_last = high if self.ends is None else min(high, max(self.ends, billed.after_last))
        return BillingPeriod(first, after_last, low, high).without_paused(self.paused)


def billing_periods(
    starts: date, ends: date | None, billing: Billing, since: date | None = None
) -> Iterator[BillingPeriod]:
    """Divide a contract's life into billing periods; endless for a contract without end.

    A period that begins on the last day of a short month does not move the next: 31 January, 28 February, 31 March.

    Args:
        starts: the first day billed.
        ends: the first day not billed any more, if the contract ends.
        billing: how it is divided.
        since: periods that end by this day may be left out, so that a long life need not be walked.
    """
    begin = starts if since is None else _whole_begin(starts, billing, since)
    if begin == starts:
        yield from _from_the_start(starts, ends, billing)
        return
    cut = _cut(starts, ends, billing, begin)
    first = next(cut, None)
    if first is not None:
        yield from _to_the_end(first, cut, billing)


def _whole_begin(starts: date, billing: Billing, since: date) -> date:
    """Find the start of a whole period before a day, behind which none is a first part or joined to one; or the start.

    From there on, periods are cut as they are from the start on.
    """
    if billing.every is BillingInterval.CUSTOM and not billing.calendar[0] < since < billing.calendar[-1]:
        return starts
    begin = since
    for _ in range(2):
        if begin <= starts:
            return starts
        begin, _ = _whole(starts, billing, billing.every, begin - _ONE_DAY)
    # behind the part that begins a life lies the whole that may be joined to it
    _, leading_ends = _whole(starts, billing, billing.every, starts)
    return begin if begin > leading_ends else starts


def _from_the_start(starts: date, ends: date | None, billing: Billing) -> Iterator[BillingPeriod]:
    cut = _cut(starts, ends, billing, starts)
    leading = next(cut, None)
    if leading is None:
        return
    if billing.leading_part_of is Whole.COUNTED_BACK and billing.every.months:
        end = leading.whole_after_last
        back = anchored(end.year, end.month - billing.every.months, end.day)
        leading = replace(leading, whole_first=min(back, leading.first))
    if billing.leading is Ends.JOINED and leading.days < leading.days_of_whole:
        following = next(cut, None)
        if following is not None:
            # The joined period is whole: its days are those of both, and no share of it is computed.
            leading = BillingPeriod(leading.first, following.after_last, leading.first, following.whole_after_last)
    yield from _to_the_end(leading, cut, billing)


def _to_the_end(leading: BillingPeriod, cut: Iterator[BillingPeriod], billing: Billing) -> Iterator[BillingPeriod]:
    """Go on with the periods behind one; the last, if it is a part, may be joined to the one before it."""
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


def _cut(starts: date, ends: date | None, billing: Billing, begin: date) -> Iterator[BillingPeriod]:
    day = begin
    while ends is None or day < ends:
        if billing.every is BillingInterval.CUSTOM and not billing.calendar[0] <= day < billing.calendar[-1]:
            return  # the calendar has no further period; a contract that runs on needs an amendment
        low, high = _whole(starts, billing, billing.every, day)
        after_last = high if ends is None else min(high, ends)
        yield BillingPeriod(day, after_last, low, high)
        day = after_last


def _whole(starts: date, billing: Billing, every: BillingInterval, day: date) -> tuple[date, date]:
    """Find the whole period or window that a day is in: its first day, and the day after its last one."""
    if every is BillingInterval.CUSTOM:
        at = bisect_right(billing.calendar, day)
        return billing.calendar[at - 1], billing.calendar[at]
    if every in _DAYS:  # weeks
        step = _DAYS[every]
        monday = starts - timedelta(days=(starts.weekday() - _WEEKDAYS.index(billing.anchor_weekday)) % 7)
        low = monday + timedelta(days=(day - monday).days // step * step)
        return low, low + timedelta(days=step)
    return _whole_months(starts, billing.anchor_day, billing.year_begins, every.months, day)


@lru_cache(maxsize=4096)  # the contracts of a run begin and are billed on few different days
def _whole_months(starts: date, anchor_day: int, year_begins: int | None, months: int, day: date) -> tuple[date, date]:
    of_start = _month_of(starts, anchor_day)
    base = of_start if year_begins is None else of_start - (of_start - year_begins + 1) % months
    at = base + (_month_of(day, anchor_day) - base) // months * months
    return _anchor(at, anchor_day), _anchor(at + months, anchor_day)


def _month_of(day: date, anchor_day: int) -> int:
    """Find the month, counted from year 0, of the last anchor on or before a day."""
    number = day.year * _YEAR + day.month - 1
    return number if _anchor(number, anchor_day) <= day else number - 1


@cache  # of at most 31 days in 3,600 months; each window asks for several
def _anchor(number: int, anchor_day: int) -> date:
    return anchored(number // _YEAR, number % _YEAR + 1, anchor_day)
