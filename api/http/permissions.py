"""What each operation needs and who has it, in the OpenAPI document: read from the routes, said nowhere else."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.access.roles import PERMISSIONS, Permission
from api.http.dependencies import Needs


def needed(route: APIRoute) -> tuple[Permission, ...] | None:
    """The permissions of which one lets a caller in, if any is needed; None where nobody has to be known."""
    return next((depended.any_of for depended in _depended(route.dependant)), None)


def _depended(dependant: Dependant) -> Iterator[Needs]:
    for below in dependant.dependencies:
        if isinstance(below.call, Needs):
            yield below.call
        yield from _depended(below)


def routes_of(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    """All documented routes of some routers."""
    for router in routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute) and route.include_in_schema)


def describe_permissions(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Say of each operation in the document which permissions it needs, and which roles have one of them."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            for route in routes_of(routers):
                any_of = needed(route)
                if any_of is not None:
                    roles = [role for role, has in PERMISSIONS.items() if not any_of or not has.isdisjoint(any_of)]
                    for method in route.methods or ():
                        operation = document["paths"][route.path_format][method.lower()]
                        operation |= {"x-permissions": sorted(any_of), "x-roles": roles}
        return app.openapi_schema or plain()

    app.openapi = described  # type: ignore[method-assign]
