"""Missing intervals filled, in the order that utilities keep to, and always scaled to a counter where there is one.

    another meter of the same quantity  →  the straight line over a short gap  →  the same weekday of three weeks
    →  the register's daily profile

An estimate stays marked by its quality until a reading replaces it. Where a counter beside the intervals was read
before and after the gap, what is missing in total is known, and the estimate only spreads it; a profile alone says how
use is spread and never how much it is, so that without a counter it fills nothing.

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

#: Over how long a gap use is drawn as a straight line.
LINE_MAX = timedelta(hours=2)
#: How many like days are averaged.
REFERENCE_WEEKS = 3


class CountedLess(Conflict):
    """What a counter rose by is no less than what the intervals beside it add up to."""


class EstimationMethod(StrEnum):
    """How a missing interval was estimated; the order is the one that is kept to."""

    OTHER_METER = "other_meter"
    LINE = "line"
    LIKE_DAYS = "like_days"
    PROFILE = "profile"


#: What each method makes of a reading's quality.
QUALITIES: Mapping[EstimationMethod, Quality] = {
    EstimationMethod.OTHER_METER: Quality.ESTIMATED_REFERENCE_DAY,
    EstimationMethod.LINE: Quality.ESTIMATED_INTERPOLATION,
    EstimationMethod.LIKE_DAYS: Quality.ESTIMATED_REFERENCE_DAY,
    EstimationMethod.PROFILE: Quality.ESTIMATED_REFERENCE_DAY,
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One missing interval as it is filled.

    Attributes:
        start: in UTC.
        end: in UTC.
        value: in the register's unit, a whole number of its steps.
        method: how it came about.
        scaled: whether it is a part of what a counter says is missing.
    """

    start: datetime
    end: datetime
    value: Decimal
    method: EstimationMethod
    scaled: bool

    @property
    def quality(self) -> Quality:
        """The fine code that it is stored with."""
        return QUALITIES[self.method]


@dataclass(frozen=True, slots=True)
class SurroundingReadings:
    """What a gap is filled from.

    Attributes:
        around: the live readings before and behind the gap, in order of time.
        values: of earlier and later intervals, by start.
        other_meter: of another meter of the same quantity, in the register's unit, by start.
        profile: the weights of the 24 hours of a local day; equal, where none are declared.
        zone: of the site.
    """

    around: Sequence[Reading]
    values: Mapping[datetime, Decimal]
    other_meter: Mapping[datetime, Decimal]
    profile: Sequence[Decimal]
    zone: tzinfo


def missing(period: Period, readings: Sequence[Reading], interval: timedelta) -> tuple[Period, ...]:
    """Name the intervals of a period that no reading covers.

    Args:
        period: begins and ends with an interval.
        readings: live ones in order of time.
        interval: how long each is.
    """
    starts = {reading.start for reading in readings}
    found, at = [], period.start
    for reading in [*readings, None]:
        until = period.end if reading is None else min(reading.start, period.end)
        while at + interval <= until:
            if at not in starts:
                found.append(Period(at, at + interval))
            at += interval
        at = at if reading is None else max(at, reading.end)
    return tuple(found)


def fill(
    gap: Sequence[Period], known: SurroundingReadings, resolution: Decimal, total: Decimal | None
) -> tuple[Estimate, ...]:
    """Fill missing intervals.

    Args:
        gap: those that are missing, in order of time.
        known: what they are filled from.
        resolution: the register's step; every estimate is a whole number of it.
        total: what all of them add up to, where a counter says so.

    Returns:
        An estimate for each that can be estimated. With ``total`` that is each of them, and they add up to it but for
        what is smaller than a step.

    Raises:
        CountedLess: ``total`` is below zero.
    """
    if total is not None and total < 0:
        raise CountedLess(f"{total:f} would be missing", found=f"{total:f}", expected="at least 0")
    guesses = [_guess(each, gap, known) for each in gap]
    if total is None:
        return tuple(
            Estimate(each.start, each.end, _to_step(guess[0], resolution), guess[1], scaled=False)
            for each, guess in zip(gap, guesses, strict=True)
            if guess is not None
        )
    shaped = [guess for guess in guesses if guess is not None]
    if len(shaped) < len(gap):  # weights of one kind: a use does not compare with a profile's weight
        shaped = [(_weight(each, known), EstimationMethod.PROFILE) for each in gap]
    values = spread(total, [value for value, _ in shaped], resolution)
    return tuple(
        Estimate(each.start, each.end, value, method, scaled=True)
        for each, value, (_, method) in zip(gap, values, shaped, strict=True)
    )


def spread(total: Decimal, weights: Sequence[Decimal], step: Decimal) -> list[Decimal]:
    """Spread a total over weights in whole steps, so that the parts add up to it: by largest remainder.

    Of equal remainders the earlier gets the step. Without any weight, all weigh the same. What is smaller than a step
    is no part of it.
    """
    if not weights:
        return []
    with localcontext(prec=ARITHMETIC_DIGITS):
        whole = sum(weights, Decimal(0))
        weights = weights if whole else [Decimal(1)] * len(weights)
        whole = whole or Decimal(len(weights))
        steps = int(total // step)
        exact = [steps * weight / whole for weight in weights]
        counts = [int(each.to_integral_value(ROUND_FLOOR)) for each in exact]
        left = steps - sum(counts)
        by_remainder = sorted(range(len(weights)), key=lambda at: (counts[at] - exact[at], at))
        for at in by_remainder[:left]:
            counts[at] += 1
        return [step * count for count in counts]


def _guess(
    interval: Period, gap: Sequence[Period], known: SurroundingReadings
) -> tuple[Decimal, EstimationMethod] | None:
    """Estimate one interval by the first method that can."""
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
    """Draw a line between the readings on both sides of the run of missing intervals that this one is in."""
    low = high = interval
    by_end, by_start = {each.end: each for each in gap}, {each.start: each for each in gap}
    while low.start in by_end and high.end - low.start <= LINE_MAX:
        low = by_end[low.start]
    while high.end in by_start and high.end - low.start <= LINE_MAX:
        high = by_start[high.end]
    before = next((each for each in known.around if each.end == low.start), None)
    after = next((each for each in known.around if each.start == high.end), None)
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
    """Average the intervals that the clock on the wall showed at, on the same weekday of the weeks before, or after."""
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
    """Round to a register's step, half to even."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        return (value / step).to_integral_value() * step
