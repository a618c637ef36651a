"""What a delivery changes: each of its readings against what the log says now.

Equal adds nothing, other corrects, and what overlaps a live reading of another extent is refused, unless the delivery
declares that it replaces a range: then what it does not restate there is withdrawn.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from metering.consumption import rolled_over
from metering.period import Period
from metering.reading import Reading, Verdict

_RUN_GAP = timedelta(days=1)
#: A read at an instant reaches just past it, so that it touches the period which it closes as well.
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Touch:
    """A run of changed readings of one series, and how many of them corrected a stored value."""

    series: int
    start: datetime
    end: datetime
    corrected: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be appended, and the verdicts on what is not.

    Attributes:
        readings: new and corrected ones, and withdrawals, by series and start.
        corrected: how many of them replace or withdraw a live value.
        unchanged: how many said what the log says already.
        verdicts: on those refused.
        touches: the runs that the readings make.
    """

    readings: tuple[Reading, ...]
    corrected: int
    unchanged: int
    verdicts: tuple[Verdict, ...]
    touches: tuple[Touch, ...]


def compare(
    delivered: Iterable[Reading], stored: Iterable[Reading], replaces: Period | None = None, batch: int = 0
) -> Change:
    """Compare a delivery with the log.

    Args:
        delivered: one per series and start.
        stored: the newest rows of the delivered series, from the one before the first delivered to past the last, and
            throughout ``replaces``; withdrawn ones among them.
        replaces: the range that the delivery restates in full, for every series delivered or stored.
        batch: the delivery's number, which withdrawals bear.
    """
    by_series: dict[int, list[Reading]] = defaultdict(list)
    for reading in delivered:
        by_series[reading.series].append(reading)
    known: dict[int, dict[datetime, Reading]] = defaultdict(dict)
    for reading in stored:
        known[reading.series][reading.start] = reading

    changed: list[Reading] = []
    verdicts: list[Verdict] = []
    touches: list[Touch] = []
    corrected = unchanged = 0
    for series in sorted(by_series if replaces is None else {*by_series, *known}):
        new = sorted(by_series[series], key=lambda each: each.start)
        log = known[series]
        if replaces is not None:
            new, refused = _within(new, replaces)
            verdicts += refused
            if refused and not new:
                continue  # all of it is elsewhere: more likely the wrong range than a wish to withdraw it
            restated = {each.start for each in new}
            dropped = [each for each in log.values() if each.start in replaces and each.value is not None]
            new += [replace(each, value=None, line=0, batch=batch) for each in dropped if each.start not in restated]
            new.sort(key=lambda each: each.start)
        kept, refused = _without_overlaps(new, log, replaces)
        verdicts += refused
        writes = [each for each in kept if not _says_the_same(each, log.get(each.start))]
        unchanged += len(kept) - len(writes)
        corrections = {each.start for each in writes if _is_live(log.get(each.start))}
        corrected += len(corrections)
        changed += writes
        touches += _runs(series, writes, corrections)
    return Change(
        tuple(changed), corrected, unchanged, tuple(sorted(verdicts, key=lambda each: each.line)), tuple(touches)
    )


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a cumulative register's reads do not follow on.

    Attributes:
        rollovers: what each rollover gained, by the read after it.
        refused: what would have been right, by the new read at which the register falls for no reason.
    """

    rollovers: Mapping[datetime, Decimal]
    refused: Mapping[datetime, str]


def follow(
    reads: Sequence[Reading], new: Collection[datetime], declared: Sequence[datetime], modulus: Decimal | None
) -> Followed:
    """Walk along a cumulative register's reads and explain each fall, or refuse the new read that makes it.

    A fall is a rollover only near the modulus, an exchange or a reset only if one is declared between the two reads.

    Args:
        reads: live ones in order of time, from the one before the first new read to the one after the last.
        new: which of them are new.
        declared: the instants of exchanges and resets.
        modulus: the register's, if it has one.
    """
    rollovers: dict[datetime, Decimal] = {}
    refused: dict[datetime, str] = {}
    before: Reading | None = None
    for read in reads:
        if before is not None and before.value is not None and read.value is not None and read.value < before.value:
            if any(before.start < at <= read.start for at in declared):
                pass
            elif modulus is not None and rolled_over(before.value, read.value, modulus):
                rollovers[read.start] = modulus
            elif read.start in new:
                refused[read.start] = f"at least {before.value:f}, a declared exchange, or a rollover near the modulus"
                continue
            elif before.start in new:
                refused[before.start] = f"at most {read.value:f}, which follows it"
        before = read
    return Followed(rollovers, refused)


def _is_live(reading: Reading | None) -> bool:
    return reading is not None and reading.value is not None


def _says_the_same(new: Reading, stored: Reading | None) -> bool:
    if stored is None:
        return new.value is None  # nothing to withdraw
    return (new.value, new.end, new.quality) == (stored.value, stored.end, stored.quality) or (
        new.value is None and stored.value is None
    )


def _within(new: Sequence[Reading], replaces: Period) -> tuple[list[Reading], list[Verdict]]:
    inside = [each for each in new if each.start in replaces and each.end <= replaces.end]
    outside = [each for each in new if not (each.start in replaces and each.end <= replaces.end)]
    return inside, [
        Verdict(each.line, "outside_replacement", each.start.isoformat(), f"within {replaces}") for each in outside
    ]


def _without_overlaps(
    new: Sequence[Reading], log: Mapping[datetime, Reading], replaces: Period | None
) -> tuple[list[Reading], list[Verdict]]:
    """Keep what overlaps no live stored reading of another extent, and none of its own delivery before it."""
    stays = [
        each
        for each in sorted(log.values(), key=lambda each: each.start)
        if each.value is not None and not (replaces is not None and each.start in replaces)
    ]
    starts = [each.start for each in stays]
    kept: list[Reading] = []
    verdicts: list[Verdict] = []
    reached: Reading | None = None
    for each in new:
        if each.value is None or each.start == each.end:
            kept.append(each)
            continue
        at = bisect_left(starts, each.start)
        near = [stays[index] for index in (at - 1, at, at + 1) if 0 <= index < len(stays)]
        crossed = next((one for one in near if _cross(each, one)), None)
        if crossed is None and reached is not None and _cross(each, reached):
            crossed = reached
        if crossed is None:
            kept.append(each)
            reached = each
        else:
            extent = f"{crossed.start.isoformat()}/{crossed.end.isoformat()}"
            verdicts.append(
                Verdict(each.line, "overlapping_interval", str(Period(each.start, each.end)), f"not across {extent}")
            )
    return kept, verdicts


def _cross(one: Reading, other: Reading) -> bool:
    same_extent = (one.start, one.end) == (other.start, other.end)
    return one.start < other.end and other.start < one.end and not same_extent


def _runs(series: int, writes: Sequence[Reading], corrections: set[datetime]) -> list[Touch]:
    runs: list[Touch] = []
    for each in writes:
        end, counted = max(each.end, each.start + INSTANT), int(each.start in corrections)
        if runs and each.start <= runs[-1].end + _RUN_GAP:
            last = runs[-1]
            runs[-1] = replace(last, end=max(last.end, end), corrected=last.corrected + counted)
        else:
            runs.append(Touch(series, each.start, end, counted))
    return runs
