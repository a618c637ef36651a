"""Rows that look like totals: a report writes the sum of its rows as a row of its own, and it would count twice.

A row is a total of others of its series if its extent covers several of them. So it is if it is as large as all others
of the file, of a local day or of a local month together, exactly, and something beside the value says so:

- another row has its start, as where a day's total has the date alone;
- it stands out of the order of time, as where a day's total stands below the hours;
- it is the first or the last row of the file, and three others at least are above zero;
- every day (month) of the file with four rows above zero begins with such a row, or every one ends with one.

Rows that are totals themselves are none of its parts. A row in between that happens to be as large as the others
together is a peak. Only what adds up has totals: intervals and events.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import RegisterKind
from metering.ingest.local_time import local_us
from metering.log.columns import DAY_US, Flags, Ints, Readings, changes, decimal_words, instant_of
from metering.log.reading import Verdict, limit_refusals
from quantities.number import DECIMAL_PLACES_MAX, plain, trimmed

#: So many others at least are above zero, where nothing but the place of a row speaks for a total.
_OTHERS = 3
#: A file has an order of time if at most one row in so many breaks it.
_ORDERED = 4
#: A search over more rows than this in all is given up; the rest is left to the rules on overlaps.
_WORK_MAX = 500_000_000
_SAFE = 1 << 62
#: So many rows at least are searched at once.
_AT_ONCE = 1 << 15
#: Steps of values, in the last place that a value has; one fits.
_STEPS = [10 ** (DECIMAL_PLACES_MAX - places) for places in (0, 1, 2, 3, 4, 6, DECIMAL_PLACES_MAX)]
_ADDS_UP = (RegisterKind.INTERVAL, RegisterKind.EVENT)


def without_totals(rows: Readings, targets: Sequence[TargetRegister]) -> tuple[Readings, tuple[Verdict, ...]]:
    """Refuse the rows that look like totals.

    Args:
        rows: by series, start and line.
        targets: the register of each series, by its number.

    Returns:
        The other rows; and a verdict on each of these, which says of how many rows it is the total.
    """
    adds_up = np.array([target.register.kind in _ADDS_UP for target in targets], np.bool_)
    if not len(rows) or not adds_up.any():
        return rows, ()
    places = np.arange(len(rows)) if adds_up.all() else np.flatnonzero(adds_up[rows.series])
    if len(places) <= _OTHERS:
        return rows, ()
    summed = rows if len(places) == len(rows) else rows.at(places)
    if not _may_have_totals(summed):
        return rows, ()
    kept, totals, work = np.ones(len(rows), np.bool_), dict[int, _RowsBelow](), 0
    for first, stop in _whole_series(summed.series):
        search = _Search.of(summed.between(first, stop), [target.zone for target in targets])
        search.work = work
        search.run()
        work = search.work
        totals |= {first + place: of for place, of in search.totals.items()}
    if not totals:
        return rows, ()
    limit_refusals(len(totals), "looks_like_total")
    kept[places[list(totals)]] = False
    verdicts = [_verdict(summed, place, of) for place, of in totals.items()]
    return rows.at(kept), tuple(sorted(verdicts, key=lambda verdict: verdict.line))


def _may_have_totals(rows: Readings) -> bool:
    """Whether the search could find a total: it is long, and most files have none.

    Where the rows of each series lie one after the other in time and in lines, only the first or last row of a day, a
    month or the file can be one. As large as at least three others together, it is as large as the three beside it.
    """
    low, high = decimal_words(rows.value)
    if bool((high != low >> 63).any()):
        return True
    if int(low.min()) < 0 or int(low.max()) >= _SAFE // 2:
        return True
    of_one_series = rows.series[1:] == rows.series[:-1]
    beside = (rows.start[1:] < rows.end[:-1]) | (rows.start[1:] == rows.start[:-1]) | (rows.line[1:] < rows.line[:-1])
    if bool((beside & of_one_series).any()):
        return True
    inner = low[1:-1]
    of_one_series = rows.series[_OTHERS:] == rows.series[:-_OTHERS]
    as_first = (low[:-3] >= inner[:-1] + inner[1:] + low[3:]) & (low[:-3] > 0)
    as_last = (low[3:] >= low[:-3] + inner[:-1] + inner[1:]) & (low[3:] > 0)
    return bool(((as_first | as_last) & of_one_series).any())


def _whole_series(series: Ints) -> Iterator[tuple[int, int]]:
    """Cut rows by series into parts that a processor keeps at hand; no series is cut."""
    first, edges = 0, np.append(np.flatnonzero(changes(series)), len(series))
    while first < len(series):
        stop = int(edges[np.searchsorted(edges, min(first + _AT_ONCE, len(series)))])
        yield first, stop
        first = stop


def _verdict(rows: Readings, place: int, of: "_RowsBelow") -> Verdict:
    value = plain(trimmed(rows.value[place].as_py()))
    actual = f"{value} from {instant_of(int(rows.start[place])).isoformat()}"
    lines = f"{of.count} others, lines {of.first_line} to {of.last_line}"
    why = f"its extent covers {lines}" if of.are_covered else f"it is as large as {lines}, together"
    expected = f"a reading of its own, but {why}; --keep-totals if it is one"
    return Verdict(int(rows.line[place]), "looks_like_total", actual, expected)


@dataclass(frozen=True, slots=True)
class _RowsBelow:
    """The rows that a total sums up.

    Attributes:
        count: their number.
        first_line: the least of their lines.
        last_line: the greatest.
        are_covered: whether its extent covers them.
    """

    count: int
    first_line: int
    last_line: int
    are_covered: bool


@dataclass(slots=True)
class _Search:
    """The search for totals among rows that add up, sorted by series, start and line.

    Attributes:
        rows: the rows.
        value: as whole numbers of the smallest step; 0 where a row is known to be a total.
        local: the local time of their starts, in microseconds.
        new_series: a mask of the first rows of a series.
        before: position of the row on the line before, of the same series; -1: there is none.
        after: likewise, on the line after it.
        totals: by position.
        suspicious: a mask of rows whose place speaks for a total.
        work: number of rows looked at.
    """

    rows: Readings
    value: Ints
    local: Ints
    new_series: Flags
    before: Ints
    after: Ints
    totals: dict[int, _RowsBelow]
    suspicious: Flags
    work: int = 0

    @classmethod
    def of(cls, rows: Readings, zones: Sequence[tzinfo]) -> "_Search":
        new_series = changes(rows.series)
        before, after = _rows_beside(rows, new_series)
        value, nothing = _whole_numbers(rows.value, np.flatnonzero(new_series)), np.zeros(len(rows), np.bool_)
        local = _local_starts(rows, zones)
        return cls(rows, value, local, new_series, before=before, after=after, totals={}, suspicious=nothing)

    def run(self) -> None:
        """Find the totals of days first, because those of months and of the file do not sum them up."""
        self._find_covering()
        twins, unordered = self._twins(), self._out_of_order()
        self.suspicious = twins | unordered
        days = _Bounds.of(self.new_series, self.local // DAY_US)
        for bounds in (days, days.months(self.new_series, self.local)):
            self._find_among(twins, bounds, above_zero=1)
            self._find_among(unordered, bounds)
            self._find_in_every_group(bounds)
        whole = _Bounds(np.flatnonzero(self.new_series), len(self.rows))
        self._find_among(twins, whole, above_zero=1)
        self._find_among(unordered, whole)
        self._find_among(self._edges(), whole)

    def _find_covering(self) -> None:
        rows = self.rows
        inside = np.zeros(len(rows), np.bool_)
        inside[:-1] = (rows.start[1:] < rows.end[:-1]) & ~self.new_series[1:]
        inside[1:] |= (rows.start[1:] == rows.start[:-1]) & ~self.new_series[1:]
        whole = _Bounds(np.flatnonzero(self.new_series), len(rows))
        for place in np.flatnonzero(inside & (rows.end > rows.start)).tolist():
            low, high = whole.around(place)
            low += int(np.searchsorted(rows.start[low:high], rows.start[place]))
            high = low + int(np.searchsorted(rows.start[low:high], rows.end[place]))
            self.work += high - low
            if self.work > _WORK_MAX:
                return
            ends, starts = rows.end[low:high], rows.start[low:high]
            covered = (ends <= rows.end[place]) & ((starts > rows.start[place]) | (ends < rows.end[place]))
            if len(np.unique(starts[covered])) > 1:
                self._take(place, low + np.flatnonzero(covered), are_covered=True)

    def _twins(self) -> Flags:
        """A mask of the largest of the rows that have one start, where they differ."""
        rows, value = self.rows, self.value
        mask = np.zeros(len(rows), np.bool_)
        same = (rows.start[1:] == rows.start[:-1]) & ~self.new_series[1:] & (value[1:] != value[:-1])
        larger = np.asarray(value[1:] > value[:-1], np.bool_)
        mask[1:] = same & larger
        mask[:-1] |= same & ~larger
        return mask

    def _out_of_order(self) -> Flags:
        """A mask of the rows at which the lines do not follow time, whichever way most of the series go."""
        descends = _descends(self.rows.line, self.new_series)
        if not descends.any():
            return descends
        firsts = np.flatnonzero(self.new_series)
        count = np.diff(np.append(firsts, len(descends)))
        falls = np.add.reduceat(descends.astype(np.int64), firsts)
        backwards = 2 * falls > count
        broken = np.where(backwards, count - 1 - falls, falls)
        number = np.cumsum(self.new_series) - 1
        breaks = (descends != backwards[number]) & ~self.new_series & (_ORDERED * broken <= count)[number]
        breaks[:-1] |= breaks[1:]
        return np.asarray(breaks)

    def _edges(self) -> Flags:
        """A mask of the first and last rows of a series in the file that are as large as all its others together."""
        firsts = np.flatnonzero(self.new_series)
        total = np.add.reduceat(self.value, firsts)
        ends = np.flatnonzero((self.before < 0) | (self.after < 0))
        fits = np.asarray(2 * self.value[ends] == total[np.searchsorted(firsts, ends, side="right") - 1], np.bool_)
        mask = np.zeros(len(self.rows), np.bool_)
        mask[ends[fits]] = True
        return mask

    def _find_among(self, suspects: Flags, bounds: "_Bounds", above_zero: int = _OTHERS) -> None:
        """Take suspects that are as large as the others of their group, or of the group of the row beside them."""
        for place in np.flatnonzero(suspects).tolist():
            if place in self.totals or self.value[place] <= 0:
                continue
            beside = [int(near) for near in (place, self.before[place], self.after[place]) if near >= 0]
            for low, high in dict.fromkeys(map(bounds.around, beside)):
                self.work += high - low
                if self.work > _WORK_MAX:
                    return
                if self._sums_up(place, low, high, above_zero):
                    break

    def _sums_up(self, place: int, low: int, high: int, above_zero: int) -> bool:
        values = self.value[low:high]
        parts = values <= self.value[place]
        if not (parts | self.suspicious[low:high]).all():  # an ordinary row would be one of its parts
            return False
        if low <= place < high:
            parts[place - low] = False
        if int(parts.sum()) < _OTHERS or int((values[parts] > 0).sum()) < above_zero:
            return False
        if int(values[parts].sum()) != int(self.value[place]):
            return False
        of = low + np.flatnonzero(parts)
        self._take(place, of[[int(at) not in self.totals for at in of]])
        return True

    def _find_in_every_group(self, bounds: "_Bounds") -> None:
        """Take the first (last) rows of all groups of a series, if each is as large as the others of its group."""
        lows, highs = bounds.lows, bounds.highs
        total = np.add.reduceat(self.value, lows)
        enough = np.add.reduceat((self.value > 0).astype(np.int64), lows) > _OTHERS
        firsts = np.flatnonzero(self.new_series[lows])
        several = np.add.reduceat(enough.astype(np.int64), firsts) > 1
        number = np.cumsum(self.new_series[lows]) - 1
        for edge in (lows, highs - 1):
            fits = np.asarray(2 * self.value[edge] == total, np.bool_)
            every = np.logical_and.reduceat(fits | ~enough, firsts) & several
            for at in np.flatnonzero(every[number] & enough).tolist():
                others = np.arange(lows[at], highs[at])
                self._take(int(edge[at]), others[others != edge[at]])

    def _take(self, place: int, parts: Ints, *, are_covered: bool = False) -> None:
        lines = self.rows.line[parts]
        self.totals[place] = _RowsBelow(len(parts), int(lines.min()), int(lines.max()), are_covered)
        self.value[place] = 0


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Rows in groups that lie next to one another.

    Attributes:
        lows: where each group begins.
        count: of all rows.
    """

    lows: Ints
    count: int

    @classmethod
    def of(cls, new_series: Flags, group: Ints) -> "_Bounds":
        return cls(np.flatnonzero(new_series | changes(group)), len(group))

    @property
    def highs(self) -> Ints:
        """Where each group stops."""
        return np.append(self.lows[1:], self.count)

    def around(self, place: int) -> tuple[int, int]:
        """Where the group of a row begins, and where it stops."""
        at = int(np.searchsorted(self.lows, place, side="right"))
        return int(self.lows[at - 1]), int(self.lows[at]) if at < len(self.lows) else self.count

    def months(self, new_series: Flags, local: Ints) -> "_Bounds":
        """The months of these days, which begin where a day does."""
        month = local[self.lows].view("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        begins = _Bounds.of(new_series[self.lows], month).lows
        return _Bounds(self.lows[begins], self.count)


def _descends(line: Ints, new_series: Flags) -> Flags:
    """A mask of the rows whose line stands above that of the row before, of the same series."""
    mask = np.zeros(len(line), np.bool_)
    np.less(line[1:], line[:-1], out=mask[1:])
    return mask & ~new_series


def _rows_beside(rows: Readings, new_series: Flags) -> tuple[Ints, Ints]:
    """Per row, the positions of the rows of its series on the lines before and after it; -1: there is none."""
    at = np.arange(len(rows))
    if not _descends(rows.line, new_series).any():
        return np.where(new_series, -1, at - 1), np.where(np.append(new_series[1:], True), -1, at + 1)
    in_lines = np.lexsort((rows.line, rows.series))
    same = rows.series[in_lines][1:] == rows.series[in_lines][:-1]
    before, after = np.full(len(rows), -1, np.int64), np.full(len(rows), -1, np.int64)
    before[in_lines[1:][same]] = in_lines[:-1][same]
    after[in_lines[:-1][same]] = in_lines[1:][same]
    return before, after


def _local_starts(rows: Readings, zones: Sequence[tzinfo]) -> Ints:
    distinct_zones = list(dict.fromkeys(zones))
    if len(distinct_zones) == 1:
        return local_us(rows.start, distinct_zones[0])
    local = rows.start.copy()
    for zone in distinct_zones:
        in_zone = np.array([other is zone for other in zones], np.bool_)[rows.series]
        local[in_zone] = local_us(rows.start[in_zone], zone)
    return local


def _whole_numbers(values: pa.Array, firsts: Ints) -> Ints:
    """Values as whole numbers of one step: of 64 bits, or as Python's where the sum of a series might not fit."""
    low, high = decimal_words(values)
    if not bool((high == low >> 63).all()):
        return np.array([int(value.scaleb(DECIMAL_PLACES_MAX)) for value in values.to_pylist()], np.object_)
    longest = int(np.diff(firsts, append=len(values)).max())
    largest = max(abs(int(low.max())), abs(int(low.min())))
    if largest * longest < _SAFE:
        return low.copy()
    step = next(step for step in _STEPS if not bool((low % step).any()))
    whole = np.asarray(low // step, np.int64)
    return whole if (largest // step) * longest < _SAFE else whole.astype(np.object_)
