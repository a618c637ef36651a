"""Many clients at once on a served application, and what others meet meanwhile: for tests and benchmarks/many_writers.py."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx2

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Place:
    """A served database with a key for each of two tenants."""

    address: str
    key: str
    other_key: str

    def client(self, key: str | None = None) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            base_url=self.address,
            headers={"Authorization": f"Bearer {key or self.key}"},
            timeout=60,
            limits=httpx2.Limits(max_connections=250, max_keepalive_connections=250),
        )


@dataclass
class Watch:
    """What others met meanwhile: how long ``/health`` took, and another tenant's request."""

    health_s: list[float] = field(default_factory=list)
    other_tenant_s: list[float] = field(default_factory=list)

    async def keep(self, place: Place) -> None:
        async with place.client(place.other_key) as client:
            while True:
                for path, seconds in (("/health", self.health_s), ("/v1/fleet", self.other_tenant_s)):
                    began = time.monotonic()
                    answer = await client.get(path)
                    seconds.append(time.monotonic() - began)
                    assert answer.status_code == 200, answer.text
                await asyncio.sleep(0.05)


@dataclass
class Answers:
    """Statuses, and how long the slowest took."""

    statuses: list[int] = field(default_factory=list)
    slowest_s: float = 0
    unhinted: int = 0  # 503 without saying when to come again

    async def ask(self, client: httpx2.AsyncClient, path: str, **more: object) -> httpx2.Response:
        began = time.monotonic()
        answer = await client.post(path, **more)  # type: ignore[arg-type]
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.statuses.append(answer.status_code)
        self.unhinted += answer.status_code == 503 and "retry-after" not in answer.headers
        return answer


async def writing(place: Place, writers: int, seconds: float) -> tuple[Answers, Watch]:
    """Let so many writers deliver to one register of one tenant for so long, each reading in a request of its own."""
    answers, watch, ends = Answers(), Watch(), time.monotonic() + seconds

    async def write(client: httpx2.AsyncClient, writer: int) -> None:
        at = NOON + timedelta(days=writer)
        while time.monotonic() < ends:
            at += timedelta(hours=1)
            await answers.ask(
                client, "/v1/readings", params={"register": "kwh"}, content=f"time,value\n{at:%Y-%m-%dT%H:%MZ},1\n"
            )

    watching = asyncio.create_task(watch.keep(place))
    async with place.client() as client:
        tasks = (write(client, writer * 30) for writer in range(writers))
        await asyncio.gather(*tasks, asyncio.sleep(seconds))
    watching.cancel()
    return answers, watch
