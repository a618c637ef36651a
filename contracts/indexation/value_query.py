"""What may be asked of the values of an index."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.indexation.lookup import Month
from quantities.listing import ListQuery


class IndexValueQuery(ListQuery):
    """Values that an index ever had, by month and by whether they wait; by month, and then as they were recorded."""

    SORTS: ClassVar[tuple[str, ...]] = ("month", "recorded_at")

    month_from: Annotated[Month | None, Field(description="Of this month, as 2026-03, or a later one.")] = None
    month_to: Annotated[Month | None, Field(description="Of this month or an earlier one.")] = None
    waiting: Annotated[bool | None, Field(description="Whether they wait for their release.")] = None
