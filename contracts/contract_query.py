"""What may be asked of the list of contracts."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery

_NAME_MAX = 200


class ContractQuery(ListQuery):
    """Contracts by what their names begin with, and by whether their newest version waits."""

    SORTS: ClassVar[tuple[str, ...]] = ("contract",)

    begins: Annotated[str, Field(max_length=_NAME_MAX, description="With what the reference begins.")] = ""
    customer: Annotated[str, Field(max_length=_NAME_MAX, description="With what the customer's name begins.")] = ""
    supplier: Annotated[str, Field(max_length=_NAME_MAX, description="With what the supplier's name begins.")] = ""
    waiting: Annotated[bool, Field(description="Those whose newest version waits for its release.")] = False
