"""What registers counted: sums, demands and means, by the local clock and by bands, fit for a chart."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.dependencies import Anyone, Maker, Stated
from contracts import store as contracts
from metering.aggregation import Aggregation, Answer, Every, Question
from metering.aggregation_store import answer, durations
from metering.calendars import Calendar
from metering.consumption import Edges
from metering.delivery_store import NoSuchRegister
from metering.errors import Invalid
from metering.meter import RegisterKind
from metering.meter_store import StoredRegister, registers
from metering.period import Period
from metering.quantity import Magnitude
from metering.store import NOW

router = APIRouter(prefix="/v1", tags=["usage"])

_DAYS_MAX = timedelta(days=3660)
_REGISTERS_MAX = 1000


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


class QuestionIn(BaseModel):
    """What is asked of many registers at once.

    Each is asked over local days of its own site; ``calendar`` cuts every part into bands.
    """

    registers: Annotated[list[str], Field(min_length=1, max_length=_REGISTERS_MAX)]
    first: date = Field(alias="from")
    after_last: date = Field(alias="to")
    every: Every = Every.MONTH
    aggregation: Aggregation = Aggregation.SUM
    calendar: Calendar | None = None
    block_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    sliding: bool = False
    by: tuple[str, ...] = ()
    edges: Edges = Edges.LAST_READ
    as_of: int | None = None


@router.post("/usage")
def post_usage(call: Maker, asked: QuestionIn) -> list[UsageOut]:
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
        question = Question(
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
    every: Annotated[Every, Query(description="How the days are cut, by the local clock.")] = Every.MONTH,
    aggregation: Annotated[Aggregation, Query(description="What of each part.")] = Aggregation.SUM,
    block_minutes: Annotated[int, Query(ge=1, le=1440, description="How long the block of a demand is.")] = 15,
    sliding: Annotated[bool, Query(description="Whether a block may start at any interval.")] = False,  # noqa: FBT002 a query parameter
    by: Annotated[list[str] | None, Query(description="Dimensions that are told apart.")] = None,
    edges: Annotated[Edges, Query(description="What a counter says where it was not read.")] = Edges.LAST_READ,
    as_of: Annotated[int | None, Query(description="The last batch that counts.")] = None,
) -> list[UsageOut]:
    """Count a register over local days of its site.

    A customer sees the registers of its own contracts, and of each the days that they cover.
    """
    register, period = _own(call, key, from_, to)
    if period is None:
        return []
    question = Question(period, every, aggregation, None, block_minutes, sliding, tuple(by or ()), edges)
    (answers,) = answer(call.session, [register], question, NOW if as_of is None else as_of)
    return [_out(register, each) for each in answers]


@router.get("/registers/{key}/states")
def get_states(
    call: Anyone,
    key: str,
    from_: Annotated[date, Query(alias="from", description="The first local day.")],
    to: Annotated[date, Query(description="The first local day not counted any more.")],
    every: Annotated[Every, Query(description="How the days are cut, by the local clock.")] = Every.DAY,
) -> list[StatesOut]:
    """Say how long a machine was in each of its states, by state and cause."""
    register, period = _own(call, key, from_, to)
    if register.register.kind is not RegisterKind.STATE:
        raise NoStates(f"{key} is a {register.register.kind} register", found=key, expected="a state register")
    if period is None:
        return []
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
        for part, lasted in durations(call.session, register, Question(period, every))
    ]


def _own(call: Stated, key: str, first: date, after_last: date) -> tuple[StoredRegister, Period | None]:
    """Find a register that the caller may see, and of some days those that the caller may see it over."""
    found = registers(call.session, [key]).get(key)
    own = _own_days(call, key)
    if found is None or own is None:
        raise NoSuchRegister(f"there is no register {key!r} here", found=key)
    _days(first, after_last, found)
    first, after_last = max(first, own[0]), min(after_last, own[1])
    return found, None if after_last <= first else Period.of_days(first, after_last, found.zone)


def _days(first: date, after_last: date, register: StoredRegister) -> Period:
    if not timedelta(0) < after_last - first <= _DAYS_MAX:
        expected = f"1 to {_DAYS_MAX.days} days"
        raise NotADayRange(f"{first} to {after_last} is none", found=f"{first}/{after_last}", expected=expected)
    return Period.of_days(first, after_last, register.zone)


def _own_days(call: Stated, key: str) -> tuple[date, date] | None:
    """Say over which days the caller may see a register: all for the tenant, its contracts' for a customer."""
    if call.caller.party is None:
        return date.min, date.max
    lives = [
        (version.contract.starts, version.contract.until or date.max)
        for reference in contracts.references(call.session)
        for version in contracts.versions(call.session, reference)[-1:]
        if any(charge.register_key == key for charge in version.contract.charges)
    ]
    return (min(first for first, _ in lives), max(last for _, last in lives)) if lives else None


def _out(register: StoredRegister, each: Answer) -> UsageOut:
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
