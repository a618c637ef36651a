"""Gaps of an interval register filled with estimates, from what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from sqlmodel import Session

from metering.consumption.store import Window, reads_over, uses
from metering.consumption.use import BoundaryRule, Use
from metering.deliveries.store import NoSuchRegister, Receipt, Sender, record
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.log import store
from metering.log.columns import of_series
from metering.log.reading import Reading
from metering.quality.estimation.gaps import Estimate, SurroundingReadings, fill, missing
from metering.quality.validation.checks import Agreement, SumCheck
from quantities.errors import Conflict
from quantities.number import ARITHMETIC_DIGITS
from quantities.period import Period
from quantities.quantity import convert

_LIKE_DAYS = timedelta(weeks=8)


class NothingMissing(Conflict):
    """Only what no reading covers is estimated."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What was estimated, the receipt of its batch, and how many intervals nothing could be said about."""

    receipt: Receipt
    estimates: tuple[Estimate, ...]
    unfilled: int


def estimate(session: Session, sender: Sender, key: str, period: Period) -> Filled:
    """Fill what is missing of an interval register in a period; what was estimated before is estimated anew.

    The counter to scale to is that of its ``sum_check``, the other meter that of its ``agreement``. Where the counter
    was not read at the period's edges, what is missing around it is filled as well, from the read before to that after:
    the total is known for all of it alone.

    Args:
        session: states the tenant.
        sender: who asks for it, when and why.
        key: of an interval register with a declared interval.
        period: in which gaps are filled.

    Raises:
        NoSuchRegister: there is no such register.
        NothingMissing: nothing is, or nothing can be said about it.
        CountedLess: the counter rose by less than what is known already.
    """
    register = registers(session, [key]).get(key)
    if register is None or register.register.kind is not RegisterKind.INTERVAL or register.register.interval is None:
        raise NoSuchRegister(f"{key!r} is no interval register with an interval", found=key)
    gap, total = _gap(session, register, period, register.register.interval)
    if not gap:
        raise NothingMissing(f"nothing of {key} is missing in {period}", found=str(period))
    known = _known(session, register, gap, register.register.interval)
    made = fill(gap, known, register.register.resolution, total)
    if not made:
        raise NothingMissing(
            f"{len(gap)} intervals of {key} are missing, and nothing says what they were", found=str(len(gap))
        )
    rows = of_series(register.series, [(each.start, each.end, each.value, int(each.quality)) for each in made])
    return Filled(record(session, sender, "estimation", register, rows), made, len(gap) - len(made))


def _gap(
    session: Session, register: StoredRegister, period: Period, interval: timedelta
) -> tuple[tuple[Period, ...], Decimal | None]:
    """Name the missing intervals, and what they add up to where a counter says so."""
    wanted = missing(period, _actual(session, register, period), interval)
    counter = _named(session, register, SumCheck)
    if not wanted or counter is None:
        return wanted, None
    hull = Period(wanted[0].start, wanted[-1].end)
    (reads,) = reads_over(session, [(counter, hull)])
    if not reads or reads[0].start > hull.start or reads[-1].start < hull.end:
        return wanted, None
    if (hull.start - reads[0].start) % interval or (reads[-1].start - hull.end) % interval:
        return wanted, None  # the counter was not read where an interval begins or ends
    between = Period(reads[0].start, reads[-1].start)
    (rise,) = uses(session, [Window(counter, between, BoundaryRule.EXACT)])
    if not isinstance(rise, Use):
        return wanted, None
    metered = _actual(session, register, between)
    with localcontext(prec=ARITHMETIC_DIGITS):
        risen = convert(rise.quantity, counter.register.unit, register.register.unit)
        total = risen / register.register.multiplier - sum((each.value for each in metered if each.value), Decimal(0))
    return missing(between, metered, interval), total


def _known(
    session: Session, register: StoredRegister, gap: tuple[Period, ...], interval: timedelta
) -> SurroundingReadings:
    hull = Period(gap[0].start - interval, gap[-1].end + interval)
    wide = Period(hull.start - _LIKE_DAYS, hull.end + _LIKE_DAYS)
    values = {each.start: each.value for each in _actual(session, register, wide) if each.value is not None}
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
    """What another meter says of each missing interval, in the register's unit and before its multiplier."""
    unit = other.register.use_unit or other.register.unit
    found = uses(session, [Window(other, each, BoundaryRule.INTERPOLATED) for each in gap])
    with localcontext(prec=ARITHMETIC_DIGITS):
        return {
            each.start: convert(use.quantity, unit, register.register.unit) / register.register.multiplier
            for each, use in zip(gap, found, strict=True)
            if isinstance(use, Use) and use.count
        }


def _named(session: Session, register: StoredRegister, kind: type[SumCheck | Agreement]) -> StoredRegister | None:
    key = next((check.register_key for check in register.register.checks if isinstance(check, kind)), None)
    return None if key is None else registers(session, [key]).get(key)


def _actual(session: Session, register: StoredRegister, period: Period) -> tuple[Reading, ...]:
    """Fetch what a meter stands behind."""
    known = store.readings_as_of(session, [register.series], period)
    return tuple(each for each in known if each.value is not None and not each.quality.estimated)
