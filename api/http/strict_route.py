"""What a request may not bring: a parameter that its route does not know, or one of a single value twice.

A misspelt filter that is ignored answers with more than was asked for, and nobody notices. So it is refused, with the
names that the route knows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from quantities.errors import Invalid


class UnknownParameter(Invalid):
    """The request has a parameter that does not exist here."""


class RepeatedParameter(Invalid):
    """A parameter with one value stands more than once in the request."""


def operation_id(route: APIRoute) -> str:
    """Name an operation as its endpoint is named, which is unique: ``list_invoices``."""
    return route.name


class StrictRoute(APIRoute):
    """A route that refuses parameters of the query which it would ignore."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Make a route of an endpoint; the options are FastAPI's."""
        super().__init__(path, endpoint, **options | {"generate_unique_id_function": operation_id})

    @cached_property
    def query_parameters(self) -> Mapping[str, bool]:
        """The names of the parameters in the query, and whether each may stand more than once."""
        return dict(_parameters(self.dependant))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose parameters are all known.

        Raises:
            UnknownParameter: one is not.
            RepeatedParameter: one stands twice.
        """
        if self.serves(scope):
            self.refuse_strange_parameters(Request(scope))
        await super().handle(scope, receive, send)

    def serves(self, scope: Scope) -> bool:
        """Whether the route has the method of a request; one that it has not is refused before all else."""
        return scope["method"] in (self.methods or ())

    def refuse_strange_parameters(self, request: Request) -> None:
        """Refuse parameters that the route would ignore; the errors are those of ``handle``."""
        if not request.scope["query_string"]:
            return
        known, seen = self.query_parameters, set[str]()
        for name, value in request.query_params.multi_items():
            if name not in known:
                _refuse_unknown(name, sorted(known))
            if name in seen and not known[name]:
                raise RepeatedParameter(
                    f"{name} stands more than once", place=f"/query/{name}", found=value[:100], expected="one value"
                )
            seen.add(name)


def _parameters(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        yield field.alias, _is_of_many(field.field_info.annotation)
    for below in dependant.dependencies:
        yield from _parameters(below)


def _refuse_unknown(name: str, known: Sequence[str]) -> None:
    nearest = get_close_matches(name, known, n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    shown = name[:100]
    raise UnknownParameter(
        f"there is no parameter {shown!r} here{hint}", place=f"/query/{shown}", found=shown, expected=known
    )


def _is_of_many(annotation: Any) -> bool:
    """Whether a parameter's type is a list, or may be one."""
    return get_origin(annotation) is list or any(get_origin(kind) is list for kind in get_args(annotation))
