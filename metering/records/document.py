"""What every stored document is: closed, frozen, numbered by its schema; how it is written and read.

A document of an older schema is brought to the newest one when it is read; so far there is only one.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from quantities.errors import Conflict

#: The newest form of every document. A change of a stored form is the next number, with its step in ``read_document``.
DOCUMENT_SCHEMA = 1


class NewerSchema(Conflict):
    """The record was written by a newer release."""


class DocumentPart(BaseModel):
    """A part of a stored document."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,  # a command that reads none builds none
    )


class StoredDocument(DocumentPart):
    """A whole document, as one column of one row holds it. What has its default value is left out of the JSON."""

    schema_number: Annotated[Literal[1], Field(alias="schema")] = 1


AnyStoredDocument = TypeVar("AnyStoredDocument", bound=StoredDocument)


# JSON values are of any form until they are read, and again once they are written; nobody reads them by key.
def read_document(kind: type[AnyStoredDocument], stored: Mapping[str, Any]) -> AnyStoredDocument:
    """Read a document of any schema that a release has written.

    Raises:
        NewerSchema: a newer release wrote it.
        pydantic.ValidationError: it is none.
    """
    number = stored.get("schema", 0)
    if number > DOCUMENT_SCHEMA:
        detail = f"a document of schema {number}, and {DOCUMENT_SCHEMA} is the newest here"
        raise NewerSchema(detail, found=number, expected=DOCUMENT_SCHEMA)
    return kind.model_validate(stored)


def write_document(document: StoredDocument) -> dict[str, Any]:
    """Write a document as JSON values, its schema number included."""
    return {"schema": document.schema_number, **document.model_dump(mode="json", exclude_defaults=True)}
