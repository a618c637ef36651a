"""What each problem means: the pages that the types of problems lead to, for browsers, programs and terminals."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.page_security import page_policy
from api.http.paging import asked, page
from api.http.preferences import preferred_media_type
from api.http.strict_route import StrictRoute
from api.problem_pages.layout import STYLE, index_markdown, list_html, list_markdown, page_html, page_markdown
from api.problem_pages.page import ListedProblem, ProblemPage, ProblemQuery, asked_problems, problem_page

_HTML, _MARKDOWN, _JSON = "text/html", "text/markdown", "application/json"
_OTHER_TYPES: dict[str, Any] = {"content": {media: schema_of_media(media) for media in (_HTML, _MARKDOWN)}}

router = APIRouter(prefix="/problems", tags=["problems"], route_class=StrictRoute, responses={200: _OTHER_TYPES})


_LISTED = TypeAdapter(list[ListedProblem])


@router.get("", response_model=list[ListedProblem])
async def list_problems(request: Request, query: Annotated[ProblemQuery, asked(ProblemQuery)]) -> object:
    """List every problem that this interface and the command line answer with, in pages; nobody has to be known.

    As a page for people: the rooms of the program that refuse, and of one `room` its problems.
    """
    room = None if query.room is None else query.room.value

    def markdown() -> str:
        return index_markdown() if room is None else list_markdown(room)

    return _laid_out(request, lambda: list_html(room), markdown) or page(request, _LISTED, asked_problems(query))


@router.get("/{name}", response_model=ProblemPage, responses=problems(404))
async def get_problem(request: Request, name: str) -> object:
    """Say what a problem means, what to do, and by which example it is provoked; nobody has to be known."""
    known = problem_page(name)
    return _laid_out(request, lambda: page_html(known), lambda: page_markdown(known)) or known


def _laid_out(request: Request, html: Callable[[], str], markdown: Callable[[], str]) -> Response | None:
    """A page as the request would rather have it; None where that is JSON."""
    match preferred_media_type(request.headers.get("accept", ""), (_HTML, _MARKDOWN, _JSON, "text/plain")):
        case "application/json":
            return None
        case "text/html":
            return Response(html(), media_type=_HTML, headers={"Vary": "Accept", **page_policy(STYLE)})
        case media_type:
            return Response(markdown(), media_type=media_type, headers={"Vary": "Accept"})
