"""What clients of OpenMeter and of Lago are answered: in their own engines' forms, as far as they read them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse, Response

from api.http.problems import HEADERS, MEDIA_TYPE
from api.refusals import problem_of
from metering.events.members import written
from metering.events.usage_event import UsageEvent
from quantities.errors import Invalid, UsufructError


def openmeter_refusal(error: UsufructError) -> JSONResponse:
    """A problem, as OpenMeter has it: what is wrong with a request is 400 there."""
    problem = problem_of(error)
    if isinstance(error, Invalid):
        problem["status"] = int(HTTPStatus.BAD_REQUEST)
    return _answer(problem)


def lago_refusal(error: UsufructError, *, batch: bool) -> JSONResponse:
    """A problem with the members of Lago's error: ``error``, ``code`` and, of a request's faults, ``error_details``.

    Args:
        error: the refusal.
        batch: whether it was a batch, whose faults stand by the index of the event, from 0.
    """
    problem = problem_of(error)
    status = HTTPStatus(int(str(problem["status"])))
    problem |= {"error": status.phrase.replace("Content", "Entity"), "code": str(problem["type"]).rpartition("/")[2]}
    faults = error.members.get("faults")
    if isinstance(faults, list):
        problem |= {"code": "validation_errors", "error_details": _details(faults, by_index=batch)}
    return _answer(problem)


def _details(faults: Sequence[Mapping[str, Any]], *, by_index: bool) -> dict[str, Any]:
    of_event: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for fault in faults:
        member = str(fault["member"]).partition(".")[0]
        if fault["code"] not in of_event[fault["line"]][member]:
            of_event[fault["line"]][member].append(fault["code"])
    whole = of_event.pop(0, {})
    if not by_index:
        return {member: codes for members in (whole, *of_event.values()) for member, codes in members.items()}
    return {**whole, **{str(line - 1): members for line, members in sorted(of_event.items())}}


def _answer(problem: Mapping[str, object]) -> JSONResponse:
    status = int(str(problem["status"]))
    return JSONResponse(dict(problem), status, headers=HEADERS.get(status), media_type=MEDIA_TYPE)


def lago_event(event: UsageEvent, received_at: datetime) -> Response:
    """One event as Lago answers it; it has no number of Lago's, nor have its customer and subscription."""
    return _lago(f'{{"event": {_event(event, received_at)}}}')


def lago_events(events: Sequence[UsageEvent], received_at: datetime) -> Response:
    """A batch as Lago answers it."""
    return _lago(f'{{"events": [{", ".join(_event(event, received_at) for event in events)}]}}')


def _lago(body: str) -> Response:
    return Response(body.encode(), media_type="application/json")


def _event(event: UsageEvent, received_at: datetime) -> str:
    return written(
        {
            "lago_id": None,
            "transaction_id": event.event_id,
            "lago_customer_id": None,
            "lago_subscription_id": None,
            "external_subscription_id": event.subject,
            "code": event.event_type,
            "timestamp": _instant(event.at),
            "precise_total_amount_cents": None,
            "properties": dict(event.content),
            "created_at": _instant(received_at),
        }
    )


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
