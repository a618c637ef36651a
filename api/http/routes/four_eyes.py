"""Whether what one person prepares another must release: switched and limited by two, and shown with its record."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access.roles import Permission, Role
from api.http.dependencies import StatedCall, needs
from api.http.json_types import JsonBoolean
from api.http.work_route import WorkRoute
from api.operations import tenants
from metering.tenants.money import MoneyOperation
from metering.tenants.store import FourEyesSwitch
from quantities.quantity import Magnitude
from quantities.worded import worded

router = APIRouter(prefix="/v1", tags=["four eyes"], route_class=WorkRoute)

_Reason = Annotated[str, Field(min_length=1, max_length=500)]
_Number = Annotated[int, Field(ge=1, lt=2**31)]


class SwitchIn(BaseModel):
    """Four eyes are switched off or on, and why."""

    model_config = ConfigDict(extra="forbid")

    off: JsonBoolean
    reason: _Reason


class LimitIn(BaseModel):
    """Up to which net amount one person is enough for an operation, and why."""

    model_config = ConfigDict(extra="forbid")

    operation: MoneyOperation
    amount: Annotated[Decimal, Field(ge=0, max_digits=24, decimal_places=4)]
    currency: Annotated[str, Field(pattern=worded("^[A-Z]{3}$", "three capital letters of ISO 4217, as in EUR"))]
    reason: _Reason


class SwitchOut(BaseModel):
    """A switch, and who released it; without one it waits for another owner."""

    number: int
    off: bool
    at: datetime
    by: str
    reason: str
    released_by: str | None
    released_at: datetime | None
    taken_back_at: datetime | None


class LimitOut(BaseModel):
    """A limit, and who released it; without one it waits for another owner."""

    number: int
    operation: MoneyOperation
    amount: Magnitude
    currency: str
    at: datetime
    by: str
    reason: str
    released_by: str | None
    released_at: datetime | None
    taken_back_at: datetime | None


class UnseenOut(BaseModel):
    """Somebody, or a key, that one person alone has made, and that no other owner has looked at."""

    name: str
    role: Role
    key: Annotated[str | None, Field(description="The key's first characters; none: the identity itself.")]
    made_by: str | None
    made_at: datetime
    reason: Annotated[str | None, Field(description="Why an administrator recovered an owner's key.")]


class SwitchedOut(SwitchOut):
    """A switch, and, where four eyes are on by it, what one person alone made while they were off."""

    unseen: list[UnseenOut]


class FourEyesOut(BaseModel):
    """Whether four eyes are on, every switch and limit, the oldest first, and what no other owner has looked at."""

    on: bool
    record: list[SwitchOut]
    limits: list[LimitOut]
    unseen: list[UnseenOut]


@router.get("/four-eyes")
def get_four_eyes(
    call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH, Permission.AUDIT_READ)],
) -> FourEyesOut:
    """Show whether what one person prepares another must release, and since when."""
    return FourEyesOut.model_validate(tenants.four_eyes(call.session, now=call.now), from_attributes=True)


@router.post("/four-eyes/switches", status_code=201)
def switch_four_eyes(
    call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH)], asked: SwitchIn
) -> SwitchedOut | None:
    """Switch four eyes off or on; where there are two owners, another releases it. Nothing, where they are so."""
    switch = tenants.switch_four_eyes(
        call.session, off=asked.off, reason=asked.reason, who=call.caller.name, at=call.now
    )
    return None if switch is None else _switched_out(call, switch)


@router.post("/four-eyes/switches/{number}/release")
def release_four_eyes_switch(
    call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH)], number: _Number
) -> SwitchedOut:
    """Release a switch that another owner asked for: it takes effect."""
    return _switched_out(call, tenants.release_four_eyes(call.session, number, who=call.caller.name, at=call.now))


@router.post("/four-eyes/limits", status_code=201)
def limit_four_eyes(call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH)], asked: LimitIn) -> LimitOut:
    """Let one person be enough for an operation up to an amount; where there are two owners, another releases it."""
    limit = tenants.limit_four_eyes(
        call.session,
        asked.operation,
        asked.amount,
        asked.currency,
        reason=asked.reason,
        who=call.caller.name,
        at=call.now,
    )
    return LimitOut.model_validate(limit, from_attributes=True)


@router.post("/four-eyes/limits/{number}/release")
def release_four_eyes_limit(
    call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH)], number: _Number
) -> LimitOut:
    """Release a limit that another owner asked for: it takes effect."""
    limit = tenants.release_limit(call.session, number, who=call.caller.name, at=call.now)
    return LimitOut.model_validate(limit, from_attributes=True)


@router.post("/four-eyes/switches/{number}/take-back")
def take_back_switch(call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH)], number: _Number) -> SwitchOut:
    """Take back a switch that waits, and that the caller has asked for."""
    switch = tenants.take_back_switch(call.session, number, who=call.caller.name, at=call.now)
    return SwitchOut.model_validate(switch, from_attributes=True)


@router.post("/four-eyes/limits/{number}/take-back")
def take_back_limit(call: Annotated[StatedCall, needs(Permission.FOUR_EYES_SWITCH)], number: _Number) -> LimitOut:
    """Take back a limit that waits, and that the caller has asked for."""
    limit = tenants.take_back_limit(call.session, number, who=call.caller.name, at=call.now)
    return LimitOut.model_validate(limit, from_attributes=True)


def _switched_out(call: StatedCall, switch: FourEyesSwitch) -> SwitchedOut:
    four_eyes = tenants.four_eyes(call.session, now=call.now)
    unseen = four_eyes.unseen if four_eyes.on and not switch.off else ()
    return SwitchedOut.model_validate({**asdict(switch), "unseen": [asdict(made) for made in unseen]})
