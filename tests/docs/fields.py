"""Walk what a contract and an index file are made of: each part by its place, each field's default and what it may be."""

import types
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts.clause import Rule
from contracts.contract import Contract
from contracts.indexation.series import Index
from contracts.joined import Carrier
from savings.agreed import AgreedBaseline
from savings.baseline import Baseline

#: What other pages cover: the pricing rules, a baseline that is fitted, which nobody writes by hand, one on paper, and carriers.
ELSEWHERE = (Rule, Baseline, AgreedBaseline, Carrier)
_BOUNDS = {Ge: ("ge", "at least"), Gt: ("gt", "above"), Le: ("le", "at most"), Lt: ("lt", "below")}


def parts() -> dict[str, type[BaseModel]]:
    """Every part by the first place that has it: ``contract``, ``billing``, ``charges.index``, ``index file``."""
    places: dict[str, type[BaseModel]] = {}
    _walk("contract", Contract, places)
    _walk("index file", Index, places)
    return places


def _walk(place: str, part: type[BaseModel], places: dict[str, type[BaseModel]]) -> None:
    if issubclass(part, ELSEWHERE) or part in places.values():
        return
    places[place] = part
    for name, field in part.model_fields.items():
        inner = list(_models(field.annotation))
        for model in inner:
            below = f"{place}.{field.alias or name}".removeprefix("contract.")
            kind = f", kind: {model.model_fields['kind'].default}" if len(inner) > 1 else ""
            _walk(below + kind, model, places)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def default(field: FieldInfo) -> str:
    """What a field is, unless it is written."""
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "needed"
    if isinstance(value, BaseModel):
        return "its own defaults"
    if value is None or value in ((), "") or value == {}:
        return "none"
    return f"`{_plain(value)}`"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_plain(one) for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value) if isinstance(value, Enum) else str(value)


def allowed(field: FieldInfo) -> str:
    """What may be written for a field."""
    return _allowed(field.annotation, list(field.metadata))


def _allowed(annotation: Any, metadata: list[Any]) -> str:  # noqa: PLR0911 one answer a type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if hasattr(annotation, "__metadata__"):  # Annotated[…]
        inner = [
            item for one in annotation.__metadata__ for item in (one.metadata if isinstance(one, FieldInfo) else [one])
        ]
        return _allowed(annotation.__origin__, [*inner, *metadata])
    if origin in (Union, types.UnionType):
        own = [argument for argument in arguments if argument is not type(None)]
        return "a part" if len(own) > 1 else _allowed(own[0], metadata)
    if origin is Literal:
        return ", ".join(f"`{_plain(value)}`" for value in arguments)
    if origin is tuple:
        return f"a list: {_allowed(arguments[0], [])}"
    if origin is not None:
        return f"by name: {_allowed(arguments[1], [])}"
    if issubclass(annotation, BaseModel):
        return "a part"
    if issubclass(annotation, Enum):
        return ", ".join(f"`{_plain(member)}`" for member in annotation)
    if annotation is bool:
        return "`true`, `false`"
    words = {date: "a day", time: "a time of the clock", int: "whole number", Decimal: "number", str: "text"}
    if annotation in (int, Decimal):
        bounds = [
            f"{word} {_plain(getattr(bound, name))}"
            for bound in metadata
            for kind, (name, word) in _BOUNDS.items()
            if isinstance(bound, kind)
        ]
        return ", ".join([words[annotation], *bounds])
    return words[annotation]


PARTS = parts()
