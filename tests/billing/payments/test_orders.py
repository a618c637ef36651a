"""A document is charged once, whoever asks, whatever the gateway answers, and whoever is killed between."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from api.collecting.events import handle_events
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.payments.events.store import gateway_events
from billing.payments.gateway import (
    GatewayEvent,
    GatewayLimits,
    GatewayThing,
    MovementState,
    OrderedMovement,
    PaymentRail,
    SavedMethod,
)
from billing.payments.orders import recorded
from billing.payments.orders.asked.store import (
    AlreadyCollected,
    RefundTooLarge,
    RefundWanted,
    again,
    ask_refund,
    withdraw,
)
from billing.payments.orders.claims import LEASE, claim
from billing.payments.orders.state import OrderNotSo
from billing.receivables.issued import document
from billing.receivables.standing import PaymentState
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, ReferenceTaken, record_payment
from billing.tables import PaymentRow
from billing.voiding.reliance import DocumentCollected
from billing.voiding.store import ask as ask_voiding
from tests.billing.payments.till import BY_DEBIT_WHEN_DUE, GROSS, NUMBER, Till, opened, saves
from tests.billing.receivables.books import further
from tests.billing.scene import on
from tests.build import acts
from tests.conftest import application_pool, world_copy


@pytest.fixture
def till(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Till]:
    copied = world_copy(server, "a document to charge", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Till(pool)


@pytest.fixture
def till_without_card(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Till]:
    def build(access: Access) -> None:
        opened(access, saved=False)

    copied = world_copy(server, "a document and no card", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Till(pool)


def kinds(till: Till, place: int = 0) -> list[str]:
    return [event.kind.value for event in till.orders()[place].events]


def refuses(*_: object) -> None:
    raise ReferenceTaken("another payment has it")


class TestCharged:
    def test_when_it_is_issued_once_and_paid_on_the_books(self, till: Till) -> None:
        assert till.collects() == 1
        (order,) = till.orders()
        assert (order.state, order.attempts, order.waits, order.payment) == ("done", 1, False, 1)
        assert till.stands().state is PaymentState.PAID
        assert [one.amount for one in till.gateway.payments()] == [GROSS]
        assert till.collects() == 0
        assert till.passes(days=30).collects() == 0
        assert len(till.gateway.payments()) == 1

    def test_the_intent_is_on_record_with_key_and_amount_before_the_call(self, till: Till) -> None:
        with till.database.transaction(1) as session:
            claim(session, till.now, till.work.setup)
        (order,) = till.orders()
        (claimed,) = order.events
        assert (claimed.kind, claimed.key, claimed.amount) == ("claimed", f"{order.reference}.1", GROSS)
        assert (order.state, till.gateway.calls) == ("sending", 0)

    def test_sixteen_at_once_charge_once(self, till: Till) -> None:
        barrier, database = Barrier(16), Database(till.database.engine.url, pool_size=16)
        till.database, pool_of_one = database, till.database

        def collects(_: int) -> int:
            barrier.wait()
            return till.collects()

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(collects, range(16))) == 1
        database.close()
        till.database = pool_of_one
        assert (len(till.gateway.payments()), till.states()) == (1, ["done"])

    def test_only_what_is_undisputed_and_open_is_taken(self, till: Till) -> None:
        till.pays_otherwise(Decimal("78.50"), "bank 1")
        till.collects()
        assert [one.amount for one in till.gateway.payments()] == [Decimal("100.00")]
        assert till.stands().state is PaymentState.PAID

    def test_what_was_paid_otherwise_is_not_charged(self, till: Till) -> None:
        till.pays_otherwise(GROSS, "bank 1")
        till.collects()
        assert (till.states(), till.gateway.calls) == (["withdrawn"], 0)

    def test_money_that_comes_although_it_was_paid_meanwhile_stays_on_account(self, till: Till) -> None:
        till.gateway.decisions = ["processing"]
        till.collects()
        assert (till.states(), till.stands().open) == (["processing"], GROSS)
        till.pays_otherwise(GROSS, "bank 1")
        till.gateway.settles(till.gateway.payments()[0], well=True)
        till.passes(hours=1).collects()
        (order,) = till.orders()
        assert (order.state, till.stands().open) == ("done", Decimal(0))
        assert order.why == "178.50 EUR of it is on account: the document was settled otherwise"


class TestProcessing:
    def test_is_not_paid_and_is_looked_at_until_it_is(self, till: Till) -> None:
        till.gateway.decisions = ["processing"]
        till.collects()
        assert till.passes(days=1).collects() >= 1
        assert (till.states(), till.stands().open) == (["processing"], GROSS)
        till.gateway.settles(till.gateway.payments()[0], well=True)
        till.passes(days=1).collects()
        assert (till.states(), till.stands().open) == (["done"], Decimal(0))


class TestDeclined:
    def test_it_is_tried_again_on_later_days_and_then_a_person_is_asked(self, till: Till) -> None:
        till.gateway.decisions = ["insufficient funds"] * 5
        begun = till.now
        days = []
        while till.states() == ["due"]:
            if till.collects():
                days.append((till.now - begun).days)
            till.passes(hours=12)
        assert days == [0, 1, 4, 9, 16]
        (order,) = till.orders()
        assert (order.state, order.waits, order.attempts) == ("refused", True, 5)
        assert order.why == "card_declined insufficient funds"
        with till.database.transaction(1) as session:
            again(session, order.id, reason="they say it works now", by="anna", at=till.now)
        till.collects()
        assert (till.states(), till.stands().open) == (["done"], Decimal(0))

    def test_a_stolen_card_is_not_tried_again(self, till: Till) -> None:
        till.gateway.decisions = ["stolen card"]
        till.collects()
        (order,) = till.orders()
        assert (order.state, order.waits) == ("refused", True)
        assert till.passes(days=30).collects() == 0

    def test_a_gateway_that_is_busy_is_asked_again_and_that_counts_as_no_try_of_the_card(self, till: Till) -> None:
        till.gateway.faults, till.gateway.decisions = ["busy"] * 3, ["insufficient funds"] * 4
        for _ in range(40):
            till.passes(hours=12).collects()
        assert (till.states(), len([one for one in till.gateway.payments() if one.state == "done"])) == (["done"], 1)

    def test_a_gateway_that_stays_busy_is_put_before_a_person(self, till: Till) -> None:
        till.gateway.faults = ["busy"] * 99
        for _ in range(20):
            till.passes(hours=7).collects()
        (order,) = till.orders()
        assert (order.state, order.waits, order.why) == (
            "refused", True, "given up after 13 attempts: 429 too many requests",
        )  # fmt: skip


class TestNobodyKnows:
    @pytest.mark.parametrize("fault", ["lost_after", "lost_before", "error", "error_after"])
    @pytest.mark.parametrize("pause", [timedelta(minutes=2), timedelta(hours=21), timedelta(days=8)])
    def test_one_charge_whenever_it_is_looked_into(self, till: Till, fault: str, pause: timedelta) -> None:
        till.gateway.faults = [fault]
        till.collects()
        assert till.states() == ["unknown"]
        till.passes(seconds=pause.total_seconds()).collects()
        for _ in range(30):
            till.passes(hours=3).collects()
        assert (till.states(), till.stands().open) == (["done"], Decimal(0))
        assert [one.amount for one in till.gateway.payments()] == [GROSS]
        assert till.gateway.misused == []
        is_asked_anew = fault == "error" or (fault == "lost_before" and pause > timedelta(hours=20))
        assert till.orders()[0].attempts == (2 if is_asked_anew else 1)

    def test_nothing_found_while_the_key_is_known_is_the_same_call_once_more(self, till: Till) -> None:
        till.gateway.faults = ["lost_before"]
        till.collects()
        till.passes(minutes=2).collects()
        assert (till.states(), till.orders()[0].attempts, till.gateway.calls) == (["done"], 1, 2)

    def test_that_a_repeated_call_did_nothing_says_nothing_of_the_first(self, till: Till) -> None:
        till.gateway.faults = ["lost_before"]
        till.collects()
        till.gateway.answers_looks, till.gateway.faults = True, ["busy"]
        till.passes(minutes=2).collects()
        assert (till.states(), till.orders()[0].attempts) == (["unknown"], 1)

    def test_what_a_repeated_key_answers_is_read_as_it_stands_now(self, till: Till) -> None:
        """The answer to the key says what was so as it was made; by now the bank of the customer has said no."""
        till.gateway.decisions, till.gateway.faults = ["processing"], ["lost_after"]
        till.collects()
        till.gateway.settles(till.gateway.payments()[0], well=False)
        till.gateway.lists_late = True  # the search has nothing of it yet
        till.passes(minutes=2).collects()
        (order,) = till.orders()
        assert (order.state, order.why) == ("due", "insufficient funds")

    def test_one_that_was_made_and_cannot_be_read_is_found_by_the_next_search(self, till: Till) -> None:
        till.gateway.faults = ["lost_after"]
        till.collects()
        till.gateway.lists_late, till.gateway.reads_nothing = True, True
        till.passes(minutes=2).collects()
        assert till.states() == ["unknown"]
        till.gateway.lists_late, till.gateway.reads_nothing = False, False
        till.passes(hours=1).collects()
        assert (till.states(), len(till.gateway.payments())) == (["done"], 1)

    def test_a_worker_that_was_stopped_for_days_does_not_ask(self, till: Till) -> None:
        with till.database.transaction(1) as session:
            claimed = claim(session, till.now, till.work.setup)
        assert claimed is not None
        till.passes(days=8).collects()
        assert till.states() == ["done"]
        from api.collecting.runner import _done

        _done(till.work, claimed)
        assert (len(till.gateway.payments()), till.states()) == (1, ["done"])

    def test_whoever_is_killed_between_leaves_it_to_the_next_after_its_lease(self, till: Till) -> None:
        with till.database.transaction(1) as session:
            claim(session, till.now, till.work.setup)
        assert till.collects() == 0
        till.passes(seconds=LEASE.total_seconds() + 1).collects()
        assert (till.states(), len(till.gateway.payments())) == (["done"], 1)
        assert kinds(till) == ["claimed", "lost", "noted", "done", "noted"]


class TestFailsAfterItWasPaid:
    def test_the_document_is_open_again_and_a_person_is_asked(self, till: Till) -> None:
        till.collects()
        till.gateway.settles(till.gateway.payments()[0], well=False)
        till.hears()
        (order,) = till.orders()
        assert (order.state, order.waits, order.payment, till.stands().open) == ("refused", True, None, GROSS)
        till.hears()
        assert till.stands().paid == 0
        with till.database.transaction(1) as session:
            again(session, order.id, reason="they say it works now", by="anna", at=till.now)
        till.collects()
        assert (till.states(), till.stands().open) == (["done"], Decimal(0))


class TestTakenBack:
    def test_a_chargeback_opens_the_document_again_and_a_person_is_asked(self, till: Till) -> None:
        till.collects()
        (payment,) = till.gateway.payments()
        till.gateway.takes_back(payment, GROSS)
        till.hears()
        (order,) = till.orders()
        assert (order.state, order.waits, order.payment) == ("charged_back", True, None)
        assert till.stands().open == GROSS
        till.gateway.decides(payment, won=True)
        till.hears()
        assert (till.states(), till.stands().open) == (["done"], Decimal(0))

    def test_of_a_part_the_rest_stays_paid(self, till: Till) -> None:
        till.collects()
        till.gateway.takes_back(till.gateway.payments()[0], Decimal("50.00"))
        till.hears()
        assert (till.states(), till.stands().open) == (["charged_back"], Decimal("50.00"))

    def test_a_refund_by_hand_opens_so_much_again(self, till: Till) -> None:
        till.collects()
        till.gateway.refunds_by_hand(till.gateway.payments()[0], Decimal("20.00"))
        till.hears()
        till.collects()
        assert (till.states(), till.stands().open) == (["done"], Decimal("20.00"))
        till.hears()  # once more changes nothing
        assert till.stands().paid == GROSS - 20

    def test_what_nobody_told_is_found_however_late_the_account_is_first_read(self, till: Till) -> None:
        till.collects()
        till.gateway.takes_back(till.gateway.payments()[0], GROSS)
        till.passes(days=8)
        assert till.polls() == 4  # the payment and its chargeback, each told and in the balance
        handle_events(till.work)
        assert (till.states(), till.stands().open) == (["charged_back"], GROSS)

    def test_an_older_look_that_is_recorded_later_changes_nothing(self, till: Till) -> None:
        from billing.payments.events.store import number_look
        from billing.payments.gateway import GatewayThing
        from billing.payments.orders.recorded import GatewayWord, apply
        from billing.payments.orders.store import locked

        till.collects()
        (payment,) = till.gateway.payments()
        with till.database.transaction(1) as session:
            look = number_look(session, 1)
        before = till.gateway.fetch(GatewayThing.PAYMENT, payment.id)
        assert before is not None
        till.gateway.takes_back(payment, GROSS)
        till.hears()
        with till.database.transaction(1) as session:
            apply(session, locked(session, 1), GatewayWord("tests", look, before), till.now)
        assert (till.states(), till.stands().open) == (["charged_back"], GROSS)


class TestGivenBack:
    def paid_twice(self, till: Till) -> None:
        """Charged while a bank brought the money as well: what the gateway took is on account."""
        till.gateway.decisions = ["processing"]
        till.collects()
        till.pays_otherwise(GROSS, "bank 1")
        till.gateway.settles(till.gateway.payments()[0], well=True)
        till.passes(hours=1).collects()

    def asks(self, till: Till, amount: Decimal, note: str | None = None, order: int = 1) -> int:
        with till.database.transaction(1) as session:
            wanted = RefundWanted(order, amount, note, "paid twice")
            return ask_refund(session, wanted, by="anna", at=till.now).id

    def amounts(self, till: Till) -> list[Decimal]:
        with till.database.transaction(1) as session:
            return [one.amount for one in session.exec(select(PaymentRow).order_by(col(PaymentRow.id)))]

    def test_what_is_on_account_is_and_the_document_stays_paid(self, till: Till) -> None:
        self.paid_twice(till)
        self.asks(till, GROSS)
        till.collects()
        till.hears()
        till.passes(hours=2).collects()
        assert (till.states(), self.amounts(till)) == (["done", "done"], [GROSS, GROSS, -GROSS])
        assert [order.payment for order in till.orders()] == [2, 3]
        assert till.stands().state is PaymentState.PAID

    @pytest.mark.parametrize("by_hand", ["128.50", "178.50"])
    def test_what_somebody_gave_back_by_hand_while_nobody_knew_of_ours(self, till: Till, by_hand: str) -> None:
        """Of what was given back ours may have been a part, and was not: it failed, and all of it was by hand."""
        self.paid_twice(till)
        self.asks(till, Decimal("50.00"))
        till.gateway.faults = ["error"]  # kept by its key: it is said again
        till.collects()
        till.gateway.refunds_by_hand(till.gateway.payments()[0], Decimal(by_hand))
        till.hears()
        for _ in range(4):
            till.passes(days=8).collects()
        ours = till.gateway.payments()[0].ours
        assert sum(self.amounts(till)) == GROSS + ours
        assert till.states()[1] in {"done", "refused"}

    def test_no_more_than_there_is(self, till: Till) -> None:
        till.collects()
        with pytest.raises(RefundTooLarge):
            self.asks(till, Decimal("1.00"))  # it is all allocated, and no credit note gives it back
        with pytest.raises(RefundTooLarge):
            self.asks(till, GROSS + 1)

    @pytest.mark.parametrize("fault", ["lost_before", "lost_after", "busy", "error", "error_after"])
    def test_once_whatever_came_of_the_call(self, till: Till, fault: str) -> None:
        self.paid_twice(till)
        self.asks(till, Decimal("50.00"))
        till.gateway.faults = [fault]
        till.collects()
        till.hears()  # the payment says that so much was given back, and nobody knows by whom
        for _ in range(12):
            till.passes(hours=3).collects()
        assert till.gateway.payments()[0].refunded == Decimal("50.00")
        assert (till.states(), self.amounts(till)) == (["done", "done"], [GROSS, GROSS, -50])

    def uses_what_is_on_account(self, till: Till) -> None:
        with till.database.transaction(1) as session:
            new = NewPayment("Blechwerke", "Nordluft", "EUR", -GROSS, till.now.date(), "paid back by bank")
            record_payment(session, new, by=acts(session, "anna"), at=till.now)

    def hears_again_of_refunds(self, till: Till) -> None:
        told = [event for event in till.gateway.events if event.thing is GatewayThing.REFUND]
        assert till.hears(*(replace(event, id=f"{event.id} again") for event in told)) == len(told) > 0
        till.collects()

    def test_what_is_on_account_no_more_is_less_of_what_was_paid(self, till: Till) -> None:
        self.paid_twice(till)
        self.asks(till, Decimal("50.00"))
        self.uses_what_is_on_account(till)  # meanwhile, for something else
        till.collects()
        till.passes(minutes=1).collects()
        assert self.amounts(till) == [GROSS, GROSS, -GROSS, -GROSS, GROSS - 50]
        assert till.states() == ["done", "done"]

    def test_what_is_less_of_what_was_paid_stays_so_whatever_is_on_account_later(self, till: Till) -> None:
        """Else it is given back twice: as less of what was paid, and of what is on account."""
        self.paid_twice(till)
        self.asks(till, Decimal("50.00"))
        self.uses_what_is_on_account(till)
        till.collects()
        till.pays_otherwise(GROSS, "ahead", to_document=False)
        booked, events = self.amounts(till), till.orders()[1].events
        self.hears_again_of_refunds(till)
        assert (self.amounts(till), till.orders()[1].events) == (booked, events)
        assert (
            till.orders()[1].why == "nothing is on account of which it could be given back: it is less of what was paid"
        )

    def test_one_that_came_back_and_is_asked_for_again_is_of_what_is_on_account_by_then(self, till: Till) -> None:
        self.paid_twice(till)
        key = self.asks(till, Decimal("50.00"))
        self.uses_what_is_on_account(till)
        till.collects()
        till.gateway.comes_back(next(one for one in till.gateway.made.values() if one.kind is OrderedMovement.REFUND))
        till.hears(*till.gateway.events[-1:])
        till.pays_otherwise(Decimal("50.00"), "ahead", to_document=False)
        with till.database.transaction(1) as session:
            again(session, key, reason="another account", by="anna", at=till.now)
        till.collects()
        assert (till.states(), self.amounts(till)[-1]) == (["done", "done"], Decimal("-50.00"))
        assert sum(self.amounts(till)) == GROSS - GROSS + 50 + till.gateway.payments()[0].ours

    def test_one_that_could_not_be_recorded_at_first_is_given_back_once(
        self, till: Till, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.paid_twice(till)
        self.asks(till, Decimal("50.00"))
        with monkeypatch.context() as patches:
            patches.setattr(recorded, "_book_refund", refuses)
            till.collects()
        assert self.amounts(till) == [GROSS, GROSS, -GROSS, GROSS - 50]  # till then it is less of what was paid
        till.passes(hours=1).collects()
        assert self.amounts(till)[4:] == [Decimal("-50.00"), 50 - GROSS, GROSS]

    def test_to_a_credit_note(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> None:
        def build(access: Access) -> None:
            opened(access)
            further(access, {"X-3": "-40.00"})

        copied = world_copy(server, "a charge and a credit note", build, request.node.nodeid)
        with copied as (access, _), application_pool(access) as pool:
            till = Till(pool)
            till.collects()
            self.asks(till, Decimal("47.60"), "X-3")
            till.collects()
            assert (till.states(), till.stands().open) == (["done", "done"], Decimal(0))
            assert self.amounts(till) == [GROSS, Decimal("-47.60")]
            with pool.transaction(1) as session:
                note = document(session, "X-3")
                assert standings_now(session, [note], till.now)[note.id].open == 0

    def test_one_that_came_back_is_taken_back_and_a_person_is_asked(self, till: Till) -> None:
        self.paid_twice(till)
        key = self.asks(till, GROSS)
        till.collects()
        refund = next(one for one in till.gateway.made.values() if one.kind is OrderedMovement.REFUND)
        till.gateway.comes_back(refund)
        till.hears(*till.gateway.events[-1:])
        till.collects()
        order = till.orders()[key - 1]
        assert (order.state, order.waits, self.amounts(till)) == ("refused", True, [GROSS, GROSS, -GROSS, GROSS])


class TestPages:
    def test_what_has_no_method_waits_for_a_person_and_is_charged_once_there_is_one(
        self, till_without_card: Till
    ) -> None:
        till = till_without_card
        till.collects()
        (order,) = till.orders()
        assert (order.state, order.waits) == ("due", True)
        assert order.why == f"Blechwerke has saved no card: `usufruct payment link {NUMBER}`"
        with till.database.transaction(1) as session:
            row = till.rows()[0]
            saves(session, row, till.now)
        till.passes(minutes=1).collects()
        assert (till.states(), till.stands().open) == (["done"], Decimal(0))

    def test_a_page_is_opened_paid_and_its_card_is_kept(self, till_without_card: Till) -> None:
        till = till_without_card
        till.collects()
        key = till.clicks()
        till.collects()
        assert (till.states(), till.clicks()) == (["withdrawn", "waits"], key)  # the open page is used again
        (page,) = till.gateway.sessions()
        assert till.rows()[1].url == f"https://gateway.example/{page.id}"
        till.gateway.pays_in(page, "stolen card")
        till.hears()
        assert till.states() == ["withdrawn", "waits"]
        till.gateway.pays_in(page, "done")
        till.hears()
        assert (till.states(), till.stands().open) == (["withdrawn", "done"], Decimal(0))
        with till.database.transaction(1) as session:
            from billing.payments.methods.store import saved_methods

            (method,) = saved_methods(session, "Blechwerke")
        assert (method.words, method.ended_at) == ("card ending in 4242", None)

    def test_one_that_expires_is_begun_anew_by_the_next_click(self, till_without_card: Till) -> None:
        till = till_without_card
        till.collects()
        first = till.clicks()
        till.collects()
        till.passes(hours=24).collects()
        assert till.states() == ["withdrawn", "expired"]
        assert till.clicks() == first
        till.collects()
        assert till.states() == ["withdrawn", "waits"]
        assert [session.call.attempt for session in till.gateway.sessions() if session.call] == [1, 2]

    def test_one_of_a_document_that_is_paid_otherwise_is_closed(self, till_without_card: Till) -> None:
        till = till_without_card
        till.collects()
        till.clicks()
        till.collects()
        till.pays_otherwise(GROSS, "bank 1")
        till.passes(minutes=20).collects()
        assert (till.states(), till.gateway.sessions()[0].state) == (["withdrawn", "expired"], MovementState.EXPIRED)

    def test_a_page_of_which_nobody_knows_is_asked_for_with_the_same_end(self, till_without_card: Till) -> None:
        till = till_without_card
        till.collects()
        till.clicks()
        till.gateway.faults = ["", "lost_before"]  # the customer is made first
        till.collects()
        ends_at = till.rows()[1].expires_at
        till.passes(hours=3).collects()
        (page,) = till.gateway.sessions()
        assert (page.ends_at, till.states()[1], till.gateway.misused) == (ends_at, "waits", [])

    @pytest.mark.parametrize("fault", ["lost_before", "lost_after"])
    def test_one_near_its_end_is_not_asked_for_again_before_it_has_closed(
        self, till_without_card: Till, fault: str
    ) -> None:
        """A gateway refuses such an end, which says nothing of the page that may be there."""
        till = till_without_card
        till.limits = GatewayLimits(session_h=1)
        till.collects()
        till.clicks()
        till.gateway.faults, till.gateway.lists_late = ["", fault], True
        till.collects()
        ends_at, asked = till.rows()[1].expires_at, till.gateway.calls
        assert ends_at is not None
        till.passes(minutes=35).collects()
        assert (till.states()[1], till.gateway.calls) == ("unknown", asked)
        assert till.rows()[1].next_at == ends_at + timedelta(minutes=1)
        till.gateway.lists_late = False
        till.passes(minutes=27).collects()
        made = [one for one in till.gateway.sessions() if one.state is MovementState.EXPIRED]
        assert len(made) == (fault == "lost_after")
        assert till.states()[1] == ("waits" if fault == "lost_before" else "expired")

    def test_a_customer_of_whom_no_answer_came_is_found_and_not_made_twice(self, till_without_card: Till) -> None:
        till = till_without_card
        till.collects()
        till.clicks()
        till.gateway.faults = ["error_after"]  # of the customer, which is made first
        till.collects()
        till.passes(hours=1).collects()
        assert till.gateway.customers == ["cus_1"]
        assert [page.customer for page in till.gateway.sessions()] == ["cus_1"]

    def test_a_method_that_may_not_be_charged_any_more_is_not(self, till_without_card: Till) -> None:
        till = till_without_card
        with till.database.transaction(1) as session:
            saves(session, till.rows()[0], till.now)
        saved = SavedMethod("cus_0", "pm_0", PaymentRail.CARD)
        till.gateway.methods = {"pm_0": replace(saved, is_active=False), "pm_9": replace(saved, method="pm_9")}
        told = [
            GatewayEvent(f"evt_{name}", "payment_method.detached", GatewayThing.MANDATE, name, "", till.now)
            for name in ("pm_0", "pm_9")
        ]
        till.hears(*told)
        till.collects()
        (order,) = till.orders()
        assert (order.state, order.why[:31]) == ("due", "Blechwerke has saved no card: `")
        with till.database.transaction(1) as session:
            assert [event.state for event in gateway_events(session)] == ["done", "ignored"]

    def test_none_is_opened_of_what_is_charged_by_itself(self, till: Till) -> None:
        with pytest.raises(AlreadyCollected):
            till.clicks()


class TestPeople:
    def test_withdraw_what_is_due_and_not_what_is_done(self, till: Till) -> None:
        with till.database.transaction(1) as session:
            withdraw(session, 1, reason="they pay by bank", by="anna", at=till.now)
        assert till.collects() == 0
        with till.database.transaction(1) as session:
            again(session, 1, reason="they do not", by="anna", at=till.now)
        till.collects()
        with pytest.raises(OrderNotSo), till.database.transaction(1) as session:
            withdraw(session, 1, reason="too late", by="anna", at=till.now)


class TestVoid:
    def asks(self, till: Till) -> None:
        with till.database.transaction(1) as session:
            ask_voiding(session, NUMBER, None, reason="a wrong price", by=acts(session, "anna"), at=till.now)

    def test_what_is_on_its_way_is_not_void(self, till: Till) -> None:
        till.gateway.decisions = ["processing"]
        till.collects()
        with pytest.raises(DocumentCollected):
            self.asks(till)

    def test_what_is_asked_to_be_void_is_not_charged(self, till: Till) -> None:
        self.asks(till)
        till.collects()
        (order,) = till.orders()
        assert (order.state, order.why) == ("due", f"somebody has asked for {NUMBER} to be void")
        assert till.gateway.calls == 0

    def test_the_database_refuses_it_whoever_writes(self, till: Till) -> None:
        self.asks(till)
        with till.database.transaction(1) as session:
            acts(session, "bert")
            session.execute(text("update voiding set released_by = 'bert', released_at = now()"))
            session.execute(text("update gateway_order set state = 'processing', attempts = 1"))
            with pytest.raises(IntegrityError, match="is being collected, or was"):
                session.execute(text("update invoice set voided_on = '2026-02-02', counts_until = id"))
            session.rollback()


class TestTheDay:
    def test_is_the_one_on_which_it_is_due_in_the_suppliers_zone(
        self, server: EmbeddedServer, request: pytest.FixtureRequest
    ) -> None:
        def build(access: Access) -> None:
            opened(access, BY_DEBIT_WHEN_DUE)

        with (
            world_copy(server, "a debit when due", build, request.node.nodeid) as (access, _),
            application_pool(access) as pool,
        ):
            till = Till(pool, now=on("2026-02-02"))
            due_on = till.stands().due_on
            berlin = datetime(due_on.year, due_on.month, due_on.day, tzinfo=UTC) - timedelta(hours=1)
            till.now = berlin - timedelta(seconds=1)
            till.collects()
            assert till.states() == ["due"]
            till.passes(seconds=1).collects()
            assert till.states() == ["done"]
