"""An end that is asked for: no further request is taken, those under way end in time, a run stops after its chunk."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from api.access.roles import Role
from api.operations.billing import bill_everything, tick
from api.server.database import Access, Database
from api.server.ending import ending_when_told
from api.server.scheduler import start
from tests.api.server.test_workers import COMMAND, ROOT, free_port, is_taken, until
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import a_key

AUTOMATIC = CONTRACT.replace("settings: {", "settings: {issue: automatically, ")


@contextmanager
def serving(access: Access, port: int, **more: str) -> Iterator["subprocess.Popen[str]"]:
    address = access.app.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": address, "USUFRUCT_TICK_S": "0", "PYTHONPATH": str(ROOT), **more}
    command = [sys.executable, "-c", COMMAND, "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=-1, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def contracts_locked(database: Database) -> Iterator[None]:
    with database.transaction(1) as session:
        session.execute(text("select 1 from party for update"))
        yield


def ask_while_locked(
    scene: Scene, process: "subprocess.Popen[str]", port: int, ending: Callable[[], object]
) -> "Future[httpx2.Response]":
    """Let a request wait for a lock; when it does, ask for the end, and do what the test does; its answer."""
    key = a_key(scene.access, 1, Role.OWNER, "olga")
    until(lambda: is_taken(port))
    with ThreadPoolExecutor(1) as aside, contracts_locked(scene.database):
        headers = {"Authorization": f"Bearer {key}"}
        body = CONTRACT.replace("C-1", "C-9").encode()
        waits = aside.submit(
            httpx2.post, f"http://127.0.0.1:{port}/v1/contracts", content=body, headers=headers, timeout=60
        )
        until(lambda: is_waiting(scene.database))
        process.send_signal(signal.SIGTERM)
        ending()
        return waits


def is_waiting(database: Database) -> bool:
    with database.transaction() as session:
        return bool(session.execute(text("select count(*) from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()")).scalar())  # fmt: skip


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database).declared(CONTRACT)


def test_a_request_under_way_is_answered_and_no_other_is_taken(scene: Scene) -> None:
    port = free_port()
    with serving(scene.access, port) as process:
        waits = ask_while_locked(scene, process, port, lambda: until(lambda: not is_taken(port)))
        answer = waits.result(60)
        assert (answer.status_code, answer.json()["contract"]) == (201, "C-9")
        lines = [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]
        assert process.returncode == 0
    assert [line["status"] for line in lines if line["event"] == "request"] == [201]


@pytest.mark.long
def test_one_that_lasts_longer_than_is_allowed_is_undone(scene: Scene) -> None:
    """Nothing of it is stored, and the end comes in time."""
    port = free_port()
    with serving(scene.access, port, USUFRUCT_STOP_S="1") as process:
        began = time.monotonic()

        def ending() -> None:
            nonlocal began
            began = time.monotonic()
            process.wait(30)

        waits = ask_while_locked(scene, process, port, ending)
        assert time.monotonic() - began < 4, "a lock is waited for for longer"
        answer = waits.result(30)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/ended-midway")
        assert process.returncode == 0
    with scene.database.transaction(1) as session:
        assert session.execute(text("select count(*) from contract")).scalar_one() == 1


class TestARun:
    @pytest.fixture
    def many(self, access: Access, database: Database) -> Scene:
        scene = Scene(access, database).declared_often(AUTOMATIC, [f"C-{number}" for number in range(1, 7)])
        scene.delivers("2026-01-05 10 60")
        return scene

    def test_stops_after_its_chunk_and_the_next_goes_on(self, many: Scene) -> None:
        asked = iter([False, False, True])
        done = bill_everything(many.database, 1, on("2026-02-01"), chunk=2, abandoned=lambda: next(asked, True))
        assert 0 < len(done.invoices) < 6
        rest = bill_everything(many.database, 1, on("2026-02-01"), chunk=2)
        assert len(done.invoices) + len(rest.invoices) == 6
        assert [invoice.row.sequence for invoice in many.invoices()] == [1, 2, 3, 4, 5, 6]

    def test_of_the_next_tenant_is_not_begun(self, many: Scene) -> None:
        Scene(many.access, many.database, tenant=2).declared(AUTOMATIC)
        told = threading.Event()
        told.set()
        assert tick(many.database, on("2026-02-01"), abandoned=told.is_set).issued == 0
        assert many.invoices() == []

    def test_by_schedule_is_told_by_the_same_event(self, many: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("api.operations.billing.run.CHUNK", 1)
        chunks = []
        ending, begun = threading.Event(), threading.Event()

        def claimed(*arguments: Any, **named: Any) -> Any:
            chunks.append(arguments)
            begun.set()
            ending.wait(10)
            return real(*arguments, **named)

        from billing.due import store

        real = store.claim
        monkeypatch.setattr(store, "claim", claimed)
        ticking = start(many.database, 3600, ending)
        assert begun.wait(30)
        ticking.end()
        assert len(chunks) == 1, "the one under way, and none after it"


def test_whoever_was_told_of_the_end_before_still_is() -> None:
    told = []
    before = signal.signal(signal.SIGTERM, lambda *_: told.append("before"))
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        ending = ending_when_told()
        os.kill(os.getpid(), signal.SIGTERM)
        assert (ending.is_set(), told) == (True, ["before"])
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, interrupted)
