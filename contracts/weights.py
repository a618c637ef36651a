"""Weights by name, in the order in which a document lists them: of equal parties the first has the cent that is left.

    {b: "1", a: "1"}  →  stored as [{b: "1"}, {a: "1"}]

A database does not keep the order of names. So weights that are not listed by name are stored as a list, and a document
may write them so; those that are, as names with their weights.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, WrapSerializer

from quantities.names import Name
from quantities.quantity import Magnitude


def _read(written: Any) -> Any:
    """Put a list of weights together as one mapping; anything else is left as it is, and judged where it is read."""
    if not isinstance(written, list | tuple):
        return written
    weights: dict[Any, Any] = {}
    for entry in written:
        if not isinstance(entry, Mapping) or len(entry) != 1:
            raise ValueError("a list of weights has one name with its weight in each place")
        if entry.keys() & weights.keys():
            raise ValueError("each party is listed once")
        weights |= entry
    return weights


def _written(weights: Mapping[str, Decimal], write: SerializerFunctionWrapHandler) -> Any:
    written = write(weights)
    return written if list(weights) == sorted(weights) else [{name: written[name]} for name in weights]


_Weights: TypeAlias = Mapping[Name, Annotated[Magnitude, Field(ge=0)]]
Weights: TypeAlias = Annotated[
    _Weights,
    BeforeValidator(_read, json_schema_input_type=_Weights | list[_Weights]),
    WrapSerializer(_written, when_used="json"),
]


def by_name(stored: Any) -> Any:
    """Bring stored weights into the order of names, which a database does not keep; a list has its own."""
    return dict(sorted(stored.items())) if isinstance(stored, Mapping) else stored
