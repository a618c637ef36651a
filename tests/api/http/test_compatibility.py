"""The comparison of OpenAPI documents: each kind of change that breaks a client is named, and no other."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.api.http.compatibility import Comparison

ITEM = {
    "type": "object",
    "required": ["id", "state"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer"},
        "state": {"enum": ["draft", "issued"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
    },
}
LINE = {
    "type": "object",
    "required": ["net"],
    "properties": {"net": {"type": "string", "maxLength": 20}, "line": {"$ref": "#/components/schemas/Line"}},
}
OPERATION = {
    "operationId": "put_item",
    "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 1000}}],
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
    "responses": {
        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
        "404": {},
    },
}
OLDER: dict[str, Any] = {
    "paths": {"/items": {"put": OPERATION, "delete": {"operationId": "delete_item", "responses": {"204": {}}}}},
    "components": {"schemas": {"Item": ITEM, "Line": LINE}},
}


def changed(change: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]) -> list[str]:
    newer = deepcopy(OLDER)
    change(newer, newer["paths"]["/items"]["put"], newer["components"]["schemas"]["Item"])
    return sorted(Comparison(OLDER, newer).breaks())


BREAKING: dict[str, tuple[Callable[..., object], list[str]]] = {
    "a path": (lambda all_, put, item: all_["paths"].pop("/items"), ["/items: removed"]),
    "an operation": (lambda all_, put, item: all_["paths"]["/items"].pop("delete"), ["DELETE /items: removed"]),
    "its name": (lambda all_, put, item: put.update(operationId="set_item"), ["PUT /items: the operation is called set_item, and no more put_item"]),
    "a status": (lambda all_, put, item: put["responses"].pop("404"), ["PUT /items: status 404 gone"]),
    "a media type of an answer": (lambda all_, put, item: put["responses"]["200"].update(content={"text/csv": {}}), ["PUT /items 200: no more answered as application/json"]),
    "a parameter": (lambda all_, put, item: put["parameters"].clear(), ["PUT /items query limit: removed"]),
    "a parameter is required": (lambda all_, put, item: put["parameters"][0].update(required=True), ["PUT /items query limit: required"]),
    "a new one is required": (lambda all_, put, item: put["parameters"].append({"in": "query", "name": "by", "required": True, "schema": {}}), ["PUT /items query by: new and required"]),
    "a lower limit": (lambda all_, put, item: put["parameters"][0]["schema"].update(maximum=100), ["PUT /items query limit: maximum is 100"]),
    "a body is required": (lambda all_, put, item: put["requestBody"].update(required=True), ["PUT /items: a body is required"]),
    "a media type of a body": (lambda all_, put, item: put.update(requestBody={"content": {}}), ["PUT /items: a body is no more read as application/json"]),
    "a field": (lambda all_, put, item: item["properties"].pop("note"), ["PUT /items 200/note: removed", "PUT /items body/note: removed"]),
    "a field of an answer may be left out": (lambda all_, put, item: item.update(required=["id"]), ["PUT /items 200/state: no more always answered"]),
    "a field of a body is required": (lambda all_, put, item: item.update(required=["id", "state", "note"]), ["PUT /items body/note: required"]),
    "another type": (lambda all_, put, item: item["properties"].update(id={"type": "string"}), ["PUT /items 200/id: string may be answered, integer was", "PUT /items body/id: integer is no more accepted, string is"]),
    "a value less": (lambda all_, put, item: item["properties"]["state"].update(enum=["draft"]), ["PUT /items body/state: issued is no more accepted"]),
    "a value more": (lambda all_, put, item: item["properties"]["state"].update(enum=["draft", "issued", "void"]), ["PUT /items 200/state: void may be answered"]),
    "null no more": (lambda all_, put, item: item["properties"]["note"].update(anyOf=[{"type": "string"}]), ["PUT /items body/note: null is no more accepted"]),
    "a number besides": (lambda all_, put, item: item["properties"]["note"]["anyOf"].append({"type": "integer"}), ["PUT /items 200/note: integer may be answered"]),
    "a shorter text, below": (lambda all_, put, item: all_["components"]["schemas"]["Line"]["properties"]["net"].update(maxLength=9), ["PUT /items body/lines/*/net: maxLength is 9"]),
    "a pattern, below": (lambda all_, put, item: all_["components"]["schemas"]["Line"]["properties"]["net"].update(pattern="^[0-9]+$"), ["PUT /items body/lines/*/net: pattern is ^[0-9]+$"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BREAKING)
def test_what_breaks_is_named(kind: str) -> None:
    change, named = BREAKING[kind]
    assert changed(change) == named


ADDING: dict[str, Callable[..., object]] = {
    "a path": lambda all_, put, item: all_["paths"].update({"/lines": {}}),
    "an operation": lambda all_, put, item: all_["paths"]["/items"].update(post=OPERATION),
    "a parameter": lambda all_, put, item: put["parameters"].append({"in": "query", "name": "by", "schema": {}}),
    "a status": lambda all_, put, item: put["responses"].update({"409": {}}),
    "a media type": lambda all_, put, item: put["requestBody"]["content"].update({"application/yaml": {}}),
    "a field": lambda all_, put, item: item["properties"].update(more={"type": "string"}),
    "a higher limit": lambda all_, put, item: put["parameters"][0]["schema"].update(maximum=2000),
    "a description": lambda all_, put, item: put.update(description="Puts an item."),
    "an example": lambda all_, put, item: item.update(examples=[{"id": 1}]),
    "nothing": lambda all_, put, item: None,
}


@pytest.mark.parametrize("kind", ADDING)
def test_what_adds_breaks_nothing(kind: str) -> None:
    assert changed(ADDING[kind]) == []
