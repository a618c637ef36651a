"""What may be asked of the list of operations."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery


class OperationState(StrEnum):
    """Where an operation stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class OperationKind(StrEnum):
    """What an operation does."""

    BILL = "bill"
    REPLAY = "replay"
    CONTRACTS = "contracts in bulk"
    EXPORT = "export"
    INGEST = "ingest"


class OperationQuery(ListQuery):
    """Operations by where they stand and what they do; the newest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("-operation",)

    state: Annotated[OperationState | None, Field(description="Where they stand.")] = None
    kind: Annotated[OperationKind | None, Field(description="What they do.")] = None
