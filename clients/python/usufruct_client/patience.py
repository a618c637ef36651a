"""How often a request is tried: again when there was no answer, or one that says to come again, and never done twice.

Each write has an ``Idempotency-Key``, given to it before it is sent the first time and kept through all tries: where
the first try was done and only its answer was lost, the server answers the next one as it answered the first.
"""

import asyncio
import logging
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeAlias
from uuid import uuid4

import httpx

__all__ = ["Patience", "PatientAsyncClient", "PatientClient", "retry_after_s"]

_LOG = logging.getLogger("usufruct_client")
_KEY = "Idempotency-Key"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_COME_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
#: The same request is worked on now: its first try, whose answer nobody waited for.
_UNDER_WAY = "still-under-way"
#: What will be the same the next time.
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


@dataclass(frozen=True)
class Patience:
    """How often a request is tried, and how long it may wait for that; a pause doubles from try to try.

    Where the server says when to come again, that is waited for, unless it is later than ``within_s`` allows: then the
    refusal is raised at once, with its ``retry_after_s``.
    """

    tries: int = 20
    within_s: float = 120
    first_pause_s: float = 0.5
    longest_pause_s: float = 20

    def pause_s(self, tried: int, waited_s: float, least_s: float) -> float | None:
        """How long to wait after so many tries; None: no more is tried.

        Args:
            tried: the tries so far, at least one.
            waited_s: how long ago the first one began.
            least_s: how long the server asks to be left alone.
        """
        doubled = min(self.longest_pause_s, self.first_pause_s * 2 ** (tried - 1))
        # Many that are refused together do not come again together.
        pause = max(least_s, doubled * random.uniform(0.5, 1))  # noqa: S311 no secret
        return None if tried >= self.tries or waited_s + pause > self.within_s else pause


def retry_after_s(answer: httpx.Response) -> float | None:
    """When to come again, as an answer says it: in seconds, or as a date; None: it does not say."""
    stated = answer.headers.get("Retry-After", "")
    if stated.isdigit():
        return float(stated)
    try:
        then = parsedate_to_datetime(stated)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


#: What comes of a try.
_Outcome: TypeAlias = httpx.Response | httpx.TransportError


class _Tries:
    """The tries of one request: all that is decided of them, for both clients."""

    def __init__(self, patience: Patience, request: httpx.Request) -> None:
        self._patience, self._request = patience, request
        self._tried, self._began = 0, time.monotonic()
        if request.method in _WRITES and _KEY not in request.headers:
            request.headers[_KEY] = uuid4().hex

    def pause_after(self, result: _Outcome) -> float | None:
        """How long to wait before the next try; None: the result is final."""
        self._tried += 1
        why = _lost(result) if isinstance(result, httpx.TransportError) else _asked_to_come_again(result)
        if why is None:
            return None
        least = 0.0 if isinstance(result, httpx.TransportError) else retry_after_s(result) or 0.0
        pause = self._patience.pause_s(self._tried, time.monotonic() - self._began, least)
        if pause is not None:
            request = self._request
            _LOG.warning("%s %s: %s; again in %.1f s", request.method, request.url.path, why, pause)
        return pause


def _answer_of(last: _Outcome) -> httpx.Response:
    """What came of the last try: its answer, or the error that nobody answered."""
    if isinstance(last, httpx.TransportError):
        raise last
    return last


def _lost(error: httpx.TransportError) -> str | None:
    return None if isinstance(error, _HOPELESS) else str(error) or type(error).__name__


def _asked_to_come_again(answer: httpx.Response) -> str | None:
    if answer.status_code in _COME_AGAIN:
        return f"{answer.status_code} {answer.reason_phrase}"
    if answer.status_code == HTTPStatus.CONFLICT:
        answer.read()
        if _UNDER_WAY in answer.text:
            return "its first try is still under way"
    return None


class PatientClient(httpx.Client):
    """An HTTP client that tries again."""

    def __init__(self, patience: Patience, **options: Any) -> None:
        super().__init__(**options)
        self._patience = patience

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request until it is answered for good, or patience ends."""
        tries = _Tries(self._patience, request)
        request.read()  # a file is sent from its beginning each time
        while True:
            outcome: _Outcome
            try:
                outcome = super().send(request, **options)
            except httpx.TransportError as error:
                outcome = error
            pause = tries.pause_after(outcome)
            if pause is None:
                return _answer_of(outcome)
            if isinstance(outcome, httpx.Response):
                outcome.close()
            time.sleep(pause)


class PatientAsyncClient(httpx.AsyncClient):
    """The same for ``await``."""

    def __init__(self, patience: Patience, **options: Any) -> None:
        super().__init__(**options)
        self._patience = patience

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request until it is answered for good, or patience ends."""
        tries = _Tries(self._patience, request)
        await request.aread()
        while True:
            outcome: _Outcome
            try:
                outcome = await super().send(request, **options)
            except httpx.TransportError as error:
                outcome = error
            pause = tries.pause_after(outcome)
            if pause is None:
                return _answer_of(outcome)
            if isinstance(outcome, httpx.Response):
                await outcome.aclose()
            await asyncio.sleep(pause)
