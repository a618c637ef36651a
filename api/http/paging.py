"""A list in pages: so many rows, and a link to the rows that follow (RFC 8288)."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Request, Response
from pydantic import BaseModel, TypeAdapter

_ROWS, _ROWS_MAX = 100, 1000
Limit = Annotated[int, Query(ge=1, le=_ROWS_MAX, description="How many at most; a `Link` header names what follows.")]
After = Annotated[str, Query(description="After which the list begins: the last of the page before.", max_length=200)]
#: How many rows a page has, unless the request says so.
ROWS = _ROWS
Row = TypeVar("Row", bound=BaseModel)


def page(
    request: Request, adapter: TypeAdapter[list[Row]], rows: Sequence[Row], limit: int, name_of: Callable[[Row], str]
) -> Response:
    """Answer rows, of which one more than the limit was asked for.

    Args:
        request: to which the link to the next page leads back.
        adapter: writes the rows.
        rows: in the order of their names, at least one of them.
        limit: how many are answered.
        name_of: gives the name after which the next page begins.
    """
    shown = rows[:limit]
    headers = {}
    if len(rows) > limit:
        following = request.url.include_query_params(after=name_of(shown[-1]), limit=limit)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    written = adapter.dump_json(list(shown), by_alias=True)
    return Response(written, headers=headers, media_type="application/json")
