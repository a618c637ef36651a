"""The doors for OpenMeter's and Lago's clients, and what a tenant says of the events that come through them."""

from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.access.roles import Permission
from api.audit.note import made
from api.http.dependencies import StatedCall, needs
from api.http.event_answers import lago_event, lago_events, lago_refusal, openmeter_refusal
from api.http.paging import asked, page
from api.http.work_route import Body, WorkRoute
from api.operations import events
from api.operations.short_lists import EVENT_METERS, EventMeterQuery
from api.server.metrics import REFUSALS, count_verdicts
from metering.deliveries.receipt import Receipt
from metering.events.event_meter import EventMeter, event_meter
from metering.events.usage_event import EventClient, EventsRefused
from quantities.errors import UsufructError, slug
from quantities.names import Name

router = APIRouter(tags=["events"], route_class=WorkRoute)

_CLOUDEVENTS = "application/cloudevents"
_EVENT: dict[str, Any] = {"type": "object", "additionalProperties": True}
_POSTED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": _EVENT},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _EVENT}},
            "application/json": {"schema": {"anyOf": [_EVENT, {"type": "array", "items": _EVENT}]}},
        },
    }
}
_BATCH: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _EVENT}}},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Lago's event as it is kept."},
    204: {"description": "OpenMeter's events are kept."},
    400: {"description": "OpenMeter's events are refused, all of them."},
    422: {"description": "Lago's events are refused, all of them; error_details has the faults."},
}


@router.post("/api/v1/events", response_class=Response, responses=_ANSWERS, openapi_extra=_POSTED)
def post_events(
    call: Annotated[StatedCall, needs(Permission.READINGS_WRITE)],
    body: Body,
    content_type: Annotated[str | None, Header()] = None,
) -> Response:
    """Take an event of Lago's client, or events of OpenMeter's, each answered as its own engine does.

    CloudEvents come as `application/cloudevents+json`, `application/cloudevents-batch+json` or `application/json`; an
    object with the member `event` is Lago's. An event counts once, by source and id, or by subscription and
    transaction_id. One that no event meter or register takes is kept, and listed by `/v1/events/unmatched`.
    """
    who, at, known = call.caller.name, call.now, call.registers
    if not (content_type or "").startswith(_CLOUDEVENTS) and _is_lago(body):
        try:
            posted = events.post_lago(call.session, body, batch=False, who=who, at=at, known=known)
        except UsufructError as error:
            _roll_back(call, error)
            return lago_refusal(error, batch=False)
        _count(posted.receipt)
        return lago_event(posted.events[0], at)
    try:
        posted = events.post_openmeter(call.session, body, who=who, at=at, known=known)
    except UsufructError as error:
        _roll_back(call, error)
        return openmeter_refusal(error)
    _count(posted.receipt)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _is_lago(body: bytes) -> bool:
    """Whether a body begins as one event of Lago's does: an object, and its first member is ``event``."""
    opened = body.lstrip()
    return opened.startswith(b"{") and opened[1:].lstrip().startswith(b'"event"')


@router.post(
    "/api/v1/events/batch",
    response_class=Response,
    responses={status: _ANSWERS[status] for status in (200, 422)},
    openapi_extra=_BATCH,
)
def post_events_batch(call: Annotated[StatedCall, needs(Permission.READINGS_WRITE)], body: Body) -> Response:
    """Take a batch of at most 100 events of Lago's client: all of them, or none."""
    who, at, known = call.caller.name, call.now, call.registers
    try:
        posted = events.post_lago(call.session, body, batch=True, who=who, at=at, known=known)
    except UsufructError as error:
        _roll_back(call, error)
        return lago_refusal(error, batch=True)
    _count(posted.receipt)
    return lago_events(posted.events, at)


def _count(receipt: Receipt) -> None:
    count_verdicts(receipt.stored, receipt.unchanged, receipt.refused)


def _roll_back(call: StatedCall, error: UsufructError) -> None:
    """Undo what a refused request wrote, and count the events that refuse it."""
    call.session.rollback()
    REFUSALS.labels(slug(type(error))).inc()
    if isinstance(error, EventsRefused):
        faults: Any = error.members["faults"]
        count_verdicts(0, 0, len({fault["line"] for fault in faults}))


class EventMeterIn(BaseModel):
    """What of the events of one type is their amount, in which unit; and where dimensions of registers stand."""

    model_config = ConfigDict(extra="forbid")

    client: EventClient
    event_type: Name
    aggregation: Annotated[str, Field(description="sum or count; others cannot be billed exactly from events.")]
    unit: str
    value: Annotated[str | None, Field(description="Where the amount stands, as $.tokens or usage.tokens.")] = None
    dimensions: dict[Name, str] = Field(default_factory=dict)


class EventMeterOut(BaseModel):
    """An event meter. A register takes the events of a subject if its key or an alias is SUBJECT/NAME."""

    name: str
    client: EventClient
    event_type: str
    aggregation: str
    unit: str
    value: str | None
    dimensions: dict[str, str]


class MatchedOut(BaseModel):
    """How many readings stored events came to, and the batch that has them; none: nothing was added."""

    batch: int | None
    readings: int


class DeclaredEventMeterOut(EventMeterOut):
    """An event meter, and what it added of the events that were stored before it."""

    matched: MatchedOut


class UnmatchedOut(BaseModel):
    """Events of one type and subject that nothing takes, and why."""

    client: EventClient
    event_type: str
    subject: str
    events: int
    first: datetime
    last: datetime
    why: str


@router.put("/v1/event-meters/{name}")
def put_event_meter(
    call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)], name: Name, body: EventMeterIn
) -> DeclaredEventMeterOut:
    """Declare an event meter; it never changes. Events of its type that are stored already are matched at once."""
    meter = event_meter(
        name,
        body.client,
        body.event_type,
        body.aggregation,
        body.unit,
        value=body.value,
        dimensions=body.dimensions,
    )
    declared = events.declare_event_meter(call.session, meter, who=call.caller.name, at=call.now)
    return DeclaredEventMeterOut(**_facts(declared.meter), matched=_matched(declared.receipt))


_METERS = TypeAdapter(list[EventMeterOut])


@router.get("/v1/event-meters")
def get_event_meters(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    request: Request,
    query: Annotated[EventMeterQuery, asked(EventMeterQuery)],
) -> list[EventMeterOut]:
    """List the event meters in pages, by name."""
    listed = EVENT_METERS.page(events.event_meters(call.session), query)
    return page(request, _METERS, listed, lambda meter: EventMeterOut(**_facts(meter)))  # type: ignore[return-value] # with a header


@router.get("/v1/events/unmatched")
def get_unmatched_events(
    call: Annotated[StatedCall, needs(Permission.READINGS_READ)],
    most: Annotated[int, Query(ge=1, le=10_000, description="The most groups that are listed.")] = 1000,
) -> list[UnmatchedOut]:
    """List the events that no event meter or register takes, by type and subject: kept, and never silently free."""
    return [UnmatchedOut(**asdict(group)) for group in events.unmatched_events(call.session, most)]


@router.post("/v1/events/match")
def post_match(call: Annotated[StatedCall, needs(Permission.FLEET_WRITE)]) -> MatchedOut:
    """Match stored events with the event meters and registers as they are now, after the fleet has changed."""
    receipt = events.match_events(call.session, who=call.caller.name, at=call.now)
    made(call.session, f"batch {receipt.batch}" if receipt else "no event matches")
    return _matched(receipt)


def _facts(meter: EventMeter) -> dict[str, Any]:
    return asdict(meter) | {"aggregation": meter.aggregation.value}


def _matched(receipt: Receipt | None) -> MatchedOut:
    return MatchedOut(batch=receipt.batch if receipt else None, readings=receipt.stored if receipt else 0)
