"""Two runs at once, and one killed in the middle: every contract billed once, numbers without a gap."""

import json
import os
import pickle
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from api.server.database import Access, Database
from billing.invoices.numbering import IssueDateTooEarly
from tests.api.server.test_workers import children, until
from tests.billing.scene import CONTRACT, Scene
from tests.reliability.forked import Client, usufruct

CONTRACTS = 200
USUFRUCT = Path(sys.executable).with_name("usufruct")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    references = [f"C-{number:03d}" for number in range(CONTRACTS)]
    scene = Scene(access, database).declared_often(CONTRACT, references)
    scene.delivers("2026-01-05 10 60\n2026-01-05 11 60")
    scene.as_superuser("delete from tenant where id = 2")
    return scene


BILL = ["bill", "--issue", "--until", "2026-02-02", "--json"]


def environment(scene: Scene) -> dict[str, str]:
    return dict(os.environ) | {"DATABASE_URL": scene.access.app.render_as_string(hide_password=False)}


def a_run(scene: Scene) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(USUFRUCT), *BILL], env=environment(scene), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def assert_each_is_billed_once(scene: Scene) -> None:
    with scene.database.transaction(1) as session:
        rows = session.execute(text("select contract_id, sequence, issued_on from invoice order by sequence")).all()
        assert session.execute(text("select count(*) from invoice_line")).scalar() == 3 * CONTRACTS
        open_work = text("select count(*) from due where done_at is null and kind <> 'planning'")
        assert session.execute(open_work).scalar() == 0
    assert [row.sequence for row in rows] == list(range(1, CONTRACTS + 1))
    assert len({row.contract_id for row in rows}) == CONTRACTS
    assert [row.issued_on for row in rows] == sorted(row.issued_on for row in rows)


def test_two_runs_started_together(scene: Scene) -> None:
    runs = [a_run(scene), a_run(scene)]
    for each in runs:
        _, complaints = each.communicate(timeout=120)
        assert (each.returncode, complaints) == (0, "")
    assert_each_is_billed_once(scene)
    assert scene.replays() == []


@pytest.mark.parametrize("kills", [pytest.param(3, id="short"), pytest.param(25, id="long", marks=pytest.mark.long)])
def test_a_run_killed_in_the_middle_and_started_again(scene: Scene, kills: int) -> None:
    for attempt in range(kills):
        run = Client(usufruct, BILL, environment(scene))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not run.ends_within(0):
            with scene.database.transaction() as session:
                writing = session.execute(
                    text(
                        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and xact_start is not null"
                    )
                ).scalar()
            if writing:
                time.sleep(0.02 * attempt / kills)
                break
        run.kill()
        run.everything()
    last = a_run(scene)
    _, complaints = last.communicate(timeout=120)
    assert (last.returncode, complaints) == (0, "")
    assert_each_is_billed_once(scene)


def test_a_run_of_several_workers(scene: Scene) -> None:
    command = [str(USUFRUCT), *BILL, "--workers", "2"]
    run = subprocess.run(command, check=False, env=environment(scene), capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")
    assert len(json.loads(run.stdout)["invoices"]) == CONTRACTS
    assert_each_is_billed_once(scene)


@pytest.mark.long
@pytest.mark.parametrize("kills", [12])
def test_workers_end_with_a_run_that_is_killed_and_what_they_left_is_billed_once(scene: Scene, kills: int) -> None:
    for attempt in range(kills):
        killed_with_workers(scene, after_s=0.4 + 0.8 * attempt / kills)
    last = a_run(scene)
    _, complaints = last.communicate(timeout=120)
    assert (last.returncode, complaints) == (0, "")
    assert_each_is_billed_once(scene)
    assert scene.replays() == []


def killed_with_workers(scene: Scene, after_s: float) -> None:
    command = [str(USUFRUCT), *BILL, "--workers", "2"]
    run = subprocess.Popen(command, env=environment(scene), stdout=subprocess.DEVNULL)
    until(lambda: bool(workers_of(run)) or run.poll() is not None)
    workers = workers_of(run)
    time.sleep(after_s)
    workers |= workers_of(run)
    run.kill()
    run.wait()
    until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), within_s=20)


def workers_of(run: "subprocess.Popen[bytes]") -> set[int]:
    try:
        return children(run)
    except FileNotFoundError:  # it has ended
        return set()


def test_what_refuses_a_worker_is_whole_in_the_process_that_waits_for_it() -> None:
    refusal = IssueDateTooEarly("dated 1 January", found="2026-01-01", expected="2026-02-01 at least")
    again = pickle.loads(pickle.dumps(refusal))  # noqa: S301 our own, made in the line itself
    assert (type(again), str(again), again.members) == (type(refusal), str(refusal), refusal.members)


@pytest.mark.long
def test_what_was_read_late_is_corrected_once_by_workers_side_by_side(scene: Scene) -> None:
    """Each contract has a correction that is due, and two more periods; the workers share them."""
    assert len(scene.bills("2026-02-02").invoices) == CONTRACTS
    scene.delivers("2026-01-05 12 30\n2026-02-05 10 40", reason="late")
    command = [str(USUFRUCT), "bill", "--issue", "--until", "2026-04-02", "--workers", "2", "--json"]
    run = subprocess.run(command, check=False, env=environment(scene), capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")
    with scene.database.transaction(1) as session:
        sequences = session.execute(
            text("select sequence from invoice where sequence is not null order by 1")
        ).scalars()
        assert list(sequences) == list(range(1, len(json.loads(run.stdout)["invoices"]) + CONTRACTS + 1))
        adjusted = text("""
            select contract_id, sum(l.net) from invoice_line l join invoice i on i.id = l.invoice_id
            where l.corrects_id is not null group by 1""")
        late = [net for _, net in session.execute(adjusted).all()]
    assert late == [Decimal("6.00")] * CONTRACTS  # 30 kWh more of January, beyond the first hundred, at 0.20
    assert scene.replays() == []
