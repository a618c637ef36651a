"""What a request shows to say who it is: a bearer's word in its header, or the cookie of a session.

A header wins over a cookie. What comes by a cookie and writes must come from a page of ours: it brings the session's
own word in ``X-CSRF-Token``, and where the browser says which page sent it, that is one of the same origin.
"""

import hmac

from fastapi import Request, Response

from api.access.ways_in import Credential, Way, borne
from api.refusals import Forbidden, Unauthenticated
from api.server.outgoing import is_loopback

READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})
#: Of answers that hold a secret.
UNSTORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
CSRF_HEADER = "X-CSRF-Token"
_COOKIE = "usufruct_session"
_SAME_SITE = {"same-origin", "none"}  # none: typed by the person


class NotFromHere(Forbidden):
    """The request does not come from a page of the same session and origin."""


def credential_of(request: Request) -> Credential:
    """The credential that a request shows.

    Raises:
        Unauthenticated: it shows none, or several.
    """
    stated = request.headers.getlist("authorization")
    if len(stated) > 1:  # which of them counts, a proxy may see otherwise
        raise Unauthenticated("Authorization stands more than once", expected="one")
    header = stated[0] if stated else None
    if header is None and (cookie := request.cookies.get(cookie_name(request))):
        return Credential(Way.COOKIE, cookie)
    scheme, _, shown = (header or "").partition(" ")
    shown = shown.strip(" \t")
    if scheme.lower() != "bearer" or not shown:
        sent = scheme if header else "no such header"
        place, form = "/header/authorization", "Bearer KEY"
        raise Unauthenticated("send the key as: Authorization: Bearer KEY", place=place, found=sent[:20], expected=form)
    return borne(shown)


def address_of(request: Request) -> str:
    """Where a request comes from, as the server says it; behind a proxy that it trusts, where the proxy says."""
    return request.client.host if request.client else "unknown"


def refuse_foreign(request: Request) -> None:
    """Refuse a request that a browser says another site has sent.

    Raises:
        NotFromHere: it is one.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    own = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    if site not in _SAME_SITE or (origin is not None and origin != own):
        is_origin = origin not in (None, own)
        place = "/header/origin" if is_origin else "/header/sec-fetch-site"
        wrong, expected = (origin, own) if is_origin else (site, sorted(_SAME_SITE))
        raise NotFromHere("another site has sent it", place=place, found=str(wrong)[:100], expected=expected)


def refuse_forged(request: Request, csrf_token: str) -> None:
    """Refuse a request by cookie that writes and may have been sent by a page of somebody else.

    Args:
        request: comes by a cookie.
        csrf_token: the word of its session.

    Raises:
        NotFromHere: it lacks the word, or another site has sent it.
    """
    if request.method in READ_ONLY:
        return
    refuse_foreign(request)
    brought = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(brought.encode(), csrf_token.encode()):
        place, expected = f"/header/{CSRF_HEADER.lower()}", f"{CSRF_HEADER} as GET /session tells it"
        brings = "another" if brought else "none"  # not what it is: it may be the word of another session
        raise NotFromHere(f"{CSRF_HEADER} is not the session's", place=place, found=brings, expected=expected)


def cookie_name(request: Request) -> str:
    """How the cookie is called: over https so that no other host and no page over http can have set it."""
    return f"__Host-{_COOKIE}" if request.scope["scheme"] == "https" else _COOKIE


def give_cookie(request: Request, response: Response, value: str) -> None:
    """Give a browser the cookie of its session; it ends with the browser, or with the session."""
    secure = _is_secure(request)
    response.set_cookie(cookie_name(request), value, path="/", secure=secure, httponly=True, samesite="lax")


def take_cookie(request: Request, response: Response) -> None:
    """Let a browser forget the cookie."""
    secure = _is_secure(request)
    response.set_cookie(cookie_name(request), "", max_age=0, path="/", secure=secure, httponly=True, samesite="lax")


def _is_secure(request: Request) -> bool:
    """Whether the cookie is for https alone: everywhere but on this machine itself.

    A client may state any host. So the connection, too, has to be one of this machine.
    """
    server = request.scope.get("server") or ("", None)
    host = request.headers.get("host", "").lower()
    named = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return request.scope["scheme"] == "https" or not (is_loopback(named) and is_loopback(server[0]))
