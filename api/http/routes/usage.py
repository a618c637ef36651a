"""What registers counted: sums, demands and means, by the local clock and by bands, fit for a chart."""

from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlmodel import Session

from api.http.dependencies import Anyone, Maker, StatedCall
from api.http.work_route import WorkRoute
from contracts import store as contracts
from contracts.coverage import DayRange, covered_days, covered_periods
from metering.consumption.store import reads_over
from metering.consumption.use import BoundaryRule
from metering.deliveries.store import NoSuchRegister
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from metering.log.store import NOW
from metering.usage.aggregation import Aggregation, Granularity, UsageQuery, UsageSeries
from metering.usage.store import answer, durations
from quantities.calendars import Calendar
from quantities.errors import Invalid
from quantities.period import MICROSECOND, Period, zone
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["usage"], route_class=WorkRoute)

_DAYS_MAX = timedelta(days=3660)
_REGISTERS_MAX = 1000
#: What is computed of a counter between the edges of a part; the other aggregations are of its readings.
_BETWEEN_EDGES = frozenset({Aggregation.SUM, Aggregation.DEMAND, Aggregation.MEAN})


class NotADayRange(Invalid):
    """A range of days ends after it starts and spans ten years at most."""


class NoStates(Invalid):
    """A state register has states; others have none."""


class UsageOut(BaseModel):
    """What a register counted over one part of what was asked; an error where nothing was read."""

    register_key: str
    period_from: datetime
    period_to: datetime
    band: str | None
    dimensions: dict[str, str]
    unit: str
    quantity: Magnitude | None
    readings: int
    estimated: int
    questionable: int
    at: datetime | None
    error: str | None


class StatesOut(BaseModel):
    """How long each state lasted in one part of what was asked, in the register's unit."""

    period_from: datetime
    period_to: datetime
    unit: str
    states: list["StateOut"]


class StateOut(BaseModel):
    """One state, with its cause where the machine tells one."""

    state: str
    cause: str | None
    lasted: Magnitude


class UsageQueryIn(BaseModel):
    """What is asked of many registers at once.

    Each is asked over local days of its own site; ``calendar`` cuts every part into bands.
    """

    registers: Annotated[list[str], Field(min_length=1, max_length=_REGISTERS_MAX)]
    first: date = Field(alias="from")
    after_last: date = Field(alias="to")
    every: Granularity = Granularity.MONTH
    aggregation: Aggregation = Aggregation.SUM
    calendar: Calendar | None = None
    block_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    sliding: bool = False
    by: tuple[str, ...] = ()
    edges: BoundaryRule = BoundaryRule.LAST_READ
    as_of: int | None = None


@router.post("/usage")
def post_usage(call: Maker, asked: UsageQueryIn) -> list[UsageOut]:
    """Ask one question of many registers, as of a watermark if one is stated."""
    found = registers(call.session, asked.registers)
    for key in asked.registers:
        if key not in found:
            raise NoSuchRegister(f"there is no register {key!r} here", found=key)
    by_zone: dict[object, list[StoredRegister]] = {}
    for key in dict.fromkeys(asked.registers):
        by_zone.setdefault(found[key].zone, []).append(found[key])
    out = []
    for of_zone in by_zone.values():
        question = UsageQuery(
            _days(asked.first, asked.after_last, of_zone[0]),
            asked.every,
            asked.aggregation,
            asked.calendar,
            asked.block_minutes,
            asked.sliding,
            asked.by,
            asked.edges,
        )
        answers = answer(call.session, of_zone, question, NOW if asked.as_of is None else asked.as_of)
        for register, mine in zip(of_zone, answers, strict=True):
            out += [_out(register, each) for each in mine]
    return out


@router.get("/registers/{key}/usage")
def get_usage(
    call: Anyone,
    key: str,
    from_: Annotated[date, Query(alias="from", description="The first local day.")],
    to: Annotated[date, Query(description="The first local day not counted any more.")],
    every: Annotated[Granularity, Query(description="How the days are cut, by the local clock.")] = Granularity.MONTH,
    aggregation: Annotated[Aggregation, Query(description="What of each part.")] = Aggregation.SUM,
    block_minutes: Annotated[int, Query(ge=1, le=1440, description="How long the block of a demand is.")] = 15,
    sliding: Annotated[bool, Query(description="Whether a block may start at any interval.")] = False,  # noqa: FBT002 a query parameter
    by: Annotated[list[str] | None, Query(description="Dimensions that are told apart.")] = None,
    edges: Annotated[
        BoundaryRule, Query(description="What a counter says where it was not read.")
    ] = BoundaryRule.LAST_READ,
    as_of: Annotated[int | None, Query(description="The last batch that counts.")] = None,
) -> list[UsageOut]:
    """Count a register over local days of its site.

    A customer sees a register only over the days on which released versions of its own contracts cover it. Where these
    days are interrupted, the parts on both sides of the gap are answered one after the other, and a month is cut at a
    handover. An interval counts where it starts, as it is billed. A counter is counted from its first reading since the
    handover: what it showed before also contains the use before it, so the time up to that reading has an error instead
    of a quantity. With ``edges=interpolated`` it is counted from the handover itself; the last reading before it then
    serves to compute what the counter showed at that moment, and for nothing else. A level or a state that was read
    before the handover stands from the handover on, until the next reading.
    """
    register, shown = _shown(call, key, from_, to)
    watermark = NOW if as_of is None else as_of
    rows: list[UsageOut] = []
    for period, covered_from in shown:
        whole = UsageQuery(period, every, aggregation, None, block_minutes, sliding, tuple(by or ()), edges)
        for question in _questions(call.session, register, whole, covered_from, watermark):
            (answers,) = answer(call.session, [register], question, watermark)
            rows += [_out(register, part) for part in answers]
    return rows


@router.get("/registers/{key}/states")
def get_states(
    call: Anyone,
    key: str,
    from_: Annotated[date, Query(alias="from", description="The first local day.")],
    to: Annotated[date, Query(description="The first local day not counted any more.")],
    every: Annotated[Granularity, Query(description="How the days are cut, by the local clock.")] = Granularity.DAY,
) -> list[StatesOut]:
    """Say how long a machine was in each of its states, by state and cause.

    A customer sees the days on which released versions of its own contracts cover the register.
    """
    register, shown = _shown(call, key, from_, to)
    if register.register.kind is not RegisterKind.STATE:
        raise NoStates(f"{key} is a {register.register.kind} register", found=key, expected="a state register")
    return [
        StatesOut(
            period_from=part.period.start,
            period_to=part.period.end,
            unit=register.register.unit,
            states=[
                StateOut(state=state.name, cause=state.cause, lasted=time)
                for state, time in sorted(lasted.items(), key=lambda pair: pair[0].code)
            ],
        )
        for period, _ in shown
        for part, lasted in durations(call.session, register, UsageQuery(period, every))
    ]


def _shown(
    call: StatedCall, key: str, first: date, after_last: date
) -> tuple[StoredRegister, list[tuple[Period, datetime | None]]]:
    """Find a register that the caller may see, and what of the days asked about the caller may see of it.

    Returns:
        The register, and periods in order of time, each with the instant since which the caller's contracts cover the
        register without interruption; None for the tenant itself, which sees all.

    Raises:
        NoSuchRegister: there is none, or no contract of the customer ever covers it.
        NotADayRange: the days end before they start, or are too many.
    """
    register = registers(call.session, [key]).get(key)
    is_customer = call.caller.is_customer
    ranges = _covered(call.session, key) if is_customer else []
    if register is None or (is_customer and not ranges):
        raise NoSuchRegister(f"there is no register {key!r} here", found=key)
    asked = _days(first, after_last, register)
    if not is_customer:
        return register, [(asked, None)]
    covered = [(asked.meet(period), period.start) for period in covered_periods(ranges, asked.end)]
    return register, [(period, start) for period, start in covered if period is not None]


def _covered(session: Session, key: str) -> list[tuple[DayRange, tzinfo]]:
    """List the days on which contracts that are visible here cover a register, each with its contract's zone."""
    return [
        (days, zone(versions[-1].contract.zone))
        for versions in contracts.of_contracts(session).values()
        for days in covered_days(versions, key)
    ]


def _questions(
    session: Session, register: StoredRegister, whole: UsageQuery, covered_from: datetime | None, watermark: int
) -> list[UsageQuery]:
    """Divide a question about a counter at its first reading since the register is covered.

    With ``last_read`` a counter stands at an edge as it was last read. If that was before the register was covered, the
    difference would contain use of another customer: up to the first reading since then only exact edges count, and
    there are none.
    """
    is_by_edges = register.register.kind is RegisterKind.CUMULATIVE and whole.aggregation in _BETWEEN_EDGES
    if covered_from is None or not is_by_edges or whole.edges is not BoundaryRule.LAST_READ:
        return [whole]
    (around,) = reads_over(session, [(register, Period(covered_from, covered_from + MICROSECOND))], watermark)
    opening = min((read.start for read in around if read.start >= covered_from), default=whole.period.end)
    return [
        replace(whole, period=period, edges=BoundaryRule.EXACT if period.start < opening else whole.edges)
        for period in whole.period.split(opening)
    ]


def _days(first: date, after_last: date, register: StoredRegister) -> Period:
    if not timedelta(0) < after_last - first <= _DAYS_MAX:
        expected = f"1 to {_DAYS_MAX.days} days"
        raise NotADayRange(f"{first} to {after_last} is none", found=f"{first}/{after_last}", expected=expected)
    return Period.of_days(first, after_last, register.zone)


def _out(register: StoredRegister, each: UsageSeries) -> UsageOut:
    return UsageOut(
        register_key=register.register.key,
        period_from=each.part.period.start,
        period_to=each.part.period.end,
        band=each.part.band,
        dimensions=dict(each.dimensions),
        unit=each.unit,
        quantity=each.value,
        readings=each.count,
        estimated=each.estimated,
        questionable=each.questionable,
        at=each.at,
        error=each.error,
    )
