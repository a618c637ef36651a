"""What may be asked of the list of disputes."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery

_NAME_MAX = 200


class DisputeState(StrEnum):
    """Where a dispute stands: it waits for the supplier, is accepted or declined, or settled; ``any`` asks for all.

    ``waiting`` are those that are raised, and besides those that one person has waived and another confirms.
    """

    WAITING = "waiting"
    RAISED = "raised"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DUE = "due"
    WAIVED = "waived"
    ANY = "any"


class ContractDisputeQuery(ListQuery):
    """Disputes over one contract, by where they stand and by charge; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("dispute",)

    state: Annotated[DisputeState, Field(description="Where they stand.")] = DisputeState.ANY
    charge: Annotated[str, Field(max_length=_NAME_MAX, description="Over this charge.")] = ""


class DisputeQuery(ContractDisputeQuery):
    """Disputes over all contracts: those that wait for a decision, unless another state is asked for."""

    state: Annotated[DisputeState, Field(description="Where they stand.")] = DisputeState.WAITING
    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Over this contract.")] = ""
    customer: Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")] = ""
