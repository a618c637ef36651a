"""What a newer OpenAPI document breaks for a client that was made from an older one.

A request that was right stays right, and an answer that was understood stays understood: a body may ask for less and
admit more, an answer may say more and vary less. Descriptions and examples break nothing.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

Schema = Mapping[str, Any]


class Way(Enum):
    """Which way a schema travels: a client sends it, or is answered with it."""

    SENT = "sent"
    ANSWERED = "answered"


class Comparison:
    """Two documents, of which the older is what clients were made from."""

    def __init__(self, older: Schema, newer: Schema) -> None:
        self.older, self.newer = older, newer
        self._compared: set[tuple[int, int, Way]] = set()

    def breaks(self) -> Iterator[str]:
        """Each change by which a client breaks, with its place."""
        for path, operations in self.older["paths"].items():
            if path not in self.newer["paths"]:
                yield f"{path}: removed"
                continue
            for method, operation in operations.items():
                place = f"{method.upper()} {path}"
                later = self.newer["paths"][path].get(method)
                if later is None:
                    yield f"{place}: removed"
                else:
                    yield from self._operation(place, operation, later)

    def _operation(self, place: str, older: Schema, newer: Schema) -> Iterator[str]:
        if older["operationId"] != newer["operationId"]:
            yield f"{place}: the operation is called {newer['operationId']}, and no more {older['operationId']}"
        yield from self._parameters(place, older, newer)
        yield from self._body(place, older, newer)
        for status, answer in older["responses"].items():
            later = newer["responses"].get(status)
            if later is None:
                yield f"{place}: status {status} gone"
                continue
            for media_type, content in answer.get("content", {}).items():
                if media_type not in later.get("content", {}):
                    yield f"{place} {status}: no more answered as {media_type}"
                else:
                    was, now = content.get("schema", {}), later["content"][media_type].get("schema", {})
                    yield from self._schema(f"{place} {status}", was, now, Way.ANSWERED)

    def _parameters(self, place: str, older: Schema, newer: Schema) -> Iterator[str]:
        was, now = ({(one["in"], one["name"]): one for one in all_.get("parameters", [])} for all_ in (older, newer))
        for key, parameter in was.items():
            named = f"{place} {key[0]} {key[1]}"
            if key not in now:
                yield f"{named}: removed"
                continue
            if now[key].get("required") and not parameter.get("required"):
                yield f"{named}: required"
            yield from self._schema(named, parameter["schema"], now[key]["schema"], Way.SENT)
        for key in now.keys() - was.keys():
            if now[key].get("required"):
                yield f"{place} {key[0]} {key[1]}: new and required"

    def _body(self, place: str, older: Schema, newer: Schema) -> Iterator[str]:
        was, now = older.get("requestBody"), newer.get("requestBody")
        if now is not None and now.get("required") and not (was or {}).get("required"):
            yield f"{place}: a body is required"
        if was is None:
            return
        for media_type, content in was["content"].items():
            later = (now or {"content": {}})["content"].get(media_type)
            if later is None:
                yield f"{place}: a body is no more read as {media_type}"
            else:
                yield from self._schema(f"{place} body", content.get("schema", {}), later.get("schema", {}), Way.SENT)

    def _schema(self, place: str, older: Schema, newer: Schema, way: Way) -> Iterator[str]:
        was, now = _resolved(self.older, older), _resolved(self.newer, newer)
        if (id(was), id(now), way) in self._compared:
            return
        self._compared.add((id(was), id(now), way))
        accepting, accepted = (was, now) if way is Way.SENT else (now, was)  # all of the first fits the second
        yield from _types(place, accepting, accepted, way)
        yield from _limits(place, accepting, accepted, way)
        yield from self._properties(place, was, now, way)
        yield from self._choices(place, was, now, way)
        for part in ("items", "additionalProperties"):
            if isinstance(was.get(part), Mapping) and isinstance(now.get(part), Mapping):
                yield from self._schema(f"{place}/*", was[part], now[part], way)

    def _properties(self, place: str, was: Schema, now: Schema, way: Way) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        required_before, required_after = set(was.get("required", ())), set(now.get("required", ()))
        for name in before.keys() - after.keys():
            if way is Way.ANSWERED or now.get("additionalProperties", True) is False:
                yield f"{place}/{name}: removed"
        if way is Way.SENT:
            yield from (f"{place}/{name}: required" for name in sorted(required_after - required_before))
        else:
            gone = sorted((required_before - required_after) & after.keys())
            yield from (f"{place}/{name}: no more always answered" for name in gone)
        for name in before.keys() & after.keys():
            yield from self._schema(f"{place}/{name}", before[name], after[name], way)

    def _choices(self, place: str, was: Schema, now: Schema, way: Way) -> Iterator[str]:
        before, after = (one.get("anyOf") or one.get("oneOf") for one in (was, now))
        if before is None or after is None:
            return
        names, later = ({_choice(one): one for one in all_} for all_ in (before, after))
        if way is Way.SENT:
            yield from (f"{place}: {name} is no more accepted" for name in names.keys() - later.keys())
        else:
            yield from (f"{place}: {name} may be answered" for name in later.keys() - names.keys())
        for name in names.keys() & later.keys():
            yield from self._schema(place, names[name], later[name], way)


def _choice(schema: Schema) -> str:
    reference = str(schema.get("$ref", ""))
    return reference.rpartition("/")[2] or str(schema.get("type", schema.get("const", "anything")))


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _types(place: str, first: Schema, second: Schema, way: Way) -> Iterator[str]:
    """What the first admits by type and value, and the second does not."""
    kinds, others = _kinds(first), _kinds(second)
    if others is not None and (kinds is None or not kinds <= others):
        yield f"{place}: {_said(first)} {'is no more accepted' if way is Way.SENT else 'may be answered'}, {_said(second)} {'is' if way is Way.SENT else 'was'}"
    values, other_values = _values(first), _values(second)
    if other_values is not None and (values is None or not values <= other_values):
        more = sorted(map(str, values - other_values)) if values is not None else ["any value"]
        yield f"{place}: {', '.join(more)} {'is no more accepted' if way is Way.SENT else 'may be answered'}"


def _kinds(schema: Schema) -> set[str] | None:
    if "anyOf" in schema or "oneOf" in schema or "type" not in schema:
        return None
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {*kinds, *(("integer",) if "number" in kinds else ())}


def _values(schema: Schema) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _said(schema: Schema) -> str:
    kinds = _kinds(schema)
    return "anything" if kinds is None else " or ".join(sorted(kinds))


#: What narrows a type as it grows, and as it falls.
_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def _limits(place: str, first: Schema, second: Schema, way: Way) -> Iterator[str]:
    if way is Way.ANSWERED:
        return  # a longer text breaks no client that reads texts
    for name in _LEAST:
        if name in second and not first.get(name, second[name] - 1) >= second[name]:
            yield f"{place}: {name} is {second[name]}"
    for name in _MOST:
        if name in second and not first.get(name, second[name] + 1) <= second[name]:
            yield f"{place}: {name} is {second[name]}"
    for name in ("pattern", "format"):
        if name in second and first.get(name) != second[name]:
            yield f"{place}: {name} is {second[name]}"
    if second.get("additionalProperties", True) is False and first.get("additionalProperties", True) is not False:
        yield f"{place}: further members are refused"
