"""What may be asked of the list of findings."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.days import FROM_IN_UTC, TO_IN_UTC, FromInUtc, ToInUtc
from quantities.listing import ListQuery

_NAME_MAX = 200


class FindingQuery(ListQuery):
    """Open findings by register, check and time, and by whether bills wait for an answer; in order of time."""

    SORTS: ClassVar[tuple[str, ...]] = ("start",)

    register_key: Annotated[
        str, Field(alias="register", max_length=_NAME_MAX, description="Of one register, by its key.")
    ] = ""
    check: Annotated[str, Field(max_length=_NAME_MAX, description="Of one kind of check, as `limit`.")] = ""
    holds: Annotated[bool, Field(description="Those for which bills wait.")] = False
    found_from: Annotated[FromInUtc | None, Field(alias="from", description=FROM_IN_UTC)] = None
    found_to: Annotated[ToInUtc | None, Field(alias="to", description=TO_IN_UTC)] = None
