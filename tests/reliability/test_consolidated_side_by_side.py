"""Consolidated documents under two runs at once, several workers, and kills: each group on one, and each once."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from api.server.database import Access, Database
from tests.billing.invoices.consolidating import together
from tests.billing.scene import Scene
from tests.reliability.forked import Client, usufruct

CUSTOMERS, CONTRACTS = 3, 60
USUFRUCT = Path(sys.executable).with_name("usufruct")
BILL = ["bill", "--issue", "--until", "2026-03-02", "--json"]


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    """Three customers, whose contracts stand in the order of all: one's are in two runs of a hundred, and none alone."""
    scene = Scene(access, database)
    for customer in range(CUSTOMERS):
        references = [f"C-{customer}-{number:03d}" for number in range(CONTRACTS)]
        terms = together("C", customer=f"Customer {customer}").replace("contract: C\n", f"contract: {references[0]}\n")
        scene.declared(terms)
        copied(scene, references)
    scene.as_superuser("delete from tenant where id = 2")
    return scene


def copied(scene: Scene, references: list[str]) -> None:
    first, *others = references
    scene.as_superuser(f"""
        set session_replication_role = replica;
        with copied as (
            insert into contract (tenant, reference, supplier_id, customer_id)
            select tenant, other.reference, supplier_id, customer_id
            from contract, unnest(array[{", ".join(f"'{other}'" for other in others)}]) other (reference)
            where contract.reference = '{first}' returning id, reference)
        insert into contract_version (tenant, contract_id, customer_id, number, effective, recorded_at, recorded_by,
                                      released_at, released_by, terms)
        select tenant, copied.id, customer_id, number, effective, recorded_at, recorded_by, released_at, released_by,
               jsonb_set(terms, '{{contract}}', to_jsonb(copied.reference))
        from contract_version, copied where terms->>'contract' = '{first}';
        insert into due (tenant, kind, contract, period, attempt, due_at)
        select copy.tenant, kind, copy.id, period, attempt, due_at
        from contract agreed join due on due.contract = agreed.id and kind = 'planning'
        join contract copy on copy.tenant = agreed.tenant and copy.customer_id = agreed.customer_id
                              and copy.reference <> agreed.reference
        where agreed.reference = '{first}'""")


def environment(scene: Scene) -> dict[str, str]:
    return dict(os.environ) | {"DATABASE_URL": scene.access.app.render_as_string(hide_password=False)}


def a_run(scene: Scene, *more: str) -> "subprocess.Popen[str]":
    command = [str(USUFRUCT), *BILL, *more]
    return subprocess.Popen(command, env=environment(scene), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def see_that_each_group_is_on_one(scene: Scene) -> None:
    """January and February of each customer on one document each, with all of its contracts; and nothing besides."""
    with scene.database.transaction(1) as session:
        rows = session.execute(
            text("""select whole.sequence, count(*) as contracts, sum(part.net) = whole.net as adds_up
                    from invoice whole join invoice part on part.within_id = whole.id
                    group by whole.tenant, whole.id order by whole.sequence""")
        ).all()
        alone = session.execute(
            text("select count(*) from invoice where within_id is null and kind <> 'consolidated'")
        ).scalar_one()
    assert [tuple(row) for row in rows] == [(place, CONTRACTS, True) for place in range(1, 2 * CUSTOMERS + 1)]
    assert alone == 0


def test_two_runs_started_together(scene: Scene) -> None:
    for run in [a_run(scene), a_run(scene)]:
        _, complaints = run.communicate(timeout=180)
        assert (run.returncode, complaints) == (0, "")
    see_that_each_group_is_on_one(scene)
    assert scene.replays() == []


@pytest.mark.long
def test_a_run_of_several_workers(scene: Scene) -> None:
    run = a_run(scene, "--workers", "2")
    said, complaints = run.communicate(timeout=180)
    assert (run.returncode, complaints) == (0, "")
    assert len(json.loads(said)["invoices"]) == 2 * CUSTOMERS
    see_that_each_group_is_on_one(scene)


def test_a_run_killed_in_the_middle_and_started_again(scene: Scene) -> None:
    """A kill leaves all of a document or nothing of it."""
    for attempt in range(4):
        run = Client(usufruct, BILL, environment(scene))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not run.ends_within(0):
            with scene.database.transaction() as session:
                writing = session.execute(
                    text("""select count(*) from pg_stat_activity where datname = current_database()
                            and pid <> pg_backend_pid() and state <> 'idle' and xact_start is not null""")
                ).scalar()
            if writing:
                time.sleep(0.15 * attempt)
                break
        run.kill()
        run.everything()
    last = a_run(scene)
    _, complaints = last.communicate(timeout=180)
    assert (last.returncode, complaints) == (0, "")
    see_that_each_group_is_on_one(scene)
