"""Which codes faults are answered with: those that the source writes where it makes a fault, and those of the library."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from api.problem_pages.page import ROOMS
from tests.architecture.source import inside, modules, nodes, tree_of
from tests.architecture.test_names import refusals

#: What makes a fault, and which of its arguments is the code.
_MAKERS: Mapping[str, int] = {"Fault": 1, "unknown_name": 1, "NoDocument": 0, "PydanticCustomError": 0, "Need": 0}
#: Further ones, of events alone.
_MAKERS_OF_EVENTS: Mapping[str, int] = {"EventFault": 2, "_fault": 2, "refuse": 1}
#: Where a code is handed on: that of a fault that was made elsewhere, a refusal's name, or a finding's.
_HANDED_ON = frozenset(
    {
        ("contracts/checks/spelling.py", "Fault", "code"),
        ("contracts/periods_preview.py", "Fault", "fault.code"),
        ("billing/tax/checks.py", "Fault", "slug(type(reason))"),
        ("metering/events/matching.py", "EventFault", "code"),
        ("metering/events/members.py", "EventFault", "code"),
        ("quantities/document.py", "Fault", "error.code"),
        ("quantities/document.py", "Fault", "refusal['type']"),
        ("quantities/document.py", "PydanticCustomError", "slug(type(error))"),
        ("savings/plan.py", "Fault", "finding.code"),
    }
)
#: Of faults as a whole, which are told one by one.
_NO_CODE = frozenset({"faults"})
#: A code that is also a refusal's name, because both mean the same.
SHARED = frozenset(
    {
        "incompatible-unit", "index-value-missing", "no-blocks", "no-reason", "no-states", "no-such-period",
        "not-a-number", "not-a-temperature", "tax-evidence-missing", "too-large", "unknown-charge", "unknown-register", "unknown-index",
        "unknown-logo",
    }
)  # fmt: skip
#: What a part of a schema refuses values with, by its type; and by a bound of it.
_LIBRARY: Mapping[str, frozenset[str]] = {
    "bool": frozenset({"bool_type", "bool_parsing"}),
    "date": frozenset({"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}),
    "datetime": frozenset({"datetime_type", "datetime_parsing", "datetime_from_date_parsing"}),
    "decimal": frozenset({"decimal_type", "decimal_parsing", "finite_number"}),
    "dict": frozenset({"dict_type"}),
    "enum": frozenset({"enum"}),
    "int": frozenset({"int_type", "int_parsing", "int_parsing_size", "int_from_float"}),
    "list": frozenset({"list_type"}),
    "literal": frozenset({"literal_error"}),
    "model": frozenset({"model_type", "model_attributes_type"}),
    "model-fields": frozenset({"missing", "extra_forbidden"}),
    "str": frozenset({"string_type"}),
    "tagged-union": frozenset({"union_tag_not_found"}),  # one that is none is said as unknown-kind
    "time": frozenset({"time_parsing"}),
    "tuple": frozenset({"tuple_type"}),
    "uuid": frozenset({"uuid_parsing"}),
}
_BOUNDS: Mapping[str, str] = {
    "gt": "greater_than", "ge": "greater_than_equal", "lt": "less_than", "le": "less_than_equal",
    "max_digits": "decimal_max_digits", "decimal_places": "decimal_max_places",
}  # fmt: skip
_LENGTHS: Mapping[tuple[bool, str], str] = {
    (True, "min_length"): "string_too_short", (True, "max_length"): "string_too_long",
    (False, "min_length"): "too_short", (False, "max_length"): "too_long",
}  # fmt: skip
#: Of the web framework, of validators that raise a plain ValueError, and of a bound that is a function of a schema.
_OTHERS = frozenset({"json_invalid", "value_error", "less_than"})


def codes_of(room: str) -> frozenset[str]:
    """The codes that a room's source makes faults with."""
    return frozenset(code for path in modules(room) for code in _codes(path)) - _NO_CODE


def _codes(path: Path) -> Iterator[str]:
    makers = {**_MAKERS, **(_MAKERS_OF_EVENTS if inside(path).startswith("metering/events/") else {})}
    for node in nodes(tree_of(path)):
        if isinstance(node, ast.Call):
            maker = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if maker in makers and len(node.args) > makers[maker]:
                yield from _written(path, maker, node.args[makers[maker]])
        elif isinstance(node, ast.Dict):  # a fault that is told as it stands
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "code" and isinstance(value, ast.Constant):
                    yield from _written(path, "dict", value) if inside(path) == "api/http/repeats.py" else ()


def _written(path: Path, maker: str, code: ast.expr) -> Iterator[str]:
    if (inside(path), maker, ast.unparse(code)) in _HANDED_ON:
        return
    values = _assigned(tree_of(path), code.id) if isinstance(code, ast.Name) else [code]
    assert values, f"{inside(path)}: which code is {ast.unparse(code)}?"
    for value in values:
        assert isinstance(value, ast.Constant), f"{inside(path)}: which code is {ast.unparse(value)}?"
        yield str(value.value)


def _assigned(tree: ast.Module, name: str) -> list[ast.expr]:
    """What is assigned to a name anywhere in a module, by itself or as one of several."""
    values = list[ast.expr]()
    for node in nodes(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    values += _branches(node.value)
                elif isinstance(target, ast.Tuple):
                    places = [at for at, part in enumerate(target.elts) if getattr(part, "id", "") == name]
                    values += [
                        branch.elts[at]
                        for at in places
                        for branch in _branches(node.value)
                        if isinstance(branch, ast.Tuple)
                    ]
    return values


def _branches(value: ast.expr) -> list[ast.expr]:
    return [*_branches(value.body), *_branches(value.orelse)] if isinstance(value, ast.IfExp) else [value]


@cache
def library_codes() -> frozenset[str]:
    """The codes that pydantic may refuse a document or a body with, by the schemas of all models of the product."""
    refusals()  # every module is loaded
    codes = set[str](_OTHERS)
    for model in _models(BaseModel):
        if model.__module__.partition(".")[0] in ROOMS:
            codes.update(_of_schema(model.__pydantic_core_schema__))
    return frozenset(codes)


def _models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in kind.__subclasses__():
        yield model
        yield from _models(model)


def _of_schema(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        kind = part.get("type")
        if isinstance(kind, str):
            yield from _LIBRARY.get(kind, ())
            yield from (_BOUNDS[name] for name in part.keys() & _BOUNDS)
            yield from (
                code for (of_text, name), code in _LENGTHS.items() if name in part and of_text == (kind == "str")
            )
            if kind == "str" and "pattern" in part:
                yield "string_pattern_mismatch"
        part = [value for name, value in part.items() if name not in ("metadata", "serialization")]
    for inner in part if isinstance(part, list | tuple) else ():
        yield from _of_schema(inner)
