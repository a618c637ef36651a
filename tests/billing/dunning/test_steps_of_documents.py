"""Dunning in the database: which letter is written on which day, what it claims, and what a late fact takes back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import NoResultFound
from sqlmodel import col, select

from api.delivering.setup import WaysSetUp
from api.operations.dunning import NothingLate, list_due_steps, send_next_step
from api.server.database import SYSTEM, act
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.delivery.documents.store import documents_of
from billing.delivery.mail import mail_message
from billing.delivery.way import SendingAttempt
from billing.documents.dunning_letter import LetterHtml
from billing.documents.explanation import lines_of
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.model.load import business_document
from billing.documents.views import explanation_out
from billing.dunning.letters.store import letter
from billing.dunning.listed import NotDunned
from billing.dunning.store import dun_next
from billing.invoices import store as invoices
from billing.proof.bundle.store import proof_bundle
from billing.proof.bundle.verify import verify
from billing.proof.explain import explain
from billing.proof.replay import replay
from billing.receivables.accounts import StatementAsked, account_statement
from billing.receivables.write_offs import prepare_write_off, release_write_off
from billing.tables import DeliveryRow, InvoiceRow
from contracts.invoicing import Language
from contracts.release.store import releasing
from tests.billing.dunning.desk import GROSS, NOT_DUNNED, NUMBER, Desk, opened
from tests.build import acts
from tests.conftest import application_pool, world_copy

_OF_LETTER = col(DeliveryRow.dunning_letter_id)


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Desk]:
    copied = world_copy(server, "a document that is dunned", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Desk(pool, access)


class TestOneStepAfterTheOther:
    def test_each_on_its_day_and_none_twice(self, desk: Desk) -> None:
        assert desk.at("2026-03-03").duns_daily("2026-06-30") == [
            ("2026-03-13", "reminder"),
            ("2026-03-23", "notice"),
            ("2026-04-02", "stop"),
        ]

    def test_the_notice_claims_the_fee_and_the_interest_of_its_days(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        # 20 days of 10.27 %: 178.50 × 10.27 % × 20 / 365 = 1.004…
        assert desk.claimed() == [Decimal("41.00")]
        assert desk.at("2026-04-02").duns()
        # 30 days: 1.506…, less the 1.00 before
        assert desk.claimed() == [Decimal("41.00"), Decimal("0.51")]


class TestAClaimProvesItself:
    def test_it_is_replayed_explained_and_travels(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-04-02")
        numbers = [number for number, _ in desk.claims()]

        assert len(numbers) == 2
        with desk.books() as session:
            found = [invoices.find(session, number) for number in numbers]
            assert replay(session, [one.row.id for one in found]) == []
            text = "\n".join(lines_of(explanation_out(explain(session, found[1], 1))))
            assert "178.50 at 10.27 %, of basiszins 2026-01 = 1.27, 30 of 365 days" in text
            assert "less 1.00, claimed before" in text
            bundle = proof_bundle(session, found[0])
        assert verify(bundle.content)

    def test_a_rate_that_was_tampered_with_is_found(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        with administering(desk.access.administrator) as connection:
            connection.execute(text("set session_replication_role = replica"))
            connection.execute(
                text("""update invoice set inputs = jsonb_set(inputs, '{late,claims,0,days,0,rate}', '"10.28"')
                        where kind = 'late'""")
            )
        with desk.books() as session:
            (late,) = session.exec(select(InvoiceRow.id).where(InvoiceRow.kind == "late"))
            first, *_ = replay(session, [late])
            assert first.what == "the rate of 2026-03-04/2026-03-23 of 2026-000001"


class TestLateFacts:
    """ "A payment that came in with a value date before the letter, recorded late: the letter is withdrawn."""

    def test_a_payment_before_the_letter_withdraws_it_with_its_fee(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        desk.at("2026-03-25").pays("178.50", on_day="2026-03-20")
        (correction,) = desk.duns()

        written = desk.letter(correction)
        assert written.kind == "correction"
        assert [(one.number, one.withdrawn, one.fee) for one in written.content.documents] == [
            (NUMBER, "D-2", Decimal("-40.00"))
        ]
        # 17 days were late all the same, until the day of payment: 178.50 × 10.27 % × 17 / 365 = 0.853…, of 1.00
        assert desk.claimed() == [Decimal("41.00"), Decimal("-40.15")]
        assert [open_ for _, open_ in desk.claims()] == [Decimal("0.85"), Decimal("0.00")]
        assert desk.steps() == [("reminder", "2026-03-13")]
        assert desk.duns_daily("2026-06-30") == []

    def test_before_it_was_due_withdraws_all_and_nothing_is_owed(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        desk.at("2026-03-25").pays("178.50", on_day="2026-03-01")
        desk.duns()

        assert [open_ for _, open_ in desk.claims()] == [Decimal("0.00"), Decimal("0.00")]
        assert desk.steps() == []

    def test_on_the_day_of_the_letter_both_crossed_and_it_stands(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        desk.pays("178.50", on_day="2026-03-23")
        assert desk.duns_daily("2026-04-30") == []
        assert desk.steps() == [("reminder", "2026-03-13"), ("notice", "2026-03-23")]

    def test_what_was_paid_of_the_claim_stays_with_the_customer(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        ((claim, _),) = desk.claims()
        desk.pays("30.00", claim)
        desk.at("2026-03-25").pays("178.50", on_day="2026-03-01")
        desk.duns()
        # 41.00 claimed, 30.00 paid: 11.00 is set off, and 30.00 is given back
        assert [open_ for _, open_ in desk.claims()] == [Decimal("0.00"), Decimal("-30.00")]

    def test_a_part_that_was_paid_before_gives_interest_back_and_the_steps_stand(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        desk.at("2026-03-25").pays("100.00", on_day="2026-03-13")
        (correction,) = desk.duns()
        # 10 × 178.50 and 10 × 78.50 at 10.27 %: 0.502… + 0.220… = 0.72, of 1.00
        assert desk.claimed() == [Decimal("41.00"), Decimal("-0.28")]
        assert desk.letter(correction).content.documents[0].withdrawn is None
        assert len(desk.steps()) == 2
        # 10 days of 178.50 and 20 of 78.50: 0.502… + 0.441… = 0.94
        assert desk.duns("2026-04-02")
        assert sum(desk.claimed()) == Decimal("40.94")

    def test_a_payment_that_is_reversed_is_late_again_and_the_steps_go_on(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-13")
        payment = desk.at("2026-03-16").pays("178.50")
        assert desk.duns_daily("2026-04-01") == []
        desk.at("2026-04-02").reverses(payment)
        assert desk.duns_daily("2026-04-14") == [("2026-04-03", "notice"), ("2026-04-13", "stop")]
        # 13 days until it was paid, and 11 from the day after it was taken back: 24 × 178.50 at 10.27 % = 1.205…
        assert sum(desk.claimed()) == Decimal("41.21")


class TestNeverOfWhatIsDisputed:
    def test_all_of_it(self, desk: Desk) -> None:
        desk.disputes("energy", "fee")
        assert desk.at("2026-03-03").duns_daily("2026-05-30") == []

    def test_a_part_bears_no_interest_and_is_not_asked_for(self, desk: Desk) -> None:
        desk.disputes("energy")
        desk.at("2026-03-03").duns_daily("2026-03-23")
        (document,) = desk.letter(2).content.documents
        assert (document.open, document.disputed) == (GROSS, Decimal("59.50"))
        # 119.00 × 10.27 % × 20 / 365 = 0.669…
        assert desk.claimed() == [Decimal("40.67")]

    def test_a_dispute_that_ends_is_late_from_the_day_after(self, desk: Desk) -> None:
        number = desk.disputes("energy")
        desk.at("2026-03-13").ends_dispute(number)
        desk.at("2026-03-13").duns_daily("2026-03-23")
        # 20 × 119.00, and 59.50 of the ten days from 14 March on: 0.669… + 0.167…
        assert desk.claimed() == [Decimal("40.84")]


class TestKeptBack:
    def test_a_pause_keeps_letters_back_and_interest_runs(self, desk: Desk) -> None:
        desk.pauses(until="2026-03-31")
        assert desk.at("2026-03-03").duns_daily("2026-04-30") == [
            ("2026-04-01", "reminder"),
            ("2026-04-11", "notice"),
            ("2026-04-21", "stop"),
        ]
        assert desk.claimed()[0] == Decimal("41.96")  # 39 days

    def test_a_deferral_bears_none_and_counts_anew(self, desk: Desk) -> None:
        desk.pauses(until="2026-03-31", defers=True)
        assert desk.at("2026-03-03").duns_daily("2026-05-31") == [
            ("2026-04-10", "reminder"),
            ("2026-04-20", "notice"),
            ("2026-04-30", "stop"),
        ]
        assert desk.claimed()[0] == Decimal("41.00")  # 20 days from 1 April on

    def test_an_open_pause_is_ended_by_a_person(self, desk: Desk) -> None:
        pause = desk.pauses(document=NUMBER)
        assert desk.at("2026-03-03").duns_daily("2026-04-19") == []
        desk.at("2026-04-20").resumes(pause)
        assert desk.duns_daily("2026-04-22") == [("2026-04-20", "reminder")]

    def test_a_charge_under_way_and_one_that_is_to_be_tried(self, desk: Desk) -> None:
        for state in ("due", "sending", "processing", "unknown"):
            desk.charge(state)
            assert desk.at("2026-03-20").duns() == [], state
        desk.charge("refused", at="2026-03-21")
        assert len(desk.at("2026-03-21").duns()) == 1

    def test_a_debit_that_a_bank_has_or_will_have_and_one_that_came_back(self, desk: Desk) -> None:
        for state in ("due", "prepared", "taken"):
            desk.debit(state)
            assert desk.at("2026-03-20").duns() == [], state
        desk.debit("returned", at="2026-03-21")
        assert len(desk.at("2026-03-21").duns()) == 1

    def test_a_refused_charge_begins_at_once_but_not_before_it_is_late(self, desk: Desk) -> None:
        desk.charge("refused", at="2026-02-20")
        assert desk.at("2026-02-20").duns_daily("2026-03-23") == [("2026-03-04", "reminder"), ("2026-03-23", "notice")]


class TestARateThatIsMissing:
    def test_the_document_is_held_with_the_month_and_nothing_is_guessed(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-13")
        desk.pauses(until="2026-06-30")
        assert desk.at("2026-07-01").duns() == []
        assert desk.row().held == "basiszins has no value for 2026-07"
        assert desk.steps() == [("reminder", "2026-03-13")]
        desk.publishes("2026-07", "1.50", released=False)
        assert desk.at("2026-07-02").duns() == []
        assert "waits for another person's release" in desk.row().held
        desk.releases_rate()
        assert len(desk.at("2026-07-03").duns()) == 1
        assert desk.row().held == ""


class TestTheService:
    def test_is_stopped_once_and_goes_on_once_it_is_paid(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-04-02")
        assert desk.row().stopped_at is not None
        desk.pays("178.50")
        desk.duns()
        assert desk.row().stopped_at is None
        assert desk.told() == [("service.stopped", "C-1"), ("service.resumed", "C-1")]


class TestLetters:
    def test_are_mailed_to_whom_the_terms_say(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        assert desk.deliveries() == [(1, "invoices@blechwerke.example"), (2, "invoices@blechwerke.example")]

    def test_what_is_not_dunned_gets_none(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-04-30")
        with pytest.raises(NoResultFound):
            desk.row(NOT_DUNNED)


class TestWhoeverComesSecond:
    def test_two_workers_at_once_write_one_letter(self, desk: Desk) -> None:
        desk.at("2026-03-13")
        with ThreadPoolExecutor(4) as pool:
            written = [number for letters in pool.map(lambda _: desk.duns(), range(4)) for number in letters]
        assert len(written) == 1

    def test_who_is_killed_before_the_end_has_written_nothing(self, desk: Desk) -> None:
        desk.at("2026-03-23")
        with pytest.raises(RuntimeError), desk.database.transaction(1) as session:
            act(session, SYSTEM)
            assert dun_next(session, desk.now)
            raise RuntimeError
        assert desk.steps() == []
        assert desk.duns_daily("2026-04-30")[0] == ("2026-03-23", "reminder")


class TestWhatLeavesTheHouse:
    def test_the_letter_with_the_claim_beside_it_in_the_customers_language(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        with desk.books() as session:
            (delivered,) = documents_of(session, session.exec(select(DeliveryRow).where(_OF_LETTER == 2)).all())
            mail = WaysSetUp().outgoing(session, delivered, desk.now)
        assert [file.name for file in (mail.original, *mail.pictures)] == ["D-2.pdf", "2026-000003.pdf"]
        assert (mail.number, mail.letter, mail.seller) == ("D-2", "Notice of late payment", "Nordluft")
        attempt = SendingAttempt(tenant=1, delivery=1, attempt=1, key="<1@x.example>", at=desk.now)
        written = mail_message(mail, ("invoices@blechwerke.example",), attempt, sender="a@nordluft.example").decode()
        assert "Subject: Notice of late payment D-2 of Nordluft" in written

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            (Language.ENGLISH, ["Notice of late payment", "2026-000001", "40.00", "41.00"]),
            (Language.GERMAN, ["Mahnung", "Verzugs", "40,00", "Zu zahlen", "178,50"]),
            (Language.CHINESE, ["逾期付款通知", "178.50", "索赔"]),
        ],
    )
    def test_it_says_what_is_late_and_what_is_claimed(self, desk: Desk, language: Language, words: list[str]) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        with desk.books() as session:
            page = LetterHtml(language=language).render(letter(session, 2)).decode()
        assert [word for word in words if word not in page] == []

    def test_the_claim_says_its_days_and_is_no_invoice(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        with desk.books() as session:
            page = InvoiceHtml().render(business_document(session, invoices.find(session, "2026-000003"))).decode()
        assert "Claim for late payment 2026-000003" in page
        assert "10.27 % a year, 20 of 365 days" in page


class TestByAPerson:
    def test_the_next_letter_is_ordered_before_its_day_and_paused_or_not(self, desk: Desk) -> None:
        desk.pauses()
        desk.at("2026-03-05")
        with desk.books() as session:
            sent = send_next_step(session, NUMBER, None, who="anna", at=desk.now)
        assert (sent.letter, sent.kind, sent.documents[0].days_late) == ("D-1", "reminder", 2)
        with desk.books() as session, pytest.raises(NotDunned):
            send_next_step(session, NOT_DUNNED, None, who="anna", at=desk.now)
        desk.pays("178.50")
        with desk.books() as session, pytest.raises(NothingLate):
            send_next_step(session, NUMBER, None, who="anna", at=desk.now)

    def test_what_falls_due_is_listed_as_things_stand(self, desk: Desk) -> None:
        desk.at("2026-03-04").duns()
        with desk.books() as session:
            due = list_due_steps(session, date(2026, 3, 13), desk.now)
            assert [(str(one.on), one.kind, one.document, one.open) for one in due] == [
                ("2026-03-13", "reminder", NUMBER, GROSS)
            ]
            assert list_due_steps(session, date(2026, 3, 12), desk.now) == []

    def test_what_is_looked_at_before_its_step_is_listed_on_the_day_of_the_step(self, desk: Desk) -> None:
        # on the day on which it is paid back in, as on that of its issue, nothing is written: it is looked at tomorrow
        payment = desk.pays("178.50")
        desk.at("2026-03-04").reverses(payment)
        desk.duns()
        with desk.books() as session:
            due = list_due_steps(session, date(2026, 3, 13), desk.now)
            assert [(str(one.on), one.kind) for one in due] == [("2026-03-13", "reminder")]
            assert list_due_steps(session, date(2026, 3, 12), desk.now) == []

    def test_a_claim_is_waived_by_a_write_off_that_two_release(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        ((claim, _),) = desk.claims()
        with desk.database.transaction(1) as session:
            acting = releasing(session, acts(session, "anna"), desk.now)
            waived = prepare_write_off(session, claim, None, Decimal("40.00"), reason="goodwill", releasing=acting)
            assert waived.released_by is None
        with desk.database.transaction(1) as session:
            release_write_off(session, waived.id, releasing(session, acts(session, "bert"), desk.now))
        assert desk.claims() == [(claim, Decimal("1.00"))]

    def test_the_account_shows_the_claim_as_an_open_item(self, desk: Desk) -> None:
        desk.at("2026-03-03").duns_daily("2026-03-23")
        with desk.books() as session:
            statement = account_statement(session, StatementAsked("Blechwerke"), desk.now)
        assert [(one.number, one.standing.open) for one in statement.open_documents] == [
            (NUMBER, GROSS),
            ("2026-000003", Decimal("41.00")),
        ]


def test_the_day_is_that_of_the_suppliers_books(desk: Desk) -> None:
    desk.at("2026-03-04").duns()
    desk.now = datetime(2026, 3, 12, 22, 59, tzinfo=UTC)  # a minute before midnight in Berlin
    assert desk.duns() == []
    desk.now = datetime(2026, 3, 12, 23, 0, tzinfo=UTC)
    assert len(desk.duns()) == 1
    assert desk.steps() == [("reminder", "2026-03-13")]


def test_a_document_that_is_void_is_not_dunned_and_what_it_claimed_is_given_back(desk: Desk) -> None:
    desk.at("2026-03-03").duns_daily("2026-03-23")
    with administering(desk.access.administrator) as connection:  # it was sent; no trigger asks
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(
            text("update invoice set voided_on = '2026-03-24', counts_until = id where number = '2026-000001'")
        )
        connection.execute(text("update dunning set next_at = 'epoch'"))
    desk.at("2026-03-24").duns()
    assert [open_ for _, open_ in desk.claims()] == [Decimal("0.00"), Decimal("0.00")]
    assert desk.duns_daily("2026-05-01") == []
