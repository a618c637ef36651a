"""A server that is asked, and by whose key."""

import os
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Self

import httpx

from usufruct_client.models.operation_out import OperationOut
from usufruct_client.models.operation_state import OperationState
from usufruct_client.patience import Patience, PatientAsyncClient, PatientClient
from usufruct_client.refusal import CutShort

__all__ = ["Usufruct"]

_PATIENT = Patience()
_FIRST_LOOK_S, _LATER_LOOKS_S = 0.1, 5.0


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
        after: str | None = asked["params"].get("after")
        while after is not None:
            answer = self.http.request(**asked | {"params": asked["params"] | {"after": after}})
            yield answer
            following = answer.links.get("next")
            after = None if following is None else httpx.URL(following["url"]).params["after"]

    def begun(self, asked: dict[str, Any]) -> httpx.Response:
        """Ask for work and not to wait for it; the answer is 202 with the operation, or a refusal."""
        return self.http.request(**asked | {"headers": asked.get("headers", {}) | {"Prefer": "respond-async"}})

    def followed(self, asked: dict[str, Any]) -> httpx.Response:
        """Ask for work, wait until it has ended, and return its answer, or the refusal of it.

        Raises:
            CutShort: it has ended without an answer.
        """
        answer = self.begun(asked)
        if "Preference-Applied" not in answer.headers:  # done at once, or refused
            return answer
        operation, pause = OperationOut.from_dict(answer.json()), _FIRST_LOOK_S
        while operation.state in (OperationState.WAITING, OperationState.RUNNING):
            time.sleep(pause)
            pause = min(2 * pause, _LATER_LOOKS_S)
            answer = self.http.get(f"/v1/operations/{operation.operation}")
            if answer.is_error:
                return answer
            operation = OperationOut.from_dict(answer.json())
        if operation.answer is None:
            raise CutShort(operation)
        return self.http.get(operation.answer)
