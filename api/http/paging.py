"""A list in pages: so many rows, and a link to the rows that follow (RFC 8288).

What a list may be asked is declared as a ``ListQuery``; a route takes it with ``asked``, and answers with ``page``.
"""

from collections.abc import Callable, Collection, Iterable
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, TypeAdapter

from quantities.listing import ROWS, ROWS_MAX, ListPage

__all__ = ["ROWS", "Limit", "asked", "next_link", "page"]

#: Of lists that are cut otherwise; a row of one thing that is shown, or what waits.
Limit = Annotated[int, Query(ge=1, le=ROWS_MAX, description="How many at most; a `Link` header names what follows.")]
Shown = TypeVar("Shown")


def asked(kind: type[BaseModel], *, without: Collection[str] = ()) -> Any:
    """Let a route take what may be asked of a list or of an export, each field as a parameter of its own.

    The parameters are plain ones, so that they are documented, and refused, like all others.

    Args:
        kind: its fields are what may be asked.
        without: fields that mean nothing here, such as the size of a page where there are none.
    """

    async def read(**given: Any) -> BaseModel:
        return kind(**given)

    parameters = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.is_required() else field.get_default(),
            annotation=Annotated[
                field.annotation, *field.metadata, Query(alias=field.alias, description=field.description)
            ],
        )
        for name, field in kind.model_fields.items()
        if name not in without
    ]
    read.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return Depends(read)


def page(
    request: Request,
    adapter: TypeAdapter[list[Shown]],
    listed: ListPage[Any],
    shown: Callable[[Any], Shown] | None = None,
) -> Response:
    """Answer a page, with a link to the next where there is one, and with the count of all rows where it was asked.

    Args:
        request: to which the link to the next page leads back.
        adapter: writes the rows.
        listed: the page.
        shown: makes of a row what is shown; by default it is that already.
    """
    headers = {}
    if listed.after:
        headers["Link"] = next_link(request, after=listed.after)
    if listed.count is not None:
        headers["X-Total-Count"] = str(listed.count)
    rows: Iterable[Shown] = listed.rows if shown is None else map(shown, listed.rows)
    return Response(adapter.dump_json(list(rows), by_alias=True), headers=headers, media_type="application/json")


def next_link(request: Request, **place: object) -> str:
    """The link to the page that follows: path and query of the request, with another place; never its host."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in place]
    query = urlencode([*kept, *((name, str(value)) for name, value in place.items())])
    return f'<{quote(request.scope["path"])}?{query}>; rel="next"'
