"""Estimates for missing intervals: the first method that applies is taken, in the order usual with utilities.

    another meter of the same quantity  →  the straight line over a short gap  →  the same weekday of three weeks
    →  the register's daily profile

An estimate is marked by its quality until a reading replaces it. Where a counter that measures the same use was read
before and after the gap, the missing total is known, and the estimates are scaled to it. A profile gives only the shape
of use and not its amount, so without a counter it fills nothing.

Source: the estimation rules of California VEE 2.0; ESPI qualities 8, 9 and 11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum

from metering.log.reading import Quality, Reading
from quantities.errors import Conflict
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import Period

#: The longest gap that is filled by a straight line.
LINE_MAX = timedelta(hours=2)
#: The number of weeks whose same weekday is averaged.
REFERENCE_WEEKS = 3


class CountedLess(Conflict):
    """The counter rose by less than the intervals beside it add up to."""


class EstimationMethod(StrEnum):
    """How a missing interval was estimated, in order of preference."""

    OTHER_METER = "other_meter"
    LINE = "line"
    LIKE_DAYS = "like_days"
    PROFILE = "profile"


#: The quality of a reading by the method of its estimate.
QUALITIES: Mapping[EstimationMethod, Quality] = {
    EstimationMethod.OTHER_METER: Quality.ESTIMATED_REFERENCE_DAY,
    EstimationMethod.LINE: Quality.ESTIMATED_INTERPOLATION,
    EstimationMethod.LIKE_DAYS: Quality.ESTIMATED_REFERENCE_DAY,
    EstimationMethod.PROFILE: Quality.ESTIMATED_REFERENCE_DAY,
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimate of one missing interval.

    Attributes:
        start: in UTC.
        end: in UTC.
        value: in the register's unit, a multiple of its resolution.
        method: how it was estimated.
        scaled: whether it was scaled to a total known from a counter.
    """

    start: datetime
    end: datetime
    value: Decimal
    method: EstimationMethod
    scaled: bool

    @property
    def quality(self) -> Quality:
        """The quality that it is stored with."""
        return QUALITIES[self.method]


@dataclass(frozen=True, slots=True)
class SurroundingReadings:
    """The readings that a gap is filled from.

    Attributes:
        around: the live readings before and after the gap, in order of time.
        values: values of earlier and later intervals, by start.
        other_meter: uses of another meter of the same quantity, in the register's unit, by start.
        profile: weights of the 24 hours of a local day; empty: equal weights.
        zone: of the site.
    """

    around: Sequence[Reading]
    values: Mapping[datetime, Decimal]
    other_meter: Mapping[datetime, Decimal]
    profile: Sequence[Decimal]
    zone: tzinfo


def missing(period: Period, readings: Sequence[Reading], interval: timedelta) -> tuple[Period, ...]:
    """The intervals of a period that no reading covers, in order of time.

    Args:
        period: a whole number of intervals.
        readings: live readings in order of time.
        interval: duration of an interval.
    """
    starts = {reading.start for reading in readings}
    gaps, at = [], period.start
    for reading in [*readings, None]:
        until = period.end if reading is None else min(reading.start, period.end)
        while at + interval <= until:
            if at not in starts:
                gaps.append(Period(at, at + interval))
            at += interval
        at = at if reading is None else max(at, reading.end)
    return tuple(gaps)


def fill(
    gap: Sequence[Period], known: SurroundingReadings, resolution: Decimal, total: Decimal | None
) -> tuple[Estimate, ...]:
    """Estimate missing intervals.

    Args:
        gap: the missing intervals, in order of time.
        known: the readings to estimate from.
        resolution: of the register; every estimate is a multiple of it.
        total: the sum of all missing intervals, where known from a counter.

    Returns:
        One estimate per interval that can be estimated. With ``total`` these are all intervals, and they add up to it,
        rounded down to a multiple of the resolution.

    Raises:
        CountedLess: ``total`` is below zero.
    """
    if total is not None and total < 0:
        raise CountedLess(f"{total:f} would be missing", found=f"{total:f}", expected="at least 0")
    guesses = [_guess(interval, gap, known) for interval in gap]
    if total is None:
        return tuple(
            Estimate(interval.start, interval.end, _to_step(guess[0], resolution), guess[1], scaled=False)
            for interval, guess in zip(gap, guesses, strict=True)
            if guess is not None
        )
    shaped = [guess for guess in guesses if guess is not None]
    if len(shaped) < len(gap):  # use one method for all: uses and weights of a profile cannot be mixed
        shaped = [(_weight(interval, known), EstimationMethod.PROFILE) for interval in gap]
    values = spread(total, [value for value, _ in shaped], resolution)
    return tuple(
        Estimate(interval.start, interval.end, value, method, scaled=True)
        for interval, value, (_, method) in zip(gap, values, shaped, strict=True)
    )


def spread(total: Decimal, weights: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    """Spread a total in proportion to weights, in whole steps, by largest remainder.

    The parts add up to the total rounded down to a whole step. Of equal remainders, the earlier part gets the step. If
    all weights are zero, they count as equal.
    """
    if not weights:
        return []
    with localcontext(prec=ARITHMETIC_DIGITS):
        whole = sum(weights, Decimal(0))
        weights = weights if whole else [Decimal(1)] * len(weights)
        whole = whole or Decimal(len(weights))
        steps = int(total // step)
        exact = [steps * weight / whole for weight in weights]
        counts = [int(share.to_integral_value(ROUND_FLOOR)) for share in exact]
        left = steps - sum(counts)
        by_remainder = sorted(range(len(weights)), key=lambda at: (counts[at] - exact[at], at))
        for at in by_remainder[:left]:
            counts[at] += 1
        return [step * count for count in counts]


def _guess(
    interval: Period, gap: Sequence[Period], known: SurroundingReadings
) -> tuple[Decimal, EstimationMethod] | None:
    """Estimate one interval by the first method that applies."""
    if interval.start in known.other_meter:
        return known.other_meter[interval.start], EstimationMethod.OTHER_METER
    line = _on_the_line(interval, gap, known)
    if line is not None:
        return line, EstimationMethod.LINE
    like = _of_like_days(interval, known)
    return None if like is None else (like, EstimationMethod.LIKE_DAYS)


def _weight(interval: Period, known: SurroundingReadings) -> Decimal:
    return known.profile[interval.start.astimezone(known.zone).hour] if known.profile else Decimal(1)


def _on_the_line(interval: Period, gap: Sequence[Period], known: SurroundingReadings) -> Decimal | None:
    """The value on the line between the readings on both sides of a gap; None if the gap is too long."""
    low = high = interval
    by_end, by_start = {part.end: part for part in gap}, {part.start: part for part in gap}
    while low.start in by_end and high.end - low.start <= LINE_MAX:
        low = by_end[low.start]
    while high.end in by_start and high.end - low.start <= LINE_MAX:
        high = by_start[high.end]
    before = next((reading for reading in known.around if reading.end == low.start), None)
    after = next((reading for reading in known.around if reading.start == high.end), None)
    if (
        high.end - low.start > LINE_MAX
        or before is None
        or after is None
        or before.value is None
        or after.value is None
    ):
        return None
    count = (high.end - low.start) // interval.duration
    at = (interval.start - low.start) // interval.duration + 1
    with localcontext(prec=ARITHMETIC_DIGITS):
        return before.value + (after.value - before.value) * at / (count + 1)


def _of_like_days(interval: Period, known: SurroundingReadings) -> Decimal | None:
    """The mean of the three nearest known values at the same local time and weekday, unrounded; None with fewer.

    Up to eight weeks back, then up to eight weeks ahead for what is missing of the three. Where a day lacks that local
    time, the value after the change of the clock is taken.
    """
    wall = interval.start.astimezone(known.zone)
    like = []
    for week in (*range(-1, -9, -1), *range(1, 9)):
        there = (wall.replace(tzinfo=None) + timedelta(days=7 * week)).replace(tzinfo=known.zone, fold=wall.fold)
        value = known.values.get(there.astimezone(interval.start.tzinfo))
        if value is not None:
            like.append(value)
        if len(like) == REFERENCE_WEEKS:
            with localcontext(prec=ARITHMETIC_DIGITS):
                return sum(like, Decimal(0)) / REFERENCE_WEEKS
    return None


def _to_step(value: Decimal, step: Decimal) -> Decimal:
    """Round half-even to a multiple of a step."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        return (value / step).to_integral_value() * step
