"""A refusal as both doors tell it: the kinds that only doors have, the status of each kind, and its RFC 9457 document.

It loads no web framework: a command answers ``--json`` with the same document as HTTP.
"""

from collections.abc import Mapping
from http import HTTPStatus

from quantities.errors import Conflict, Invalid, NotFound, Unavailable, UsufructError, page_address, slug, title


class Unauthenticated(UsufructError):
    """The request has no valid key."""


class Forbidden(UsufructError):
    """The key's role does not include this."""


class Gone(UsufructError):
    """What was here is here no more."""


class Stale(UsufructError):
    """The request is based on something that has changed since."""


class TooLarge(UsufructError):
    """The request is too large."""


class UnsupportedMediaType(UsufructError):
    """The body is in a form that is not read here."""


class TooMany(UsufructError):
    """The caller has sent too many requests; try again later."""


class TooSlow(UsufructError):
    """The request did not come in time."""


class InvalidRequest(Invalid):
    """The request does not have the documented form."""


class MethodNotAllowed(UsufructError):
    """The address is not asked by this method."""


class Unforeseen(UsufructError):
    """Something we did not foresee went wrong."""


#: The only mapping from kinds to statuses. The first base class that fits decides, so the root comes last.
STATUS: dict[type[UsufructError], int] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Gone: HTTPStatus.GONE,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    Unforeseen: HTTPStatus.INTERNAL_SERVER_ERROR,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    UsufructError: HTTPStatus.BAD_REQUEST,
}


def status_of(kind: type[UsufructError]) -> int:
    """Map a kind of error to its HTTP status."""
    return int(next(status for base, status in STATUS.items() if issubclass(kind, base)))


def problem_of(error: UsufructError) -> dict[str, object]:
    """Describe a refusal as an RFC 9457 problem: type, title, status, detail, and the error's own members."""
    kind = type(error)
    body: dict[str, object] = {
        "type": page_address(slug(kind)),
        "title": title(kind),
        "status": status_of(kind),
        "detail": str(error),
    }
    body |= {name: value for name, value in error.members.items() if name not in body}
    return {name: _plain(value) for name, value in body.items()}


def _plain(value: object) -> object:
    """Keep the types of JSON; a Decimal, an instant or anything else becomes text, never a float.

    A lone surrogate, which JSON may hold and UTF-8 cannot, becomes its escape.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case _:
            return _plain(str(value))
