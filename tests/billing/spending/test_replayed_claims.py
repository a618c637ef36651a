"""What a document says of claims before supply is held against the terms, the claims before, and what was paid by then."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api.server.database import Access, Database
from tests.billing.spending.spending_scene import SpendingScene, terms
from tests.billing.spending.test_prepaid import ON_DEMAND, TOP_UP, paid_in

ON_ACCOUNT = 'on_account: {each: "20"}'


@pytest.fixture
def scene(access: Access, database: Database) -> SpendingScene:
    return SpendingScene(access, database)


def says_otherwise(scene: SpendingScene, number: str, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """Change what a document recorded, past the product; name what of it no longer proves."""
    (inputs,) = (
        one.row.inputs.model_dump(mode="json", by_alias=True, exclude_none=True)
        for one in scene.invoices()
        if one.row.number == number
    )
    change(inputs)
    written = json.dumps(inputs).replace("'", "''")
    scene.as_superuser(f"""
        set session_replication_role = replica;
        update invoice set inputs = '{written}' where number = '{number}'""")
    return [found.what for found in scene.replays() if found.invoice == number]


def drawn(scene: SpendingScene) -> None:
    """January costs 100 and draws on 200 that were paid in on the 3rd; a further payment comes a day after it is issued."""
    scene.declared(terms(ON_DEMAND))
    scene.delivers("2026-01-04 10 0\n2026-02-04 10 0")
    scene.tops_up("200", "2026-01-02")
    scene.pays("2026-000001", "178.50", "2026-01-03")  # 150 net
    scene.bills("2026-02-01")
    scene.pays("2026-000001", "59.50", "2026-02-02")


class TestWhatWasPaidByThen:
    def test_a_payment_that_came_later_changes_nothing(self, scene: SpendingScene) -> None:
        drawn(scene)
        (draw,) = next(one.row.inputs.draws for one in scene.invoices() if one.row.inputs.draws)
        assert str(draw.paid) == "150.00"
        scene.proves()

    @pytest.mark.parametrize("paid", ["149.99", "200.00", "150.01"])
    def test_another_amount_is_noticed_though_as_much_is_drawn(self, scene: SpendingScene, paid: str) -> None:
        drawn(scene)
        found = says_otherwise(scene, "2026-000002", lambda inputs: inputs["draws"][0].update(paid=paid))
        assert found == ["what was paid of 2026-000001 by then"]

    def test_one_that_is_recorded_while_the_document_is_made_may_be_known_or_not(self, scene: SpendingScene) -> None:
        drawn(scene)
        scene.as_superuser("""
            set session_replication_role = replica;
            update payment_allocation set recorded_at = '2026-02-01 06:01Z' where counts_on = '2026-02-02'""")
        assert scene.replays() == []
        scene.as_superuser("""
            set session_replication_role = replica;
            update payment_allocation set recorded_at = '2026-01-15 06:00Z' where counts_on = '2026-02-02'""")
        assert [found.what for found in scene.replays()] == ["what was paid of 2026-000001 by then"]


class TestThatNobodyAskedForIt:
    def test_of_a_top_up_that_fell_due(self, scene: SpendingScene) -> None:
        scene.declared(terms(TOP_UP))
        assert scene.looks_at_spending("2026-01-02").issued == ["2026-000001"]
        scene.proves()

    def test_of_one_that_a_person_asked_for_with_credit_enough(self, scene: SpendingScene) -> None:
        paid_in(scene, spending=TOP_UP)
        scene.tops_up("30", "2026-01-04")
        scene.proves()
        found = says_otherwise(scene, "2026-000002", lambda inputs: inputs["advance"].update(automatic=True))
        assert found == ["that nobody asked for it"]


class TestOnAccount:
    def claimed(self, scene: SpendingScene) -> list[str]:
        scene.declared(terms(ON_ACCOUNT))
        scene.delivers("2026-01-04 10 50")
        issued = scene.looks_at_spending("2026-01-05").issued
        scene.delivers("2026-01-06 10 50")
        return issued + scene.looks_at_spending("2026-01-07").issued

    @pytest.mark.parametrize(
        ("change", "what"),
        [
            (lambda inputs: inputs["advance"].pop("automatic"), "that nobody asked for it"),
            (
                lambda inputs: inputs["advance"]["lines"][0].update(before="7.00"),
                "what of energy was on account before",
            ),
            (lambda inputs: inputs["advance"]["lines"][0].update(used="60.00"), "what is claimed of energy"),
            (lambda inputs: inputs["advance"].update(reached=0), "how often the agreed amount was reached"),
        ],
    )
    def test_each_of_what_it_says(
        self, scene: SpendingScene, change: Callable[[dict[str, Any]], object], what: str
    ) -> None:
        _, second = self.claimed(scene)
        scene.proves()
        assert what in says_otherwise(scene, second, change)
