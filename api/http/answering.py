"""An endpoint's answer as bytes: what a route sends, and what is compared when something is read again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, isclass, signature
from typing import Any, Self, get_type_hints

from fastapi import Request, Response
from pydantic import TypeAdapter

from quantities.listing import ListQuery

#: For the link to a next page, where nobody follows it.
_FROM_NOWHERE = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})


@dataclass(frozen=True)
class Answering:
    """A function from an endpoint's arguments to its answer.

    Attributes:
        endpoint: a plain function.
        status: of its answers that are no response by themselves.
        adapter: writes what it returns; None: it returns responses.
        headers: of what it writes.
    """

    endpoint: Callable[..., Any]
    status: int
    adapter: TypeAdapter[Any] | None
    headers: Mapping[str, str] | None = None

    @classmethod
    def of(cls, endpoint: Callable[..., Any], status: int, headers: Mapping[str, str] | None = None) -> Self:
        """Find out from its annotations how what an endpoint returns is written."""
        kind = get_type_hints(endpoint, include_extras=True)["return"]
        is_response = isclass(kind) and issubclass(kind, Response)
        return cls(endpoint, status, None if is_response else TypeAdapter(kind), headers)

    def __call__(self, **arguments: Any) -> Response:
        """Answer."""
        result = self.endpoint(**arguments)
        if self.adapter is None or isinstance(result, Response):
            return result  # type: ignore[no-any-return]
        checked = self.adapter.validate_python(result, from_attributes=True)
        written = self.adapter.dump_json(checked, by_alias=True)
        return Response(written, self.status, self.headers, "application/json")

    @cached_property
    def _parameters(self) -> Mapping[str, Parameter]:
        return signature(self.endpoint).parameters

    @cached_property
    def unasked(self) -> Mapping[str, Any]:
        """The arguments of a list of which nothing is asked: its first page."""
        kinds = get_type_hints(self.endpoint)
        queries = {name: kind() for name, kind in kinds.items() if isclass(kind) and issubclass(kind, ListQuery)}
        return queries | {name: _FROM_NOWHERE for name, kind in kinds.items() if kind is Request}

    def taken_from(self, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
        """Those of another endpoint's arguments that this one takes; None: one without a default is missing."""
        taken = {name: arguments[name] for name in self._parameters if name in arguments}
        needed = {name for name, parameter in self._parameters.items() if parameter.default is Parameter.empty}
        return taken if needed <= set(taken) else None
