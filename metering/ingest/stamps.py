"""What the time of a row is: the start of its interval, its end, or a label that a clock change does not move.

Ends are either what the clock shows then, or the start plus the interval (``HourEnding``): both are the same except
around a clock change, where the column itself shows which.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

import numpy as np

from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.local_time import resolve
from metering.ingest.time_columns import TimeColumn
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import DAY_US, Flags, Ints, Readings, changes, duration_us, instant_of
from quantities.number import plain, trimmed

_MINUTE_US = 60_000_000
_STEPS_MIN = 3


class OtherInterval(UnreadableFile):
    """The times of the rows do not fit the interval of their register."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The times of the rows and what they are.

    Attributes:
        time: of each row.
        end: of each row, where a column has both.
        are_ends: whether ``time`` has the ends of intervals.
        how_read: what was decided on the times' place in their intervals.
    """

    time: TimeColumn
    end: TimeColumn | None = None
    are_ends: bool = False
    how_read: tuple[HowRead, ...] = ()


def interval_us(targets: Sequence[TargetRegister]) -> Ints:
    """The interval of each register in microseconds; 0: it has none."""
    return np.array(
        [duration_us(target.register.interval) if target.register.interval else 0 for target in targets] or [0],
        np.int64,
    )


def labelled(time: TimeColumn, code: Ints, targets: Sequence[TargetRegister]) -> TimeColumn | None:
    """The starts of the intervals whose ends are labels; None: the ends are what the clock shows then.

    They are labels if fewer of them are impossible or alone in an hour that the clock shows twice when read so.
    """
    interval = interval_us(targets)[np.maximum(code, 0)]
    if not time.is_local.any() or not interval.any():
        return None
    starts = time.at(time.us - np.where(time.is_local, interval, 0))
    return starts if _faults(starts, code, targets) < _faults(time, code, targets) else None


def _faults(time: TimeColumn, code: Ints, targets: Sequence[TargetRegister]) -> int:
    """How many local times do not exist, stand alone where the clock shows two, or twice where it shows one."""
    faults = 0
    for number, target in enumerate(targets):
        rows = time.known & time.is_local & (code == number)
        local, count = np.unique(time.us[rows], return_counts=True)
        instants, once = resolve(local, target.zone)
        twice = ~once & _is_shown_twice(local, instants, target)
        faults += int((~once & ~twice).sum() + (twice & (count == 1)).sum() + (once & (count > 1)).sum())
    return faults


def _is_shown_twice(local: Ints, instants: Ints, target: TargetRegister) -> Flags:
    """A mask of the local times that a clock shows at their instant; those in the hour left out it never shows."""
    shown = [instant_of(int(us)).astimezone(target.zone).replace(tzinfo=None) for us in instants]
    stated = [instant_of(int(us)).replace(tzinfo=None) for us in local]
    return np.array([one == other for one, other in zip(shown, stated, strict=True)] or [], np.bool_)


def completed(time: TimeColumn, end: TimeColumn, *, of_one_date: bool) -> tuple[TimeColumn, tuple[HowRead, ...]]:
    """The ends of intervals beside their starts.

    An end that is a clock time beside the date of its start is of the next day where it is not after the start. Ends
    are the last minute or second of their intervals (00:00 to 00:14) where that makes multiples of five minutes of
    most.
    """
    us, how = end.us.copy(), []
    both = time.known & end.known
    if of_one_date:
        us += np.where(both & end.is_local & (time.us - us >= DAY_US // 2), DAY_US, 0)
    extents, count = np.unique((us - time.us)[both], return_counts=True)
    usual = int(extents[np.argmax(count)]) if len(extents) else 0
    for unit, name in ((_MINUTE_US, "minute"), (1_000_000, "second")):
        if usual > 0 and usual % (5 * _MINUTE_US) == 5 * _MINUTE_US - unit:
            us += np.where(both, unit, 0)
            how.append(HowRead(Aspect.STAMP, f"ends are the last {name} of an interval", Basis.STATED, "the ends"))
            break
    return end.at(us), tuple(how)


def levels_before(readings: Readings, targets: Sequence[TargetRegister]) -> tuple[Readings, tuple[HowRead, ...]]:
    """Levels whose times are ends are means of the time before: they hold from the step of their times earlier."""
    start, end, how = readings.start.copy(), readings.end.copy(), []
    for number, target in enumerate(targets):
        if target.register.kind is not RegisterKind.INSTANTANEOUS:
            continue
        rows = readings.series == number
        step = _step(np.unique(readings.start[rows]))
        if step:
            start[rows] -= step
            end[rows] -= step
            taken = f"mean of the {step // _MINUTE_US} minutes before the time"
            how.append(HowRead(Aspect.STAMP, taken, Basis.STATED, "the steps between the times", target.register.key))
    return replace(readings, start=start, end=end), tuple(how)


def _step(starts: Ints) -> int:
    """The step between most of some times, whose other steps are multiples of it; 0: there is none."""
    steps, count = np.unique(np.diff(starts), return_counts=True)
    if count.sum() < _STEPS_MIN:
        return 0
    usual = int(steps[np.argmax(count)])
    return usual if usual > 0 and not (steps % usual).any() and 2 * count.max() > count.sum() else 0


def refuse_other_interval(readings: Readings, targets: Sequence[TargetRegister], *, is_own: bool) -> None:
    """Refuse rows whose times do not step as the interval of their register, which is taken for their extent.

    Args:
        readings: sorted by series and start, one of each start.
        targets: the register of each series.
        is_own: whether the table is in our own format: then rows may be missing between all others.

    Raises:
        OtherInterval: most times of a register are less than its interval apart; or, in somebody else's table, further.
    """
    intervals = interval_us(targets)
    if is_own and not (_steps_within(readings) < intervals[readings.series[1:]]).any():
        return
    for number, rows in enumerate(_rows_of_series(readings, len(targets))):
        starts, interval = readings.start[rows], int(intervals[number])
        if not interval or len(starts) <= _STEPS_MIN:
            continue
        step = _step(starts)
        if step and (step < interval or (step > interval and not is_own)):
            register = targets[number].register
            raise OtherInterval(
                f"the times of {register.key!r} are {_minutes(step)} minutes apart, and its interval is "
                f'{register.interval_minutes} minutes: a register with interval_minutes: "{_minutes(step)}" would fit',
                place=register.key,
                found=f"{_minutes(step)} minutes",
                expected=f"{register.interval_minutes} minutes",
            )


def _steps_within(readings: Readings) -> Ints:
    """From each row to the next one; where that is of another series, as if it were endless."""
    steps: Ints = np.subtract(readings.start[1:], readings.start[:-1])
    steps[changes(readings.series)[1:]] = np.iinfo(np.int64).max
    return steps


def _minutes(us: int) -> str:
    return plain(trimmed(Decimal(us // (_MINUTE_US // 10**5)).scaleb(-5)))


def _rows_of_series(readings: Readings, count: int) -> list[slice]:
    """The rows of each series, where they are sorted by series."""
    edges = np.searchsorted(readings.series, np.arange(count + 1)).tolist()
    return [slice(low, high) for low, high in pairwise(edges)]


def look_like_ends(readings: Readings, targets: Sequence[TargetRegister], column: str) -> OpenQuestion | None:
    """The question about times that begin one interval after a midnight and end at a midnight, as ends do."""
    intervals = interval_us(targets)
    for number, rows in enumerate(_rows_of_series(readings, len(targets))):
        starts, interval = readings.start[rows], int(intervals[number])
        if not interval or interval >= DAY_US or len(starts) < DAY_US // (2 * interval):
            continue
        zone = targets[number].zone
        first = instant_of(int(starts[0])).astimezone(zone)
        since_midnight = ((first.hour * 60 + first.minute) * 60 + first.second) * 1_000_000
        if since_midnight != interval:
            continue
        last = instant_of(int(starts[-1])).astimezone(zone)
        if (last.hour, last.minute, last.second) == (0, 0, 0):
            why = (
                f"the times of {targets[number].register.key!r} begin at {first:%H:%M} and end at {last:%H:%M}, "
                f"as ends of intervals do; in our own format they are starts"
            )
            return OpenQuestion(
                Aspect.STAMP,
                why,
                (
                    Answer("column", f"start={column}", "they are starts"),
                    Answer("column", f"end={column}", "they are ends"),
                ),
            )
    return None
