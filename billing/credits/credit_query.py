"""What may be asked of the list of credits."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery

_NAME_MAX = 200


class CreditState(StrEnum):
    """Where a credit stands: it waits for another person, is issued, is void again, or was withdrawn."""

    WAITING = "waiting"
    ISSUED = "issued"
    VOID = "void"
    WITHDRAWN = "withdrawn"


class CreditQuery(ListQuery):
    """Credits by where they stand and by contract; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("credit",)

    state: Annotated[CreditState | None, Field(description="Where they stand.")] = None
    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract.")] = ""
