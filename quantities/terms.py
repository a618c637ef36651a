"""What every part of a contract is: terms, closed and frozen."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Terms(BaseModel):
    """A part of what was agreed: closed and frozen, so that a misspelt term is a fault and not a silence."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,  # a command that reads one document builds that one model, and not each of its hundred parts
    )

    #: The fields that are prices, and so can follow an index.
    prices: ClassVar[tuple[str, ...]] = ()
