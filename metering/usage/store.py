"""Answers to questions about many registers at once: one query for the readings of all of them, cut by its edges."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from typing import Any, TypeAlias

from sqlalchemy import Row, text
from sqlmodel import Session

from metering.consumption import level
from metering.consumption.store import ESTIMATED, QUESTIONABLE, Window, reads_over, uses
from metering.consumption.use import Use
from metering.fleet.meter import Dimensions, MachineState, RegisterKind
from metering.fleet.store import StoredRegister
from metering.log.as_of import newest
from metering.log.reading import Reading
from metering.log.store import NOW
from metering.usage.aggregation import (
    POWER,
    Aggregation,
    DemandBlock,
    NoBlocks,
    UsageCell,
    UsageQuery,
    UsageSeries,
    blocks,
    highest,
    parts,
    sliding,
)
from quantities.errors import UsufructError
from quantities.number import ARITHMETIC_DIGITS, QUOTIENT_STEP, settled, trimmed
from quantities.period import HOUR_US, MICROSECOND, Period

_Way: TypeAlias = Callable[[Session, Sequence[StoredRegister], UsageQuery, int], list[tuple[UsageSeries, ...]]]

_BUCKETS = text(
    f"""
    with newest as ({
        newest("series, start, value, quality", "series = any(:series) and start >= :lowest and start < :highest")
    })
    select series, width_bucket(start, cast(:edges as timestamptz[])) as n, count(value) as readings,
           trim_scale(sum(value)) as total,
           count(value) filter (where quality = any(:estimated)) as estimated,
           count(value) filter (where quality = any(:questionable)) as questionable,
           max(start) as last_at, trim_scale((array_agg(value order by start desc))[1]) as last,
           case when :distinct then array_agg(distinct trim_scale(value)) end as values
    from newest where value is not null group by series, n order by series, n
    """
)


@dataclass(slots=True)
class _Cell:
    """What one part of one combination of dimensions comes to, while it is added up."""

    total: Decimal = Decimal(0)
    count: int = 0
    estimated: int = 0
    questionable: int = 0
    last_at: datetime | None = None
    last: Decimal | None = None
    values: frozenset[Decimal] = frozenset()


def answer(
    session: Session, registers: Sequence[StoredRegister], question: UsageQuery, watermark: int = NOW
) -> list[tuple[UsageSeries, ...]]:
    """Answer a question about many registers.

    Args:
        session: states the tenant.
        registers: each is asked in the zone of its own site.
        question: what is asked of each.
        watermark: the last batch that counts.

    Returns:
        For each register its answers, in order of time, of bands and of dimensions; a part without any reading is
        answered too, by what is missing.

    Raises:
        TooManyParts: a demand is asked over too many blocks.
        NoBlocks: a sliding demand is asked of a register without interval.
    """
    found: dict[int, tuple[UsageSeries, ...]] = {}
    together: dict[tuple[_Way, tzinfo], list[int]] = defaultdict(list)
    for number, register in enumerate(registers):
        together[_WAYS[register.register.kind], register.zone].append(number)
    for (way, _), numbers in together.items():
        answers = way(session, [registers[number] for number in numbers], question, watermark)
        found |= dict(zip(numbers, answers, strict=True))
    return [found[number] for number in range(len(registers))]


def _sums(
    session: Session, registers: Sequence[StoredRegister], question: UsageQuery, watermark: int
) -> list[tuple[UsageSeries, ...]]:
    where = registers[0].zone
    answered = list(parts(question, where))
    if question.aggregation is Aggregation.DEMAND:
        return _demands(session, registers, question, answered, watermark)
    edges = sorted({edge for part in answered for piece in part.pieces for edge in (piece.start, piece.end)})
    of_bucket = _places(answered, edges)
    cells: dict[int, dict[tuple[int, Dimensions], _Cell]] = defaultdict(lambda: defaultdict(_Cell))
    of_series = {series: (register, at) for register in registers for at, series in _series(register, question)}
    distinct = question.aggregation is Aggregation.UNIQUE
    for row in _buckets(session, list(of_series), edges, watermark, distinct=distinct):
        place = of_bucket.get(row.n)
        if place is None:
            continue
        register, dimensions = of_series[row.series]
        _add(cells[register.series][place, dimensions], row)
    return [_answered(register, question, answered, cells[register.series]) for register in registers]


def _series(register: StoredRegister, question: UsageQuery) -> list[tuple[Dimensions, int]]:
    """Name the series of a register, each with those of its dimensions that are told apart."""
    every = [((), register.series), *register.dimensioned.items()]
    return [(tuple(pair for pair in stated if pair[0] in question.by), series) for stated, series in every]


def _places(answered: Sequence[UsageCell], edges: Sequence[datetime]) -> dict[int, int]:
    """Say of each stretch between two edges which part it belongs to; a stretch is numbered as width_bucket does."""
    found: dict[int, int] = {}
    for place, part in enumerate(answered):
        for piece in part.pieces:
            low, high = bisect_right(edges, piece.start), bisect_right(edges, piece.end)
            found |= dict.fromkeys(range(low, high), place)
    return found


def _buckets(
    session: Session, series: Sequence[int], edges: Sequence[datetime], watermark: int, *, distinct: bool = False
) -> Iterable[Row[Any]]:
    return session.execute(
        _BUCKETS,
        {
            "series": sorted(series),
            "lowest": edges[0],
            "highest": edges[-1],
            "edges": list(edges),
            "watermark": watermark,
            "estimated": ESTIMATED,
            "questionable": QUESTIONABLE,
            "distinct": distinct,
        },
    )


def _add(cell: _Cell, row: Row[Any]) -> None:
    with localcontext(prec=ARITHMETIC_DIGITS):
        cell.total += row.total
    cell.count += row.readings
    cell.estimated += row.estimated
    cell.questionable += row.questionable
    if cell.last_at is None or row.last_at > cell.last_at:
        cell.last_at, cell.last = row.last_at, row.last
    cell.values |= frozenset(row.values or ())


def _answered(
    register: StoredRegister,
    question: UsageQuery,
    answered: Sequence[UsageCell],
    cells: Mapping[tuple[int, Dimensions], _Cell],
) -> tuple[UsageSeries, ...]:
    known = sorted({dimensions for _, dimensions in cells}) or [()]
    found = []
    for place, part in enumerate(answered):
        for dimensions in known:
            cell = cells.get((place, dimensions))
            unit = _unit(register, question)
            if cell is None:
                found.append(UsageSeries(part, dimensions, None, unit, error=_nothing(register)))
                continue
            value = trimmed(_value(cell, part, register, question.aggregation))
            found.append(UsageSeries(part, dimensions, value, unit, cell.count, cell.estimated, cell.questionable))
    return tuple(found)


def _value(cell: _Cell, part: UsageCell, register: StoredRegister, aggregation: Aggregation) -> Decimal:
    multiplier = register.register.multiplier
    with localcontext(prec=ARITHMETIC_DIGITS):
        match aggregation:
            case Aggregation.COUNT:
                return Decimal(cell.count)
            case Aggregation.UNIQUE:
                return Decimal(len(cell.values))
            case Aggregation.LAST:
                return (cell.last or Decimal(0)) * multiplier
            case Aggregation.MEAN:
                return _an_hour(cell.total * multiplier, sum((piece.duration for piece in part.pieces), timedelta()))
            case _:
                return cell.total * multiplier


def _an_hour(used: Decimal, over: timedelta) -> Decimal:
    """What is used an hour, half-even at 15 decimal places where it does not end."""
    with localcontext(prec=ARITHMETIC_DIGITS):
        return settled(used * HOUR_US / (over // MICROSECOND))


def _unit(register: StoredRegister, question: UsageQuery) -> str:
    unit = register.register.use_unit or register.register.unit
    match question.aggregation:
        case Aggregation.COUNT | Aggregation.UNIQUE:
            return "one"
        case Aggregation.DEMAND:
            return POWER.get(unit, f"{unit} an hour")
        case Aggregation.MEAN | Aggregation.LAST if register.register.kind is RegisterKind.INSTANTANEOUS:
            return register.register.unit
        case Aggregation.MEAN:
            return POWER.get(unit, f"{unit} an hour")
        case _:
            return unit


def _demands(
    session: Session,
    registers: Sequence[StoredRegister],
    question: UsageQuery,
    answered: Sequence[UsageCell],
    watermark: int,
) -> list[tuple[UsageSeries, ...]]:
    """The highest block of each part, over all dimensions together: power is of the whole."""
    width = timedelta(minutes=question.block_minutes)
    found = []
    for register in registers:
        step = register.register.interval
        if question.sliding and step is None:
            raise NoBlocks(f"{register.register.key} has no interval to step by", found=register.register.key)
        minutes = step // timedelta(minutes=1) if question.sliding and step else question.block_minutes
        cut = blocks(question.period, minutes, register.zone)
        edges = [*(block.start for block in cut), question.period.end]
        cells: dict[int, _Cell] = defaultdict(_Cell)
        for row in _buckets(session, register.all_series, edges, watermark):
            if 1 <= row.n <= len(cut):
                _add(cells[row.n - 1], row)
        steps = [
            DemandBlock(cut[at].start, cell.total, cell.count, cell.estimated, cell.questionable)
            for at, cell in sorted(cells.items())
        ]
        if question.sliding and step:
            steps = sliding(steps, step, width)
        found.append(tuple(_peak(register, question, part, steps) for part in answered))
    return found


def _nothing(register: StoredRegister) -> str:
    return f"no reading of {register.register.key}"


def _peak(register: StoredRegister, question: UsageQuery, part: UsageCell, found: Sequence[DemandBlock]) -> UsageSeries:
    unit, block = _unit(register, question), highest(found, part)
    if block is None:
        return UsageSeries(part, (), None, unit, error=_nothing(register))
    with localcontext(prec=ARITHMETIC_DIGITS):
        power = _an_hour(block.used * register.register.multiplier, timedelta(minutes=question.block_minutes))
    return UsageSeries(part, (), trimmed(power), unit, block.count, block.estimated, block.questionable, at=block.start)


def _counters(
    session: Session, registers: Sequence[StoredRegister], question: UsageQuery, watermark: int
) -> list[tuple[UsageSeries, ...]]:
    """Counters: between the reads around every edge."""
    answered = list(parts(question, registers[0].zone))
    if question.aggregation in (Aggregation.COUNT, Aggregation.LAST, Aggregation.UNIQUE):
        return _sums(session, registers, question, watermark)
    found: list[tuple[UsageSeries, ...]] = []
    whole = blocks(question.period, question.block_minutes, registers[0].zone)
    is_demand = question.aggregation is Aggregation.DEMAND
    asked = whole if is_demand else [piece for part in answered for piece in part.pieces]
    windows = [Window(register, piece, question.edges) for register in registers for piece in asked]
    counted = uses(session, windows, watermark)
    for number, register in enumerate(registers):
        mine = counted[number * len(asked) : (number + 1) * len(asked)]
        if is_demand:
            found.append(_peaks(register, question, answered, asked, mine))
        else:
            found.append(_of_uses(register, question, answered, mine))
    return found


def _peaks(
    register: StoredRegister,
    question: UsageQuery,
    answered: Sequence[UsageCell],
    cut: Sequence[Period],
    counted: Sequence[Use | UsufructError],
) -> tuple[UsageSeries, ...]:
    """Find the highest block of each part, of blocks whose use is multiplied already."""
    found = [
        DemandBlock(period.start, use.quantity, use.count, use.estimated, use.questionable)
        for period, use in zip(cut, counted, strict=True)
        if isinstance(use, Use)
    ]
    unscaled = replace(register, register=register.register.model_copy(update={"multiplier": Decimal(1)}))
    return tuple(_peak(unscaled, question, part, found) for part in answered)


def _of_uses(
    register: StoredRegister,
    question: UsageQuery,
    answered: Sequence[UsageCell],
    counted: Sequence[Use | UsufructError],
) -> tuple[UsageSeries, ...]:
    """Add up what the pieces of each part used; a part of which one cannot be counted has no sum."""
    unit, place, found = _unit(register, question), 0, []
    for part in answered:
        mine = counted[place : place + len(part.pieces)]
        place += len(part.pieces)
        fault = next((each for each in mine if isinstance(each, UsufructError)), None)
        good = [each for each in mine if isinstance(each, Use)]
        if fault is not None:
            found.append(UsageSeries(part, (), None, unit, error=str(fault)))
            continue
        with localcontext(prec=ARITHMETIC_DIGITS):
            used = sum((each.quantity for each in good), Decimal(0))
        if question.aggregation is Aggregation.MEAN:
            used = _an_hour(used, sum((piece.duration for piece in part.pieces), timedelta()))
        count, estimated, doubtful = (
            sum(getattr(each, name) for each in good) for name in ("count", "estimated", "questionable")
        )
        found.append(UsageSeries(part, (), trimmed(used), unit, count, estimated, doubtful))
    return tuple(found)


def _levels(
    session: Session, registers: Sequence[StoredRegister], question: UsageQuery, watermark: int
) -> list[tuple[UsageSeries, ...]]:
    """Levels and states: of one query's reads, each piece by itself."""
    answered = list(parts(question, registers[0].zone))
    if question.aggregation in (Aggregation.COUNT, Aggregation.LAST, Aggregation.UNIQUE):
        return _sums(session, registers, question, watermark)
    reads = reads_over(session, [(register, question.period) for register in registers], watermark)
    found: list[tuple[UsageSeries, ...]] = []
    for register, known in zip(registers, reads, strict=True):
        if question.aggregation is Aggregation.DEMAND:
            cut = blocks(question.period, question.block_minutes, register.zone)
            counted = [_try(piece, known, register) for piece in cut]
            found.append(_peaks(register, question, answered, cut, counted))
        elif question.aggregation is Aggregation.MEAN and register.register.kind is RegisterKind.INSTANTANEOUS:
            found.append(tuple(_mean(register, question, part, known) for part in answered))
        else:
            pieces = [piece for part in answered for piece in part.pieces]
            found.append(_of_uses(register, question, answered, [_try(each, known, register) for each in pieces]))
    return found


def _try(period: Period, reads: Sequence[Reading], register: StoredRegister) -> Use | UsufructError:
    count = level.state_use if register.register.kind is RegisterKind.STATE else level.level_use
    try:
        return count(period, _around(period, reads), register.register)
    except UsufructError as fault:
        return fault


def _around(period: Period, reads: Sequence[Reading]) -> Sequence[Reading]:
    low = max(0, bisect_right(reads, period.start, key=_start) - 1)
    high = bisect_right(reads, period.end - MICROSECOND, key=_start) + 1
    return reads[low:high]


def _start(read: Reading) -> datetime:
    return read.start


def _mean(register: StoredRegister, question: UsageQuery, part: UsageCell, reads: Sequence[Reading]) -> UsageSeries:
    unit, weighted, over, count, estimated, doubtful = _unit(register, question), Decimal(0), 0, 0, 0, 0
    for piece in part.pieces:
        known = list(level.stretches(piece, _around(piece, reads), register.register))
        if not known:
            continue
        us = sum(each.microseconds for each in known)
        with localcontext(prec=ARITHMETIC_DIGITS):
            weighted += level.mean_of(known) * us
        over += us
        counted = {each.read.start: each.read for each in known}.values()
        count += len(counted)
        estimated += sum(each.quality.estimated for each in counted)
        doubtful += sum(not each.quality.billable for each in counted)
    if not over:
        return UsageSeries(part, (), None, unit, error=_nothing(register))
    with localcontext(prec=ARITHMETIC_DIGITS):
        value = (weighted / over * register.register.multiplier).quantize(QUOTIENT_STEP)
    return UsageSeries(part, (), trimmed(value), unit, count, estimated, doubtful)


def durations(
    session: Session, register: StoredRegister, question: UsageQuery, watermark: int = NOW
) -> list[tuple[UsageCell, Mapping[MachineState, Decimal]]]:
    """Say how long each state of a machine lasted, by state and cause, in every part of a period.

    Returns:
        The parts in order of time and of bands; durations in the register's unit, each state that occurred.
    """
    (reads,) = reads_over(session, [(register, question.period)], watermark)
    found: list[tuple[UsageCell, Mapping[MachineState, Decimal]]] = []
    for part in parts(question, register.zone):
        lasted: dict[MachineState, Decimal] = defaultdict(Decimal)
        for piece in part.pieces:
            for state, time in level.durations(piece, _around(piece, reads), register.register).items():
                with localcontext(prec=ARITHMETIC_DIGITS):
                    lasted[state] += time
        found.append((part, dict(lasted)))
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """One event: when, how often or how much, and what its row stated beside."""

    at: datetime
    value: Decimal
    dimensions: Dimensions


_HAPPENED = text(
    f"""
    select * from ({
        newest("series, start, trim_scale(value) as value", "series = any(:series) and start >= :low and start < :high")
    }) newest
    where value is not null order by start, series
    """
)


def events(session: Session, register: StoredRegister, period: Period, watermark: int = NOW) -> tuple[Event, ...]:
    """List what an event register counted, one by one, in order of time; values are multiplied."""
    stated: dict[int, Dimensions] = {register.series: ()}
    stated |= {series: dimensions for dimensions, series in register.dimensioned.items()}
    asked = {"series": sorted(stated), "low": period.start, "high": period.end, "watermark": watermark}
    with localcontext(prec=ARITHMETIC_DIGITS):
        return tuple(
            Event(row.start, trimmed(row.value * register.register.multiplier), stated[row.series])
            for row in session.execute(_HAPPENED, asked)
        )


_WAYS: Mapping[RegisterKind, _Way] = {
    RegisterKind.INTERVAL: _sums,
    RegisterKind.EVENT: _sums,
    RegisterKind.CUMULATIVE: _counters,
    RegisterKind.INSTANTANEOUS: _levels,
    RegisterKind.STATE: _levels,
}
