"""What charges ask of registers beyond the sum of their use, asked for many contracts at once, and the usage it makes.

A question is asked once, whoever asks it; those that differ in the register alone are one query. A register that cannot
answer spoils no other's answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal
from typing import TypeAlias

from sqlmodel import Session

from billing.counting.assembly import RegisterRequest
from contracts.rated_usage import Usage
from metering.consumption.store import Window
from metering.consumption.use import NothingRead, Use
from metering.fleet.meter import MachineState, RegisterKind
from metering.fleet.store import StoredRegister
from metering.usage.aggregation import Aggregation, Granularity, UsageCell, UsageQuery, UsageSeries
from metering.usage.measure import Measure, Part
from metering.usage.store import Event, durations, events, usage_series
from quantities.errors import UsufructError
from quantities.period import Period

#: Of so many registers the answers are held at a time: a demand has three thousand blocks a month.
_AT_ONCE = 50
_Lasted: TypeAlias = list[tuple[UsageCell, Mapping[MachineState, Decimal]]]
_Answer: TypeAlias = tuple[UsageSeries, ...] | tuple[Event, ...] | _Lasted


@dataclass(frozen=True, slots=True)
class RegisterQuestion:
    """What is asked of a register.

    Attributes:
        register: which is asked.
        series: its own number, by which it is told from others.
        measure: how its use is to be divided.
        query: over which period, and how, in the words of metering.
    """

    register: StoredRegister = field(compare=False)
    series: int
    measure: Measure
    query: UsageQuery

    @classmethod
    def of(cls, window: Window, request: RegisterRequest, clock: tzinfo) -> "RegisterQuestion":
        """Put what a charge needs of a register over a window; days are told apart by a clock."""
        measure, register = request.measure, window.register
        if measure.events or measure.states:
            return cls(register, register.series, measure, UsageQuery(window.period))
        query = UsageQuery(
            period=window.period,
            every=Granularity.HOUR if measure.hourly else Granularity.DAY if measure.daily else Granularity.WHOLE,
            aggregation=measure.aggregation,
            calendar=measure.calendar,
            block_minutes=measure.block_minutes,
            sliding=measure.sliding,
            by=(*measure.by, *request.use.where),
            edges=window.edges,
            clock=clock if measure.daily else None,
        )
        return cls(register, register.series, measure, query)


@dataclass(frozen=True, slots=True)
class Answers:
    """What registers counted: by question the usage and the use for its evidence, or why there is none."""

    by_question: Mapping[RegisterQuestion, tuple[Usage, Use] | UsufructError]

    def of(self, question: RegisterQuestion) -> tuple[Usage, Use]:
        """The usage that answers a question; and a use for its evidence, where a level comes to nothing by itself.

        Raises:
            UsufructError: the register cannot answer; the reason is its own.
        """
        answer = self.by_question[question]
        if isinstance(answer, UsufructError):
            raise answer
        return answer


def answered(session: Session, questions: Iterable[RegisterQuestion], watermark: int) -> Answers:
    """Answer questions: those that differ in the register alone by one query, of some registers at a time.

    Args:
        session: states the tenant.
        questions: of any number of registers and contracts.
        watermark: up to which batch the readings count.
    """
    alike: dict[tuple[Measure, UsageQuery], dict[int, RegisterQuestion]] = defaultdict(dict)
    for question in questions:
        alike[question.measure, question.query].setdefault(question.series, question)
    by_question: dict[RegisterQuestion, tuple[Usage, Use] | UsufructError] = {}
    for of_registers in alike.values():
        listed = list(of_registers.values())
        for first in range(0, len(listed), _AT_ONCE):
            by_question |= _answered(session, listed[first : first + _AT_ONCE], watermark)
    return Answers(by_question)


def _answered(
    session: Session, alike: Sequence[RegisterQuestion], watermark: int
) -> dict[RegisterQuestion, tuple[Usage, Use] | UsufructError]:
    """Answer questions that differ in the register alone; where one of them cannot be, each by itself."""
    try:
        answers = _asked(session, alike, watermark)
    except UsufructError as fault:
        if len(alike) == 1:
            return {alike[0]: fault}
        half = len(alike) // 2
        return _answered(session, alike[:half], watermark) | _answered(session, alike[half:], watermark)
    return {question: _usage_of(question, answer) for question, answer in zip(alike, answers, strict=True)}


def _asked(session: Session, alike: Sequence[RegisterQuestion], watermark: int) -> Sequence[_Answer]:
    registers, first = [question.register for question in alike], alike[0]
    if first.measure.events:
        return events(session, registers, first.query.period, watermark)
    if first.measure.states:
        return durations(session, registers, first.query, watermark)
    return usage_series(session, registers, first.query, watermark)


def _usage_of(question: RegisterQuestion, answer: _Answer) -> tuple[Usage, Use] | UsufructError:
    period, unit = question.query.period, question.register.register.unit
    if question.measure.events:
        parts = tuple(Part(event.value, dict(event.dimensions)) for event in answer if isinstance(event, Event))
        return _of_parts(parts, unit), use_of_parts(period, parts)
    if question.measure.states:
        ((_, lasted),) = (cell for cell in answer if isinstance(cell, tuple))
        parts = tuple(
            Part(time, {"state": state.name} | ({"cause": state.cause} if state.cause else {}))
            for state, time in lasted.items()
        )
        return _of_parts(parts, unit), use_of_parts(period, parts)
    return _of_series(question, [cell for cell in answer if isinstance(cell, UsageSeries)])


def _of_series(question: RegisterQuestion, series: Sequence[UsageSeries]) -> tuple[Usage, Use] | UsufructError:
    measure, register, clock = question.measure, question.register.register, question.query.clock
    parts, count = list[Part](), 0
    for cell in series:
        if cell.value is None:
            if measure.hourly and cell.is_unread:
                continue  # of a counter, too, hours without a reading do not count
            if register.kind not in (RegisterKind.INTERVAL, RegisterKind.EVENT):
                return NothingRead(cell.error or f"no reading of {register.key}")
            continue
        labels = dict(cell.dimensions) | ({"band": cell.part.band} if cell.part.band else {})
        if measure.daily:
            labels["day"] = cell.part.period.start.astimezone(clock).date().isoformat()
        parts.append(Part(cell.value, labels))
        count += cell.count
    unit, use = series[0].unit, use_of_parts(question.query.period, tuple(parts), count)
    if len(parts) == 1 and not parts[0].labels and not measure.hourly:
        return Usage(parts[0].quantity, unit), use
    usage = _of_parts(tuple(parts), unit)
    if measure.aggregation is Aggregation.DEMAND:
        usage = replace(usage, quantity=max((part.quantity for part in parts), default=Decimal(0)))
    return usage, use


def _of_parts(parts: tuple[Part, ...], unit: str) -> Usage:
    return Usage(sum((part.quantity for part in parts), Decimal(0)), unit, parts=parts)


def use_of_parts(period: Period, parts: tuple[Part, ...], count: int = 0) -> Use:
    """Make a use for the evidence of what was not counted by sums."""
    total = sum((part.quantity for part in parts), Decimal(0))
    return Use(
        quantity=total,
        count=count or len(parts),
        total=total,
        estimated=0,
        first=period.start,
        last=period.end,
        batch=0,
    )
