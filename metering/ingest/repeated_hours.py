"""Rows of an hour that a clock shows twice: which of both hours each is of.

A column that says so settles it. Without one the order of the rows does, where they are in the order of time, the
oldest first or the newest first; rows in another order are refused, and so is a row whose other hour is absent.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import numpy as np

from metering.ingest.which_hour import EARLIER, LATER
from metering.log.columns import DAY_US, Ints

_OTHER = {EARLIER: LATER, LATER: EARLIER}
_SAY = "an offset, or a column that says which (--column repeated_hour=…)"


@dataclass(frozen=True, slots=True)
class RowOfTwoHours:
    """A row whose local time the clock shows twice.

    Attributes:
        number: by which whoever asks knows it again.
        line: of its file.
        value: of the reading.
        hour: which hour its file says it is of: ``EARLIER``, ``LATER``, ``UNKNOWN`` or nothing.
    """

    number: int
    line: int
    value: Decimal
    hour: str


@dataclass(slots=True)
class HoursOfRows:
    """Rows of an hour that a clock shows twice, told apart.

    Attributes:
        earlier: those of the earlier hour, by local time.
        later: those of the later one.
        refused: the others, with what was expected of them.
        repeated: how many only repeat another row.
        by_order: the first and last line of rows that only their order tells apart; None: there are none.
        is_newest_first: whether the order is that of the newest first.
    """

    earlier: list[RowOfTwoHours] = field(default_factory=list)
    later: list[RowOfTwoHours] = field(default_factory=list)
    refused: list[tuple[RowOfTwoHours, str]] = field(default_factory=list)
    repeated: int = 0
    by_order: tuple[int, int] | None = None
    is_newest_first: bool = False


@dataclass(frozen=True, slots=True)
class OtherRows:
    """The other rows of a series, whose instants are known.

    Attributes:
        start: their instants.
        line: their lines.
    """

    start: Ints
    line: Ints

    def direction(self, instants: Collection[int], lines: Collection[int]) -> int | None:
        """Whether lines go up with time around some rows (1), down (-1), or neither (0); None: nothing is around them.

        Args:
            instants: of the rows, in microseconds.
            lines: of the rows.
        """
        near = (self.start > min(instants) - 3 * DAY_US) & (self.start < max(instants) + 3 * DAY_US)
        start, first = np.unique(self.start[near], return_index=True)
        line = self.line[near][first]
        before, after = line[start < min(instants)], line[start > max(instants)]
        if not len(before) and not len(after):
            return None
        low, high = min(lines), max(lines)
        is_up = bool((before < low).all() and (after > high).all())
        is_down = bool((before > high).all() and (after < low).all())
        return int(is_up) - int(is_down)


def tell_apart(
    rows: Mapping[datetime, Sequence[RowOfTwoHours]], direction: Callable[[Collection[int]], int | None]
) -> HoursOfRows:
    """Tell the rows of one series in one repeated hour apart.

    Args:
        rows: by local time, in the order of their lines.
        direction: of the lines of the series around some lines.
    """
    hours = HoursOfRows()
    pairs: list[tuple[RowOfTwoHours, RowOfTwoHours]] = []
    for alike in (rows[local] for local in sorted(rows)):
        if any(row.hour for row in alike):
            _by_column(alike, hours)
        elif len(alike) == 1:
            hours.refused.append((alike[0], f"the hour comes twice: both rows, or {_SAY}"))
        else:
            pairs.append(_first_and_second(alike, hours))
    if pairs:
        _by_order(pairs, direction, hours)
    return hours


def _by_column(alike: Sequence[RowOfTwoHours], hours: HoursOfRows) -> None:
    """Rows of one local time of which a column says the hour; an empty cell beside one other word says the other."""
    words = {row.hour for row in alike} - {""}
    blank = _OTHER[next(iter(words))] if len(words) == 1 and words <= _OTHER.keys() else ""
    of_hour: dict[str, list[RowOfTwoHours]] = {EARLIER: [], LATER: []}
    for row in alike:
        hour = row.hour or blank
        if hour in of_hour:
            of_hour[hour].append(row)
        else:
            hours.refused.append((row, f"a known word for one of two hours, {_SAY}"))
    for hour, kept in ((EARLIER, hours.earlier), (LATER, hours.later)):
        if len(of_hour[hour]) > 1 and not of_hour[_OTHER[hour]]:
            expected = f"one row of either hour, and all {len(of_hour[hour])} are said to be of the same"
            hours.refused += [(row, expected) for row in of_hour[hour]]
        else:
            kept.extend(of_hour[hour])


def _first_and_second(alike: Sequence[RowOfTwoHours], hours: HoursOfRows) -> tuple[RowOfTwoHours, RowOfTwoHours]:
    """Of several rows of one local time the two that differ, or the first two of equal ones; the others repeat them."""
    values = list(dict.fromkeys(row.value for row in alike))
    if len(values) == 1:
        hours.repeated += len(alike) - 2
        return alike[0], alike[1]
    first, second = (next(row for row in alike if row.value == value) for value in values[:2])
    lost = [row for row in alike if row.value not in values[:2]]
    hours.refused += [(row, "an hour comes twice, not three times") for row in lost]
    hours.repeated += len(alike) - 2 - len(lost)
    return first, second


def _by_order(
    pairs: Sequence[tuple[RowOfTwoHours, RowOfTwoHours]],
    direction: Callable[[Collection[int]], int | None],
    hours: HoursOfRows,
) -> None:
    """Pairs in the order of their local times: two runs of lines, both up with time or both down."""
    firsts, seconds = [first.line for first, _ in pairs], [second.line for _, second in pairs]
    runs = {sign for sign in (1, -1) if all(lines == sorted(lines)[::sign] for lines in (firsts, seconds))}
    if max(firsts) > min(seconds):
        runs = set()
    around = 1 if firsts == seconds else direction([*firsts, *seconds])  # one line of a day has both hours, in order
    fitting = runs if around is None else runs & {around}
    if not fitting:
        expected = f"rows in the order of time, {_SAY}"
        hours.refused += [(row, expected) for pair in pairs for row in pair]
        return
    hours.is_newest_first = 1 not in fitting
    hours.by_order = min(firsts), max(seconds)
    for first, second in pairs:
        hours.earlier.append(second if hours.is_newest_first else first)
        hours.later.append(first if hours.is_newest_first else second)
