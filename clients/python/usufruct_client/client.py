"""A server that is asked, and by whose key."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Generator, Iterator
from functools import cached_property
from typing import Any, Self, TypeAlias

import httpx

from usufruct_client.models.operation_out import OperationOut
from usufruct_client.models.operation_state import OperationState
from usufruct_client.patience import Patience, PatientAsyncClient, PatientClient
from usufruct_client.refusal import CutShort, refused

__all__ = ["Usufruct", "begun_operation"]

_PATIENT = Patience()
_FIRST_LOOK_S, _LATER_LOOKS_S = 0.1, 5.0
#: A request whose answer is needed next, or for how many seconds to wait.
_Step: TypeAlias = dict[str, Any] | float


class Usufruct:
    """A server and a key; each operation takes one as its first argument.

    It is used from any thread, and closed at the end: ``with Usufruct() as usufruct``, or ``async with`` for the
    functions that are awaited.
    """

    def __init__(
        self,
        address: str | None = None,
        key: str | None = None,
        *,
        patience: Patience = _PATIENT,
        timeout_s: float = 60,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Say who is asked; nothing is sent yet.

        Args:
            address: of the server, as https://usufruct.example; by default ``USUFRUCT_ADDRESS``.
            key: that is sent; by default ``USUFRUCT_KEY``.
            patience: how often a request is tried.
            timeout_s: how long one try may take to be answered.
            transport: sends what is asked by functions that return; by default over the network.
            async_transport: the same for those that are awaited.

        Raises:
            ValueError: no address or no key is given.
        """
        address, key = address or os.environ.get("USUFRUCT_ADDRESS"), key or os.environ.get("USUFRUCT_KEY")
        if not address or not key:
            raise ValueError("an address and a key are needed: give them, or set USUFRUCT_ADDRESS and USUFRUCT_KEY")
        self._patience = patience
        self._shared: dict[str, Any] = {
            "base_url": address,
            "headers": {"Authorization": f"Bearer {key}", "User-Agent": "usufruct-client"},
            "timeout": timeout_s,
        }
        self._transport, self._async_transport = transport, async_transport

    @cached_property
    def http(self) -> PatientClient:
        """By which functions that return ask; made when the first one does, for it loads certificates."""
        return PatientClient(self._patience, transport=self._transport, **self._shared)

    @cached_property
    def async_http(self) -> PatientAsyncClient:
        """By which those that are awaited ask."""
        return PatientAsyncClient(self._patience, transport=self._async_transport, **self._shared)

    def __repr__(self) -> str:
        return f"Usufruct({self._shared['base_url']!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *ended: object) -> None:
        self.close()
        if "async_http" in vars(self):
            await self.async_http.aclose()

    def close(self) -> None:
        """Let go of the connections of functions that return."""
        if "http" in vars(self):
            self.http.close()

    def pages(self, asked: dict[str, Any]) -> Iterator[httpx.Response]:
        """Ask for a list page by page, up to the last one or a refusal.

        Args:
            asked: the request of the first page.
        """
        following: dict[str, Any] | None = asked
        while following is not None:
            answer = self.http.request(**following)
            yield answer
            following = _following(asked, answer)

    async def async_pages(self, asked: dict[str, Any]) -> AsyncIterator[httpx.Response]:
        """The same for ``async for``."""
        following: dict[str, Any] | None = asked
        while following is not None:
            answer = await self.async_http.request(**following)
            yield answer
            following = _following(asked, answer)

    def begun(self, asked: dict[str, Any]) -> httpx.Response:
        """Ask for work and not to wait for it; the answer is 202 with the operation, or a refusal."""
        return self.http.request(**_later(asked))

    async def async_begun(self, asked: dict[str, Any]) -> httpx.Response:
        """The same for ``await``."""
        return await self.async_http.request(**_later(asked))

    def followed(self, asked: dict[str, Any]) -> httpx.Response:
        """Ask for work, wait until it has ended, and return its answer, or the refusal of it.

        Raises:
            CutShort: it has ended without an answer.
        """
        steps, answer = _steps_to_the_end(asked), None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as ended:
                return _answer_of(ended)
            answer = None
            if isinstance(step, float):
                time.sleep(step)
            else:
                answer = self.http.request(**step)

    async def async_followed(self, asked: dict[str, Any]) -> httpx.Response:
        """The same for ``await``."""
        steps, answer = _steps_to_the_end(asked), None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as ended:
                return _answer_of(ended)
            answer = None
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                answer = await self.async_http.request(**step)


def begun_operation(answer: httpx.Response) -> OperationOut:
    """The operation of an answer that work has begun.

    Raises:
        Refusal: it is a refusal.
    """
    if "Preference-Applied" not in answer.headers:
        raise refused(answer)
    return OperationOut.from_dict(answer.json())


def _answer_of(ended: StopIteration) -> httpx.Response:
    answer: httpx.Response = ended.value
    return answer


def _following(asked: dict[str, Any], answer: httpx.Response) -> dict[str, Any] | None:
    """The request of the page that follows an answer; None: there is none."""
    link = answer.links.get("next")
    after = None if link is None else httpx.URL(link["url"]).params["after"]
    return None if after is None else asked | {"params": asked["params"] | {"after": after}}


def _later(asked: dict[str, Any]) -> dict[str, Any]:
    return asked | {"headers": asked.get("headers", {}) | {"Prefer": "respond-async"}}


def _steps_to_the_end(asked: dict[str, Any]) -> Generator[_Step, httpx.Response | None, httpx.Response]:
    """What is asked and waited for, one after the other, until work has ended; sent are the answers."""
    answer = _needed((yield _later(asked)))
    if "Preference-Applied" not in answer.headers:  # done at once, or refused
        return answer
    operation, pause = OperationOut.from_dict(answer.json()), _FIRST_LOOK_S
    while operation.state in (OperationState.WAITING, OperationState.RUNNING):
        yield pause
        pause = min(2 * pause, _LATER_LOOKS_S)
        answer = _needed((yield {"method": "GET", "url": f"/v1/operations/{operation.operation}"}))
        if answer.is_error:
            return answer
        operation = OperationOut.from_dict(answer.json())
    if operation.answer is None:
        raise CutShort(operation)
    return _needed((yield {"method": "GET", "url": operation.answer}))


def _needed(answer: httpx.Response | None) -> httpx.Response:
    if answer is None:
        raise RuntimeError("a request was not sent")
    return answer
