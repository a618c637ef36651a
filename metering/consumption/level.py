"""What stands between two reads: a level, which comes to something over time, or a state, which lasts.

A read says what is from its instant on: for a level what it was (``hold``), or where the straight line to the next read
begins (``linear``); for a state until the next. It stands no longer than ``holds``, where that is declared: beyond that
nobody knows, and what nobody knows is missing and not zero.
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
from quantities.number import ARITHMETIC_DIGITS, QUOTIENT_STEP
from quantities.period import HOUR_US, MICROSECOND, Period


class ComesToNothing(Invalid):
    """A level of this unit has a mean and a maximum; over time it comes to nothing that is used."""


@dataclass(frozen=True, slots=True)
class LevelSegment:
    """What is known of one stretch of time.

    Attributes:
        start: from when.
        end: until when.
        value: the level that the read says, or the state's code.
        read: what says so.
        slope: by how much the level changes each microsecond since the read; None where it stands.
    """

    start: datetime
    end: datetime
    value: Decimal
    read: Reading
    slope: Fraction | None = None

    @property
    def microseconds(self) -> int:
        """How long it lasts."""
        return (self.end - self.start) // MICROSECOND


def stretches(period: Period, reads: Sequence[Reading], register: Register) -> Iterator[LevelSegment]:
    """Cut a period into what its reads say; what none says is left out.

    Args:
        period: what is looked at.
        reads: live ones in order of time, from the last at or before the period to the first at or after its end.
        register: how its reads stand.
    """
    for read, next_ in zip_longest(reads, reads[1:]):
        if read.value is None:
            continue
        end, after = (period.end if next_ is None else next_.start), next_
        if register.holds is not None and end > read.start + register.holds:
            end, after = read.start + register.holds, None
        if after is None and register.between is Between.LINEAR:
            continue  # no line without its other end
        start, stop = max(read.start, period.start), min(end, period.end)
        if start >= stop:
            continue
        slope = None
        if register.between is Between.LINEAR and after is not None and after.value is not None:
            slope = (Fraction(after.value) - Fraction(read.value)) / ((after.start - read.start) // MICROSECOND)
        yield LevelSegment(start, stop, read.value, read, slope)


def area(known: Iterable[LevelSegment]) -> Fraction:
    """Add up levels times microseconds, exactly: of one that stands a product, of one that changes a trapezium."""
    standing, changing = Decimal(0), Fraction(0)
    with localcontext(prec=ARITHMETIC_DIGITS):
        for each in known:
            if each.slope is None:
                standing += each.value * each.microseconds
            else:
                middle = Fraction((each.start - each.read.start + (each.end - each.read.start)) // MICROSECOND, 2)
                changing += (Fraction(each.value) + each.slope * middle) * each.microseconds
    return Fraction(standing) + changing


def level_use(period: Period, reads: Sequence[Reading], register: Register) -> Use:
    """Add up what a level comes to over a period: its integral over hours, in ``register.use_unit``.

    Rounded half-even at 15 decimal places where it does not end; a level is never summed.

    Raises:
        ComesToNothing: a level of its unit is no rate of anything.
        NothingRead: nothing is known of any part of the period.
    """
    if register.use_unit is None:
        raise ComesToNothing(f"{register.key} is a level in {register.unit}", found=register.unit)
    known = list(stretches(period, reads, register))
    return _use(period, reads, known, area(known) / HOUR_US, register)


def state_use(period: Period, reads: Sequence[Reading], register: Register) -> Use:
    """Add up how long a machine was in the states that are use, in the register's unit.

    Raises:
        NothingRead: nothing is known of any part of the period.
    """
    used = {each.code for each in register.states if each.used}
    known = list(stretches(period, reads, register))
    lasted = sum(each.microseconds for each in known if each.read.value in used)
    return _use(period, reads, known, _in_unit(lasted, register), register)


def durations(period: Period, reads: Sequence[Reading], register: Register) -> Mapping[MachineState, Decimal]:
    """Say how long each state lasted in a period, by state and cause, in the register's unit.

    Rounded half-even at 15 decimal places where it does not end. States that did not occur are not there.
    """
    by_code = {Decimal(each.code): each for each in register.states}
    lasted: dict[MachineState, int] = defaultdict(int)
    for each in stretches(period, reads, register):
        if each.read.value in by_code:
            lasted[by_code[each.read.value]] += each.microseconds
    return {state: _decimal(_in_unit(us, register)) for state, us in lasted.items()}


def mean(period: Period, reads: Sequence[Reading], register: Register) -> Decimal:
    """Average a level over the time of which something is known, each value by how long it stood.

    Rounded half-even at 15 decimal places where it does not end; before the multiplier.

    Raises:
        NothingRead: nothing is known of any part of the period.
    """
    known = list(stretches(period, reads, register))
    if not known:
        raise NothingRead(f"no read of {register.key} stands in {period}")
    return mean_of(known)


def mean_of(known: Sequence[LevelSegment]) -> Decimal:
    """Average at least one stretch, as ``mean`` does."""
    return _decimal(area(known) / sum(each.microseconds for each in known))


#: Units of time that a state lasts in → microseconds.
_TIMES_US = {"s": HOUR_US // 3600, "min": HOUR_US // 60, "h": HOUR_US, "d": 24 * HOUR_US, "week": 168 * HOUR_US}
_TIMES_US |= {
    f"machine_{name}": _TIMES_US[short] for name, short in (("second", "s"), ("minute", "min"), ("hour", "h"))
}


def _in_unit(us: int, register: Register) -> Fraction:
    return Fraction(us, _TIMES_US[register.unit])


def _use(
    period: Period, reads: Sequence[Reading], known: Sequence[LevelSegment], total: Fraction, register: Register
) -> Use:
    if not known:
        raise NothingRead(f"no read of {register.key} stands in {period}")
    counted = list({each.read.start: each.read for each in known}.values())
    exact = _decimal(total)
    with localcontext(prec=ARITHMETIC_DIGITS):
        return Use(
            quantity=exact * register.multiplier,
            count=len(counted),
            total=exact,
            estimated=sum(each.quality.estimated for each in counted),
            first=min(counted[0].start, period.start),
            last=max(period.end, reads[-1].start) + MICROSECOND,
            batch=max(each.batch for each in counted),
            questionable=sum(not each.quality.billable for each in counted),
        )


def _decimal(number: Fraction) -> Decimal:
    """Write a fraction as a decimal: exactly where it ends, else half-even at 15 places."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        found = Decimal(number.numerator) / Decimal(number.denominator)
        return found if Fraction(found) == number else found.quantize(QUOTIENT_STEP)
