"""Fapiao of billed documents: numbered by the portal, split and joined, and taken back by red ones that are confirmed."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.clearance.asking.store import Asking
from billing.clearance.fapiao.red_letter import (
    PartialRedRefused,
    RedExceedsBlue,
    RedMoveRefused,
    RedReason,
    RedState,
    RedStep,
)
from billing.clearance.fapiao.store import KnownRed, NothingTakenBack, RedAsked, ask_red, reds_of, step_red
from billing.clearance.refusals import AnswerOfOtherSeller, CorrectedNotCleared, QuotaExceeded
from billing.clearance.store import Recorder, UnknownClearance
from billing.invoices import store as invoices
from tests.billing.clearance.states import (
    CHINESE,
    FAPIAO,
    JANUARY_NET,
    answers,
    asks,
    clearances,
    corrected,
    fapiao_number,
    numbered_by_the_portal,
    portal_list,
    statuses,
)
from tests.billing.scene import Scene, on
from tests.build import acts

JANUARY = "2026-000001"
AT = on("2026-03-02")
LATER = AT + timedelta(hours=72)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(CHINESE)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    return scene


def asks_red(
    scene: Scene, note: str, reason: RedReason = RedReason.REDUCED, *, deducted: bool = True, by_buyer: bool = False
) -> list[KnownRed]:
    with scene.database.transaction(1) as session:
        recorder = Recorder(acts(session, "anna"), AT)
        return ask_red(
            session, invoices.find(session, note), RedAsked(reason, deducted=deducted, by_buyer=by_buyer), recorder
        )


def steps(scene: Scene, red: KnownRed, step: RedStep, at: datetime = AT) -> KnownRed:
    with scene.database.transaction(1) as session:
        return step_red(session, red.row.id, step, Recorder(acts(session, "anna"), at), number="31009926020001")


def reds(scene: Scene, note: str, at: datetime = AT) -> list[RedState]:
    with scene.database.transaction(1) as session:
        return [one.state for one in reds_of(session, invoices.find(session, note).row.id, at)]


class TestBlueOnes:
    @pytest.mark.long
    def test_the_portals_number_stands_beside_ours(self, scene: Scene) -> None:
        asks(scene, FAPIAO)
        (number,) = numbered_by_the_portal(scene)
        (one,) = clearances(scene)
        assert (one.row.number, one.row.kind, one.row.status, list(one.documents)) == (
            number,
            "special",
            "accepted",
            [JANUARY],
        )
        assert (one.row.net, one.row.tax) == (JANUARY_NET, Decimal("20.54"))

    @pytest.mark.long
    def test_a_number_read_twice_adds_nothing(self, scene: Scene) -> None:
        asks(scene, FAPIAO)
        listed = portal_list((fapiao_number(1), "158.00", "20.55", "U000000001"))
        first, again = answers(scene, FAPIAO, listed), answers(scene, FAPIAO, listed)
        assert (first.accepted, first.differing) == (
            [(JANUARY, fapiao_number(1))],
            [f"{JANUARY}: tax 20.54 here, 20.55 there"],
        )
        assert (again.accepted, again.known, again.differing) == ([], [JANUARY], [])

    @pytest.mark.parametrize(("serial", "seller", "refusal"), [
        pytest.param("U000000099", "91310104324439343T", UnknownClearance, id="a serial that nobody gave"),
        pytest.param("U000000001", "91110000600037341L", AnswerOfOtherSeller, id="another seller"),
    ])  # fmt: skip
    @pytest.mark.long
    def test_a_number_of_something_else_is_refused(
        self, scene: Scene, serial: str, seller: str, refusal: type[Exception]
    ) -> None:
        asks(scene, FAPIAO)
        with pytest.raises(refusal):
            answers(scene, FAPIAO, portal_list((fapiao_number(1), "158.00", "20.54", serial), seller=seller))
        assert statuses(scene) == [("special", "asked", JANUARY)]

    @pytest.mark.long
    def test_what_failed_is_asked_for_anew(self, scene: Scene) -> None:
        asks(scene, FAPIAO)
        assert answers(scene, FAPIAO, "发票流水号,导入失败原因\nU000000001,税收编码不存在\n").refused == [
            (JANUARY, "税收编码不存在")
        ]
        asks(scene, FAPIAO)
        assert [status for _, status, _ in statuses(scene)] == ["refused", "asked"]

    @pytest.mark.long
    def test_several_documents_become_one_where_that_is_asked(self, scene: Scene) -> None:
        scene.bills("2026-03-02")
        (file,) = asks(scene, FAPIAO, "2026-03-02", Asking(by_customer=True)).files
        assert file.documents == (JANUARY, "2026-000002")
        assert [documents for *_, documents in statuses(scene)] == [f"{JANUARY}, 2026-000002"]

    @pytest.mark.long
    def test_beyond_the_months_quota_nothing_goes_out(self, scene: Scene) -> None:
        with pytest.raises(QuotaExceeded):
            asks(scene, FAPIAO, asking=Asking(quota=Decimal(100)))
        assert statuses(scene) == []
        asks(scene, FAPIAO, asking=Asking(quota=Decimal(200)))
        scene.bills("2026-03-02")
        assert len(asks(scene, FAPIAO, "2026-03-02").files) == 1, "another month"

    @pytest.mark.long
    def test_the_quota_stated_last_counts_on(self, scene: Scene) -> None:
        asks(scene, FAPIAO, "2026-03-01", Asking(quota=Decimal(200)))
        scene.bills("2026-03-02")
        with pytest.raises(QuotaExceeded):
            asks(scene, FAPIAO, "2026-03-02")


@pytest.fixture
def note(scene: Scene) -> str:
    """A credit note over a fapiao that has its number."""
    asks(scene, FAPIAO)
    numbered_by_the_portal(scene)
    return corrected(scene)


class TestRedOnes:
    def test_wait_for_their_confirmation(self, scene: Scene, note: str) -> None:
        assert [(one.number, one.code) for one in asks(scene, FAPIAO, "2026-03-02").held] == [
            (note, "red-not-confirmed")
        ]
        (red,) = asks_red(scene, note)
        assert (red.state, red.blue) == (RedState.AWAITING_BUYER, fapiao_number(1))
        assert [one.code for one in asks(scene, FAPIAO, "2026-03-02").held] == ["red-not-confirmed"]
        assert steps(scene, red, RedStep.CONFIRM).state is RedState.CONFIRMED
        asks(scene, FAPIAO, "2026-03-02")
        assert statuses(scene)[-1] == ("red_special", "asked", note)
        numbered_by_the_portal(scene, 2)
        assert clearances(scene)[-1].row.net < 0

    @pytest.mark.long
    def test_need_none_where_the_customer_has_not_deducted(self, scene: Scene, note: str) -> None:
        assert [red.state for red in asks_red(scene, note, deducted=False)] == [RedState.NONE_NEEDED]
        asks(scene, FAPIAO, "2026-03-02")
        assert statuses(scene)[-1] == ("red_special", "asked", note)

    @pytest.mark.long
    def test_after_72_hours_the_confirmation_is_void_and_is_asked_for_anew(self, scene: Scene, note: str) -> None:
        (red,) = asks_red(scene, note, by_buyer=True)
        assert red.state is RedState.AWAITING_SELLER
        assert reds(scene, note, LATER) == [RedState.VOID]
        with pytest.raises(RedMoveRefused):
            steps(scene, red, RedStep.CONFIRM, LATER)

    @pytest.mark.long
    def test_are_asked_for_once_while_one_holds(self, scene: Scene, note: str) -> None:
        (red,) = asks_red(scene, note)
        with pytest.raises(NothingTakenBack):
            asks_red(scene, note)
        steps(scene, red, RedStep.REFUSE)
        asks_red(scene, note)
        assert reds(scene, note) == [RedState.REFUSED, RedState.AWAITING_BUYER]

    @pytest.mark.long
    def test_nothing_is_done_about_one_that_is_used(self, scene: Scene, note: str) -> None:
        (red,) = asks_red(scene, note, deducted=False)
        asks(scene, FAPIAO, "2026-03-02")
        with pytest.raises(RedMoveRefused):
            steps(scene, red, RedStep.WITHDRAW)

    @pytest.mark.long
    def test_a_part_is_not_taken_back_as_made_out_in_error(self, scene: Scene, note: str) -> None:
        with pytest.raises(PartialRedRefused):
            asks_red(scene, note, RedReason.MADE_OUT_IN_ERROR)

    @pytest.mark.long
    def test_never_exceed_the_blue_one(self, scene: Scene, note: str) -> None:
        scene.as_superuser("update clearance set net = 1")
        with pytest.raises(RedExceedsBlue):
            asks_red(scene, note)

    @pytest.mark.long
    def test_of_what_has_no_fapiao_are_refused(self, scene: Scene) -> None:
        with pytest.raises(CorrectedNotCleared):
            asks_red(scene, corrected(scene))

    @pytest.mark.long
    def test_of_an_invoice_are_refused(self, scene: Scene) -> None:
        with pytest.raises(NothingTakenBack):
            asks_red(scene, JANUARY)
