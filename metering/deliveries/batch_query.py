"""What may be asked of the list of deliveries."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.days import FROM_IN_UTC, TO_IN_UTC, FromInUtc, ToInUtc
from quantities.listing import ListQuery

_NAME_MAX = 200


class BatchQuery(ListQuery):
    """Deliveries by source, kind, when they were recorded, and whether rows of them were refused; the newest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("-batch", "recorded_at")

    source: Annotated[str, Field(max_length=_NAME_MAX, description="From this source, by its whole name.")] = ""
    kind: Annotated[str, Field(max_length=_NAME_MAX, description="Of this kind, as `ingest` or `edit`.")] = ""
    recorded_from: Annotated[FromInUtc | None, Field(alias="from", description=FROM_IN_UTC)] = None
    recorded_to: Annotated[ToInUtc | None, Field(alias="to", description=TO_IN_UTC)] = None
    refused: Annotated[bool, Field(description="Those of which rows were refused.")] = False
