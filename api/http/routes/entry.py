"""What stands at the address of the server itself: where to look further, for programs and for browsers."""

from fastapi import APIRouter, Request, Response

from api.http.page_security import page_policy
from api.http.preferences import preferred_media_type
from api.http.strict_route import StrictRoute

#: It is a signpost and no operation, as the documentation itself is.
router = APIRouter(include_in_schema=False, route_class=StrictRoute)

_JSON, _HTML = "application/json", "text/html"
_ADDRESSES = {
    "documentation": "/docs",
    "openapi": "/openapi.json",
    "problems": "/problems",
    "health": "/health",
    "readiness": "/ready",
}
_STYLE = "body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }"
_PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Usufruct</title>'
    f"<style>{_STYLE}</style></head><body><h1>Usufruct</h1><ul>"
    + "".join(f'<li><a href="{address}">{name}</a></li>' for name, address in _ADDRESSES.items())
    + "</ul></body></html>\n"
)


@router.get("/", response_model=dict[str, str])
async def get_entry(request: Request) -> object:
    """Name the documentation, the problems and the health of this server; nobody has to be known."""
    if preferred_media_type(request.headers.get("accept", ""), (_JSON, _HTML)) == _HTML:
        return Response(_PAGE, media_type=_HTML, headers={"Vary": "Accept", **page_policy(_STYLE)})
    return _ADDRESSES
