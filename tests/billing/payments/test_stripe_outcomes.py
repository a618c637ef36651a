"""What a call to Stripe came to, however it went wrong: nobody guesses, nothing is done twice, nothing is lost."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from random import Random

import pytest

from api.demo.stripe_server.faults import BEFORE, GatewayFault
from billing.payments.gateway import (
    GatewayFailed,
    GatewayMovement,
    GatewayOutcomeUnknown,
    GatewayRefused,
    GatewayThing,
    MovementState,
    OrderedMovement,
)
from billing.payments.stripe import StripeGateway
from tests.billing.payments.stripe_scene import ORDER, Scene, call, scene

UNKNOWN = (
    GatewayFault.SILENT_BEFORE, GatewayFault.SILENT_AFTER, GatewayFault.CUT_BEFORE, GatewayFault.CUT_AFTER, GatewayFault.ERROR_BEFORE, GatewayFault.ERROR_AFTER,
    GatewayFault.UNAVAILABLE, GatewayFault.GARBLED_AFTER,
)  # fmt: skip
#: A 500 is replayed for its key, so only another attempt does the work that it kept from being done.
REPLAYED = {GatewayFault.ERROR_BEFORE, GatewayFault.ERROR_AFTER}


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as made:
        yield made


@pytest.fixture
def asks(here: Scene) -> dict[OrderedMovement, tuple[Callable[[int], GatewayMovement], str, str]]:
    """How each movement is asked for in an attempt, with its order and what it is looked up by."""
    paid = here.charge("1000.00 EUR", of=call("paid"))
    payee, card = here.payee(), here.card()
    sent = here.transfer(payee.id, of=call("sent"))
    return {
        OrderedMovement.CHARGE: (
            lambda attempt: here.charge(saved=card, of=call(attempt=attempt)),
            ORDER,
            here.customer,
        ),
        OrderedMovement.SESSION: (lambda attempt: here.session(of=call("page", attempt)), "page", here.customer),
        OrderedMovement.REFUND: (lambda attempt: here.refund(paid.id, of=call("refund", attempt)), "refund", paid.id),
        OrderedMovement.TRANSFER: (
            lambda attempt: here.transfer(payee.id, of=call("transfer", attempt)),
            "transfer",
            payee.id,
        ),
        OrderedMovement.TAKE_BACK: (lambda attempt: here.take_back(sent.id, of=call("back", attempt)), "back", sent.id),
    }


Asks = dict[OrderedMovement, tuple[Callable[[int], GatewayMovement], str, str]]


def gives_up(here: Scene, fault: GatewayFault) -> AbstractContextManager[None]:
    return here.impatient() if fault in {GatewayFault.SILENT_BEFORE, GatewayFault.SILENT_AFTER} else nullcontext()


class TestNobodyKnows:
    @pytest.mark.parametrize("fault", UNKNOWN)
    @pytest.mark.parametrize("movement", OrderedMovement)
    def test_it_is_looked_up_and_asked_again_and_done_once(
        self, here: Scene, asks: Asks, movement: OrderedMovement, fault: GatewayFault
    ) -> None:
        ask, order, of = asks[movement]
        here.stripe.faults.next(fault, "POST ")
        with gives_up(here, fault), pytest.raises(GatewayOutcomeUnknown):
            ask(1)
        made = here.gateway.find(movement, order, of)
        assert len(made) == (0 if fault in BEFORE else 1)
        if fault in REPLAYED:
            with pytest.raises(GatewayOutcomeUnknown):
                ask(1)
            if made:
                return  # what was found is taken as the answer, and nothing is asked any more
            ask(2)
        else:
            ask(1)
        assert len(here.gateway.find(movement, order, of)) == 1

    def test_a_refused_charge_whose_answer_was_lost_is_found_as_refused(self, here: Scene) -> None:
        here.stripe.faults.next(GatewayFault.CUT_AFTER, "POST ")
        with pytest.raises(GatewayOutcomeUnknown):
            here.charge(saved=here.card("insufficient_funds"))
        (left,) = here.gateway.find(OrderedMovement.CHARGE, ORDER, here.customer)
        assert (left.state, left.may_retry_later) == (MovementState.FAILED, True)

    def test_a_key_is_in_use_by_a_call_that_is_under_way(self, here: Scene) -> None:
        """Two at once with one key: the second does not know, and the first does it once."""
        card = here.card()
        patient = StripeGateway(here.stripe.secret_key, [], address=here.stripe.address)
        here.stripe.faults.next(GatewayFault.HELD, "POST ")
        outcomes: list[GatewayMovement] = []

        def first() -> None:
            outcomes.append(Scene(here.stripe, patient, here.customer).charge(saved=card))
            patient.close()

        thread = threading.Thread(target=first)
        thread.start()
        assert here.stripe.holding.wait(5)
        with pytest.raises(GatewayOutcomeUnknown):
            here.charge(saved=card)
        here.stripe.release()
        thread.join(5)
        assert here.gateway.find(OrderedMovement.CHARGE, ORDER, here.customer) == tuple(outcomes)

    def test_a_key_was_used_for_another_amount(self, here: Scene) -> None:
        """What the other call did is looked up: this one did nothing, and says nothing of it."""
        card = here.card()
        here.charge("119.00 EUR", card)
        with pytest.raises(GatewayOutcomeUnknown):
            here.charge("120.00 EUR", card)
        assert len(here.stripe.made("payment_intent")) == 1


class TestNothingWasDone:
    def test_stripe_is_busy(self, here: Scene, asks: Asks) -> None:
        for movement, (ask, order, of) in asks.items():
            here.stripe.faults.next(GatewayFault.RATE_LIMITED, "POST ")
            with pytest.raises(GatewayFailed):
                ask(1)
            assert here.gateway.find(movement, order, of) == ()
            ask(1)

    def test_the_connection_is_refused(self, here: Scene) -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{listening.getsockname()[1]}"
            deaf = StripeGateway(here.stripe.secret_key, [], address=address)
            with pytest.raises(GatewayFailed):
                Scene(here.stripe, deaf, here.customer).charge()
            deaf.close()

    @pytest.mark.parametrize("address", ["http://no-such-host.invalid", "https://127.0.0.1:9"])
    def test_there_is_no_such_host(self, here: Scene, address: str) -> None:
        lost = StripeGateway(here.stripe.secret_key, [], address=address)
        with pytest.raises(GatewayFailed):
            Scene(here.stripe, lost, here.customer).charge()
        lost.close()

    def test_the_secret_key_is_wrong(self, here: Scene) -> None:
        """Another key may come: it is nothing that the order did."""
        stranger = StripeGateway("sk_test_wrong", [], address=here.stripe.address)
        with pytest.raises(GatewayFailed):
            Scene(here.stripe, stranger, here.customer).charge()
        with pytest.raises(GatewayFailed):
            stranger.account("acct_1")
        stranger.close()
        assert here.stripe.made("payment_intent") == []

    def test_what_cannot_be_right_is_refused(self, here: Scene) -> None:
        with pytest.raises(GatewayRefused) as refused:
            here.charge("0.49 EUR")
        assert (refused.value.code, refused.value.may_retry_later) == ("amount_too_small", False)


class TestReading:
    @pytest.mark.parametrize("fault", [*UNKNOWN, GatewayFault.RATE_LIMITED])
    def test_is_asked_again_whatever_went_wrong(self, here: Scene, fault: GatewayFault) -> None:
        paid = here.charge()
        for read in (
            lambda: here.gateway.find(OrderedMovement.CHARGE, ORDER, here.customer),
            lambda: here.gateway.fetch(GatewayThing.PAYMENT, paid.id),
            lambda: list(here.gateway.events_since(here.stripe.clock.now)),
        ):
            here.stripe.faults.next(fault, "GET ")
            with gives_up(here, fault), pytest.raises(GatewayFailed):
                read()
            assert read()


class TestKeys:
    """A key is Stripe's memory of a day; what it forgot is found by our reference."""

    def test_within_a_day_the_answer_is_the_same(self, here: Scene) -> None:
        card = here.card()
        paid = here.charge(saved=card)
        here.stripe.move(hours=23, minutes=59)
        assert here.charge(saved=card) == paid
        assert len(here.stripe.made("payment_intent")) == 1

    def test_the_answer_is_the_old_one_where_money_has_moved_since(self, here: Scene) -> None:
        saved = here.account()
        asked = here.charge(saved=saved)
        here.stripe.payments.debit_takes_days = 0
        opened = here.session(of=call("page"), hours=20)
        here.stripe.sessions.pay(opened.id)
        assert here.session(of=call("page"), hours=20).state is MovementState.WAITS
        now = here.gateway.fetch(GatewayThing.SESSION, opened.id)
        assert now is not None
        assert now.state is MovementState.DONE
        assert here.charge(saved=saved) == asked

    def test_after_a_day_it_would_be_paid_twice_and_looking_finds_it(self, here: Scene) -> None:
        card = here.card()
        here.stripe.faults.next(GatewayFault.SILENT_AFTER, "POST ")
        with here.impatient(), pytest.raises(GatewayOutcomeUnknown):
            here.charge(saved=card)
        here.stripe.move(days=8)
        (found,) = here.gateway.find(OrderedMovement.CHARGE, ORDER, here.customer)
        assert found.state is MovementState.DONE
        here.charge(saved=card)
        assert len(here.stripe.made("payment_intent")) == 2, "whoever repeats the key now pays twice"

    def test_a_replayed_error_ends_with_the_key(self, here: Scene) -> None:
        card = here.card()
        here.stripe.faults.next(GatewayFault.ERROR_BEFORE, "POST ")
        for hours in (0, 12, 11.9):
            here.stripe.move(hours=hours)
            with pytest.raises(GatewayOutcomeUnknown):
                here.charge(saved=card)
        here.stripe.move(hours=0.2)
        assert here.charge(saved=card).state is MovementState.DONE

    def test_each_attempt_has_its_own_and_no_call_is_repeated_by_the_client(self, here: Scene) -> None:
        card = here.card()
        here.stripe.faults.next(GatewayFault.UNAVAILABLE, "POST ")
        with pytest.raises(GatewayOutcomeUnknown):
            here.charge(saved=card)
        here.charge(saved=card, of=call(attempt=2))
        assert here.stripe.requests == [("POST /v1/payment_intents", f"{ORDER}.{attempt}") for attempt in (1, 2)]

    def test_what_one_order_needs_besides_money_has_a_key_of_its_own(self, here: Scene) -> None:
        here.gateway.save_customer(call(), "Blechwerke", {})
        here.gateway.connect(call(), "Hallenbau", "DE")
        here.charge()
        keys = [key for _, key in here.stripe.requests if key]
        assert len(keys) == len(set(keys)) == 3


def test_a_silent_stripe_is_given_up_in_bounded_time(here: Scene) -> None:
    here.stripe.faults.next(GatewayFault.SILENT_AFTER, "POST ")
    began = time.monotonic()
    with here.impatient(), pytest.raises(GatewayOutcomeUnknown):
        here.charge()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("seed", range(2))
def test_whatever_goes_wrong_a_charge_is_made_once(here: Scene, seed: int) -> None:
    """Asked as the orders ask: looked up first, repeated by the key for 20 hours, a new attempt only of what is not there."""
    random = Random(seed)
    card = here.card()
    for number in range(6):
        order, attempt, began = f"order {number}", 1, here.stripe.clock.now
        for _ in range(30):
            if random.random() < 0.6:
                here.stripe.faults.next(random.choice([*UNKNOWN[2:], GatewayFault.RATE_LIMITED]))
            try:
                if here.gateway.find(OrderedMovement.CHARGE, order, here.customer):
                    break
                if here.stripe.clock.now - began >= timedelta(hours=20):
                    attempt, began = attempt + 1, here.stripe.clock.now
                here.charge(saved=card, of=call(order, attempt))
            except (GatewayFailed, GatewayOutcomeUnknown):
                here.stripe.move(hours=random.choice([0.1, 1, 7, 30]))
        made = here.gateway.find(OrderedMovement.CHARGE, order, here.customer)
        assert [one.state for one in made] == [MovementState.DONE]
    intents = here.stripe.made("payment_intent")
    assert len(intents) == 6
    assert {intent["metadata"]["usufruct_order"] for intent in intents} == {f"order {number}" for number in range(6)}
