"""What each problem means: the pages that the types of problems lead to, for browsers, programs and terminals."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.page_security import page_policy
from api.http.preferences import preferred_media_type
from api.http.strict_route import StrictRoute
from api.problem_pages.layout import STYLE, list_html, list_markdown, page_html, page_markdown
from api.problem_pages.page import ProblemPage, listed_problems, problem_page

_HTML, _MARKDOWN, _JSON = "text/html", "text/markdown", "application/json"
_OTHER_TYPES: dict[str, Any] = {"content": {media: schema_of_media(media) for media in (_HTML, _MARKDOWN)}}

router = APIRouter(prefix="/problems", tags=["problems"], route_class=StrictRoute, responses={200: _OTHER_TYPES})


class ListedProblem(BaseModel):
    """A problem in the list of all."""

    name: str
    type: str
    room: str
    title: str
    status: int


@router.get("", response_model=list[ListedProblem])
async def list_problems(request: Request) -> object:
    """List every problem that this interface and the command line answer with; nobody has to be known."""
    return _laid_out(request, list_html, list_markdown) or listed_problems()


@router.get("/{name}", response_model=ProblemPage, responses=problems(404))
async def get_problem(request: Request, name: str) -> object:
    """Say what a problem means, what to do, and by which example it is provoked; nobody has to be known."""
    page = problem_page(name)
    return _laid_out(request, lambda: page_html(page), lambda: page_markdown(page)) or page


def _laid_out(request: Request, html: Callable[[], str], markdown: Callable[[], str]) -> Response | None:
    """A page as the request would rather have it; None where that is JSON."""
    match preferred_media_type(request.headers.get("accept", ""), (_HTML, _MARKDOWN, _JSON, "text/plain")):
        case "application/json":
            return None
        case "text/html":
            return Response(html(), media_type=_HTML, headers={"Vary": "Accept", **page_policy(STYLE)})
        case media_type:
            return Response(markdown(), media_type=media_type, headers={"Vary": "Accept"})
