"""Where pydantic refuses something: the place in the document as it was written, and which names that place has.

names, places in lists and the tags of unions → a JSON pointer without the tags, and the schemas of what contains it
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

#: A JSON schema, or a part of one.
Schema: TypeAlias = Mapping[str, Any]
#: Names, places in lists, and the tags of unions, which no document has.
Location: TypeAlias = Sequence[int | str]


def place_of(schema: Schema, location: Location) -> tuple[str, list[Schema]]:
    """Follow a location from the document's root.

    Returns:
        The place as a JSON pointer, without the tags of unions; and the schemas of what contains it.
    """
    definitions = schema.get("$defs", {})
    at, parents, path = [schema], [schema], ""
    for step in location:
        here = [part for one in at for part in _alternatives(one, definitions)]
        tagged = [part for one in here if (part := _of_kind(one, step, definitions)) is not None]
        if tagged:
            at = tagged
            continue
        path += f"/{step}"
        parents, at = here, [part for one in here for part in _below(one, step)]
    return path, parents


def _alternatives(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """List what a schema may stand for, references followed; a union that its parts tell apart by a kind is one."""
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    others = [] if "discriminator" in schema else [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not others:
        yield schema
    for other in (*others, *schema.get("allOf", ())):
        yield from _alternatives(other, definitions)


def _of_kind(schema: Schema, step: int | str, definitions: Schema) -> Schema | None:
    """Find the part of a union that a tag names."""
    reference = schema.get("discriminator", {}).get("mapping", {}).get(step)
    return None if reference is None else definitions[reference.rpartition("/")[2]]


def _below(schema: Schema, step: int | str) -> Iterator[Schema]:
    if isinstance(step, int):
        ordered = schema.get("prefixItems", ())
        below = ordered[step] if step < len(ordered) else schema.get("items")
    else:
        below = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    if isinstance(below, Mapping):
        yield below


def part_at(document: Any, location: Location) -> Any:
    """Follow a location through a document; None where the document has no such place."""
    part = document
    for step in location:
        if isinstance(part, Mapping):
            part = part.get(step, part)  # what is not there is the tag of a union
        elif isinstance(part, list) and isinstance(step, int) and step < len(part):
            part = part[step]
        else:
            return None
    return part
