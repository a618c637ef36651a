"""What may be asked of the readings of a register."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.days import DayOrInstant
from quantities.listing import ListQuery

#: A page of readings is longer than others: programs read whole months of them.
READINGS_MAX = 10_000


class ReadingQuery(ListQuery):
    """Readings of a register that start in a time, as they count now or as a batch left them; by start and batch."""

    SORTS: ClassVar[tuple[str, ...]] = ("start",)

    limit: Annotated[
        int, Field(ge=1, le=READINGS_MAX, description="How many at most; a `Link` header names what follows.")
    ] = READINGS_MAX
    first: Annotated[DayOrInstant, Field(alias="from", description="The first instant, or local day of the site.")]
    last: Annotated[
        DayOrInstant,
        Field(alias="to", description="The first instant after the range, or its last local day, which counts."),
    ]
    as_of: Annotated[int | None, Field(description="The last batch that counts.")] = None
    history: Annotated[bool, Field(description="Include earlier versions.")] = False
