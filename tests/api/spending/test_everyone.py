"""Spending is looked at by schedule for all tenants, and alerts are mailed once: what is due alone, by an index."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from api.delivering.mail_way import MailWay
from api.delivering.setup import WaysSetUp
from api.server.database import Access, Database
from api.spending.everyone import SpendingRules, mail_alerts, spend_everyone
from billing.advances.store import ClaimingContract
from billing.due.pauses.store import PauseAsked, end_pause, pause
from billing.spending import look
from billing.spending.claims import LEASE, WAIT, claim_mail
from billing.spending.tables import SpendingLookRow
from contracts.delivery_terms import DeliveryWay
from contracts.release.store import releasing
from tests.api.delivering.mailbox import CLOSES, Mailbox, receiving_mail
from tests.billing.scene import agreed, on
from tests.billing.spending.spending_scene import SpendingScene, terms
from tests.build import acts

MAILED = 'cap: {amount: "50", tell: [mail]}, alerts: [{at: {amount: "40"}, tell: [mail]}]'
TO = "invoicing: {language: de, delivery: {way: mail, to: [bills@blechwerke.example]}}\n"
NOW = on("2026-01-06")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with receiving_mail() as box:
        yield box


@pytest.fixture
def scene(access: Access, database: Database) -> SpendingScene:
    scene = SpendingScene(access, database)
    scene.declared(terms(MAILED, more=TO))
    scene.delivers("2026-01-05 10 0")
    return scene


def rules(mailbox: Mailbox | None = None, later: timedelta = timedelta(0)) -> SpendingRules:
    ways = {} if mailbox is None else {DeliveryWay.MAIL: MailWay(mailbox.server())}
    return SpendingRules(WaysSetUp(ways=ways, mail_domain="nordluft.example"), clock=lambda: NOW + later)


def states(scene: SpendingScene) -> list[str]:
    return [one.mail_state for one in scene.alerts()]


class TestAMail:
    def test_is_sent_once_in_the_customers_language(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        for _ in range(2):
            assert spend_everyone(scene.database, rules(mailbox)) == 0
        assert [mail["Subject"] for mail in mailbox.messages] == [
            "Vertrag C-1: 40,00 EUR erreicht",
            "Vertrag C-1: Obergrenze von 50,00 EUR erreicht",
        ]
        body = mailbox.messages[1].get_content()
        assert "vom 01.01.2026 bis 31.01.2026 haben Sie ohne Steuer 100,00 EUR ausgegeben: 200 % von 50,00 EUR." in body
        assert mailbox.messages[1]["To"] == "bills@blechwerke.example"
        assert states(scene) == ["sent", "sent"]

    def test_waits_as_all_of_it_does_while_it_is_paused(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        def held_back(kind: str, contract: str | None) -> int:
            with scene.database.transaction(1) as session:
                asked = PauseAsked("a look", kind, contract)
                return pause(session, asked, releasing(session, acts(session, "anna"), NOW)).number

        def ended(number: int) -> None:
            with scene.database.transaction(1) as session:
                end_pause(session, number, releasing(session, acts(session, "anna"), NOW))

        number = held_back("spend", None)
        spend_everyone(scene.database, rules(mailbox))
        assert states(scene) == []
        ended(number)
        spend_everyone(scene.database, rules())
        number = held_back("spend", "C-1")
        spend_everyone(scene.database, rules(mailbox))
        assert (states(scene), mailbox.messages) == (["due", "due"], [])
        ended(number)
        spend_everyone(scene.database, rules(mailbox))
        assert len(mailbox.messages) == 2

    def test_waits_where_no_server_is_set(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        spend_everyone(scene.database, rules())
        assert states(scene) == ["due", "due"]
        spend_everyone(scene.database, rules(mailbox))
        assert len(mailbox.messages) == 2

    def test_that_is_not_taken_is_tried_again(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        mailbox.answers = ["451 later", "550 never"]
        spend_everyone(scene.database, rules(mailbox))
        assert states(scene) == ["due", "failed"]
        assert mail_alerts(scene.database, 1, rules(mailbox)) == 0
        assert mail_alerts(scene.database, 1, rules(mailbox, WAIT)) == 1
        assert states(scene) == ["sent", "failed"]

    def test_of_unknown_outcome_is_not_repeated(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        mailbox.answers = [CLOSES]
        spend_everyone(scene.database, rules(mailbox))
        assert states(scene) == ["unknown", "sent"]
        spend_everyone(scene.database, rules(mailbox, timedelta(days=2)))
        assert len(mailbox.taken) == 2

    def test_whose_sender_was_killed_is_noted_and_not_repeated(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        spend_everyone(scene.database, rules())
        with scene.database.transaction(1) as session:
            assert claim_mail(session, NOW, domain="nordluft.example") is not None
        assert mail_alerts(scene.database, 1, rules(mailbox, LEASE)) == 1
        assert states(scene) == ["unknown", "sent"]


class TestWithNothingDue:
    def test_it_costs_one_query(self, scene: SpendingScene, mailbox: Mailbox) -> None:
        spend_everyone(scene.database, rules(mailbox))
        asked: list[str] = []
        event.listen(scene.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        assert spend_everyone(scene.database, rules(mailbox)) == 0
        assert asked == []  # but for the look over all tenants, which goes by the driver

    def test_of_many_contracts_an_index_finds_what_is(self, scene: SpendingScene) -> None:
        with scene.database.transaction(1) as session:
            session.execute(text("set local enable_seqscan = off"))
            plan = session.execute(
                text("explain select from spending_look where tenant = 1 and next_at <= now()")
            ).scalars()
            assert "ix_spending_look_tenant_next_at" in " ".join(plan)


def test_a_contract_at_fault_holds_up_no_other(scene: SpendingScene, monkeypatch: pytest.MonkeyPatch) -> None:
    with scene.database.transaction(1) as session:
        agreed(session, terms(MAILED, more=TO).replace("C-1", "C-2"))
    measured = look._measured

    def fails_of_one(session: Session, of: ClaimingContract, row: SpendingLookRow) -> Any:
        if of.newest.contract.contract == "C-1":
            raise ZeroDivisionError("of all things")
        return measured(session, of, row)

    monkeypatch.setattr(look, "_measured", fails_of_one)
    assert spend_everyone(scene.database, rules()) == 0
    with scene.database.transaction(1) as session:
        waits = session.execute(text("select waits, next_at > :now from spending_look order by 1"), {"now": NOW}).all()
    assert [tuple(row) for row in waits] == [("", True), ("ZeroDivisionError: of all things", True)]
    assert {one.contract for one in scene.alerts()} == {"C-2"}


def test_what_another_tenant_spends_is_its_own(scene: SpendingScene) -> None:
    spend_everyone(scene.database, rules())
    with scene.database.transaction(2) as session:
        assert session.execute(text("select count(*) from spending_alert")).scalar_one() == 0
        assert session.execute(text("select count(*) from spending_look")).scalar_one() == 0
    assert len(scene.alerts()) == 2
