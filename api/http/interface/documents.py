"""Bodies that an endpoint parses itself, and their schemas: those of the models that it parses them into."""

from collections.abc import Iterable
from typing import Any

from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from api.http.media import DOCUMENTS, schema_of_media
from api.http.work_route import WorkRoute

_REFERENCE = "#/components/schemas/{model}"


def document_of(route: APIRoute) -> Any:
    """What a route parses of a body that it gets as bytes; None where it gets none so."""
    return route.takes.document if isinstance(route, WorkRoute) else None


def schemas_of(documents: Iterable[tuple[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schemas of documents by their name, and of all models in them by theirs."""
    adapters = [(name, "validation", TypeAdapter(document)) for name, document in documents]
    by_key, defined = TypeAdapter.json_schemas(adapters, ref_template=_REFERENCE)  # type: ignore[arg-type]
    return {name: schema for (name, _), schema in by_key.items()}, defined.get("$defs", {})


def body_of(route: WorkRoute, schema: dict[str, Any] | None) -> dict[str, Any]:
    """Describe the body of a route.

    Args:
        route: takes a document, or readings.
        schema: of the document; None: its form is that of its media type.
    """
    content: dict[str, Any] = {}
    for media_type in route.takes.media_types:
        if schema is None:
            content[media_type] = schema_of_media(media_type)
        elif media_type == DOCUMENTS[-1]:  # one on each line: of those no schema says anything in OpenAPI 3.1
            content[media_type] = {"schema": {"type": "string"}}
        else:
            content[media_type] = {"schema": schema}
    return {"required": True, "content": content}
