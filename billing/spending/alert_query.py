"""What may be asked of the list of alerts."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery

_NAME_MAX = 200


class AlertState(StrEnum):
    """Where a threshold stands that was reached: still so, or below again by what was corrected since."""

    REACHED = "reached"
    BELOW_AGAIN = "below_again"


class AlertQuery(ListQuery):
    """Alerts by where they stand and by contract; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("alert",)

    state: Annotated[AlertState | None, Field(description="Where they stand.")] = None
    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract.")] = ""
