"""What changes after a contract's last period, or long before its next one, is corrected by a document of its own."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.server.database import Access, Database
from billing.disputes import store as disputes
from contracts.indexation.series import Index
from contracts.indexation.store import record
from contracts.indexation.store import release as release_index
from contracts.release.store import releasing
from quantities.document import parse, read
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

#: January alone.
ENDED = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01")
JANUARY = "2026-01-05 10 120"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def owed(scene: Scene) -> Decimal:
    return sum((invoice.row.net for invoice in scene.invoices() if invoice.row.number), Decimal(0))


def kinds(scene: Scene) -> list[tuple[str, str]]:
    return [(invoice.row.kind, str(invoice.row.net)) for invoice in scene.invoices()]


def scalars(scene: Scene, query: str) -> list[object]:
    with scene.database.transaction(1) as session:
        return list(session.execute(text(query)).scalars())


class TestALateReadingOfTheLastPeriod:
    def test_is_billed_fourteen_days_after_it_was_found(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        for day in ("2026-02-10", "2026-02-20", "2026-02-23"):
            assert scene.bills(day).invoices == []
        scene.bills("2026-02-24")
        assert kinds(scene) == [("period", "154.00"), ("correction", "20.00")]
        assert scene.lines("2026-000002") == [("energy", "100", "20.00", "2026-000001")]
        assert scene.replays() == []

    def test_that_takes_back_more_than_it_adds_makes_a_negative_document(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 20", reason="meter test")
        scene.bills("2026-02-10")
        scene.bills("2026-02-24")
        assert kinds(scene) == [("period", "154.00"), ("correction", "-44.00")]
        assert owed(scene) == Decimal("110.00")
        assert scene.replays() == []

    def test_that_changes_no_amount_makes_no_document_and_ends(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 0", reason="an hour of nothing")
        for day in ("2026-02-10", "2026-02-24", "2026-03-24"):
            assert (scene.bills(day).invoices, scene.bills(day).held) == ([], {})
        assert scalars(scene, "select count(*) from due where done_at is null and kind <> 'planning'") == [0]
        assert scalars(scene, "select count(*) from rating where document_id is null") == [1]

    def test_is_found_again_after_a_look_that_found_nothing(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 0")
        scene.bills("2026-02-10")
        scene.bills("2026-02-24")
        scene.delivers("2026-01-07 10 10")
        scene.bills("2026-02-25")
        scene.bills("2026-03-11")
        assert kinds(scene) == [("period", "154.00"), ("correction", "2.00")]

    def test_that_comes_after_a_correction_is_billed_by_another_one(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        scene.bills("2026-02-10")
        scene.bills("2026-02-24")
        scene.delivers("2026-01-07 10 10")
        scene.bills("2026-02-25")
        scene.bills("2026-03-11")
        assert kinds(scene) == [("period", "154.00"), ("correction", "20.00"), ("correction", "2.00")]
        assert scene.replays() == []

    def test_looked_at_is_issued_by_the_next_run(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        scene.bills("2026-02-10")
        scene.looks("2026-02-24")
        assert owed(scene) == Decimal("154.00")
        scene.bills("2026-02-25")
        assert kinds(scene) == [("period", "154.00"), ("correction", "20.00")]
        assert owed(scene) == Decimal("174.00")

    def test_looked_at_and_overtaken_is_made_as_it_is_by_then(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        scene.bills("2026-02-10")
        scene.looks("2026-02-24")
        scene.delivers("2026-01-07 10 10")
        scene.bills("2026-02-25")
        scene.bills("2026-03-11")
        assert kinds(scene) == [("period", "154.00"), ("correction", "22.00")]
        assert scene.replays() == []


class TestOtherFactsAfterTheLastPeriod:
    def test_a_dispute_that_is_settled_as_due_is_billed(self, scene: Scene) -> None:
        scene.declared(ENDED)
        scene.delivers(JANUARY)
        with scene.database.transaction(1) as session:
            first, after_last = datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 2, 1, tzinfo=UTC).date()
            raised = disputes.raise_(
                session,
                "C-1",
                "energy",
                first,
                after_last,
                reason="too much",
                by="anna",
                at=on("2026-01-20"),
                accepted=True,
            )
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            disputes.settle(session, raised.id, due=True, by="bert", at=on("2026-02-05"))
        scene.bills("2026-02-06")
        scene.bills("2026-02-20")
        assert kinds(scene) == [("period", "100.00"), ("correction", "54.00")]
        assert scene.replays() == []

    def test_an_end_recorded_late_takes_back_what_was_billed_after_it(self, scene: Scene) -> None:
        ahead = CONTRACT.replace('amount: "100.00"', 'amount: "100.00", in_advance: "true"')
        scene.declared(ahead)
        scene.delivers(JANUARY + "\n2026-02-05 10 10")
        scene.bills("2026-03-01")
        scene.amends(ahead.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01"), "2026-03-02")
        scene.bills("2026-03-03")
        scene.bills("2026-03-17")
        assert owed(scene) == Decimal("154.00")
        assert scene.replays() == []

    def test_a_final_value_of_an_index_is_billed(self, scene: Scene) -> None:
        index = '{index: labour, values: [{month: 2025-12, value: "100", published: 2026-01-15},{month: 2026-01, value: "%s", published: 2026-02-01, provisional: %s}]}'
        followed = ENDED.replace(
            "    register: kwh\n",
            "    register: kwh\n    index: {clause: {kind: following, terms: [{index: labour, base: '100'}], first_review: 2026-01-01}}\n",
        )
        with scene.database.transaction(1) as session:
            record(
                session,
                parse(Index, read(index % ("110", "true"))),
                recorded_by=acts(session, "anna"),
                recorded_at=on("2026-01-01"),
            )
            release_index(session, "labour", releasing(session, acts(session, "bert"), on("2026-01-01")))
        scene.declared(followed)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            record(
                session,
                parse(Index, read(index % ("120", "false"))),
                recorded_by=acts(session, "anna"),
                recorded_at=on("2026-02-02"),
            )
            release_index(session, "labour", releasing(session, acts(session, "bert"), on("2026-02-02")))
        scene.bills("2026-02-03")
        scene.bills("2026-02-17")
        assert kinds(scene) == [("period", "159.40"), ("correction", "5.40")]
        assert scene.replays() == []


class TestWhereAPeriodFollows:
    def test_in_time_it_carries_the_correction(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(JANUARY + "\n2026-02-05 10 10")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        scene.bills("2026-02-20")
        scene.bills("2026-03-01")
        assert [kind for kind, _ in kinds(scene)] == ["period", "period"]
        assert owed(scene) == Decimal("279.00")

    def test_too_late_a_document_of_its_own_corrects(self, scene: Scene) -> None:
        quarterly = CONTRACT.replace("charges:", "billing: {every: quarter}\ncharges:")
        scene.declared(quarterly)
        scene.delivers(JANUARY)
        scene.bills("2026-04-01")
        scene.delivers("2026-01-06 10 100")
        scene.bills("2026-04-02")
        scene.bills("2026-04-16")
        assert [kind for kind, _ in kinds(scene)] == ["period", "correction"]

    def test_that_is_held_it_does_not_hold_the_correction(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 100")
        assert "C-1" in scene.bills("2026-03-01").held
        scene.bills("2026-03-15")
        assert kinds(scene) == [("period", "154.00"), ("correction", "20.00")]
        scene.delivers("2026-02-05 10 10")
        scene.bills("2026-03-16")
        assert owed(scene) == Decimal("279.00")
        assert scene.replays() == []


def test_a_correction_moves_the_tiers_of_what_follows_and_the_next_period_goes_on_from_it(scene: Scene) -> None:
    scene.declared(CONTRACT.replace("unit: kWh, tiers", "unit: kWh, per: year, tiers"))
    scene.delivers("2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10")
    scene.bills("2026-03-01")
    scene.delivers("2026-01-05 10 100", reason="meter test")
    scene.bills("2026-03-02")
    scene.bills("2026-03-16")
    assert kinds(scene)[-1] == ("correction", "4.00")  # 20 at 0.50 more in January, 20 at 0.30 less in February
    scene.bills("2026-04-01")
    assert scene.lines("2026-000004") == [("fee", "1", "100.00", ""), ("energy", "10", "2.00", "")]
    assert scene.replays() == []


def test_two_workers_make_one_correction(scene: Scene) -> None:
    scene.declared(ENDED)
    scene.delivers(JANUARY)
    scene.bills("2026-02-01")
    scene.delivers("2026-01-06 10 100")
    scene.bills("2026-02-10")
    other = Scene(scene.access, scene.database)
    scene.bills("2026-02-24")
    other.bills("2026-02-24")
    assert kinds(scene) == [("period", "154.00"), ("correction", "20.00")]
