"""What a request asks for only on a condition (RFC 9110, 13): a thing that has changed, or that has not.

``ETag``            of each answer to a GET: a digest of its bytes
``If-None-Match``   a GET whose answer the caller has already is answered 304, without the bytes; with ``*``, a write
                    makes only what is not there yet
``If-Match``        what a write changes must still be as the caller saw it, by the ``ETag`` of its GET without
                    parameters; else 412. It is compared in the transaction of the write, and writes over HTTP to one
                    thing wait for each other, so that nothing comes between. A write to something that is not read by
                    itself cannot be asked for so: 412.

What a write changes is read at its own path, or at the path without its last word, as a contract is at
``/v1/contracts/{reference}`` that ``/v1/contracts/{reference}/release`` changes.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from fastapi import Request, Response
from sqlmodel import Session

from api.refusals import Stale
from metering.log.transaction import send
from quantities.errors import NotFound

_TAG_CHARACTERS = 32
#: What a packed answer's tag ends with, for it is another representation.
PACKED = "-gzip"


class ChangedSince(Stale):
    """What the request changes is no longer as the caller saw it."""


class NothingToMatch(Stale):
    """What the request changes has no version of its own."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The tags that a request names; ``*`` is any.

    Attributes:
        match: of ``If-Match``; None: the header is not there.
        none_match: of ``If-None-Match``.
    """

    match: frozenset[str] | None
    none_match: frozenset[str]

    @classmethod
    def of(cls, request: Request) -> Self:
        """Read the headers of a request."""
        named = {name: request.headers.getlist(name) for name in ("if-match", "if-none-match")}
        return cls(
            match=_tags(named["if-match"]) if named["if-match"] else None,
            none_match=frozenset(tag.removeprefix("W/") for tag in _tags(named["if-none-match"])),
        )

    @property
    def is_stated(self) -> bool:
        """Whether there is one."""
        return self.match is not None or bool(self.none_match)


NO_CONDITIONS = Conditions(None, frozenset())
#: The places of the two headers.
IF_MATCH, IF_NONE_MATCH = "/header/if-match", "/header/if-none-match"


def _tags(values: list[str]) -> frozenset[str]:
    tags = (tag.strip() for value in values for tag in value.split(","))
    return frozenset(f'{tag[: -len(PACKED) - 1]}"' if tag.endswith(f'{PACKED}"') else tag for tag in tags if tag)


def tag_of(body: bytes) -> str:
    """The tag of an answer: quoted, and strong, for it is of its bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:_TAG_CHARACTERS]}"'


def tagged(answer: Response, conditions: Conditions) -> Response:
    """Give the answer to a GET its tag, or answer that the caller has it already."""
    if answer.status_code != HTTPStatus.OK:
        return answer
    tag = tag_of(bytes(answer.body))
    if not conditions.none_match.isdisjoint({tag, "*"}):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    answer.headers["ETag"] = tag
    return answer


def refuse_changed(read: Callable[[], Response], conditions: Conditions) -> None:
    """Refuse a write to something that has changed.

    Args:
        read: reads it as it is now.
        conditions: of the write.

    Raises:
        ChangedSince: it is not as the caller saw it, or is there although the caller says it is not.
    """
    try:
        tag = tag_of(bytes(read().body))
    except NotFound as error:
        if conditions.match is not None:
            absent = "nothing: it is not there"
            raise ChangedSince(place=IF_MATCH, found=sorted(conditions.match), expected=absent) from error
        return
    if conditions.match is not None and conditions.match.isdisjoint({tag, "*"}):
        raise ChangedSince(place=IF_MATCH, found=sorted(conditions.match), expected=tag)
    if not conditions.none_match.isdisjoint({tag, "*"}):
        raise ChangedSince(place=IF_NONE_MATCH, found=sorted(conditions.none_match), expected=tag)


def wait_for_others(session: Session, path: str) -> None:
    """Wait until the writes over HTTP to the same thing are committed, and let those that follow wait."""
    send(session, _WAIT, {"path": path})


# Of its own kind: none of the keys that deliveries and repeated requests are held by.
_WAIT = (
    "select pg_advisory_xact_lock(hashtextextended(concat_ws(' ', current_setting('app.tenant'), %(path)s::text), 2))"
)


def path_of(template: str, arguments: Mapping[str, object]) -> str:
    """The path of a thing, by the template of its route."""
    return template.format_map({name: str(value) for name, value in arguments.items()})
