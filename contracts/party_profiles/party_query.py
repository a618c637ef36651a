"""What may be asked of the list of parties."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery


class PartyQuery(ListQuery):
    """Parties by name, and by whether a profile of theirs waits."""

    SORTS: ClassVar[tuple[str, ...]] = ("name",)

    begins: Annotated[str, Field(max_length=200, description="With what the name begins.")] = ""
    waiting: Annotated[bool | None, Field(description="Whether a profile waits for its release.")] = None
