"""Reads of a counter that it cannot have shown, because they were reached at an impossible rate.

A device that answers "not available" writes all ones (4294967295) or zeros between its figures. Taken for a read, such
a figure would make a rollover that never was, or every read after it a fall. Its neighbours tell: the reads after it go
on from those before it, and the counter would have had to move far faster than it does around it.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from metering.consumption.use import rolled_over
from metering.fleet.meter import Register
from metering.log.reading import Reading
from quantities.number import exact_context
from quantities.period import MICROSECOND

#: So many times the fastest other rise is impossible; and so many times where few other rises are known.
TIMES, TIMES_OF_FEW = 10, 1000
#: Fewer other rises than this are few.
_FEW = 3
#: The most reads in a row that are judged together, as while a device does not answer.
_RUN_MAX = 100


@dataclass(frozen=True, slots=True)
class ImpossibleRun:
    """Reads in a row of a counter that it cannot have shown.

    Attributes:
        series: of the counter.
        starts: of the reads, new or stored.
        expected: what would be right.
    """

    series: int
    starts: tuple[datetime, ...]
    expected: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Reads in a row that do not fit between those around them.

    Attributes:
        first: position of the first.
        last: position of the last.
        rise: how much the counter would have counted on its way there, or back.
        over: the time of that rise, in microseconds.
    """

    first: int
    last: int
    rise: Decimal
    over: int


def impossible_reads(
    reads: Sequence[Reading], new: Collection[datetime], breaks: Collection[datetime], register: Register
) -> list[ImpossibleRun]:
    """The reads of a counter that were reached at an impossible rate.

    A jump is impossible if the next read is lower again, but not lower than the one before the jump, and the rise to
    it is more than ten times as fast as any other rise in ``reads`` (a thousand times where fewer than three others are
    known), and more than ten (a thousand) steps of the register's resolution. So is a drop that would be a rollover, if
    the next read is not below the one before it and the rise back is as fast. Several such reads in a row are judged as
    one; they are fewer than the others. Where the counter stands still otherwise, two reads have to go on from before.

    Args:
        reads: live reads in order of time.
        new: starts of the reads that are new; reads that have nothing new beside them are not judged.
        breaks: instants at which figures start anew: no read is compared across them.
        register: the counter.

    Returns:
        Runs of impossible reads, in order of time.
    """
    anew = sorted(breaks)
    runs = list(_runs(reads, anew, register.modulus))
    if not runs:
        return []
    count, fastest = _other_rises(reads, runs, anew)
    times = TIMES if count >= _FEW else TIMES_OF_FEW
    impossible: list[ImpossibleRun] = []
    for run in runs:
        around = {read.start for read in reads[run.first - 1 : run.last + 2]}
        proven = fastest > 0 or (count >= _FEW and _goes_on(reads, run))
        if around.isdisjoint(new) or not proven or 2 * (run.last - run.first + 1) >= len(reads):
            continue
        if _rate(run.rise, run.over) > times * fastest and run.rise > times * register.resolution:
            before, after = reads[run.first - 1], reads[run.last + 1]
            expected = (
                f"between {_value(before):f} before and {_value(after):f} after it, or a declared exchange: no other "
                f"read around it was reached at {'a tenth' if times == TIMES else 'a thousandth'} of this rate"
            )
            starts = tuple(read.start for read in reads[run.first : run.last + 1])
            impossible.append(ImpossibleRun(before.series, starts, expected))
    return impossible


def goes_up_to_the_top(reads: Sequence[Reading], modulus: Decimal | None) -> bool:
    """Whether a counter goes in one step from where a rollover ends to where one begins."""
    return modulus is not None and any(
        rolled_over(_value(after), _value(before), modulus) for before, after in pairwise(reads)
    )


def _runs(reads: Sequence[Reading], anew: Sequence[datetime], modulus: Decimal | None) -> Iterator[_Run]:
    """Jumps after which, and rollovers over which, the reads go on as if they had not been; in order of time."""
    behind = -1
    for at in range(1, len(reads)):
        if at - 1 <= behind or _value(reads[at]) >= _value(reads[at - 1]):
            continue
        run = _jump(reads, at)
        if (run is None or run.first <= behind) and modulus is not None:
            rolls = rolled_over(_value(reads[at - 1]), _value(reads[at]), modulus)
            run = _drop(reads, at) if rolls else None
        if run is None or run.first <= behind or _is_broken(reads[run.first - 1], reads[run.last + 1], anew):
            continue
        yield run
        behind = run.last


def _jump(reads: Sequence[Reading], after: int) -> _Run | None:
    """The reads before a position that are above the read there, back to one that is not."""
    lowest = max(0, after - 1 - _RUN_MAX)
    before = next((at for at in range(after - 2, lowest - 1, -1) if _value(reads[at]) <= _value(reads[after])), None)
    if before is None:
        return None
    rise = _value(reads[before + 1]) - _value(reads[before])
    return _Run(before + 1, after - 1, rise, _time(reads[before], reads[before + 1]))


def _drop(reads: Sequence[Reading], at: int) -> _Run | None:
    """The reads from a position on that are below the read before it, up to one that is not."""
    highest = min(len(reads), at + _RUN_MAX + 1)
    before = _value(reads[at - 1])
    after = next((later for later in range(at + 1, highest) if _value(reads[later]) >= before), None)
    if after is None:
        return None
    rise = _value(reads[after]) - _value(reads[after - 1])
    return _Run(at, after - 1, rise, _time(reads[after - 1], reads[after]))


def _other_rises(reads: Sequence[Reading], runs: Sequence[_Run], anew: Sequence[datetime]) -> tuple[int, Decimal]:
    """How many rises there are beside the ways into the runs and out of them, and the fastest of them, per microsecond.

    The rise over a run, from the read before it to the read after it, is one of them.
    """
    ways = {at for run in runs for at in (run.first, run.last + 1)}
    pairs = [(reads[at - 1], reads[at]) for at in range(1, len(reads)) if at not in ways]
    pairs += [(reads[run.first - 1], reads[run.last + 1]) for run in runs]
    rises = [
        _rate(_value(after) - _value(before), _time(before, after))
        for before, after in pairs
        if _value(after) >= _value(before) and not _is_broken(before, after, anew)
    ]
    return len(rises), max(rises, default=Decimal(0))


def _goes_on(reads: Sequence[Reading], run: _Run) -> bool:
    """Whether two reads at least after a run go on from before it."""
    after = reads[run.last + 1 : run.last + 3]
    return len(after) > 1 and _value(after[0]) <= _value(after[1])


def _is_broken(before: Reading, after: Reading, anew: Sequence[datetime]) -> bool:
    return bisect_right(anew, after.start) > bisect_right(anew, before.start)


def _rate(rise: Decimal, microseconds: int) -> Decimal:
    with exact_context():
        return rise / microseconds


def _time(before: Reading, after: Reading) -> int:
    return (after.start - before.start) // MICROSECOND


def _value(read: Reading) -> Decimal:
    return read.value if read.value is not None else Decimal(0)
