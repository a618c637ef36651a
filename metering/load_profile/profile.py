"""Load profiles: the sums of a register over cells, each of them a sum over steps that are looked at one by one.

A cell is a day, say, or that part of one that lies in a time-of-use band; its steps are the hours in it. Where every
step was read in full, the sum of a cell says all; where one was not, whoever asks gets the steps themselves.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from metering.usage.aggregation import Granularity, UsageCell, UsageQuery, UsageSeries, sub_periods, usage_cells
from quantities.calendars import Calendar
from quantities.period import Period

#: The shortest local day: a register of days has one value of it, however many hours the clock gives it.
SHORTEST_DAY = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class ProfileQuery:
    """What is asked of a register that counts intervals.

    Attributes:
        period: to be divided and counted.
        every: the sub-periods that it is divided into.
        step: the steps that these are divided into, as fine or finer.
        calendar: divides every sub-period into bands; None: no bands.
        clock: by which all of this is divided.
        zeros_matter: whether a step that counted nothing is looked at by itself.
    """

    period: Period
    every: Granularity
    step: Granularity
    calendar: Calendar | None
    clock: tzinfo
    zeros_matter: bool


@dataclass(frozen=True, slots=True)
class ProfileShape:
    """The cells and steps of a query; those of all registers that are asked the same.

    Attributes:
        cells: in order of time and bands.
        steps: in order of time, without gaps.
        cell_of_step: the position of the cell that each step lies in.
        steps_of_cell: how many steps each cell has.
    """

    cells: tuple[UsageCell, ...]
    steps: tuple[Period, ...]
    cell_of_step: tuple[int, ...]
    steps_of_cell: tuple[int, ...]

    @classmethod
    def of(cls, query: ProfileQuery) -> "ProfileShape | None":
        """Divide the period of a query; None where the bands divide a step."""
        cells = tuple(usage_cells(UsageQuery(query.period, query.every, calendar=query.calendar), query.clock))
        steps = tuple(sub_periods(query.period, query.step, query.clock))
        pieces = sorted((piece, place) for place, cell in enumerate(cells) for piece in cell.pieces)
        starts = [piece.start for piece, _ in pieces]
        places, counts = [], [0] * len(cells)
        for step in steps:
            piece, place = pieces[max(0, bisect_right(starts, step.start) - 1)]
            if not piece.covers(step):
                return None
            places.append(place)
            counts[place] += 1
        return cls(cells, steps, tuple(places), tuple(counts))

    @property
    def edges(self) -> list[datetime]:
        """The instants at which a step begins, and the end of the last."""
        return [*(step.start for step in self.steps), self.steps[-1].end]

    def readings_needed(self, interval: timedelta) -> list[int]:
        """Of each step, with how many readings of a register with such an interval it was read in full."""
        if interval >= SHORTEST_DAY:
            return [1] * len(self.steps)
        return [-(-step.duration // interval) for step in self.steps]


@dataclass(frozen=True, slots=True)
class CellProfile:
    """The sum of a register over one cell.

    Attributes:
        cell: which.
        value: the sum, multiplied, with as many decimal places as the step with the most of them has.
        count: number of readings.
        estimated: number of estimates among them.
        questionable: number of those that may not be billed until a person has released them.
        zeros: number of steps that counted nothing, though they were read.
        is_whole: whether every step was read in full.
    """

    cell: UsageCell
    value: Decimal
    count: int
    estimated: int
    questionable: int
    zeros: int
    is_whole: bool

    def says_all(self, query: ProfileQuery) -> bool:
        """Whether no step needs to be looked at by itself."""
        return self.is_whole and not self.estimated and not (query.zeros_matter and self.zeros)


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """What a register counted.

    Attributes:
        cells: of each sub-period of which the sums say all, those in it, in order of time and bands.
        steps: of each other sub-period its steps, in order of time; one without a reading has no value.
    """

    cells: Mapping[Period, tuple[CellProfile, ...]]
    steps: Mapping[Period, tuple[UsageSeries, ...]]


def cells_by_period(cells: Iterable[UsageCell]) -> dict[Period, list[int]]:
    """The positions of the cells of each sub-period."""
    places: dict[Period, list[int]] = defaultdict(list)
    for place, cell in enumerate(cells):
        places[cell.period].append(place)
    return places


def periods_to_look_at(
    query: ProfileQuery, places: Mapping[Period, Sequence[int]], profiles: Mapping[int, CellProfile]
) -> list[Period]:
    """The sub-periods whose steps are looked at: one of their cells was not read, or its sum does not say all.

    Args:
        query: what is asked.
        places: the positions of the cells of each sub-period.
        profiles: of the cells that were read, by position.
    """
    return [
        period
        for period, of_period in places.items()
        if not all(place in profiles and profiles[place].says_all(query) for place in of_period)
    ]
