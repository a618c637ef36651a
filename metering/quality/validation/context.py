"""What a check examines: the readings of some days with their uses; and the finding that it returns."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from itertools import pairwise

from metering.consumption.use import RegisterEvent
from metering.log.reading import Quality, Reading
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import HOUR_US, MICROSECOND, Period


@dataclass(frozen=True, slots=True)
class ReadingFinding:
    """Why the readings of a register over an extent are in question.

    Attributes:
        start: of the extent.
        end: of the extent.
        check: the kind of the check.
        found: what the readings say.
        expected: what would pass the check.
        holds: whether the extent is not billed until a person has answered the finding.
    """

    start: datetime
    end: datetime
    check: str
    found: str
    expected: str
    holds: bool


@dataclass(frozen=True, slots=True)
class CheckContext:
    """The readings that a check examines, and what it may ask about other registers.

    Attributes:
        readings: the live readings of the examined days in order of time, with the one before and the one after.
        days: the examined local days: whole and consecutive.
        zone: of the site.
        cumulative: whether readings are those of a counter, so that their differences are the use.
        extended: whether readings have an extent of time (intervals).
        interval: duration of an interval, where declared.
        multiplier: use is figures times this.
        received_at: when the examined batch reached us.
        uses: counts a register, given by its key, over periods: one use per period, None where unknown. Key None: the
            examined register itself.
        events: exchanges, resets and rollovers of a counter.
    """

    readings: Sequence[Reading]
    days: Sequence[tuple[date, Period]]
    zone: tzinfo
    cumulative: bool
    extended: bool
    interval: timedelta | None
    multiplier: Decimal
    received_at: datetime
    uses: Callable[[str | None, Sequence[Period]], list[Decimal | None]]
    events: Sequence[RegisterEvent] = ()

    def inside(self) -> list[Reading]:
        """The readings of the examined days, without those that a person has verified or set, and without estimates."""
        first = min(day.start for _, day in self.days)
        last = max(day.end for _, day in self.days)
        return [reading for reading in self.readings if first <= reading.start < last and _is_open(reading)]

    def days_with_open(self) -> list[tuple[date, Period]]:
        """The examined days that have a reading of ``inside``."""
        starts = [reading.start for reading in self.inside()]
        return [
            (first, day) for first, day in self.days if bisect_left(starts, day.start) < bisect_left(starts, day.end)
        ]

    def rates(self) -> list[tuple[Reading, Decimal, Decimal]]:
        """The readings of ``inside``, with their use and its hours; of a level, its value and one hour."""
        inside = {reading.start for reading in self.inside()}
        if self.cumulative:
            return [
                (after, rise, hours_of(after.start - before.start))
                for before, after in pairwise(self.readings)
                if after.start in inside and (rise := self._rise(before, after)) is not None and rise >= 0
            ]
        return [
            (reading, reading.value, hours_of(reading.end - reading.start) if self.extended else Decimal(1))
            for reading in self.readings
            if reading.start in inside and reading.value is not None
        ]

    def _rise(self, before: Reading, after: Reading) -> Decimal | None:
        """What a counter counted from one read to the next: to the closing read of an exchange, or past a rollover."""
        if before.value is None or after.value is None:
            return None
        with localcontext(prec=ARITHMETIC_DIGITS):
            gained = sum((event.gained for event in self.events if before.start < event.at <= after.start), Decimal(0))
            return after.value - before.value + gained

    def extents(self) -> list[tuple[Reading, Period, Decimal]]:
        """The readings of ``inside`` that cover an extent of time, with that extent and the use in it."""
        begins = {after.start: before.start for before, after in pairwise(self.readings)} if self.cumulative else {}
        return [
            (reading, Period(begins.get(reading.start, reading.start), max(reading.start, reading.end)), value)
            for reading, value, hours in self.rates()
            if hours > 0 and (self.cumulative or self.extended)
        ]

    def daily_uses(self, key: str) -> Iterator[tuple[Period, Decimal | None, Decimal | None]]:
        """The days of ``days_with_open``, with the use of the register and that of another one; None where unknown."""
        days = [day for _, day in self.days_with_open()]
        yield from zip(days, self.uses(None, days), self.uses(key, days), strict=True)

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether an extent of time overlaps one of the examined days."""
        return any(start < day.end and end > day.start for _, day in self.days)


def _is_open(reading: Reading) -> bool:
    return reading.quality not in (Quality.VERIFIED, Quality.MANUALLY_EDITED) and not reading.quality.estimated


def hours_of(period: timedelta) -> Decimal:
    """The hours of a duration."""
    return Decimal(period // MICROSECOND) / HOUR_US
