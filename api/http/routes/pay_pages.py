"""Pay pages, opened by whoever has a link: no key is asked for, and nothing but what the link is of is shown."""

from typing import Any, TypeAlias

from fastapi import APIRouter, Request, Response

from api.http.credentials import address_of
from api.http.dependencies import Resources, ResourcesDep, now_of
from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.page_security import page_policy
from api.http.strict_route import StrictRoute
from api.operations.opened_links import TokenHolder
from api.operations.pay_pages import PayPage, PayPages, click_on_record, pay_link_holder, show_pay_page
from billing.documents.pay.pay_page import PAY_STYLE, write_returned_page
from billing.payments.links import UnknownPayLink
from billing.payments.pages.page import PayPageState
from contracts.invoicing import Language

router = APIRouter(prefix="/pay", tags=["billing"], route_class=StrictRoute)

_Responses: TypeAlias = dict[int | str, dict[str, Any]]
_PAGE: dict[str, Any] = {"content": {"text/html": schema_of_media("text/html")}}
_ENDED: _Responses = {410: _PAGE | {"description": "The document is void, or the link has ended; the page says which."}}
_REFUSED = problems(404, 429, 503)
_HTML = "text/html; charset=utf-8"
#: A form is answered by a redirection to the gateway's page, wherever that is; browsers hold the policy against it.
_FORMS = "'self' https:"
#: A gateway of our own, to try it out, is on this machine.
_FORMS_HERE = f"{_FORMS} http://127.0.0.1:*"
_GONE = frozenset({PayPageState.VOID, PayPageState.EXPIRED, PayPageState.REVOKED})
_LEADS_TO: _Responses = {303: {"description": "The address of the gateway's page, in `Location`."}}
_NOT_NOW: _Responses = {409: _PAGE | {"description": "It cannot be paid now; the page says why."}}


_OK: _Responses = {200: _PAGE}


@router.get("/done", response_class=Response, responses=_OK)
def show_paid(request: Request) -> Response:
    """Thank a customer who comes back from the page of the gateway; nothing is believed of it."""
    return _returned(request, has_paid=True)


@router.get("/left", response_class=Response, responses=_OK)
def show_left(request: Request) -> Response:
    """Receive a customer who went back from the page of the gateway without having done anything."""
    return _returned(request, has_paid=False)


def _returned(request: Request, *, has_paid: bool) -> Response:
    content = write_returned_page(_language(request), has_paid=has_paid)
    return Response(content, media_type=_HTML, headers={"X-Robots-Tag": "noindex", **page_policy(PAY_STYLE)})


def _language(request: Request) -> Language:
    """The first language of the browser that is one of ours; the page is of no document, which would say it."""
    for asked in request.headers.get("accept-language", "").split(","):
        main = asked.partition(";")[0].partition("-")[0].strip().lower()
        if main in set(Language):
            return Language(main)
    return Language.ENGLISH


@router.get("/{token}", response_class=Response, responses={200: _PAGE, **_ENDED, **_REFUSED})
async def open_pay_page(request: Request, serving: ResourcesDep, token: str) -> Response:
    """Show what is open of a document to whoever has a link to pay it; nobody has to be known."""
    holder = await _holder(request, serving, token)
    pages = PayPages(serving.database, serving.gateways, lambda: now_of(request))
    return _shown(serving, await serving.threads.work(lambda: show_pay_page(pages, holder), holder.tenant), 200)


@router.post(
    "/{token}",
    response_class=Response,
    status_code=303,
    responses={**_LEADS_TO, **_NOT_NOW, **_ENDED, **problems(404, 429), 503: _PAGE},
)
async def open_gateway_page(request: Request, serving: ResourcesDep, token: str) -> Response:
    """Lead to the page of the gateway in which the document is paid: it is opened now, or the one that is open."""
    holder = await _holder(request, serving, token)
    pages, address = PayPages(serving.database, serving.gateways, lambda: now_of(request)), address_of(request)
    answer = await serving.pay_threads.work(lambda: click_on_record(pages, holder, address), holder.tenant)
    if isinstance(answer, PayPage):
        return _shown(serving, answer, 409 if answer.failure is None else 503)
    return Response(status_code=303, headers={"Location": answer})


async def _holder(request: Request, serving: Resources, token: str) -> TokenHolder:
    """Say whose a token is; wrong ones are counted by the address that they come from, and right ones as well."""
    address, now = address_of(request), now_of(request)
    serving.guesses.admit(address, token, now)
    try:
        holder = await serving.lookup_threads.work(lambda: pay_link_holder(serving.lookup_database.look_up, token))
    except UnknownPayLink as error:
        serving.guesses.note(address, "link", token, error, now)
        raise
    serving.guesses.let_in(token)
    serving.link_rates.count(address)
    return holder


def _shown(serving: Resources, page: PayPage, status: int) -> Response:
    is_here = any(account.is_on_this_machine for account in serving.gateways.accounts)
    headers = {"X-Robots-Tag": "noindex", **page_policy(PAY_STYLE, _FORMS_HERE if is_here else _FORMS)}
    return Response(page.content, 410 if page.state in _GONE else status, media_type=_HTML, headers=headers)
