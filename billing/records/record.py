"""What every stored record is: closed, frozen, numbered by its schema; how it is written, read and shown.

A record's names are today's; where the stored key is an older word, it is the field's alias. A field that a record need
not have is left out of the JSON, and not stored as null.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer

from billing.records.upgrade import upgrade
from metering.records.document import DocumentPart
from quantities.number import plain

#: The newest form of every record. A change of a stored form is the next number, with its step in upgrade.py.
SCHEMA = 2

Value = TypeVar("Value")
#: A field that is left out where it has no value; write ``name: Optionally[Type] = None``.
Optionally = Annotated[Value | None, Field(exclude_if=lambda value: value is None)]


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        return Decimal(value)
    raise ValueError("a number is stored as text")


#: A number of any length: ``Decimal`` inside, text in JSON.
Number: TypeAlias = Annotated[Decimal, BeforeValidator(_decimal), PlainSerializer(plain, return_type=str)]


class Record(DocumentPart):
    """A part of a stored record."""


class StoredRecord(Record):
    """A whole record, as one column of one row holds it."""

    schema_number: Annotated[Literal[2], Field(alias="schema")] = 2


AnyStoredRecord = TypeVar("AnyStoredRecord", bound=StoredRecord)


# JSON values are of any form until they are read, and again once they are written or shown; nobody reads them by key.
def read(kind: type[AnyStoredRecord], stored: Mapping[str, Any]) -> AnyStoredRecord:
    """Read a record of any schema that a release has written.

    Raises:
        NewerSchema: a newer release wrote it.
        pydantic.ValidationError: it is none.
    """
    return kind.model_validate(upgrade(kind.__name__, stored, SCHEMA))


def written(record: StoredRecord) -> dict[str, Any]:
    """Write a record as JSON values, its schema number included."""
    return record.model_dump(mode="json")


def written_as_text(record: StoredRecord) -> str:
    """Write a record as JSON text, its schema number included."""
    return record.model_dump_json()


def shown(record: Record) -> dict[str, Any]:
    """Write a record, or a part of one, for a reader: without its schema number.

    Keys stand in the order in which the database keeps them, so that a record looks the same before it is stored.
    """
    values = record.model_dump(mode="json")
    values.pop("schema", None)
    shown_values: dict[str, Any] = _in_database_order(values)
    return shown_values


AnyRecord = TypeVar("AnyRecord", bound=Record)
#: A record as a field of what is shown: typed inside, and as ``shown`` writes it in JSON.
Shown = Annotated[AnyRecord, PlainSerializer(shown, return_type=dict[str, Any])]


def _in_database_order(value: Any) -> Any:
    """Order keys as PostgreSQL's jsonb does: short ones first, those of one length by their bytes."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return {name: _in_database_order(value[name]) for name in names}
    if isinstance(value, list):
        return [_in_database_order(item) for item in value]
    return value
