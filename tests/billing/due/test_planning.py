"""Planning: only contracts are looked at of which something falls due, and nothing that does is ever missed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session

from api.operations.billing import tick
from api.server.database import Access, Database
from billing import run
from billing.due import store as due_store
from contracts.contract import Contract
from contracts.recording.store import apply_all
from contracts.release.store import releasing
from contracts.store import of_contracts, release
from quantities.document import FaultyDocument, parse, read
from quantities.period import midnight, zone
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

FEE = CONTRACT.split("  - name: energy")[0]
OTHER = FEE.replace("C-1", "C-2").replace("starts: 2026-01-01", "starts: 2026-01-10")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database).declared(FEE, OTHER)


def looked_at(scene: Scene, day: str) -> list[str]:
    with scene.database.transaction(scene.tenant) as session:
        waiting = due_store.to_plan(session, scene.tenant, on(day))
        references = due_store.lock_planning(session, scene.tenant, waiting, on(day))
        run.plan(session, scene.tenant, on(day))
    return sorted(references.values())


def written_down(session: Session) -> set[tuple[str, str, str]]:
    rows = session.execute(
        text(
            "select reference, kind, lower(period)::text from due join contract on id = contract where kind <> 'planning'"
        )
    )
    return {(reference, kind, first) for reference, kind, first in rows}


def test_a_contract_is_looked_at_when_its_next_period_falls_due_and_not_before(scene: Scene) -> None:
    days = ("2025-12-20", "2025-12-30", "2026-01-02", "2026-01-31", "2026-02-01", "2026-02-02", "2026-03-01")
    assert [looked_at(scene, day) for day in days] == [
        ["C-1", "C-2"], [], ["C-1"], ["C-2"], ["C-1", "C-2"], [], ["C-1", "C-2"],
    ]  # fmt: skip


@pytest.mark.parametrize("amended", [
    pytest.param(FEE.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-05-01"), id="its end"),
    pytest.param(FEE.replace("100.00", "120.00"), id="a price"),
])  # fmt: skip
def test_a_version_that_is_released_is_looked_at_at_once(scene: Scene, amended: str) -> None:
    looked_at(scene, "2026-02-02")
    scene.amends(amended, "2026-02-03")
    assert looked_at(scene, "2026-02-03") == ["C-1"]


def test_one_that_waits_for_a_second_person_is_not(scene: Scene) -> None:
    looked_at(scene, "2026-02-02")
    scene.as_superuser("alter table contract_version disable trigger two_pairs_of_eyes")
    scene.as_superuser(
        "update contract_version set released_by = null, released_at = null where terms->>'contract' = 'C-1'"
    )
    assert looked_at(scene, "2026-02-03") == []


def test_a_contract_that_has_ended_is_looked_at_no_more_until_it_is_prolonged(scene: Scene) -> None:
    ended = FEE.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01")
    scene.amends(ended, "2026-01-20")
    assert [looked_at(scene, day) for day in ("2026-02-02", "2026-06-02")] == [["C-1", "C-2"], ["C-2"]]
    scene.amends(ended.replace("ends: 2026-02-01", "ends: 2026-04-01"), "2026-06-03")
    assert looked_at(scene, "2026-06-03") == ["C-1"]
    with scene.database.transaction(1) as session:
        firsts = {first for reference, _, first in written_down(session) if reference == "C-1"}
    assert firsts == {"2026-01-01", "2026-02-01", "2026-03-01"}


def test_another_tenants_contracts_are_its_own(scene: Scene) -> None:
    other = Scene(scene.access, scene.database, tenant=2).declared(FEE)
    assert looked_at(other, "2026-02-02") == ["C-1"]
    assert looked_at(scene, "2026-02-02") == ["C-1", "C-2"]


def test_only_the_newest_released_version_says_whether_an_invoice_is_issued_by_itself(scene: Scene) -> None:
    by_itself = FEE.replace('least_coverage: "0"', 'least_coverage: "0", issue: automatically')
    tick(scene.database, on("2026-02-02"))
    assert scene.invoices() == []
    scene.amends(by_itself, "2026-02-03")
    tick(scene.database, on("2026-02-03"))
    assert [invoice.row.inputs.contract for invoice in scene.invoices()] == ["C-1"]
    scene.amends(by_itself.replace("automatically", "after_review"), "2026-02-04")
    tick(scene.database, on("2026-03-02"))
    assert len(scene.invoices()) == 1


def test_a_release_while_a_run_plans_is_planned_by_the_next(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run has looked and not committed: whoever releases waits, and the planning is open again behind it."""
    looked_at(scene, "2026-01-02")
    longer = FEE.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-05-01")
    scene.amends(longer, "2026-01-03")
    with scene.database.transaction(1) as session:
        run.plan(session, 1, on("2026-01-04"))
    scene.amends(longer.replace("2026-05-01", "2026-06-01"), "2026-01-05")
    assert looked_at(scene, "2026-01-05") == ["C-1"]


Act = Callable[[Scene, datetime], None]


def amended(scene: Scene, at: datetime) -> None:
    day = (at + timedelta(days=40)).date()
    scene.amends(FEE.replace("starts: 2026-01-01", f"starts: 2026-01-01\nends: {day}"), str(at.date()))


def planned(scene: Scene, at: datetime) -> None:
    with scene.database.transaction(1) as session:
        run.plan(session, 1, at)


def begun_anew(scene: Scene) -> None:
    """Each contract as it was recorded first, and nothing written down."""
    scene.as_superuser(
        "alter table contract_version disable trigger two_pairs_of_eyes; delete from due; "
        "delete from contract_version where number > 1; update contract_version set released_at = released_at; "
        "alter table contract_version enable trigger two_pairs_of_eyes"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 25), st.sampled_from([amended, planned])), min_size=1, max_size=8))
def test_each_period_that_has_ended_is_written_down(scene: Scene, acts: list[tuple[int, Act]]) -> None:
    begun_anew(scene)
    now = datetime(2026, 1, 1, 6, tzinfo=UTC)
    for days, act in acts:
        now += timedelta(days=days)
        act(scene, now)
    planned(scene, now)
    with scene.database.transaction(1) as session:
        newest = {versions[-1].contract.contract: versions[-1].contract for versions in of_contracts(session).values()}
        known = {(reference, first) for reference, _, first in written_down(session)}
    where = zone("Europe/Berlin")
    for reference, contract in newest.items():
        for period in contract.periods():
            if midnight(period.after_last, where) > now:
                break
            assert (reference, str(period.first)) in known


def test_a_period_falls_due_by_the_day_of_its_own_zone_and_its_own_number_of_days(
    access: Access, database: Database
) -> None:
    """The first of February begins in Auckland at 11:00 on 31 January, and by 6:00 it is not there yet."""
    auckland = FEE.replace("C-1", "C-A").replace("Europe/Berlin", "Pacific/Auckland")
    later = FEE.replace("C-1", "C-L").replace('least_coverage: "0"', 'least_coverage: "0", bill_after_days: "3"')
    scene = Scene(access, database).declared(FEE, auckland, later)
    looked_at(scene, "2026-01-01")
    days = ("2026-01-31", "2026-02-01", "2026-02-03", "2026-02-04")
    assert [looked_at(scene, day) for day in days] == [[], ["C-1", "C-A"], [], ["C-L"]]


def test_a_calendar_that_has_run_out_is_looked_at_no_more(access: Access, database: Database) -> None:
    billing = 'billing: {every: custom, calendar: ["2026-01-01", "2026-02-05", "2026-03-12"]}'
    scene = Scene(access, database).declared(FEE.replace("starts: 2026-01-01", f"starts: 2026-01-01\n{billing}"))
    days = ("2026-01-01", "2026-02-04", "2026-02-05", "2026-03-12", "2026-06-06")
    assert [looked_at(scene, day) for day in days] == [["C-1"], [], ["C-1"], ["C-1"], []]
    with scene.database.transaction(1) as session:
        assert {first for *_, first in written_down(session)} == {"2026-01-01", "2026-02-05"}


def test_a_run_that_fails_while_it_plans_has_planned_nothing(scene: Scene) -> None:
    with pytest.raises(RuntimeError), scene.database.transaction(1) as session:
        assert run.plan(session, 1, on("2026-02-02")) == 2
        raise RuntimeError("killed")
    assert looked_at(scene, "2026-02-02") == ["C-1", "C-2"]


def test_amendments_in_bulk_are_planned_where_they_are_released_and_for_their_own_tenant(scene: Scene) -> None:
    other = Scene(scene.access, scene.database, tenant=2).declared(FEE)
    for tenant in (scene, other):
        looked_at(tenant, "2026-02-02")
    longer = [
        parse(
            Contract, read(terms.replace("starts: 2026", "in_force_from: 2026-02-01\nends: 2026-09-01\nstarts: 2026"))
        )
        for terms in (FEE, OTHER)
    ]
    with scene.database.transaction(1) as session:
        documents = [contract.model_dump(mode="json", exclude_unset=True) for contract in longer]
        recorded = list(apply_all(session, documents, recorded_by=acts(session, "anna"), recorded_at=on("2026-02-03")))
        assert not [fault for fault in recorded if isinstance(fault, FaultyDocument)]
    assert looked_at(scene, "2026-02-03") == []
    with scene.database.transaction(1) as session:
        release(session, "C-2", releasing(session, acts(session, "bert"), on("2026-02-04")))
    assert (looked_at(scene, "2026-02-04"), looked_at(other, "2026-02-04")) == (["C-2"], [])
