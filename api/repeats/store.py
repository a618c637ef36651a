"""What requests with an idempotency key were answered: looked up, kept, and forgotten after a month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from api.audit.personal import ANSWERS
from metering.deliveries.receipt import KeyUsedOtherwise
from metering.log.transaction import ask, fetch, send, together
from quantities.errors import Conflict
from quantities.period import utc


class StillUnderWay(Conflict):
    """The first request with this idempotency key is still under way."""


class ShownOnce(Conflict):
    """What this idempotency key stands for was shown once, and is not kept."""


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request that its client may send again.

    Attributes:
        key: chosen by the client; it is one of its identity, so that nobody else's stands in its way.
        request_sha256: the digest of all that the key stands for: method, path, query and body.
    """

    key: str
    request_sha256: bytes


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request was answered.

    Attributes:
        status: of HTTP.
        media_type: of the body.
        body: None: it had a secret, which is shown once.
    """

    status: int
    media_type: str | None
    body: bytes | None


def claim(session: Session, asked: KeyedRequest) -> KeptAnswer | None:
    """Let nobody else do what a request asks for until the transaction ends, unless it was done.

    Returns:
        What the first request with the key was answered; None: this one is the first.

    Raises:
        StillUnderWay: another transaction does it now; it is not waited for.
        KeyUsedOtherwise: the key stands for another request.
        ShownOnce: it is done, and the answer had a secret.
    """
    with together(session):
        locked = ask(session, _CLAIM, {"key": asked.key})
        kept = ask(session, _FIND, {"key": asked.key})  # a statement of its own: it sees what was committed until then
    if not locked.rows()[0][0]:
        raise StillUnderWay(found=asked.key, expected="the same request again, later", retry_after_s=1)
    return _answer_of(asked, kept.rows())


def find_kept(session: Session, asked: KeyedRequest) -> KeptAnswer | None:
    """What the first request with a key was answered, which is held by other means (held_keys.py).

    Raises:
        KeyUsedOtherwise, ShownOnce: as ``claim``.
    """
    return _answer_of(asked, fetch(session, _FIND, {"key": asked.key}))


def _answer_of(asked: KeyedRequest, rows: Sequence[Sequence[Any]]) -> KeptAnswer | None:
    if not rows:
        return None
    request_sha256, status, media_type, body = rows[0]
    if bytes(request_sha256) != asked.request_sha256:
        raise KeyUsedOtherwise.of(asked.key, "another method, path, query or body")
    if body is None:
        raise ShownOnce(found=asked.key, expected="look up what was made, and have a new secret made for it")
    return KeptAnswer(status, media_type, bytes(body))


def keep(session: Session, asked: KeyedRequest, answer: KeptAnswer, at: datetime) -> None:
    """Keep what a request was answered, with what it did."""
    row = {
        "key": asked.key,
        "request_sha256": asked.request_sha256,
        "at": utc(at),
        "status": answer.status,
        "media_type": answer.media_type,
        "body": answer.body,
    }
    send(session, _KEEP, row)


def forget(session: Session, now: datetime) -> None:
    """Remove the answers that are no longer kept; the session is the product's own."""
    send(session, "delete from kept_answer where at < %(at)s::timestamptz", {"at": utc(ANSWERS.ends(now))})


# Of its own kind, so that it is none of the keys by which deliveries wait for each other.
_CLAIM = """
    select pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', current_setting('app.tenant'),
                                                                current_setting('app.identity'), %(key)s::text), 1))
"""
_FIND = """
    select request_sha256, status, media_type, body from kept_answer
    where identity = nullif(current_setting('app.identity'), '')::int and key = %(key)s::text
"""
_KEEP = """
    insert into kept_answer (key, request_sha256, at, status, media_type, body)
    values (%(key)s, %(request_sha256)s, %(at)s, %(status)s, %(media_type)s, %(body)s)
"""
