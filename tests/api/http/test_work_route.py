"""What a request may cost and how long it may wait: its key first, then its body, then its work on one thread."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.types import Message

from api.access.keys import hashed
from api.access.roles import Role
from api.http.app import create_app
from api.http.threads import Threads, TooBusy
from api.http.work_route import WorkRoute
from api.server.database import Database, Patience, TookTooLong
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from api.server.settings import Settings
from tests.build import a_key
from tests.conftest import fresh_database
from tests.scenarios.world import World, a_world

HURRIED = Patience(lock_s=0.3, statement_s=5, idle_s=5)
ROW = "time,value\n2026-01-05T10:00+01:00,60\n"


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with fresh_database(server, __name__) as access, pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.http.app.REQUEST", HURRIED)
        with a_world(access) as world:
            yield world


@pytest.fixture(scope="module")
def database(world: World) -> Iterator[Database]:
    with closing(Database(world.access.app)) as database:
        yield database


def batches(database: Database) -> int:
    with database.transaction(1) as session:
        return int(session.execute(text("select count(*) from batch")).scalar_one())


@contextmanager
def every_series_locked(database: Database) -> Iterator[None]:
    with database.transaction(1) as session:
        session.execute(text("select 1 from series for update"))
        yield


def asked(world: World, key: str | None, bodies: list[Message], path: str = "/v1/readings", **headers: str) -> Any:
    """Ask below the test client, message by message: status, body, and how many messages were taken."""
    sent: list[Message] = []
    taken = 0
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"register=kwh" if path == "/v1/readings" else b"", "root_path": "",
        "server": ("localhost", 80), "client": ("localhost", 1),
        "headers": [(b"authorization", f"Bearer {key}".encode())] * bool(key)
        + [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> Message:
        nonlocal taken
        if taken < len(bodies):
            taken += 1
            message = bodies[taken - 1]
            await asyncio.sleep(message.pop("after", 0))
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    assert world.client.portal is not None
    world.client.portal.call(world.app, scope, receive, send)
    status = next((message["status"] for message in sent if message["type"] == "http.response.start"), None)
    return status, b"".join(message.get("body", b"") for message in sent), taken


def megabytes(count: int) -> list[Message]:
    return [{"type": "http.request", "body": b"x" * (1 << 20), "more_body": True} for _ in range(count)]


class TestABody:
    @pytest.mark.parametrize("path", ["/v1/readings", "/v1/usage", "/v1/contracts"])
    def test_of_200_mb_without_a_key_is_not_read_at_all(self, world: World, path: str) -> None:
        for key in (None, "usu_nobody's"):
            status, _, taken = asked(world, key, megabytes(200), path)
            assert (status, taken) == (401, 0)

    @pytest.mark.parametrize(("path", "most"), [
        pytest.param("/v1/usage", 4, id="JSON for a model"), pytest.param("/v1/contracts", 4, id="a document"),
        pytest.param("/v1/readings", 64, id="readings"),
    ])  # fmt: skip
    def test_is_read_as_far_as_the_route_takes_and_no_further(self, world: World, path: str, most: int) -> None:
        status, body, taken = asked(world, world.keys["maker"], megabytes(200), path, content_type="application/json")
        assert (status, json.loads(body)["type"], taken) == (413, "/problems/too-large", most + 1)

    def test_whose_length_is_stated_is_refused_before_it_is_read(self, world: World) -> None:
        status, _, taken = asked(world, world.keys["maker"], megabytes(200), content_length=str(200 << 20))
        assert (status, taken) == (413, 0)

    def test_whose_client_leaves_in_the_middle_is_no_incident(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        status, _, _ = asked(world, world.keys["maker"], [*megabytes(1), {"type": "http.disconnect"}])
        assert (status, [record.levelname for record in caplog.records if record.levelname == "ERROR"]) == (None, [])


class TestALock:
    def test_that_another_holds_is_a_503_with_retry_after_and_not_a_hang(
        self, world: World, database: Database
    ) -> None:
        with every_series_locked(database):
            began = time.monotonic()
            answer = world.ask("maker", "POST", "/v1/readings", params={"register": "kwh"}, content=ROW)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/held-by-another")
        assert "Retry-After" in answer.headers
        assert time.monotonic() - began < 3
        assert world.done("maker", "POST", "/v1/readings", params={"register": "kwh"}, content=ROW)["stored"] == 1

    def test_of_a_client_that_has_left_is_waited_for_no_longer(
        self, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        patient = Patience(lock_s=30, statement_s=30, idle_s=30)
        monkeypatch.setattr(world.app.state.resources.database, "patience", patient)
        body: Message = {"type": "http.request", "body": ROW.encode(), "more_body": False}
        before = batches(database)
        with every_series_locked(database):
            began = time.monotonic()
            asked(world, world.keys["maker"], [body, {"type": "http.disconnect", "after": 0.3}])
            assert time.monotonic() - began < 5
        assert batches(database) == before

    def test_work_whose_client_has_left_is_not_committed(self, world: World, database: Database) -> None:
        body: Message = {"type": "http.request", "body": ROW.encode(), "more_body": False}
        before = batches(database)
        status, _, _ = asked(world, world.keys["maker"], [body, {"type": "http.disconnect"}])
        assert (status == 201) is (batches(database) == before + 1), "answered and stored, or neither"


def test_a_client_that_leaves_while_it_waits_for_its_turn_gives_its_place_up(world: World, database: Database) -> None:
    threads, body = (
        world.app.state.resources.threads,
        {"type": "http.request", "body": ROW.encode(), "more_body": False},
    )
    held, before = threading.Event(), batches(database)

    async def occupied() -> list[asyncio.Task[object]]:
        return [asyncio.create_task(threads.work(lambda: held.wait(10))) for _ in range(threads.count)]

    assert world.client.portal is not None
    world.client.portal.call(occupied)
    began = time.monotonic()
    asked(world, world.keys["maker"], [body, {"type": "http.disconnect", "after": 0.2}])
    assert time.monotonic() - began < 3, "it does not wait until its turn comes, nor until it is told that none does"
    held.set()
    assert batches(database) == before
    assert world.ask("maker", "GET", "/v1/invoices").status_code == 200


class TestPatience:
    @pytest.mark.parametrize(("patience", "statement", "pause_s"), [
        pytest.param(Patience(5, 0.2, 5), "select pg_sleep(5)", 0, id="a statement"),
        pytest.param(Patience(5, 5, 0.2), "select 1", 0.6, id="a pause in a transaction"),
    ])  # fmt: skip
    def test_ends(self, world: World, patience: Patience, statement: str, pause_s: float) -> None:
        with closing(Database(world.access.app, patience=patience)) as database:
            self.ends(database, statement, pause_s)

    def ends(self, database: Database, statement: str, pause_s: float) -> None:
        with pytest.raises(TookTooLong), database.transaction(1) as session:
            session.execute(text(statement))
            time.sleep(pause_s)
            session.execute(text("select 1"))
        with database.transaction(1) as session:
            assert session.execute(text("select 1")).scalar_one() == 1, "the pool goes on"


class TestThreads:
    def test_one_tenants_requests_leave_room_for_anothers(self) -> None:
        threads, held = Threads(4, wait_s=0.2), threading.Event()

        def wait() -> None:
            held.wait(10)

        async def scene() -> list[str]:
            waiting = [asyncio.create_task(threads.work(wait, tenant=1)) for _ in range(4)]
            other = await threads.work(lambda: "served", tenant=2)
            await asyncio.sleep(0.4)  # two of the four have given up by now
            held.set()
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            again = await threads.work(lambda: "free again", tenant=1)
            return [other, again, *(type(outcome).__name__ for outcome in outcomes)]

        assert asyncio.run(scene()) == ["served", "free again", "NoneType", "NoneType", "TooBusy", "TooBusy"]

    def test_whoever_waits_in_vain_is_told_to_come_again(self) -> None:
        with pytest.raises(TooBusy):
            asyncio.run(_two_on_one_thread())


async def _two_on_one_thread() -> None:
    threads, held = Threads(1, wait_s=0.05), threading.Event()
    first = asyncio.create_task(threads.work(lambda: held.wait(10)))
    await asyncio.sleep(0)
    try:
        await threads.work(lambda: None)
    finally:
        held.set()
        await first


class TestTheKeyOfASmallDelivery:
    """It is looked up with the work once the route has let it in, and not before the body."""

    @pytest.fixture
    def key(self, world: World) -> str:
        return a_key(world.access, 1, Role.OWNER, f"gateway {time.monotonic()}", datetime.now(UTC))

    @pytest.fixture
    def looked_up(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The queries of look-ups of their own."""
        queries: list[str] = []
        look_up = Database.look_up

        def watched(self: Database, query: str, asked_: Mapping[str, object]) -> Any:
            queries.append(query)
            return look_up(self, query, asked_)

        monkeypatch.setattr(Database, "look_up", watched)
        return queries

    def deliver(self, world: World, key: str, query: str = "", blanks: int = 0, once: str = "") -> int:
        rows = json.dumps({"readings": [{"register": "kwh", "time": "2026-01-07T10:00:00Z", "value": "7"}]})
        rows += " " * blanks
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": once} if once else {}
        return world.client.post(f"/v1/readings{query}", content=rows, headers=headers).status_code

    def test_is_looked_up_once(self, world: World, key: str, looked_up: list[str]) -> None:
        assert [self.deliver(world, key) for _ in range(3)] == [201, 201, 201]
        assert len(looked_up) == 1

    def test_that_is_revoked_opens_nothing_any_more(
        self, world: World, database: Database, key: str, looked_up: list[str]
    ) -> None:
        assert self.deliver(world, key) == 201
        with administering(world.access.administrator) as administrator:
            administrator.execute(
                text("update credential set revoked_at = '2000-01-01' where key_sha256 = :hash"), {"hash": hashed(key)}
            )
        before = batches(database)
        assert [self.deliver(world, key) for _ in range(3)] == [401, 401, 401]
        assert batches(database) == before
        of_bearers = [query for query in looked_up if "bearer_of" in query]
        assert len(of_bearers) == 3  # after the first refusal it is not known any more

    @pytest.mark.parametrize(("content", "media_type", "status"), [
        (b'{"readings": [{"register": "kwh", "time": "2026-01-08T10:00:00Z", "value": "7"}]}', "application/json", 201),
        (b'[{"register": "kwh", "time": "2026-01-08T10:30Z", "value": "x"}, {"register": "kwh", "time": "2026-01-08T11:00Z", "value": "7"}]',
         "application/json", 201),
        (b"register,time,value\nkwh,2026-01-08T12:00Z,7\n", "text/csv; charset=utf-8", 201),
        (b'[{"register": "kwh", "time": "2026-01-08T10:00Z", "value": "x"}]', "application/json", 422),
        (b"[{]", "application/json", 422), (b"", "application/json", 422), (b"register,value\nkwh,7\n", "text/csv", 422),
    ])  # fmt: skip
    def test_changes_nothing_of_the_answer(
        self, world: World, key: str, looked_up: list[str], content: bytes, media_type: str, status: int
    ) -> None:
        def answered() -> tuple[int, dict[str, str], dict[str, Any]]:
            headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}
            answer = world.client.post("/v1/readings", content=content, headers=headers)
            changing = {"batch", "seen_before", "detail", "request_id"}
            body = {name: member for name, member in answer.json().items() if name not in changing}
            changing_headers = {"content-length": "", "ratelimit": "", "x-request-id": ""}
            return answer.status_code, dict(answer.headers) | changing_headers, body

        world.ask("maker", "POST", "/v1/readings", content=content, headers={"Content-Type": media_type})
        looked_up.clear()
        first, second = answered(), answered()
        assert first == second
        assert (first[0], len(looked_up)) == (status, 1)

    def test_of_another_role_is_refused_each_time(self, world: World, looked_up: list[str]) -> None:
        assert [self.deliver(world, world.keys["finance"]) for _ in range(2)] == [403, 403]
        assert len(looked_up) == 2

    def test_of_any_other_delivery_is_looked_up_first(self, world: World, key: str, looked_up: list[str]) -> None:
        assert self.deliver(world, key) == 201
        assert self.deliver(world, key, "?source=x") == 201
        assert self.deliver(world, key, once="k") == 201
        assert self.deliver(world, key, blanks=1_000_000) == 201
        assert len(looked_up) == 4


def test_every_route_of_the_interface_asks_for_a_key_first_and_works_on_one_thread() -> None:
    app = create_app(Settings.model_validate({"database_url": "postgresql://nobody@localhost/nothing"}))
    routes = [route for route in _routes(app.routes) if route.path.startswith("/v1") or "/v1" in str(route.path_format)]
    assert len(routes) > 50
    told = ["/v1/gateway-events/{account}"]  # a gateway has no key: its signature is asked for, once its body is read
    assert [route.path for route in routes if not isinstance(route, WorkRoute)] == told


def _routes(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        inner: Callable[[], Any] | None = getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner.routes)  # type: ignore[attr-defined]
        elif isinstance(route, APIRoute):
            yield route
