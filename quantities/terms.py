"""The base class of all contract terms: closed and frozen models."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from quantities.document import whole_number


def nothing_by_name() -> Any:
    """An empty mapping as the default of a field; one that is written ``{}`` is copied deeply for each model."""
    return Field(default_factory=dict, json_schema_extra={"default": {}})


class Terms(BaseModel):
    """A part of a contract: frozen, and closed, so that a misspelt key is a fault and is not ignored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        serialize_by_alias=True,
        defer_build=True,  # so that a command builds only the models it needs, out of a hundred
    )

    #: The names of the fields that are prices; an index may change these.
    prices: ClassVar[tuple[str, ...]] = ()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy with other values of some fields, and without what was computed of these terms and kept with them."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    @field_validator("arithmetic", mode="before", check_fields=False)
    @classmethod
    def _read_arithmetic(cls, value: object) -> object:
        """Read the number of a rule's arithmetic, which a document has as text."""
        return whole_number(value)
