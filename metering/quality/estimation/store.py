"""Fills the gaps of interval registers with estimates from stored readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from sqlmodel import Session

from metering.consumption.store import Window, reads_over, uses
from metering.consumption.use import BoundaryRule, Use
from metering.deliveries.receipt import Receipt, Sender
from metering.deliveries.store import record_readings
from metering.fleet.meter import RegisterKind
from metering.fleet.store import NoSuchRegister, StoredRegister, registers
from metering.log import store
from metering.log.columns import readings_of_series
from metering.log.reading import Reading
from metering.quality.estimation.gaps import Estimate, SurroundingReadings, fill, missing
from metering.quality.validation.checks import Agreement, SumCheck
from quantities.errors import Conflict
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import Period
from quantities.quantity import convert

_LIKE_DAYS = timedelta(weeks=8)


class NothingMissing(Conflict):
    """No reading is missing, or what is missing cannot be estimated."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The estimates, the receipt of their batch, and the number of missing intervals that could not be estimated."""

    receipt: Receipt
    estimates: tuple[Estimate, ...]
    unfilled: int


def estimate(session: Session, sender: Sender, key: str, period: Period) -> Filled:
    """Fill the missing intervals of a register in a period; earlier estimates are replaced by new ones.

    The counter to scale to is the register of its ``sum_check``; the other meter is the register of its ``agreement``.
    Where the counter was not read at the edges of the gap, missing intervals are filled from the counter's read before
    the gap to its read after it, because the total is known only for all of these.

    Args:
        session: states the tenant.
        sender: who asks for it, when and why.
        key: of an interval register with a declared interval.
        period: gaps in it are filled.

    Raises:
        NoSuchRegister: there is no such register.
        NothingMissing: no interval is missing, or none can be estimated.
        CountedLess: the counter rose by less than the measured intervals add up to.
    """
    register = registers(session, [key]).get(key)
    if register is None or register.register.kind is not RegisterKind.INTERVAL or register.register.interval is None:
        raise NoSuchRegister(f"{key!r} is no interval register with an interval", found=key)
    gap, total = _gap(session, register, period, register.register.interval)
    if not gap:
        expected = "a time in which readings are missing"
        raise NothingMissing(
            f"nothing of {key} is missing in {period}", place=key, found=str(period), expected=expected
        )
    known = _known(session, register, gap, register.register.interval)
    made = fill(gap, known, register.register.resolution, total)
    if not made:
        raise NothingMissing(
            f"{len(gap)} intervals of {key} are missing, and nothing says what they were",
            place=key,
            found=str(len(gap)),
            expected="readings beside them, or of other days",
        )
    rows = readings_of_series(
        register.series, [(interval.start, interval.end, interval.value, int(interval.quality)) for interval in made]
    )
    return Filled(record_readings(session, sender, "estimation", register, rows), made, len(gap) - len(made))


def _gap(
    session: Session, register: StoredRegister, period: Period, interval: timedelta
) -> tuple[tuple[Period, ...], Decimal | None]:
    """The missing intervals, and their total where a counter gives it."""
    wanted = missing(period, _actual(session, register, period), interval)
    counter = _named(session, register, SumCheck)
    if not wanted or counter is None:
        return wanted, None
    hull = Period(wanted[0].start, wanted[-1].end)
    (reads,) = reads_over(session, [(counter, hull)])
    if not reads or reads[0].start > hull.start or reads[-1].start < hull.end:
        return wanted, None
    if (hull.start - reads[0].start) % interval or (reads[-1].start - hull.end) % interval:
        return wanted, None  # the counter's reads are not at the edges of intervals
    between = Period(reads[0].start, reads[-1].start)
    (rise,) = uses(session, [Window(counter, between, BoundaryRule.EXACT)])
    if not isinstance(rise, Use):
        return wanted, None
    metered = _actual(session, register, between)
    with localcontext(prec=ARITHMETIC_DIGITS):
        risen = convert(rise.quantity, counter.register.unit, register.register.unit)
        total = risen / register.register.multiplier - sum(
            (reading.value for reading in metered if reading.value), Decimal(0)
        )
    return missing(between, metered, interval), total


def _known(
    session: Session, register: StoredRegister, gap: tuple[Period, ...], interval: timedelta
) -> SurroundingReadings:
    hull = Period(gap[0].start - interval, gap[-1].end + interval)
    wide = Period(hull.start - _LIKE_DAYS, hull.end + _LIKE_DAYS)
    values = {reading.start: reading.value for reading in _actual(session, register, wide) if reading.value is not None}
    other = _named(session, register, Agreement)
    return SurroundingReadings(
        _actual(session, register, hull),
        values,
        _of_other_meter(session, register, other, gap) if other else {},
        register.register.profile,
        register.zone,
    )


def _of_other_meter(
    session: Session, register: StoredRegister, other: StoredRegister, gap: tuple[Period, ...]
) -> Mapping[datetime, Decimal]:
    """The uses of another meter over the missing intervals, in the register's unit and divided by its multiplier."""
    unit = other.register.use_unit or other.register.unit
    counted = uses(session, [Window(other, interval, BoundaryRule.INTERPOLATED) for interval in gap])
    with localcontext(prec=ARITHMETIC_DIGITS):
        return {
            interval.start: convert(use.quantity, unit, register.register.unit) / register.register.multiplier
            for interval, use in zip(gap, counted, strict=True)
            if isinstance(use, Use) and use.count
        }


def _named(session: Session, register: StoredRegister, kind: type[SumCheck | Agreement]) -> StoredRegister | None:
    key = next((check.register_key for check in register.register.checks if isinstance(check, kind)), None)
    return None if key is None else registers(session, [key]).get(key)


def _actual(session: Session, register: StoredRegister, period: Period) -> tuple[Reading, ...]:
    """Fetch the measured readings: live ones that are not estimates."""
    known = store.readings_as_of(session, [register.series], period)
    return tuple(reading for reading in known if reading.value is not None and not reading.quality.estimated)
