"""Use from levels and states: the integral of a level over time, and how long a machine was in a state.

A read is valid from its instant until the next read. Between two reads a level keeps its value (``hold``) or lies on
the straight line between both (``linear``); a state lasts until the next read. Where the register declares ``holds``,
a read is valid no longer than that: the time after it is unknown, and unknown time is missing, not zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import zip_longest

from metering.consumption.use import NothingRead, Use
from metering.fleet.meter import Between, MachineState, Register
from metering.log.reading import Reading
from quantities.errors import Invalid
from quantities.number import ARITHMETIC_DIGITS, QUOTIENT_STEP, trimmed
from quantities.period import HOUR_US, MICROSECOND, Period


class ComesToNothing(Invalid):
    """A level in this unit does not add up to a use."""


@dataclass(frozen=True, slots=True)
class LevelSegment:
    """A stretch of time over which a level or a state is known from one read.

    Attributes:
        start: its start.
        end: its end.
        value: the level at the read, or the code of the state.
        read: the read that it is known from.
        slope: change of the level per microsecond since the read; None: the level is constant.
    """

    start: datetime
    end: datetime
    value: Decimal
    read: Reading
    slope: Fraction | None = None

    @property
    def microseconds(self) -> int:
        """Its duration."""
        return (self.end - self.start) // MICROSECOND


def level_segments(period: Period, reads: Sequence[Reading], register: Register) -> Iterator[LevelSegment]:
    """Cut a period into the segments known from its reads; unknown time has no segment.

    Args:
        period: to be cut.
        reads: live reads in order of time, from the last one at or before the start to the first at or after the end.
        register: states ``between`` and ``holds``.
    """
    for read, next_ in zip_longest(reads, reads[1:]):
        if read.value is None:
            continue
        end, after = (period.end if next_ is None else next_.start), next_
        if register.holds is not None and end > read.start + register.holds:
            end, after = read.start + register.holds, None
        if after is None and register.between is Between.LINEAR:
            continue  # a line needs a read at its other end
        start, stop = max(read.start, period.start), min(end, period.end)
        if start >= stop:
            continue
        slope = None
        if register.between is Between.LINEAR and after is not None and after.value is not None:
            slope = (Fraction(after.value) - Fraction(read.value)) / ((after.start - read.start) // MICROSECOND)
        yield LevelSegment(start, stop, read.value, read, slope)


def area(segments: Iterable[LevelSegment]) -> Fraction:
    """The exact integral over microseconds: value times time of a constant level, the trapezium of a changing one."""
    standing, changing = Decimal(0), Fraction(0)
    with localcontext(prec=ARITHMETIC_DIGITS):
        for segment in segments:
            if segment.slope is None:
                standing += segment.value * segment.microseconds
            else:
                middle = Fraction(
                    (segment.start - segment.read.start + (segment.end - segment.read.start)) // MICROSECOND, 2
                )
                changing += (Fraction(segment.value) + segment.slope * middle) * segment.microseconds
    return Fraction(standing) + changing


def level_use(period: Period, reads: Sequence[Reading], register: Register) -> Use:
    """The use of a level over a period: its integral over hours, in ``register.use_unit`` (kW gives kWh).

    A result with more than 15 decimal places is rounded half-even to 15. Levels are never summed.

    Raises:
        ComesToNothing: the integral of the register's unit over time is not a use (as for °C).
        NothingRead: no read is valid in any part of the period.
    """
    if register.use_unit is None:
        expected = "a unit that times hours is a use, as kW"
        raise ComesToNothing(f"{register.key} is a level in {register.unit}", found=register.unit, expected=expected)
    segments = list(level_segments(period, reads, register))
    return _use(period, reads, segments, area(segments) / HOUR_US, register)


def state_use(period: Period, reads: Sequence[Reading], register: Register) -> Use:
    """The time that a machine was in states marked as used, in the register's unit.

    Raises:
        NothingRead: no read is valid in any part of the period.
    """
    used = {state.code for state in register.states if state.used}
    segments = list(level_segments(period, reads, register))
    lasted = sum(segment.microseconds for segment in segments if segment.read.value in used)
    return _use(period, reads, segments, _in_unit(lasted, register), register)


def durations(period: Period, reads: Sequence[Reading], register: Register) -> Mapping[MachineState, Decimal]:
    """The duration of every state in a period, by state and cause, in the register's unit.

    A duration with more than 15 decimal places is rounded half-even to 15. States that did not occur are left out.
    """
    by_code = {Decimal(state.code): state for state in register.states}
    lasted: dict[MachineState, int] = defaultdict(int)
    for segment in level_segments(period, reads, register):
        if segment.read.value in by_code:
            lasted[by_code[segment.read.value]] += segment.microseconds
    return {state: _decimal(_in_unit(us, register)) for state, us in lasted.items()}


def mean(period: Period, reads: Sequence[Reading], register: Register) -> Decimal:
    """The time-weighted mean of a level over the known part of a period, before the multiplier.

    A mean with more than 15 decimal places is rounded half-even to 15.

    Raises:
        NothingRead: no read is valid in any part of the period.
    """
    segments = list(level_segments(period, reads, register))
    if not segments:
        raise NothingRead(f"no read of {register.key} stands in {period}")
    return mean_of(segments)


def mean_of(segments: Sequence[LevelSegment]) -> Decimal:
    """The time-weighted mean of at least one segment; rounded as by ``mean``."""
    if len(segments) == 1 and segments[0].slope is None:
        return trimmed(segments[0].value)  # as the quotient below would be: most hours have one read
    return _decimal(area(segments) / sum(segment.microseconds for segment in segments))


#: Units of the durations of states → microseconds.
TIMES_US = {"s": HOUR_US // 3600, "min": HOUR_US // 60, "h": HOUR_US, "d": 24 * HOUR_US, "week": 168 * HOUR_US}
TIMES_US |= {f"machine_{name}": TIMES_US[short] for name, short in (("second", "s"), ("minute", "min"), ("hour", "h"))}


def _in_unit(us: int, register: Register) -> Fraction:
    return Fraction(us, TIMES_US[register.unit])


def _use(
    period: Period, reads: Sequence[Reading], segments: Sequence[LevelSegment], total: Fraction, register: Register
) -> Use:
    if not segments:
        raise NothingRead(f"no read of {register.key} stands in {period}")
    counted = list({segment.read.start: segment.read for segment in segments}.values())
    exact = _decimal(total)
    with localcontext(prec=ARITHMETIC_DIGITS):
        return Use(
            quantity=exact * register.multiplier,
            count=len(counted),
            total=exact,
            estimated=sum(read.quality.estimated for read in counted),
            first=min(counted[0].start, period.start),
            last=max(period.end, reads[-1].start) + MICROSECOND,
            batch=max(read.batch for read in counted),
            questionable=sum(not read.quality.billable for read in counted),
        )


def _decimal(number: Fraction) -> Decimal:
    """A fraction as a decimal: exact if it ends within 60 digits, else rounded half-even to 15 places."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        value = Decimal(number.numerator) / Decimal(number.denominator)
        return value if Fraction(value) == number else value.quantize(QUOTIENT_STEP)
