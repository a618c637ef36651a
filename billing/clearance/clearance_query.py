"""What may be asked of lists of clearances and of red confirmations."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing.clearance.life import ClearanceStatus
from quantities.listing import ListQuery


class ClearanceQuery(ListQuery):
    """Clearances by where they stand; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("clearance",)

    status: Annotated[ClearanceStatus | None, Field(description="Where they stand.")] = None


class RedQuery(ListQuery):
    """Red-letter confirmations; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("red",)
