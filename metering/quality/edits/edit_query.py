"""What may be asked of the list of edits."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.days import FROM_IN_UTC, TO_IN_UTC, FromInUtc, ToInUtc
from quantities.listing import ListQuery

_NAME_MAX = 200


class EditQuery(ListQuery):
    """Edits by register, kind and time, and by whether they wait for their release; the newest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("-edit",)

    waiting: Annotated[bool, Field(description="Those that are not released.")] = False
    released: Annotated[bool, Field(description="Those that are released.")] = False
    register_key: Annotated[
        str, Field(alias="register", max_length=_NAME_MAX, description="Of one register, by its key.")
    ] = ""
    kind: Annotated[str, Field(max_length=_NAME_MAX, description="Of this kind, as `set` or `verify`.")] = ""
    prepared_from: Annotated[FromInUtc | None, Field(alias="from", description=FROM_IN_UTC)] = None
    prepared_to: Annotated[ToInUtc | None, Field(alias="to", description=TO_IN_UTC)] = None
