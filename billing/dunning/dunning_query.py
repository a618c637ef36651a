"""What may be asked of the list of documents that are dunned."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery

_NAME_MAX = 200


class DunningState(StrEnum):
    """Where a document's dunning stands.

    ``begun``: a step of it stands. ``held``: nothing is done, for the reason that it names. ``stopped``: its service
    may be stopped. ``any``: every document whose contract has steps.
    """

    BEGUN = "begun"
    HELD = "held"
    STOPPED = "stopped"
    ANY = "any"


class DunningQuery(ListQuery):
    """Documents by where their dunning stands, and by customer; those issued first come first."""

    SORTS: ClassVar[tuple[str, ...]] = ("dunning",)

    state: Annotated[DunningState, Field(description="Where it stands.")] = DunningState.BEGUN
    customer: Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")] = ""
