"""What may be asked of the list of registers."""

from typing import Annotated, ClassVar

from pydantic import Field

from quantities.listing import ListQuery

_NAME_MAX = 200


class RegisterQuery(ListQuery):
    """Registers by what their keys begin with, and by what they belong to."""

    SORTS: ClassVar[tuple[str, ...]] = ("key",)

    begins: Annotated[str, Field(max_length=_NAME_MAX, description="With what the key begins.")] = ""
    asset: Annotated[str, Field(max_length=_NAME_MAX, description="The name of the asset.")] = ""
    site: Annotated[str, Field(max_length=_NAME_MAX, description="The name of the site.")] = ""
