"""What may be asked of the list of who did what."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.days import FROM_IN_UTC, TO_IN_UTC, FromInUtc, ToInUtc
from quantities.listing import ListQuery

_NAME_MAX = 200


class AuditQuery(ListQuery):
    """Entries by who acted, what they did, and when; the newest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("-at",)

    start: Annotated[FromInUtc | None, Field(alias="from", description=FROM_IN_UTC)] = None
    end: Annotated[ToInUtc | None, Field(alias="to", description=TO_IN_UTC)] = None
    who: Annotated[str, Field(max_length=_NAME_MAX, description="Whose, by name.")] = ""
    operation: Annotated[str, Field(max_length=_NAME_MAX, description="A part of its name.")] = ""
