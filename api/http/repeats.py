"""A request with an ``Idempotency-Key``: done once, and answered again as it was answered first.

one process     a second request is answered 409 before its body is read, while the first is under way
all processes   the key is held in the transaction that does the work, and the answer is committed with it; a second
                transaction does not wait, and is answered 409
afterwards      the same request gets the first answer again, with ``Idempotent-Replayed: true``; another one with the
                same key is refused
a refusal       was rolled back and is not kept: the same request may do now what it could not do then
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from fastapi import Request, Response
from sqlmodel import Session

from api.access.caller import Caller
from api.refusals import InvalidRequest
from api.repeats.store import KeptAnswer, KeyedRequest, StillUnderWay, claim, find_kept, keep
from quantities.errors import page_address

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_CHARACTERS_MAX = 200


class KeptBy(StrEnum):
    """Who keeps what a request with a key was answered."""

    TABLE = "table"  # the answer's bytes, with what was done
    NOBODY = "nobody"  # it has a secret, which is shown once; that it was done is kept
    LOG = "log"  # the work itself: the receipt of a delivery is in its batch


def key_of(request: Request) -> str | None:
    """The idempotency key of a request; None: it has none.

    Raises:
        InvalidRequest: it has several, or one that is empty, too long, or not of visible ASCII characters.
    """
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    key = given[0]
    if len(given) > 1 or not 1 <= len(key) <= _CHARACTERS_MAX or not (key.isascii() and key.isprintable()):
        fault = {
            "path": f"/header/{HEADER}",
            "code": "idempotency_key",
            "detail": "an idempotency key is one, short and in ASCII",
            "found": ", ".join(given)[:100],
            "expected": f"one of 1 to {_CHARACTERS_MAX} visible ASCII characters",
            "type": page_address("idempotency_key"),
        }
        raise InvalidRequest("1 fault in the request", faults=[fault])
    return key


def keyed(request: Request, key: str, body: bytes) -> KeyedRequest:
    """Say all that a key stands for: method, path, query and body."""
    query = sorted(request.query_params.multi_items())
    head = json.dumps([request.method, request.scope["path"], query])
    return KeyedRequest(key, hashlib.sha256(hashlib.sha256(body).digest() + head.encode()).digest())


_OfSomebody: TypeAlias = tuple[int, int | None, str]


class UnderWay:
    """The requests with a key that this process works on. It is used on one thread."""

    def __init__(self) -> None:
        self._keys: set[_OfSomebody] = set()

    @contextmanager
    def first(self, caller: Caller, key: str | None) -> Iterator[None]:
        """Inside, no other request of the same caller with the same key is worked on.

        Raises:
            StillUnderWay: one is.
        """
        if key is None:
            yield
            return
        own = (caller.tenant, caller.acting.identity, key)
        if own in self._keys:
            raise StillUnderWay(found=key, expected="the same request again, later", retry_after_s=1)
        self._keys.add(own)
        try:
            yield
        finally:
            self._keys.discard(own)


def answer_once(
    session: Session, asked: KeyedRequest, kept_by: KeptBy, now: datetime, work: Callable[[], Response]
) -> Response:
    """Do a request's work unless it was done, and answer.

    Args:
        session: of the work's transaction.
        asked: the request.
        kept_by: who keeps the answer.
        now: the instant of the request.
        work: makes the answer; where it raises, nothing is kept.

    Raises:
        StillUnderWay: another transaction does it now.
        KeyUsedOtherwise: the key stands for another request.
        ShownOnce: it is done, and the answer had a secret.
    """
    earlier = claim(session, asked)
    if earlier is not None:
        return _again(earlier)
    answer = work()
    if kept_by is not KeptBy.LOG:
        keep(session, asked, _kept(answer, with_body=kept_by is KeptBy.TABLE), now)
    return answer


def answer_once_in_many(
    transaction: Callable[[], AbstractContextManager[Session]],
    asked: KeyedRequest,
    now: datetime,
    work: Callable[[], Response],
) -> Response:
    """Do a request's work in many transactions unless it was done, and answer; the key is held by the caller.

    Args:
        transaction: begins one.
        asked: the request.
        now: the instant of the request.
        work: makes the answer, in transactions of its own.

    Raises:
        KeyUsedOtherwise: the key stands for another request.
    """
    with transaction() as session:
        earlier = find_kept(session, asked)
    if earlier is not None:
        return _again(earlier)
    answer = work()
    with transaction() as session:
        keep(session, asked, _kept(answer, with_body=True), now)
    return answer


def _again(earlier: KeptAnswer) -> Response:
    return Response(earlier.body, earlier.status, {REPLAYED: "true"}, media_type=earlier.media_type)


def _kept(answer: Response, *, with_body: bool) -> KeptAnswer:
    return KeptAnswer(answer.status_code, answer.headers.get("content-type"), bytes(answer.body) if with_body else None)
