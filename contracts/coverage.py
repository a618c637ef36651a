"""The days on which a contract covers a register: its customer sees the readings of these days and of no others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol, TypeVar

from contracts.contract import Contract
from quantities.period import Period, midnight

#: No reading is older (``quantities.period``), so a contract that claims to be starts here as well.
_OLDEST_DAY = date(1900, 1, 2)


class RecordedVersion(Protocol):
    """A version of a contract, as far as its coverage depends on it."""

    @property
    def number(self) -> int:
        """Its number, in the order of recording."""

    @property
    def contract(self) -> Contract:
        """Its terms."""

    @property
    def released_by(self) -> str | None:
        """Who released it; None while it waits, and then it covers nothing."""


AnyVersion = TypeVar("AnyVersion", bound=RecordedVersion)


@dataclass(frozen=True, slots=True)
class DayRange:
    """The local days from ``first`` up to, and without, ``after_last``; without end where that is None."""

    first: date
    after_last: date | None

    def __contains__(self, day: date) -> bool:
        return self.first <= day and (self.after_last is None or day < self.after_last)


def in_force_on(versions: Iterable[AnyVersion], day: date) -> AnyVersion | None:
    """Choose the version in force on a day: the newest recorded of those effective by then; None before the first."""
    effective = [version for version in versions if version.contract.effective <= day]
    return max(effective, key=lambda version: (version.contract.effective, version.number), default=None)


def covered_days(versions: Iterable[RecordedVersion], register: str) -> tuple[DayRange, ...]:
    """Find the days on which a contract covers a register.

    A day is covered if the released version in force on it names the register, in a charge, beside one, in a named use
    or in a saving, and if it lies in the contract's life as the newest released version states it. A suspended contract
    covers its registers: their use is still billed.

    Args:
        versions: of one contract, in any order; those that are not released do not count.
        register: its key.

    Returns:
        Days of the contract's zone, in order of time; between two ranges lies at least one day that is not covered.
    """
    released = sorted(
        (version for version in versions if version.released_by is not None), key=lambda version: version.number
    )
    if not released:
        return ()
    life = released[-1].contract
    changes = sorted({version.contract.effective for version in released})
    ranges: list[DayRange] = []
    for change, next_change in zip(changes, [*changes[1:], None], strict=True):
        version = in_force_on(released, change)
        first = max(change, life.starts)
        after_last = min((day for day in (next_change, life.until) if day is not None), default=None)
        if version is None or register not in version.contract.registers:
            continue
        if after_last is not None and after_last <= first:
            continue
        if ranges and ranges[-1].after_last == first:
            ranges[-1] = DayRange(ranges[-1].first, after_last)
        else:
            ranges.append(DayRange(first, after_last))
    return tuple(ranges)


def covered_periods(ranges: Iterable[tuple[DayRange, tzinfo]], end: datetime) -> tuple[Period, ...]:
    """Turn the days that several contracts cover into instants, up to an end.

    Args:
        ranges: days, each with the zone whose days they are.
        end: the end of the periods that are returned.

    Returns:
        The time that at least one contract covers, in order of time; periods that overlap or touch are joined.
    """
    periods: list[Period] = []
    for days, where in ranges:
        last_asked = end.astimezone(where).date()
        if days.first > last_asked:
            continue
        start, stop = midnight(max(days.first, _OLDEST_DAY), where), end
        if days.after_last is not None and days.after_last <= last_asked:
            stop = midnight(max(days.after_last, _OLDEST_DAY), where)
        if start < stop:
            periods.append(Period(start, stop))
    joined: list[Period] = []
    for period in sorted(periods):
        if joined and period.start <= joined[-1].end:
            joined[-1] = Period(joined[-1].start, max(joined[-1].end, period.end))
        else:
            joined.append(period)
    return tuple(joined)
