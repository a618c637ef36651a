"""The use that registers counted: sums, demands and means, by local time and by bands; and states of machines."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.json_types import JsonBoolean, JsonInteger, WrittenDay
from api.http.work_route import WorkRoute
from api.operations.usage import RegisterUsage, UsageOverDays, states, usage, usage_of_many
from metering.consumption.use import BoundaryRule
from metering.usage.aggregation import Aggregation, Granularity
from quantities.calendars import Calendar
from quantities.days import day_after
from quantities.errors import Invalid
from quantities.quantity import Magnitude

router = APIRouter(prefix="/v1", tags=["usage"], route_class=WorkRoute)

_DAYS_MAX = timedelta(days=3660)
_REGISTERS_MAX = 1000


class NotADayRange(Invalid):
    """The days are reversed, none, or more than ten years."""


class UsageOut(BaseModel):
    """What a register counted over one part of the days; an error where nothing was read."""

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
    """How long each state lasted in one part of the days, in the register's unit."""

    period_from: datetime
    period_to: datetime
    unit: str
    states: list["StateOut"]


class StateOut(BaseModel):
    """One state, with its cause where the machine reports one."""

    state: str
    cause: str | None
    lasted: Magnitude


class UsageQueryIn(BaseModel):
    """A question about many registers.

    It is about the local days of each register's own site, ``to`` included; ``calendar`` divides every part into bands.
    """

    registers: Annotated[list[str], Field(min_length=1, max_length=_REGISTERS_MAX)]
    first: WrittenDay = Field(alias="from")
    last: WrittenDay = Field(alias="to")
    every: Granularity = Granularity.MONTH
    aggregation: Aggregation = Aggregation.SUM
    calendar: Calendar | None = None
    block_minutes: Annotated[JsonInteger, Field(ge=1, le=1440)] = 15
    sliding: JsonBoolean = False
    by: tuple[str, ...] = ()
    edges: BoundaryRule = BoundaryRule.LAST_READ
    as_of: JsonInteger | None = None


@router.post("/usage")
def query_usage(call: Annotated[StatedCall, needs(Permission.READINGS_READ)], asked: UsageQueryIn) -> list[UsageOut]:
    """Count many registers over local days of their sites, as of a batch if one is stated."""
    _refuse_unless_days(asked.first, asked.last)
    question = UsageOverDays(
        first=asked.first,
        after_last=day_after(asked.last),
        every=asked.every,
        aggregation=asked.aggregation,
        calendar=asked.calendar,
        block_minutes=asked.block_minutes,
        sliding=asked.sliding,
        by=asked.by,
        edges=asked.edges,
        as_of=asked.as_of,
    )
    counted = usage_of_many(call.session, asked.registers, question)
    return [row for register_usage in counted for row in _usage_out(register_usage)]


@router.get("/registers/{key}/usage")
def get_register_usage(
    call: Annotated[StatedCall, needs(Permission.USAGE_READ)],
    key: str,
    from_: Annotated[WrittenDay, Query(alias="from", description="The first local day.")],
    to: Annotated[WrittenDay, Query(description="The last local day.")],
    every: Annotated[Granularity, Query(description="How the days are divided, in local time.")] = Granularity.MONTH,
    aggregation: Annotated[Aggregation, Query(description="What is computed of each part.")] = Aggregation.SUM,
    block_minutes: Annotated[
        int, Query(ge=1, le=1440, description="Length of the block of a demand, in minutes.")
    ] = 15,
    sliding: Annotated[bool, Query(description="Whether a block may start at any interval.")] = False,  # noqa: FBT002 a query parameter
    by: Annotated[list[str] | None, Query(description="Dimensions to answer separately.")] = None,
    edges: Annotated[
        BoundaryRule, Query(description="How a counter is read at an edge without a reading.")
    ] = BoundaryRule.LAST_READ,
    as_of: Annotated[int | None, Query(description="The last batch that counts.")] = None,
) -> list[UsageOut]:
    """Count a register over local days of its site.

    A customer sees a register only over the days on which released versions of its own contracts cover it, and so
    does whoever it has granted the machine to. Where these days are interrupted, the parts on both sides of the gap
    are answered one after the other, and a month is cut at a handover. An interval counts where it starts, as it is
    billed. A counter is counted from its first reading since the handover: what it showed before also contains the
    use before it, so the time up to that reading has an error instead of a quantity. With ``edges=interpolated`` it
    is counted from the handover itself; the last reading before it then serves to compute what the counter showed
    at that moment, and for nothing else. A level or a state that was read before the handover stands from the
    handover on, until the next reading.
    """
    _refuse_unless_days(from_, to)
    question = UsageOverDays(
        first=from_,
        after_last=day_after(to),
        every=every,
        aggregation=aggregation,
        block_minutes=block_minutes,
        sliding=sliding,
        by=tuple(by or ()),
        edges=edges,
        as_of=as_of,
    )
    return _usage_out(usage(call.session, key, question, as_customer=call.caller.is_customer))


@router.get("/registers/{key}/states")
def get_register_states(
    call: Annotated[StatedCall, needs(Permission.USAGE_READ)],
    key: str,
    from_: Annotated[WrittenDay, Query(alias="from", description="The first local day.")],
    to: Annotated[WrittenDay, Query(description="The last local day.")],
    every: Annotated[Granularity, Query(description="How the days are divided, in local time.")] = Granularity.DAY,
) -> list[StatesOut]:
    """Answer how long a machine was in each of its states, by state and cause.

    A customer, and whoever it has granted the machine to, sees the days on which released versions of the customer's
    own contracts cover the register.
    """
    _refuse_unless_days(from_, to)
    answered = states(call.session, key, from_, day_after(to), every, as_customer=call.caller.is_customer)
    return [
        StatesOut(
            period_from=part.period.start,
            period_to=part.period.end,
            unit=answered.register.register.unit,
            states=[
                StateOut(state=state.name, cause=state.cause, lasted=time)
                for state, time in sorted(lasted.items(), key=lambda pair: pair[0].code)
            ],
        )
        for part, lasted in answered.parts
    ]


def _refuse_unless_days(first: date, last: date) -> None:
    """Refuse days that are reversed, or so many that the answer would be too large."""
    if not timedelta(0) <= last - first < _DAYS_MAX:
        expected = f"1 to {_DAYS_MAX.days} days"
        raise NotADayRange(f"{first} to {last} is none", found=str(last), expected=f"{expected} from {first} on")


def _usage_out(counted: RegisterUsage) -> list[UsageOut]:
    return [
        UsageOut(
            register_key=counted.register.register.key,
            period_from=series.part.period.start,
            period_to=series.part.period.end,
            band=series.part.band,
            dimensions=dict(series.dimensions),
            unit=series.unit,
            quantity=series.value,
            readings=series.count,
            estimated=series.estimated,
            questionable=series.questionable,
            at=series.at,
            error=series.error,
        )
        for series in counted.parts
    ]
