"""Interest for late payment, by day: on what was open and not disputed as a day began, at the rate of that day.

    Σ over days of  amount × rate ÷ 100 × part of a year        from the day after a document is due, to a day inclusive

What is paid on a day bears interest on that day for the last time, so that the days are those from the due day to the
day of payment. What is deferred bears none while it is. Days that are alike are one row; the sum is exact, and rounded
once. What is claimed of a document is the sum to a day less what was claimed of it before: so no rounding adds up.

Sources: Directive 2011/7/EU Art. 3 and 6; BGB § 187 (1), § 188 (1), § 247, § 288; ISDA 2006 definitions 4.16 (d), (e),
(g) for the counts of days.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from contracts.dunning_terms import DayCount, InterestTerms
from contracts.indexation.lookup import IndexValue, Lookup, value_of
from quantities.money import exponent
from quantities.number import exact_context

_A_DAY = timedelta(days=1)
_NOTHING = Decimal(0)
_PERCENT = 100
_MONTH_DAYS, _YEAR_360, _YEAR_365, _LEAP_YEAR = 30, 360, 365, 366


@dataclass(frozen=True, slots=True)
class DueBalance:
    """What of a document is open and not disputed from the end of a day on.

    Attributes:
        day: local to the supplier.
        amount: zero or more.
    """

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DeferredDays:
    """Days on which a document is not late, because its supplier has put it off: both inclusive, or without an end."""

    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class InterestDays:
    """Days in a row that bear interest alike.

    Attributes:
        first: the first.
        last: the last, inclusive.
        days: how many count: those of the calendar, or of months of thirty days.
        year_days: of how many a year is.
        amount: that bears it.
        rate: percent a year.
        base: the value of the base rate; None where the contract names the rate itself.
    """

    first: date
    last: date
    days: int
    year_days: int
    amount: Decimal
    rate: Decimal
    base: IndexValue | None = None

    @property
    def exact(self) -> Fraction:
        """What they come to, not rounded."""
        return Fraction(self.amount) * Fraction(self.rate) * self.days / (_PERCENT * self.year_days)


def rate_of(terms: InterestTerms, base: Decimal) -> Decimal:
    """The rate in percent a year: never below zero, however far the base rate is."""
    with exact_context():
        return max(_NOTHING, base * terms.times + terms.above)


def interest_days(
    due_on: date,
    through: date,
    balances: Sequence[DueBalance],
    deferred: Collection[DeferredDays],
    terms: InterestTerms,
    lookup: Lookup,
) -> tuple[InterestDays, ...]:
    """Say which days bear how much, from the day after a document is due.

    Args:
        due_on: until when it was to be paid.
        through: the last day, inclusive.
        balances: in order of their days; before the first of them nothing bears interest.
        deferred: days that bear none.
        terms: by which.
        lookup: finds values of the base rate.

    Returns:
        In order; none overlap, and none bears nothing.

    Raises:
        IndexValueMissing: a value of the base rate is not published, or not released; none is guessed.
    """
    edges = sorted(_edges(due_on, through, balances, deferred, terms))
    bearing = list[InterestDays]()
    for first, after in pairwise(edges):
        amount = _at_the_end_of(first - _A_DAY, balances)
        if amount <= 0 or any(days.covers(first) for days in deferred):
            continue
        days = counted_days(first, after - _A_DAY, terms.days)
        if days:
            base = None if terms.base is None else value_of(terms.base, terms.month_of(first), lookup)
            rate = terms.above if base is None else rate_of(terms, base.value)
            part = year_days(first, terms.days)
            bearing.append(
                InterestDays(
                    first=first, last=after - _A_DAY, days=days, year_days=part, amount=amount, rate=rate, base=base
                )
            )
    return tuple(bearing)


def _edges(
    due_on: date,
    through: date,
    balances: Sequence[DueBalance],
    deferred: Collection[DeferredDays],
    terms: InterestTerms,
) -> set[date]:
    """List the days from which on something may differ, and the day after the last one."""
    first, after = due_on + _A_DAY, through + _A_DAY
    if first >= after:
        return set()
    edges = {first, after, *(balance.day + _A_DAY for balance in balances)}
    for days in deferred:
        edges |= {days.first, *(() if days.last is None else (days.last + _A_DAY,))}
    months = _months_after(first, after)
    if terms.base is not None:
        edges |= {day for day in months if terms.month_of(day) != terms.month_of(day - _A_DAY)}
    if terms.days is DayCount.ACT_ACT:
        edges |= {day for day in months if day.month == 1}
    return {day for day in edges if first <= day <= after}


def _months_after(first: date, after: date) -> list[date]:
    """List the first days of months between two days."""
    months, year, month = list[date](), first.year, first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 months of a year
        if (day := date(year, month, 1)) >= after:
            return months
        months.append(day)


def _at_the_end_of(day: date, balances: Sequence[DueBalance]) -> Decimal:
    return next((balance.amount for balance in reversed(balances) if balance.day <= day), _NOTHING)


def counted_days(first: date, last: date, count: DayCount) -> int:
    """Count days, both inclusive; of months of thirty days each day counts from the one before it."""
    if count is DayCount.THIRTY_360:
        return _of_thirty(last) - _of_thirty(first - _A_DAY)
    return (last - first).days + 1


def _of_thirty(day: date) -> int:
    return day.year * _YEAR_360 + day.month * _MONTH_DAYS + min(day.day, _MONTH_DAYS)


def year_days(day: date, count: DayCount) -> int:
    """Say of how many days the year of a day is."""
    if count is DayCount.ACT_ACT:
        return _LEAP_YEAR if (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days == _LEAP_YEAR else _YEAR_365
    return _YEAR_365 if count is DayCount.ACT_365 else _YEAR_360


def interest_of(days: Iterable[InterestDays], currency: str) -> Decimal:
    """Add up days, and round once to the currency's minor unit, a half up."""
    places = exponent(currency)
    units = sum((one.exact for one in days), Fraction(0)) * 10**places
    whole = (units.numerator * 2 + units.denominator) // (units.denominator * 2)  # floor of units + 1/2; never below 0
    return Decimal(whole).scaleb(-places)
