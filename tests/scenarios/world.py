"""The application with its clock and everybody's keys, for scenarios over HTTP."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.access.roles import Role
from api.http.app import create_app
from api.http.dependencies import clock
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from api.server.settings import Settings
from api.webhooks import outbox
from tests.billing.scene import CONTRACT, FLEET
from tests.build import a_key
from tests.conftest import application_pool, world_copy

_TOLD_WITHIN_S = 60

#: The world of ``a_world`` as it is, of which whoever needs no more has a copy.
TWO_CONTRACTS = "two contracts over the fleet"


@cache
def interface() -> dict[str, Any]:
    """The document of the whole interface. It takes seconds to write, so that whoever asks leaves it as it is."""
    return create_app(Settings(tick_s=0)).openapi()


class World:
    """The application, its clock, and the keys of everybody."""

    #: By whom what is asked is sent: in the scenarios by the generated client (conftest.py), else as it is.
    asked_through: ClassVar[Callable[[TestClient], Any] | None] = None

    def __init__(self, access: Access) -> None:
        self.access, self.now = access, datetime(2025, 12, 1, 8, tzinfo=UTC)
        self.app: FastAPI = create_app(
            Settings.model_validate({"database_url": access.app.render_as_string(hide_password=False), "tick_s": 0})
        )
        self.app.dependency_overrides[clock] = lambda: self.now
        # Written once: a client that reads it waits ten seconds, and a busy machine may take longer.
        self.app.openapi = interface  # type: ignore[method-assign]
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.keys: dict[str, str] = {}

    def key(self, name: str, role: Role, tenant: int = 1, party: str | None = None) -> None:
        self.keys[name] = a_key(self.access, tenant, role, name, self.now, party)

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        asked_through = type(self).asked_through
        if asked_through is not None:
            return asked_through(self.client).request(method, path, key=self.keys[who], **more)
        return self.client.request(
            method, path, headers={"Authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}, **more
        )

    def done(self, who: str, method: str, path: str, **more: Any) -> Any:
        answer = self.ask(who, method, path, **more)
        assert answer.is_success, answer.text
        return answer.json()

    def notified(self, kind: str, many: int) -> list[str]:
        """The documents that the outbox tells of, by number, once there are so many.

        It settles what no transaction in flight can come before, of whichever test's database: so it is asked again.
        """
        ends = time.monotonic() + _TOLD_WITHIN_S
        while True:
            with application_pool(self.access) as database, database.transaction(1) as session:
                outbox.settle_portion(session, self.now)
            notifications = self.done("finance", "GET", "/v1/notifications", params={"type": kind})
            if len(notifications) >= many or time.monotonic() > ends:
                return [one["data"]["number"] for one in notifications]
            time.sleep(0.05)


@contextmanager
def a_world(access: Access, fleet: str = FLEET) -> Iterator[World]:
    """Two contracts over the fleet, and a key for each of who may call."""
    world = World(access)
    with world.client:
        world.key("maker", Role.OWNER)
        world.done("maker", "PUT", "/v1/fleet", content=fleet)
        world.done("maker", "POST", "/v1/contracts", content=CONTRACT)
        world.done(
            "maker", "POST", "/v1/contracts", content=CONTRACT.replace("C-1", "C-2").replace("Blechwerke", "Gießerei")
        )
        world.key("finance", Role.FINANCE)
        for each in ("C-1", "C-2"):
            world.done("finance", "POST", f"/v1/contracts/{each}/release")
        world.key("blechwerke", Role.CUSTOMER, party="Blechwerke")
        world.key("gießerei", Role.CUSTOMER, party="Gießerei")
        world.key("stranger", Role.OWNER, tenant=2)
        yield world


@contextmanager
def a_world_copied(
    server: EmbeddedServer, name: str, fill: Callable[[World], None], test: str, fleet: str = FLEET
) -> Iterator[World]:
    """A world of its own for one test, copied from one that was filled once (``tests.conftest.world_copy``)."""

    def build(access: Access) -> tuple[dict[str, str], datetime]:
        with a_world(access, fleet) as filled:
            fill(filled)
            return filled.keys, filled.now

    with world_copy(server, name, build, test) as (access, (keys, now)):
        world = World(access)
        world.keys |= keys
        world.now = now
        with world.client:
            yield world


def leave(world: World) -> None:
    """Fill nothing in beyond what ``a_world`` has."""
