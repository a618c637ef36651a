"""How a delivery changes the log: every delivered reading is compared with the log as it is now.

A reading equal to the stored one adds nothing; a different value is a correction. A reading that overlaps a live
reading of another extent is refused. If the delivery declares that it replaces a range, stored readings of the range
that it does not restate are withdrawn. An actual reading that overlaps an estimate of another extent withdraws the
estimate, so that use is never counted twice. At the instant of a declared exchange nothing is stored, corrected or
withdrawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from metering.deliveries.exchanges import ExchangeReads, opening_reads, rows_at_exchanges
from metering.log.columns import (
    DAY_US,
    VALUE,
    Flags,
    Ints,
    Readings,
    changes,
    decimal_words,
    instant_of,
    micros,
    series_ranks,
    sort_keys,
)
from metering.log.reading import Quality, Verdict, limit_refusals
from quantities.period import MICROSECOND, Period

#: The extent of a read at an instant for marking changes: so it also changes the period that ends at this instant.
INSTANT = MICROSECOND
_ESTIMATED = [int(quality) for quality in Quality if quality.estimated]


def _are_estimated(quality: Ints) -> Flags:
    """A mask of the codes of estimates; of so few codes it is far quicker than ``np.isin``."""
    mask = np.zeros(len(quality), np.bool_)
    for code in _ESTIMATED:
        mask |= quality == code
    return mask


@dataclass(frozen=True, slots=True)
class ChangedRange:
    """A range of time in which readings of one series changed, and how many of them corrected a stored value."""

    series: int
    start: datetime
    end: datetime
    corrected: int


@dataclass(frozen=True, slots=True)
class LogDelta:
    """The rows to append to the log, and the verdicts on refused readings.

    Attributes:
        readings: new and corrected readings and withdrawals, by series and start.
        corrected: a mask of those that replace or withdraw a live value.
        unchanged: number of delivered readings that are equal to the stored ones.
        verdicts: one per refused reading.
    """

    readings: Readings
    corrected: Flags
    unchanged: int
    verdicts: tuple[Verdict, ...]

    @property
    def withdraws_reads(self) -> bool:
        """Whether some read at an instant is withdrawn."""
        return bool((~self.readings.is_live & (self.readings.start == self.readings.end)).any())

    def changed_ranges(self) -> tuple[ChangedRange, ...]:
        """The ranges that the readings change; readings less than a day apart share a range."""
        return _changed_ranges(self.readings, self.corrected)


def compare(
    delivered: Readings,
    stored: Readings,
    replaces: Period | None = None,
    exchanges: Sequence[ExchangeReads] = (),
) -> LogDelta:
    """Compare a delivery with the log.

    Args:
        delivered: sorted by series and start, without duplicate starts; ``delivered`` and ``stored`` together have at
            most ``SERIES_MAX`` series.
        stored: the newest rows of these series, sorted alike, withdrawn ones included: from the live reading before
            the first delivered one to the live reading after the last, and all of ``replaces``.
        replaces: the range that the delivery restates in full, for every series delivered or stored.
        exchanges: those of these series. A row of such an instant repeats one of both reads or is refused, and the
            opening read stays where a range is replaced.
    """
    log = _LogMatch.of(delivered, stored)
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
        # where all readings of a series are outside, the range is probably wrong: withdraw nothing of that series
        elsewhere = np.setdiff1d(delivered.series[~inside], delivered.series[inside])
        gone &= ~np.isin(stored.series, elsewhere) & ~opening_reads(stored, exchanges)
        delivered = delivered.at(inside)
        log = _LogMatch.of(delivered, stored)
    repeated = 0
    if exchanges:
        rows = rows_at_exchanges(delivered, exchanges)
        verdicts += rows.verdicts
        repeated = rows.unchanged
        delivered = delivered.at(~rows.settled)
        log = _LogMatch.of(delivered, stored)

    estimates, is_estimate = _are_estimated(stored.quality), _are_estimated(delivered.quality)
    crossed = _overlapped(delivered, log, log.live & ~gone & ~estimates)
    if is_estimate.any():
        by_estimate = _overlapped(delivered, log, log.live & ~gone)
        crossed = np.where((crossed < 0) & is_estimate, by_estimate, crossed)
    limit_refusals(int((crossed >= 0).sum()), "overlapping_interval")
    for place in np.flatnonzero(crossed >= 0).tolist():
        other = stored.start[crossed[place]], stored.end[crossed[place]]
        verdicts.append(_total_of_stored(delivered, place, log, log.live & ~gone) or _overlap(delivered, place, *other))
    kept = np.flatnonzero(crossed < 0)
    kept, overlapping = _without_own_overlaps(delivered, kept, log.delivered_rank)
    verdicts += [_overlap(delivered, place, delivered.start[by], delivered.end[by]) for place, by in overlapping]

    restated = log.match[log.match >= 0] if replaces is not None else np.zeros(0, np.int64)
    withdrawn = gone.copy()
    withdrawn[restated] = False
    withdrawn |= _superseded_estimates(delivered, kept, log, log.live & ~gone & estimates)
    delta = _delta(delivered, kept, stored, withdrawn, log, verdicts)
    return replace(delta, unchanged=delta.unchanged + repeated)


@dataclass(frozen=True, slots=True)
class _LogMatch:
    """The rows of a delivery matched with those of the log.

    Attributes:
        stored: the rows of the log.
        live: a mask of those that have a value.
        rank: number of the series, per stored row.
        key: sort key of series and start, per stored row.
        delivered_rank: number of the series, per delivered row.
        delivered_key: sort key of series and start, per delivered row.
        match: per delivered row, the position of the stored row with the same series and start; -1: there is none.
    """

    stored: Readings
    live: Flags
    rank: Ints
    key: Ints
    delivered_rank: Ints
    delivered_key: Ints
    match: Ints

    @classmethod
    def of(cls, delivered: Readings, stored: Readings) -> "_LogMatch":
        rank, delivered_rank = series_ranks(stored.series, delivered.series)
        key, delivered_key = sort_keys(rank, stored.start), sort_keys(delivered_rank, delivered.start)
        at = np.searchsorted(key, delivered_key) if len(key) else np.zeros(len(delivered), np.int64)
        matches = at < len(key)
        matches[matches] = key[at[matches]] == delivered_key[matches]
        return cls(
            stored=stored,
            live=stored.is_live,
            rank=rank,
            key=key,
            delivered_rank=delivered_rank,
            delivered_key=delivered_key,
            match=np.where(matches, at, -1),
        )


def _overlapped(delivered: Readings, log: _LogMatch, stays: Flags) -> Ints:
    """Per delivered row, the position of a stored row of another extent that it overlaps; -1: there is none.

    The stored rows of the mask ``stays`` do not overlap one another, so only the neighbours on both sides need a test.
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


def _without_own_overlaps(delivered: Readings, kept: Ints, rank: Ints) -> tuple[Ints, list[tuple[int, int]]]:
    """Of delivered rows that overlap, keep the earlier one; return the others too, with the row that they overlap."""
    if not len(kept):
        return kept, []
    is_extended = (delivered.end > delivered.start) & delivered.is_live
    are_all = len(kept) == len(delivered) and bool(is_extended.all())
    rows = slice(None) if are_all else kept[is_extended[kept]]  # of all rows nothing is copied
    of_rank, start, end = rank[rows], delivered.start[rows], delivered.end[rows]
    meets = (of_rank[1:] == of_rank[:-1]) & (start[1:] < end[:-1])
    if not meets.any():
        return kept, []
    extended = np.arange(len(delivered))[rows]
    suspects = np.isin(rank[extended], rank[extended[1:][meets]])
    overlapping: list[tuple[int, int]] = []
    reached = -1
    for place in extended[suspects].tolist():
        if reached >= 0 and rank[place] == rank[reached] and delivered.start[place] < delivered.end[reached]:
            overlapping.append((place, reached))
        else:
            reached = place
    return np.setdiff1d(kept, [place for place, _ in overlapping]), overlapping


def _superseded_estimates(delivered: Readings, kept: Ints, log: _LogMatch, estimates: Flags) -> Flags:
    """A mask of the stored estimates that overlap a delivered actual reading with another start."""
    withdrawn = np.zeros(len(log.stored), np.bool_)
    places = np.flatnonzero(estimates)
    if not len(places):
        return withdrawn
    actual = kept[(delivered.end[kept] > delivered.start[kept]) & ~_are_estimated(delivered.quality[kept])]
    if not len(actual):
        return withdrawn
    ends = sort_keys(log.delivered_rank[actual], delivered.end[actual])
    at = np.searchsorted(
        ends, log.key[places], side="right"
    )  # the first actual reading that ends after the estimate starts
    there = at < len(actual)
    one = actual[np.where(there, at, 0)]
    there &= (log.delivered_rank[one] == log.rank[places]) & (delivered.start[one] < log.stored.end[places])
    there &= ~np.isin(log.key[places], log.delivered_key[actual])  # with the same start, it is a correction already
    withdrawn[places[there]] = True
    return withdrawn


def _delta(
    delivered: Readings, kept: Ints, stored: Readings, withdrawn: Flags, log: _LogMatch, verdicts: list[Verdict]
) -> LogDelta:
    new, match = (delivered, log.match) if len(kept) == len(delivered) else (delivered.at(kept), log.match[kept])
    matched = match >= 0
    one = np.where(matched, match, 0)
    was_live = matched & (log.live[one] if len(stored) else matched)
    same = ~matched & ~new.is_live  # a withdrawal of a reading that is not stored
    if matched.any():
        other = stored.at(one)
        low, high = decimal_words(new.value)
        other_low, other_high = decimal_words(other.value)
        both_live, neither = new.is_live & other.is_live, ~new.is_live & ~other.is_live
        # the same value delivered once more does not undo a person's verification
        alike = (new.quality == other.quality) | ((other.quality == Quality.VERIFIED) & ~_are_estimated(new.quality))
        equal = (low == other_low) & (high == other_high) & (new.end == other.end) & alike
        same |= matched & ((both_live & equal) | neither)
    in_order = tuple(sorted(verdicts, key=lambda verdict: verdict.line))
    if not withdrawn.any():
        return LogDelta(new.at(~same), was_live[~same], int(same.sum()), in_order)
    taken_back = stored.at(withdrawn)
    nothing = pa.nulls(len(taken_back), VALUE)
    zeros = np.zeros(len(taken_back), np.int64)
    taken_back = Readings(taken_back.series, taken_back.start, taken_back.end, nothing, taken_back.quality, zeros)
    readings = Readings.of(new.at(~same), taken_back)
    corrected = np.concatenate([was_live[~same], np.ones(len(taken_back), np.bool_)])
    by = np.lexsort((readings.start, readings.series))
    return LogDelta(readings.at(by), corrected[by], int(same.sum()), in_order)


def _overlap(delivered: Readings, place: int, start: int, end: int) -> Verdict:
    extent = Period(instant_of(delivered.start[place]), instant_of(delivered.end[place]))
    other = f"{instant_of(start).isoformat()}/{instant_of(end).isoformat()}"
    return Verdict(int(delivered.line[place]), "overlapping_interval", str(extent), f"not across {other}")


def _total_of_stored(delivered: Readings, place: int, log: _LogMatch, stays: Flags) -> Verdict | None:
    """A verdict on a row whose extent covers several stored readings, which it may be the total of; else None."""
    rank, start, end = log.delivered_rank[place], delivered.start[place], delivered.end[place]
    low, high = np.searchsorted(log.key, sort_keys(np.array([rank, rank], np.int64), np.array([start, end], np.int64)))
    covered = low + np.flatnonzero(stays[low:high] & (log.stored.end[low:high] <= end))
    if len(covered) < 2:  # noqa: PLR2004 one reading of another extent is none's part
        return None
    extent = Period(instant_of(start), instant_of(end))
    first, last = instant_of(log.stored.start[covered[0]]), instant_of(log.stored.end[covered[-1]])
    expected = (
        f"a reading of its own, but its extent covers {len(covered)} readings of the log, {Period(first, last)}; "
        "withdraw them first if it takes their place"
    )
    return Verdict(int(delivered.line[place]), "looks_like_total", str(extent), expected)


def _pairs(delivered: Readings, which: Flags) -> list[tuple[int, int]]:
    return list(zip(delivered.line[which].tolist(), delivered.start[which].tolist(), strict=True))


def _changed_ranges(readings: Readings, corrected: Flags) -> tuple[ChangedRange, ...]:
    if not len(readings):
        return ()
    reach = np.maximum(readings.end, readings.start + 1)
    (rank,) = series_ranks(readings.series)
    furthest = np.maximum.accumulate(sort_keys(rank, reach))
    first = np.ones(len(readings), np.bool_)
    first[1:] = sort_keys(rank[1:], readings.start[1:]) > furthest[:-1] + DAY_US
    first[1:] |= rank[1:] != rank[:-1]
    starts = np.flatnonzero(first)
    ends = np.maximum.reduceat(reach, starts)
    counts = np.add.reduceat(corrected.astype(np.int64), starts)
    return tuple(
        ChangedRange(int(series), instant_of(start), instant_of(end), int(count))
        for series, start, end, count in zip(readings.series[starts], readings.start[starts], ends, counts, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of time, one of each of some series.

    Attributes:
        series: their numbers.
        low: the first instant, in microseconds since 1970.
        high: the one after the last.
    """

    series: Ints
    low: Ints
    high: Ints

    @classmethod
    def of(cls, delivered: Readings, replaces: Period | None) -> "Spans":
        """The spans of readings, sorted by series and start, each with the range that is replaced, if one is."""
        firsts = np.flatnonzero(changes(delivered.series))
        low = delivered.start[firsts]
        high = np.maximum.reduceat(np.maximum(delivered.end, delivered.start + 1), firsts)
        if replaces is not None:
            low, high = np.minimum(low, micros(replaces.start)), np.maximum(high, micros(replaces.end))
        return cls(delivered.series[firsts], low, high)

    @classmethod
    def at(cls, spans: Mapping[int, tuple[datetime, datetime]]) -> "Spans":
        """The spans of instants, by series."""
        rows = [(series, micros(low), micros(high)) for series, (low, high) in spans.items()]
        series, low, high = np.array(rows, np.int64).reshape(-1, 3).T
        return cls(series, low, high)


def live_after(delta: LogDelta, stored: Readings) -> Readings:
    """The live rows of the log after a change, by series and start."""
    rank, new_rank = series_ranks(stored.series, delta.readings.series)
    key, new_key = sort_keys(rank, stored.start), sort_keys(new_rank, delta.readings.start)
    at = np.searchsorted(new_key, key)  # rows of a delta are sorted
    stays = stored.is_live & (np.append(new_key, -1)[at] != key)
    both = Readings.of(stored.at(stays), delta.readings.at(delta.readings.is_live))
    return both.at(np.argsort(np.concatenate([key[stays], new_key[delta.readings.is_live]]), kind="stable"))


def without_readings(delta: LogDelta, refused: Mapping[tuple[int, int], Verdict]) -> LogDelta:
    """Remove readings that are refused, given by series and start with their verdicts."""
    by_series = {series for series, _ in refused}
    suspects = np.flatnonzero(np.isin(delta.readings.series, list(by_series)))
    out = [
        place
        for place in suspects.tolist()
        if (int(delta.readings.series[place]), int(delta.readings.start[place])) in refused
    ]
    stays = np.ones(len(delta.readings), np.bool_)
    stays[out] = False
    verdicts = tuple(sorted((*delta.verdicts, *refused.values()), key=lambda verdict: verdict.line))
    return LogDelta(delta.readings.at(stays), delta.corrected[stays], delta.unchanged, verdicts)
