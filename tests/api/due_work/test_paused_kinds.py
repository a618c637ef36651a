"""What a pause holds is not due: not to a look, so that no tick takes an empty turn for it; all of it is caught up after."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from api.due_work.tick import look
from api.dunning.everyone import DunningRules, dun_everyone
from api.operations.dunning import send_next_step
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from api.spending.everyone import SpendingRules, spend_everyone
from billing.due.pauses.store import PauseAsked, end_pause, pause
from contracts.release.store import releasing
from tests.api.due_work.office import AUTOMATIC, House, instant
from tests.billing.dunning.desk import NUMBER, Desk, opened
from tests.billing.payouts.paying import PART, PayoutScene, billed, paid_out, paying
from tests.billing.scene import Scene, on
from tests.billing.spending.spending_scene import SpendingScene, terms
from tests.build import acts
from tests.conftest import application_pool, world_copy


def kinds_due(database: Database, now: datetime, tenant: int = 1) -> set[str]:
    return {one.kind for one in look(database, now) if one.tenant == tenant}


@contextmanager
def held_back(database: Database, now: datetime, kind: str | None, contract: str | None = None) -> Iterator[None]:
    """A pause, as long as the block."""
    with database.transaction(1) as session:
        asked = PauseAsked("a look", kind, contract)
        number = pause(session, asked, releasing(session, acts(session, "anna"), now)).number
    yield
    with database.transaction(1) as session:
        end_pause(session, number, releasing(session, acts(session, "anna"), now))


class TestDunning:
    @pytest.fixture
    def desk(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Desk]:
        copied = world_copy(server, "a document that is dunned", opened, request.node.nodeid)
        with copied as (access, _), application_pool(access) as pool:
            yield Desk(pool, access)

    @pytest.mark.parametrize(
        ("kind", "contract", "is_due"),
        [
            pytest.param(None, None, False, id="all of it"),
            pytest.param("dun", None, False, id="the kind"),
            pytest.param(None, "C-1", False, id="its contract"),
            pytest.param("dun", "C-1", False, id="the kind of its contract"),
            pytest.param("dun", "C-2", True, id="the kind of another contract"),
            pytest.param("collect", "C-1", True, id="another kind"),
        ],
    )
    def test_is_due_unless_a_pause_holds_it(
        self, desk: Desk, kind: str | None, contract: str | None, *, is_due: bool
    ) -> None:
        desk.at("2026-03-13")
        with held_back(desk.database, desk.now, kind, contract):
            assert ("dun" in kinds_due(desk.database, desk.now)) == is_due
            dun_everyone(desk.database, DunningRules(lambda: desk.now))
            assert len(desk.steps()) == is_due
        assert ("dun" in kinds_due(desk.database, desk.now)) != is_due

    def test_what_somebody_has_ordered_is_due_all_the_same(self, desk: Desk) -> None:
        desk.at("2026-03-13")
        with held_back(desk.database, desk.now, None):
            with desk.database.transaction(1) as session:
                acts(session, "bert")
                send_next_step(session, NUMBER, None, who="bert", at=desk.now)
                session.execute(
                    text("update dunning set ordered_by = 'bert', ordered_at = :now, next_at = :now"), {"now": desk.now}
                )
            assert "dun" in kinds_due(desk.database, desk.now)

    def test_a_pause_of_another_tenant_holds_nothing(self, desk: Desk) -> None:
        desk.at("2026-03-13")
        with desk.database.transaction(2) as session:
            pause(session, PauseAsked("a look"), releasing(session, acts(session, "anna"), desk.now))
        assert "dun" in kinds_due(desk.database, desk.now)


class TestPayouts:
    @pytest.fixture
    def here(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[PayoutScene]:
        def build(access: Access) -> None:
            billed(access, paid_out("by: bank"))

        copied = world_copy(server, "a payee that our bank pays", build, request.node.nodeid)
        with copied as (access, _), application_pool(access) as pool, paying(pool, access) as made:
            made.pays()
            yield made.passes(days=1)

    @pytest.mark.parametrize(
        ("kind", "is_due"), [(None, False), ("pay out", False), ("collect", True)], ids=["all", "the kind", "another"]
    )
    def test_are_due_unless_a_pause_holds_them(self, here: PayoutScene, kind: str | None, *, is_due: bool) -> None:
        with held_back(here.database, here.now, kind):
            assert ("pay out" in kinds_due(here.database, here.now)) == is_due
            here.makes()
            assert len(here.payouts()) == is_due
        here.makes()
        assert here.in_short() == [f"payout {PART} due"]

    def test_the_account_that_somebody_asked_for_is_made_in_a_pause(self, here: PayoutScene) -> None:
        here.makes()
        with held_back(here.database, here.now, None):
            assert "pay out" not in kinds_due(here.database, here.now)
            here.onboards()
            here.passes(days=2)
            assert "pay out" in kinds_due(here.database, here.now)


class TestSpending:
    @pytest.fixture
    def scene(self, access: Access, database: Database) -> SpendingScene:
        mailed = 'alerts: [{at: {amount: "40"}, tell: [mail]}]'
        to = "invoicing: {delivery: {way: mail, to: [bills@blechwerke.example]}}\n"
        scene = SpendingScene(access, database)
        scene.declared(terms(mailed, more=to), terms(mailed, more=to).replace("C-1", "C-2"))
        scene.delivers("2026-01-05 10 0")
        return scene

    @pytest.mark.parametrize(
        ("kind", "contract", "looked_at"),
        [
            pytest.param(None, None, [], id="all of it"),
            pytest.param("spend", None, [], id="the kind"),
            pytest.param("spend", "C-1", ["C-2"], id="one contract of two"),
            pytest.param("bill", None, ["C-1", "C-2"], id="another kind"),
        ],
    )
    def test_is_due_unless_a_pause_holds_it(
        self, scene: SpendingScene, kind: str | None, contract: str | None, looked_at: list[str]
    ) -> None:
        now = on("2026-01-06")
        rules: Any = SpendingRules(_no_ways(), clock=lambda: now)
        with held_back(scene.database, now, kind, contract):
            assert ("spend" in kinds_due(scene.database, now)) == bool(looked_at)
            spend_everyone(scene.database, rules)
            assert sorted(one.contract for one in scene.alerts()) == looked_at
            if contract is not None:  # of the other its mail still waits for a server
                scene.as_superuser("update spending_alert set mail_next_at = null, mail_state = 'sent'")
                assert "spend" not in kinds_due(scene.database, now)
        spend_everyone(scene.database, rules)
        assert sorted(one.contract for one in scene.alerts()) == ["C-1", "C-2"]

    def test_a_mail_that_was_begun_is_seen_to_its_end(self, scene: SpendingScene) -> None:
        now = on("2026-01-06")
        rules: Any = SpendingRules(_no_ways(), clock=lambda: now)
        spend_everyone(scene.database, rules)
        with held_back(scene.database, now, "spend"):
            assert "spend" not in kinds_due(scene.database, now)
            scene.as_superuser(
                "update spending_alert set mail_state = 'sending' where id = (select min(id) from spending_alert)"
            )
            assert "spend" in kinds_due(scene.database, now)


def _no_ways() -> Any:
    from api.delivering.setup import WaysSetUp

    return WaysSetUp()


class TestWhatWasBegunIsEnded:
    """A pause of a whole kind hides what has to be begun, and not what nobody knows the end of."""

    @pytest.mark.parametrize("kind", ["deliver", None])
    def test_a_document_that_is_being_sent(self, access: Access, database: Database, kind: str | None) -> None:
        contract = AUTOMATIC + "invoicing: {delivery: {way: mail, to: [bills@blechwerke.example]}}\n"
        scene = Scene(access, database).declared(contract)
        scene.delivers("2026-01-05 10 60")
        house = House(scene, instant("2026-02-02 06:00"))
        house.ticks()
        scene.as_superuser("update delivery set next_at = '2026-02-02 06:00Z'")
        assert "deliver" in kinds_due(database, house.now)
        with held_back(database, house.now, kind):
            assert "deliver" not in kinds_due(database, house.now)
            scene.as_superuser("update delivery set state = 'sending', attempts = 1, began_at = next_at")
            assert "deliver" in kinds_due(database, house.now)
