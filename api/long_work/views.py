"""An operation as both doors show it."""

from datetime import datetime

from pydantic import BaseModel

from api.long_work.operation_query import OperationKind, OperationState
from api.long_work.store import Operation


class OperationOut(BaseModel):
    """Where an operation stands: so much is `done`, of a `total` where that is known; what was answered is at `answer`.

    Work is done as of the instant at which it was asked. `status` is that of the answer, as soon as there is one.
    """

    operation: int
    kind: OperationKind
    state: OperationState
    done: int
    total: int | None
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    status: int | None
    answer: str | None


def operation_out(operation: Operation) -> OperationOut:
    """Show an operation."""
    return OperationOut(
        operation=operation.number,
        kind=operation.kind,
        state=operation.state,
        done=operation.done,
        total=operation.total,
        asked_at=operation.asked_at,
        began_at=operation.began_at,
        ended_at=operation.ended_at,
        status=operation.status,
        answer=None if operation.status is None else f"/v1/operations/{operation.number}/answer",
    )
