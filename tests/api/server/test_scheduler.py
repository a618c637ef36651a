"""The scheduler only ticks: what is due is a row, and a worker that is told to end finishes its tick."""

import gc
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from api.operations.billing import collect_rarely, tick
from api.server.database import Access, Database
from billing.run import plan
from tests.billing.scene import CONTRACT, Scene, on

USUFRUCT = Path(sys.executable).with_name("usufruct")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 60")
    return scene


def test_a_tick_bills_every_tenant_as_drafts_and_once(scene: Scene) -> None:
    other = Scene(scene.access, scene.database, tenant=2).declared(CONTRACT)
    other.delivers("2026-01-05 10 10")
    for _ in range(2):
        tick(scene.database, on("2026-02-01"))
    assert [None] == [each.row.number for each in scene.invoices()] == [each.row.number for each in other.invoices()]


def test_one_tenants_trouble_does_not_stop_the_next(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Scene(scene.access, scene.database, tenant=2).declared(CONTRACT)
    other.delivers("2026-01-05 10 10")

    def planned(session: Session, tenant: int, now: datetime) -> int:
        if tenant == 1:
            raise RuntimeError("a trouble that is no contract's")
        return plan(session, tenant, now)

    monkeypatch.setattr("billing.run.plan", planned)
    tick(scene.database, on("2026-02-01"))
    assert "tenant 1 could not be billed" in caplog.text
    assert len(other.invoices()) == 1


def test_a_worker_bills_what_is_due_and_ends_when_it_is_told(scene: Scene) -> None:
    environment = dict(os.environ) | {"DATABASE_URL": scene.access.app.render_as_string(hide_password=False)}
    worker = subprocess.Popen(
        [str(USUFRUCT), "worker", "--every", "1"], env=environment, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not scene.invoices() and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.send_signal(signal.SIGTERM)
    _, complaints = worker.communicate(timeout=30)
    assert (worker.returncode, complaints) == (0, "")
    assert [each.row.number for each in scene.invoices()] == [None]


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
