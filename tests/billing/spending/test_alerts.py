"""Thresholds of what is spent and used are noted once a window, in order, as of then; and are told."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.server.database import Access, Database
from billing.spending.look import EVERY, look_at
from billing.spending.tables import SpendingLookRow
from contracts.contract import Contract
from quantities.document import FaultyDocument, parse, read
from tests.billing.scene import CONTRACT, on
from tests.billing.spending.spending_scene import SpendingScene, terms

NOTHING_USED = "2026-01-01 10 0\n2026-02-01 10 0\n2026-03-01 10 0"
THREE = 'alerts: [{at: {amount: "200"}}, {at: {amount: "150"}}, {at: {quantity: "0.4", unit: MWh}, of: energy}]'
CAP = 'cap: {amount: "300"}, alerts: [{at: {percent: "50"}}, {at: {percent: "100"}}]'


@pytest.fixture
def scene(access: Access, database: Database) -> SpendingScene:
    return SpendingScene(access, database)


def fired(scene: SpendingScene) -> list[tuple[str, str, str, str]]:
    """What was reached, the first day of its window, the reading then, and whether it is still so."""
    return [(one.threshold_name, str(one.first), f"{one.reading:f}", one.state.value) for one in scene.alerts()]


class TestAThreshold:
    def test_is_noted_once_and_lower_ones_first(self, scene: SpendingScene) -> None:
        """100 and 150.10 by 600.5 kWh."""
        scene.declared(terms(THREE))
        assert scene.looks_at_spending("2026-01-02").fired == []
        scene.delivers("2026-01-05 10 600.5")
        assert len(scene.looks_at_spending("2026-01-06").fired) == 3
        assert fired(scene) == [
            ("all per period: 150", "2026-01-01", "250.10", "reached"),
            ("all per period: 200", "2026-01-01", "250.10", "reached"),
            ("energy per period: 0.4 MWh", "2026-01-01", "0.6005", "reached"),
        ]
        scene.delivers("2026-01-07 10 100")
        assert scene.looks_at_spending("2026-01-08").fired == []

    def test_once_each_period(self, scene: SpendingScene) -> None:
        scene.declared(terms('alerts: [{at: {amount: "90"}}]'))
        scene.delivers(NOTHING_USED)
        scene.looks_at_spending("2026-01-02")
        scene.bills("2026-02-01")
        scene.looks_at_spending("2026-02-02")
        assert [first for _, first, *_ in fired(scene)] == ["2026-01-01", "2026-02-01"]

    def test_that_a_correction_undoes_is_shown_so_and_not_told_again(self, scene: SpendingScene) -> None:
        scene.declared(terms('alerts: [{at: {amount: "200"}}]'))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.delivers("2026-01-05 10 6.5", reason="misread")
        assert scene.looks_at_spending("2026-01-07").fired == []
        assert fired(scene) == [("all per period: 200", "2026-01-01", "250.10", "below_again")]
        assert scene.alerts()[0].now_reading == Decimal("103.25")
        scene.delivers("2026-01-05 10 600.5", reason="it was right")
        assert scene.looks_at_spending("2026-01-08").fired == []
        assert [state for *_, state in fired(scene)] == ["reached"]

    def test_that_late_readings_reach_is_named_so(self, scene: SpendingScene) -> None:
        """January is billed with 100; its readings come in February, and are not corrected yet."""
        scene.declared(terms('alerts: [{at: {amount: "200"}}]'))
        scene.delivers(NOTHING_USED)
        scene.looks_at_spending("2026-01-06")
        scene.bills("2026-02-01")
        scene.looks_at_spending("2026-02-02")
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-02-03")
        (alert,) = scene.alerts()
        assert (str(alert.first), alert.is_late, alert.reading) == ("2026-01-01", True, Decimal("250.10"))

    def test_of_a_year_adds_up_what_is_billed_and_what_is_not(self, scene: SpendingScene) -> None:
        scene.declared(terms('alerts: [{at: {amount: "300"}, per: year}]'))
        scene.delivers("2026-01-05 10 600.5\n2026-02-01 10 0")
        scene.bills("2026-02-01")
        scene.looks_at_spending("2026-02-02")
        assert fired(scene) == [("all per year: 300", "2026-01-01", "350.10", "reached")]

    def test_of_days_before_its_terms_is_not_noted(self, scene: SpendingScene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(NOTHING_USED)
        scene.bills("2026-03-01")
        scene.amends(terms('alerts: [{at: {amount: "90"}}]'), "2026-03-10")
        scene.looks_at_spending("2026-03-11")
        assert [first for _, first, *_ in fired(scene)] == ["2026-03-01"]

    def test_of_a_disputed_or_amended_price_is_read_anew(self, scene: SpendingScene) -> None:
        scene.declared(terms('alerts: [{at: {amount: "200"}}]'))
        scene.delivers("2026-01-05 10 300")
        scene.looks_at_spending("2026-01-06")
        assert fired(scene) == []
        scene.amends(terms('alerts: [{at: {amount: "200"}}]').replace('"0.20"', '"0.50"'), "2026-01-07")
        scene.looks_at_spending("2026-01-08")
        assert [reading for *_, reading, _ in fired(scene)] == ["250.00"]


class TestACap:
    def test_warns_at_what_it_is_and_says_how_far(self, scene: SpendingScene) -> None:
        scene.declared(terms(CAP))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")
        scene.delivers("2026-01-07 10 600.5")
        scene.looks_at_spending("2026-01-08")
        assert [(one.kind, one.threshold_name, f"{one.percent:f}") for one in scene.alerts()] == [
            ("alert", "all per period: 50 % of the cap", "246.8"),
            ("alert", "all per period: 100 % of the cap", "123.4"),
            ("cap", "cap per period", "123.4"),
        ]
        assert len(scene.bills("2026-02-01").invoices) == 1


class TestWhatIsTold:
    def test_is_an_event_without_amounts(self, scene: SpendingScene) -> None:
        scene.declared(terms(CAP))
        scene.delivers("2026-01-05 10 1200")
        scene.looks_at_spending("2026-01-06")
        with scene.database.transaction(1) as session:
            told = session.execute(
                text("select type, facts from notification where type in ('alert.fired', 'cap.reached') order by nth")
            ).all()
        days = {"first": "2026-01-01", "last": "2026-01-31", "late": False, "contract": "C-1"}
        assert [(type_, facts) for type_, facts in told] == [
            ("alert.fired", {"alert": 1, **days}),
            ("alert.fired", {"alert": 2, **days}),
            ("cap.reached", {"alert": 3, **days}),
        ]

    def test_is_mailed_where_documents_are(self, scene: SpendingScene) -> None:
        mail = "invoicing: {delivery: {way: mail, to: [bills@blechwerke.example]}}\n"
        scene.declared(terms('alerts: [{at: {amount: "90"}, tell: [mail]}, {at: {amount: "95"}}]', more=mail))
        scene.delivers(NOTHING_USED)
        scene.looks_at_spending("2026-01-06")
        assert [(one.mail_state, one.mail_to) for one in scene.alerts()] == [
            ("due", ("bills@blechwerke.example",)),
            ("none", ()),
        ]


class TestALook:
    def test_is_only_at_what_has_terms_and_is_due(self, scene: SpendingScene) -> None:
        scene.declared(CONTRACT, terms(THREE).replace("C-1", "C-2"))
        scene.delivers(NOTHING_USED)
        with scene.database.transaction(1) as session:
            assert [row.contract_id for row in session.exec(select(SpendingLookRow))] == [2]
        scene.looks_at_spending("2026-01-06")
        with scene.database.transaction(1) as session:
            row = session.exec(select(SpendingLookRow)).one()
            assert row.next_at == on("2026-01-06") + EVERY

    def test_that_finds_nothing_new_rates_nothing(self, scene: SpendingScene, monkeypatch: pytest.MonkeyPatch) -> None:
        scene.declared(terms(THREE))
        scene.delivers("2026-01-05 10 600.5")
        scene.looks_at_spending("2026-01-06")

        def rates(*_: object) -> None:
            raise AssertionError("it is rated again")

        monkeypatch.setattr("billing.spending.look.preview", rates)
        with scene.database.transaction(1) as session:
            outcome = look_at(session, 1, on("2026-01-06") + EVERY)
        assert outcome is not None
        assert (outcome.fired, outcome.waits) == ([], "")

    def test_says_why_nothing_can_be_told(self, scene: SpendingScene) -> None:
        """Four months are not billed."""
        scene.declared(terms('alerts: [{at: {amount: "90"}, per: year}]'))
        scene.delivers(NOTHING_USED)
        assert "5 periods of C-1 are not billed" in scene.looks_at_spending("2026-05-02").waits


@pytest.mark.parametrize(
    ("spending", "path"),
    [
        ('alerts: [{at: {percent: "50"}}]', "/spending/alerts/0/at/percent"),
        ('alerts: [{at: {amount: "50"}, of: enrgy}]', "/spending/alerts/0/of"),
        ('alerts: [{at: {quantity: "50", unit: kWh}}]', "/spending/alerts/0/of"),
        ('alerts: [{at: {quantity: "50"}, of: energy}]', "/spending/alerts/0/at/unit"),
        ('alerts: [{at: {percent: "50"}, of: energy}], cap: {amount: "9"}', "/spending/alerts/0/of"),
        ('alerts: [{at: {percent: "50"}, per: year}], cap: {amount: "9"}', "/spending/alerts/0/per"),
        ('alerts: [{at: {amount: "5", percent: "50"}}], cap: {amount: "9"}', "/spending/alerts/0/at"),
        ('alerts: [{at: {amount: "5"}, tell: [mail]}]', "/spending/alerts/0/tell"),
        ('top_up: {below: "5"}', "/spending/top_up/by"),
        ('top_up: {below: "5", to: "5"}', "/spending/top_up/to"),
        ('top_up: {below: "5", by: "0.001"}', "/spending/top_up/by"),
        ('top_up: {below: "5", by: "9", taxed_as: enrgy}', "/spending/top_up/taxed_as"),
        ('on_account: {each: "0.005"}', "/spending/on_account/each"),
    ],
)
def test_terms_that_mean_nothing_are_refused(spending: str, path: str) -> None:
    with pytest.raises(FaultyDocument) as refused:
        parse(Contract, read(terms(spending)))
    assert [fault.path for fault in refused.value.faults] == [path]
