"""The queue of due work: listed once, billed in portions and chunks, each period once and after those before it."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.operations import billing, billing_run
from api.operations.billing import bill_everything, tick
from api.server.database import Access, Database
from billing import run
from billing.due import store as due_store
from tests.billing.scene import CONTRACT, Scene, on

FEE = CONTRACT.split("  - name: energy")[0]


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared()
    scene.as_superuser("alter table contract_version disable trigger two_pairs_of_eyes")  # it guards what is released
    return scene


def contracts(many: int) -> list[str]:
    return [f"F-{number:03}" for number in range(1, many + 1)]


@contextmanager
def planned(scene: Scene, day: str) -> Iterator[Session]:
    with scene.database.transaction(1) as session:
        run.plan(session, 1, on(day))
    with scene.database.transaction(1) as session:
        yield session


def rows_of_due_read(session: Session) -> int:
    asked = "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'due'"
    return int(session.execute(text(asked)).scalar_one())


@pytest.mark.parametrize("many", [pytest.param(40, id="40"), pytest.param(800, id="800 contracts")])
def test_a_claim_reads_what_is_due_of_its_own_contracts_however_many_wait(scene: Scene, many: int) -> None:
    scene.declared_often(FEE, contracts(many))
    with planned(scene, "2026-02-01") as session:
        queue = due_store.queue(session, 1, on("2026-02-01"))
        before = rows_of_due_read(session)
        work = due_store.claim(session, 1, on("2026-02-01"), queue[:20])
        read = rows_of_due_read(session) - before
    assert (len(queue), [due.contract_id for due in work]) == (many, queue[:20])
    assert read <= 20 * 4  # listed, asked whether it is the oldest, locked


@pytest.mark.parametrize(("many", "most"), [
    pytest.param(40, 2000, id="40, of which whole tables are read"), pytest.param(800, 800, id="800 contracts"),
])  # fmt: skip
def test_a_chunk_reads_what_is_its_own_contracts_however_many_are_billed_and_due(
    scene: Scene, many: int, most: int
) -> None:
    """Claimed, billed, numbered and closed, with a month behind it; and nothing is analysed."""
    scene.declared_often(FEE, contracts(many))
    scene.bills("2026-02-01")
    due = on("2026-03-01")
    with planned(scene, "2026-03-01") as session:
        queue = due_store.queue(session, 1, due)
        before = rows_read(session)
        work = due_store.claim(session, 1, due, queue[:20])
        assert len(run.bill(session, 1, work, due, due).invoices) == 20
        read = rows_read(session) - before
    assert read <= most


def rows_read(session: Session) -> int:
    asked = "select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables"
    return int(session.execute(text(asked)).scalar_one())


def test_a_queue_begins_with_the_oldest_work_and_names_a_contract_once(scene: Scene) -> None:
    scene.declared(FEE, FEE.replace("C-1", "C-0").replace("starts: 2026-01-01", "starts: 2026-02-01"))
    with planned(scene, "2026-04-01") as session:
        queue = due_store.queue(session, 1, on("2026-04-01"))
        named = {row.id: row.reference for row in session.execute(text("select id, reference from contract"))}
        among = due_store.queue(session, 1, on("2026-04-01"), among=queue[1:])
        work = due_store.claim(session, 1, on("2026-04-01"), queue)
    assert [named[contract] for contract in queue] == ["C-1", "C-0"]
    assert [(due.reference, str(due.first)) for due in work] == [("C-1", "2026-01-01"), ("C-0", "2026-02-01")]
    assert among == queue[1:]


def test_what_another_has_claimed_is_left_to_it(scene: Scene) -> None:
    scene.declared_often(FEE, contracts(6))
    with planned(scene, "2026-02-01") as session:
        queue = due_store.queue(session, 1, on("2026-02-01"))
        claimed = due_store.claim(session, 1, on("2026-02-01"), queue[:4])
        with scene.database.transaction(1) as other:
            left = due_store.claim(other, 1, on("2026-02-01"), queue)
    assert [due.contract_id for due in (*claimed, *left)] == queue


def test_a_tick_lists_no_contract_that_somebody_reviews_and_no_other_tenants(scene: Scene) -> None:
    automatic = FEE.replace('settings: {least_coverage: "0"}', 'settings: {least_coverage: "0", issue: automatically}')
    scene.declared(automatic.replace("C-1", "C-0"), FEE)
    other = Scene(scene.access, scene.database, tenant=2).declared(automatic)
    due = on("2026-03-01")
    with planned(scene, "2026-03-01") as session:
        (contract_id,) = due_store.queue(session, 1, due, only_automatic=True)
        claimed = due_store.claim(session, 1, due, due_store.queue(session, 1, due), only_automatic=True)
    assert [(work.contract_id, work.reference) for work in claimed] == [(contract_id, "C-0")]
    tick(scene.database, due)
    assert [invoice.row.inputs.contract for invoice in scene.invoices()] == ["C-0", "C-0"]
    assert len(other.invoices()) == 2


def test_a_correction_is_in_the_queue_once_though_periods_of_its_contract_are_due_too(scene: Scene) -> None:
    scene.declared(CONTRACT)
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 40\n2026-03-05 10 40")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 11 30", reason="late")
    scene.bills("2026-02-02")
    with planned(scene, "2026-04-01") as session:
        kinds = "select kind from due where done_at is null and kind <> 'planning' order by due_at"
        assert list(session.execute(text(kinds)).scalars()) == ["correction", "period", "period"]
        queue = due_store.queue(session, 1, on("2026-04-01"))
        work = due_store.claim(session, 1, on("2026-04-01"), queue)
    assert (len(queue), [due.kind.value for due in work]) == (1, ["period"])  # which carries the correction
    done = bill_everything(scene.database, 1, on("2026-04-01"), chunk=1)
    assert (done.held, len(done.invoices)) == ({}, 2)
    assert scene.replays() == []


@pytest.mark.parametrize(("portion", "chunk"), [
    (1, 1), pytest.param(2, 2, marks=pytest.mark.long), (2, 5), pytest.param(3, 2, marks=pytest.mark.long), (1000, 100),
])  # fmt: skip
def test_in_whatever_portions_and_chunks_each_period_is_billed_once_and_in_its_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, portion: int, chunk: int
) -> None:
    monkeypatch.setattr(billing, "to_plan", partial(billing_run.to_plan, at_once=portion))
    scene.declared_often(FEE, contracts(5))
    scene.declared(FEE.replace("starts: 2026-01-01", "starts: 2026-02-10"), FEE.replace("C-1", "C-2"))
    scene.as_superuser("update contract_version set terms = '[]' where terms->>'contract' = 'C-2'")
    done = bill_everything(scene.database, 1, on("2026-04-02"), chunk=chunk)
    billed = defaultdict(list)
    for invoice in sorted(scene.invoices(), key=lambda invoice: invoice.row.sequence or 0):
        billed[invoice.row.inputs.contract].append(str(invoice.row.first))
    months = ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert billed == dict.fromkeys(contracts(5), months) | {"C-1": ["2026-02-10", "2026-03-01"]}
    assert (len(done.invoices), list(done.held)) == (17, ["C-2"])
    assert bill_everything(scene.database, 1, on("2026-04-02"), chunk=chunk).invoices == []
