"""What every register counted, as flows: quantities at a moment, or rates over a span of time.

The oracle's readings: written from docs/readings.md and docs/algorithms.md (edges) alone, and shares no code with the
product. All numbers are fractions.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.lives.facts import ExchangeFact, Facts, ReadingFact, RegisterFact
from tests.lives.oracle.clock import Cell, hours_between

#: What a level's unit comes to when it is integrated over hours.
OVER_HOURS = {"W": "Wh", "kW": "kWh", "MW": "MWh", "m3/h": "m3", "l/h": "l", "kg/h": "kg", "t/h": "t"}
MOMENT = timedelta(microseconds=1)
FOR_EVER = datetime(2300, 1, 1, tzinfo=UTC)


class NotCounted(Exception):
    """The use of a stretch cannot be counted: nothing was read, or a read is missing that the contract asks for."""


@dataclass(frozen=True)
class Flow:
    """A quantity at a moment (`begin` is `end`), or a rate an hour that goes in a straight line from one value to another."""

    begin: datetime
    end: datetime
    quantity: Fraction = Fraction(0)
    rate: Fraction = Fraction(0)
    end_rate: Fraction = Fraction(0)
    labels: Mapping[str, str] = field(default_factory=dict)

    def within(self, begin: datetime, end: datetime) -> "Flow | None":
        """The part of it between two instants."""
        if self.begin == self.end:
            return self if begin <= self.begin < end else None
        first, last = max(self.begin, begin), min(self.end, end)
        if first >= last:
            return None
        length = hours_between(self.begin, self.end)
        slope = (self.end_rate - self.rate) / length
        rates = [self.rate + slope * hours_between(self.begin, at) for at in (first, last)]
        quantity = (rates[0] + rates[1]) / 2 * hours_between(first, last)
        return Flow(first, last, quantity, rates[0], rates[1], self.labels)


class Log:
    """Every register's newest rows by series, in order of time, and the exchanges of counters.

    The opening read of an exchange is a row of the register; whatever else was said of its instant counts no more.
    """

    def __init__(self, facts: Facts) -> None:
        self.registers = facts.registers
        newest: dict[str, dict[tuple[tuple[str, str], ...], dict[datetime, ReadingFact]]] = {}
        for row in facts.readings:
            newest.setdefault(row.register, {}).setdefault(tuple(sorted(row.dimensions)), {})[row.start] = row
        self.exchanges: dict[str, list[ExchangeFact]] = {}
        for exchange in facts.exchanges:
            self.exchanges.setdefault(exchange.register, []).append(exchange)
            opening = ReadingFact(exchange.register, exchange.at, None, exchange.opening)
            newest.setdefault(exchange.register, {}).setdefault((), {})[exchange.at] = opening
        self.rows = {
            key: {
                dimensions: [series[start] for start in sorted(series)] for dimensions, series in by_dimensions.items()
            }
            for key, by_dimensions in newest.items()
        }

    def known(self, key: str) -> list[ReadingFact]:
        """The newest row of every start, withdrawn ones too."""
        return [row for series in self.rows.get(key, {}).values() for row in series]

    def series(self, key: str, where: Mapping[str, str]) -> list[tuple[dict[str, str], list[ReadingFact]]]:
        """What each series says that is not withdrawn; those alone that state the dimensions asked for."""
        return [
            (dict(dimensions), [row for row in rows if row.value is not None])
            for dimensions, rows in self.rows.get(key, {}).items()
            if where.items() <= dict(dimensions).items()
        ]


def was_read(log: Log, key: str, spans: Sequence[tuple[datetime, datetime]], edges: str) -> bool:
    """Whether a register said anything of some stretches of time, be it withdrawn since.

    Of a counter a read after the opening one is asked for, unless its line to both edges is enough; of a level or a state,
    one that still stands; of events nothing, for that none happened is told by no row.
    """
    register = log.registers[key]
    rows = [row.start for row in log.known(key)] + [exchange.at for exchange in log.exchanges.get(key, ())]
    if register.kind == "event" or (register.kind == "cumulative" and edges == "interpolated"):
        return True
    if register.kind == "cumulative":
        return any(begin < at <= end and at > min(rows) for at in rows for begin, end in spans)
    if any(begin <= start < end for start in rows for begin, end in spans):
        return True
    standing = {"instantaneous": level, "state": states}.get(register.kind)
    return standing is not None and any(
        flow.within(begin, end)
        for begin, end in spans
        for _, series in log.series(key, {})
        for flow in standing(near(series, begin, end), register)
    )


def unit_of_use(register: RegisterFact) -> str:
    """The unit of a register's use; a level's is integrated over hours."""
    return OVER_HOURS.get(register.unit, register.unit) if register.kind == "instantaneous" else register.unit


def divided(found: Iterable[Flow], cells: Sequence[Cell]) -> list[tuple[Flow, Cell]]:
    """Every flow, in each cell that it touches."""
    pieces = []
    cells = sorted(cells, key=lambda cell: cell.begin)
    position = 0
    for flow in sorted(found, key=lambda flow: flow.begin):
        while position < len(cells) and cells[position].end <= flow.begin:
            position += 1
        for cell in cells[position:]:
            if cell.begin > flow.end:
                break
            part = flow.within(cell.begin, cell.end)
            if part is not None:
                pieces.append((part, cell))
    return pieces


def flows(
    log: Log,
    register: RegisterFact,
    named: Mapping[str, Any],
    document: Mapping[str, Any],
    begin: datetime,
    end: datetime,
) -> list[Flow]:
    """What a register counted between two instants, times its multiplier."""
    edges = (document.get("settings") or {}).get("edges", "last_read")
    found: list[Flow] = []
    for dimensions, rows in log.series(register.key, named.get("where") or {}):
        if register.kind == "interval":
            flow = intervals(near(rows, begin, end), edges, begin, end)
        elif register.kind == "cumulative":
            flow = counter(rows, log.exchanges.get(register.key, ()), register, edges, begin, end)
        elif register.kind == "instantaneous":
            flow = level(near(rows, begin, end), register)
        elif register.kind == "state":
            flow = states(near(rows, begin, end), register)
        else:
            flow = [moment(row.start, row.value) for row in near(rows, begin, end)]
        for part in flow:
            inside = part.within(begin, end)
            if inside is not None:
                found.append(scaled(inside, Fraction(register.multiplier), dimensions))
    return found


def near(rows: Sequence[ReadingFact], begin: datetime, end: datetime) -> Sequence[ReadingFact]:
    """The rows from the last one at the begin or before it to the first one at the end or after it."""
    starts = [row.start for row in rows]
    return rows[max(0, bisect_right(starts, begin) - 1) : bisect_left(starts, end) + 1]


def scaled(flow: Flow, multiplier: Fraction, dimensions: Mapping[str, str]) -> Flow:
    return Flow(
        begin=flow.begin,
        end=flow.end,
        quantity=flow.quantity * multiplier,
        rate=flow.rate * multiplier,
        end_rate=flow.end_rate * multiplier,
        labels={**dimensions, **flow.labels},
    )


def moment(at: datetime, quantity: Any) -> Flow:
    return Flow(at, at, Fraction(quantity))


def even(begin: datetime, end: datetime, quantity: Fraction) -> Flow:
    """A quantity spread evenly over time."""
    rate = quantity / hours_between(begin, end)
    return Flow(begin, end, quantity, rate, rate)


def intervals(rows: Sequence[ReadingFact], edges: str, begin: datetime, end: datetime) -> list[Flow]:
    """An interval counts where it starts; it is shared by time where the contract says interpolated."""
    if edges == "interpolated":
        return [even(row.start, row.end, Fraction(row.value)) for row in rows if row.end and row.value is not None]
    if edges == "exact":
        for row in rows:
            if row.end and any(row.start < edge < row.end for edge in (begin, end)):
                raise NotCounted(f"an interval of {row.register} reaches across {row.start:%Y-%m-%d}")
    return [moment(row.start, row.value) for row in rows]


def counter(
    rows: Sequence[ReadingFact],
    exchanges: Sequence[ExchangeFact],
    register: RegisterFact,
    edges: str,
    begin: datetime,
    end: datetime,
) -> list[Flow]:
    """What a counter rose by from read to read: at the later of both, or evenly between them."""
    points = rises(rows, exchanges, register, begin, end)
    if edges == "last_read":
        return [moment(at - MOMENT, rise) for _, at, rise in points]
    reads = {at for point in points for at in point[:2]}
    if edges == "exact":
        if not {begin, end} <= reads:
            raise NotCounted(f"{register.key} was not read on an edge")
        return [moment(at - MOMENT, rise) for _, at, rise in points]
    if not reads or min(reads) > begin or max(reads) < end:
        raise NotCounted(f"{register.key} was not read on both sides of an edge")
    return [even(before, at, rise) for before, at, rise in points]


def rises(
    rows: Sequence[ReadingFact],
    exchanges: Sequence[ExchangeFact],
    register: RegisterFact,
    begin: datetime,
    end: datetime,
) -> list[tuple[datetime, datetime, Fraction]]:
    """From each read or exchange to the next, around a stretch: both instants, and the rise in figures of the register.

    An exchange ends the old figures and begins the new ones: both are read at one instant.
    """
    figures = {row.start: (row.value, row.value) for row in rows}
    figures |= {exchange.at: (exchange.closing, exchange.opening) for exchange in exchanges}
    found = []
    instants = sorted(figures)
    instants = instants[max(0, bisect_right(instants, begin) - 1) : bisect_left(instants, end) + 1]
    for before, at in pairwise(instants):
        low, high = Fraction(figures[before][1] or 0), Fraction(figures[at][0] or 0)
        if high < low:
            modulus = Fraction(register.modulus or 0)
            if not (modulus and low >= modulus * 9 / 10 and high <= modulus / 10):
                raise NotCounted(f"{register.key} fell")
            high += modulus
        found.append((before, at, high - low))
    return found


def valid_until(rows: Sequence[ReadingFact], register: RegisterFact) -> list[datetime]:
    """Until when each read is valid: the next one, or as long as it holds; the last one for ever, unless it holds shorter."""
    ends = [row.start for row in rows[1:]] + ([FOR_EVER] if rows else [])
    if register.holds_minutes is None:
        return ends
    held = timedelta(minutes=register.holds_minutes)
    return [min(end, row.start + held) for row, end in zip(rows, ends, strict=True)]


def level(rows: Sequence[ReadingFact], register: RegisterFact) -> list[Flow]:
    """A level from read to read: it holds, or goes in a straight line to the next one, as long as a read is valid."""
    found = []
    ends = valid_until(rows, register)
    for row, following, end in zip(rows, [*rows[1:], None], ends, strict=True):
        value = Fraction(row.value or 0)
        if register.between == "hold":
            found.append(Flow(row.start, end, rate=value, end_rate=value))
        elif following is not None and end == following.start:  # of a longer time between two reads nothing is known
            slope = (Fraction(following.value or 0) - value) / hours_between(row.start, following.start)
            found.append(Flow(row.start, end, rate=value, end_rate=value + slope * hours_between(row.start, end)))
    return found


def states(rows: Sequence[ReadingFact], register: RegisterFact) -> list[Flow]:
    """The time in each state, with its cause where it tells one."""
    found = []
    for row, until in zip(rows, valid_until(rows, register), strict=True):
        name, cause, _ = register.states[int(row.value or 0)]
        labels = {"state": name} | ({"cause": cause} if cause else {})
        found.append(Flow(row.start, until, rate=Fraction(1), end_rate=Fraction(1), labels=labels))
    return found
