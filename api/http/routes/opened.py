"""Links to documents, opened by whoever has them: no key is asked for, and nothing but the document is shown."""

from fastapi import APIRouter, Request, Response

from api.http.credentials import address_of
from api.http.dependencies import ResourcesDep, now_of
from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.methods import is_head
from api.http.page_security import page_policy
from api.http.strict_route import StrictRoute
from api.operations.opened_links import OpenedFile, holder_of, open_link
from billing.delivery.links import LinkTarget, UnknownDeliveryLink

router = APIRouter(prefix="/d", tags=["billing"], route_class=StrictRoute)

_REFUSED = problems(404, 409, 410, 429, 503)
_PAGE = {"content": {"text/html": schema_of_media("text/html")}}
_PDF = {"content": {"application/pdf": schema_of_media("application/pdf")}}
_FILE = {"content": {"application/octet-stream": schema_of_media("application/octet-stream")}}


@router.get("/{token}", response_class=Response, responses={200: _PAGE, **_REFUSED})
async def open_page(request: Request, serving: ResourcesDep, token: str) -> Response:
    """Show the page of a document to whoever has a link to it; nobody has to be known."""
    return _shown(await _opened(request, serving, token, LinkTarget.PAGE), "inline")


@router.get("/{token}/pdf", response_class=Response, responses={200: _PDF, **_REFUSED})
async def open_pdf(request: Request, serving: ResourcesDep, token: str) -> Response:
    """Show the PDF of a document to whoever has a link to it; nobody has to be known."""
    return _shown(await _opened(request, serving, token, LinkTarget.PDF), "inline")


@router.get("/{token}/original", response_class=Response, responses={200: _FILE, **_REFUSED})
async def open_original(request: Request, serving: ResourcesDep, token: str) -> Response:
    """Hand the original of a document to whoever has a link to it, byte for byte; nobody has to be known."""
    return _shown(await _opened(request, serving, token, LinkTarget.ORIGINAL), "attachment")


async def _opened(request: Request, serving: ResourcesDep, token: str, what: LinkTarget) -> OpenedFile:
    """Open what a token is for; wrong ones are counted by the address that they come from, and right ones as well."""
    address, now = address_of(request), now_of(request)
    serving.guesses.admit(address, token, now)
    try:
        holder = await serving.lookup_threads.work(lambda: holder_of(serving.lookup_database.look_up, token))
    except UnknownDeliveryLink as error:
        serving.guesses.note(address, "link", token, error, now)
        raise
    serving.guesses.let_in(token)  # whoever guesses behind the same address locks out nobody who has a link
    serving.link_rates.count(address)
    public_url = serving.delivery_setup.public_url
    sees = not is_head(request)  # whoever asks for no content, as programs that look through mails, opens nothing
    return await serving.threads.work(
        lambda: open_link(serving.database, holder, what, now, public_url, is_opened=sees), holder.tenant
    )


def _shown(opened: OpenedFile, disposition: str) -> Response:
    file = opened.file
    headers = {
        "Content-Disposition": f'{disposition}; filename="{file.name}"',
        "X-Robots-Tag": "noindex",
        **(page_policy(opened.style) if opened.style else {}),
    }
    return Response(file.content, media_type=file.media_type, headers=headers)
