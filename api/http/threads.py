"""The threads that requests are worked on: a fixed number, at most half for one tenant, and no endless wait."""

import math
from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from api.server.metrics import REQUESTS_WAITING
from quantities.errors import Unavailable

Result = TypeVar("Result")


class TooBusy(Unavailable):
    """Too many requests are under way; try again later."""


class Threads:
    """A fixed number of threads. A request keeps its thread until its transaction has ended.

    Attributes:
        count: how many requests are worked on at once.
        share: how many of them may belong to one tenant; requests of a tenant that wait for each other leave room for
            other tenants.
        wait_s: how long a request waits for a thread, in seconds.
    """

    def __init__(self, count: int, wait_s: float) -> None:
        self.count, self.share, self.wait_s = count, max(1, count // 2), wait_s
        self._all = CapacityLimiter(count)
        self._of_tenant: dict[int, CapacityLimiter] = {}
        self._unbounded = CapacityLimiter(math.inf)  # for anyio; ours are acquired before, in limited time

    async def work(self, work: Callable[[], Result], tenant: int | None = None) -> Result:
        """Do work on a thread as soon as one is free.

        Raises:
            TooBusy: no thread became free in time.
        """
        limiters = [self._all] if tenant is None else [self._limiter(tenant), self._all]
        taken: list[CapacityLimiter] = []
        turn = object()
        try:
            REQUESTS_WAITING.inc()
            try:
                with anyio.fail_after(self.wait_s):
                    for limiter in limiters:
                        await limiter.acquire_on_behalf_of(turn)
                        taken.append(limiter)
            except TimeoutError as error:
                raise TooBusy from error
            finally:
                REQUESTS_WAITING.dec()
            return await run_sync(work, limiter=self._unbounded)
        finally:
            for limiter in reversed(taken):
                limiter.release_on_behalf_of(turn)

    def _limiter(self, tenant: int) -> CapacityLimiter:
        return self._of_tenant.setdefault(tenant, CapacityLimiter(self.share))
