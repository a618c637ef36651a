"""What a delivery changes: each of its readings against what the log says now.

Equal adds nothing, other corrects, and what overlaps a live reading of another extent is refused, unless the delivery
declares that it replaces a range: then what it does not restate there is withdrawn. An estimate gives way: a reading
that overlaps one in another extent withdraws it, so that an actual is never added to its estimate.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.consumption.use import rolled_over
from metering.log.columns import DAY_US, VALUE, Flags, Ints, Readings, instant_of, keys, micros, ranks, words
from metering.log.reading import Quality, Reading, Verdict, limit_refusals
from quantities.period import MICROSECOND, Period

#: A read at an instant reaches just past it, so that it touches the period which it closes as well.
INSTANT = MICROSECOND
_ESTIMATED = [int(each) for each in Quality if each.estimated]


@dataclass(frozen=True, slots=True)
class ChangedRange:
    """A run of changed readings of one series, and how many of them corrected a stored value."""

    series: int
    start: datetime
    end: datetime
    corrected: int


@dataclass(frozen=True, slots=True)
class LogDelta:
    """What is to be appended, and the verdicts on what is not.

    Attributes:
        readings: new and corrected ones, and withdrawals, by series and start.
        corrected: which of them replace or withdraw a live value.
        unchanged: how many said what the log says already.
        verdicts: on those refused.
    """

    readings: Readings
    corrected: Flags
    unchanged: int
    verdicts: tuple[Verdict, ...]

    def touches(self) -> tuple[ChangedRange, ...]:
        """Name the runs that the readings make."""
        return _runs(self.readings, self.corrected)


def compare(delivered: Readings, stored: Readings, replaces: Period | None = None) -> LogDelta:
    """Compare a delivery with the log.

    Args:
        delivered: by series and start, each start of a series once; of at most ``SERIES_MAX`` series with ``stored``.
        stored: the newest rows of these series in the same order, from the live one before the first delivered to past
            the last, and throughout ``replaces``; withdrawn ones among them.
        replaces: the range that the delivery restates in full, for every series delivered or stored.
    """
    log = _Log.of(delivered, stored)
    verdicts: list[Verdict] = []
    gone = np.zeros(len(stored), np.bool_)
    if replaces is not None:
        low, high = micros(replaces.start), micros(replaces.end)
        inside = (delivered.start >= low) & (delivered.start < high) & (delivered.end <= high)
        verdicts += [
            Verdict(line, "outside_replacement", instant_of(start).isoformat(), f"within {replaces}")
            for line, start in _pairs(delivered, ~inside)
        ]
        limit_refusals(int((~inside).sum()), "outside_replacement")
        gone = log.live & (stored.start >= low) & (stored.start < high)
        # all of a series is elsewhere: more likely the wrong range than a wish to withdraw it
        elsewhere = np.setdiff1d(delivered.series[~inside], delivered.series[inside])
        gone &= ~np.isin(stored.series, elsewhere)
        delivered = delivered.at(inside)
        log = _Log.of(delivered, stored)

    estimates = np.isin(stored.quality, _ESTIMATED)
    is_estimate = np.isin(delivered.quality, _ESTIMATED)
    crossed = _crossed(delivered, log, log.live & ~gone & ~estimates)
    by_estimate = _crossed(delivered, log, log.live & ~gone)
    crossed = np.where((crossed < 0) & is_estimate, by_estimate, crossed)
    limit_refusals(int((crossed >= 0).sum()), "overlapping_interval")
    for place in np.flatnonzero(crossed >= 0).tolist():
        other = stored.start[crossed[place]], stored.end[crossed[place]]
        verdicts.append(_overlap(delivered, place, *other))
    kept = np.flatnonzero(crossed < 0)
    kept, overlapping = _apart(delivered, kept, log.delivered_rank)
    verdicts += [_overlap(delivered, place, delivered.start[by], delivered.end[by]) for place, by in overlapping]

    restated = log.match[log.match >= 0] if replaces is not None else np.zeros(0, np.int64)
    withdrawn = gone.copy()
    withdrawn[restated] = False
    withdrawn |= _given_way(delivered, kept, log, log.live & ~gone & estimates)
    return _change(delivered, kept, stored, withdrawn, log, verdicts)


@dataclass(frozen=True, slots=True)
class _Log:
    """How a delivery and the log stand to each other.

    Attributes:
        stored: the log's rows.
        live: which of them have a value.
        rank: of each stored row's series.
        key: series and start of each.
        delivered_rank: of each delivered row's series.
        delivered_key: series and start of each.
        match: for each delivered row the stored one with its series and start; -1 where there is none.
    """

    stored: Readings
    live: Flags
    rank: Ints
    key: Ints
    delivered_rank: Ints
    delivered_key: Ints
    match: Ints

    @classmethod
    def of(cls, delivered: Readings, stored: Readings) -> "_Log":
        rank, delivered_rank = ranks(stored.series, delivered.series)
        key, delivered_key = keys(rank, stored.start), keys(delivered_rank, delivered.start)
        at = np.searchsorted(key, delivered_key)
        found = at < len(key)
        found[found] = key[at[found]] == delivered_key[found]
        return cls(stored, stored.is_live, rank, key, delivered_rank, delivered_key, np.where(found, at, -1))


def _crossed(delivered: Readings, log: _Log, stays: Flags) -> Ints:
    """Find for each delivered row a stored one of another extent that it overlaps; -1 where there is none.

    Those that stay do not overlap each other, so only the neighbours on both sides can be crossed.
    """
    places = np.flatnonzero(stays)
    crossed = np.full(len(delivered), -1, np.int64)
    extended = (delivered.end > delivered.start) & delivered.is_live
    if not len(places) or not extended.any():
        return crossed
    key, rank = log.key[places], log.rank[places]
    start, end = log.stored.start[places], log.stored.end[places]
    at = np.searchsorted(key, log.delivered_key)
    for neighbour in (at, at - 1):
        there = extended & (neighbour >= 0) & (neighbour < len(places))
        one = np.where(there, neighbour, 0)
        there &= rank[one] == log.delivered_rank
        there &= (start[one] < delivered.end) & (delivered.start < end[one])
        there &= (start[one] != delivered.start) | (end[one] != delivered.end)
        crossed[there] = places[one[there]]
    return crossed


def _apart(delivered: Readings, kept: Ints, rank: Ints) -> tuple[Ints, list[tuple[int, int]]]:
    """Keep of a delivery's own overlapping rows the earlier; name the others, each with what it overlaps."""
    if not len(kept):
        return kept, []
    extended = kept[(delivered.end[kept] > delivered.start[kept]) & delivered.is_live[kept]]
    meets = (rank[extended[1:]] == rank[extended[:-1]]) & (delivered.start[extended[1:]] < delivered.end[extended[:-1]])
    if not meets.any():
        return kept, []
    suspects = np.isin(rank[extended], rank[extended[1:][meets]])
    overlapping: list[tuple[int, int]] = []
    reached = -1
    for place in extended[suspects].tolist():
        if reached >= 0 and rank[place] == rank[reached] and delivered.start[place] < delivered.end[reached]:
            overlapping.append((place, reached))
        else:
            reached = place
    return np.setdiff1d(kept, [place for place, _ in overlapping]), overlapping


def _given_way(delivered: Readings, kept: Ints, log: _Log, estimates: Flags) -> Flags:
    """Find the stored estimates that an actual reading of another start overlaps."""
    withdrawn = np.zeros(len(log.stored), np.bool_)
    actual = kept[(delivered.end[kept] > delivered.start[kept]) & ~np.isin(delivered.quality[kept], _ESTIMATED)]
    places = np.flatnonzero(estimates)
    if not len(actual) or not len(places):
        return withdrawn
    ends = keys(log.delivered_rank[actual], delivered.end[actual])
    at = np.searchsorted(ends, log.key[places], side="right")  # the first actual that ends after the estimate starts
    there = at < len(actual)
    one = actual[np.where(there, at, 0)]
    there &= (log.delivered_rank[one] == log.rank[places]) & (delivered.start[one] < log.stored.end[places])
    there &= ~np.isin(log.key[places], log.delivered_key[actual])  # the same start is a correction of its own
    withdrawn[places[there]] = True
    return withdrawn


def _change(
    delivered: Readings, kept: Ints, stored: Readings, withdrawn: Flags, log: _Log, verdicts: list[Verdict]
) -> LogDelta:
    new, match = delivered.at(kept), log.match[kept]
    matched = match >= 0
    one = np.where(matched, match, 0)
    was_live = matched & (log.live[one] if len(stored) else matched)
    same = ~matched & ~new.is_live  # there is nothing to withdraw
    if len(stored):
        other = stored.at(one)
        low, high = words(new.value)
        other_low, other_high = words(other.value)
        both_live, neither = new.is_live & other.is_live, ~new.is_live & ~other.is_live
        # what a person has verified is not unsaid by the same value once more
        alike = (new.quality == other.quality) | (
            (other.quality == Quality.VERIFIED) & ~np.isin(new.quality, _ESTIMATED)
        )
        equal = (low == other_low) & (high == other_high) & (new.end == other.end) & alike
        same |= matched & ((both_live & equal) | neither)
    taken_back = stored.at(withdrawn)
    nothing = pa.nulls(len(taken_back), VALUE)
    zeros = np.zeros(len(taken_back), np.int64)
    taken_back = Readings(taken_back.series, taken_back.start, taken_back.end, nothing, taken_back.quality, zeros)
    readings = Readings.of(new.at(~same), taken_back)
    corrected = np.concatenate([was_live[~same], np.ones(len(taken_back), np.bool_)])
    if len(taken_back):
        by = np.lexsort((readings.start, readings.series))
        readings, corrected = readings.at(by), corrected[by]
    return LogDelta(readings, corrected, int(same.sum()), tuple(sorted(verdicts, key=lambda each: each.line)))


def _overlap(delivered: Readings, place: int, start: int, end: int) -> Verdict:
    found = Period(instant_of(delivered.start[place]), instant_of(delivered.end[place]))
    other = f"{instant_of(start).isoformat()}/{instant_of(end).isoformat()}"
    return Verdict(int(delivered.line[place]), "overlapping_interval", str(found), f"not across {other}")


def _pairs(delivered: Readings, which: Flags) -> list[tuple[int, int]]:
    return list(zip(delivered.line[which].tolist(), delivered.start[which].tolist(), strict=True))


def _runs(readings: Readings, corrected: Flags) -> tuple[ChangedRange, ...]:
    if not len(readings):
        return ()
    reach = np.maximum(readings.end, readings.start + 1)
    (rank,) = ranks(readings.series)
    furthest = np.maximum.accumulate(keys(rank, reach))
    first = np.ones(len(readings), np.bool_)
    first[1:] = keys(rank[1:], readings.start[1:]) > furthest[:-1] + DAY_US
    first[1:] |= rank[1:] != rank[:-1]
    starts = np.flatnonzero(first)
    ends = np.maximum.reduceat(reach, starts)
    counts = np.add.reduceat(corrected.astype(np.int64), starts)
    return tuple(
        ChangedRange(int(series), instant_of(start), instant_of(end), int(count))
        for series, start, end, count in zip(readings.series[starts], readings.start[starts], ends, counts, strict=True)
    )


def after(change: LogDelta, stored: Readings) -> Readings:
    """Lay the live rows of the log as they are with a change, by series and start."""
    rank, new_rank = ranks(stored.series, change.readings.series)
    stays = stored.is_live & ~np.isin(keys(rank, stored.start), keys(new_rank, change.readings.start))
    both = Readings.of(stored.at(stays), change.readings.at(change.readings.is_live))
    return both.at(np.lexsort((both.start, both.series)))


def falling(live: Readings) -> frozenset[int]:
    """Name the series in which a value is below the one before it."""
    if len(live) < 2:  # noqa: PLR2004 it takes two
        return frozenset()
    less = pc.less(live.value[1:], live.value[:-1]).to_numpy(zero_copy_only=False)
    return frozenset(live.series[1:][less & (live.series[1:] == live.series[:-1])].tolist())


def without(change: LogDelta, refused: Mapping[tuple[int, int], Verdict]) -> LogDelta:
    """Leave out readings, by series and start, that have a verdict after all."""
    by_series = {series for series, _ in refused}
    suspects = np.flatnonzero(np.isin(change.readings.series, list(by_series)))
    out = [
        place
        for place in suspects.tolist()
        if (int(change.readings.series[place]), int(change.readings.start[place])) in refused
    ]
    stays = np.ones(len(change.readings), np.bool_)
    stays[out] = False
    verdicts = tuple(sorted((*change.verdicts, *refused.values()), key=lambda each: each.line))
    return LogDelta(change.readings.at(stays), change.corrected[stays], change.unchanged, verdicts)


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
