"""The scheduler only ticks: what is due is a row, and a worker that is told to end finishes its tick."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.due_work.kinds import DueKind, Lane
from api.due_work.tick import Ticker
from api.operations.billing import collect_rarely, tick
from api.server.database import Access, Database
from api.server.scheduler import CONNECTIONS
from billing.run import plan
from tests.billing.scene import CONTRACT, Scene, on

USUFRUCT = Path(sys.executable).with_name("usufruct")


AUTOMATIC = CONTRACT.replace("settings: {", "settings: {issue: automatically, ")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 60")
    return scene


def test_a_tick_issues_once_for_every_tenant_what_is_to_be_issued_automatically(scene: Scene) -> None:
    other = Scene(scene.access, scene.database, tenant=2).declared(AUTOMATIC, CONTRACT.replace("C-1", "C-2"))
    other.delivers("2026-01-05 10 10")
    for _ in range(2):
        tick(scene.database, on("2026-02-01"))
    ((number, contract),) = [(each.row.number, each.row.inputs.contract) for each in other.invoices()]
    assert (number, contract, scene.invoices()) == ("2026-000001", "C-1", [])
    assert [draft.row.inputs.contract for draft in other.looks("2026-02-01").drafts] == ["C-2"], "it is ready"


def test_a_tick_follows_the_newest_version(scene: Scene) -> None:
    scene.amends(AUTOMATIC, "2026-01-20")
    tick(scene.database, on("2026-02-01"))
    assert [each.row.number for each in scene.invoices()] == ["2026-000001"]
    scene.amends(CONTRACT, "2026-02-20")
    tick(scene.database, on("2026-03-02"))
    assert len(scene.invoices()) == 1


def test_one_tenants_trouble_does_not_stop_the_next(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Scene(scene.access, scene.database, tenant=2).declared(AUTOMATIC)
    other.delivers("2026-01-05 10 10")

    def planned(session: Session, tenant: int, now: datetime, among: Collection[int]) -> int:
        if tenant == 1:
            raise RuntimeError("a trouble that is no contract's")
        return plan(session, tenant, now, among)

    monkeypatch.setattr("billing.run.plan", planned)
    tick(scene.database, on("2026-02-01"))
    assert "tenant 1 could not be billed" in caplog.text
    assert len(other.invoices()) == 1


def test_a_worker_issues_what_is_due_and_ends_when_it_is_told(scene: Scene) -> None:
    scene.amends(AUTOMATIC, "2026-01-20")
    environment = dict(os.environ) | {"DATABASE_URL": scene.access.app.render_as_string(hide_password=False)}
    command = [str(USUFRUCT), "worker", "--every", "1", "--metrics", "0"]
    worker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not scene.invoices() and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.send_signal(signal.SIGTERM)
    told, complaints = worker.communicate(timeout=30)
    assert (worker.returncode, complaints) == (0, "")
    lines = [json.loads(line) for line in told.splitlines()]
    (billed,) = [line for line in lines if line["event"] == "billed"]
    assert (billed["tenant"], billed["issued"], len(billed["run"])) == (1, len(scene.invoices()), 16)
    assert lines[-1]["event"] == "ended as told"
    assert [each.row.sequence for each in scene.invoices()] == [1]


@pytest.mark.long
def test_ticks_freeze_no_further_objects(scene: Scene) -> None:
    """``gc.freeze()`` at every tick kept for ever what happened to be alive then; it is called once, at the start."""
    collect_rarely()
    frozen = gc.get_freeze_count()
    try:
        for _ in range(3):
            tick(scene.database, on("2026-02-01"))
        assert gc.get_freeze_count() <= frozen, "what is frozen may go, and nothing is added"
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()  # as it was since the run's tests were collected


def test_all_lanes_are_in_transactions_at_once_and_a_tick_looks(access: Access) -> None:
    nothing = "select 1 as tenant, 1 as many, now() as earliest where false"
    kinds = [DueKind(lane, lane, "", lane, anyway=timedelta(hours=1), look=nothing) for lane in Lane]
    begun, ended = Barrier(len(Lane) + 1, timeout=10), Barrier(len(Lane) + 1, timeout=10)

    def works(_: Collection[int] | None) -> int:
        with database.transaction(1) as session:
            session.execute(text("select 1"))
            begun.wait()
            ended.wait()
        return 0

    with (
        closing(Database(access.app, pool_size=CONNECTIONS, pool_timeout_s=0.1)) as database,
        closing(Ticker(database, {lane.value: works for lane in Lane}, kinds=kinds)) as ticker,
    ):
        lanes = ticker.tick()
        begun.wait()
        assert ticker.tick() == []
        ended.wait()
        assert [lane.result() for lane in lanes] == [None] * len(Lane)
