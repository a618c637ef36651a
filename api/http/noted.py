"""What the audit has of a request."""

from collections.abc import Collection
from datetime import datetime

from fastapi import Request

from api.access.caller import Caller
from api.access.roles import Permission
from api.audit.note import WRITES_NOTHING, AuditNote, Door, is_always_noted
from api.audit.personal import PERSONAL_ARGUMENTS

#: Deliveries, of which there are very many: their entries go as their transactions begin; what they are of.
DELIVERIES = {
    "POST /v1/readings": "readings",
    "POST /api/v1/events": "events",
    "POST /api/v1/events/batch": "events",
}
_OF_DELIVERIES = ("source", "register")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Routes that write nothing although what they need would let them; why.
COMPUTES = {
    "POST /v1/contracts/check": "says what recording would refuse, and records nothing",
    "POST /v1/statements/{number}/replay": "recomputes a statement, and keeps nothing of it",
}


def noted(
    request: Request, caller: Caller, now: datetime, route: str, needs: Collection[Permission]
) -> AuditNote | None:
    """What is noted of a request.

    Args:
        request: as it came; its body, once it is read, is in its state.
        caller: who sent it.
        now: its instant.
        route: the path as it is declared.
        needs: what its route asks for; of a route that is known to write, nothing.

    Returns:
        None for what writes nothing and is the caller's own to see.
    """
    operation = f"{request.method} {route}"
    if not is_always_noted(caller.role, needs) and writes_nothing(operation, needs):
        return None
    given = list(request.path_params.items())
    if operation in DELIVERIES:
        given = [(name, request.query_params[name]) for name in _OF_DELIVERIES if name in request.query_params]
    shown = (f"{name}={value}" for name, value in given if (operation, name) not in PERSONAL_ARGUMENTS)
    return AuditNote(
        at=now,
        door=Door.HTTP,
        operation=operation,
        object=", ".join(shown) or DELIVERIES.get(operation, ""),
        key=caller.key,
        address=None if request.client is None else request.client.host,
        body=getattr(request.state, "body", b""),
        is_delivery=operation in DELIVERIES,
    )


def writes_nothing(operation: str, needs: Collection[Permission]) -> bool:
    """Whether a request writes nothing: a look, or what needs no more than to look or to compute."""
    method = operation.partition(" ")[0]
    return method in _READS or operation in COMPUTES or (bool(needs) and WRITES_NOTHING.issuperset(needs))
