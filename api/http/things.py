"""Which GET reads what a write changes: the one of its own path, or of the path without its last word."""

from collections.abc import Sequence

from fastapi import APIRouter

from api.http.credentials import READ_ONLY
from api.http.permissions import needed, routes_of
from api.http.work_route import Thing, WorkRoute


def join_writes_and_reads(routers: Sequence[APIRouter]) -> None:
    """Let each route that writes know the route that reads what it changes, where there is one."""
    routes = [route for route in routes_of(routers) if isinstance(route, WorkRoute)]
    reads = {route.path: route for route in routes if "GET" in (route.methods or ())}
    for route in routes:
        if READ_ONLY.isdisjoint(route.methods or ()):
            above = route.path.rpartition("/")[0]
            read = reads.get(route.path) or (None if route.path.endswith("}") else reads.get(above))
            if read is not None:
                # of one thing, the first page of what there is of it; of a collection no page is what is changed
                unasked = read.answering.unasked if read.path.endswith("}") else {}
                route.changes = Thing(read.path, read.answering, needed(read) or (), unasked)
